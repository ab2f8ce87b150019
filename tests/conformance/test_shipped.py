"""The shipped obligations and rules: every item can be judged, and none only one way."""

import pytest

from engine.conformance import Coverage, assess, coverage
from engine.conformance.obligations import AI_SYSTEM, MANAGEMENT_SYSTEM, Knowledge, knowledge_of
from engine.conformance.values import Basis, Outcome, Rung, Status
from engine.derive import derived
from engine.knowledge import shipped_pack
from engine.rdf import Quad, RdfFormat, parse
from engine.shacl import run_pack
from engine.snapshot import Reader, reader_over
from engine.view import Period, View, parse_instant
from engine.vocab import SCHEME
from tests.conformance.worlds import EX, GRAPH, HEAD, ORGANISATION

# Items whose adequacy only people decide.
PEOPLE_CLAUSES = "4.1 4.2 4.3 4.4 5.1 5.2 6.1.1 6.3 7.1 7.3 9.1 9.3.1 10.1".split()
PEOPLE_CONTROLS = "A.2.3 A.5.4 A.5.5 A.6.1.2 A.6.1.3 A.6.2.2 A.8.5 A.9.2 A.9.3".split()


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return knowledge_of(shipped_pack())


@pytest.fixture(scope="module")
def covered() -> Coverage:
    return coverage(shipped_pack())


def open_reader(facts: str) -> Reader:
    view = View(
        evaluated_at=parse_instant("2026-07-01"), period=Period.parse("2026-01-01/2026-07-01")
    )
    parsed = parse(HEAD + facts, format=RdfFormat.TURTLE)
    quads = [Quad(q.subject, q.predicate, q.object, GRAPH) for q in parsed]
    return derived(reader_over(quads, shipped_pack(), view))


def test_every_item_has_a_violation_of_the_standard_or_a_judgement(covered: Coverage) -> None:
    assert len(covered.requirements) == 70
    assert covered.faults == ()


def test_people_decide_what_graphs_cannot(knowledge: Knowledge) -> None:
    by_ref = {item.ref: knowledge.by_item[item.node] for item in knowledge.items}
    without = [
        ref
        for ref in PEOPLE_CLAUSES + PEOPLE_CONTROLS
        if not any(o.judged and o.binding for o in by_ref[ref])
    ]
    assert without == []


def test_every_binding_obligation_has_a_decider_that_can_fail_it(knowledge: Knowledge) -> None:
    idle = [
        o.name
        for o in knowledge.obligations
        if o.binding and not o.judged and not any(len(rule.notes) > 1 for rule in o.rules)
    ]
    assert idle == []


def test_every_rule_decides_obligations_that_exist(knowledge: Knowledge) -> None:
    known = {obligation.node for obligation in knowledge.obligations}
    unknown = {
        f"{rule.name}: {node}"
        for rule in knowledge.rules
        for node in rule.decides
        if node not in known
    }
    assert unknown == set()


def test_clauses_and_controls_are_judged_on_the_right_subjects(knowledge: Knowledge) -> None:
    """4 to 7, 9 and 10 on the management system; 8 and controls on it and on what it governs."""
    for item in knowledge.items:
        kinds = {one.kind.node for one in knowledge.by_item[item.node] if one.binding}
        if not item.control and not item.ref.startswith("8."):
            assert kinds == {MANAGEMENT_SYSTEM}, item.ref
        if item.ref.startswith("8."):
            assert kinds == {MANAGEMENT_SYSTEM, AI_SYSTEM}, item.ref
        if item.control:
            assert MANAGEMENT_SYSTEM in kinds, item.ref


def test_internal_audit_and_management_review_need_more_than_a_definition(
    knowledge: Knowledge,
) -> None:
    for ref in ("9.2.1", "9.3.1"):
        found = next(i for i in knowledge.items if i.ref == ref)
        rungs = {one.rung for one in knowledge.by_item[found.node] if one.binding}
        assert max(rungs) >= Rung.OPERATED, ref


def test_nothing_is_satisfied_where_nothing_is_recorded() -> None:
    reader = open_reader("")
    assessment = assess(reader, run_pack(reader))
    assert {item.status for item in assessment.items} == {Status.NOT_EVALUABLE}


def test_nothing_is_satisfied_by_a_management_system_alone() -> None:
    reader = open_reader(ORGANISATION)
    assessment = assess(reader, run_pack(reader))
    satisfied = [item.item.ref for item in assessment.items if item.status is Status.SATISFIED]
    assert satisfied == []
    assert all(item.rolled.reason for item in assessment.items)


def test_a_system_without_a_scope_decision_fails_4_3() -> None:
    reader = open_reader(ORGANISATION)
    item = assess(reader, run_pack(reader)).item("4.3")
    failed = [
        one
        for part in item.obligations
        for one in part.outcomes
        if one.outcome is Outcome.FAILED and any(f"{EX}undecided" in str(r) for r in one.results)
    ]
    assert failed, [one.reason for part in item.obligations for one in part.outcomes]


def test_declarations_satisfy_nothing_in_any_combination() -> None:
    """Every question answered yes, for a system in scope, with every register complete."""
    questions = sorted(q for q in _questions())
    answers = "".join(
        f"""
        ex:d{n} a aims:Declaration ; aims:declares <{question}> ; aims:declaredFor ex:inside ;
            aims:verbatimAnswer "Yes" ; aims:normalizedAnswer aimsc:answer-yes .
        """
        for n, question in enumerate(questions)
    )
    assert questions
    reader = open_reader(ORGANISATION + answers)
    assessment = assess(reader, run_pack(reader))
    assert [i.item.ref for i in assessment.items if i.status is Status.SATISFIED] == []
    declared = [
        part.obligation
        for item in assessment.items
        for part in item.obligations
        for one in part.outcomes
        if one.declared and one.outcome is Outcome.HELD
    ]
    assert all(obligation.rung is Rung.DEFINED for obligation in declared)


def _questions() -> list[str]:
    triples = shipped_pack().ontology_triples
    found = [str(t.subject).strip("<>") for t in triples if str(t.object).endswith("ns#Question>")]
    return [iri for iri in found if iri.startswith(SCHEME.base)]


def test_practice_is_the_only_basis_that_binds_nobody(knowledge: Knowledge) -> None:
    assert {o.basis for o in knowledge.obligations if not o.binding} <= {Basis.PRACTICE}
