"""At which instant exactly evidence stops or begins to be live."""

import pytest

from engine.derive.liveness import derivation
from engine.rdf import Literal
from engine.vocab import AIMS, SCHEME
from tests.facts import ex, read, small_pack

PACK = small_pack(
    "aimsp:lateEvidenceDays aims:parameterValue 31 ; aims:unit unit:DAY ."
    "aimsp:coverageToleranceDays aims:parameterValue 0 ; aims:unit unit:DAY ."
    "aimsp:evidenceVerifiedWithinDays aims:parameterValue 90 ; aims:unit unit:DAY .",
    "tool/evidence-liveness",
)
GOOD = (
    "aims:verificationState aimsc:verification-verified ; aims:collectedBy ex:ann ; "
    'aims:collectedAt "2026-04-01T00:00:00Z"^^xsd:dateTime'
)
RECEIVED = '; aims:receivedAt "2026-04-01T00:00:00Z"^^xsd:dateTime'
OPERATION = "aims:evidenceKind aimsc:evidence-operation"


def state(facts: str, at: str = "2026-07-01T00:00:00Z") -> tuple[str, str]:
    """State and reason of one piece of evidence, judged for 2026-01-01/2026-07-01."""
    facts += "" if "receivedAt" in facts else RECEIVED
    triples = list(derivation.run(read(PACK, f"ex:e a aims:Evidence ; {GOOD} {facts} .", at=at)))
    found = {t.predicate: t.object for t in triples if t.subject == ex("e")}
    reason = found[AIMS.livenessReason]
    assert isinstance(reason, Literal)
    return str(found[AIMS.livenessState]).rpartition("-")[2].strip(">"), reason.value


def instant(name: str, text: str) -> str:
    return f'; aims:{name} "{text}"^^xsd:dateTime'


@pytest.mark.parametrize(
    ("facts", "live"),
    [
        (instant("receivedAt", "2026-07-01T00:00:00Z"), True),
        (instant("receivedAt", "2026-07-01T00:00:01Z"), False),
        (instant("validUntil", "2026-07-01T00:00:01Z"), True),
        (instant("validUntil", "2026-07-01T00:00:00Z"), False),
        (instant("validUntil", "2026-07-01T02:00:00+02:00"), False),
        (instant("coversUntil", "2026-01-01T00:00:00Z"), True),
        (instant("coversUntil", "2025-12-31T23:59:59Z"), False),
        (
            f"; {OPERATION.replace('operation', 'design')}"
            + instant("coversUntil", "2026-07-01T00:00:00Z"),
            True,
        ),
        (
            f"; {OPERATION.replace('operation', 'design')}"
            + instant("coversUntil", "2026-06-30T23:59:59Z"),
            False,
        ),
        (instant("coversFrom", "2026-07-01T00:00:00Z"), True),
        (instant("coversFrom", "2026-07-01T00:00:01Z"), False),
    ],
)
def test_limits_are_exact(facts: str, live: bool) -> None:
    assert (state(facts)[0] == "live") == live


def test_what_comes_after_the_period_is_late_once_the_grace_is_over() -> None:
    received = instant("receivedAt", "2026-07-02T00:00:00Z")
    assert state(received, "2026-08-01T00:00:00Z")[0] == "live"
    assert state(received, "2026-08-01T00:00:01Z") == ("stale", "late: received after the period")
    in_time = instant("receivedAt", "2026-07-01T00:00:00Z")
    assert state(in_time, "2026-08-02T00:00:00Z")[0] == "live"


def test_operation_is_covered_up_to_the_end_or_the_instant_judged() -> None:
    facts = f"; {OPERATION}" + instant("coversFrom", "2026-01-01T00:00:00Z")
    facts += instant("coversUntil", "2026-04-01T00:00:00Z")
    assert state(facts, "2026-04-01T00:00:00Z")[0] == "live"
    assert state(facts)[1] == "covers only a part of the period"


def test_the_first_reason_in_order_is_told() -> None:
    bad = GOOD.replace("verified", "mismatch")
    facts = f"ex:e a aims:Evidence ; {bad} ; aims:status aimsc:status-draft ."
    (first, *_) = derivation.run(read(PACK, facts))
    assert first.object == SCHEME["liveness-mismatch"]
