"""How long after the receipt that it claims the bytes of a proof were recorded, in whole days.

The only honest instant of receipt is that of the entry that recorded the digest. A register that
was brought in later knows nothing of its own past, so the fact is written only where the ledger
was in use by the instant that the record claims. Writes ``aims:recordingDelayDays``.
"""

from collections.abc import Collection, Iterator
from datetime import timedelta

from engine.derive import Derivation
from engine.derive._upkeep import instances, of_properties
from engine.derive.spans import instant
from engine.rdf import Literal, NamedNode, Node, Triple
from engine.snapshot import Reader
from engine.vocab import AIMS


def _all(reader: Reader) -> Iterator[Triple]:
    return _delays(reader, reader.instances(AIMS.Evidence))


def _delays(reader: Reader, nodes: Collection[Node]) -> Iterator[Triple]:
    began = reader.position.began
    if began is None:
        return
    found = instances(reader, AIMS.Evidence, nodes)
    evidence = [one for one in found if isinstance(one, NamedNode)]
    recorded = reader.recorded(evidence, AIMS.digestValue)
    for one in evidence:
        claimed, known = instant(reader, one, AIMS.receivedAt), recorded.get(one)
        if claimed is not None and known is not None and began <= claimed < known:
            days = (known - claimed) // timedelta(days=1)
            yield Triple(one, AIMS.recordingDelayDays, Literal(days))


derivation = Derivation(
    name="recording",
    reads=("aims:digestValue", "aims:receivedAt"),
    writes=("aims:recordingDelayDays",),
    run=_all,
    touched=of_properties(AIMS.Evidence, AIMS.digestValue, AIMS.receivedAt),
    about=_delays,
)
