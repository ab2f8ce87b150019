"""Held, failed, not exercised, unknown: from rule results, absence and completeness."""

from dataclasses import dataclass

import pytest

from engine.conformance.values import Outcome, Status, SubjectOutcome
from tests.conformance.worlds import ORGANISATION, RULED, RULES, MakeWorld, ex

USE = 'ex:inside aims:hasIntendedUse ex:use . ex:use a aims:IntendedUse ; rdfs:comment "p" .\n'


def complete(cls: str, *, name: str = "complete", at: str = "2026-06-15", more: str = "") -> str:
    return f"""
    ex:{name} a aims:CompletenessStatement ; aims:coversClass {cls} ; aims:inScopeOf ex:aims ;
        aims:statedBy ex:chief ; aims:reconciledTo "the ledger of invoices" ;
        {more or "aims:difference 0 ;"}
        aims:asOfDate "{at}T00:00:00Z"^^xsd:dateTime .
    """


def outcome(world: MakeWorld, facts: str, name: str, **given: str) -> SubjectOutcome:
    """The outcome of the obligation ``name`` of 6.2 on the one system in scope."""
    made = world(ORGANISATION + facts, **given)  # type: ignore[arg-type]
    for part in made.assess("6.2").item("6.2").obligations:
        if part.obligation.name == name:
            assert [one.subject for one in part.outcomes] == [ex("inside")]
            return part.outcomes[0]
    raise AssertionError(name)


# A result of this constraint says that there is no record of a use.
ABSENCE = RULES.replace(
    'aims:missingPattern "{$this} aims:hasIntendedUse ?use ."',
    'aims:missingPattern "{$this} aims:hasIntendedUse ?use ." ; aims:absenceOf aims:IntendedUse',
)


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("", Outcome.UNKNOWN),
        (complete("aims:IntendedUse"), Outcome.FAILED),
        (complete("aims:ManagedEntity"), Outcome.FAILED),
        (complete("aims:AISystem"), Outcome.UNKNOWN),
        (complete("aims:IntendedUse", at="2025-06-15"), Outcome.UNKNOWN),
        (complete("aims:IntendedUse", at="2026-07-02"), Outcome.UNKNOWN),
        (complete("aims:IntendedUse", more="aims:difference 0 ;"), Outcome.FAILED),
        (complete("aims:IntendedUse", more="aims:difference 3 ;"), Outcome.UNKNOWN),
        (complete("aims:IntendedUse", more="aims:status aimsc:status-draft ;"), Outcome.UNKNOWN),
        (complete("aims:IntendedUse").replace("ex:aims", "ex:other"), Outcome.UNKNOWN),
    ],
    ids=["none", "class", "superclass", "else", "old", "future", "agrees", "off", "draft", "other"],
)
def test_an_absent_record_fails_only_under_a_completeness_statement(
    world: MakeWorld, statement: str, expected: Outcome
) -> None:
    found = outcome(world, statement, "ob-6.2-use", rules=ABSENCE)
    assert found.outcome is expected
    assert found.reason.startswith("6.2: the system has no intended use")
    assert ("no record found" in found.reason) is (expected is Outcome.UNKNOWN)


def test_a_difference_is_named_in_the_reason(world: MakeWorld) -> None:
    facts = complete("aims:IntendedUse", more="aims:difference 3 ;")
    found = outcome(world, facts, "ob-6.2-use", rules=ABSENCE)
    assert "found a difference of 3" in found.reason


def test_the_newest_statement_on_a_class_decides(world: MakeWorld) -> None:
    older = complete("aims:IntendedUse", name="older", at="2026-05-01")
    newer = complete("aims:IntendedUse", more="aims:difference 1 ;")
    assert outcome(world, older + newer, "ob-6.2-use", rules=ABSENCE).outcome is Outcome.UNKNOWN


def test_without_absence_a_result_fails(world: MakeWorld) -> None:
    assert outcome(world, "", "ob-6.2-use").outcome is Outcome.FAILED


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (USE, Outcome.HELD),
        (USE.replace('rdfs:comment "p"', "aims:status aimsc:status-open"), Outcome.FAILED),
        ("", Outcome.UNKNOWN),
        (complete("aims:IntendedUse"), Outcome.NOT_EXERCISED),
        (complete("aims:AISystem"), Outcome.UNKNOWN),
    ],
    ids=["checked", "result", "empty", "empty-and-complete", "empty-and-other-complete"],
)
def test_an_empty_population_is_idle_only_where_the_register_is_complete(
    world: MakeWorld, facts: str, expected: Outcome
) -> None:
    found = outcome(world, facts, "ob-6.2-purpose")
    assert found.outcome is expected
    assert found.reason


def test_the_population_class_of_the_obligation_is_what_must_be_complete(world: MakeWorld) -> None:
    obligations = RULED.replace(
        "aims:rung aimsc:rung-defined",
        "aims:populationClass aims:UseCase ; aims:rung aimsc:rung-defined",
    )
    facts = complete("aims:UseCase")
    assert outcome(world, facts, "ob-6.2-purpose", obligations=obligations).outcome is (
        Outcome.NOT_EXERCISED
    )


