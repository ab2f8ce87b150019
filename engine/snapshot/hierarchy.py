"""Classes over a fixed set of triples: rdf:type/rdfs:subClassOf*, looked up once a class."""

from collections.abc import Callable, Iterator
from functools import cached_property

from engine.rdf import Literal, NamedNode, Node, Term, Triple, terms_of
from engine.vocab import RDF_TYPE, RDFS

Match = Callable[[Node | None, NamedNode | None, Term | None], Iterator[Triple]]
_SUBCLASS = RDFS.subClassOf


class Hierarchy:
    """Class membership in what ``match`` gives, which must not change meanwhile."""

    def __init__(self, match: Match) -> None:
        self._match = match
        self._below: dict[Node, frozenset[Node]] = {}
        self._above: dict[Node, frozenset[Node]] = {}

    @cached_property
    def _edges(self) -> tuple[dict[Node, list[Node]], dict[Node, list[Node]]]:
        up: dict[Node, list[Node]] = {}
        down: dict[Node, list[Node]] = {}
        for triple in self._match(None, _SUBCLASS, None):
            below, _, above = terms_of(triple)
            if not isinstance(above, Literal):
                up.setdefault(below, []).append(above)
                down.setdefault(above, []).append(below)
        return up, down

    def below(self, cls: Node) -> frozenset[Node]:
        """``cls`` and everything below it."""
        if cls not in self._below:
            self._below[cls] = _closure(cls, self._edges[1])
        return self._below[cls]

    def above(self, cls: Node) -> frozenset[Node]:
        """``cls`` and everything above it."""
        if cls not in self._above:
            self._above[cls] = _closure(cls, self._edges[0])
        return self._above[cls]

    def instances(self, cls: Node) -> tuple[Node, ...]:
        """The instances of ``cls`` and of its subclasses, sorted by their N-Triples text."""
        found = {
            terms_of(triple)[0]
            for lower in self.below(cls)
            for triple in self._match(None, RDF_TYPE, lower)
        }
        return tuple(sorted(found, key=str))

    def is_a(self, node: Term, cls: Node) -> bool:
        """Whether ``node`` is an instance of ``cls`` or of a subclass."""
        return any(cls in self.above(kind) for kind in self._kinds(node))

    def types(self, node: Term) -> tuple[NamedNode, ...]:
        """The classes of ``node`` and everything above them, by IRI."""
        found = {cls for kind in self._kinds(node) for cls in self.above(kind)}
        named = (cls for cls in found if isinstance(cls, NamedNode))
        return tuple(sorted(named, key=lambda cls: cls.value))

    def _kinds(self, node: Term) -> Iterator[Node]:
        if isinstance(node, Literal):
            return
        for triple in self._match(node, RDF_TYPE, None):
            kind = terms_of(triple)[2]
            if not isinstance(kind, Literal):
                yield kind


def _closure(start: Node, edges: dict[Node, list[Node]]) -> frozenset[Node]:
    found = {start}
    waiting = [start]
    while waiting:
        for further in edges.get(waiting.pop(), ()):
            if further not in found:
                found.add(further)
                waiting.append(further)
    return frozenset(found)
