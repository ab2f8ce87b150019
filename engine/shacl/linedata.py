"""The graph of an N-Triples text as columns, with a store of what its queries can see.

Validation asks columns; only SHACL-SPARQL needs a store, and most of its queries name the
predicates that they look at. So a query gets a store of those triples alone, made when it is first
asked; one that may see anything gets a store of all.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from engine.canonical import canonical
from engine.columns import Columns, encode
from engine.columns.terms import BLANK, term_of, token_of
from engine.rdf import NamedNode, Node, Quad, RdfFormat, Term, Triple, parse
from engine.shacl.shapesgraph import statement
from engine.sparql.visible import Seen, visible
from engine.store.oxigraph import OxigraphStore
from engine.store.port import QueryResult
from engine.vocab import SHAPES_GRAPH


class LineData:
    """Met by ``engine.shacl.data.Data``; made by ``of_lines``."""

    def __init__(self, columns: Columns, shapes: Iterable[Triple] = ()) -> None:
        self.columns = columns
        self._shapes = tuple(shapes)
        self._seen: dict[str, Seen | None] = {}
        self._stores: dict[Seen, OxigraphStore] = {}
        self._copied = 0

    @classmethod
    def of_lines(cls, content: bytes, shapes: Iterable[Triple] = ()) -> "LineData | None":
        """The graph of N-Triples ``content``, with ``shapes`` as $shapesGraph.

        None where the store would not keep a literal as it is written, or where the text is not
        plain: RDF 1.2, unusual spacing, faults. Then the triples are to be read one by one.
        """
        encoded = encode(content, rename_blank_nodes=True)
        if encoded is None or _folds(encoded.tokens):
            return None
        return cls(Columns(encoded), shapes)

    def match(self, s: Node | None, p: NamedNode | None, o: Term | None, /) -> Iterator[Triple]:
        """The triples that fit; None fits everything."""
        return self.columns.match(s, p, o)

    @property
    def size(self) -> int:
        """How many triples there are."""
        return self.columns.size

    @property
    def unfolded(self) -> tuple[Triple, ...]:
        """None: what the store would fold is not taken."""
        return ()

    def run(self, text: str, bindings: Mapping[str, Term], /) -> QueryResult:
        """The result of a query over the graph. Raises QueryError."""
        if text not in self._seen:
            self._seen[text] = visible(text)
        return self._store(self._seen[text]).query(text, substitutions=bindings)

    def _store(self, seen: Seen | None) -> OxigraphStore:
        if seen is None or "_whole" in self.__dict__:
            return self._whole
        store = self._stores.get(seen)
        if store is None:
            store = OxigraphStore.in_memory()
            self._fill(store, seen)
            self._copied += store.size()
            if 2 * self._copied > self.size:
                # Parts that are half of the graph cost as much as all of it.
                self._stores.clear()
                return self._whole
            self._stores[seen] = store
        return store

    @cached_property
    def _whole(self) -> OxigraphStore:
        store = OxigraphStore.in_memory()
        self._fill(store, frozenset((predicate, None) for predicate in self.columns.predicates))
        store.add_graph(SHAPES_GRAPH, self._shapes, in_default=False)
        return store

    def _fill(self, store: OxigraphStore, seen: Seen) -> None:
        content = b"".join(line for one in seen for line in self.columns.lines(*one))
        if not (self.columns.terms.kinds == BLANK).any():
            store.fill_lines(content)
            return
        # Loading would give blank nodes other labels than the columns have.
        quads = parse(content, format=RdfFormat.N_TRIPLES)
        store.fill_default(Quad(q.subject, q.predicate, q.object) for q in quads)


def _folds(tokens: list[bytes]) -> bool:
    """Whether a typed literal among ``tokens`` has another form than the store's."""
    odd = [token for token in tokens if token[:1] == b'"' and token[-1:] == b">" and _odd(token)]
    if not odd:
        return False
    # The store tells: it keeps some forms that the ledger does not, those with a time zone.
    store = OxigraphStore.in_memory()
    store.fill_lines(b"".join(b"<urn:n> <urn:p> %s .\n" % token for token in odd))
    held = {token_of(statement(triple).object) for triple in store.merged()}
    return not held.issuperset(odd)


def _odd(token: bytes) -> bool:
    literal = term_of(token)
    return canonical(literal) != literal
