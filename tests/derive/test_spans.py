"""Spans between two instants of one piece of evidence, in whole days."""

import pytest

from engine.derive.spans import derivation
from engine.knowledge import KnowledgePack
from engine.rdf import Literal, NamedNode, Quad, RdfFormat, Term, parse
from engine.snapshot import reader_over
from engine.view import View, parse_instant
from engine.vocab import AIMS, PREFIXES

HEAD = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in PREFIXES.items())
HEAD += "@prefix ex: <https://example.org/> .\n"
PAPER = NamedNode("https://example.org/paper")


def spans(facts: str) -> dict[NamedNode, Term]:
    """What is derived about ``ex:paper``."""
    graph = NamedNode("https://aims.example/graph/general/test")
    text = f"{HEAD} ex:paper a aims:Evidence {facts} ."
    quads = [
        Quad(q.subject, q.predicate, q.object, graph) for q in parse(text, format=RdfFormat.TURTLE)
    ]
    view = View(evaluated_at=parse_instant("2026-07-01"))
    triples = list(derivation.run(reader_over(quads, KnowledgePack({}), view)))
    assert {triple.subject for triple in triples} <= {PAPER}
    found = {triple.predicate: triple.object for triple in triples}
    assert len(found) == len(triples)
    return found  # type: ignore[return-value]


def at(name: str, text: str) -> str:
    return f'; aims:{name} "{text}"^^xsd:dateTime '


@pytest.mark.parametrize(
    ("collected", "received", "days"),
    [
        ("2026-01-01T00:00:00Z", "2026-01-01T23:59:59Z", 0),
        ("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", 1),
        ("2026-01-01T12:00:00Z", "2026-03-01T11:59:59Z", 58),
        ("2026-01-01T00:00:00+02:00", "2026-01-01T22:00:00Z", 1),
        ("2026-01-02T00:00:00Z", "2026-01-01T12:00:00Z", -1),
        ("2024-02-28T00:00:00Z", "2024-03-01T00:00:00Z", 2),
    ],
)
def test_the_delay_of_receipt_is_in_whole_days(collected: str, received: str, days: int) -> None:
    facts = at("collectedAt", collected) + at("receivedAt", received)
    assert spans(facts) == {AIMS.receiptDelayDays: Literal(days)}


def test_retention_is_counted_from_collecting() -> None:
    facts = at("collectedAt", "2026-01-01T00:00:00Z") + at("retentionUntil", "2036-01-01T00:00:00Z")
    assert spans(facts) == {AIMS.retentionSpanDays: Literal(3652)}


def test_both_spans_are_written() -> None:
    names = ("collectedAt", "receivedAt", "retentionUntil")
    assert spans("".join(at(name, "2026-01-01T00:00:00Z") for name in names)) == {
        AIMS.receiptDelayDays: Literal(0),
        AIMS.retentionSpanDays: Literal(0),
    }


@pytest.mark.parametrize(
    "facts",
    [
        "",
        at("collectedAt", "2026-01-01T00:00:00Z"),
        at("receivedAt", "2026-01-01T00:00:00Z"),
        at("collectedAt", "2026-01-01T00:00:00") + at("receivedAt", "2026-01-02T00:00:00Z"),
        at("collectedAt", "yesterday") + at("receivedAt", "2026-01-02T00:00:00Z"),
        "; aims:collectedAt ex:then " + at("receivedAt", "2026-01-02T00:00:00Z"),
        at("collectedAt", "-0044-03-15T00:00:00Z") + at("receivedAt", "2026-01-02T00:00:00Z"),
    ],
)
def test_without_two_instants_there_is_no_span(facts: str) -> None:
    assert spans(facts) == {}


def test_of_several_instants_the_first_in_order_counts() -> None:
    facts = at("collectedAt", "2026-01-03T00:00:00Z") + at("collectedAt", "2026-01-01T00:00:00Z")
    facts += at("receivedAt", "2026-01-05T00:00:00Z")
    assert spans(facts) == {AIMS.receiptDelayDays: Literal(4)}


def test_what_it_writes_is_what_it_says() -> None:
    assert derivation.name == "spans"
    assert set(derivation.writes) == {"aims:receiptDelayDays", "aims:retentionSpanDays"}
