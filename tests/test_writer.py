"""A workspace whose store is at an endpoint: moved there and back, verified, served meanwhile."""

import json
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.errors import InputError, IntegrityError, UnreachableError, WorkspaceError
from engine.ledger.patch import Patch
from engine.rdf import Literal, Quad, Triple
from engine.sparql.remote import planned
from engine.store.endpoint import Address, Endpoint
from engine.store.sparql11 import Sparql11Store
from engine.view import Period, View, parse_instant
from engine.vocab import XSD
from engine.workspace import Workspace
from engine.writer import STORE_FILE, STORE_FOLDER, Access, Place, place_of
from tests.ledger.making import AGENT, graph, node, quad
from tests.store.served import Reply, Served, no_fault, serving
from tests.virtuoso import Virtuoso

SECRET = "planted-91c2"
VIEW = View(evaluated_at=parse_instant("2026-07-01"), period=Period.parse("2026-01-01/2026-07-01"))


@pytest.fixture
def small() -> Iterator[Served]:
    with serving() as running:
        yield running


@pytest.fixture(params=["small server", "Virtuoso"])
def at(request: pytest.FixtureRequest, small: Served) -> Iterator[tuple[Place, Access]]:
    """An endpoint and who we are there; emptied afterwards."""
    if request.param == "Virtuoso":
        server = request.getfixturevalue("virtuoso")
        assert isinstance(server, Virtuoso)
        found = Place(server.endpoint), Access(server.user, server.password, 60)
    else:
        found = Place(small.address), Access(seconds=30)
    emptied(*found)
    yield found
    small.fault = no_fault
    emptied(*found)


def emptied(place: Place, access: Access) -> None:
    """Servers are shared: nothing of another test may be there."""
    endpoint = Endpoint(Address(place.query, "", access.user, access.password))
    ours = "FILTER STRSTARTS(STR(?g), 'https://aims.example/')"
    found = endpoint.select_anywhere(
        f"SELECT ?g (COUNT(*) AS ?n) {{ GRAPH ?g {{ ?s ?p ?o }} {ours} }} GROUP BY ?g"
    )
    for row in found:
        if "g" in row:
            endpoint.update(f"CLEAR GRAPH {row['g']}")


def raw(place: Place, access: Access, text: str) -> None:
    """An update past us."""
    Endpoint(Address(place.query, "", access.user, access.password)).update(text)


def test_a_store_moves_to_an_endpoint_and_back(
    at: tuple[Place, Access], faulty_root: Path, tmp_path: Path
) -> None:
    place, access = at
    root = tmp_path / "workspace"
    shutil.copytree(faulty_root, root)
    with Workspace.open(root) as workspace:
        embedded = outcome(workspace)
        head = workspace.ledger.head()
    with Workspace.open(root, access=access) as workspace:
        assert workspace.rebuild(place) == head.sequence
        assert not (root / STORE_FOLDER).exists()
        assert outcome(workspace) == embedded
        assert store_problems(workspace) == []
        entry = workspace.committer.commit(Patch(frozenset({quad("new")})), agent=AGENT)
        assert entry is not None
    assert place_of(root) == place
    with Workspace.open(root, access=access) as workspace:
        assert isinstance(workspace.committer.store, Sparql11Store)
        assert quad("new") in set(workspace.committer.store.match(node("new")))
        assert workspace.committer.commit(Patch(frozenset({quad("new")})), agent=AGENT) is None
        assert workspace.rebuild() == head.sequence + 1
        assert workspace.rebuild(Place()) == head.sequence + 1
        assert store_problems(workspace) == []
    assert place_of(root) == Place()
    assert not (root / STORE_FILE).exists()
    with Workspace.open(root) as workspace:
        assert quad("new") in set(workspace.committer.store.quads())


def outcome(workspace: Workspace) -> tuple[object, ...]:
    """Findings and statuses, read from the store that the process holds."""
    assert workspace.committer.store.applied_sequence() == workspace.ledger.head().sequence
    _, report = workspace.validate(VIEW)
    found = sorted(f"{run.rule} {result}" for run in report.runs for result in run.findings)
    assert found
    return found, workspace.assess(VIEW).to_json()


def store_problems(workspace: Workspace) -> list[str]:
    """What verification finds in the store; the example's vault has its own planted faults."""
    return [p.message for p in workspace.verify().problems if p.kind == "store"]


