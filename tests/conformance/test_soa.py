"""The Statement of Applicability: exclusions that stand and those that do not, plans, overrides."""

import re

import pytest

from engine.assets import assets_root
from engine.conformance import statement_of_applicability
from engine.conformance.obligations import knowledge_of
from engine.conformance.values import Status
from engine.knowledge import shipped_pack
from tests.conformance.worlds import ORGANISATION, MakeWorld, World, ex

# The statement's own obligations and rules are the shipped ones; what it is about is of our own.
SHIPPED = ("ontology/obligations/soa.ttl", "shapes/soa.ttl")
_OBLIGATIONS, _RULES = ((assets_root() / path).read_text() for path in SHIPPED)
OBLIGATIONS = _OBLIGATIONS + "".join(
    f"""
aims:ob-{ref}-owned a aims:Obligation ; aims:ofItem iso42001:{ref} ;
    aims:subjectKind aimsc:subject-ai-system ; aims:basis aimsc:basis-standard ;
    aims:rung aimsc:rung-implemented ; aims:decisive true ; aims:decider aimsc:decider-rule .
"""
    for ref in ("A.7.3", "A.9.2", "A.10.3", "A.10.4")
)
RULES = (
    """
aimsh:Owned a sh:NodeShape ;
    aims:decides aims:ob-A.7.3-owned , aims:ob-A.9.2-owned , aims:ob-A.10.3-owned ,
        aims:ob-A.10.4-owned ;
    sh:targetClass aims:AISystem ; sh:property aimsh:Owned-owner .
aimsh:Owned-owner a sh:PropertyShape ; sh:path aims:ownedBy ; sh:minCount 1 ;
    sh:message "A.9.2: no owner; name one." .
"""
    + _RULES
)
STATEMENT = """
ex:soa a aims:StatementOfApplicability ; aims:statementFor ex:aims ; aims:version "2" ;
    aims:approvedBy ex:chief ; aims:approvedAt "2026-02-01T00:00:00Z"^^xsd:dateTime ;
    aims:basedOnAssessment ex:assessment .
ex:complete a aims:CompletenessStatement ; aims:coversClass aims:TreatmentAction ;
    aims:inScopeOf ex:aims ; aims:asOfDate "2026-06-30T00:00:00Z"^^xsd:dateTime ;
    aims:statedBy ex:chief ; aims:reconciledTo "the minutes" ; aims:difference 0 .
ex:assessment a aims:RiskAssessment ; aims:performedAt "2026-01-15T00:00:00Z"^^xsd:dateTime .
"""


CONTROLS = tuple(item.ref for item in knowledge_of(shipped_pack()).items if item.control)
NO_RISK = "aims:exclusionReason aimsc:exclusion-no-risk"


def entry(ref: str, text: str, name: str = "entry") -> str:
    return f"""
    ex:soa aims:hasSoaEntry ex:{name} .
    ex:{name} a aims:SoaEntry ; aims:soaControl iso42001:{ref} ; {text} .
    """


def excluded(ref: str, name: str = "entry") -> str:
    reason = "aims:exclusionReason aimsc:exclusion-no-activity"
    return entry(ref, f'aims:included false ; {reason} ; aims:justification "not done"', name)


def included(ref: str, more: str = "", name: str = "entry") -> str:
    text = "aims:included true ; aims:inclusionReason aimsc:inclusion-law ; "
    return entry(
        ref, f"{text} aims:implementationStatus aimsc:implementation-implemented {more}", name
    )


def open_world(world: MakeWorld, facts: str, *, scope: str = ORGANISATION) -> World:
    """A world with ``facts`` and an entry for every control of which they say nothing."""
    told = set(re.findall(r"soaControl iso42001:(A[.0-9]+)", facts))
    rest = (c for c in CONTROLS if c not in told)
    others = "".join(included(c, name=f"rest-{n}") for n, c in enumerate(rest))
    return world(scope + STATEMENT + others + facts, obligations=OBLIGATIONS, rules=RULES)


def statuses(made: World, ref: str) -> tuple[Status, Status]:
    assessment = made.assess("6.1.3", ref)
    return assessment.item(ref).status, assessment.item("6.1.3").status


def test_included_controls_are_judged(world: MakeWorld) -> None:
    assert statuses(open_world(world, included("A.9.2")), "A.9.2") == (
        Status.SATISFIED,
        Status.SATISFIED,
    )


def test_a_justified_exclusion_stands(world: MakeWorld) -> None:
    made = open_world(world, excluded("A.9.2"))
    assert statuses(made, "A.9.2") == (Status.NOT_APPLICABLE, Status.SATISFIED)
    assert made.assess("A.9.2").item("A.9.2").rolled.reason == "excluded (no activity): not done"


