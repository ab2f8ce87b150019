"""The focus nodes of a shape: its population, never its offenders (SHACL 1.0, section 2.1.3)."""

from engine.rdf import Literal, Term
from engine.shacl.data import Lookup
from engine.shacl.model import Targets


def population(targets: Targets, lookup: Lookup) -> tuple[Term, ...]:
    """Each focus node of ``targets`` once, in the order of the graph."""
    found: dict[Term, None] = dict.fromkeys(lookup.same(node) for node in targets.nodes)
    for cls in targets.classes:
        found.update(dict.fromkeys(lookup.instances(cls)))
    for predicate in targets.subjects_of:
        found.update(dict.fromkeys(triple.subject for triple in lookup.using(predicate)))
    for predicate in targets.objects_of:
        found.update(dict.fromkeys(triple.object for triple in lookup.using(predicate)))
    return tuple(found)


def is_target(node: Term, targets: Targets, lookup: Lookup) -> bool:
    """Whether ``node`` is a focus node of ``targets``."""
    if any(lookup.same(one) == node for one in targets.nodes):
        return True
    if any(lookup.subjects(predicate, node) for predicate in targets.objects_of):
        return True
    if isinstance(node, Literal):
        return False
    if any(lookup.is_a(node, cls) for cls in targets.classes):
        return True
    return any(lookup.objects(node, predicate) for predicate in targets.subjects_of)
