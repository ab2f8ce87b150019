"""The reader over which a rule's fixture runs: the knowledge is read once a session."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import pytest

from engine.derive import derivations
from engine.iri import DEFAULT_BASE, graph_iri
from engine.knowledge import KnowledgePack, shipped_pack
from engine.rdf import NamedNode, Quad, RdfFormat, Triple, parse
from engine.snapshot import Position, Reader
from engine.snapshot.projection import project
from engine.store.oxigraph import OxigraphStore
from engine.view import Period, View, parse_instant
from engine.vocab import DERIVED_GRAPH, shorten

VIEW = View(
    evaluated_at=parse_instant("2026-07-01T00:00:00Z"),
    period=Period.parse("2026-01-01/2026-07-01"),
)
FIXTURE = graph_iri(DEFAULT_BASE, "general", "fixture")


@dataclass(frozen=True)
class Change:
    adds: frozenset[Quad] = frozenset()
    removes: frozenset[Quad] = frozenset()


class Bench:
    """One store with the knowledge; a fixture is put in and taken out, which takes no copying."""

    def __init__(self, pack: KnowledgePack) -> None:
        self._pack = pack
        self._store: OxigraphStore = project((), pack, VIEW)
        self._held: list[frozenset[Quad]] = []

    def reader(self, triples: Iterable[Triple]) -> Reader:
        """A reader of ``triples`` with the facts derived from them; ends the one given before."""
        for quads in reversed(self._held):
            self._store.apply(Change(removes=quads), 0)
        self._held = []
        given = tuple(triples)
        self._put(given, FIXTURE)
        asserted = {shorten(triple.predicate) for triple in given}
        for derivation in derivations():
            # A fixture has no vault and no ledger, so it may say what would be derived from them.
            if asserted.isdisjoint(derivation.writes):
                self._put(derivation.run(self._over()), DERIVED_GRAPH[derivation.name])
        return self._over()

    def _put(self, triples: Iterable[Triple], graph: NamedNode) -> None:
        quads = frozenset(Quad(t.subject, t.predicate, t.object, graph) for t in triples)
        self._store.apply(Change(adds=quads), 0)
        self._held.append(quads)

    def _over(self) -> Reader:
        return Reader(VIEW, self._pack, DEFAULT_BASE, None, Position(), self._store)


def sound(pack: KnowledgePack) -> KnowledgePack:
    """``pack`` without the files that do not parse; a test of their own tells those."""
    kept: dict[str, bytes] = {}
    for path, data in pack.files.items():
        try:
            if path.endswith(".ttl"):
                list(parse(data, format=RdfFormat.TURTLE))
        except SyntaxError:
            continue
        kept[path] = data
    return KnowledgePack(kept)


@pytest.fixture(scope="session")
def knowledge() -> KnowledgePack:
    return sound(shipped_pack())


@pytest.fixture(scope="session")
def reader_of(knowledge: KnowledgePack) -> Callable[[Iterable[Triple]], Reader]:
    return Bench(knowledge).reader
