"""Seeded Monte Carlo over a cascade: how often each effect arrives when every edge may fail alone.

Each round draws every edge once (it passes with its weight); a state counts when a path of passing
edges reaches it. Edges are drawn independently, but those of a rule whose combinator is the maximum
that end at one node share their draw. On cycles this is exact in the limit where noisy-OR is a
bound.
"""

from collections.abc import Iterable
from random import Random

from engine.cascade.propagate import State, best_paths
from engine.dependency import STRONGEST, DependencyGraph, Edge
from engine.errors import InputError
from engine.rdf import NamedNode, Node


def simulate(
    graph: DependencyGraph, start: Node, kinds: Iterable[NamedNode], *, rounds: int, seed: int
) -> dict[State, float]:
    """Share of ``rounds`` in which each state was reached; equal seeds give equal answers.

    The standard error of a share p is sqrt(p * (1 - p) / rounds). Raises InputError for no rounds.
    """
    if rounds < 1:
        raise InputError(f"{rounds} rounds say nothing", remedy="Ask for one or more.")
    origin = tuple(kinds)
    states = best_paths(graph, start, origin)
    inside = {node for node, _ in states}
    edges = [e for e in graph.edges if e.source in inside]
    draw = Random(seed)
    counts = dict.fromkeys(states, 0)
    for _ in range(rounds):
        drawn: dict[object, float] = {}
        passing = {edge for edge in edges if _drawn(drawn, edge, draw) < edge.weight}
        for state in _reached(graph, start, origin, passing):
            counts[state] += 1
    return {state: count / rounds for state, count in counts.items()}


def _drawn(drawn: dict[object, float], edge: Edge, draw: Random) -> float:
    together = edge.rule.combinator == STRONGEST
    group = (edge.rule.iri, edge.target) if together else edge
    if group not in drawn:
        drawn[group] = draw.random()
    return drawn[group]


def _reached(
    graph: DependencyGraph, start: Node, kinds: tuple[NamedNode, ...], passing: set[Edge]
) -> set[State]:
    reached: set[State] = {(start, kind) for kind in kinds}
    open_states = list(reached)
    while open_states:
        node, kind = open_states.pop()
        following: list[State] = [(node, other) for other in graph.arising.get(kind, ())]
        following += [
            (edge.target, kind)
            for edge in graph.outgoing.get(node, ())
            if kind in edge.rule.kinds and edge in passing
        ]
        for state in following:
            if state not in reached:
                reached.add(state)
                open_states.append(state)
    return reached
