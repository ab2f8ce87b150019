"""Whether each piece of evidence is live at the instant and period judged, as a fact.

What makes evidence live stands in the named query ``tool/evidence-liveness``, the one definition
that rules, traces and pages share. Writes ``aims:livenessState`` and ``aims:livenessReason``.
"""

from collections.abc import Iterator

from engine.derive import Derivation
from engine.rdf import Literal, NamedNode, Triple
from engine.snapshot import Reader
from engine.vocab import AIMS, SCHEME


def _states(reader: Reader) -> Iterator[Triple]:
    for row in reader.select("tool/evidence-liveness"):
        evidence, state, reason = row["evidence"], row["state"], row["reason"]
        if isinstance(evidence, NamedNode) and isinstance(state, Literal):
            yield Triple(evidence, AIMS.livenessState, SCHEME[f"liveness-{state.value}"])
            if isinstance(reason, Literal):
                yield Triple(evidence, AIMS.livenessReason, reason)


derivation = Derivation(
    name="liveness",
    reads=("aims:Evidence", "aims:verificationState"),
    writes=("aims:livenessState", "aims:livenessReason"),
    run=_states,
)
