"""Auditor's judgements: competence, independence, supersession, suspicion, conclusions."""

import pytest

from engine.conformance.values import Outcome, Status
from tests.conformance.worlds import JUDGED, ORGANISATION, RULES, MakeWorld, World

AUDITOR = """
ex:auditor a aims:Person ; skos:prefLabel "Auditor" ; aims:holdsCompetence ex:skill .
ex:skill a aims:CompetenceRecord ; aims:competenceKind aimsc:competence-ai-audit ;
    aims:validFrom "2024-01-01T00:00:00Z"^^xsd:dateTime ;
    aims:expiresAt "2027-01-01T00:00:00Z"^^xsd:dateTime .
"""


def judgement(
    name: str = "j",
    *,
    conclusion: str = "conforms",
    at: str = "2026-05-01",
    sequence: int = 10,
    by: str = "ex:auditor",
    more: str = "",
) -> str:
    return f"""
    ex:{name} a aims:AuditorJudgement ; aims:onItem iso42001:c4.1 ; aims:onSubject ex:aims ;
        aims:onObligation aims:ob-4.1-adequate ; aims:conclusion aimsc:conclusion-{conclusion} ;
        aims:rationale "read the minutes" ; aims:method aimsc:method-document ;
        aims:auditor {by} ; aims:madeAt "{at}T00:00:00Z"^^xsd:dateTime ;
        aims:atSequence {sequence} ; {more} skos:prefLabel "{name}" .
    """


def judged(
    world: MakeWorld, facts: str, changes: dict[str, int] | None = None, at: str | None = None
) -> World:
    return world(
        ORGANISATION + AUDITOR + facts,
        obligations=JUDGED,
        rules=RULES.replace("aims:ob-6.2-use", "aims:x").replace("aims:ob-6.2-purpose", "aims:x"),
        changes=changes,
        at=at or "2026-07-01T00:00:00Z",
    )


def outcome(world: World) -> tuple[Outcome, str]:
    found = world.assess("4.1").item("4.1").obligations[0].outcomes[0]
    return found.outcome, found.reason


@pytest.mark.parametrize(
    ("conclusion", "expected", "status"),
    [
        ("conforms", Outcome.HELD, Status.SATISFIED),
        ("opportunity", Outcome.HELD, Status.SATISFIED),
        ("minor", Outcome.FAILED, Status.UNSATISFIED),
        ("major", Outcome.FAILED, Status.UNSATISFIED),
        ("unable", Outcome.UNKNOWN, Status.NOT_EVALUABLE),
    ],
)
def test_conclusions(world: MakeWorld, conclusion: str, expected: Outcome, status: Status) -> None:
    made = judged(world, judgement(conclusion=conclusion))
    assert outcome(made)[0] is expected
    assert made.assess("4.1").item("4.1").status is status


def test_without_a_judgement_it_is_pending(world: MakeWorld) -> None:
    made = judged(world, "")
    assert outcome(made) == (Outcome.UNKNOWN, "judgement pending")
    missing = made.assess("4.1").item("4.1").obligations[0].missing
    assert [one.pattern for one in missing] == [
        "an auditor's judgement on aims:ob-4.1-adequate by a competent and independent auditor"
    ]


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        (AUDITOR.replace("2027", "2026"), "no current record of competence"),
        (AUDITOR.replace("ai-audit", "oversight"), "no current record of competence"),
        (AUDITOR + "ex:aims aims:ownedBy ex:auditor .", "owns Test AIMS"),
        (
            AUDITOR + "ex:auditor aims:partOf ex:u . ex:aims aims:ownedBy ex:u .",
            "owns Test AIMS",
        ),
        (
            AUDITOR
            + 'ex:c a aims:ImplementedControl ; skos:prefLabel "Control" ; '
            + "aims:implementsRequirement iso42001:c4.1 ; aims:ownedBy ex:auditor .",
            "owns Control",
        ),
        (
            AUDITOR
            + "ex:raci a aims:RaciAssignment ; aims:raciParty ex:auditor ; "
            + "aims:raciSubject ex:aims ; aims:raciRole aimsc:raci-accountable .",
            "is accountable or responsible for it",
        ),
    ],
    ids=["expired", "other-skill", "owner", "owning-unit", "control-owner", "accountable"],
)
def test_a_judgement_counts_only_from_a_competent_and_independent_auditor(
    world: MakeWorld, facts: str, why: str
) -> None:
    made = world(ORGANISATION + facts + judgement(), obligations=JUDGED, rules="")
    found, reason = outcome(made)
    assert found is Outcome.UNKNOWN
    assert reason.startswith("judgement pending")
    assert why in reason
    shown = made.assess("4.1").item("4.1").judgements
    assert [one.counts for one in shown] == [False]


def test_another_role_is_no_accountability(world: MakeWorld) -> None:
    raci = """
    ex:raci a aims:RaciAssignment ; aims:raciParty ex:auditor ; aims:raciSubject ex:aims ;
        aims:raciRole aimsc:raci-consulted .
    ex:other a aims:RaciAssignment ; aims:raciParty ex:auditor ; aims:raciSubject ex:inside ;
        aims:raciRole aimsc:raci-accountable .
    """
    assert outcome(judged(world, raci + judgement()))[0] is Outcome.HELD


def test_the_newest_that_counts_decides(world: MakeWorld) -> None:
    older = judgement("older", at="2026-03-01")
    newer = judgement("newer", conclusion="minor")
    assert outcome(judged(world, older + newer))[0] is Outcome.FAILED
    # One made after the instant judged is not there yet.
    assert outcome(judged(world, older + newer, at="2026-04-01T00:00:00Z"))[0] is Outcome.HELD


