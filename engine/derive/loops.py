"""Feedback loops as facts: which nodes lie on a cycle of effects, so that rules can ask for it.

Reads the propagation edges of the view; writes ``?node aims:inFeedbackLoop ?loop`` and
``?loop aims:loopMember ?node``. What a loop is says ``engine.dependency.loops``; its IRI hashes its
members, so an unchanged loop keeps its name.
"""

import hashlib
from collections.abc import Iterator

from engine.dependency import dependency_graph, loops
from engine.derive import Derivation
from engine.rdf import NamedNode, Triple
from engine.snapshot import Reader
from engine.vocab import AIMS, DERIVED_GRAPH, RDF_TYPE


def _loops(reader: Reader) -> Iterator[Triple]:
    for members in loops(dependency_graph(reader)):
        name = hashlib.sha256("\n".join(map(str, members)).encode()).hexdigest()[:24]
        loop: NamedNode = DERIVED_GRAPH[f"loops/{name}"]
        yield Triple(loop, RDF_TYPE, AIMS.FeedbackCycle)
        for member in members:
            yield Triple(loop, AIMS.loopMember, member)
            yield Triple(member, AIMS.inFeedbackLoop, loop)


derivation = Derivation(
    name="loops",
    reads=("aims:PropagationRule", "aims:DependencyAssertion", "aims:FailSafe", "aims:retiredAt"),
    writes=("aims:FeedbackCycle", "aims:inFeedbackLoop", "aims:loopMember"),
    run=_loops,
)
