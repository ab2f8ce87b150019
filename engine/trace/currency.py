"""Whether a record at the lower end of a link counts at the instant judged, and what does instead.

Only what an organisation states and does now can lapse: documents, controls and entries of the
Statement of Applicability. What has happened, such as a training run, stays what it was; evidence
has a liveness of its own (``engine.derive.liveness``).
"""

from contextlib import suppress
from datetime import datetime

from engine.errors import InputError
from engine.rdf import Literal, NamedNode, Node, Term, is_node
from engine.snapshot import Reader
from engine.view import parse_instant
from engine.vocab import AIMS, SCHEME

_ENDED = (
    (SCHEME["status-withdrawn"], "withdrawn"),
    (SCHEME["status-superseded"], "superseded"),
    (SCHEME["status-draft"], "still a draft"),
)
_NEVER_BEGUN = (SCHEME["status-withdrawn"], SCHEME["status-draft"])


def lapse(reader: Reader, node: Node) -> str:
    """Why ``node`` does not count at the instant judged; empty where it does."""
    if _later(reader, node, AIMS.performedAt):
        return "performed after the instant judged"
    if _past(reader, node, AIMS.expiresAt):
        return "expired"
    if reader.is_a(node, AIMS.SoaEntry):
        return _entry_lapse(reader, node)
    if reader.is_a(node, AIMS.DocumentedInformation) or reader.is_a(node, AIMS.ImplementedControl):
        return _record_lapse(reader, node)
    return ""


def _entry_lapse(reader: Reader, entry: Node) -> str:
    statements = [t.subject for t in reader.match(None, AIMS.hasSoaEntry, entry)]
    lapsed = [is_node(one) and bool(_record_lapse(reader, one)) for one in statements]
    return "its statement is not in force" if lapsed and all(lapsed) else ""


def _record_lapse(reader: Reader, node: Node) -> str:
    for status, reason in _ENDED:
        if reader.contains(node, AIMS.status, status):
            return reason
    if _later(reader, node, AIMS.approvedAt):
        return "approved after the instant judged"
    if _later(reader, node, AIMS.validFrom):
        return "not valid yet"
    if _past(reader, node, AIMS.validUntil):
        return "no longer valid"
    if reader.contains(node, AIMS.approvedBy) and reader.contains(node, AIMS.approvedAt):
        # What is in force among approved records is a derived fact, the same that rules read.
        if reader.contains(node, AIMS.inForce, Literal(True)):
            return ""
        replaced = reader.contains(None, AIMS.supersedes, node)
        return "superseded" if replaced else "not in force at the instant judged"
    newer = (t.subject for t in reader.match(None, AIMS.supersedes, node))
    return "superseded" if any(is_node(one) and _begun(reader, one) for one in newer) else ""


def _begun(reader: Reader, node: Node) -> bool:
    if any(reader.contains(node, AIMS.status, status) for status in _NEVER_BEGUN):
        return False
    return not any(_later(reader, node, at) for at in (AIMS.approvedAt, AIMS.validFrom))


def _later(reader: Reader, node: Node, prop: NamedNode) -> bool:
    """Whether ``node`` has instants under ``prop``, and all are after the one judged."""
    instants = _instants(reader, node, prop)
    return bool(instants) and instants[0] > reader.view.evaluated_at


def _past(reader: Reader, node: Node, prop: NamedNode) -> bool:
    """Whether an instant of ``node`` under ``prop`` is not after the one judged."""
    instants = _instants(reader, node, prop)
    return bool(instants) and instants[0] <= reader.view.evaluated_at


def _instants(reader: Reader, node: Node, prop: NamedNode) -> list[datetime]:
    """In order; one that cannot be read is a rule result of its own and counts for nothing here."""
    found = []
    for value in reader.values(node, prop):
        if isinstance(value, Literal):
            with suppress(InputError):
                found.append(parse_instant(value.value))
    return sorted(found)


def outdated(reader: Reader, node: Node) -> bool:
    """Whether ``node`` is a control test that was last performed before the period judged."""
    performed = _instants(reader, node, AIMS.performedAt)
    start = reader.view.judged_period.start
    return bool(performed) and performed[-1] < start and reader.is_a(node, AIMS.ControlTest)


def failed(reader: Reader, node: Node) -> bool:
    """Whether ``node`` is a control test that was failed."""
    outcome = SCHEME["outcome-failed"]
    return reader.contains(node, AIMS.testOutcome, outcome) and reader.is_a(node, AIMS.ControlTest)


def stands_in(reader: Reader, one: Node, other: Node) -> bool:
    """Whether ``one``, found at the same place, does there what ``other`` does not do now.

    Another version; evidence of the same kind for the same things; an entry for the same system in
    another statement; a newer acceptance; a later test of the same control; anything for what is
    yet to be performed.
    """
    if _supersedes(reader, one, other) or _supersedes(reader, other, one):
        return True
    if reader.is_a(one, AIMS.Evidence) and reader.is_a(other, AIMS.Evidence):
        kinds = [set(reader.values(node, AIMS.evidenceKind)) for node in (one, other)]
        supported = [set(reader.values(node, AIMS.supports)) for node in (one, other)]
        # Of what nothing is said, nothing else does the work.
        same = bool(kinds[1] and supported[1]) and kinds[0] == kinds[1]
        return same and supported[0] >= supported[1]
    if reader.is_a(one, AIMS.SoaEntry) and reader.is_a(other, AIMS.SoaEntry):
        return reader.values(one, AIMS.forSystem) == reader.values(other, AIMS.forSystem)
    if reader.is_a(one, AIMS.RiskAcceptance) or _later(reader, other, AIMS.performedAt):
        return True
    dated = _instants(reader, one, AIMS.performedAt)
    if failed(reader, other):
        before = _instants(reader, other, AIMS.performedAt)
        return bool(dated and before) and dated[-1] > before[-1]
    return bool(dated) and outdated(reader, other) and not outdated(reader, one)


def _supersedes(reader: Reader, newer: Node, older: Node) -> bool:
    found: set[Term] = set()
    waiting: list[Node] = [newer]
    while waiting:
        for end in reader.values(waiting.pop(), AIMS.supersedes):
            if is_node(end) and end not in found:
                found.add(end)
                waiting.append(end)
    return older in found
