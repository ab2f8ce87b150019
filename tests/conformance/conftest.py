"""Opens the small worlds of ``worlds.py``."""

from collections.abc import Mapping

import pytest

from engine.derive import derived
from engine.knowledge import KnowledgePack, shipped_pack
from engine.rdf import NamedNode, Quad, RdfFormat, parse, serialize
from engine.shacl import validate
from engine.shacl.pack import pack_shapes
from engine.snapshot import reader_over
from engine.view import Period, View, parse_instant
from engine.vocab import AIMS, RDFS, SKOS
from tests.conformance.worlds import EX, GRAPH, HEAD, RULED, RULES, MakeWorld, World

# What nothing here reads; without it a world opens three times as fast.
_IDLE = frozenset(
    {RDFS.isDefinedBy, SKOS.definition, AIMS.attestedBy, AIMS.parentRequirement}
    | {NamedNode(f"https://schema.org/{name}Includes") for name in ("domain", "range")}
)


@pytest.fixture(scope="session")
def vocabulary() -> dict[str, bytes]:
    """The shipped ontology, without its obligations and what describes its terms, and with the
    queries that derived facts come from.
    """
    files = {
        path: data
        for path, data in shipped_pack().files.items()
        if path.startswith("ontology/") and not path.startswith("ontology/obligations/")
    }
    kept = [t for t in KnowledgePack(files).ontology_triples if t.predicate not in _IDLE]
    data = serialize(kept, format=RdfFormat.N_TRIPLES)
    assert data is not None
    queries = {p: d for p, d in shipped_pack().files.items() if p.startswith("queries/tool/")}
    return {"ontology/all.ttl": data, **queries}


@pytest.fixture(scope="session")
def world(vocabulary: dict[str, bytes]) -> MakeWorld:
    packs: dict[tuple[str, str], KnowledgePack] = {}

    def make(
        facts: str,
        *,
        obligations: str = RULED,
        rules: str = RULES,
        at: str = "2026-07-01T00:00:00Z",
        changes: Mapping[str, int] | None = None,
    ) -> World:
        key = (obligations, rules)
        if key not in packs:
            files = vocabulary | {
                "ontology/obligations/test.ttl": (HEAD + obligations).encode(),
                "shapes/test.ttl": (HEAD + rules).encode(),
            }
            packs[key] = KnowledgePack(files)
        pack = packs[key]
        known = {EX + name: sequence for name, sequence in (changes or {}).items()}

        def last_change(
            node: NamedNode, predicates: frozenset[NamedNode] | None = None
        ) -> int | None:
            return known.get(node.value)

        view = View(evaluated_at=parse_instant(at), period=Period.parse("2026-01-01/2026-07-01"))
        parsed = parse(HEAD + facts, format=RdfFormat.TURTLE)
        quads = [Quad(q.subject, q.predicate, q.object, GRAPH) for q in parsed]
        reader = derived(reader_over(quads, pack, view, last_change=last_change))
        return World(reader, validate(reader, pack_shapes(pack)))

    return make
