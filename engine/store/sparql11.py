"""The store port over any SPARQL 1.1 endpoint: query and update, and nothing of one engine.

What a server may do and what is done about it, all measured on Virtuoso 7.2.5: answers cut
silently (pages and counts, ``_paging``); literals folded, refused or merged (``_carried``; whether
a server keeps them is found out when the store is made, and written beside the data); updates of
more than some thousand triples refused (batches); two writers at once lose data (every change
first sees that the marker is still where this writer left it, and is read back afterwards).

The merge is kept as a graph of its own, because a default graph of several gives triples twice.
The workspace's graphs are those below its base IRI; others at the same endpoint are left alone.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice

from engine.errors import InputError, IntegrityError
from engine.iri import DEFAULT_BASE
from engine.rdf import Literal, NamedNode, Node, Quad, Term, Triple, is_node, terms_of
from engine.store._carried import Forms, has_blank, received_row, sent
from engine.store._paging import Ask, all_rows
from engine.store.asked import Planner, answer
from engine.store.endpoint import Address, Endpoint, RefusedError, Row
from engine.store.oxigraph import OxigraphStore
from engine.store.port import NAMED_ONLY, Changes, Dataset, QueryResult
from engine.vocab import SYSTEM_GRAPH, XSD

# Triples of one update, and pairs of one list of values: far below what servers refuse.
_UPDATE, _VALUES = 1_000, 200
_SEQUENCE = SYSTEM_GRAPH["applied/sequence"]
_OWNER = SYSTEM_GRAPH["applied/owner"]
_FORMS = SYSTEM_GRAPH["applied/forms"]
_PROBE = SYSTEM_GRAPH["applied/probe"]


class Sparql11Store:
    """``engine.store.port.Store`` over the endpoint at ``address``.

    ``owner``: what tells the workspace apart, empty for none; ``base``: below it lie its graphs.
    Besides what the port tells, everything raises UnreachableError.
    """

    def __init__(
        self, address: Address, plan: Planner, *, base: str = DEFAULT_BASE, owner: str = ""
    ) -> None:
        self._endpoint = Endpoint(address)
        self._plan = plan
        self._owner = owner
        self._below = f"{base}graph/"
        self._merged = NamedNode(f"{base}projection/merged")
        self._marker = NamedNode(f"{base}projection/applied")
        self._forms: Forms | None = None
        self._last: int | None = None
        self._closed = False

    # Writing

    def apply(self, patch: Changes, sequence: int) -> None:
        """See the port. Removes, then adds, then the marker: each step may be repeated."""
        self._writable(patch.adds | patch.removes)
        self._change("DELETE", patch.removes)
        gone = {quad.triple for quad in patch.removes if quad.graph_name not in NAMED_ONLY}
        kept = {quad.triple for quad in self._of(gone) if quad.graph_name not in NAMED_ONLY}
        self._update("DELETE", ((self._merged, triple) for triple in gone - kept))
        self._insert(patch.adds)
        if left := self.held(patch.removes):
            raise self._differs(f"{min(map(str, left))} is still there after its removal")
        self._mark(sequence)

    def load(self, quads: Iterable[Quad], sequence: int) -> None:
        """See the port."""
        source = iter(quads)
        self._writable(())
        while batch := list(islice(source, _UPDATE)):
            self._check(batch)
            self._insert(batch)
        self._mark(sequence)

    def _insert(self, quads: Collection[Quad]) -> None:
        self._change("INSERT", quads)
        triples = {quad.triple for quad in quads if quad.graph_name not in NAMED_ONLY}
        self._update("INSERT", ((self._merged, triple) for triple in triples))
        held = self._of({quad.triple for quad in quads})
        if missing := set(quads) - held:
            raise self._differs(f"{min(map(str, missing))} is not there after it was added")

    def _change(self, verb: str, quads: Iterable[Quad]) -> None:
        self._update(verb, ((_graph(quad), quad.triple) for quad in quads))

    def _update(self, verb: str, rows: Iterable[tuple[NamedNode, Triple]]) -> None:
        forms = self._forms or Forms.CAREFUL
        source = iter(rows)
        while batch := list(islice(source, _UPDATE)):
            lines: dict[NamedNode, list[str]] = {}
            for graph, triple in batch:
                subject, predicate, value = terms_of(triple)
                lines.setdefault(graph, []).append(f"{subject} {predicate} {sent(value, forms)} .")
            parts = (f"GRAPH {graph} {{\n{chr(10).join(of)}\n}}" for graph, of in lines.items())
            self._endpoint.update(f"{verb} DATA {{ {' '.join(parts)} }}")

    def _writable(self, quads: Iterable[Quad]) -> None:
        """Raises IntegrityError where another has written since this writer did."""
        self._check(quads)
        marks = self._marks()
        found = _sequence(marks)
        if self._last is not None and found != self._last:
            raise self._differs(
                f"its marker is at entry {found}, and this writer left {self._last}"
            )
        self._last = found
        if self._forms is None:
            self._forms = self._found_out()

    def _check(self, quads: Iterable[Quad]) -> None:
        for quad in quads:
            if any(has_blank(term) for term in terms_of(quad)) or not self._ours(quad.graph_name):
                raise InputError(
                    f"{quad} cannot be kept at a SPARQL endpoint: it has a blank node, or lies "
                    f"in no graph of this workspace ({self._below}…)"
                )

    def _differs(self, told: str) -> IntegrityError:
        return IntegrityError(
            f"the store at {self._endpoint.shown} does not hold what was written: {told}",
            remedy="See that nobody else writes there, then: aims rebuild",
        )

    def _mark(self, sequence: int) -> None:
        """Record ``sequence``: the new marker first, so that a break leaves at least one."""
        new = {
            _SEQUENCE: Literal(str(sequence), datatype=XSD.integer),
            _OWNER: Literal(self._owner),
            _FORMS: Literal(self._forms or Forms.CAREFUL),
        }
        old = [(p, o) for p, found in self._marks().items() for o in found]
        self._update("INSERT", ((self._marker, Triple(self._marker, p, o)) for p, o in new.items()))
        stale = [(p, o) for p, o in old if new.get(p) != o]
        self._update("DELETE", ((self._marker, Triple(self._marker, p, o)) for p, o in stale))
        self._last = sequence

    def clear(self) -> None:
        """See the port; what the server's own files and logs keep is the server's affair."""
        for graph in (*self.graphs(), self._merged, self._marker, _PROBE):
            self._endpoint.update(f"CLEAR SILENT GRAPH {graph}")
        if left := self.graphs():
            raise self._differs(f"{left[0]} holds something after it was cleared")
        self._last, self._forms = 0, self._found_out()

    def _found_out(self) -> Forms:
        """How this server keeps literals, by trying; what was tried is taken away again."""
        trial = [(NamedNode(f"{_PROBE.value}/{n}"), term) for n, term in enumerate(_TRIED)]
        lines = " ".join(f"{node} {_PROBE} {term} ." for node, term in trial)
        try:
            self._endpoint.update(f"INSERT DATA {{ GRAPH {_PROBE} {{ {lines} }} }}")
            rows = self._endpoint.select(f"SELECT ?s ?o {{ ?s {_PROBE} ?o }}", [_PROBE], [])
        except RefusedError:
            return Forms.CAREFUL
        finally:
            self._endpoint.update(f"CLEAR SILENT GRAPH {_PROBE}")
        back = {(row["s"], row["o"]) for row in rows}
        return Forms.EXACT if back == set(trial) else Forms.CAREFUL

    def close(self) -> None:
        """See the port; the server stays as it is."""
        self._closed = True

    # Reading

    def applied_sequence(self) -> int:
        """See the port. Raises IntegrityError where the store belongs to another workspace."""
        return _sequence(self._marks())

    def _marks(self) -> dict[NamedNode, list[Term]]:
        self._open()
        found: dict[NamedNode, list[Term]] = {}
        rows = self._rows("SELECT ?p ?o", f"{self._marker} ?p ?o", [self._marker])
        for row in rows:
            predicate = row["p"]
            assert isinstance(predicate, NamedNode)
            found.setdefault(predicate, []).append(row["o"])
        owners = {o.value for o in found.get(_OWNER, ()) if isinstance(o, Literal)} - {self._owner}
        if owners:
            raise IntegrityError(
                f"the store at {self._endpoint.shown} holds the workspace {min(owners)[:120]}",
                remedy="Give each workspace a base IRI or an endpoint of its own.",
            )
        forms = [o.value for o in found.get(_FORMS, ()) if isinstance(o, Literal)]
        if self._forms is None and len(forms) == 1 and forms[0] in list(Forms):
            self._forms = Forms(forms[0])
        return found

    def _kept_as(self) -> Forms:
        if self._forms is None:
            self._marks()
        return self._forms or Forms.CAREFUL

    def _open(self) -> None:
        if self._closed:
            raise IntegrityError("this store was closed", remedy="Open the workspace again.")

    def _rows(self, head: str, pattern: str, default: Sequence[NamedNode]) -> list[Row]:
        """All rows of ``pattern`` over these graphs, terms as the ledger writes them."""

        def ask(text: str) -> list[Row]:
            return self._endpoint.select(text, default, ())

        body = f"{head} {{ {pattern} }}"
        found = all_rows(ask, "", body, distinct=True, where=self._endpoint.shown)
        return [received_row(row) for row in found]

    def held(self, quads: Iterable[Quad]) -> frozenset[Quad]:
        """See the port."""
        wanted = frozenset(quads)
        return wanted & self._of({quad.triple for quad in wanted})

    def _of(self, triples: Collection[Triple]) -> set[Quad]:
        """The quads of our graphs with the subject and predicate of one of ``triples``."""
        self._open()
        pairs = iter(sorted({f"({t.subject} {t.predicate})" for t in triples if not _strange(t)}))
        found: set[Quad] = set()
        graphs = self.graphs() if triples else ()
        while batch := list(islice(pairs, _VALUES)):
            pattern = f"VALUES (?s ?p) {{ {' '.join(batch)} }} GRAPH ?g {{ ?s ?p ?o }}"

            def ask(text: str) -> list[Row]:
                return self._endpoint.select(text, (), graphs)

            body = f"SELECT ?s ?p ?o ?g {{ {pattern} }}"
            rows = all_rows(ask, "", body, distinct=True, where=self._endpoint.shown)
            found.update(_quad(received_row(row)) for row in rows)
        return found

    def match(
        self,
        s: Node | None = None,
        p: NamedNode | None = None,
        o: Term | None = None,
        g: NamedNode | None = None,
    ) -> Iterator[Quad]:
        """See the port."""
        self._open()
        for graph in self.graphs() if g is None else (g,):
            if self._ours(graph):
                for triple in self._triples(s, p, o, graph):
                    yield Quad(triple.subject, triple.predicate, triple.object, graph)

    def merged(
        self, s: Node | None = None, p: NamedNode | None = None, o: Term | None = None
    ) -> Iterator[Triple]:
        """See the port."""
        self._open()
        yield from self._triples(s, p, o, self._merged)

    def _triples(
        self, s: Node | None, p: NamedNode | None, o: Term | None, graph: NamedNode
    ) -> Iterator[Triple]:
        given = (s, p, o)
        if any(term is not None and has_blank(term) for term in given):
            return
        forms = self._kept_as()
        terms = [
            f"?{n}" if t is None else str(sent(t, forms)) for n, t in zip("spo", given, strict=True)
        ]
        free = " ".join(term for term in terms if term.startswith("?")) or "(1 AS ?found)"
        for row in self._rows(f"SELECT {free}", " ".join(terms), [graph]):
            subject, predicate, value = (row.get(n, t) for n, t in zip("spo", given, strict=True))
            assert is_node(subject)
            assert isinstance(predicate, NamedNode)
            assert value is not None
            yield Triple(subject, predicate, value)

    def quads(self) -> Iterator[Quad]:
        """See the port."""
        return self.match()

    def graphs(self) -> tuple[NamedNode, ...]:
        """See the port."""
        self._open()
        body = "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }"
        ask: Ask = self._endpoint.select_anywhere
        found = all_rows(ask, "", body, distinct=True, where=self._endpoint.shown)
        names = {row["g"] for row in found}
        ours = (g for g in names if isinstance(g, NamedNode) and self._ours(g))
        return tuple(sorted(ours, key=lambda g: g.value))

    def _ours(self, graph: object) -> bool:
        return isinstance(graph, NamedNode) and (
            graph.value.startswith(self._below) or graph in NAMED_ONLY
        )

    def dump(self) -> bytes:
        """See the port."""
        return "".join(sorted(f"{quad} .\n" for quad in self.quads())).encode()

    def query(
        self,
        text: str,
        *,
        substitutions: Mapping[str, Term] | None = None,
        dataset: Dataset | None = None,
    ) -> QueryResult:
        """See the port. The text is read here first, so that faults are told as everywhere."""
        self._open()
        empty = OxigraphStore.in_memory()
        shape = empty.query(text, substitutions=substitutions)
        given = {name: sent(term, self._kept_as()) for name, term in (substitutions or {}).items()}
        plan, where = self._plan(text, given), self._endpoint.shown
        return answer(plan, shape, self._asking(dataset), where)

    def _asking(self, dataset: Dataset | None) -> Ask:
        default: Collection[NamedNode] | None = None if dataset is None else dataset.default
        graphs = sorted([self._merged] if default is None else default, key=str)
        named = sorted(self.graphs() if dataset is None else dataset.named, key=str)
        return lambda text: self._endpoint.select(text, graphs, named)


# Each of another node, since several types beside each other end the process of one server.
_TRIED = (
    Literal("true", datatype=XSD.boolean),
    Literal("0.1234567890123456", datatype=XSD.double),
    Literal("0.12345678", datatype=XSD.float),
    Literal("P1Y", datatype=XSD.duration),
    Literal("PT1M30S", datatype=XSD.dayTimeDuration),
    Literal("1", datatype=XSD.decimal),
    Literal("2026-01-01T00:00:00", datatype=XSD.dateTime),
    Literal("2026-01-01Z", datatype=XSD.date),
    Literal("2026", datatype=XSD.gYear),
    Literal("100000000000000000000", datatype=XSD.integer),
    Literal("no number", datatype=XSD.integer),
)


def _strange(triple: Triple) -> bool:
    return any(has_blank(term) for term in terms_of(triple))


def _graph(quad: Quad) -> NamedNode:
    assert isinstance(quad.graph_name, NamedNode)
    return quad.graph_name


def _quad(row: Row) -> Quad:
    subject, predicate, graph = row["s"], row["p"], row["g"]
    assert is_node(subject)
    assert isinstance(predicate, NamedNode)
    assert isinstance(graph, NamedNode)
    return Quad(subject, predicate, row["o"], graph)


def _sequence(marks: Mapping[NamedNode, Sequence[Term]]) -> int:
    """The last entry carried out; of two markers that a break left, the later."""
    found = (term.value for term in marks.get(_SEQUENCE, ()) if isinstance(term, Literal))
    return max((int(value) for value in found if value.isdigit()), default=0)
