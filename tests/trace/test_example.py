"""Chains of the example, whole and broken; other instants, positions and directions."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from engine.answers import trace_json
from engine.conformance.facts import Facts
from engine.errors import NotFoundError
from engine.rdf import NamedNode, Node
from engine.snapshot import Reader
from engine.trace import HopState, Trace, TraceHop
from engine.view import parse_instant
from engine.vocab import AIMS, ISO42001
from engine.workspace import Workspace
from tests.example import VIEW

HALDEN = "https://halden.example/"


@pytest.fixture(scope="module")
def faulty(faulty_root: Path) -> Iterator[Workspace]:
    with Workspace.open(faulty_root) as workspace:
        yield workspace


def names(nodes: tuple[NamedNode, ...] | tuple[object, ...]) -> list[str]:
    return [str(node).strip("<>").removeprefix(HALDEN) for node in nodes]


def chain(answer: Trace) -> list[tuple[int, str, str]]:
    return [(h.depth, *names((h.source, h.target))) for h in answer.hops]  # type: ignore[misc]


@pytest.mark.parametrize("item", ["A.7.3", "iso42001:A.7.3", ISO42001["A.7.3"].value])
def test_the_chain_of_a_control_leads_to_each_piece_of_its_evidence(
    example: Workspace, item: str
) -> None:
    _, answer = example.trace(VIEW, item, to="aims:Evidence")
    control = ISO42001["A.7.3"].value
    assert chain(answer) == [
        (1, control, "procedure-a.7.3"),
        (1, control, "control-a.7.3"),
        (2, "procedure-a.7.3", "evidence-procedure-a.7.3"),
        (2, "control-a.7.3", "evidence-operation-a.7.3"),
        (2, "control-a.7.3", "test-a.7.3"),
        (3, "test-a.7.3", "evidence-test-a.7.3"),
    ]
    assert {hop.state for hop in answer.hops} == {HopState.LIVE}
    kinds = ("procedure", "operation", "test")
    assert names(answer.reached) == [f"evidence-{kind}-a.7.3" for kind in kinds]
    assert answer.complete


def test_the_chain_of_a_clause_leads_to_who_gathered_its_evidence(example: Workspace) -> None:
    reader, answer = example.trace(VIEW, "6.1.2", to="aims:Party")
    assert answer.complete
    assert {"person-olsen", "person-tanaka"} <= set(names(answer.reached))
    ends = {h.over for h in answer.hops if h.target in answer.reached}
    assert ends == {AIMS.collectedBy, AIMS.performedBy, AIMS.ownedBy}
    assert all(reader.is_a(node, AIMS.Party) for node in answer.reached)


def test_the_chains_of_the_clean_example_hold(example: Workspace) -> None:
    reader = example.reader(VIEW)
    items = [n for n in reader.instances(AIMS.Requirement) if example_item(reader, n)]
    assert len(items) == 70
    broken = {
        item
        for item in items
        if not example.trace(VIEW, str(item).strip("<>"), to="aims:Evidence")[1].complete
    }
    assert broken == set()


def example_item(reader: Reader, node: Node) -> bool:
    """Whether ``node`` is one of the 32 clauses and 38 reference controls."""
    kinds = (AIMS.Clause, AIMS.Control)
    parent = reader.contains(None, AIMS.parentRequirement, node)
    return node in ISO42001 and not parent and any(reader.is_a(node, kind) for kind in kinds)


@pytest.mark.parametrize(
    ("item", "state", "reason"),
    [
        ("A.7.3", "missing", "the bytes are not in the vault"),
        ("A.8.2", "stale", "no longer valid"),
    ],
)
def test_a_planted_fault_breaks_its_chain_at_its_place(
    example: Workspace, faulty: Workspace, item: str, state: str, reason: str
) -> None:
    ref = item.lower()
    _, answer = faulty.trace(VIEW, item, to="aims:Evidence")
    (hop,) = answer.breaks
    assert names((hop.source, hop.target)) == [f"control-{ref}", f"evidence-operation-{ref}"]
    assert (hop.state.value, hop.reason, hop.depth) == (state, reason, 2)
    assert not answer.complete
    # What still holds is told too.
    assert names(answer.reached) == [f"evidence-procedure-{ref}", f"evidence-test-{ref}"]
    _, whole = example.trace(VIEW, item, to="aims:Evidence")
    assert {hop_key(h) for h in answer.hops} == {hop_key(h) for h in whole.hops}


def hop_key(hop: TraceHop) -> tuple[object, ...]:
    return (hop.source, hop.target, hop.over, hop.expects, hop.depth)


@pytest.mark.parametrize("item", ["A.7.3", "A.8.2"])
def test_as_of_the_entry_before_the_faults_the_chain_holds(faulty: Workspace, item: str) -> None:
    head = faulty.ledger.head().sequence
    whole = [
        faulty.trace(replace(VIEW, as_of=sequence), item, to="aims:Evidence")[1].complete
        for sequence in (head - 1, head)
    ]
    assert whole == [True, False]


def test_at_another_instant_evidence_is_judged_by_that_instant(example: Workspace) -> None:
    later = replace(VIEW, evaluated_at=parse_instant("2027-12-01"), period=None)
    _, answer = example.trace(later, "A.7.3", to="aims:Evidence")
    assert {h.state.value for h in answer.breaks} == {"stale"}
    earlier = replace(VIEW, evaluated_at=parse_instant("2026-04-01"))
    _, answer = example.trace(earlier, "A.7.3", to="aims:Evidence")
    reasons = {names((h.target,))[0]: h.reason for h in answer.breaks}
    assert reasons["test-a.7.3"] == "performed after the instant judged"
    assert reasons["evidence-operation-a.7.3"] == "received after the instant judged"


def test_upwards_evidence_leads_to_the_control_and_the_requirement(example: Workspace) -> None:
    _, answer = example.trace(VIEW, "EV-operation-a.7.3", direction="up")
    assert names(answer.reached) == ["control-a.7.3", ISO42001["A.7.3"].value]
    assert {hop.direction for hop in answer.hops} == {"up"}
    _, only = example.trace(VIEW, "EV-operation-a.7.3", to="aims:Requirement", direction="up")
    assert only.reached == (ISO42001["A.7.3"],)
    assert only.complete


def test_upwards_broken_evidence_carries_nothing(faulty: Workspace) -> None:
    _, answer = faulty.trace(VIEW, "EV-operation-a.8.2", direction="up")
    assert answer.reached == ()
    assert [hop.state.value for hop in answer.breaks] == ["stale"]


def test_down_and_up_are_inverse(example: Workspace) -> None:
    """Whatever a live chain reaches below reaches back."""
    start = ISO42001["A.7.4"]
    _, down = example.trace(VIEW, "A.7.4")
    for node in down.reached:
        assert isinstance(node, NamedNode)
        assert start in example.trace(VIEW, node.value, direction="up")[1].reached


def test_a_decision_leads_to_where_its_data_came_from(example: Workspace) -> None:
    _, answer = example.trace(VIEW, "decision-claims-triage", to="aims:SourceRecord")
    assert answer.reached
    over = [hop.over for hop in answer.hops]
    assert {AIMS.makesDecision, AIMS.usesModel, AIMS.trainedOn, AIMS.hasSource} <= set(over)


def test_every_hop_is_a_recorded_link_and_every_live_end_is_in_force(example: Workspace) -> None:
    reader = example.reader(VIEW)
    facts = Facts(reader)
    for item in reader.instances(AIMS.Control):
        assert isinstance(item, NamedNode)
        for hop in example.trace(VIEW, item.value)[1].hops:
            assert hop.target is None or linked(reader, hop)
            if hop.target is not None and hop.state is HopState.LIVE:
                assert facts.valid(hop.target)


def linked(reader: Reader, hop: TraceHop) -> bool:
    assert hop.target is not None
    return reader.contains(hop.source, hop.over, hop.target) or reader.contains(
        hop.target, hop.over, hop.source
    )


def test_the_answer_is_the_documented_json(faulty: Workspace) -> None:
    reader, answer = faulty.trace(VIEW, "A.8.2", to="aims:Evidence")
    told = trace_json(reader, answer)
    assert told["start"] == {
        "iri": ISO42001["A.8.2"].value,
        "label": "A.8.2 System documentation and information for users",
    }
    assert told["to"] == {"iri": AIMS.Evidence.value, "label": "evidence"}
    assert (told["direction"], told["complete"]) == ("down", False)
    assert told["breaks"] == [
        {
            "source": {"iri": HALDEN + "control-a.8.2", "label": "Control: information for users"},
            "target": {
                "iri": HALDEN + "evidence-operation-a.8.2",
                "label": "Operating records: information for users",
            },
            "over": "aims:supports",
            "expects": {"iri": AIMS.Evidence.value, "label": "evidence"},
            "direction": "down",
            "state": "stale",
            "reason": "no longer valid",
            "depth": 2,
            "replaced": False,
            "inherited_from": None,
        }
    ]
    hops = told["hops"]
    assert isinstance(hops, list)
    assert len(hops) == len(answer.hops)


def test_a_compartment_without_the_start_does_not_know_it(example: Workspace) -> None:
    closed = replace(VIEW, compartments=frozenset({"nowhere"}))
    with pytest.raises(NotFoundError):
        example.trace(closed, "EV-operation-a.7.3", direction="up")


def test_a_requirement_seen_without_what_meets_it_is_withheld(example: Workspace) -> None:
    """The standard is known to everybody; what the organisation recorded is not."""
    closed = replace(VIEW, compartments=frozenset({"nowhere"}))
    reader, answer = example.trace(closed, "A.7.3", to="aims:Evidence")
    assert {(hop.target, hop.state) for hop in answer.hops} == {(None, HopState.HIDDEN)}
    assert not answer.complete
    assert "halden" not in str(trace_json(reader, answer))
