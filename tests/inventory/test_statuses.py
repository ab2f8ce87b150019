"""What the inventory amounts to here: nothing is satisfied by somebody else's answers."""

from collections import Counter

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from engine.conformance import Assessment
from engine.conformance.values import Outcome, Status
from engine.rdf import NamedNode, Node
from engine.shacl import Report
from engine.snapshot import Reader
from engine.trace import HopState
from engine.vocab import AIMS, SCHEME
from engine.workspace import Workspace
from tests.inventory.asking import VIEW, answer

STAGES = ("initiated", "development", "implementation", "operation", "retired")


@pytest.fixture(scope="module")
def stages(reader: Reader) -> dict[str, frozenset[Node]]:
    """The systems of each declared stage."""
    return {
        stage: frozenset(
            triple.subject  # type: ignore[misc]
            for triple in reader.match(None, AIMS.declaredStage, SCHEME[f"declared-stage-{stage}"])
        )
        for stage in STAGES
    }


@pytest.fixture(scope="module")
def system(inventory: Workspace) -> str:
    """One in operation that is stated to bear on rights, with answers to what matters here."""
    found = answer(
        inventory,
        "answers",
        topic="impact-assessment",
        reading="aimsc:answer-yes",
        impact="aimsc:declared-impact-rights",
        stage="aimsc:declared-stage-operation",
    )
    return found[0]["system"]


def test_no_item_is_satisfied_anywhere(assessment: Assessment) -> None:
    assert len(assessment.items) == 70
    assert assessment.counts()[Status.SATISFIED] == 0
    for item in assessment.items:
        assert item.status is not Status.SATISFIED
        assert all(one.computed.status is not Status.SATISFIED for one in item.subjects)


def test_items_of_the_organisation_are_not_evaluable_with_their_reason(
    assessment: Assessment,
) -> None:
    for item in assessment.items:
        if item.item.control or item.item.ref.startswith("8."):
            continue
        assert item.status is Status.NOT_EVALUABLE, item.item.ref
        assert item.rolled.reason == "no management system recorded", item.item.ref


def test_an_absent_record_is_unknown_and_only_a_stated_no_may_fail(
    assessment: Assessment, reader: Reader
) -> None:
    failed = {
        one.subject
        for item in assessment.items
        for obligation in item.obligations
        for one in (*obligation.outcomes, *obligation.outside)
        if one.outcome is Outcome.FAILED
    }
    denying = {t.subject for t in reader.match(None, AIMS.normalizedAnswer, SCHEME["answer-no"])}
    denied = {
        triple.object
        for triple in reader.match(None, AIMS.declaredFor, None)
        if triple.subject in denying
    }
    assert len(denied) > 500
    assert failed <= denied


def test_the_statement_of_applicability_is_none_recorded(inventory: Workspace) -> None:
    told = inventory.soa(VIEW).to_json()
    assert (told["statement"], told["version"]) == (None, None)
    entries = told["entries"]
    assert isinstance(entries, list)
    assert {entry["declared"] for entry in entries} == {"not recorded"}
    assert {entry["computed"] for entry in entries} == {"not-evaluable"}


def test_every_system_is_outside_the_scope_because_nobody_decided(assessment: Assessment) -> None:
    header = assessment.header
    assert header.systems_in == ()
    assert len(header.systems_out) == 2_133
    assert {named.reason for named in header.systems_out} == {"no scope decision"}
    closing = str(assessment.to_json()["closing"])
    assert "in scope no management system recorded" in closing
    assert closing.endswith("it is not an audit conclusion.")


def test_the_front_page_says_that_no_statement_is_recorded(inventory: Workspace) -> None:
    with TestClient(create_app(inventory)) as client:
        page = client.get("/", params={"at": "2026-07-01", "period": "2026-01-01/2026-07-01"})
    assert page.status_code == 200
    assert "none recorded" in page.text


def test_retired_use_cases_are_outside_operational_rules(
    report: Report, stages: dict[str, frozenset[Node]]
) -> None:
    """A rule result on a retired one may only come from what concerns every system there is."""
    assert len(stages["retired"]) == 142
    told: Counter[str] = Counter()
    for run in report.runs:
        found = {finding.focus for finding in run.findings}
        if found & stages["operation"] and not found >= stages["operation"] | stages["initiated"]:
            told[str(run.rule)] = len(found & stages["retired"])
    assert {rule: count for rule, count in told.items() if count} == {}
    assert len(told) > 5


def test_no_rule_fails_to_run_on_two_thousand_systems(report: Report) -> None:
    assert [(str(run.rule), run.reason) for run in report.not_validated] == []


def test_gaps_are_obligations_on_systems_outside_the_scope(inventory: Workspace) -> None:
    _, found = inventory.gaps(VIEW)
    assert found
    assert not any(gap.in_scope for gap in found)
    assert all(gap.outcome in (Outcome.UNKNOWN, Outcome.FAILED) for gap in found)
    assert [gap.rank for gap in found] == list(range(1, len(found) + 1))


def test_a_trace_of_a_system_shows_what_is_missing_and_no_evidence(
    inventory: Workspace, reader: Reader, system: str
) -> None:
    _, walk = inventory.trace(VIEW, system, direction="both")
    assert walk.start == NamedNode(system)
    assert walk.hops
    assert walk.breaks
    states = {hop.state for hop in walk.hops}
    assert HopState.MISSING in states
    assert not any(hop.target and reader.is_a(hop.target, AIMS.Evidence) for hop in walk.hops)
    _, to_evidence = inventory.trace(VIEW, system, to="aims:Evidence")
    assert to_evidence.reached == ()


def test_a_cascade_from_a_system_reaches_no_other_system(
    inventory: Workspace, reader: Reader, system: str
) -> None:
    _, found = inventory.cascade(VIEW, system)
    assert found.start == NamedNode(system)
    assert not any(reader.is_a(node, AIMS.AISystem) for node in found.reached)
    assert found.loops == ()


def test_declarations_are_statements_of_the_agency_and_no_evidence(reader: Reader) -> None:
    found = reader.instances(AIMS.Declaration)
    assert len(found) > 20_000
    supporting = {triple.subject for triple in reader.match(None, AIMS.supports, None)}
    assert supporting.isdisjoint(found)
    assert not any(reader.is_a(node, AIMS.Evidence) for node in found[:1_000])
