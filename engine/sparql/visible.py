"""Which triples a query can see at all: by predicate, and by value where that is an IRI always.

A query gives over these triples alone what it gives over the whole graph, because each of its
patterns fits none of the others. Told are queries of the usual form; of others nothing is known.
"""

import re
from collections.abc import Iterator, Mapping

from engine.errors import QueryError
from engine.rdf import NamedNode
from engine.sparql.syntax import Group, Kind, Query, Token, groups, parse_query
from engine.vocab import PREFIXES, RDF_TYPE

# Predicates, each with the only value that patterns ask for, None for any.
Seen = frozenset[tuple[NamedNode, tuple[NamedNode, ...] | None]]
_UNTOLD = frozenset({"FROM", "BASE", "CONSTRUCT", "DESCRIBE", "SERVICE", "GRAPH", "VALUES", "{"})
_NODES = frozenset({"var", "iri", "pname", "blank"})
_ESCAPE = re.compile(r"\\(.)")


class _Untold(Exception):
    """The query is of no form that is told."""


def visible(text: str) -> Seen | None:
    """What the SELECT or ASK ``text`` can see; None where that is not told.

    Not told: a variable as predicate, a path that may have length zero or negates, named graphs,
    blank node brackets and lists.
    """
    try:
        query = parse_query(text)
        found: dict[NamedNode, set[NamedNode] | None] = {}
        prefixes = _prefixes(query)
        for one in query.selects():
            if any(token.word in _UNTOLD for token in (*one.head, *one.tail)):
                return None
            for group in groups(one.where):
                for tokens in _patterns(group):
                    _Pattern(tokens, prefixes, found).read()
    except (QueryError, _Untold, ValueError):
        return None
    return frozenset(
        (predicate, None if values is None else tuple(sorted(values, key=str)))
        for predicate, values in found.items()
    )


def _patterns(group: Group) -> Iterator[list[Token]]:
    for element in group.elements:
        if element.kind == Kind.GRAPH:
            raise _Untold
        if element.kind == Kind.PATTERN:
            yield element.tokens


def _prefixes(query: Query) -> Mapping[str, str]:
    known = dict(PREFIXES)
    for at, token in enumerate(query.head):
        if token.word == "PREFIX":
            name, iri = query.head[at + 1 : at + 3]
            known[name.text.partition(":")[0]] = iri.text[1:-1]
    return known


class _Pattern:
    """Triples of one subject: ``s p o , o ; p o .``"""

    def __init__(
        self,
        tokens: list[Token],
        prefixes: Mapping[str, str],
        found: dict[NamedNode, set[NamedNode] | None],
    ) -> None:
        self._tokens = tokens
        self._prefixes = prefixes
        self._found = found
        self._at = 0

    @property
    def _next(self) -> Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _take(self) -> Token:
        if self._next is None:
            raise _Untold
        self._at += 1
        return self._tokens[self._at - 1]

    def _skip(self, *words: str) -> bool:
        if self._next is not None and self._next.word in words:
            self._at += 1
            return True
        return False

    def read(self) -> None:
        """Note the predicates and values. Raises _Untold."""
        if self._skip(".") and self._next is None:
            return
        if self._take().kind not in _NODES:
            raise _Untold
        if self._next is None:
            raise _Untold
        while not self._ended():
            path: list[NamedNode] = []
            start = self._at
            self._path(path)
            # Walked backwards, or more than once, the value is no value of the predicate.
            single = self._at == start + 1
            values = [self._value()]
            while self._skip(","):
                values.append(self._value())
            for predicate in path:
                self._note(predicate, values if single else [None])
            while self._skip(";"):
                pass

    def _ended(self) -> bool:
        return self._next is None or (self._skip(".") and self._next is None)

    def _note(self, predicate: NamedNode, values: list[NamedNode | None]) -> None:
        known = self._found.setdefault(predicate, set())
        fixed = {value for value in values if value is not None}
        if predicate != RDF_TYPE or None in values or known is None:
            self._found[predicate] = None
        else:
            known |= fixed

    def _path(self, found: list[NamedNode]) -> None:
        self._skip("^")
        if self._skip("("):
            self._path(found)
            if not self._skip(")"):
                raise _Untold
        else:
            found.append(self._iri(self._take()))
        self._skip("+")
        if self._skip("/", "|"):
            self._path(found)

    def _iri(self, token: Token) -> NamedNode:
        if token.kind == "word" and token.text == "a":
            return RDF_TYPE
        if token.kind == "iri":
            return NamedNode(token.text[1:-1])
        if token.kind != "pname":
            raise _Untold
        prefix, _, local = token.text.partition(":")
        if prefix not in self._prefixes:
            raise _Untold
        return NamedNode(self._prefixes[prefix] + _ESCAPE.sub(r"\1", local))

    def _value(self) -> NamedNode | None:
        token = self._take()
        if token.kind in ("iri", "pname"):
            return self._iri(token)
        if token.kind == "string":
            if self._next is not None and self._next.kind == "tag":
                self._take()
            elif self._skip("^"):
                if not self._skip("^"):
                    raise _Untold
                self._iri(self._take())
        elif token.kind not in ("var", "blank", "number") and token.word not in ("TRUE", "FALSE"):
            raise _Untold
        return None
