"""The dependency graph: propagation rules (data) joined with the triples of a view.

Edges run in the direction in which an effect flows. What flows over which property, how strongly
and how late, and what stops it stands in ``ontology/propagation.ttl``; this module holds no list
of relations. A property asserted the other way round counts through its ``owl:inverseOf``. What
was retired by the instant judged passes nothing on and suffers nothing.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from engine.errors import InputError, IntegrityError
from engine.rdf import Literal, NamedNode, Node, Term, is_node, terms_of
from engine.snapshot import Reader
from engine.view import parse_instant
from engine.vocab import AIMS, OWL, SCHEME

_FORWARD = SCHEME["direction-subject-to-object"]
_BACKWARD = SCHEME["direction-object-to-subject"]
_BOTH = SCHEME["direction-both"]
NOISY_OR = SCHEME["combinator-noisy-or"]
STRONGEST = SCHEME["combinator-max"]

# Protected node → its fail-safes in force, each with the classes it is an instance of.
Barriers = dict[Node, list[tuple["Barrier", frozenset[NamedNode]]]]
# What an effect comes from, what it reaches, and the property of the link meant, None for any.
Strengths = dict[tuple[Node, Node, NamedNode | None], float]


@dataclass(frozen=True, slots=True)
class PropagationRule:
    """How an effect flows over one property; ``weight`` in 0..1, ``latency_hours`` per hop.

    ``combinator``: what several links of this rule that end at one node do together, ``NOISY_OR``
    or ``STRONGEST``.
    """

    iri: Node
    over: NamedNode
    direction: Term
    kinds: frozenset[NamedNode]
    weight: float
    latency_hours: float
    blocked_by: NamedNode | None
    combinator: Term = NOISY_OR


@dataclass(frozen=True, slots=True)
class Barrier:
    """A fail-safe that weakens what reaches ``protects`` by ``effectiveness`` (0..1)."""

    fail_safe: Node
    protects: Node
    effectiveness: float


@dataclass(frozen=True, slots=True)
class Edge:
    """One way for an effect to pass from ``source`` to ``target``.

    ``weight``: share of the effect that arrives (0..1), barriers already taken off.
    """

    source: Node
    target: Node
    rule: PropagationRule
    weight: float
    barrier: Barrier | None


@dataclass(frozen=True)
class DependencyGraph:
    """Edges by source, in a stable order; ``arising`` says which effect gives rise to which."""

    edges: tuple[Edge, ...]
    outgoing: dict[Node, tuple[Edge, ...]]
    arising: dict[NamedNode, tuple[NamedNode, ...]]

    @property
    def nodes(self) -> frozenset[Node]:
        """Every node at an end of an edge."""
        return frozenset(n for e in self.edges for n in (e.source, e.target))

    @classmethod
    def of(
        cls, edges: Iterable[Edge], arising: dict[NamedNode, tuple[NamedNode, ...]] | None = None
    ) -> "DependencyGraph":
        """Index ``edges``, sorted so that equal graphs give equal answers."""
        ordered = tuple(
            sorted(edges, key=lambda e: (str(e.source), str(e.target), str(e.rule.iri)))
        )
        outgoing: dict[Node, list[Edge]] = defaultdict(list)
        for edge in ordered:
            outgoing[edge.source].append(edge)
        return cls(ordered, {n: tuple(es) for n, es in outgoing.items()}, arising or {})


def dependency_graph(reader: Reader) -> DependencyGraph:
    """The dependency graph of what ``reader`` sees.

    Raises IntegrityError when a propagation rule of the knowledge pack cannot be used.
    """
    strengths = _strengths(reader)
    barriers = _barriers(reader)
    retired = _retired(reader)
    edges = {
        (edge.source, edge.target, edge.rule.iri): edge
        for rule in propagation_rules(reader)
        for subject, obj in _pairs(reader, rule.over)
        if subject not in retired and obj not in retired
        for edge in _edges(rule, subject, obj, strengths, barriers)
    }
    return DependencyGraph.of(edges.values(), arising_effects(reader))


def propagation_rules(reader: Reader) -> tuple[PropagationRule, ...]:
    """The propagation rules of the knowledge pack in force, by IRI. Raises IntegrityError."""
    return tuple(_rule(reader, iri) for iri in reader.instances(AIMS.PropagationRule))


def _rule(reader: Reader, iri: Node) -> PropagationRule:
    over = reader.value(iri, AIMS.overProperty)
    direction = reader.value(iri, AIMS.direction)
    kinds = frozenset(k for k in reader.values(iri, AIMS.effectKind) if isinstance(k, NamedNode))
    weight = _share(reader.value(iri, AIMS.attenuation))
    hours = reader.value(iri, AIMS.latencyHours)
    latency = 0.0 if hours is None else _number(hours)
    blocked = reader.value(iri, AIMS.blockedByClass)
    combinator = reader.value(iri, AIMS.combinator) or NOISY_OR
    if (
        not isinstance(over, NamedNode)
        or direction is None
        or direction not in (_FORWARD, _BACKWARD, _BOTH)
        or not kinds
        or weight is None
        or latency is None
        or combinator not in (NOISY_OR, STRONGEST)
    ):
        raise IntegrityError(
            f"the propagation rule {iri} lacks a property, a direction, an effect kind, a weight "
            "from 0 to 1, a number of hours that is not below 0, or a combinator that is known",
            remedy="Mend it in ontology/propagation.ttl.",
        )
    barrier = blocked if isinstance(blocked, NamedNode) else None
    return PropagationRule(iri, over, direction, kinds, weight, latency, barrier, combinator)


def _number(term: Term | None) -> float | None:
    """The number not below 0 that ``term`` says; None where it says none."""
    try:
        value = float(term.value) if isinstance(term, Literal) else -1.0
    except ValueError:
        return None
    return value if 0 <= value < float("inf") else None


def _share(term: Term | None) -> float | None:
    """The number from 0 to 1 that ``term`` says; None where it says none."""
    value = _number(term)
    return value if value is not None and value <= 1 else None


def _retired(reader: Reader) -> frozenset[Node]:
    found = set()
    for triple in reader.match(None, AIMS.retiredAt, None):
        node, _, at = terms_of(triple)
        try:
            # An instant that cannot be read retires nothing.
            past = isinstance(at, Literal) and parse_instant(at.value) <= reader.view.evaluated_at
        except InputError:
            continue
        if past:
            found.add(node)
    return frozenset(found)


def _pairs(reader: Reader, prop: NamedNode) -> Iterator[tuple[Node, Node]]:
    """Subject and object of each triple with ``prop``, read through its inverses too."""
    for triple in reader.match(None, prop, None):
        if is_node(triple.subject) and is_node(triple.object):
            yield triple.subject, triple.object
    inverses: set[object] = set(reader.values(prop, OWL.inverseOf))
    inverses |= {t.subject for t in reader.match(None, OWL.inverseOf, prop)}
    for inverse in inverses:
        if isinstance(inverse, NamedNode):
            for triple in reader.match(None, inverse, None):
                if is_node(triple.subject) and is_node(triple.object):
                    yield triple.object, triple.subject


def _edges(
    rule: PropagationRule,
    subject: Node,
    obj: Node,
    strengths: Strengths,
    barriers: Barriers,
) -> Iterator[Edge]:
    ends = []
    if rule.direction in (_FORWARD, _BOTH):
        ends.append((subject, obj))
    if rule.direction in (_BACKWARD, _BOTH):
        ends.append((obj, subject))
    for source, target in ends:
        general = strengths.get((source, target, None), rule.weight)
        base = strengths.get((source, target, rule.over), general)
        barrier = _best(barriers.get(target, ()), rule)
        weight = base * (1 - barrier.effectiveness) if barrier else base
        yield Edge(source, target, rule, weight, barrier)


def _best(
    candidates: Iterable[tuple[Barrier, frozenset[NamedNode]]], rule: PropagationRule
) -> Barrier | None:
    """The strongest fail-safe that can stop ``rule``'s effect."""
    fitting = [b for b, classes in candidates if rule.blocked_by in classes]
    return max(fitting, key=lambda b: (b.effectiveness, str(b.fail_safe)), default=None)