def test_a_clause_cannot_be_excluded(world: MakeWorld) -> None:
    item = open_world(world, excluded("c6.1.3")).assess("6.1.3").item("6.1.3")
    assert item.status is Status.UNSATISFIED
    assert "neither a reference control" in item.rolled.reason


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('aims:included false ; aims:justification "not done"', "no reason code"),
        (f"aims:included false ; {NO_RISK}", "without a text"),
        (
            'aims:included false ; aims:exclusionReason aimsc:any ; aims:justification "x"',
            "no reason code",
        ),
        (
            f'aims:included false ; {NO_RISK} ; aims:justification " "',
            "without a text",
        ),
    ],
)
def test_an_unjustified_exclusion_does_not_stand(world: MakeWorld, text: str, why: str) -> None:
    made = open_world(world, entry("A.9.2", text))
    assert statuses(made, "A.9.2") == (Status.NOT_EVALUABLE, Status.UNSATISFIED)
    assessment = made.assess("6.1.3", "A.9.2")
    assert why in assessment.item("A.9.2").rolled.reason
    assert why in assessment.item("6.1.3").rolled.reason


SUPPLIER = (
    'ex:inside aims:suppliedBy ex:vendor . ex:vendor a aims:Supplier ; skos:prefLabel "Vendor" .'
)
CUSTOMER = "ex:inside aims:providedTo ex:buyer . ex:buyer a aims:Customer ."
DATA = """
ex:inside aims:usesModel ex:model . ex:model a aims:ModelVersion ; aims:trainedOn ex:data .
ex:data a aims:DatasetVersion ; aims:hasSource ex:source .
ex:source a aims:SourceRecord ; aims:acquisitionBasis aimsc:acquisition-contract .
"""
ACTION = """
ex:risk a aims:Risk ; aims:riskOf ex:inside ; aims:treatedBy ex:action .
ex:action a aims:TreatmentAction ; aims:usesControl iso42001:A.9.2 .
"""
DUTY = (
    'ex:law a aims:PartyRequirement ; skos:prefLabel "Act" ; aims:asksForControl iso42001:A.9.2 .'
)


@pytest.mark.parametrize(
    ("ref", "facts", "why"),
    [
        ("A.10.3", SUPPLIER, "supplies the system"),
        ("A.10.4", CUSTOMER, "is provided to"),
        ("A.7.3", DATA, "was acquired from others"),
        ("A.9.2", ACTION, "uses it"),
        ("A.9.2", DUTY, "asks for it by law or contract"),
    ],
    ids=["supplier", "customer", "data", "treatment", "law"],
)
def test_each_kind_of_contradiction(world: MakeWorld, ref: str, facts: str, why: str) -> None:
    made = open_world(world, excluded(ref) + facts)
    assert statuses(made, ref) == (Status.NOT_EVALUABLE, Status.UNSATISFIED)
    assessment = made.assess("6.1.3", ref)
    assert "the exclusion does not stand" in assessment.item(ref).rolled.reason
    assert why in assessment.item("6.1.3").rolled.reason


@pytest.mark.parametrize(
    ("ref", "facts"),
    [
        ("A.10.3", SUPPLIER.replace("ex:inside", "ex:excluded")),
        ("A.10.4", CUSTOMER.replace("ex:inside", "ex:undecided")),
        ("A.7.3", DATA.replace("acquisition-contract", "acquisition-own")),
        ("A.9.2", ACTION.replace("ex:inside", "ex:excluded")),
        (
            "A.9.2",
            ACTION.replace(
                "a aims:TreatmentAction",
                "a aims:TreatmentAction ; aims:status aimsc:status-withdrawn",
            ),
        ),
        ("A.9.2", SUPPLIER),
    ],
    ids=["supplier", "customer", "own-data", "risk-outside", "withdrawn", "other-control"],
)
def test_facts_outside_the_scope_contradict_nothing(world: MakeWorld, ref: str, facts: str) -> None:
    made = open_world(world, excluded(ref) + facts)
    assert statuses(made, ref) == (Status.NOT_APPLICABLE, Status.SATISFIED)


def test_a_rule_on_6_1_3_contradicts_an_exclusion_too(world: MakeWorld) -> None:
    rules = (
        RULES
        + """
    aimsh:Odd a sh:NodeShape ; aims:decides aims:ob-6.1.3-exclusions ;
        sh:targetClass aims:SoaEntry ; sh:property aimsh:Odd-comment .
    aimsh:Odd-comment a sh:PropertyShape ; sh:path rdfs:comment ; sh:maxCount 0 ;
        sh:message "6.1.3: facts speak against it; include it." .
    """
    )
    facts = ORGANISATION + STATEMENT + excluded("A.9.2") + 'ex:entry rdfs:comment "!" .'
    made = world(facts, obligations=OBLIGATIONS, rules=rules)
    assert statuses(made, "A.9.2") == (Status.NOT_EVALUABLE, Status.UNSATISFIED)


