"""Spans between two instants of one piece of evidence, as numbers of days that rules compare.

Rules compare instants and never calculate, because date arithmetic has no form that every SPARQL
engine computes; spans relative to the instant judged come with the evaluation context, those
between two recorded instants are computed here. Writes ``aims:receiptDelayDays`` (from collecting
to receipt) and ``aims:retentionSpanDays`` (from collecting to the end of retention), whole days.
"""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta

from engine.derive import Derivation
from engine.derive._upkeep import instances, of_properties
from engine.errors import InputError
from engine.rdf import Literal, NamedNode, Node, Triple
from engine.snapshot import Reader
from engine.view import parse_instant
from engine.vocab import AIMS

_SPANS = (
    (AIMS.receiptDelayDays, AIMS.collectedAt, AIMS.receivedAt),
    (AIMS.retentionSpanDays, AIMS.collectedAt, AIMS.retentionUntil),
)


def instant(reader: Reader, node: Node, prop: NamedNode) -> datetime | None:
    """The first instant of ``node`` under ``prop`` in order; None where it cannot be read."""
    value = reader.value(node, prop)
    try:
        return parse_instant(value.value) if isinstance(value, Literal) else None
    except InputError:
        return None


def _all(reader: Reader) -> Iterator[Triple]:
    return _spans(reader, reader.instances(AIMS.Evidence))


def _spans(reader: Reader, nodes: Collection[Node]) -> Iterator[Triple]:
    for evidence in instances(reader, AIMS.Evidence, nodes):
        for written, first, last in _SPANS:
            start, end = instant(reader, evidence, first), instant(reader, evidence, last)
            if start is not None and end is not None:
                yield Triple(evidence, written, Literal((end - start) // timedelta(days=1)))


derivation = Derivation(
    name="spans",
    reads=("aims:collectedAt", "aims:receivedAt", "aims:retentionUntil"),
    writes=("aims:receiptDelayDays", "aims:retentionSpanDays"),
    run=_all,
    touched=of_properties(AIMS.Evidence, AIMS.collectedAt, AIMS.receivedAt, AIMS.retentionUntil),
    about=_spans,
)