def _barriers(reader: Reader) -> Barriers:
    """Fail-safes that were exercised recently enough and have not expired at the instant.

    One that was never exercised, or too long ago, weakens nothing: it is a hope, not a barrier.
    """
    found: Barriers = defaultdict(list)
    for row in reader.select("tool/fail-safes-in-force"):
        fail_safe, protects, share = row["failSafe"], row["protects"], _share(row["effectiveness"])
        # A share that cannot be read weakens nothing either.
        if isinstance(fail_safe, NamedNode) and isinstance(protects, NamedNode) and share:
            barrier = Barrier(fail_safe, protects, share)
            found[protects].append((barrier, frozenset(reader.types(fail_safe))))
    return found


def _strengths(reader: Reader) -> Strengths:
    """The organisation's own strength of one dependency, in place of the rule's weight.

    It holds for what flows from the dependency to the dependent. Of several the strongest counts;
    one that is no number from 0 to 1 counts for nothing.
    """
    given: Strengths = {}
    for iri in reader.instances(AIMS.DependencyAssertion):
        strength = _share(reader.value(iri, AIMS.strength))
        dependent = reader.value(iri, AIMS.dependent)
        dependency = reader.value(iri, AIMS.dependency)
        via = reader.value(iri, AIMS.viaProperty)
        if strength is None or not (via is None or isinstance(via, NamedNode)):
            continue
        if is_node(dependent) and is_node(dependency):
            key = (dependency, dependent, via)
            given[key] = max(strength, given.get(key, 0.0))
    return given


def arising_effects(reader: Reader) -> dict[NamedNode, tuple[NamedNode, ...]]:
    """Effect kind → kinds that it gives rise to at the node it has reached."""
    found: dict[NamedNode, list[NamedNode]] = defaultdict(list)
    for triple in reader.match(None, AIMS.givesRiseTo, None):
        if isinstance(triple.subject, NamedNode) and isinstance(triple.object, NamedNode):
            found[triple.subject].append(triple.object)
    return {k: tuple(sorted(v, key=lambda n: n.value)) for k, v in found.items()}
