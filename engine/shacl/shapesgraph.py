"""A shapes graph as an index over its triples, in the order in which they were written."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from engine.errors import ShapeError
from engine.rdf import Literal, NamedNode, Node, Term, Triple
from engine.vocab import RDF, RDF_TYPE, RDFS


class Statement(NamedTuple):
    """A triple of RDF 1.1, without the triple terms that the parser's own class allows."""

    subject: Node
    predicate: NamedNode
    object: Term


def statement(triple: Triple) -> Statement:
    """``triple`` as a Statement. Raises ShapeError where it holds a triple term."""
    subject, predicate, value = triple.subject, triple.predicate, triple.object
    if isinstance(subject, Triple) or isinstance(value, Triple):
        raise ShapeError(f"{triple} holds a triple term", remedy="Use plain RDF 1.1.")
    return Statement(subject, predicate, value)


class ShapesGraph:
    """Look-ups in a shapes graph; nothing here knows what the terms mean."""

    def __init__(self, triples: Iterable[Triple]) -> None:
        self._by_subject: dict[Node, dict[NamedNode, list[Term]]] = {}
        self._by_predicate: dict[NamedNode, list[Statement]] = {}
        for triple in dict.fromkeys(triples):
            found = statement(triple)
            by_predicate = self._by_subject.setdefault(found.subject, {})
            by_predicate.setdefault(found.predicate, []).append(found.object)
            self._by_predicate.setdefault(found.predicate, []).append(found)

    def values(self, node: Term, predicate: NamedNode) -> list[Term]:
        """The objects of ``node`` and ``predicate``."""
        return self.about(node).get(predicate, [])

    def about(self, node: Term) -> Mapping[NamedNode, list[Term]]:
        """Predicate → objects of ``node``."""
        return {} if isinstance(node, Literal) else self._by_subject.get(node, {})

    def triples(self) -> Iterator[Triple]:
        """All triples."""
        return (Triple(*found) for one in self._by_predicate.values() for found in one)

    def using(self, predicate: NamedNode) -> list[Statement]:
        """All triples with ``predicate``."""
        return self._by_predicate.get(predicate, [])

    def members(self, head: Term) -> tuple[Term, ...]:
        """The members of the RDF list at ``head``. Raises ShapeError where it is none."""
        found: list[Term] = []
        seen: set[Term] = set()
        while head != RDF.nil:
            first, rest = self.values(head, RDF.first), self.values(head, RDF.rest)
            if len(first) != 1 or len(rest) != 1 or head in seen:
                raise ShapeError(
                    "the value is not a well-formed RDF list",
                    remedy="Write ( … ), where each node has one rdf:first and one rdf:rest.",
                )
            seen.add(head)
            found.append(first[0])
            head = rest[0]
        return tuple(found)

    def subclasses(self, cls: NamedNode) -> frozenset[Term]:
        """``cls`` and all that are rdfs:subClassOf it, by any number of steps, in this graph."""
        found: set[Term] = {cls}
        frontier: list[Term] = [cls]
        while frontier:
            above = frontier.pop()
            for subject, _, parent in self.using(RDFS.subClassOf):
                if parent == above and subject not in found:
                    found.add(subject)
                    frontier.append(subject)
        return frozenset(found)

    def instances(self, cls: NamedNode) -> list[Node]:
        """The SHACL instances of ``cls`` in this graph, in order."""
        classes = self.subclasses(cls)
        typed = (t.subject for t in self.using(RDF_TYPE) if t.object in classes)
        return list(dict.fromkeys(typed))