def test_an_outcome_override_leaves_open_with_its_reason(world: MakeWorld) -> None:
    rules = RULES.replace(
        'aims:missingPattern "{$this} aims:hasIntendedUse ?use ."',
        'aims:outcome aimsc:outcome-unknown ; aims:outcomeReason "first cycle not complete"@en',
    )
    found = outcome(world, "", "ob-6.2-use", rules=rules)
    assert found.outcome is Outcome.UNKNOWN
    assert "first cycle not complete" in found.reason


def test_a_rule_that_could_not_run_leaves_open(world: MakeWorld) -> None:
    made = world(ORGANISATION + USE)
    from dataclasses import replace

    from engine.conformance import assess

    broken = replace(
        made.report,
        runs=tuple(
            replace(run, state="not validated", reason="too large", findings=())
            for run in made.report.runs
        ),
    )
    item = assess(made.reader, broken).item("6.2")
    assert item.status is Status.NOT_EVALUABLE
    assert "was not validated: too large" in item.rolled.reason
    absent = assess(made.reader, replace(made.report, runs=())).item("6.2")
    assert absent.status is Status.NOT_EVALUABLE


EXCEPTION = """
ex:exception a aims:DocumentedException ; aims:setsAsideRule aimsh:HasUse ;
    aims:approvedBy ex:chief ; aims:justification "migration" ;
    aims:expiresAt "2026-12-31T00:00:00Z"^^xsd:dateTime .
"""


@pytest.mark.parametrize(
    ("facts", "deactivated", "expected"),
    [
        (USE, False, Outcome.HELD),
        (USE + EXCEPTION, False, Outcome.UNKNOWN),
        (EXCEPTION, False, Outcome.FAILED),
        (USE + EXCEPTION, True, Outcome.UNKNOWN),
        (EXCEPTION, True, Outcome.UNKNOWN),
        (USE, True, Outcome.UNKNOWN),
        (USE + EXCEPTION.replace("2026-12-31", "2026-06-30"), False, Outcome.HELD),
        (USE + EXCEPTION.replace("aims:approvedBy ex:chief ;", ""), False, Outcome.HELD),
    ],
)
def test_a_documented_exception_leaves_open_and_never_improves(
    world: MakeWorld, facts: str, deactivated: bool, expected: Outcome
) -> None:
    off = "aimsh:HasUse a sh:NodeShape ; sh:deactivated true ;"
    rules = RULES.replace("aimsh:HasUse a sh:NodeShape ;", off) if deactivated else RULES
    assert outcome(world, facts, "ob-6.2-use", rules=rules).outcome is expected


def test_practice_is_shown_and_changes_nothing(world: MakeWorld) -> None:
    obligations = RULED.replace("aims:decisive true", "aims:decisive true", 1).replace(
        "aims:basis aimsc:basis-standard", "aims:basis aimsc:basis-practice", 1
    )
    facts = (
        ORGANISATION
        + 'ex:inside aims:hasIntendedUse ex:u . ex:u a aims:IntendedUse ; rdfs:comment "p" .'
    )
    bad = ORGANISATION + complete("aims:IntendedUse")
    assert (
        world(facts, obligations=obligations).assess("6.2").item("6.2").status is Status.SATISFIED
    )
    item = world(bad, obligations=obligations).assess("6.2").item("6.2")
    hint = item.obligations[1]
    assert (hint.obligation.basis, hint.outcomes[0].outcome) == ("practice", Outcome.FAILED)
    assert item.rolled.counts.failed == 0
    assert item.status is Status.NOT_EVALUABLE


def test_a_constraint_may_speak_to_one_obligation_of_its_rule(world: MakeWorld) -> None:
    rules = """
    aimsh:Both a sh:NodeShape ; aims:decides aims:ob-6.2-use , aims:ob-6.2-purpose ;
        sh:targetClass aims:AISystem ; sh:property aimsh:Both-use , aimsh:Both-purpose .
    aimsh:Both-use a sh:PropertyShape ; sh:path aims:hasIntendedUse ; sh:minCount 1 ;
        aims:decides aims:ob-6.2-use ; sh:message "6.2: no use; record one." .
    aimsh:Both-purpose a sh:PropertyShape ; sh:path rdfs:comment ; sh:minCount 1 ;
        aims:decides aims:ob-6.2-purpose ; sh:message "6.2: no comment; write one." .
    """
    facts = 'ex:inside rdfs:comment "why" .'
    assert outcome(world, facts, "ob-6.2-use", rules=rules).outcome is Outcome.FAILED
    assert outcome(world, facts, "ob-6.2-purpose", rules=rules).outcome is Outcome.HELD


