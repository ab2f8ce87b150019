"""Who counts: scope, exclusions, systems without a decision, several management systems."""

import pytest

from engine.conformance.values import Status
from engine.errors import NotFoundError
from tests.conformance.worlds import ORGANISATION, MakeWorld, ex

USE = 'ex:inside aims:hasIntendedUse ex:use . ex:use a aims:IntendedUse ; rdfs:comment "p" .\n'


def test_only_the_system_in_scope_counts(world: MakeWorld) -> None:
    assessment = world(ORGANISATION + USE).assess("6.2")
    item = assessment.item("6.2")
    assert [one.subject for one in item.subjects] == [ex("inside")]
    assert item.status is Status.SATISFIED
    assert item.outside == 2
    out = {named.label: named.reason for named in assessment.header.systems_out}
    assert out == {"Excluded": "excluded: a toy", "Undecided": "no scope decision"}
    assert [named.label for named in assessment.header.units_in] == ["Claims"]
    assert assessment.header.scope_version == "3"


def test_without_a_management_system_nothing_is_evaluable(world: MakeWorld) -> None:
    facts = "ex:one a aims:AISystem . ex:two a aims:AISystem ; aims:hasIntendedUse ex:use ."
    assessment = world(facts).assess()
    assert len(assessment.items) == 70
    assert {item.status for item in assessment.items} == {Status.NOT_EVALUABLE}
    assert {item.rolled.reason for item in assessment.items} == {"no management system recorded"}
    assert {named.reason for named in assessment.header.systems_out} == {"no scope decision"}
    use = assessment.item("6.2").obligations[1]
    assert use.obligation.name == "ob-6.2-use"
    assert (use.outside_counts.held, use.outside_counts.failed) == (1, 1)


def test_a_draft_scope_is_no_scope(world: MakeWorld) -> None:
    facts = ORGANISATION.replace('aims:version "3" ;', "aims:status aimsc:status-draft ;") + USE
    item = world(facts).assess("6.2").item("6.2")
    assert item.status is Status.NOT_EVALUABLE
    assert item.rolled.reason == "no scope statement is approved and in force"


def test_the_scope_is_the_one_in_force_at_the_instant_judged(world: MakeWorld) -> None:
    later = """
    ex:later a aims:ScopeStatement ; aims:scopeFor ex:aims ; aims:version "4" ;
        aims:supersedes ex:scope ; aims:approvedBy ex:chief ;
        aims:approvedAt "2026-06-01T00:00:00Z"^^xsd:dateTime ; aims:includes ex:undecided .
    """
    now = world(ORGANISATION + later).assess("6.2")
    before = world(ORGANISATION + later, at="2026-05-01T00:00:00Z").assess("6.2")
    assert [named.label for named in now.header.systems_in] == ["Undecided"]
    assert [named.label for named in before.header.systems_in] == ["Inside"]
    assert (now.header.scope_version, before.header.scope_version) == ("4", "3")


def test_a_superseding_draft_supersedes_nothing(world: MakeWorld) -> None:
    draft = "ex:d a aims:ScopeStatement ; aims:scopeFor ex:aims ; aims:supersedes ex:scope ."
    assert world(ORGANISATION + draft).assess("6.2").header.scope_version == "3"


def test_of_several_management_systems_one_is_judged_and_the_others_are_named(
    world: MakeWorld,
) -> None:
    other = """
    ex:other a aims:AIManagementSystem ; skos:prefLabel "Other" .
    ex:theirs a aims:ScopeStatement ; aims:scopeFor ex:other ; aims:approvedBy ex:chief ;
        aims:approvedAt "2024-01-01T00:00:00Z"^^xsd:dateTime ; aims:includes ex:undecided .
    """
    header = world(ORGANISATION + other).assess("6.2").header
    assert header.management_system is not None
    assert header.management_system.label == "Test AIMS"
    assert [named.label for named in header.other_management_systems] == ["Other"]
    reasons = {named.label: named.reason for named in header.systems_out}
    assert reasons["Undecided"] == "in scope of another management system, Other"


def test_a_system_may_be_asked_for_alone(world: MakeWorld) -> None:
    made = world(ORGANISATION + USE)
    assert [item.item.ref for item in made.assess(system="inside").items] == ["6.2"]
    outside = made.assess(system="undecided").items[0]
    assert outside.status is Status.NOT_EVALUABLE
    assert outside.rolled.reason == "no scope decision"
    assert [o.outcome for part in outside.obligations for o in part.outside] == [
        "unknown",
        "failed",
    ]


def test_a_system_judged_alone_shows_what_is_missing(world: MakeWorld) -> None:
    shown = world(ORGANISATION).assess(system="undecided").items[0]
    patterns = [missing.pattern for part in shown.obligations for missing in part.missing]
    assert "<https://example.org/undecided> aims:hasIntendedUse ?use ." in patterns


def test_subjects_of_other_kinds_count_through_their_scope_path(world: MakeWorld) -> None:
    obligations = """
    aims:ob-A.7.5-source a aims:Obligation ; aims:ofItem iso42001:A.7.5 ;
        aims:subjectKind aimsc:subject-dataset-version ; aims:basis aimsc:basis-standard ;
        aims:rung aimsc:rung-implemented ; aims:decisive true ; aims:decider aimsc:decider-rule .
    """
    rules = """
    aimsh:Source a sh:NodeShape ; aims:decides aims:ob-A.7.5-source ;
        sh:targetClass aims:DatasetVersion ; sh:property aimsh:Source-source .
    aimsh:Source-source a sh:PropertyShape ; sh:path aims:hasSource ; sh:minCount 1 ;
        sh:message "A.7.5: no source; record it." .
    """
    facts = """
    ex:inside aims:usesModel ex:model . ex:model a aims:ModelVersion ; aims:trainedOn ex:data .
    ex:data a aims:DatasetVersion ; aims:derivedFromVersion ex:raw .
    ex:raw a aims:DatasetVersion ; aims:hasSource ex:s .
    ex:lonely a aims:DatasetVersion .
    ex:undecided aims:usesModel ex:toy . ex:toy a aims:ModelVersion ; aims:trainedOn ex:toydata .
    ex:toydata a aims:DatasetVersion .
    """
    made = world(ORGANISATION + facts, obligations=obligations, rules=rules)
    part = made.assess("A.7.5").item("A.7.5").obligations[0]
    assert {o.subject: o.outcome for o in part.outcomes} == {
        ex("data"): "failed",
        ex("raw"): "held",
    }
    assert {o.subject for o in part.outside} == {ex("lonely"), ex("toydata")}


def test_an_unknown_system_is_refused(world: MakeWorld) -> None:
    with pytest.raises(NotFoundError, match="no AI system"):
        world(ORGANISATION).assess(system="chief")
