"""Recurrence: occurrences, gaps, tolerance, the first cycle; and the facts written."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.derive._recurrence import Demand, Recurrence, recurrence
from engine.derive.cadence import cadences, derivation
from engine.knowledge import KnowledgePack
from engine.rdf import NamedNode, Quad, RdfFormat, parse
from engine.snapshot import Reader, reader_over
from engine.view import Period, View, parse_instant
from engine.vocab import AIMS, PREFIXES, RDF_TYPE

PERIOD = Period.parse("2026-01-01/2026-07-01")
NOW = parse_instant("2026-07-01")
HEAD = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in PREFIXES.items())
HEAD += "@prefix ex: <https://example.org/> .\n"


def judge(
    *dates: str, cadence: int = 30, tolerance: int = 5, started: str | None = "2025-01-01"
) -> Recurrence:
    instants = [parse_instant(date) for date in dates]
    since = parse_instant(started) if started else None
    return recurrence(instants, Demand(Decimal(cadence), Decimal(tolerance)), PERIOD, NOW, since)


MONTHLY = ["2025-12-20", *(f"2026-{month:02d}-15" for month in range(1, 7))]


def test_a_kept_cadence() -> None:
    found = judge(*MONTHLY)
    assert found.kept
    assert (found.count, found.longest_gap_days, found.allowed_days) == (
        6,
        Decimal(31),
        Decimal(35),
    )


def test_a_hole_breaks_it() -> None:
    found = judge(*(date for date in MONTHLY if date != "2026-03-15"))
    assert not found.kept
    assert found.longest_gap_days == 59


@pytest.mark.parametrize(
    ("dates", "kept"),
    [
        (MONTHLY[1:], True),
        (MONTHLY[:-1], False),
        (MONTHLY[:-2], False),
        ([], False),
        (["2025-12-20"], False),
    ],
    ids=["within-only", "late-at-the-end", "long-ago", "never", "before-only"],
)
def test_the_ends_of_the_period_count(dates: list[str], kept: bool) -> None:
    assert judge(*dates).kept is kept


def test_a_yearly_duty_is_kept_by_one_occurrence_before_the_period() -> None:
    assert judge("2025-10-01", cadence=365, tolerance=45).kept
    assert not judge("2025-03-01", cadence=365, tolerance=45).kept
    assert not judge(cadence=365, tolerance=45, started="2024-01-01").kept


def test_the_first_cycle_is_not_yet_due() -> None:
    young = judge(cadence=365, tolerance=45, started="2025-12-01")
    assert (young.first_cycle, young.kept) == (True, False)
    assert not judge(cadence=365, tolerance=45, started="2024-12-01").first_cycle
    assert not judge(cadence=365, tolerance=45, started=None).first_cycle
    assert not judge("2026-02-01", cadence=365, tolerance=45, started="2025-12-01").first_cycle


def test_nothing_is_asked_before_the_start() -> None:
    assert judge("2026-06-10", started="2026-06-01").kept


def test_a_tolerance_above_the_cadence_is_the_gap_itself() -> None:
    assert Demand(Decimal(30), Decimal(45)).allowed_days == 45
    assert Demand(Decimal(30), Decimal(5)).allowed_days == 35
    assert Demand(Decimal(30)).allowed_days == 30


def test_what_comes_after_the_instant_judged_is_not_there() -> None:
    instants = [parse_instant(date) for date in MONTHLY]
    early = recurrence(
        instants, Demand(Decimal(30), Decimal(5)), PERIOD, parse_instant("2026-02-01")
    )
    assert (early.count, early.last) == (1, parse_instant("2026-01-15"))


days = st.lists(st.integers(-200, 200), max_size=12)


@given(days, st.integers(1, 100), st.integers(0, 120))
def test_against_a_day_by_day_reference(offsets: list[int], cadence: int, tolerance: int) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    period = Period(start, start + timedelta(days=180))
    instants = [start + timedelta(days=offset) for offset in offsets]
    demand = Demand(Decimal(cadence), Decimal(tolerance))
    found = recurrence(instants, demand, period, period.end)
    happened = {offset for offset in offsets if offset <= 180}
    since = max((offset for offset in happened if offset < 0), default=0)
    longest, last = 0, since
    for day in range(0, 181):
        longest = max(longest, day - last)
        if day in happened:
            last = day
    assert found.longest_gap_days == longest
    assert found.count == sum(0 <= offset <= 180 for offset in offsets)
    if found.kept:
        assert found.longest_gap_days <= found.allowed_days
        assert happened


KNOWLEDGE = """
aims:JudgementObligation rdfs:subClassOf aims:Obligation .
aimsc:subject-management-system aims:subjectClass aims:AIManagementSystem .
aimsc:subject-ai-system aims:subjectClass aims:AISystem .
aimsp:every a aims:Parameter ; aims:parameterKey "every" ; aims:parameterValue 30 ;
    aims:unit unit:DAY .
