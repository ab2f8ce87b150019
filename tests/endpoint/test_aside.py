"""What fits in no memory is answered from files, and as from memory."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from engine.endpoint import Bounds, Dataset, Endpoint, Written
from engine.endpoint.running import Result
from engine.iri import graph_iri
from engine.ledger.patch import Patch
from engine.rdf import NamedNode, Quad
from engine.view import View, parse_instant
from engine.vocab import AIMS, RDF_TYPE
from engine.workspace import Workspace
from tests.endpoint.test_processes import soon

AT = View(evaluated_at=parse_instant("2026-07-01T00:00:00Z"))
CSV = "text/csv"
QUERIES = [
    "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }",
    "SELECT ?g (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g ORDER BY ?g",
    "SELECT ?c (COUNT(?s) AS ?n) WHERE { ?s a ?c } GROUP BY ?c ORDER BY ?c",
    "SELECT ?s WHERE { ?s a aims:AISystem MINUS { ?s aims:dependsOn ?o } } ORDER BY ?s",
]
HERE = Dataset()


def no() -> bool:
    return False


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small graph in two compartments, in twelve entries of which some take back."""
    root = tmp_path_factory.mktemp("aside") / "workspace"
    with Workspace.create(root, agent="urn:test:agent") as workspace:
        base = workspace.ledger.base
        for number in range(12):
            graph = graph_iri(base, "people" if number % 3 else "general", f"s{number % 2}")
            named = [NamedNode(f"urn:x:{number}-{n}") for n in range(9)]
            adds = [Quad(node, RDF_TYPE, AIMS.AISystem, graph) for node in named]
            adds += [Quad(node, AIMS.dependsOn, named[0], graph) for node in named[1:]]
            gone = NamedNode(f"urn:x:{number - 2}-3")
            removes = [Quad(gone, RDF_TYPE, AIMS.AISystem, graph)]
            patch = Patch(frozenset(adds), frozenset(removes))
            assert workspace.committer.commit(patch, agent="urn:test:agent") is not None
    return root


def serving(root: Path, memory_bytes: int = 1 << 33) -> Iterator[Endpoint]:
    with Workspace.open(root, face="server", memory_bytes=memory_bytes) as workspace:
        _ = workspace.committer
        endpoint = Endpoint(workspace, Bounds(seconds=30.0))
        yield endpoint
        endpoint.close()


def answers(endpoint: Endpoint) -> list[bytes]:
    found: list[Result] = []
    head = endpoint.fixed(AT)
    restricted = replace(head, compartments=frozenset({"general"}))
    for view in (head, replace(head, as_of=6), restricted):
        found += [endpoint.query(view, text, CSV, HERE, no) for text in QUERIES]
    return [sorted_lines(one.read()) for one in found]


def sorted_lines(content: bytes) -> bytes:
    return b"\n".join(sorted(content.splitlines()))


def test_answers_are_those_from_memory(root: Path) -> None:
    for endpoint in serving(root):
        assert endpoint._aside.checkpoint() is None
        expected = answers(endpoint)
    for endpoint in serving(root, memory_bytes=13_000):
        assert answers(endpoint) == expected
        # Asked again, by another fork of the same view.
        assert answers(endpoint) == expected


def test_updates_are_tried_out_on_files(root: Path) -> None:
    graph = NamedNode("https://w3id.org/aimsgraph/id/graph/general/counter")
    up = (
        "DELETE { ?s <urn:x:n> ?n } INSERT { ?s <urn:x:n> ?m } "
        "WHERE { ?s <urn:x:n> ?n BIND(?n + 1 AS ?m) }"
    )
    for endpoint in serving(root, memory_bytes=13_000):
        base = endpoint.workspace.ledger.base
        graph = NamedNode(f"{base}graph/general/counter")
        written = Written(agent="urn:x:a")
        start = "INSERT DATA { <urn:x:c> <urn:x:n> 0 }"
        assert endpoint.update(View(), start, HERE, graph, written, no) is not None
        for _ in range(3):
            assert endpoint.update(View(), up, HERE, graph, written, no) is not None
        ask = f"SELECT ?n WHERE {{ GRAPH <{graph.value}> {{ ?s ?p ?n }} }}"
        told = endpoint.query(endpoint.fixed(AT), ask, CSV, HERE, no).read()
        assert told.split() == [b"n", b"3"]
        assert endpoint.workspace.verify().consistent


def test_nothing_is_left(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    left = root / ".views-0-left"
    left.mkdir()
    for endpoint in serving(root, memory_bytes=13_000):
        view = endpoint.fixed(AT)
        endpoint.query(view, QUERIES[0], CSV, HERE, no).close()
        assert not left.exists(), "what another process left is removed"
        (folder,) = root.glob(".views-*")
        # Only so many views stay open; those of the others go.
        for number in range(6):
            other = replace(view, as_of=5 + number)
            endpoint.query(other, QUERIES[0], CSV, HERE, no).close()
        assert soon(lambda: len(list(folder.iterdir())) <= 4, 10)  # noqa: B023
    assert list(root.glob(".views-*")) == []
    assert soon(lambda: not list(tmp_path.glob("aims-view-*")), 10)
