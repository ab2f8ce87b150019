"""Which approved records are in force at the instant judged, as a fact that rules can read.

What "in force" means stands in the named query ``tool/in-force``. Writes ``aims:inForce``.
"""

from collections.abc import Collection, Iterator

from engine.derive import Derivation
from engine.derive._upkeep import of_query, rows
from engine.rdf import Literal, NamedNode, Node, Triple
from engine.snapshot import Reader
from engine.vocab import AIMS

_QUERY = "tool/in-force"


def _records(reader: Reader, nodes: Collection[Node] | None = None) -> Iterator[Triple]:
    for row in rows(reader, _QUERY, "record", nodes):
        record = row["record"]
        if isinstance(record, NamedNode):
            yield Triple(record, AIMS.inForce, Literal(True))


derivation = Derivation(
    name="in-force",
    reads=("aims:approvedAt", "aims:approvedBy", "aims:status", "aims:supersedes"),
    writes=("aims:inForce",),
    run=_records,
    query=_QUERY,
    touched=of_query(_QUERY, "record"),
    about=_records,
)
