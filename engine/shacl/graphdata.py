"""Any RDF graph in memory, as validation asks for it, keeping the literals that the parser gave.

Matching answers from the triples themselves, because a store may fold ``"01"^^xsd:integer`` into
``"1"``; queries run in a store, and the literals that they return are mapped back where exactly
one literal of the graph folds into them.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from engine.canonical import canonical
from engine.rdf import DefaultGraph, Literal, NamedNode, Node, Quad, Term, Triple
from engine.shacl.shapesgraph import statement
from engine.store.oxigraph import OxigraphStore
from engine.store.port import QueryResult, Solutions
from engine.vocab import SHAPES_GRAPH


class GraphData:
    """``triples`` as data, with ``shapes`` as the named graph that ``$shapesGraph`` names."""

    def __init__(self, triples: Iterable[Triple], shapes: Iterable[Triple] = ()) -> None:
        self._triples = tuple(dict.fromkeys(triples))
        self._shapes = tuple(shapes)
        self._by_subject: dict[object, list[Triple]] = {}
        self._by_predicate: dict[NamedNode, list[Triple]] = {}
        for triple in self._triples:
            self._by_subject.setdefault(triple.subject, []).append(triple)
            self._by_predicate.setdefault(triple.predicate, []).append(triple)

    def match(self, s: Node | None, p: NamedNode | None, o: Term | None, /) -> Iterator[Triple]:
        """The triples that fit; None fits everything."""
        found: Iterable[Triple] = self._triples
        if s is not None:
            found = self._by_subject.get(s, ())
        elif p is not None:
            found = self._by_predicate.get(p, ())
        return (
            t for t in found if (p is None or t.predicate == p) and (o is None or t.object == o)
        )

    @property
    def size(self) -> int:
        """How many triples there are."""
        return len(self._triples)

    def run(self, text: str, bindings: Mapping[str, Term], /) -> QueryResult:
        """The result of a query over the graph. Raises QueryError."""
        result = self._store.query(text, substitutions=bindings)
        if not isinstance(result, Solutions):
            return result
        return Solutions(result.variables, (tuple(map(self._written, row)) for row in result.rows))

    def _written(self, term: Term | None) -> Term | None:
        return self._originals.get(term, term) if isinstance(term, Literal) else term

    @cached_property
    def _originals(self) -> dict[Literal, Literal]:
        """The form in which the store gives a literal → the one literal that folds into it."""
        found: dict[Literal, set[Literal]] = {}
        for value in {triple.object for triple in self._triples}:
            if isinstance(value, Literal):
                found.setdefault(canonical(value), set()).add(value)
        return {
            folded: min(values, key=str) for folded, values in found.items() if len(values) == 1
        }

    @cached_property
    def _store(self) -> OxigraphStore:
        store = OxigraphStore.in_memory()
        quads = [Quad(*_parts(triple), DefaultGraph()) for triple in self._triples]
        quads += [Quad(*_parts(triple), SHAPES_GRAPH) for triple in self._shapes]
        store.load(quads, 0)
        return store


def _parts(triple: Triple) -> tuple[Node, NamedNode, Term]:
    return statement(triple)
