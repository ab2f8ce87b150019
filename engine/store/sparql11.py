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
from contextlib import contextmanager
from itertools import islice

from engine.errors import AimsError, InputError, IntegrityError
from engine.iri import DEFAULT_BASE
from engine.rdf import Literal, NamedNode, Node, Quad, Term, Triple, is_node, terms_of
from engine.store._carried import Forms, has_blank, received_row, sent
from engine.store._paging import Ask, all_rows
from engine.store._trial import PROBE, found_out
from engine.store.asked import Planner, answer
from engine.store.endpoint import Address, Endpoint, Row
from engine.store.oxigraph import OxigraphStore
from engine.store.port import NAMED_ONLY, Changes, Dataset, QueryResult
from engine.vocab import SYSTEM_GRAPH, XSD

# Triples of one update, and patterns of one query: far below what servers refuse.
_UPDATE, _PAIRS = 1_000, 100
_SEQUENCE = SYSTEM_GRAPH["applied/sequence"]
_OWNER = SYSTEM_GRAPH["applied/owner"]
_FORMS = SYSTEM_GRAPH["applied/forms"]


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
        with self._uncertain():
            self._carry_out(patch)
            self._mark(sequence)

    def _carry_out(self, patch: Changes) -> None:
        self._change("DELETE", patch.removes)
        gone = _merging(patch.removes)
        gone -= _merging(self._quads_of(gone, self.graphs()) if gone else ())
        self._update("DELETE", ((self._merged, triple) for triple in gone))
        if left := {*self.held(patch.removes), *(gone & self._merged_of(gone))}:
            raise self._differs(f"{min(map(str, left))} is still there after its removal")
        self._insert(patch.adds)

    def load(self, quads: Iterable[Quad], sequence: int) -> None:
        """See the port. What was added is read back whole, which is less than asking for it."""
        wanted = frozenset(quads)
        self._writable(wanted)
        with self._uncertain():
            self._write(wanted)
            graphs = {_graph(quad) for quad in wanted}
            missing: set[object] = set(wanted)
            for graph in graphs:
                missing.difference_update(self.match(g=graph))
            missing |= _merging(wanted).difference(self.merged() if wanted else ())
            self._require_none(missing)
            self._mark(sequence)

    @contextmanager
    def _uncertain(self) -> Iterator[None]:
        """A reply that is lost leaves open where the marker is; the next change looks."""
        try:
            yield
        except AimsError:
            self._last = None
            raise

    def _insert(self, quads: Collection[Quad]) -> None:
        self._write(quads)
        triples = _merging(quads)
        self._require_none(
            {*(set(quads) - self.held(quads)), *(triples - self._merged_of(triples))}
        )

    def _write(self, quads: Collection[Quad]) -> None:
        self._change("INSERT", quads)
        self._update("INSERT", ((self._merged, triple) for triple in _merging(quads)))

    def _require_none(self, missing: Collection[object]) -> None:
        if missing:
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
            self._forms = found_out(self._endpoint)

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
        for graph in (*self.graphs(), self._merged, self._marker, PROBE):
            self._endpoint.update(f"CLEAR SILENT GRAPH {graph}")
        if left := self.graphs():
            raise self._differs(f"{left[0]} holds something after it was cleared")
        self._forms = found_out(self._endpoint)
        # Whose it is comes first, so that what is left of a load that was killed is known as ours.
        self._mark(0)

    def close(self) -> None:
        """See the port; the server stays as it is."""
        self._closed = True

    # Reading

    def applied_sequence(self) -> int:
        """See the port. Raises IntegrityError where the store belongs to another workspace."""
        return _sequence(self._marks())

    def is_ours(self) -> bool:
        """Whether a workspace of this owner has written here. Raises like ``applied_sequence``."""
        return bool(self._marks())

    def _marks(self) -> dict[NamedNode, list[Term]]:
        self._open()
        found: dict[NamedNode, list[Term]] = {}
        body = f"SELECT ?p ?o {{ {self._marker} ?p ?o }}"
        for row in map(received_row, self._all(body, [self._marker], ())):
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

    def held(self, quads: Iterable[Quad]) -> frozenset[Quad]:
        """See the port."""
        wanted = frozenset(quads)
        graphs = {_graph(quad) for quad in wanted if self._ours(quad.graph_name)}
        return wanted & self._quads_of({quad.triple for quad in wanted}, graphs)

    def _quads_of(self, triples: Collection[Triple], graphs: Collection[NamedNode]) -> set[Quad]:
        """The quads of ``graphs`` with the subject and predicate of one of ``triples``."""
        found = self._around(triples, "?n ?o ?g", "GRAPH ?g { %s ?o }", (), graphs)
        return {Quad(s, p, row["o"], _name(row["g"])) for s, p, row in found}

    def _merged_of(self, triples: Collection[Triple]) -> set[Triple]:
        """Likewise of the merge."""
        found = self._around(triples, "?n ?o", "%s ?o", [self._merged], ())
        return {Triple(s, p, row["o"]) for s, p, row in found}

    def _around(
        self,
        triples: Collection[Triple],
        shown: str,
        pattern: str,
        default: Sequence[NamedNode],
        named: Collection[NamedNode],
    ) -> Iterator[tuple[Node, NamedNode, Row]]:
        """Subject, predicate and row of what fits ``pattern``, for those of ``triples``.

        One pattern a pair: joined to a list of values, one server reads the whole graph for each
        value on some days and not on others (measured: 0.7 s a batch against 0.02 s).
        """
        self._open()
        pairs = iter({terms_of(t)[:2]: None for t in triples if not _strange(t)})
        while batch := list(islice(pairs, _PAIRS)):
            parts = (
                f"{{ {pattern % f'{s} {p}'} BIND ({n} AS ?n) }}" for n, (s, p) in enumerate(batch)
            )
            body = f"SELECT {shown} {{ {' UNION '.join(parts)} }}"
            for row in map(received_row, self._all(body, default, sorted(named, key=str))):
                yield *batch[_number(row)], row

    def _all(
        self, body: str, default: Sequence[NamedNode], named: Sequence[NamedNode]
    ) -> list[Row]:
        def ask(text: str) -> list[Row]:
            return self._endpoint.select(text, default, named)

        return all_rows(ask, "", body, distinct=True, where=self._endpoint.shown)

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
        known = {n: t for n, t in zip("spo", given, strict=True) if t is not None}
        body = f"SELECT {free} {{ {' '.join(terms)} }}"
        for row in self._all(body, [graph], ()):
            found = {**received_row(row), **known}
            subject, predicate = found["s"], found["p"]
            assert is_node(subject)
            yield Triple(subject, _name(predicate), found["o"])

    def quads(self) -> Iterator[Quad]:
        """See the port."""
        return self.match()

    def graphs(self) -> tuple[NamedNode, ...]:
        """See the port."""
        self._open()
        # Grouped: one server takes seconds for DISTINCT in place of milliseconds (measured).
        apart = ", ".join(sorted(map(str, NAMED_ONLY)))
        ours = f"STRSTARTS(STR(?g), {Literal(self._below)}) || ?g IN ({apart})"
        body = (
            f"SELECT ?g (COUNT(*) AS ?n) {{ GRAPH ?g {{ ?s ?p ?o }} FILTER ({ours}) }} GROUP BY ?g"
        )
        ask: Ask = self._endpoint.select_anywhere
        found = all_rows(ask, "", body, distinct=True, where=self._endpoint.shown)
        # Grouping nothing gives one row without a graph on one server, and none on others.
        names = {g for row in found if isinstance(g := row.get("g"), NamedNode)}
        return tuple(sorted(names, key=lambda g: g.value))

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


def _merging(quads: Iterable[Quad]) -> set[Triple]:
    """The triples of ``quads`` that belong into the merge."""
    return {quad.triple for quad in quads if quad.graph_name not in NAMED_ONLY}


def _strange(triple: Triple) -> bool:
    return any(has_blank(term) for term in terms_of(triple))


def _graph(quad: Quad) -> NamedNode:
    assert isinstance(quad.graph_name, NamedNode)
    return quad.graph_name


def _number(row: Row) -> int:
    found = row.get("n")
    assert isinstance(found, Literal)
    return int(found.value)


def _name(term: Term) -> NamedNode:
    assert isinstance(term, NamedNode)
    return term


def _sequence(marks: Mapping[NamedNode, Sequence[Term]]) -> int:
    """The last entry carried out; of two markers that a break left, the later."""
    found = (term.value for term in marks.get(_SEQUENCE, ()) if isinstance(term, Literal))
    return max((int(value) for value in found if value.isdigit()), default=0)
