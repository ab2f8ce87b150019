"""Loops and single points of failure, against walking every path."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.dependency import DependencyGraph, Edge, PropagationRule, loops, single_points
from engine.rdf import NamedNode, Node
from engine.vocab import SCHEME
from tests.facts import ex

QUALITY, FAILURE, BIAS = (SCHEME[f"effect-{kind}"] for kind in ("quality", "failure", "bias"))
KINDS = (QUALITY, FAILURE, BIAS)
Arising = dict[NamedNode, tuple[NamedNode, ...]]
State = tuple[Node, NamedNode]


def edge(source: int | str, target: int | str, weight: float, *kinds: NamedNode) -> Edge:
    name = "-".join(sorted(kind.value[-4:] for kind in kinds))
    forward = SCHEME["direction-subject-to-object"]
    rule = PropagationRule(ex(name), ex("p"), forward, frozenset(kinds), weight, 0.0, None)
    return Edge(ex(str(source)), ex(str(target)), rule, weight, None)


EDGES = st.lists(
    st.builds(
        lambda a, b, w, kinds: edge(a, b, w, *kinds),
        st.integers(0, 4),
        st.integers(0, 4),
        st.sampled_from([0.0, 0.5, 1.0]),
        st.frozensets(st.sampled_from(KINDS), min_size=1, max_size=2),
    ),
    max_size=10,
    unique_by=lambda e: (e.source, e.target, e.rule.iri),
)
ARISING = st.dictionaries(
    st.sampled_from(KINDS), st.lists(st.sampled_from(KINDS), max_size=2, unique=True).map(tuple)
)


def steps(graph: DependencyGraph, state: State) -> list[State]:
    node, kind = state
    return [(node, other) for other in graph.arising.get(kind, ())] + [
        (e.target, kind)
        for e in graph.edges
        if e.source == node and kind in e.rule.kinds and e.weight > 0
    ]


def reachable(graph: DependencyGraph, start: State) -> set[State]:
    """What lies one step or more beyond ``start``."""
    found: set[State] = set()
    waiting = [start]
    while waiting:
        for state in steps(graph, waiting.pop()):
            if state not in found:
                found.add(state)
                waiting.append(state)
    return found


def loops_by_walking(graph: DependencyGraph) -> set[frozenset[Node]]:
    states = [(node, kind) for node in graph.nodes for kind in KINDS]
    beyond = {state: reachable(graph, state) for state in states}
    found = set()
    for state in states:
        around = {other for other in beyond[state] if state in beyond[other]}
        nodes = frozenset(node for node, _ in around)
        own = any(
            e.source == e.target == state[0] and e.weight > 0 and state[1] in e.rule.kinds
            for e in graph.edges
        )
        if len(nodes) > 1 or own:
            found.add(nodes | {state[0]})
    return {loop for loop in found if not any(loop < other for other in found)}


@settings(deadline=None, max_examples=300)
@given(EDGES, ARISING)
def test_a_loop_is_where_an_effect_comes_round_to_what_it_came_from(
    drawn: list[Edge], arising: Arising
) -> None:
    graph = DependencyGraph.of(drawn, arising)
    found = loops(graph)
    assert {frozenset(loop) for loop in found} == loops_by_walking(graph)
    assert all(list(loop) == sorted(loop, key=str) for loop in found)
    assert found == loops(DependencyGraph.of(reversed(drawn), arising))


@settings(deadline=None, max_examples=300)
@given(EDGES)
def test_a_single_point_shields_exactly_what_is_cut_off_without_it(drawn: list[Edge]) -> None:
    graph = DependencyGraph.of(drawn)
    start = ex("0")
    found = {point.node: set(point.shields) for point in single_points(graph, start)}
    reached = beyond(drawn, start, None)
    for node in reached - {start}:
        assert found.pop(node, set()) == reached - beyond(drawn, start, node) - {node, start}
    assert not found


def beyond(edges: list[Edge], start: Node, without: Node | None) -> set[Node]:
    found: set[Node] = {start}
    grown = True
    while grown:
        new = {
            e.target
            for e in edges
            if e.source in found and e.weight > 0 and without not in (e.source, e.target)
        }
        grown = not new <= found
        found |= new
    return found


def test_an_empty_graph_has_no_structure() -> None:
    graph = DependencyGraph.of([])
    assert (graph.nodes, loops(graph), single_points(graph, ex("a"))) == (frozenset(), (), ())


def test_a_start_beside_the_graph_has_no_single_points() -> None:
    assert single_points(DependencyGraph.of([edge("a", "b", 1, BIAS)]), ex("c")) == ()


def test_a_node_that_feeds_itself_is_a_loop() -> None:
    assert loops(DependencyGraph.of([edge("a", "a", 0.5, BIAS)])) == ((ex("a"),),)


def test_a_closed_barrier_opens_the_loop() -> None:
    closed = [edge("a", "b", 1, BIAS), edge("b", "a", 0, BIAS)]
    assert loops(DependencyGraph.of(closed)) == ()
    assert loops(DependencyGraph.of([edge("a", "a", 0, BIAS)])) == ()


def test_links_that_carry_different_effects_close_no_loop() -> None:
    """A person answers for a role and holds it: nothing goes round."""
    there_and_back = [edge("a", "b", 1, QUALITY), edge("b", "a", 1, BIAS)]
    assert loops(DependencyGraph.of(there_and_back)) == ()
    assert loops(DependencyGraph.of(there_and_back, {QUALITY: (BIAS,)})) == ()
    both: Arising = {QUALITY: (BIAS,), BIAS: (QUALITY,)}
    assert loops(DependencyGraph.of(there_and_back, both)) == ((ex("a"), ex("b")),)


def test_effects_that_give_rise_to_each_other_within_a_node_are_no_loop() -> None:
    arising: Arising = {QUALITY: (BIAS,), BIAS: (QUALITY,), FAILURE: (FAILURE,)}
    graph = DependencyGraph.of([edge("a", "b", 1, QUALITY), edge("b", "c", 1, FAILURE)], arising)
    assert loops(graph) == ()


def test_a_loop_within_a_loop_is_told_once_and_two_apart_are_told_apart() -> None:
    small = [edge("a", "b", 1, BIAS), edge("b", "a", 1, BIAS)]
    large = [edge("b", "c", 1, QUALITY), edge("c", "a", 1, QUALITY), edge("a", "b", 1, QUALITY)]
    other = [edge("x", "y", 1, BIAS), edge("y", "x", 1, BIAS)]
    found = loops(DependencyGraph.of(small + large + other))
    assert found == ((ex("a"), ex("b"), ex("c")), (ex("x"), ex("y")))


@pytest.mark.parametrize("size", [2000])
def test_long_chains_and_rings_are_no_burden(size: int) -> None:
    ring = [edge(n, (n + 1) % size, 1, BIAS) for n in range(size)]
    (loop,) = loops(DependencyGraph.of(ring))
    assert len(loop) == size
    points = single_points(DependencyGraph.of(ring[:200]), ex("0"))
    assert [len(point.shields) for point in points] == list(range(199, 0, -1))
