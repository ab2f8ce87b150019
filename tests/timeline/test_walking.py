"""The path from entry to entry, against two whole validations for each step."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from engine.derive import derived
from engine.errors import InputError, NotFoundError
from engine.ledger.ledger import Ledger
from engine.ledger.patch import Patch
from engine.rdf import Quad
from engine.resident import Resident
from engine.shacl import Finding, run_pack
from engine.timeline import Point, Step, intervals, kept, walking
from engine.view import View
from engine.workspace import FINDINGS_FILE, LEDGER_FILE, Workspace
from tests.ledger.making import Ticking
from tests.test_resident import Edits, sources

AGENT = "urn:test:agent"


@pytest.fixture
def ticking() -> Ticking:
    return Ticking(datetime.now(UTC).replace(microsecond=0) + timedelta(days=1))


@pytest.fixture
def past(fresh: Callable[[], Path], ticking: Ticking) -> Iterator[Workspace]:
    root = fresh()
    ledger = Ledger.open(root / LEDGER_FILE, clock=ticking.clock())
    with Workspace(root, ledger, face="cli") as workspace:
        yield workspace


def findings(workspace: Workspace, sequence: int, at: datetime) -> tuple[Finding, ...]:
    view = View(as_of=sequence, evaluated_at=at)
    return run_pack(derived(workspace.snapshots().open(view))).findings


def slow(workspace: Workspace, first: int, last: int) -> Iterator[Step]:
    instants = {n: workspace.ledger.position(n).instant for n in range(first, last + 1)}
    before = findings(workspace, first, instants[first])  # type: ignore[arg-type]
    for sequence in range(first + 1, last + 1):
        at = instants[sequence]
        assert at is not None
        moved = findings(workspace, sequence - 1, at)
        after = findings(workspace, sequence, at)
        yield Step.between(Point(sequence, at, "time"), before, moved)
        yield Step.between(Point(sequence, at, "entry"), moved, after)
        before = after


def same(given: Step, wanted: Step) -> bool:
    return given.point == wanted.point and all(
        sorted(map(repr, one)) == sorted(map(repr, other))
        for one, other in ((given.added, wanted.added), (given.healed, wanted.healed))
    )


def quads(workspace: Workspace) -> list[Quad]:
    return sources(workspace.snapshots().open(View()))


def test_each_step_is_the_difference_of_two_validations(
    past: Workspace, ticking: Ticking, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = past.ledger.head().sequence
    edits = Edits(quads(past), seed=4)
    for at in range(3):
        ticking.pass_time(at * 40 * 86_400)
        past.committer.commit(edits.patch(), agent=AGENT, reason="edit")
    past.record_assessment(past.assess(View()), agent=AGENT)
    many = Patch(removes=frozenset(quads(past)[:40]))
    past.committer.commit(many, agent=AGENT, reason="many")
    last = past.ledger.head().sequence
    monkeypatch.setattr(walking, "QUADS", 30)
    wanted = [s for s in slow(past, first, last) if s.added or s.healed]
    given = past.timeline.between(first, last)
    assert {step.point.cause for step in given} == {"entry", "time"}
    assert len(given) == len(wanted)
    assert all(map(same, given, wanted))
    # And as it is kept, and from any part of it.
    monkeypatch.setattr(walking, "Resident", None)
    assert past.timeline.between(first, last) == given
    parts = [past.timeline.between(n, n + 1) for n in range(first, last)]
    assert tuple(step for part in parts for step in part) == given
    # Both ends agree with the intervals between them.
    started = findings(past, first, past.ledger.position(first).instant)  # type: ignore[arg-type]
    ended = findings(past, last, past.ledger.position(last).instant)  # type: ignore[arg-type]
    found = intervals(given)
    assert len(started) + sum(i.until is None for i in found) - len(ended) == sum(
        i.since is None for i in found
    )


def test_what_is_walked_fills_gaps_alone(past: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    first = past.ledger.head().sequence
    edits = Edits(quads(past), seed=7)
    for _ in range(4):
        past.committer.commit(edits.patch(), agent=AGENT, reason="edit")
    middle = past.timeline.between(first + 1, first + 2)
    opened: list[int] = []

    class Counting(Resident):
        def __init__(self, ground: object) -> None:
            opened.append(ground.sequence)  # type: ignore[attr-defined]
            super().__init__(ground)  # type: ignore[arg-type]

    monkeypatch.setattr(walking, "Resident", Counting)
    whole = past.timeline.between(first, first + 4)
    assert opened == [first, first + 2]
    assert set(middle) <= set(whole)
    assert past.timeline.between(first, first) == ()


def test_what_was_kept_is_forgotten_by_a_rebuild_and_by_another_version(
    past: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = past.ledger.head().sequence
    past.committer.commit(Edits(quads(past), seed=7).patch(), agent=AGENT, reason="edit")
    file = past.root / FINDINGS_FILE
    told = past.timeline.between(first, first + 1)
    hashes = {first + 1: past.ledger.head().hash}
    assert file.is_file()
    assert set(kept.Kept(file).steps(hashes)) == {first + 1}
    monkeypatch.setattr(kept, "version", lambda name: "another")
    assert kept.Kept(file).steps(hashes) == {}
    past.rebuild()
    assert not file.exists()
    assert past.timeline.between(first, first + 1) == told


@pytest.mark.parametrize("content", [b"", b"no database", b"\x00" * 5_000])
def test_a_damaged_file_is_no_obstacle(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / FINDINGS_FILE
    file.write_bytes(content)
    store = kept.Kept(file)
    assert store.steps({1: "00"}) == {}
    store.keep({1: "00"}, {1: ()})
    assert store.steps({1: "00"}) in ({}, {1: ()})


def test_a_folder_that_cannot_be_written_is_no_obstacle(
    past: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*given: object, **named: object) -> None:
        raise OperationalError("connect", None, Exception("read-only"))

    monkeypatch.setattr(kept, "connect", refuse)
    head = past.ledger.head().sequence
    past.timeline.between(head - 1, head)
    assert not (past.root / FINDINGS_FILE).exists()


def test_positions_that_make_no_sense(past: Workspace) -> None:
    head = past.ledger.head().sequence
    assert past.timeline.span(1, None) == (1, head)
    with pytest.raises(InputError, match="comes before"):
        past.timeline.span(head, head - 1)
    with pytest.raises(NotFoundError):
        past.timeline.span(0, head)
    with pytest.raises(NotFoundError):
        past.timeline.span(1, head + 1)
