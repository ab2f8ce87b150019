"""The dependency graph: propagation rules (data) joined with the triples of a view.

Edges run in the direction in which an effect flows. What flows over which property, how strongly
and how late, and what stops it stands in ``ontology/propagation.ttl``; this module holds no list
of relations. A property asserted the other way round counts through its ``owl:inverseOf``.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from engine.errors import IntegrityError
from engine.rdf import Literal, NamedNode, Node, Term, is_node
from engine.snapshot import Reader
from engine.vocab import AIMS, OWL, SCHEME

_FORWARD = SCHEME["direction-subject-to-object"]
_BACKWARD = SCHEME["direction-object-to-subject"]
_BOTH = SCHEME["direction-both"]

# Protected node → its fail-safes in force, each with the classes it is an instance of.
Barriers = dict[Node, list[tuple["Barrier", frozenset[NamedNode]]]]


@dataclass(frozen=True, slots=True)
class PropagationRule:
    """How an effect flows over one property; ``weight`` in 0..1, ``latency_hours`` per hop."""

    iri: Node
    over: NamedNode
    direction: Term
    kinds: frozenset[NamedNode]
    weight: float
    latency_hours: float
    blocked_by: NamedNode | None


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

    @property
    def kinds(self) -> tuple[NamedNode, ...]:
        """Every effect kind that some edge carries, by IRI."""
        return tuple(sorted({k for e in self.edges for k in e.rule.kinds}, key=lambda k: k.value))

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

    Raises IntegrityError when a propagation rule of the knowledge pack lacks a part.
    """
    rules = sorted(_rules(reader), key=lambda r: str(r.iri))
    strengths = _strengths(reader)
    barriers = _barriers(reader)
    edges = {
        (edge.source, edge.target, edge.rule.iri): edge
        for rule in rules
        for subject, obj in _pairs(reader, rule.over)
        for edge in _edges(rule, subject, obj, strengths, barriers)
    }
    return DependencyGraph.of(edges.values(), _arising(reader))


def _rules(reader: Reader) -> Iterator[PropagationRule]:
    for iri in reader.instances(AIMS.PropagationRule):
        over = reader.value(iri, AIMS.overProperty)
        direction = reader.value(iri, AIMS.direction)
        kinds = frozenset(k for k in reader.values(iri, AIMS.effectKind) if _named(k))
        weight = reader.value(iri, AIMS.attenuation)
        if not isinstance(over, NamedNode) or direction is None or not kinds or weight is None:
            raise IntegrityError(
                f"the propagation rule {iri} lacks a property, direction, effect kind or weight",
                remedy="Mend it in ontology/propagation.ttl.",
            )
        blocked = reader.value(iri, AIMS.blockedByClass)
        yield PropagationRule(
            iri,
            over,
            direction,
            frozenset(k for k in kinds if isinstance(k, NamedNode)),
            _number(weight),
            _number(reader.value(iri, AIMS.latencyHours)),
            blocked if isinstance(blocked, NamedNode) else None,
        )


def _named(term: Term) -> bool:
    return isinstance(term, NamedNode)


def _number(term: Term | None) -> float:
    return float(term.value) if isinstance(term, Literal) else 0.0


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
    strengths: dict[tuple[frozenset[Node], Term | None], float],
    barriers: "Barriers",
) -> Iterator[Edge]:
    ends = []
    if rule.direction in (_FORWARD, _BOTH):
        ends.append((subject, obj))
    if rule.direction in (_BACKWARD, _BOTH):
        ends.append((obj, subject))
    pair = frozenset((subject, obj))
    base = strengths.get((pair, rule.over), strengths.get((pair, None), rule.weight))
    for source, target in ends:
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
        fail_safe, protects, effect = row["failSafe"], row["protects"], row["effectiveness"]
        if isinstance(fail_safe, NamedNode) and isinstance(protects, NamedNode):
            barrier = Barrier(fail_safe, protects, _number(effect))
            found[protects].append((barrier, frozenset(reader.types(fail_safe))))
    return found


def _strengths(reader: Reader) -> dict[tuple[frozenset[Node], Term | None], float]:
    """Organisation's own strength of one dependency, which overrides the rule's weight."""
    given: dict[tuple[frozenset[Node], Term | None], float] = {}
    for iri in reader.instances(AIMS.DependencyAssertion):
        dependent = reader.value(iri, AIMS.dependent)
        dependency = reader.value(iri, AIMS.dependency)
        strength = reader.value(iri, AIMS.strength)
        if strength is None or isinstance(dependent, Literal) or isinstance(dependency, Literal):
            continue
        if dependent is not None and dependency is not None:
            pair = frozenset((dependent, dependency))
            given[pair, reader.value(iri, AIMS.viaProperty)] = _number(strength)
    return given


def _arising(reader: Reader) -> dict[NamedNode, tuple[NamedNode, ...]]:
    """Effect kind → kinds that it gives rise to at the node it has reached."""
    found: dict[NamedNode, list[NamedNode]] = defaultdict(list)
    for triple in reader.match(None, AIMS.givesRiseTo, None):
        if isinstance(triple.subject, NamedNode) and isinstance(triple.object, NamedNode):
            found[triple.subject].append(triple.object)
    return {k: tuple(sorted(v, key=lambda n: n.value)) for k, v in found.items()}