def test_planned_is_unsatisfied_with_its_due_date(world: MakeWorld) -> None:
    due = '; aims:dueAt "2026-09-30T00:00:00Z"^^xsd:dateTime'
    facts = included("A.9.2", due).replace("implementation-implemented", "implementation-planned")
    made = open_world(world, facts)
    item = made.assess("A.9.2").item("A.9.2")
    assert item.status is Status.UNSATISFIED
    assert item.rolled.reason == "included and planned, due 2026-09-30T00:00:00Z"
    report = statement_of_applicability(made.reader, made.assess("A.9.2"))
    row = next(row for row in report.rows if row.ref == "A.9.2")
    assert (row.declared, row.computed) == ("planned", Status.UNSATISFIED)
    assert not row.problems


def test_an_entry_for_a_system_overrides(world: MakeWorld) -> None:
    scope = ORGANISATION.replace("ex:inside , ex:unit", "ex:inside , ex:undecided , ex:unit")
    facts = (
        scope
        + STATEMENT
        + excluded("A.9.2")
        + included("A.9.2", "; aims:forSystem ex:inside", "own")
    )
    item = world(facts, obligations=OBLIGATIONS, rules=RULES).assess("A.9.2").item("A.9.2")
    assert {s.subject: s.computed.status for s in item.subjects} == {
        ex("inside"): Status.SATISFIED,
        ex("undecided"): Status.NOT_APPLICABLE,
    }
    assert item.status is Status.SATISFIED


def test_an_override_takes_its_facts_out_of_the_contradiction(world: MakeWorld) -> None:
    own = included("A.10.3", "; aims:forSystem ex:inside", "own")
    scope = ORGANISATION.replace("ex:inside , ex:unit", "ex:inside , ex:undecided , ex:unit")
    facts = excluded("A.10.3") + own + SUPPLIER
    made = open_world(world, facts, scope=scope)
    assert made.assess("6.1.3").item("6.1.3").status is Status.SATISFIED


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ("", "has no entry for it"),
        (entry("A.9.2", 'aims:justification "?"'), "does not say whether it is included"),
        (excluded("A.9.2") + included("A.9.2", name="second"), "2 current entries"),
    ],
)
def test_an_unsettled_control_is_not_evaluable(world: MakeWorld, facts: str, why: str) -> None:
    made = world(ORGANISATION + STATEMENT + facts, obligations=OBLIGATIONS, rules=RULES)
    item = made.assess("A.9.2").item("A.9.2")
    assert item.status is Status.NOT_EVALUABLE
    assert why in item.rolled.reason


def test_without_a_statement_no_control_is_settled(world: MakeWorld) -> None:
    made = world(ORGANISATION, obligations=OBLIGATIONS, rules=RULES)
    item = made.assess("A.9.2").item("A.9.2")
    assert item.status is Status.NOT_EVALUABLE
    assert item.rolled.reason == "no Statement of Applicability is approved and in force"
    report = statement_of_applicability(made.reader, made.assess())
    assert report.version is None
    assert report.problems == ("no Statement of Applicability is approved and in force",)
    assert len(report.rows) == 38


def test_the_report_names_duplicates_plans_and_what_is_newer(world: MakeWorld) -> None:
    facts = (
        excluded("A.9.2")
        + excluded("A.9.2", "again")
        + entry(
            "A.10.4",
            "aims:included true ; aims:inclusionReason aimsc:inclusion-risk-treatment",
            "risk",
        )
        + """
        ex:soa aims:hasSoaEntry ex:more . ex:more a aims:SoaEntry ; aims:soaControl ex:own ;
            aims:included true ; aims:inclusionReason aimsc:inclusion-own-policy ;
            aims:implementationStatus aimsc:implementation-implemented .
        ex:own a aims:AdditionalControl ; skos:prefLabel "Red team" .
        ex:later a aims:RiskAssessment ; aims:performedAt "2026-06-01T00:00:00Z"^^xsd:dateTime .
        ex:need a aims:TreatmentAction ; aims:usesControl iso42001:A.7.5 .
        ex:risk a aims:Risk ; aims:riskOf ex:inside ; aims:treatedBy ex:need .
        """
    )
    made = world(ORGANISATION + STATEMENT + facts, obligations=OBLIGATIONS, rules=RULES)
    report = statement_of_applicability(made.reader, made.assess())
    rows = {row.ref: " ".join(row.problems) for row in report.rows}
    assert "twice for the same scope" in rows["A.9.2"]
    assert "names no treatment action that uses it" in rows["A.10.4"]
    assert "does not say whether it is implemented or planned" in rows["A.10.4"]
    assert "has no entry for" in rows["A.5.2"]
    assert rows["Red team"] == ""
    assert any("was approved before" in problem for problem in report.problems)
    assert any("which no entry of the statement in force includes" in p for p in report.problems)
    document = report.to_json()
    assert document["version"] == "2"
    assert len(document["entries"]) == 39  # type: ignore[arg-type]
