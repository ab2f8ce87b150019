"""Which approved records are in force at the instant judged, as a fact that rules can read.

What "in force" means stands in the named query ``tool/in-force``. Writes ``aims:inForce``.
"""

from collections.abc import Iterator

from engine.derive import Derivation
from engine.rdf import Literal, NamedNode, Triple
from engine.snapshot import Reader
from engine.vocab import AIMS

_QUERY = "tool/in-force"


def _records(reader: Reader) -> Iterator[Triple]:
    for row in reader.select(_QUERY):
        record = row["record"]
        if isinstance(record, NamedNode):
            yield Triple(record, AIMS.inForce, Literal(True))


derivation = Derivation(
    name="in-force",
    reads=("aims:approvedAt", "aims:approvedBy", "aims:status", "aims:supersedes"),
    writes=("aims:inForce",),
    run=_records,
    query=_QUERY,
)
