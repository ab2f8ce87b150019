"""What a ledger knows of the receipt of evidence, against what the evidence claims."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from engine.derive.recording import derivation
from engine.knowledge import KnowledgePack
from engine.ledger.patch import Patch
from engine.rdf import Literal, Quad
from engine.snapshot import Snapshots
from engine.view import View, format_instant
from engine.vocab import AIMS, RDF_TYPE, XSD
from tests.facts import read, small_pack
from tests.ledger.making import AGENT, START, Held, Ticking, adding, graph, hold, node

DAY = 86_400
PAPER = node("paper")


def proof(received: datetime, digest: str = "aa") -> Patch:
    facts = (
        (RDF_TYPE, AIMS.Evidence),
        (AIMS.receivedAt, Literal(format_instant(received), datatype=XSD.dateTime)),
        (AIMS.digestValue, Literal(digest)),
    )
    return adding(*(Quad(PAPER, over, value, graph()) for over, value in facts))


@pytest.fixture
def held(tmp_path: Path) -> Held:
    """A ledger that is in use since ten days."""
    one = hold(tmp_path / "w", ticking=Ticking())
    one.committer.adopt(KnowledgePack({"ontology/a.ttl": b""}), agent=AGENT)
    one.clock.pass_time(10 * DAY)
    return one


def delay(held: Held, view: View | None = None) -> list[int]:
    reader = Snapshots(held.ledger, None, None).open(view or View())
    found = list(derivation.run(reader))
    assert {(t.subject, t.predicate) for t in found} <= {(PAPER, AIMS.recordingDelayDays)}
    return [int(t.object.value) for t in found if isinstance(t.object, Literal)]


@pytest.mark.parametrize(
    ("claimed", "days"),
    [
        (timedelta(days=10), []),
        (timedelta(days=9, hours=1), [0]),
        (timedelta(days=2), [8]),
        (timedelta(0), [10]),
        # Before the ledger was in use, as in a register that was brought in, it cannot tell.
        (timedelta(seconds=-1), []),
        (timedelta(days=-400), []),
        (timedelta(days=11), []),
    ],
)
def test_a_claim_is_held_against_the_entry_that_recorded_the_digest(
    held: Held, claimed: timedelta, days: list[int]
) -> None:
    held.commit(proof(START + claimed))
    assert delay(held) == days


def test_another_digest_is_another_receipt(held: Held) -> None:
    held.commit(proof(START + timedelta(days=10)))
    held.clock.pass_time(30 * DAY)
    old, new = (Quad(PAPER, AIMS.digestValue, Literal(text), graph()) for text in ("aa", "bb"))
    before = held.ledger.head().sequence
    held.commit(Patch(frozenset({new}), frozenset({old})))
    assert delay(held) == [30]
    assert delay(held, replace(View(), as_of=before)) == []


def test_without_a_ledger_nothing_is_derived() -> None:
    facts = "ex:paper a aims:Evidence ; aims:digestValue 'aa' ; aims:receivedAt "
    facts += "'2026-01-01T00:00:00Z'^^xsd:dateTime ."
    assert list(derivation.run(read(small_pack(""), facts))) == []


def test_what_it_writes_is_what_it_says() -> None:
    assert derivation.name == "recording"
    assert derivation.writes == ("aims:recordingDelayDays",)