aimsp:grace a aims:Parameter ; aims:parameterKey "grace" ; aims:parameterValue 48 ;
    aims:unit unit:HR .
aims:ob-review a aims:Obligation ; aims:subjectKind aimsc:subject-management-system ;
    aims:occurrenceOf aims:ManagementReview ; aims:cadence aimsp:every ;
    aims:tolerance aimsp:grace .
aims:ob-check a aims:Obligation ; aims:subjectKind aimsc:subject-ai-system ;
    aims:occurrenceOf aims:ControlTest ; aims:cadence aimsp:every .
aims:ob-none a aims:Obligation ; aims:subjectKind aimsc:subject-ai-system .
"""
FACTS = """
ex:aims a aims:AIManagementSystem .
ex:scope a aims:ScopeStatement ; aims:scopeFor ex:aims ;
    aims:approvedAt "2025-01-01T00:00:00Z"^^xsd:dateTime .
ex:one a aims:AISystem . ex:two a aims:AISystem ; aims:dependsOn ex:one .
ex:review a aims:ManagementReview ; aims:performedAt "2026-06-20T00:00:00Z"^^xsd:dateTime .
ex:test a aims:ControlTest ; aims:tests ex:control ;
    aims:performedAt "2026-06-10T00:00:00Z"^^xsd:dateTime .
ex:control a aims:ImplementedControl ; aims:appliesTo ex:two .
ex:broken a aims:ControlTest ; aims:tests ex:control ; aims:performedAt "yesterday" .
"""


@pytest.fixture
def reader() -> Reader:
    pack = KnowledgePack({"ontology/test.ttl": (HEAD + KNOWLEDGE).encode()})
    graph = NamedNode("https://aims.example/graph/general/test")
    quads = [
        Quad(q.subject, q.predicate, q.object, graph)
        for q in parse(HEAD + FACTS, format=RdfFormat.TURTLE)
    ]
    return reader_over(quads, pack, View(evaluated_at=NOW, period=PERIOD))


def test_occurrences_reach_their_subject_directly_or_over_one_record(reader: Reader) -> None:
    found = {
        (c.obligation.value, c.subject.value.rsplit("/", 1)[-1]): c.recurrence
        for c in cadences(reader)
    }
    review = found[AIMS["ob-review"].value, "aims"]
    assert (review.count, review.allowed_days, review.kept) == (1, Decimal(32), False)
    # The test is of a control of system two; that two depends on one makes it no test of one.
    assert found[AIMS["ob-check"].value, "two"].count == 1
    assert found[AIMS["ob-check"].value, "one"].count == 0
    assert len(found) == 3


def test_the_facts_written(reader: Reader) -> None:
    triples = list(derivation.run(reader))
    assert triples == list(derivation.run(reader))
    records = [
        t.subject for t in triples if (t.predicate, t.object) == (RDF_TYPE, AIMS.CadenceRecord)
    ]
    assert len(records) == len(set(records)) == 3
    kept = {t.object.value for t in triples if t.predicate == AIMS.cadenceKept}  # type: ignore[union-attr]
    assert kept == {"false"}
    written = {f"aims:{AIMS.local(t.predicate)}" for t in triples if t.predicate in AIMS}
    assert set(derivation.writes) - {"aims:CadenceRecord"} <= written
