"""Literals that stores rewrite (D6): recorded, dumped and recorded again they are the same."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.intake import Intake
from engine.rdf import Literal, Quad, RdfFormat, parse
from engine.vocab import XSD
from engine.workspace import Workspace
from tests.ledger.making import AGENT, graph, node
from tests.test_canonical import FOLDED

SOURCE = "literals"
# Each as somebody writes it; the ledger records the form that stores give back.
WRITTEN = {
    Quad(node(f"of-{number}"), node("p"), Literal(text, datatype=XSD[datatype]), graph(SOURCE))
    for number, (text, datatype, _) in enumerate(FOLDED)
}
Workspaces = tuple[Workspace, Workspace]


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Workspaces]:
    with (
        Workspace.create(tmp_path / "first", agent=AGENT) as first,
        Workspace.create(tmp_path / "second", agent=AGENT) as second,
    ):
        yield first, second


def record(workspace: Workspace, quads: set[Quad]) -> int | None:
    """The entry by which ``quads`` are what the source asserts; None where nothing changed."""
    entry = workspace.committer.replace(graph(SOURCE), quads, agent=AGENT, reason="literals")
    return None if entry is None else entry.sequence


def dumped(workspace: Workspace) -> set[Quad]:
    """What the store gives back, read again from its own text."""
    found = set(parse(workspace.committer.store.dump(), format=RdfFormat.N_QUADS))
    assert len(found) == len(FOLDED) == 14
    return found


def data_of(workspace: Workspace) -> set[Quad]:
    subjects = {quad.subject for quad in WRITTEN}
    return {quad for quad in workspace.ledger.state() if quad.subject in subjects}


def test_what_a_store_gives_back_is_recorded_elsewhere_as_the_same_state(two: Workspaces) -> None:
    first, second = two
    assert record(first, WRITTEN) == 2
    assert record(second, dumped(first)) == 2
    assert first.ledger.state() == second.ledger.state() == dumped(first) == dumped(second)
    (ours,), (theirs,) = (each.ledger.patches(2) for each in two)
    assert ours[1].rows() == theirs[1].rows()
    for workspace in two:
        assert workspace.verify().consistent


def test_recording_either_spelling_again_makes_no_entry_and_leaves_every_hash(
    two: Workspaces,
) -> None:
    first, _ = two
    record(first, WRITTEN)
    head, root, note = first.ledger.head(), first.ledger.root(), first.checkpoint()
    for again in (WRITTEN, dumped(first), WRITTEN | dumped(first)):
        assert record(first, again) is None
    first.rebuild()
    assert record(first, dumped(first)) is None
    assert (first.ledger.head(), first.ledger.root()) == (head, root)
    report = first.verify(checkpoint=note)
    assert (report.entries, report.problems) == (2, ())


def test_files_lead_to_the_same_facts_and_the_same_file_again_to_no_entry(
    two: Workspaces, tmp_path: Path
) -> None:
    first, second = two
    written, given_back = tmp_path / "written.nt", tmp_path / "back.nt"
    written.write_text("".join(sorted(f"{quad.triple} .\n" for quad in WRITTEN)))
    intake = Intake(written, AGENT, source=SOURCE)
    assert first.import_file(intake).sequence == 2
    given_back.write_text("".join(sorted(f"{quad.triple} .\n" for quad in data_of(first))))
    assert second.import_file(Intake(given_back, AGENT, source=SOURCE)).sequence == 2
    assert len(data_of(first)) == 14
    assert data_of(first) == data_of(second)
    head = first.ledger.head()
    assert first.import_file(intake).sequence is None
    assert first.ledger.head() == head
    assert first.verify().consistent
    assert second.verify().consistent
