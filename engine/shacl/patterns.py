"""The triple patterns of a query, with where in the query each stands.

What a change of a triple can do to the answers is told from the patterns that it fits and from
those that every answer needs beside them (``engine.shacl.reach``). Read from the bracket structure
of ``engine.sparql.syntax``; what is outside the grammar of a basic graph pattern raises
UnreadableError, and then nothing is known.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum, auto
from itertools import count

from engine.errors import AimsError
from engine.rdf import Literal, NamedNode, Term
from engine.shacl.paths import Alternative, Inverse, Path, Predicate, Repeated, Sequence
from engine.sparql.plans import AGGREGATES, certain
from engine.sparql.syntax import Element, Group, Kind, Query, Token
from engine.vocab import PREFIXES, RDF_TYPE


class UnreadableError(AimsError):
    """A query uses what is not followed here, so that nothing is known of its reach."""


@dataclass(frozen=True, slots=True)
class Var:
    """A variable or blank node of a query."""

    name: str


@dataclass(frozen=True, slots=True)
class Pattern:
    """A triple pattern. ``path`` None: the predicate is a variable."""

    subject: Var | Term
    path: Path | None
    object: Var | Term


class Kinship(Enum):
    """How a scope stands to the one around it."""

    JOINED = auto()
    OPTIONAL = auto()
    TESTED = auto()


@dataclass(eq=False, slots=True)
class Scope:
    """Patterns that every solution of one group needs.

    ``around``: the scope that it stands in, ``kinship`` how. ``shared``: the variables by which a
    solution here is tied to one around. ``given``: those that are constants here, because an
    EXISTS around is evaluated for one solution. ``joined``: scopes inside that every solution
    needs too; ``unions``: those of which it needs one.
    """

    around: "Scope | None" = None
    kinship: Kinship = Kinship.JOINED
    shared: frozenset[str] = frozenset()
    given: frozenset[str] = frozenset()
    patterns: list[Pattern] = field(default_factory=list)
    joined: "list[Scope]" = field(default_factory=list)
    unions: "list[list[Scope]]" = field(default_factory=list)
    inside: "list[Scope]" = field(default_factory=list)

    def all(self) -> "Iterator[Scope]":
        """This scope and all inside."""
        yield self
        for scope in self.inside:
            yield from scope.all()

    def needed(self) -> "Iterator[Scope]":
        """This scope and those inside that each of its solutions needs too."""
        yield self
        for scope in self.joined:
            yield from scope.needed()


def scopes(query: Query) -> Scope:
    """The scopes of ``query``, the whole WHERE outermost. Raises UnreadableError."""
    if any(token.word == "{" for token in (*query.head, *query.tail)):
        raise UnreadableError("a group stands outside of WHERE")
    found = Scope()
    _Reading(_prefixes(query)).group(query.where, found)
    return found


def _prefixes(query: Query) -> dict[str, str]:
    known = dict(PREFIXES)
    for at, token in enumerate(query.head):
        if token.word == "PREFIX":
            name, iri = query.head[at + 1], query.head[at + 2]
            known[name.text.removesuffix(":")] = iri.text[1:-1]
        elif token.word == "BASE":
            raise UnreadableError("BASE is not followed")
    return known


_NESTED = {Kind.OPTIONAL: Kinship.OPTIONAL, Kind.MINUS: Kinship.OPTIONAL}
_TESTS = frozenset({Kind.EXISTS, Kind.NOT_EXISTS, Kind.FILTER, Kind.BIND})


class _Reading:
    def __init__(self, prefixes: dict[str, str]) -> None:
        self._prefixes = prefixes
        self._numbers = count()

    def group(self, group: Group, scope: Scope) -> None:
        """Read the elements of ``group`` into ``scope``."""
        if group.select is not None:
            self._select(group.select, scope)
        known = certain(group)
        before: frozenset[str] = frozenset()
        for element in group.elements:
            if element.kind == Kind.PATTERN:
                tokens = element.tokens
                scope.patterns += _Triples(tokens, self._prefixes, self._numbers).all()
            elif element.kind == Kind.GRAPH:
                raise UnreadableError("GRAPH is not followed")
            children = [self._nested(element, g, scope, known, before) for g in element.groups]
            if element.kind == Kind.UNION:
                scope.unions.append(children)
            elif element.kind in (Kind.GROUP, Kind.EXISTS):
                scope.joined += children
            before |= certain(Group([element]))

    def _nested(
        self,
        element: Element,
        inner: Group,
        scope: Scope,
        known: frozenset[str],
        before: frozenset[str],
    ) -> Scope:
        if element.kind in _TESTS:
            # What is computed sees what stands before it, what is filtered the whole group.
            seen = (before if element.kind == Kind.BIND else known) | scope.given
            if scope.kinship is Kinship.OPTIONAL:
                # A filter of an OPTIONAL sees the solution that it extends.
                seen |= scope.shared
            child = Scope(scope, Kinship.TESTED, seen, seen)
        elif element.kind in _NESTED:
            child = Scope(scope, Kinship.OPTIONAL, before | scope.given, scope.given)
        else:
            child = Scope(scope, Kinship.JOINED, certain(inner) | scope.given, scope.given)
        scope.inside.append(child)
        self.group(inner, child)
        return child

    def _select(self, select: Query, scope: Scope) -> None:
        if any(token.word == "{" for token in (*select.head, *select.tail)):
            raise UnreadableError("a group stands outside of WHERE")
        names = _shown(select) & certain(select.where)
        child = Scope(scope, Kinship.JOINED, names | scope.given, scope.given)
        scope.inside.append(child)
        self.group(select.where, child)
        if not _aggregates(select) and not _sliced(select):
            # Only through what it projects, which the crossing sees to.
            scope.joined.append(child)


def _words(select: Query) -> frozenset[str]:
    return frozenset(token.word for token in (*select.head, *select.tail))


def _aggregates(select: Query) -> bool:
    return not _words(select).isdisjoint(AGGREGATES | {"GROUP", "HAVING"})


def _sliced(select: Query) -> bool:
    return not _words(select).isdisjoint({"LIMIT", "OFFSET", "REDUCED"})


def _shown(select: Query) -> frozenset[str]:
    """The variables by which a solution around is tied to those inside ``select``."""
    if _sliced(select):
        return frozenset()
    plain, depth = set(), 0
    for token in select.head:
        depth += (token.word == "(") - (token.word == ")")
        if token.variable and not depth:
            plain.add(token.variable)
        elif token.word == "*" and not depth:
            plain |= select.where.variables()
    return frozenset(plain) & _grouped(select) if _aggregates(select) else frozenset(plain)


def _grouped(select: Query) -> frozenset[str]:
    found, depth, inside = set(), 0, False
    for token in select.tail:
        inside = token.word == "GROUP" or (inside and token.word not in ("HAVING", "ORDER"))
        depth += (token.word == "(") - (token.word == ")")
        if inside and not depth and token.variable:
            found.add(token.variable)
    return frozenset(found)


class _Triples:
    """Reads the tokens of one element: triples of one subject (SPARQL 1.1, rules 75 to 106)."""

    def __init__(self, tokens: list[Token], prefixes: dict[str, str], numbers: "count[int]"):
        self._tokens = tokens
        self._prefixes = prefixes
        self._numbers = numbers
        self._at = 0
        self._found: list[Pattern] = []

    def all(self) -> list[Pattern]:
        while self._word == ".":
            self._at += 1
        if self._at < len(self._tokens):
            self._properties(self._term())
        if self._word == ".":
            self._at += 1
        if self._at < len(self._tokens):
            raise UnreadableError("triples are not followed here")
        return self._found

    @property
    def _word(self) -> str:
        return self._tokens[self._at].word if self._at < len(self._tokens) else ""

    def _take(self) -> Token:
        if self._at >= len(self._tokens):
            raise UnreadableError("a triple ends too early")
        self._at += 1
        return self._tokens[self._at - 1]

    def _properties(self, subject: Var | Term) -> None:
        while self._at < len(self._tokens) and self._word not in (".", "]"):
            if self._word == ";":
                self._at += 1
                continue
            token = self._tokens[self._at]
            path: Path | None = None
            if token.variable:
                self._at += 1
            else:
                path = self._path()
            self._found.append(Pattern(subject, path, self._term()))
            while self._word == ",":
                self._at += 1
                self._found.append(Pattern(subject, path, self._term()))

    def _term(self) -> Var | Term:
        token = self._take()
        if token.variable:
            return Var(token.variable)
        if token.kind == "blank":
            return Var(token.text)
        if token.word == "[":
            node = Var(f"[{next(self._numbers)}]")
            self._properties(node)
            if self._take().word != "]":
                raise UnreadableError("a ] is missing")
            return node
        if token.kind in ("iri", "pname"):
            return self._iri(token)
        if token.kind == "string":
            return self._literal(token)
        if token.kind == "number" or token.word in ("TRUE", "FALSE", "+", "-"):
            if token.word in ("+", "-"):
                self._take()
            # Its value matters to nobody here: any literal may fit.
            return Literal(token.text)
        raise UnreadableError(f"the term {token.text} is not followed")

    def _literal(self, token: Token) -> Literal:
        if self._at < len(self._tokens) and self._tokens[self._at].kind == "tag":
            self._at += 1
        elif self._word == "^":
            for _ in range(3):
                self._take()
        return Literal(token.text)

    def _iri(self, token: Token) -> NamedNode:
        if token.kind == "iri":
            return NamedNode(token.text[1:-1])
        prefix, _, local = token.text.partition(":")
        if prefix not in self._prefixes or "\\" in local:
            raise UnreadableError(f"the name {token.text} is not followed")
        return NamedNode(self._prefixes[prefix] + local)

    # Property paths (rules 88 to 96)

    def _path(self) -> Path:
        options = [self._sequence()]
        while self._word == "|":
            self._at += 1
            options.append(self._sequence())
        return options[0] if len(options) == 1 else Alternative(tuple(options))

    def _sequence(self) -> Path:
        steps = [self._step()]
        while self._word == "/":
            self._at += 1
            steps.append(self._step())
        return steps[0] if len(steps) == 1 else Sequence(tuple(steps))

    def _step(self) -> Path:
        if self._word == "^":
            self._at += 1
            return Inverse(self._step())
        path = self._primary()
        while self._word in ("*", "+", "?"):
            path = Repeated(path, self._take().text)
        return path

    def _primary(self) -> Path:
        token = self._take()
        if token.word == "(":
            path = self._path()
            if self._take().word != ")":
                raise UnreadableError("a ) is missing")
            return path
        if token.kind == "word" and token.text == "a":
            return Predicate(RDF_TYPE)
        if token.kind in ("iri", "pname"):
            return Predicate(self._iri(token))
        raise UnreadableError(f"the path step {token.text} is not followed")
