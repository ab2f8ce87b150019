"""SPARQL 1.1 as tokens, with what each stands in; faithful enough to decide security by.

Written against the terminals of https://www.w3.org/TR/sparql11-query/#sparqlGrammar. The parser
behind us (Oxigraph) reads characters, not tokens, and so accepts text that a plain tokenizer reads
differently; three such differences are closed here, each having let a SERVICE call pass (measured):

- ``true`` glued to ``SERVICE`` is two words to it: a word that is not one of the language's is
  refused;
- ``SERVICE:p`` is a keyword and ``:p`` to it: a prefix that begins like such a keyword is refused;
- ``?a<?b)SERVICE#>`` is a comparison to it, not the IRI that the longest match gives: after an
  operand inside an expression, ``<`` is always the operator.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from engine.errors import Place, QueryError

_BASE = (
    "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c-\u200d"
    "\u2070-\u218f\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_MORE = "\u00b7\u0300-\u036f\u203f-\u2040"
_START = f"{_BASE}_"
_NAME = rf"{_START}\-0-9{_MORE}"
_ESCAPED = r"%[0-9A-Fa-f]{2}|\\[_~.\-!$&'()*+,;=/?#@%]"
_TOKEN = re.compile(
    rf"""
    (?P<space>[ \t\r\n]++|\#[^\r\n]*+)
  | (?P<string>\"{{3}}(?:[^"\\]|\\.|"{{1,2}}(?!"))*+\"{{3}}
      |'{{3}}(?:[^'\\]|\\.|'{{1,2}}(?!'))*+'{{3}}
      |"(?:[^"\\\r\n]|\\.)*+"|'(?:[^'\\\r\n]|\\.)*+')
  | (?P<iri><(?:[^<>"{{}}|^`\\\x00-\x20]|\\u[0-9A-Fa-f]{{4}}|\\U[0-9A-Fa-f]{{8}})*+>)
  | (?P<var>[?$][{_START}0-9][{_START}0-9{_MORE}]*+)
  | (?P<blank>_:[{_START}0-9](?:\.*[{_NAME}])*+)
  | (?P<pname>(?:[{_BASE}](?:\.*[{_NAME}])*+)?:
      (?:(?:[{_START}:0-9]|{_ESCAPED})(?:\.*(?:[{_NAME}:]|{_ESCAPED}))*+)?)
  | (?P<number>(?:[0-9]+\.[0-9]*|\.?[0-9]+)[eE][+-]?[0-9]+|[0-9]*\.[0-9]+|[0-9]+)
  | (?P<tag>@[A-Za-z]+(?:-[A-Za-z0-9]+)*)
  | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
  | (?P<punct>&&|\|\||!=|<=|>=|\^\^|<<|>>|\{{\||[{{}}()\[\].,;*/|^?!=<>+-])
    """,
    re.VERBOSE | re.DOTALL,
)
FUNCTIONS = frozenset(
    """STR LANG LANGMATCHES DATATYPE BOUND IRI URI BNODE RAND ABS CEIL FLOOR ROUND CONCAT STRLEN
    UCASE LCASE ENCODE_FOR_URI CONTAINS STRSTARTS STRENDS STRBEFORE STRAFTER YEAR MONTH DAY HOURS
    MINUTES SECONDS TIMEZONE TZ NOW UUID STRUUID MD5 SHA1 SHA256 SHA384 SHA512 COALESCE IF STRLANG
    STRDT SAMETERM ISIRI ISURI ISBLANK ISLITERAL ISNUMERIC REGEX SUBSTR REPLACE""".split()
)
AGGREGATES = frozenset("COUNT SUM MIN MAX AVG SAMPLE GROUP_CONCAT".split())
_KEYWORDS = frozenset(
    """BASE PREFIX SELECT DISTINCT REDUCED CONSTRUCT DESCRIBE ASK FROM NAMED WHERE GROUP BY HAVING
    ORDER ASC DESC LIMIT OFFSET VALUES LOAD SILENT INTO CLEAR DROP CREATE ADD TO MOVE COPY INSERT
    DATA DELETE WITH USING DEFAULT ALL GRAPH OPTIONAL SERVICE BIND UNDEF MINUS UNION FILTER A AS NOT
    IN EXISTS TRUE FALSE SEPARATOR""".split()
)
_WORDS = FUNCTIONS | AGGREGATES | _KEYWORDS
# Keywords after which a name may follow at once, so that the two could be read as one prefix.
_GLUING = re.compile("service|silent|load|true|false|undef|filter|bind", re.IGNORECASE)
_OPERANDS = frozenset({"iri", "var", "blank", "pname", "number", "tag", "string"})
_CLOSING = {"{": "}", "{|": "}", "(": ")", "[": "]"}
DEPTH, TOKENS = 100, 20_000


class Token(NamedTuple):
    """``kind``: a group of the terminals; ``text``; where it starts; ``mode``: what it stands in.

    Modes: ``clause`` (outside braces and around a sub-SELECT's), ``pattern``, ``list`` (a
    collection or a path in parentheses), ``data`` (of VALUES), ``template``, ``expression``.
    Keywords have their upper-case form as ``word``, punctuation itself, everything else nothing.
    """

    kind: str
    text: str
    start: int
    mode: str
    word: str

    @property
    def end(self) -> int:
        """Where it ends."""
        return self.start + len(self.text)

    @property
    def variable(self) -> str:
        """Name of a variable, nothing for any other token."""
        return self.text[1:] if self.kind == "var" else ""


END = Token("end", "", 0, "clause", "")


def refused(text: str, at: int, message: str, remedy: str) -> QueryError:
    """The error for a fault at offset ``at`` of ``text``."""
    line = text.count("\n", 0, at) + 1
    column = at - (text.rfind("\n", 0, at) + 1) + 1
    return QueryError(message, place=Place("query", line, column), remedy=remedy)


class _Reader:
    """Reads the tokens of one text; keeps the brackets open, each with the mode inside it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.open: list[tuple[str, int]] = []
        self.modes = ["clause"]
        self.before = END
        self.inside_braces = "pattern"
        self.constraint = False

    def tokens(self) -> Iterator[Token]:
        at, text = 0, self.text
        while at < len(text):
            match = _TOKEN.match(text, at)
            if match is None:
                raise self._unknown(at)
            kind = str(match.lastgroup)
            found = match.group()
            if found[0] == "<" and kind != "space" and self._compares():
                kind, found = "punct", "<=" if text.startswith("<=", at) else "<"
            if kind != "space":
                yield self._token(kind, found, at)
            at += len(found)
        if self.open:
            mark, start = self.open[-1]
            raise refused(
                text, start, f'this "{mark}" is never closed', f'Add the "{_CLOSING[mark]}".'
            )

    def _compares(self) -> bool:
        """Whether a ``<`` here can only be the operator: an operand in an expression precedes."""
        before = self.before
        return self.modes[-1] == "expression" and (
            before.kind in _OPERANDS or before.word in (")", "TRUE", "FALSE")
        )

    def _token(self, kind: str, found: str, at: int) -> Token:
        word = found if kind == "punct" else ""
        mode = self.modes[-1]
        if kind == "word":
            word = found.upper()
            self._check_word(word, at)
        elif kind == "pname":
            self._check_prefix(found, at)
        elif kind == "punct":
            mode = self._bracket(word, at)
        self.before = Token(kind, found, at, mode, word)
        return self.before

    def _check_word(self, word: str, at: int) -> None:
        if word not in _WORDS:
            raise refused(
                self.text,
                at,
                f'"{self.text[at : at + len(word)][:80]}" is no word of SPARQL 1.1',
                "Write ?name for a variable, prefix:name for a node, quotes around text, and a "
                "space between words.",
            )
        if word in ("FILTER", "BIND"):
            self.constraint = True
        elif word == "SELECT" and self.modes[-1] == "pattern":
            self.modes[-1] = "clause"
        elif word in ("CONSTRUCT", "DATA", "INSERT", "DELETE"):
            self.inside_braces = "template"
        elif word == "WHERE":
            self.inside_braces = "pattern"
        elif word == "VALUES":
            self.inside_braces = "data"

    def _check_prefix(self, found: str, at: int) -> None:
        prefix = found.partition(":")[0]
        if _GLUING.match(prefix):
            raise refused(
                self.text,
                at,
                f'the prefix "{prefix[:80]}:" can be read as a keyword and a name',
                "Declare another prefix for that namespace.",
            )

    def _bracket(self, mark: str, at: int) -> str:
        """Keep ``open`` and ``modes`` in step; the mode in which the bracket itself stands."""
        if mark in _CLOSING:
            if len(self.open) >= DEPTH:
                raise refused(
                    self.text,
                    at,
                    f"the query is nested more than {DEPTH} deep",
                    "Write it flatter.",
                )
            mode, inside = self.modes[-1], self._mode_inside(mark)
            self.open.append((mark, at))
            self.modes.append(inside)
            return inside if mark == "(" else mode
        if mark in ("}", ")", "]"):
            if not self.open or _CLOSING[self.open[-1][0]] != mark:
                raise refused(
                    self.text, at, f'this "{mark}" closes nothing', "Remove it, or open it before."
                )
            self.open.pop()
            self.modes.pop()
        return self.modes[-1]

    def _mode_inside(self, mark: str) -> str:
        mode = self.modes[-1]
        if mark == "{":
            inside = mode if mode == "template" else self.inside_braces
            self.inside_braces = "pattern"
            self.constraint = False
            return inside
        if mark == "(" and (self.constraint or mode in ("clause", "expression")):
            self.constraint = False
            return "expression"
        return (
            "list" if mark == "(" and mode == "pattern" else "pattern" if mode == "list" else mode
        )

    def _unknown(self, at: int) -> QueryError:
        found = self.text[at]
        if found in "\"'":
            return refused(
                self.text, at, "this text is never closed", f"Add the {found} at its end."
            )
        if found == "\\":
            told = "a backslash stands outside of a text"
        else:
            told = f"the character U+{ord(found):04X} has no meaning here"
        return refused(self.text, at, told, "Remove it, or put the text in quotes.")


def tokens(text: str) -> list[Token]:
    """The tokens of ``text`` without spaces and comments; brackets are balanced.

    Raises QueryError, with line and column, for text that is no SPARQL 1.1, that is nested over
    100 deep or that has over 20,000 tokens.
    """
    found: list[Token] = []
    for token in _Reader(text).tokens():
        found.append(token)
        if len(found) > TOKENS:
            raise refused(
                text,
                token.start,
                f"the query has more than {TOKENS:,} tokens",
                "Ask for less at a time.",
            )
    return found
