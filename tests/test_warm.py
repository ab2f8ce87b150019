"""A warm server's answers: those of a process that opens the workspace anew, at every step."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from engine.errors import GuardError
from engine.intake import Intake
from engine.ledger.patch import Patch
from engine.rdf import NamedNode, Quad, terms_of
from engine.severity import Severity
from engine.vocab import AIMS, ONTOLOGY_GRAPH, SHAPES_GRAPH
from engine.workspace import Workspace
from tests.example import VIEW
from tests.sparql.test_rewrite import bag
from tests.test_resident import sources, told

AGENT = "urn:test:agent"


@pytest.fixture
def server(fresh: Callable[[], Path]) -> Iterator[Workspace]:
    with Workspace.open(fresh(), face="server") as workspace:
        yield workspace


def agrees(server: Workspace, **changes: object) -> None:
    view = replace(VIEW, **changes)  # type: ignore[arg-type]
    reader, report = server.validate(view)
    with Workspace.open(server.root) as anew:
        other, expected = anew.validate(view)
        assert told(report) == told(expected)
        assert (reader.sequence, reader.head_hash) == (other.sequence, other.head_hash)
        # Those two hold blank nodes, which are others in each process.
        for graph in {*other.graphs()} - {ONTOLOGY_GRAPH, SHAPES_GRAPH}:
            assert set(reader.quads(graph)) == set(other.quads(graph)), graph
        given, wanted = server.assess(view), anew.assess(view)
        assert given.to_json() == wanted.to_json()


def test_it_follows_commits_the_clock_and_records(server: Workspace) -> None:
    agrees(server)
    ground = server.snapshots().open(VIEW)
    quads = [q for q in sources(ground) if q.predicate in (AIMS.performedAt, AIMS.supports)]
    for at in range(0, 3):
        patch = Patch(removes=frozenset(quads[at * 3 : at * 3 + 2]))
        server.committer.commit(patch, agent=AGENT, reason="edit")
        if at == 1:
            server.record_assessment(server.assess(VIEW), agent=AGENT)
    agrees(server)
    agrees(server, evaluated_at=VIEW.evaluated_at + timedelta(days=40), period=None)
    # Back again, at an older position, and of another time.
    agrees(server)
    agrees(server, as_of=server.ledger.head().sequence - 2)


def test_an_answer_stays_as_it_was_given(server: Workspace) -> None:
    reader, report = server.validate(VIEW)
    before = set(map(str, reader.match(None, None, None)))
    one = next(q for q in sources(reader) if q.predicate == AIMS.supports)
    server.committer.commit(Patch(removes=frozenset([one])), agent=AGENT, reason="edit")
    later, _ = server.validate(VIEW)
    assert later.sequence == reader.sequence + 1
    assert set(map(str, reader.match(None, None, None))) == before
    assert not later.contains(*terms_of(one.triple))
    assert server.validate(replace(VIEW, as_of=reader.sequence))[1].findings == report.findings


def test_a_guard_leaves_it_as_it_was(server: Workspace, tmp_path: Path) -> None:
    agrees(server)
    gone = tmp_path / "models.ttl"
    gone.write_text("<https://halden.example/x> <https://halden.example/y> 1 .")
    for source, guard in (("models", Severity.VIOLATION), ("new", Severity.VIOLATION)):
        intake = Intake(gone, AGENT, source=source, guard=guard)
        if source == "new":
            server.import_file(intake)
        else:
            with pytest.raises(GuardError):
                server.import_file(intake)
        agrees(server)


def test_a_great_change_and_new_knowledge_are_opened_anew(server: Workspace) -> None:
    agrees(server)
    ground = server.snapshots().open(VIEW)
    source = sources(ground)[0]
    many = {Quad(source.subject, AIMS.notes, NamedNode(f"urn:n{at}"), source.graph_name)
            for at in range(5_001)}  # fmt: skip
    server.committer.commit(Patch(frozenset(many)), agent=AGENT, reason="many")
    agrees(server)


def test_what_fits_in_no_memory_is_judged_in_files(
    fresh: Callable[[], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with Workspace.open(fresh(), face="server", memory_bytes=1_000_000) as workspace:
        agrees(workspace)
        assert list(tmp_path.glob("aims-view-*"))
        one = next(q for q in sources(workspace.reader(VIEW)) if q.predicate == AIMS.supports)
        workspace.committer.commit(Patch(removes=frozenset([one])), agent=AGENT, reason="edit")
        agrees(workspace)
        text = "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }"
        with Workspace.open(workspace.root) as other:
            counts = [bag(one.sparql(VIEW, text)) for one in (workspace, other)]
            assert counts[0] == counts[1]
