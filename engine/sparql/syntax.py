"""The bracket structure of a SPARQL query: groups, their elements, nested selects.

Just enough of the grammar for pre-binding and for plans that fit the store; text outside what is
changed is kept character for character. Queries that do not parse are the store's to refuse; here
only brackets and the place of keywords matter.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum, auto

from engine.errors import QueryError

_TOKEN = re.compile(
    r"""
    (?P<lead>(?:\s+|\#[^\n\r]*)*)
    (?: (?P<string>\"{3}(?:[^"\\]|\\.|"{1,2}(?!"))*\"{3}|'{3}(?:[^'\\]|\\.|'{1,2}(?!'))*'{3}
          |"(?:[^"\\\n\r]|\\.)*"|'(?:[^'\\\n\r]|\\.)*')
      | (?P<iri><[^<>"{}|^`\\\x00-\x20]*>)
      | (?P<var>[?$]\w+)
      | (?P<blank>_:[\w.-]*\w)
      | (?P<pname>(?:[^\W\d_](?:[\w.-]*\w)?)?:(?:[\w:.-]|%[0-9A-Fa-f]{2}|\\.)*(?<!\.))
      | (?P<tag>@[A-Za-z]+(?:-[A-Za-z0-9]+)*)
      | (?P<number>[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)
      | (?P<word>[A-Za-z_]\w*)
      | (?P<other>\S) )
    """,
    re.VERBOSE | re.DOTALL,
)


class Kind(Enum):
    """What an element of a group is."""

    PATTERN = auto()
    FILTER = auto()
    EXISTS = auto()
    NOT_EXISTS = auto()
    OPTIONAL = auto()
    GROUP = auto()
    UNION = auto()
    GRAPH = auto()
    MINUS = auto()
    BIND = auto()
    VALUES = auto()


@dataclass(slots=True)
class Token:
    """A token with the space and comments before it; ``at``: where it starts, -1 if added."""

    text: str
    lead: str = " "
    kind: str = "text"
    at: int = -1

    @property
    def word(self) -> str:
        """A keyword in upper case, a punctuation mark, or nothing."""
        if self.kind == "word":
            return self.text.upper()
        return self.text if self.kind == "other" else ""

    @property
    def variable(self) -> str | None:
        """The variable's name without its mark, else None."""
        return self.text[1:] if self.kind == "var" else None

    def __str__(self) -> str:
        return self.lead + self.text


@dataclass(slots=True)
class Element:
    """One element of a group: its tokens, with the groups that it contains among them."""

    kind: Kind
    parts: list["Token | Group"]

    @property
    def tokens(self) -> list[Token]:
        """The element's own tokens, without those inside its groups."""
        return [part for part in self.parts if isinstance(part, Token)]

    @property
    def groups(self) -> list["Group"]:
        """The groups directly inside."""
        return [part for part in self.parts if isinstance(part, Group)]

    def variables(self) -> frozenset[str]:
        """The variables of the element's own tokens."""
        return frozenset(token.variable for token in self.tokens if token.variable)

    def __str__(self) -> str:
        return "".join(map(str, self.parts))


@dataclass(slots=True)
class Group:
    """``{ … }``: elements, or one nested SELECT."""

    elements: list[Element] = field(default_factory=list)
    select: "Query | None" = None

    def variables(self) -> frozenset[str]:
        """Every variable anywhere inside."""
        return frozenset(token.variable for token in self.tokens() if token.variable)

    def tokens(self) -> Iterator[Token]:
        """Every token anywhere inside."""
        if self.select is not None:
            yield from self.select.tokens()
        for element in self.elements:
            for part in element.parts:
                yield from part.tokens() if isinstance(part, Group) else (part,)

    def place(self, element: Element) -> int:
        """Where ``element`` itself, not one like it, stands; -1 for nowhere."""
        return next((n for n, other in enumerate(self.elements) if other is element), -1)

    def __str__(self) -> str:
        inside = str(self.select) if self.select else "".join(map(str, self.elements))
        return f" {{{inside} }}"


@dataclass(slots=True)
class Query:
    """Everything before the WHERE group (prologue, form, projection), the group, what follows."""

    head: list[Token]
    where: Group
    tail: list[Token]

    def tokens(self) -> Iterator[Token]:
        """Every token of the query."""
        yield from self.head
        yield from self.where.tokens()
        yield from self.tail

    def selects(self) -> Iterator["Query"]:
        """This query and every SELECT nested in it."""
        yield self
        for group in groups(self.where):
            if group.select is not None:
                yield from group.select.selects()

    def __str__(self) -> str:
        return "".join(map(str, self.head)) + str(self.where) + "".join(map(str, self.tail))


def groups(group: Group) -> Iterator[Group]:
    """``group`` and all groups inside it, but for those inside nested SELECTs."""
    yield group
    for element in group.elements:
        for inner in element.groups:
            yield from groups(inner)


def lexed(text: str) -> list[Token]:
    """The tokens of ``text``."""
    tokens = []
    for found in _TOKEN.finditer(text):
        kind = found.lastgroup or "other"
        tokens.append(Token(found[kind], found["lead"], kind, found.start(kind)))
    return tokens


def parse_query(text: str) -> Query:
    """The structure of ``text``. Raises QueryError where brackets or keywords are out of place."""
    parser = _Parser(lexed(text))
    query = parser.query(nested=False)
    if parser.more():
        raise parser.error("a } closes nothing")
    return query


def parse_group(tokens: list[Token]) -> Group:
    """The group that ``tokens`` are. Raises QueryError like ``parse_query``."""
    parser = _Parser(tokens)
    group = parser.group()
    if parser.more():
        raise parser.error("a } closes nothing")
    return group


class _Parser:
    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._at = 0

    def more(self) -> bool:
        return self._at < len(self._tokens)

    @property
    def _word(self) -> str:
        return self._tokens[self._at].word if self.more() else ""

    def _take(self) -> Token:
        if not self.more():
            raise self.error("the query ends too early")
        self._at += 1
        return self._tokens[self._at - 1]

    def error(self, problem: str) -> QueryError:
        before = "".join(map(str, self._tokens[max(0, self._at - 8) : self._at]))
        where = f' after "{" ".join(before.split())}"' if before.strip() else ""
        return QueryError(f"{problem}{where}", remedy="Mend the brackets of the query.")

    def query(self, *, nested: bool) -> Query:
        head: list[Token] = []
        while self._word != "{":
            if not self.more() and _describes(head):
                return Query(head, Group(), [])
            head.append(self._take())
            if head[-1].word in ("CONSTRUCT", "EXISTS") and self._word == "{":
                head += self._braced()
        where = self.group()
        tail: list[Token] = []
        while self.more() and self._word != "}":
            if self._word == "{" and not _opens(tail):
                raise self.error("a { opens nothing")
            tail += self._braced() if self._word == "{" else [self._take()]
        return Query(head, where, tail)

    def _braced(self) -> list[Token]:
        """A template, a block of data or an EXISTS outside of the WHERE group, as tokens."""
        found: list[Token] = []
        depth = 0
        while depth or not found:
            found.append(self._take())
            depth += (found[-1].word == "{") - (found[-1].word == "}")
        return found

    def group(self) -> Group:
        if self._take().word != "{":
            self._at -= 1
            raise self.error("a { is missing")
        group = Group()
        if self._word == "SELECT":
            group.select = self.query(nested=True)
        while self._word != "}":
            group.elements.append(self._element())
        self._take()
        return group

    def _element(self) -> Element:
        word = self._word
        if word == "FILTER":
            return self._filter()
        if word == "{":
            return self._union()
        if word in ("OPTIONAL", "MINUS"):
            return Element(Kind[word], [self._take(), self.group()])
        if word == "GRAPH":
            return Element(Kind.GRAPH, [self._take(), self._take(), self.group()])
        if word == "BIND":
            return Element(Kind.BIND, [self._take(), *self._bracketed()])
        if word == "VALUES":
            return self._values()
        return self._pattern()

    def _filter(self) -> Element:
        parts: list[Token | Group] = [self._take()]
        kind = Kind.FILTER
        if self._word == "NOT":
            parts.append(self._take())
            kind = Kind.NOT_EXISTS
        if self._word == "EXISTS":
            kind = kind if kind == Kind.NOT_EXISTS else Kind.EXISTS
            return Element(kind, [*parts, self._take(), self.group()])
        while self._word != "(":
            parts.append(self._take())
        return Element(Kind.FILTER, [*parts, *self._bracketed()])

    def _values(self) -> Element:
        parts: list[Token | Group] = []
        while self._word != "{":
            parts.append(self._take())
        return Element(Kind.VALUES, [*parts, *self._braced()])

    def _bracketed(self) -> list[Token | Group]:
        parts: list[Token | Group] = []
        depth = 0
        while depth or not parts:
            if self._word == "{":
                parts.append(self.group())
                continue
            token = self._take()
            depth += (token.word == "(") - (token.word == ")")
            parts.append(token)
            if token.word == "}":
                raise self.error("a ) is missing")
        return parts

    def _union(self) -> Element:
        parts: list[Token | Group] = [self.group()]
        while self._word == "UNION":
            parts += [self._take(), self.group()]
        return Element(Kind.GROUP if len(parts) == 1 else Kind.UNION, parts)

    def _pattern(self) -> Element:
        parts: list[Token | Group] = []
        while self.more() and self._word not in _STOPS:
            token = self._take()
            parts.append(token)
            if token.word == ".":
                break
        if not parts:
            raise self.error(
                "the query cannot be read" if self.more() else "the query ends too early"
            )
        return Element(Kind.PATTERN, parts)


def _describes(head: list[Token]) -> bool:
    """Whether this is a DESCRIBE, which needs no WHERE."""
    return any(token.word == "DESCRIBE" for token in head)


def _opens(tail: list[Token]) -> bool:
    """Whether braces may follow: data of VALUES, or EXISTS in HAVING and ORDER BY."""
    words = [token.word for token in tail]
    return "VALUES" in words or words[-1:] == ["EXISTS"]


_STOPS = frozenset({"{", "}", "FILTER", "OPTIONAL", "MINUS", "GRAPH", "BIND", "UNION", "VALUES"})
