"""Rules that cost more than others: judged whole after a change, or judged aside.

A rule whose reach is all that it judges is judged whole. It asks of its focus nodes whether there
is something at all, anywhere. That costs little where there are few focus nodes: classes that are
``aims:fewByNature``, and nodes named one by one. Triples of the knowledge itself and of the
evaluation context count for nothing here, because no change of a register holds any
(``engine.ledger.reserved``).
"""

from collections.abc import Mapping

from engine.knowledge import KnowledgePack
from engine.ledger.reserved import KNOWLEDGE_PREDICATES
from engine.rdf import Literal, NamedNode, Node
from engine.shacl.aside import How, how
from engine.shacl.pack import pack_reach, pack_shapes
from engine.shacl.reach import Trigger
from engine.vocab import AIMS, RDFS, SKOS

_KNOWLEDGE = KNOWLEDGE_PREDICATES | {SKOS.inScheme, AIMS.sortKey, RDFS.subClassOf}


def wide_rules(pack: KnowledgePack) -> Mapping[Node, frozenset[NamedNode]]:
    """The rules of ``pack`` that are judged whole over what may grow, with the classes of that.

    No class: a population that is told otherwise. Raises ShapeError for a malformed shape.
    """
    few = {
        triple.subject
        for triple in pack.ontology_triples
        if triple.predicate == AIMS.fewByNature and triple.object == Literal(True)
    }
    shapes, found = pack_shapes(pack), dict[Node, frozenset[NamedNode]]()
    for trigger, owners in pack_reach(pack).triggers():
        if not trigger.whole or _of_knowledge(trigger):
            continue
        for rule, _ in owners:
            targets = shapes[rule].targets
            classes = {trigger.kind} if trigger.kind else {*targets.classes}
            told = bool(targets.subjects_of or targets.objects_of)
            if told or not classes <= few:
                grown = frozenset(cls for cls in classes if isinstance(cls, NamedNode)) - few
                found[rule] = found.get(rule, frozenset()) | grown
    return found


def asked_each(pack: KnowledgePack) -> frozenset[Node]:
    """The rules of ``pack`` with a query that cannot be asked of all focus nodes at once."""
    return _judged(pack, "each")


def referred_on(pack: KnowledgePack) -> frozenset[Node]:
    """The rules of ``pack`` that this engine cannot judge, so that pySHACL would."""
    return _judged(pack, "reference")


def _judged(pack: KnowledgePack, by: How) -> frozenset[Node]:
    shapes = pack_shapes(pack)
    return frozenset(rule for rule in shapes.rules if how(shapes, rule) == by)


def _of_knowledge(trigger: Trigger) -> bool:
    beside = {trigger.object, *(fact.value for fact in trigger.facts)}
    return trigger.predicate in _KNOWLEDGE or AIMS.EvaluationContext in beside
