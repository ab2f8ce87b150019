"""Whether each piece of evidence is live at the instant and period judged, as a fact.

What makes evidence live stands in the named query ``tool/evidence-liveness``, the one definition
that rules, traces and pages share. Writes ``aims:livenessState`` and ``aims:livenessReason``.
"""

from collections.abc import Collection, Iterator

from engine.derive import Derivation
from engine.derive._upkeep import of_query, rows
from engine.rdf import Literal, NamedNode, Node, Triple
from engine.snapshot import Reader
from engine.vocab import AIMS, SCHEME

_QUERY = "tool/evidence-liveness"

# Where a record has several values, such as two records that supersede it, the query gives several
# rows; it is as live as the worst of them says.
_WORST_FIRST = ("mismatch", "missing", "disposed", "stale", "unverified", "live")


def _states(reader: Reader, nodes: Collection[Node] | None = None) -> Iterator[Triple]:
    found: dict[NamedNode, tuple[int, str]] = {}
    for row in rows(reader, _QUERY, "evidence", nodes):
        evidence, state, reason = row["evidence"], row["state"], row["reason"]
        if isinstance(evidence, NamedNode) and isinstance(state, Literal):
            told = reason.value if isinstance(reason, Literal) else ""
            one = (_WORST_FIRST.index(state.value), told)
            found[evidence] = min(found.get(evidence, one), one)
    for evidence, (rank, told) in found.items():
        yield Triple(evidence, AIMS.livenessState, SCHEME[f"liveness-{_WORST_FIRST[rank]}"])
        yield Triple(evidence, AIMS.livenessReason, Literal(told))


derivation = Derivation(
    name="liveness",
    reads=("aims:Evidence", "aims:verificationState"),
    writes=("aims:livenessState", "aims:livenessReason"),
    run=_states,
    query=_QUERY,
    touched=of_query(_QUERY, "evidence"),
    about=_states,
)
