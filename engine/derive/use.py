"""How far each AI system is in use at the instant judged, as a fact that rules can read.

What counts as in use stands in the named query ``tool/use-state``. Writes ``aims:useState``; a
system of which nothing is recorded that tells has none.
"""

from collections.abc import Collection, Iterator

from engine.derive import Derivation
from engine.derive._upkeep import of_query, rows
from engine.rdf import NamedNode, Node, Triple
from engine.snapshot import Reader
from engine.vocab import AIMS

_QUERY = "tool/use-state"


def _states(reader: Reader, nodes: Collection[Node] | None = None) -> Iterator[Triple]:
    for row in rows(reader, _QUERY, "system", nodes):
        system, state = row["system"], row["state"]
        if isinstance(system, NamedNode) and isinstance(state, NamedNode):
            yield Triple(system, AIMS.useState, state)


derivation = Derivation(
    name="use",
    reads=("aims:lifecycleStage", "aims:deploymentOf", "aims:retiredAt"),
    writes=("aims:useState",),
    run=_states,
    query=_QUERY,
    touched=of_query(_QUERY, "system"),
    about=_states,
)
