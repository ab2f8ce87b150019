"""Cascades against a slow, obvious reference: enumerate every simple path."""

from itertools import pairwise, product
from typing import Any

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.cascade.propagate import best_paths, noisy_or, propagate
from engine.cascade.simulate import simulate
from engine.dependency import DependencyGraph, Edge, PropagationRule, loops, single_points
from engine.rdf import NamedNode, Node
from engine.vocab import SCHEME

QUALITY, FAILURE, HARM = (SCHEME[f"effect-{k}"] for k in ("quality", "failure", "harm"))


def node(number: int | str) -> NamedNode:
    return NamedNode(f"https://example.org/{number}")


def edge(source: int | str, target: int | str, weight: float, *kinds: NamedNode) -> Edge:
    rule = PropagationRule(
        node(f"rule-{'-'.join(sorted(k.value[-4:] for k in kinds))}"),
        node("p"),
        SCHEME["direction-subject-to-object"],
        frozenset(kinds),
        weight,
        1.0,
        None,
    )
    return Edge(node(source), node(target), rule, weight, None)


edges = st.lists(
    st.builds(
        edge,
        st.integers(0, 5),
        st.integers(0, 5),
        st.sampled_from([0.0, 0.3, 0.5, 0.9, 1.0]),
        st.sampled_from([QUALITY, FAILURE]),
    ),
    max_size=12,
    unique_by=lambda e: (e.source, e.target, e.rule.iri),
)
arising: dict[NamedNode, tuple[NamedNode, ...]] = {QUALITY: (FAILURE,)}


def reference_strength(graph: DependencyGraph, start: Node) -> dict[tuple[Node, NamedNode], float]:
    """Best product over all simple paths of the state graph."""
    digraph: Any = nx.DiGraph()
    states = set(product(graph.nodes | {start}, (QUALITY, FAILURE)))
    digraph.add_nodes_from(states)
    for kind, others in arising.items():
        for n in graph.nodes | {start}:
            for other in others:
                digraph.add_edge((n, kind), (n, other), weight=1.0)
    for e in graph.edges:
        for kind in e.rule.kinds:
            if e.weight > 0:
                digraph.add_edge((e.source, kind), (e.target, kind), weight=e.weight)
    best = {(start, QUALITY): 1.0}
    for state in states - set(best):
        for path in nx.all_simple_paths(digraph, (start, QUALITY), state):
            strength = 1.0
            for a, b in pairwise(path):
                strength *= digraph.edges[a, b]["weight"]
            best[state] = max(best.get(state, 0.0), strength)
    return best


@given(edges)
def test_strength_is_the_best_product_over_all_simple_paths(drawn: list[Edge]) -> None:
    graph = DependencyGraph.of(drawn, arising)
    found = {s: v for s, (v, _) in best_paths(graph, node(0), [QUALITY]).items()}
    assert found == pytest.approx(reference_strength(graph, node(0)))


@given(edges)
def test_the_explaining_path_runs_from_the_start_and_has_the_strength_stated(
    drawn: list[Edge],
) -> None:
    graph = DependencyGraph.of(drawn, arising)
    for effect in propagate(graph, node(0), [QUALITY]):
        at, strength = node(0), 1.0
        for hop in effect.path:
            assert hop.source == at
            at, strength = hop.target, strength * hop.weight  # type: ignore[assignment]
        assert at == effect.node
        assert strength == pytest.approx(effect.strength)
        assert effect.strength <= effect.probability + 1e-6


@given(edges)
def test_noisy_or_bounds_the_simulated_share(drawn: list[Edge]) -> None:
    graph = DependencyGraph.of(drawn, arising)
    states = best_paths(graph, node(0), [QUALITY])
    bound = noisy_or(graph, node(0), [QUALITY], states)
    share = simulate(graph, node(0), [QUALITY], rounds=200, seed=7)
    for state in states:
        # Five standard errors of a share over 200 rounds are below 0.18.
        assert share[state] <= bound[state] + 0.18


def test_effects_by_hand_with_a_cycle_a_barrier_and_a_change_of_kind() -> None:
    graph = DependencyGraph.of(
        [
            edge("source", "data", 0.9, QUALITY),
            edge("data", "model", 0.9, QUALITY),
            edge("model", "system", 1.0, QUALITY, FAILURE),
            edge("system", "data", 0.7, QUALITY),
            edge("system", "group", 0.5, HARM),
            edge("system", "guarded", 0.0, FAILURE),
        ],
        {QUALITY: (FAILURE,), FAILURE: (HARM,)},
    )
    effects = {(e.node, e.kind): e for e in propagate(graph, node("source"), [QUALITY])}
    assert effects[node("system"), QUALITY].strength == pytest.approx(0.81)
    assert effects[node("group"), HARM].strength == pytest.approx(0.405)
    assert effects[node("group"), HARM].latency_hours == 4
    along = [h.target for h in effects[node("group"), HARM].path if h.edge]
    assert along == [node("data"), node("model"), node("system"), node("group")]
    assert (node("guarded"), FAILURE) not in effects
    assert loops(graph) == ((node("data"), node("model"), node("system")),)
    assert single_points(graph, node("source"))[0].node == node("data")


def test_a_simulation_repeats_with_its_seed() -> None:
    graph = DependencyGraph.of([edge(0, 1, 0.5, FAILURE), edge(1, 2, 0.5, FAILURE)])
    first = simulate(graph, node(0), [FAILURE], rounds=2000, seed=1)
    assert first == simulate(graph, node(0), [FAILURE], rounds=2000, seed=1)
    assert first[node(1), FAILURE] == pytest.approx(0.5, abs=0.06)
    assert first[node(2), FAILURE] == pytest.approx(0.25, abs=0.05)
