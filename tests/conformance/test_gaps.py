"""Gaps: ranking, owners, what is missing, what is no gap."""

from engine.conformance import Gap, gaps
from engine.conformance.values import Outcome
from tests.conformance.worlds import JUDGED, ORGANISATION, RULED, MakeWorld

BOTH = RULED + JUDGED
TWO = ORGANISATION.replace("ex:inside , ex:unit", "ex:inside , ex:undecided , ex:unit")


def found(world: MakeWorld, facts: str) -> tuple[Gap, ...]:
    made = world(facts, obligations=BOTH)
    return gaps(made.reader, made.assess())


def test_failed_and_decisive_comes_first_and_outside_comes_last(world: MakeWorld) -> None:
    ranked = found(world, ORGANISATION)
    shown = [(g.rank, g.obligation.name, g.outcome, g.in_scope, g.priority) for g in ranked]
    assert shown == [
        (1, "ob-6.2-use", Outcome.FAILED, True, 8 * 2),
        (2, "ob-4.1-adequate", Outcome.UNKNOWN, True, 2 * 4),
        (3, "ob-6.2-purpose", Outcome.UNKNOWN, True, 1 * 2),
        (4, "ob-6.2-use", Outcome.FAILED, False, 8 * 4),
        (5, "ob-6.2-purpose", Outcome.UNKNOWN, False, 1 * 4),
    ]


def test_the_risk_tier_weighs(world: MakeWorld) -> None:
    facts = TWO + "ex:inside aims:riskTier aimsc:tier-critical . "
    facts += "ex:undecided aims:riskTier aimsc:tier-minimal ."
    first = found(world, facts)[0]
    assert first.priority == 8 * (4 + 1)
    assert [one.subject.label for one in first.subjects] == ["Inside", "Undecided"]


def test_the_owner_is_of_the_control_else_the_system_else_the_management_system(
    world: MakeWorld,
) -> None:
    control = """
    ex:control a aims:ImplementedControl ; aims:implementsRequirement iso42001:c6.2 ;
        aims:appliesTo ex:inside ; aims:ownedBy ex:keeper . ex:keeper skos:prefLabel "Keeper" .
    """
    plain = found(world, TWO)[0].subjects
    assert [one.owner.label if one.owner else None for one in plain] == ["Owner", "Chief"]
    kept = found(world, TWO + control)[0].subjects
    assert [one.owner.label if one.owner else None for one in kept] == ["Keeper", "Chief"]
    outside = next(g for g in found(world, ORGANISATION) if not g.in_scope)
    assert {one.owner for one in outside.subjects} == {None}


def test_each_gap_says_what_would_close_it(world: MakeWorld) -> None:
    for gap in found(world, ORGANISATION):
        assert gap.missing
        assert gap.reason
        document = gap.to_json()
        assert document["rank"] == gap.rank
        assert document["subjects_count"] == len(gap.subjects)


def test_practice_is_no_gap(world: MakeWorld) -> None:
    practice = RULED.replace("basis-standard", "basis-practice")
    made = world(ORGANISATION, obligations=practice)
    assert gaps(made.reader, made.assess()) == ()


def test_an_excluded_control_is_no_gap(world: MakeWorld) -> None:
    obligations = RULED.replace("iso42001:c6.2", "iso42001:A.9.2")
    soa = """
    ex:soa a aims:StatementOfApplicability ; aims:statementFor ex:aims ; aims:approvedBy ex:chief ;
        aims:approvedAt "2026-02-01T00:00:00Z"^^xsd:dateTime ; aims:hasSoaEntry ex:entry .
    ex:entry a aims:SoaEntry ; aims:soaControl iso42001:A.9.2 ; aims:included false ;
        aims:exclusionReason aimsc:exclusion-no-activity ; aims:justification "not done" .
    """
    before = world(ORGANISATION, obligations=obligations)
    after = world(ORGANISATION + soa, obligations=obligations)
    assert any(g.in_scope for g in gaps(before.reader, before.assess()))
    assert not any(g.in_scope for g in gaps(after.reader, after.assess()))
