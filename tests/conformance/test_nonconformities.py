"""Nonconformities: open until every step is recorded and verified by somebody independent."""

import pytest

from engine.conformance.values import Status
from tests.conformance.worlds import ORGANISATION, MakeWorld, ex

USE = 'ex:inside aims:hasIntendedUse ex:use . ex:use a aims:IntendedUse ; rdfs:comment "p" .\n'
RAISED = """
ex:nc a aims:Nonconformity ; skos:prefLabel "NC-1" ; aims:against iso42001:c6.2 ;
    aims:grade aimsc:grade-major ; aims:raisedAt "2026-03-01T00:00:00Z"^^xsd:dateTime .
"""
STEPS = {
    "correction": 'ex:nc aims:correction "withdrawn" .',
    "cause": "ex:nc aims:hasRootCause ex:cause . ex:cause a aims:RootCauseAnalysis .",
    "extent": 'ex:nc aims:extentConsidered "two more systems looked at" .',
    "action": """ex:nc aims:correctedBy ex:action . ex:action a aims:CorrectiveAction ;
        aims:ownedBy ex:owner ; aims:performedAt "2026-05-01T00:00:00Z"^^xsd:dateTime ;
        aims:closedAt "2026-06-02T00:00:00Z"^^xsd:dateTime .""",
    "check": """ex:action aims:verifiedIn ex:check . ex:check a aims:EffectivenessCheck ;
        aims:performedBy ex:chief ; aims:performedAt "2026-06-01T00:00:00Z"^^xsd:dateTime ;
        aims:criterion "no recurrence in 30 days" ; aims:testOutcome aimsc:outcome-passed .""",
}
ALL = "\n".join(STEPS.values())


def status(world: MakeWorld, facts: str, at: str = "2026-07-01T00:00:00Z") -> Status:
    return world(ORGANISATION + USE + facts, at=at).assess("6.2").item("6.2").status


def test_the_whole_way_closes_it(world: MakeWorld) -> None:
    assert status(world, "") is Status.SATISFIED
    assert status(world, RAISED) is Status.UNSATISFIED
    assert status(world, RAISED + ALL) is Status.SATISFIED


@pytest.mark.parametrize("left_out", STEPS)
def test_every_step_is_needed(world: MakeWorld, left_out: str) -> None:
    rest = "\n".join(text for name, text in STEPS.items() if name != left_out)
    assert status(world, RAISED + rest) is Status.UNSATISFIED


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("aims:performedBy ex:chief", "aims:performedBy ex:owner"),
        ("outcome-passed", "outcome-failed"),
        ('aims:criterion "no recurrence in 30 days" ;', ""),
        ("2026-06-01", "2026-04-01"),
        ("2026-06-01", "2026-08-01"),
        ("aims:performedBy ex:chief ;", ""),
    ],
    ids=["own-hands", "not-passed", "no-criterion", "before-the-action", "future", "nobody"],
)
def test_the_check_must_be_independent_later_and_passed(
    world: MakeWorld, old: str, new: str
) -> None:
    assert status(world, RAISED + ALL.replace(old, new)) is Status.UNSATISFIED


def test_closed_alone_changes_nothing(world: MakeWorld) -> None:
    closed = """ex:nc aims:status aimsc:status-closed ;
        aims:closedAt "2026-06-01T00:00:00Z"^^xsd:dateTime ."""
    assert status(world, RAISED + closed) is Status.UNSATISFIED


def test_every_action_must_be_verified(world: MakeWorld) -> None:
    second = "ex:nc aims:correctedBy ex:second . ex:second a aims:CorrectiveAction ."
    assert status(world, RAISED + ALL + second) is Status.UNSATISFIED


def test_a_minor_one_makes_partial(world: MakeWorld) -> None:
    assert status(world, RAISED.replace("grade-major", "grade-minor")) is Status.PARTIAL


def test_a_missing_grade_is_no_ground_for_leniency(world: MakeWorld) -> None:
    assert status(world, RAISED.replace("aims:grade aimsc:grade-major ;", "")) is Status.UNSATISFIED


def test_it_counts_from_the_day_it_was_raised(world: MakeWorld) -> None:
    assert status(world, RAISED, at="2026-02-01T00:00:00Z") is Status.SATISFIED


def test_it_counts_on_its_subject_only(world: MakeWorld) -> None:
    facts = ORGANISATION.replace("ex:inside , ex:unit", "ex:inside , ex:undecided , ex:unit")
    facts += USE + USE.replace("ex:inside", "ex:undecided") + RAISED
    item = world(facts + "ex:nc aims:onSubject ex:inside .").assess("6.2").item("6.2")
    assert {s.subject: s.computed.status for s in item.subjects} == {
        ex("inside"): Status.UNSATISFIED,
        ex("undecided"): Status.SATISFIED,
    }
    assert item.status is Status.PARTIAL


def test_on_a_system_outside_the_scope_it_is_listed_and_does_not_count(world: MakeWorld) -> None:
    facts = ORGANISATION + USE + RAISED + "ex:nc aims:onSubject ex:excluded ."
    assessment = world(facts).assess("6.2")
    assert assessment.item("6.2").status is Status.SATISFIED
    assert [(one.open, one.outside) for one in assessment.nonconformities] == [
        (False, "excluded: a toy")
    ]


def test_what_it_lacks_is_said(world: MakeWorld) -> None:
    made = world(ORGANISATION + USE + RAISED + STEPS["correction"])
    reason = made.assess("6.2").item("6.2").rolled.reason
    assert reason == (
        "open major nonconformity NC-1: lacks a cause, the extent considered, a corrective action"
    )