def test_a_nested_result_goes_to_the_focus_that_reaches_it(world: MakeWorld) -> None:
    rules = """
    aimsh:Nested a sh:NodeShape ; aims:decides aims:ob-6.2-use ; sh:targetClass aims:AISystem ;
        sh:property aimsh:Nested-use .
    aimsh:Nested-use a sh:PropertyShape ; sh:path aims:hasIntendedUse ;
        sh:property aimsh:Nested-use-comment .
    aimsh:Nested-use-comment a sh:PropertyShape ; sh:path rdfs:comment ; sh:minCount 1 ;
        sh:message "6.2: the use says nothing; describe it." .
    """
    facts = "ex:inside aims:hasIntendedUse ex:use . ex:use a aims:IntendedUse ."
    found = outcome(world, facts, "ob-6.2-use", rules=rules)
    assert found.outcome is Outcome.FAILED
    assert found.results[0].focus == ex("use")


DECLARATIONS = """
aimsh:Declared a sh:NodeShape ; aims:decides aims:ob-6.2-use , aims:ob-6.2-purpose ;
    sh:targetClass aims:{cls} ; aims:subjectPath aims:{over} ;
    sh:property aimsh:Declared-answer .
aimsh:Declared-answer a sh:PropertyShape ; sh:path aims:normalizedAnswer ;
    sh:hasValue aimsc:answer-yes ; sh:message "6.2: the answer was not yes; do it." .
"""
ANSWER = """
ex:answer a aims:{cls} ; aims:{over} ex:inside ; aims:normalizedAnswer aimsc:answer-yes .
"""


@dataclass(frozen=True)
class Hearsay:
    """What somebody says of their own doings, and a rule over such statements."""

    cls: str
    over: str

    @property
    def rules(self) -> str:
        return DECLARATIONS.format(cls=self.cls, over=self.over)

    @property
    def facts(self) -> str:
        return ANSWER.format(cls=self.cls, over=self.over)


@pytest.fixture(params=[("Declaration", "declaredFor"), ("Attestation", "supports")])
def hearsay(request: pytest.FixtureRequest) -> Hearsay:
    return Hearsay(*request.param)


def test_a_declaration_supports_at_the_rung_defined_only(
    world: MakeWorld, hearsay: Hearsay
) -> None:
    defined = outcome(world, hearsay.facts, "ob-6.2-purpose", rules=hearsay.rules)
    assert (defined.outcome, defined.declared) == (Outcome.HELD, True)
    higher = outcome(world, hearsay.facts, "ob-6.2-use", rules=hearsay.rules)
    assert higher.outcome is Outcome.UNKNOWN
    assert "only declarations" in higher.reason


def test_declarations_alone_never_satisfy_an_item(world: MakeWorld, hearsay: Hearsay) -> None:
    only = RULED[RULED.index("aims:ob-6.2-purpose") :]
    facts = ORGANISATION + hearsay.facts
    item = world(facts, obligations=only, rules=hearsay.rules).assess().item("6.2")
    assert item.status is Status.NOT_EVALUABLE
    assert item.rolled.reason == "only declarations support it"


def test_a_stated_no_fails(world: MakeWorld, hearsay: Hearsay) -> None:
    no = hearsay.facts.replace("answer-yes", "answer-no")
    found = outcome(world, no, "ob-6.2-use", rules=hearsay.rules)
    assert found.outcome is Outcome.FAILED


OVERALL = """
aims:ob-6.1.2-assessed a aims:Obligation ; aims:ofItem iso42001:c6.1.2 ;
    aims:subjectKind aimsc:subject-management-system ; aims:basis aimsc:basis-standard ;
    aims:rung aimsc:rung-operated ; aims:decisive true ; aims:decider aimsc:decider-rule .
aims:ob-4.3-decided a aims:Obligation ; aims:ofItem iso42001:c4.3 ;
    aims:subjectKind aimsc:subject-management-system ; aims:basis aimsc:basis-standard ;
    aims:rung aimsc:rung-defined ; aims:decisive true ; aims:decider aimsc:decider-rule .
"""
OVERALL_RULES = """
aimsh:Tiered a sh:NodeShape ; aims:decides aims:ob-6.1.2-assessed , aims:ob-4.3-decided ;
    sh:targetClass aims:AISystem ; sh:property aimsh:Tiered-tier .
aimsh:Tiered-tier a sh:PropertyShape ; sh:path aims:riskTier ; sh:minCount 1 ;
    sh:message "6.1.2: {$this} has no tier; set it." .
"""


def test_systems_outside_the_scope_do_not_count_against_the_management_system(
    world: MakeWorld,
) -> None:
    facts = ORGANISATION + "ex:inside aims:riskTier aimsc:tier-high ."
    made = world(facts, obligations=OVERALL, rules=OVERALL_RULES).assess("6.1.2", "4.3")
    assert made.item("6.1.2").status is Status.SATISFIED
    # But for 4.3 the scope itself is at stake.
    assert made.item("4.3").status is Status.UNSATISFIED


def test_an_obligation_that_nothing_decides_is_unknown(world: MakeWorld) -> None:
    found = outcome(world, USE, "ob-6.2-use", rules="")
    assert (found.outcome, found.reason) == (Outcome.UNKNOWN, "no rule decides it")