TAMPERED: dict[str, tuple[str, str]] = {
    "added": ("INSERT DATA {{ GRAPH {g} {{ <urn:x> <urn:p> 'x' }} }}", "no entry added it"),
    "added to a new graph": (
        "INSERT DATA {{ GRAPH <https://aims.example/graph/general/o> {{ <urn:x> <urn:p> 1 }} }}",
        "no entry added it",
    ),
    "removed": ("DELETE DATA {{ GRAPH {g} {{ {t} }} }}", "the store does not hold it"),
    "changed": (
        "DELETE DATA {{ GRAPH {g} {{ {t} }} }} ; INSERT DATA {{ GRAPH {g} {{ {s} {p} 'y' }} }}",
        "the store does not hold it",
    ),
    "added to the merge": ("INSERT DATA {{ GRAPH {m} {{ <urn:x> <urn:p> 'x' }} }}", "disagree"),
    "removed from the merge": ("DELETE DATA {{ GRAPH {m} {{ {t} }} }}", "disagree"),
    "carried literal changed": (
        "DELETE {{ GRAPH {g} {{ ?s ?p ?o }} }} INSERT {{ GRAPH {g} {{ ?s ?p 'z' }} }} "
        "WHERE {{ GRAPH {g} {{ ?s ?p ?o FILTER (?s = {d}) }} }}",
        "the store does not hold it",
    ),
}


def test_what_is_done_past_us_is_found_and_named(at: tuple[Place, Access], tmp_path: Path) -> None:
    place, access = at
    long = Quad(node("d"), node("p"), Literal("P1Y", datatype=XSD.duration), graph())
    quads = {*(quad(f"n{number}") for number in range(10)), long}
    with Workspace.create(tmp_path / "workspace", agent=AGENT) as workspace:
        workspace.committer.commit(Patch(frozenset(quads)), agent=AGENT)
    with Workspace.open(tmp_path / "workspace", access=access) as workspace:
        workspace.rebuild(place)
        for name, (text, told) in TAMPERED.items():
            one = quad("n3")
            merged = "<https://aims.example/projection/merged>"
            raw(
                place,
                access,
                text.format(
                    g=graph(),
                    t=Triple(one.subject, one.predicate, one.object),
                    s=one.subject,
                    p=one.predicate,
                    m=merged,
                    d=long.subject,
                ),
            )
            problems = workspace.verify().problems
            assert any(told in problem.message for problem in problems), name
            assert all(problem.kind == "store" for problem in problems)
            workspace.rebuild()
            assert workspace.verify().problems == (), name
        raw(place, access, "CLEAR GRAPH <https://aims.example/projection/applied>")
        (problem,) = workspace.verify().problems
        assert problem.where == "position"


def test_a_server_that_is_away_loses_nothing(small: Served, tmp_path: Path) -> None:
    root = tmp_path / "workspace"
    with Workspace.create(root, agent=AGENT) as workspace:
        workspace.rebuild(Place(small.address))
    with Workspace.open(root, access=Access("u", SECRET, 5)) as workspace:
        committer = workspace.committer
        # It goes away in the middle of an entry: what the ledger has is done, and healed later.
        committer._hook = lambda step: small_fails(small) if step == "recorded" else None
        entry = committer.commit(Patch(frozenset({quad("a")})), agent=AGENT)
        assert entry is not None
        assert entry.sequence == 2
        committer._hook = lambda step: None
        with pytest.raises(UnreachableError) as caught:
            committer.commit(Patch(frozenset({quad("b")})), agent=AGENT)
        assert SECRET not in str(caught.value)
        # Reading goes on from the ledger meanwhile, and verify says what it could not see.
        assert workspace.reader(VIEW).sequence == 2
        (problem,) = workspace.verify().problems
        assert "refuses" in problem.message
        small.fault = no_fault
        entry = committer.commit(Patch(frozenset({quad("b")})), agent=AGENT)
        assert entry is not None
        assert entry.sequence == 3
        assert {quad("a"), quad("b")} <= set(committer.store.quads())
        assert workspace.verify().problems == ()
    small.fault = lambda _kind, _number, _reply: Reply(503, b"")
    with Workspace.open(root) as workspace:
        assert "refuses" in workspace.verify().problems[0].message
        # The way home needs no server.
        assert workspace.rebuild(Place()) == 3
        assert workspace.verify().problems == ()
    small.fault = no_fault


def small_fails(small: Served) -> None:
    small.fault = lambda _kind, _number, _reply: Reply(503, b"")


def test_a_move_that_fails_leaves_the_old_store_in_use(small: Served, tmp_path: Path) -> None:
    root = tmp_path / "workspace"
    with Workspace.create(root, agent=AGENT) as workspace:
        workspace.committer.commit(Patch(frozenset({quad("a")})), agent=AGENT)
        failed = 0
        for broken in range(1, 80):
            before = len(small.requests)

            def fails(_kind: str, at: int, reply: Reply, broken: int = before + broken) -> Reply:
                return Reply(500, b"") if at == broken else reply

            small.fault = fails
            try:
                workspace.rebuild(Place(small.address))
            except UnreachableError:
                failed += 1
                assert place_of(root) == Place()
                assert quad("a") in set(workspace.committer.store.quads())
                continue
            sent = len(small.requests) - before
            small.fault = no_fault
            assert place_of(root) == Place(small.address)
            assert workspace.verify().problems == ()
            workspace.rebuild(Place())
            if sent < broken:
                break
        assert failed > 10
        assert sent < broken, "the last attempt met no failure"


