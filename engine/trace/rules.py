"""Trace rules: what a trace follows, read from the knowledge pack (``ontology/trace.ttl``)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal as OneOf

from engine.errors import IntegrityError
from engine.rdf import NamedNode, Node
from engine.snapshot import Reader
from engine.vocab import AIMS, RDFS, SCHEME

Way = OneOf["down", "up"]
_DOWNWARD = {
    SCHEME["direction-subject-to-object"]: False,
    SCHEME["direction-object-to-subject"]: True,
}


@dataclass(frozen=True, slots=True)
class TraceRule:
    """One kind of link that a trace follows downwards from ``source_class`` to ``target_class``.

    ``backward``: the lower end is the subject of the link. ``expected``: an upper end without such
    a link breaks the chain. ``watched``: properties whose change makes a reviewed link suspect.
    """

    iri: Node
    over: NamedNode
    backward: bool
    source_class: NamedNode
    target_class: NamedNode
    expected: bool
    watched: frozenset[NamedNode]

    def ends(self, way: Way) -> tuple[NamedNode, NamedNode]:
        """The classes at the near and the far end of a step ``way``."""
        ends = (self.source_class, self.target_class)
        return ends if way == "down" else (ends[1], ends[0])


def trace_rules(reader: Reader) -> tuple[TraceRule, ...]:
    """The trace rules of the knowledge pack in force, by IRI. Raises IntegrityError."""
    return tuple(_rule(reader, iri) for iri in reader.instances(AIMS.TraceRule))


def _rule(reader: Reader, iri: Node) -> TraceRule:
    over = reader.value(iri, AIMS.overProperty)
    source = reader.value(iri, AIMS.fromClass)
    target = reader.value(iri, AIMS.toClass)
    direction = reader.value(iri, AIMS.direction)
    if not (
        isinstance(over, NamedNode)
        and isinstance(source, NamedNode)
        and isinstance(target, NamedNode)
        and isinstance(direction, NamedNode)
        and direction in _DOWNWARD
    ):
        raise IntegrityError(
            f"the trace rule {iri} lacks a property, a class at either end or a direction",
            remedy="Mend it in ontology/trace.ttl.",
        )
    expected = reader.value(iri, AIMS.expected)
    watched = (p for p in reader.values(iri, AIMS.watchedPredicate) if isinstance(p, NamedNode))
    return TraceRule(
        iri,
        over,
        _DOWNWARD[direction],
        source,
        target,
        expected is not None and expected.value == "true",
        frozenset(watched),
    )


def leading_to(
    reader: Reader, rules: Iterable[TraceRule], to: NamedNode, way: Way
) -> frozenset[NamedNode]:
    """The far classes of ``rules`` that are, or whose instances may lead on to, an instance of
    ``to``.
    """
    steps = [rule.ends(way) for rule in rules]
    above = {cls: _above(reader, cls) for cls in {to, *(cls for ends in steps for cls in ends)}}

    def shared(one: NamedNode, other: NamedNode) -> bool:
        return one in above[other] or other in above[one]

    found = {far for _, far in steps if shared(far, to)}
    waiting = list(found)
    while waiting:
        reached = waiting.pop()
        nearer = {near for near, far in steps if far == reached}
        for far in {far for _, far in steps} - found:
            if any(shared(far, near) for near in nearer):
                found.add(far)
                waiting.append(far)
    return frozenset(found)


def _above(reader: Reader, cls: NamedNode) -> frozenset[object]:
    found: set[object] = {cls}
    waiting = [cls]
    while waiting:
        for upper in reader.values(waiting.pop(), RDFS.subClassOf):
            if isinstance(upper, NamedNode) and upper not in found:
                found.add(upper)
                waiting.append(upper)
    return frozenset(found)
