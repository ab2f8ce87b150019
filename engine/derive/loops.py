"""Feedback loops as facts: which nodes lie on a cycle of effects, so that rules can ask for it.

Reads the propagation edges of the view; writes ``?node aims:inFeedbackLoop ?loop`` and
``?loop aims:loopMember ?node``. What a loop is says ``engine.dependency.loops``; its IRI hashes its
members, so an unchanged loop keeps its name.
"""

import hashlib
from collections.abc import Collection, Iterator

from engine.dependency import Flow, dependency_graph, loops
from engine.derive import Derivation
from engine.derive._upkeep import of_query
from engine.rdf import NamedNode, Node, Triple, is_node, terms_of
from engine.snapshot import Reader
from engine.sparql.catalog import catalog
from engine.vocab import AIMS, DERIVED_GRAPH, OWL, RDF_TYPE, RDFS


def _loops(reader: Reader) -> Iterator[Triple]:
    for members in loops(dependency_graph(reader)):
        name = hashlib.sha256("\n".join(map(str, members)).encode()).hexdigest()[:24]
        loop: NamedNode = DERIVED_GRAPH[f"loops/{name}"]
        yield Triple(loop, RDF_TYPE, AIMS.FeedbackCycle)
        for member in members:
            yield Triple(loop, AIMS.loopMember, member)
            yield Triple(member, AIMS.inFeedbackLoop, loop)


_FAIL_SAFES = "tool/fail-safes-in-force"
# Of what else tells whether an effect passes: where these change, all loops are told anew.
_ALL = frozenset({AIMS.viaProperty, AIMS.evaluatedAt, OWL.inverseOf, RDFS.subClassOf})
_STRENGTH = frozenset({AIMS.strength, AIMS.dependent, AIMS.dependency})


def _touched(reader: Reader, triples: Collection[Triple]) -> Collection[Node] | None:
    """Nothing, where none of ``triples`` is an edge of a loop, or weakens or ends one."""
    flow = Flow(reader)
    for subject, predicate, value in map(terms_of, triples):
        if predicate in _ALL or predicate in _STRENGTH:
            return None
        if predicate == RDF_TYPE and reader.is_a(subject, AIMS.DependencyAssertion):
            return None
        if predicate == AIMS.retiredAt and flow.can_return(subject):
            return None
        if is_node(value) and flow.can_close(subject, predicate, value):
            return None
    known = catalog(reader.pack).get(_FAIL_SAFES)
    weakened = of_query(_FAIL_SAFES, "failSafe")(reader, triples) if known else ()
    if weakened is None or any(reader.contains(n, AIMS.barrierEffectiveness) for n in weakened):
        return None
    return ()


derivation = Derivation(
    name="loops",
    reads=("aims:PropagationRule", "aims:DependencyAssertion", "aims:FailSafe", "aims:retiredAt"),
    writes=("aims:FeedbackCycle", "aims:inFeedbackLoop", "aims:loopMember"),
    run=_loops,
    touched=_touched,
)