def test_data_of_others_is_not_overwritten(small: Served, tmp_path: Path) -> None:
    raw(
        Place(small.address), Access(), f"INSERT DATA {{ GRAPH {graph()} {{ <urn:a> <urn:b> 1 }} }}"
    )
    with Workspace.create(tmp_path / "one", agent=AGENT) as workspace:
        with pytest.raises(WorkspaceError, match="no workspace with this ledger put there"):
            workspace.rebuild(Place(small.address))
        raw(Place(small.address), Access(), f"CLEAR GRAPH {graph()}")
        workspace.rebuild(Place(small.address))
    with Workspace.create(tmp_path / "two", agent=AGENT) as workspace:
        with pytest.raises(IntegrityError, match="holds the workspace"):
            workspace.rebuild(Place(small.address))
        assert workspace.verify().problems == ()


def test_two_copies_of_a_workspace_do_not_write_to_one_endpoint(
    at: tuple[Place, Access], tmp_path: Path
) -> None:
    place, access = at
    with Workspace.create(tmp_path / "one", agent=AGENT) as workspace:
        pass
    with Workspace.open(tmp_path / "one", access=access) as workspace:
        workspace.rebuild(place)
    shutil.copytree(tmp_path / "one", tmp_path / "two")
    first, second = (Workspace.open(tmp_path / name, access=access) for name in ("one", "two"))
    with first, second:
        for workspace in (first, second):
            assert workspace.committer.store.applied_sequence() == 1
        done = first.committer.commit(Patch(frozenset({quad("a")})), agent=AGENT)
        assert done is not None
        with pytest.raises(IntegrityError, match="the store holds entry 2"):
            second.committer.commit(Patch(frozenset({quad("b")})), agent=AGENT)
        assert second.ledger.head().sequence == 1


def test_many_writers_count_right(at: tuple[Place, Access], tmp_path: Path) -> None:
    """Increments from many threads, each by reading and replacing under a fixed head."""
    place, access = at
    with Workspace.create(tmp_path / "workspace", agent=AGENT):
        pass
    with Workspace.open(tmp_path / "workspace", access=access) as workspace:
        workspace.rebuild(place)
        committer = workspace.committer
        faults: list[BaseException] = []

        def increment() -> None:
            try:
                for _ in range(5):
                    with committer.lock:
                        held = [q.object for q in committer.store.match(node("n"), node("p"))]
                        value = int(held[0].value) if held else 0  # type: ignore[union-attr]
                        after = Literal(str(value + 1), datatype=XSD.integer)
                        wanted = {Quad(node("n"), node("p"), after, graph())}
                        committer.replace(graph(), wanted, agent=AGENT, reason="one more")
            except BaseException as error:
                faults.append(error)

        threads = [threading.Thread(target=increment) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert faults == []
        (only,) = committer.store.match(node("n"), node("p"))
        assert only.object == Literal("40", datatype=XSD.integer)
        assert workspace.ledger.head().sequence == 41
        assert workspace.verify().problems == ()


def test_no_file_keeps_a_secret(small: Served, tmp_path: Path) -> None:
    root = tmp_path / "workspace"
    with Workspace.create(root, agent=AGENT) as workspace:
        workspace.rebuild(Place(small.address))
    with Workspace.open(root, access=Access("me", SECRET)) as workspace:
        workspace.committer.commit(Patch(frozenset({quad("a")})), agent=AGENT)
        assert SECRET not in repr(workspace._writer._access)
        with pytest.raises(InputError, match="carries credentials"):
            workspace.rebuild(Place(f"http://me:{SECRET}@127.0.0.1/"))
        for path in root.rglob("*"):
            assert not path.is_file() or SECRET.encode() not in path.read_bytes()
        workspace.rebuild(Place())


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"query": 1', '"x"'])
def test_a_damaged_memory_of_the_place_is_told(text: str, tmp_path: Path) -> None:
    root = tmp_path / "workspace"
    with Workspace.create(root, agent=AGENT):
        pass
    (root / STORE_FILE).write_text(text)
    with Workspace.open(root) as workspace:
        with pytest.raises(IntegrityError, match="does not tell where the store is"):
            workspace.committer  # noqa: B018
        assert workspace.rebuild(Place()) == 1
        assert workspace.verify().problems == ()


def test_the_place_is_kept_without_more(small: Served, tmp_path: Path) -> None:
    root = tmp_path / "workspace"
    with Workspace.create(root, agent=AGENT) as workspace:
        workspace.rebuild(Place(small.address, small.address))
        kept = json.loads((root / STORE_FILE).read_text())
        assert kept == {"query": small.address, "update": small.address}
        store: Callable[[], int] = Sparql11Store(
            Address(small.address), planned, owner=workspace.ledger.origin
        ).applied_sequence
        assert store() == 1
        workspace.rebuild(Place())