def test_a_superseded_judgement_does_not_count(world: MakeWorld) -> None:
    old = judgement("old", conclusion="minor", at="2026-05-01")
    new = judgement("new", at="2026-06-01", more="aims:supersedes ex:old ;")
    made = judged(world, old + new)
    assert outcome(made)[0] is Outcome.HELD
    states = {one.node.value: one.superseded for one in made.assess("4.1").item("4.1").judgements}
    assert states == {"https://example.org/old": True, "https://example.org/new": False}


@pytest.mark.parametrize(
    "new",
    [
        judgement("new", at="2026-04-01", more="aims:supersedes ex:old ;"),
        judgement("new", at="2026-06-01", more="aims:supersedes ex:old ;").replace("c4.1", "c4.2"),
        judgement("new", at="2026-06-01", more="aims:supersedes ex:old ;").replace(
            "ex:aims", "ex:inside"
        ),
    ],
    ids=["earlier", "other-item", "other-subject"],
)
def test_only_a_later_judgement_on_the_same_thing_supersedes(world: MakeWorld, new: str) -> None:
    made = judged(world, judgement("old", conclusion="major", at="2026-05-01") + new)
    assert outcome(made)[0] is Outcome.FAILED


def test_two_conclusions_are_none(world: MakeWorld) -> None:
    both = judgement(more="aims:conclusion aimsc:conclusion-major ;")
    found, reason = outcome(judged(world, both))
    assert (found, "several conclusions" in reason) == (Outcome.UNKNOWN, True)


def test_each_of_several_auditors_is_independent(world: MakeWorld) -> None:
    second = """ex:zoe a aims:Person ; skos:prefLabel "Zoe" ; aims:holdsCompetence ex:skill .
    ex:aims aims:ownedBy ex:zoe ."""
    found, reason = outcome(judged(world, second + judgement(more="aims:auditor ex:zoe ;")))
    assert (found, "Zoe is not independent" in reason) == (Outcome.UNKNOWN, True)


def test_a_judgement_has_seen_no_entry_after_its_own(world: MakeWorld) -> None:
    made = judged(world, judgement(sequence=99), {"j": 12})
    found, reason = outcome(made)
    assert (found, "claims to have seen entry 99" in reason) == (Outcome.UNKNOWN, True)


def test_who_may_not_judge_may_not_supersede(world: MakeWorld) -> None:
    old = judgement("old", conclusion="minor")
    new = judgement("new", by="ex:owner", at="2026-06-01", more="aims:supersedes ex:old ;")
    assert outcome(judged(world, old + new))[0] is Outcome.FAILED


EVIDENCE = 'ex:paper a aims:Evidence ; skos:prefLabel "Paper" .'


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, Outcome.HELD),
        ({"paper": 9}, Outcome.HELD),
        ({"paper": 10}, Outcome.HELD),
        ({"paper": 11}, Outcome.UNKNOWN),
        ({"control": 12}, Outcome.UNKNOWN),
        ({"elsewhere": 12}, Outcome.HELD),
    ],
)
def test_a_change_under_a_judgement_makes_it_suspect(
    world: MakeWorld, changes: dict[str, int], expected: Outcome
) -> None:
    facts = (
        EVIDENCE
        + """
    ex:control a aims:ImplementedControl ; aims:implementsRequirement iso42001:c4.1 .
    ex:elsewhere a aims:ImplementedControl ; aims:implementsRequirement iso42001:c4.1 ;
        aims:appliesTo ex:inside .
    """
    )
    made = judged(world, facts + judgement(more="aims:examinedEvidence ex:paper ;"), changes)
    found, reason = outcome(made)
    assert found is expected
    assert reason.startswith("judgement suspect") is (expected is Outcome.UNKNOWN)


def test_a_suspect_judgement_is_not_replaced_by_an_older_one(world: MakeWorld) -> None:
    older = judgement("older", at="2026-03-01")
    newer = judgement("newer", more="aims:examinedEvidence ex:paper ;")
    made = judged(world, EVIDENCE + older + newer, {"paper": 20})
    found, reason = outcome(made)
    assert found is Outcome.UNKNOWN
    assert "Paper changed at entry 20, after 10" in reason


def test_reconfirming_lifts_the_suspicion(world: MakeWorld) -> None:
    first = judgement("first", more="aims:examinedEvidence ex:paper ;")
    again = judgement(
        "again",
        at="2026-06-01",
        sequence=20,
        more="aims:supersedes ex:first ; aims:examinedEvidence ex:paper ;",
    )
    assert outcome(judged(world, EVIDENCE + first + again, {"paper": 20}))[0] is Outcome.HELD


def test_without_a_ledger_sequence_it_does_not_count(world: MakeWorld) -> None:
    facts = judgement().replace("aims:atSequence 10 ;", "")
    found, reason = outcome(judged(world, facts))
    assert found is Outcome.UNKNOWN
    assert "lacks auditor, instant or ledger sequence" in reason


def test_the_conclusion_stands_beside_the_status_and_neither_overwrites_the_other(
    world: MakeWorld,
) -> None:
    raised = """
    ex:nc a aims:Nonconformity ; aims:against iso42001:c4.1 ; aims:grade aimsc:grade-major ;
        aims:raisedAt "2026-06-01T00:00:00Z"^^xsd:dateTime .
    """
    item = judged(world, judgement() + raised).assess("4.1").item("4.1")
    assert item.status is Status.UNSATISFIED
    assert item.judgements[0].conclusion == "conforms"
    assert item.judgements[0].disagrees(item.status)


def test_a_judgement_on_the_item_speaks_to_its_obligations(world: MakeWorld) -> None:
    facts = judgement().replace("aims:onObligation aims:ob-4.1-adequate ;", "")
    assert outcome(judged(world, facts.replace("aims:onSubject ex:aims ;", "")))[0] is Outcome.HELD
