"""Any RDF graph in memory, as validation asks for it, keeping the literals that the parser gave.

The graph lives in a store, which may fold ``"01"^^xsd:integer`` into ``"1"``. The few triples whose
literal it folds are kept beside it as they were written: matching gives the written form; queries
see the folded one, which is mapped back where exactly one literal of the graph folds into it.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from engine.canonical import canonical
from engine.columns import Columns
from engine.rdf import (
    DefaultGraph,
    Literal,
    NamedNode,
    Node,
    Quad,
    RdfFormat,
    Term,
    Triple,
    serialize,
)
from engine.shacl.shapesgraph import statement
from engine.store.oxigraph import OxigraphStore
from engine.store.port import QueryResult, Solutions
from engine.vocab import RDF, SHAPES_GRAPH, XSD

_AS_WRITTEN = frozenset({XSD.string, RDF.langString})
_Key = tuple[Node, NamedNode, Literal]


class GraphData:
    """``triples`` as data, with ``shapes`` as the named graph that ``$shapesGraph`` names."""

    def __init__(self, triples: Iterable[Triple], shapes: Iterable[Triple] = ()) -> None:
        self.columns: Columns | None = None
        # Folded statement → the literals that were written, below.
        odd: dict[_Key, None] = {}
        plain: set[_Key] = set()
        self._store = OxigraphStore.in_memory()
        self._store.fill_default(self._quads(triples, odd, plain))
        self._written = self._folded(odd, plain)
        self._size = self._store.size()
        self._store.add_graph(SHAPES_GRAPH, shapes, in_default=False)

    def add_named(self, quads: Iterable[Quad]) -> None:
        """Add named graphs, which queries can reach and matching cannot."""
        found: dict[NamedNode, list[Triple]] = {}
        for quad in quads:
            if isinstance(quad.graph_name, NamedNode) and quad.graph_name != SHAPES_GRAPH:
                found.setdefault(quad.graph_name, []).append(quad.triple)
        for name, triples in found.items():
            self._store.add_graph(name, triples, in_default=False)

    def _quads(
        self, triples: Iterable[Triple], odd: dict[_Key, None], plain: set[_Key]
    ) -> Iterator[Quad]:
        """Quads of ``triples``, noting on the way whose literal the store may fold."""
        for triple in triples:
            subject, predicate, value = statement(triple)
            if isinstance(value, Literal) and value.datatype not in _AS_WRITTEN:
                if canonical(value) == value:
                    plain.add((subject, predicate, value))
                else:
                    odd[subject, predicate, value] = None
            yield Quad(subject, predicate, value, DefaultGraph())

    def _folded(self, odd: dict[_Key, None], plain: set[_Key]) -> dict[_Key, dict[Literal, None]]:
        found: dict[_Key, dict[Literal, None]] = {}
        kept: set[_Key] = set()
        for subject, predicate, value in odd:
            # Its form is the store's to tell: other than the ledger's, it keeps time zones.
            held = next(self._store.merged(subject, predicate, value)).object
            assert isinstance(held, Literal)
            if held == value:
                kept.add((subject, predicate, held))
            else:
                found.setdefault((subject, predicate, held), {})[value] = None
        for key, literals in found.items():
            if key in plain or key in kept:
                literals[key[2]] = None
        return found

    def keep_columns(self) -> None:
        """Make columns of this graph: worth it where it is validated again and again."""
        content = serialize(self.match(None, None, None), format=RdfFormat.N_TRIPLES)
        self.columns = Columns.of_lines(content or b"")

    def match(self, s: Node | None, p: NamedNode | None, o: Term | None, /) -> Iterator[Triple]:
        """The triples that fit; None fits everything."""
        found = self._store.merged(s, p, o)
        if not self._written and (o is None or canonical(o) == o):
            return found
        return (t for one in found for t in self._as_written(one) if o is None or t.object == o)

    def _as_written(self, triple: Triple) -> Iterable[Triple]:
        subject, predicate, value = statement(triple)
        if not isinstance(value, Literal):
            return (triple,)
        literals = self._written.get((subject, predicate, value), (value,))
        return (Triple(subject, predicate, literal) for literal in literals)

    @property
    def size(self) -> int:
        """How many triples there are, those that fold into one counted once."""
        return self._size

    @cached_property
    def unfolded(self) -> tuple[Triple, ...]:
        """The triples whose literal queries see in another form than ``match`` gives it."""
        return tuple(
            Triple(subject, predicate, literal)
            for (subject, predicate, _), literals in self._written.items()
            for literal in literals
        )

    def run(self, text: str, bindings: Mapping[str, Term], /) -> QueryResult:
        """The result of a query over the graph. Raises QueryError."""
        result = self._store.query(text, substitutions=bindings)
        if not self._written or not isinstance(result, Solutions):
            return result
        return Solutions(result.variables, (tuple(map(self._back, row)) for row in result.rows))

    def _back(self, term: Term | None) -> Term | None:
        return self._originals.get(term, term) if isinstance(term, Literal) else term

    @cached_property
    def _originals(self) -> dict[Literal, Literal]:
        """The form in which the store gives a literal → the one literal that folds into it."""
        found: dict[Literal, set[Literal]] = {}
        for (_, _, folded), literals in self._written.items():
            found.setdefault(folded, set()).update(literals)
        for folded, forms in found.items():
            held = (statement(triple) for triple in self._store.merged(None, None, folded))
            if any((s, p, folded) not in self._written for s, p, _ in held):
                forms.add(folded)
        return {folded: next(iter(one)) for folded, one in found.items() if len(one) == 1}
