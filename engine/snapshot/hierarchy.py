"""Classes over a fixed set of triples: rdf:type/rdfs:subClassOf*, looked up once a class."""

from collections.abc import Callable, Iterator

from engine.rdf import Literal, NamedNode, Node, Term, Triple, terms_of
from engine.vocab import RDF_TYPE, RDFS

Match = Callable[[Node | None, NamedNode | None, Term | None], Iterator[Triple]]
_SUBCLASS = RDFS.subClassOf


class Axioms:
    """The order of classes in what ``match`` gives now."""

    def __init__(self, match: Match) -> None:
        self._up: dict[Node, list[Node]] = {}
        self._down: dict[Node, list[Node]] = {}
        for triple in match(None, _SUBCLASS, None):
            below, _, above = terms_of(triple)
            if not isinstance(above, Literal):
                self._up.setdefault(below, []).append(above)
                self._down.setdefault(above, []).append(below)
        self._below: dict[Node, frozenset[Node]] = {}
        self._above: dict[Node, frozenset[Node]] = {}

    def below(self, cls: Node) -> frozenset[Node]:
        """``cls`` and everything below it."""
        if cls not in self._below:
            self._below[cls] = _closure(cls, self._down)
        return self._below[cls]

    def above(self, cls: Node) -> frozenset[Node]:
        """``cls`` and everything above it."""
        if cls not in self._above:
            self._above[cls] = _closure(cls, self._up)
        return self._above[cls]


class Hierarchy:
    """Class membership in what ``match`` gives, which must not change meanwhile."""

    def __init__(self, match: Match, axioms: Axioms) -> None:
        self._match = match
        self.below = axioms.below
        self.above = axioms.above

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
