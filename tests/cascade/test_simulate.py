"""Shares of a simulation, and noisy-OR, against the probability over every outcome of the edges."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.cascade.propagate import State, best_paths, probabilities
from engine.cascade.simulate import simulate
from engine.dependency import DependencyGraph, Edge
from engine.errors import InputError
from engine.rdf import NamedNode
from engine.vocab import SCHEME
from tests.dependency.test_structure import edge, reachable
from tests.facts import ex

QUALITY, FAILURE = SCHEME["effect-quality"], SCHEME["effect-failure"]
ARISING: dict[NamedNode, tuple[NamedNode, ...]] = {QUALITY: (FAILURE,)}
START = (ex("0"), QUALITY)


def drawn(nodes: st.SearchStrategy[tuple[int, int]], most: int) -> st.SearchStrategy[list[Edge]]:
    return st.lists(
        st.builds(
            lambda ends, weight, kinds: edge(*ends, weight, *kinds),
            nodes,
            st.sampled_from([0.0, 0.5, 0.9, 1.0]),
            st.frozensets(st.sampled_from([QUALITY, FAILURE]), min_size=1),
        ),
        max_size=most,
        unique_by=lambda e: (e.source, e.target),
    )


GRAPHS = drawn(st.tuples(st.integers(0, 3), st.integers(0, 3)), 6)


def exact(edges: list[Edge]) -> dict[State, float]:
    """Probability that each state is reached, over every subset of edges that may pass."""
    found: dict[State, float] = {}
    for outcome in product([True, False], repeat=len(edges)):
        chance = 1.0
        for e, passes in zip(edges, outcome, strict=True):
            chance *= e.weight if passes else 1 - e.weight
        passing = [e for e, passes in zip(edges, outcome, strict=True) if passes]
        if chance > 0:
            for state in reachable(DependencyGraph.of(passing, ARISING), START) | {START}:
                found[state] = found.get(state, 0.0) + chance
    return found


@settings(deadline=None, max_examples=60)
@given(GRAPHS)
def test_noisy_or_is_never_below_the_exact_probability(edges: list[Edge]) -> None:
    graph = DependencyGraph.of(edges, ARISING)
    states = best_paths(graph, START[0], [QUALITY])
    found = probabilities(graph, START[0], [QUALITY], states)
    expected = exact(edges)
    assert set(found) == set(expected)
    assert all(found[state] >= expected[state] - 1e-6 for state in expected)
    assert all(0 <= value <= 1 for value in found.values())


@settings(deadline=None, max_examples=60)
@given(st.lists(st.sampled_from([0.25, 0.5, 1.0]), min_size=1, max_size=5), st.data())
def test_noisy_or_is_exact_where_each_node_has_one_cause(
    weights: list[float], data: st.DataObject
) -> None:
    edges = [
        edge(data.draw(st.integers(0, n)), n + 1, weight, QUALITY)
        for n, weight in enumerate(weights)
    ]
    graph = DependencyGraph.of(edges, ARISING)
    states = best_paths(graph, START[0], [QUALITY])
    assert probabilities(graph, START[0], [QUALITY], states) == pytest.approx(
        exact(edges), abs=1e-6
    )


@settings(deadline=None, max_examples=40)
@given(GRAPHS)
def test_shares_come_near_the_exact_probability(edges: list[Edge]) -> None:
    graph = DependencyGraph.of(edges, ARISING)
    shares = simulate(graph, START[0], [QUALITY], rounds=400, seed=11)
    # Five standard errors of a share over 400 rounds are at most 0.125.
    assert shares == pytest.approx(exact(edges), abs=0.125)


def test_certain_edges_always_pass_and_closed_ones_never() -> None:
    graph = DependencyGraph.of([edge(0, 1, 1.0, FAILURE), edge(1, 2, 0.0, FAILURE)])
    shares = simulate(graph, ex("0"), [FAILURE], rounds=50, seed=1)
    assert shares == {(ex("0"), FAILURE): 1, (ex("1"), FAILURE): 1}


def test_seeds_differ_and_repeat() -> None:
    graph = DependencyGraph.of([edge(0, n, 0.5, FAILURE) for n in range(1, 8)])
    first, again, other = (
        simulate(graph, ex("0"), [FAILURE], rounds=100, seed=seed) for seed in (1, 1, 2)
    )
    assert first == again
    assert first != other


@pytest.mark.parametrize("rounds", [0, -1])
def test_no_rounds_are_refused(rounds: int) -> None:
    with pytest.raises(InputError, match="rounds"):
        simulate(DependencyGraph.of([]), ex("0"), [FAILURE], rounds=rounds, seed=1)
