"""What a query does with the instant judged: compare, show, hand on, or calculate."""

import pytest

from engine.knowledge import shipped_pack
from engine.shacl.timing import Timing, query_timing
from engine.sparql.catalog import catalog

CONTEXT = "?context a aims:EvaluationContext ; aims:evaluatedAt ?now ; aims:periodUntil ?until ."
COMPARED, SHOWN = Timing(timed=True), Timing(timed=True, shown=True)
CALCULATED = Timing(timed=True, compared=False)


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        ("FILTER (?due < ?now)", COMPARED),
        ("FILTER (?now >= ?due && ?due != ?until)", COMPARED),
        ("FILTER NOT EXISTS { $this aims:closedAt ?at . FILTER (?at <= ?now) }", COMPARED),
        ("BIND (?due < ?now AS ?late) FILTER (?late)", COMPARED),
        ("BIND (IF(?until < ?now, ?until, ?now) AS ?end) FILTER (?due < ?end)", COMPARED),
        ('BIND (COALESCE(IF(?due < ?now, "late", 1/0), "fine") AS ?word) FILTER (?word = "late")',
         COMPARED),
        ("FILTER (YEAR(?now) = 2026)", CALCULATED),
        ("FILTER (STR(?now) > ?due)", CALCULATED),
        ("FILTER (?due + ?grace < ?now)", CALCULATED),
        ("FILTER (?now - ?due > ?grace)", CALCULATED),
        ('FILTER (?now > "2026-01-01T00:00:00Z"^^xsd:dateTime)', CALCULATED),
        ("BIND (?due + ?grace AS ?end) FILTER (?end < ?now)", CALCULATED),
        ("FILTER (?now IN (?due))", CALCULATED),
        ("BIND (STR(?now) AS ?text) FILTER (?text > ?due)", CALCULATED),
        ("GRAPH ?g { ?x aims:dueAt ?y }", Timing(timed=True, compared=False, shown=True)),
    ],
)  # fmt: skip
def test_uses_of_the_instant(rest: str, expected: Timing) -> None:
    text = f"SELECT $this ?due WHERE {{ $this aims:dueAt ?due . {CONTEXT} {rest} }}"
    found = query_timing(text)
    assert (found.timed, found.compared) == (expected.timed, expected.compared)
    assert found.shown == expected.shown


def test_what_is_shown() -> None:
    body = f"WHERE {{ $this aims:dueAt ?due . {CONTEXT} FILTER (?due < ?now) }}"
    assert query_timing(f"SELECT $this ?now {body}") == SHOWN
    assert query_timing(f"SELECT * {body}") == SHOWN
    assert query_timing("SELECT $this WHERE { $this aims:dueAt ?due }") == Timing(timed=False)
    # Any property of a risk is none of the context.
    assert not query_timing("SELECT $this { $this a aims:Risk ; ?any ?value }").timed
    assert query_timing("SELECT $this { $this ?any ?value }").timed


def test_the_shipped_queries_that_derive_facts_only_compare() -> None:
    known = catalog(shipped_pack())
    for name in ("in-force", "use-state", "evidence-liveness", "fail-safes-in-force"):
        assert query_timing(known[f"tool/{name}"].text) == COMPARED, name
