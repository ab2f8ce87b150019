"""Cascades against a slow, obvious reference: enumerate every simple path."""

from dataclasses import replace
from itertools import pairwise, product
from typing import Any

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.cascade.propagate import best_paths, probabilities, propagate
from engine.cascade.simulate import simulate
from engine.dependency import (
    NOISY_OR,
    STRONGEST,
    DependencyGraph,
    Edge,
    PropagationRule,
    loops,
    single_points,
)
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
    bound = probabilities(graph, node(0), [QUALITY], states)
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


def combined(source: int, target: int, weight: float, rule: tuple[int, bool]) -> Edge:
    """An edge of one of a few rules, each with its combinator."""
    number, strongest = rule
    way = STRONGEST if strongest else NOISY_OR
    forward = SCHEME["direction-subject-to-object"]
    made = PropagationRule(
        node(f"rule-{number}-{strongest}"), node("p"), forward, frozenset([FAILURE]), 1.0, 0.0, None
    )
    return Edge(node(source), node(target), replace(made, combinator=way), weight, None)


# Edges run to higher numbers: without cycles the probability can be read off in one pass.
forward_edges = st.lists(
    st.builds(
        lambda source, step, weight, rule: combined(source, source + step, weight, rule),
        st.integers(0, 4),
        st.integers(1, 3),
        st.sampled_from([0.1, 0.3, 0.5, 0.9, 1.0]),
        st.tuples(st.integers(0, 1), st.booleans()),
    ),
    max_size=14,
    unique_by=lambda e: (e.source, e.target, e.rule.iri),
)


def reference_probability(drawn: list[Edge]) -> dict[Node, float]:
    """Node by node: one minus the chance that no cause of it strikes."""
    found: dict[Node, float] = {node(0): 1.0}
    for target in map(node, range(1, 8)):
        spared = 1.0
        strongest: dict[Node, float] = {}
        for e in drawn:
            if e.target == target and e.source in found:
                chance = e.weight * found[e.source]
                if e.rule.combinator == STRONGEST:
                    strongest[e.rule.iri] = max(strongest.get(e.rule.iri, 0.0), chance)
                else:
                    spared *= 1 - chance
        for chance in strongest.values():
            spared *= 1 - chance
        if spared < 1:
            found[target] = 1 - spared
    return found


@given(forward_edges)
def test_each_rule_combines_its_links_as_it_says(drawn: list[Edge]) -> None:
    graph = DependencyGraph.of(drawn)
    found = {e.node: e.probability for e in propagate(graph, node(0), [FAILURE])}
    assert found | {node(0): 1.0} == pytest.approx(reference_probability(drawn))


def fan(strongest: bool) -> DependencyGraph:
    """Two certain causes of one node, of 0.5 and 0.4."""
    certain = [combined(0, n, 1.0, (0, False)) for n in (1, 2)]
    ends = [combined(n, 3, weight, (1, strongest)) for n, weight in ((1, 0.5), (2, 0.4))]
    return DependencyGraph.of([*certain, *ends])


@pytest.mark.parametrize(("strongest", "chance"), [(False, 0.7), (True, 0.5)])
def test_the_strongest_alone_counts_in_figures_and_simulations(
    strongest: bool, chance: float
) -> None:
    (reached,) = [e for e in propagate(fan(strongest), node(0), [FAILURE]) if e.node == node(3)]
    assert reached.probability == pytest.approx(chance)
    # Five standard errors over 4000 rounds are below 0.04.
    shares = simulate(fan(strongest), node(0), [FAILURE], rounds=4000, seed=3)
    assert shares[node(3), FAILURE] == pytest.approx(chance, abs=0.04)


def test_the_strongest_on_a_cycle_is_the_least_fixpoint() -> None:
    edges = [(0, 1, 0.5), (1, 2, 0.8), (2, 1, 1.0)]
    graph = DependencyGraph.of([combined(*ends, (0, True)) for ends in edges])
    found = {e.node: e.probability for e in propagate(graph, node(0), [FAILURE])}
    assert found == pytest.approx({node(1): 0.5, node(2): 0.4})
