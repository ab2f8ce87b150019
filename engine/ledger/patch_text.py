"""Reading RDF Patch text: one row a line, terms as in Turtle.

    PA ex <https://example.org/> .        a prefix; ours are known without
    D ex:a ex:b 1 ex:graph .              remove a quad
    A ex:a ex:b 2 ex:graph .              add one
    # a comment; H, TX, TC and PD rows are read over

Each row becomes one line of TriG, which the RDF parser reads at one go, so that its errors carry
the line of the patch.
"""

import re
from collections.abc import Iterator
from typing import NoReturn

from engine.errors import ParseError, Place
from engine.rdf import NamedNode, Quad, RdfFormat, parse
from engine.vocab import PREFIXES

ADD, REMOVE = "A", "D"

_IRI = r'<(?:[^\x00-\x20<>"{}|^`\\]|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8})*>'
_NAME = (
    r"(?:[^\W\d_](?:[\w.-]*[\w-])?)?:"
    r"""(?:(?:[^\s<>"'(){}\[\];,#\\^`|@]|\\[_~.\-!$&'()*+,;=/?#@%])*(?:[^\s<>"'(){}\[\];,#\\^`|@.]|\\.))?"""
)
_STRING = r'"(?:[^"\\]|\\.)*"' + r"|'(?:[^'\\]|\\.)*'"
_TERM = re.compile(
    rf"(?P<iri>{_IRI})|(?P<blank>_:\S*|\[)"
    rf"|(?P<literal>(?:{_STRING})(?:@[A-Za-z0-9-]+|\^\^(?:{_IRI}|{_NAME}))?"
    r"|[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)[eE][+-]?[0-9]+|[+-]?[0-9]*\.[0-9]+|[+-]?[0-9]+"
    rf"|(?:true|false)(?![\w:]))|(?P<name>{_NAME}|a(?=\s))"
)
_PREFIX = re.compile(rf'PA\s+"?(?P<prefix>[\w.-]*):?"?\s+(?P<iri>{_IRI})\s*(?:\.\s*)?(?:#.*)?')
_READ_OVER = re.compile(r"(?:H|TX|TC|PD)\b.*|#.*|")
_MOST_TERMS = 4
_END = re.compile(r"\s*(?:\.\s*)?(?:#.*)?")


def read_rows(
    text: str | bytes, *, source_name: str | None, graph: NamedNode | None
) -> Iterator[tuple[Quad, str]]:
    """Each quad of ``text`` with ``ADD`` or ``REMOVE``, in order. Raises ParseError."""
    reader = _Reader(source_name, graph)
    lines = [reader.line(number, line) for number, line in enumerate(_lines(text, source_name), 1)]
    known = " ".join(f"@prefix {prefix}: <{iri}> ." for prefix, iri in PREFIXES.items())
    try:
        quads = list(parse(f"{known} " + "\n".join(lines), format=RdfFormat.TRIG))
    except SyntaxError as error:
        # The parser's columns are those of the TriG, so only its line is passed on.
        raise ParseError(
            f"the row does not parse: {error.msg.partition(': ')[2] or error.msg}",
            place=Place(source_name, error.lineno),
            remedy="Write it as: A <subject> <predicate> <object> <graph> .",
        ) from error
    yield from zip(quads, reader.actions, strict=True)


def _lines(text: str | bytes, source_name: str | None) -> list[str]:
    if isinstance(text, bytes):
        given = text
        try:
            text = given.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise _not_utf8(source_name, given.count(b"\n", 0, error.start) + 1) from error
    else:
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise _not_utf8(source_name, text.count("\n", 0, error.start) + 1) from error
    return [line.removesuffix("\r") for line in text.split("\n")]


def _not_utf8(source_name: str | None, line: int) -> ParseError:
    return ParseError(
        "the patch is not UTF-8 text",
        place=Place(source_name, line),
        remedy="Save it as UTF-8.",
    )


class _Reader:
    """Turns patch rows into TriG lines and remembers what each row does."""

    def __init__(self, source_name: str | None, graph: NamedNode | None) -> None:
        self.source_name = source_name
        self.graph = graph
        self.actions: list[str] = []

    def line(self, number: int, line: str) -> str:
        """The TriG of one line; empty where it says nothing about quads."""
        row = line.strip()
        if _READ_OVER.fullmatch(row):
            return ""
        if row[:2] == "PA" and (prefix := _PREFIX.fullmatch(row)):
            return f"@prefix {prefix['prefix']}: {prefix['iri']} ."
        if row[0] not in (ADD, REMOVE) or not row[1:2].isspace():
            self._fail(number, 1, f'"{row[:20]}" starts no row', "Begin a row with A, D or PA.")
        self.actions.append(row[0])
        return self._trig(number, line, line.index(row[0]) + 1)

    def _trig(self, number: int, line: str, at: int) -> str:
        terms: list[re.Match[str]] = []
        while not (end := _END.fullmatch(line, at)):
            at = len(line) - len(line[at:].lstrip())
            term = _TERM.match(line, at)
            if term is None:
                self._fail(number, at + 1, f'"{line[at : at + 20]}" is no term')
            if term["blank"]:
                self._fail(
                    number,
                    at + 1,
                    "blank nodes cannot be named in a patch",
                    "Write the IRI under which the node is recorded.",
                )
            if len(terms) == _MOST_TERMS:
                self._fail(number, at + 1, f"the row has more than {_MOST_TERMS} terms")
            terms.append(term)
            at = term.end()
        if "." not in end[0].partition("#")[0]:
            self._fail(number, len(line), "the row does not end with a dot")
        return self._quad(number, terms)

    def _quad(self, number: int, terms: list[re.Match[str]]) -> str:
        if len(terms) == 3 and self.graph is not None:
            graph = str(self.graph)
        elif len(terms) != 4:
            self._fail(number, None, f"the row has {len(terms)} terms instead of four")
        elif terms[3]["literal"] or terms[3][0] == "a":
            self._fail(number, terms[3].start() + 1, "the graph, the fourth term, is no IRI")
        else:
            graph = terms[3][0]
        return f"{graph} {{ {' '.join(term[0] for term in terms[:3])} }}"

    def _fail(
        self,
        line: int,
        column: int | None,
        message: str,
        remedy: str = "Write the row as: A <subject> <predicate> <object> <graph> .",
    ) -> NoReturn:
        raise ParseError(message, place=Place(self.source_name, line, column), remedy=remedy)
