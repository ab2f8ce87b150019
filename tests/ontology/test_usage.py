"""Statements use properties where they are meant: on and for the classes that the terms name.

Two joins over every statement, so Python and not a query; ``schema:domainIncludes`` and
``schema:rangeIncludes`` entail nothing, which is why nobody else would notice.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping

import pytest

from engine.rdf import NamedNode, Term, Triple
from engine.vocab import AIMS, OWL, PREFIXES, RDF, RDF_TYPE, RDFS, shorten

_DOMAIN = NamedNode(PREFIXES["schema"] + "domainIncludes")
_RANGE = NamedNode(PREFIXES["schema"] + "rangeIncludes")
_ANY = {OWL["Thing"], OWL["Class"], RDF["Property"]}


class _Classes:
    """Declared types of nodes with all their superclasses, and what properties are meant for."""

    def __init__(self, statements: Iterable[Triple]) -> None:
        self._types: dict[Term, set[Term]] = defaultdict(set)
        self._above: dict[Term, set[Term]] = defaultdict(set)
        self.meant: dict[NamedNode, dict[Term, set[Term]]] = {
            _DOMAIN: defaultdict(set),
            _RANGE: defaultdict(set),
        }
        for t in statements:
            assert not isinstance(t.subject, Triple)
            assert not isinstance(t.object, Triple)
            if t.predicate == RDF_TYPE:
                self._types[t.subject].add(t.object)
            elif t.predicate == RDFS["subClassOf"]:
                self._above[t.subject].add(t.object)
            elif t.predicate in self.meant:
                self.meant[t.predicate][t.subject].add(t.object)

    def of(self, node: Term) -> set[Term]:
        """Every class that ``node`` is declared an instance of, directly or through another."""
        found: set[Term] = set()
        pending = list(self._types.get(node, ()))
        while pending:
            kind = pending.pop()
            if kind not in found:
                found.add(kind)
                pending += self._above.get(kind, ())
        return found


@pytest.fixture(scope="module")
def classes(statements: tuple[Triple, ...]) -> _Classes:
    return _Classes(statements)


@pytest.mark.parametrize(("side", "words"), [(_DOMAIN, "stands on"), (_RANGE, "points at")])
def test_properties_join_what_they_are_meant_for(
    statements: tuple[Triple, ...], classes: _Classes, side: NamedNode, words: str
) -> None:
    meant: Mapping[Term, set[Term]] = classes.meant[side]
    misused = set()
    for t in statements:
        allowed = meant.get(t.predicate, _ANY)
        if t.predicate not in AIMS or allowed & _ANY:
            continue
        node = t.subject if side == _DOMAIN else t.object
        assert not isinstance(node, Triple)
        types = classes.of(node)
        if types and not types & allowed:
            shown = ", ".join(sorted(shorten(k) for k in types if isinstance(k, NamedNode)))
            misused.add(f"{shorten(t.predicate)} {words} {node} ({shown})")
    assert sorted(misused) == []
