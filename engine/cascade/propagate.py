"""What a failure reaches, how strongly, how late and along which path.

An *effect* is a kind at a node. It crosses an edge that carries its kind, weakened by the edge's
weight; at a node it may give rise to other kinds (a failure gives rise to harm) without loss.
Strength is the best product of weights over all paths (a most reliable path: Dijkstra on the
product, valid because weights are in 0..1). Probability combines all incoming edges: those of one
rule whose combinator is the maximum count as the strongest of them, all else by noisy-OR.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from heapq import heappop, heappush

from engine.dependency import STRONGEST, DependencyGraph, Edge
from engine.rdf import NamedNode, Node

State = tuple[Node, NamedNode]


@dataclass(frozen=True, slots=True)
class Hop:
    """One step of an explanation: over ``edge``, or within a node where ``edge`` is None."""

    source: Node
    target: Node
    kind: NamedNode
    edge: Edge | None

    @property
    def weight(self) -> float:
        """Share of the effect that passes, 0..1."""
        return self.edge.weight if self.edge else 1.0


@dataclass(frozen=True, slots=True)
class Effect:
    """One effect kind arriving at one node.

    ``strength``: product of weights on the best path, 0..1. ``probability``: of all incoming
    effects together, 0..1. ``latency_hours``: sum along the best path. ``path``: its hops from
    the start; empty for the start itself.
    """

    node: Node
    kind: NamedNode
    strength: float
    probability: float
    latency_hours: float
    path: tuple[Hop, ...]


def _steps(graph: DependencyGraph, state: State) -> Iterable[tuple[State, Hop]]:
    node, kind = state
    for other in graph.arising.get(kind, ()):
        yield (node, other), Hop(node, node, other, None)
    for edge in graph.outgoing.get(node, ()):
        if kind in edge.rule.kinds:
            yield (edge.target, kind), Hop(node, edge.target, kind, edge)


def best_paths(
    graph: DependencyGraph, start: Node, kinds: Iterable[NamedNode]
) -> dict[State, tuple[float, tuple[Hop, ...]]]:
    """Strength and hops of the strongest path to each (node, kind) that is reached at all.

    Ties go to fewer hops, then to the order of IRIs, so that equal graphs explain equally.
    Strengths that agree in twelve digits tie, because the order of multiplying alone may part them.
    An edge of weight 0 (a complete barrier) passes nothing. Cycles terminate: weights are at
    most 1, so a state is settled once.
    """
    settled: dict[State, tuple[float, tuple[Hop, ...]]] = {}
    queue: list[tuple[float, int, tuple[str, ...], int, float, State, tuple[Hop, ...]]] = []
    for kind in sorted(kinds, key=lambda k: k.value):
        heappush(queue, (-1.0, 0, (str(start), kind.value), len(queue), 1.0, (start, kind), ()))
    pushed = len(queue)
    while queue:
        _, hops, _, _, strength, state, path = heappop(queue)
        if state in settled:
            continue
        settled[state] = (strength, path)
        for target, hop in _steps(graph, state):
            if target in settled or hop.weight <= 0:
                continue
            rule = str(hop.edge.rule.iri) if hop.edge else ""
            name = (str(target[0]), target[1].value, *map(str, state), rule)
            # A change of kind within a node costs no hop of the graph.
            count = hops + (1 if hop.edge else 0)
            pushed += 1  # Two of one name are equal in every respect that is explained.
            arriving = strength * hop.weight
            rank = -float(f"{arriving:.12g}")
            heappush(queue, (rank, count, name, pushed, arriving, target, (*path, hop)))
    return settled


def probabilities(
    graph: DependencyGraph,
    start: Node,
    kinds: Iterable[NamedNode],
    reached: Iterable[State],
    *,
    tolerance: float = 1e-9,
    rounds: int = 1000,
) -> dict[State, float]:
    """Probability of each reached state as 1 - prod(1 - w * p(source)) over groups of steps.

    The steps of one rule whose combinator is the maximum are one group, of which the largest
    w * p(source) counts: causes that strike together. Every other step is a group of its own.

    The least fixpoint, found by iteration from 0 upwards (the map is monotone and bounded by 1,
    so it exists: Tarski); on a cycle noisy-OR is an upper bound, since one cause is counted again
    when it comes round. It stops when no value moves more than ``tolerance``.
    """
    sources = {(start, kind) for kind in kinds}
    wanted = set(reached)
    incoming: dict[State, dict[object, list[tuple[State, float]]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for state in sorted(wanted, key=lambda s: (str(s[0]), s[1].value)):
        for target, hop in _steps(graph, state):
            if target in wanted:
                together = hop.edge is not None and hop.edge.rule.combinator == STRONGEST
                group = hop.edge.rule.iri if hop.edge and together else (state, hop)
                incoming[target][group].append((state, hop.weight))
    value = dict.fromkeys(wanted, 0.0) | dict.fromkeys(sources, 1.0)
    for _ in range(rounds):
        moved = 0.0
        for state, groups in incoming.items():
            if state in sources:
                continue
            survives = 1.0
            for causes in groups.values():
                survives *= 1 - max(weight * value[cause] for cause, weight in causes)
            moved = max(moved, abs(1 - survives - value[state]))
            value[state] = 1 - survives
        if moved <= tolerance:
            break
    return value


def propagate(
    graph: DependencyGraph, start: Node, kinds: Iterable[NamedNode]
) -> tuple[Effect, ...]:
    """Every effect of ``kinds`` arising at ``start``, strongest first; the start is left out."""
    origin = tuple(kinds)
    paths = best_paths(graph, start, origin)
    chance = probabilities(graph, start, origin, paths)
    effects = [
        Effect(
            node,
            kind,
            strength,
            chance[node, kind],
            sum(hop.edge.rule.latency_hours for hop in path if hop.edge),
            path,
        )
        for (node, kind), (strength, path) in paths.items()
        if node != start
    ]
    return tuple(sorted(effects, key=lambda e: (-e.strength, str(e.node), e.kind.value)))
