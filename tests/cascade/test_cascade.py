"""The answer that every face gives: what a failure reaches, what stops it, what goes round."""

from fractions import Fraction
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.answers import cascade_json
from engine.cascade import Cascade, cascade
from engine.cascade.propagate import best_paths, propagate
from engine.dependency import DependencyGraph, Edge, dependency_graph
from engine.errors import InputError, NotFoundError
from engine.rdf import BlankNode, NamedNode, Node
from engine.vocab import AIMS, RDF_TYPE, SCHEME
from engine.workspace import Workspace
from tests.dependency.test_structure import edge
from tests.example import VIEW
from tests.facts import ex, read, small_pack

QUALITY, FAILURE, HARM, PRIVACY = (
    SCHEME[f"effect-{kind}"] for kind in ("quality", "failure", "harm", "privacy")
)
PACK = small_pack(
    """
    aimsp:failSafeExerciseDays aims:parameterValue 365 ; aims:unit unit:DAY .
    aimsc:effect-quality aims:givesRiseTo aimsc:effect-failure .
    ex:feeds-rule a aims:PropagationRule ; aims:overProperty ex:feeds ;
        aims:direction aimsc:direction-subject-to-object ; aims:attenuation 0.5 ;
        aims:effectKind aimsc:effect-quality ; aims:latencyHours 2 .
    ex:runs-rule a aims:PropagationRule ; aims:overProperty ex:runs ;
        aims:direction aimsc:direction-subject-to-object ; aims:attenuation 0.8 ;
        aims:effectKind aimsc:effect-failure ; aims:blockedByClass aims:FailSafe .
    ex:shows-rule a aims:PropagationRule ; aims:overProperty ex:shows ;
        aims:direction aimsc:direction-subject-to-object ; aims:attenuation 1 ;
        aims:effectKind aimsc:effect-privacy .
    """,
    "tool/fail-safes-in-force",
)
CLOSED = """ ex:safe a aims:FailSafe ; aims:protects ex:{} ; aims:barrierEffectiveness 1 ;
    aims:exercisedAt "2026-06-01T00:00:00Z"^^xsd:dateTime . """


def answer(facts: str, start: str = "a", effect: NamedNode | None = None) -> Cascade:
    return cascade(read(PACK, facts), ex(start), effect=effect)


def arriving(found: Cascade) -> dict[tuple[str, str], float]:
    return {
        (str(e.node).rpartition("/")[2].strip(">"), e.kind.value.rpartition("-")[2]): e.strength
        for e in found.effects
    }


def test_effects_follow_their_kind_and_change_it_on_the_way() -> None:
    found = answer("ex:a ex:feeds ex:b . ex:b ex:feeds ex:c ; ex:runs ex:d .")
    assert found.kinds == (QUALITY,)
    assert arriving(found) == pytest.approx(
        {
            ("b", "quality"): 0.5,
            ("b", "failure"): 0.5,
            ("c", "quality"): 0.25,
            ("c", "failure"): 0.25,
            ("d", "failure"): 0.4,
        }
    )
    assert found.reached == (ex("b"), ex("d"), ex("c"))
    assert {e.latency_hours for e in found.effects if e.node == ex("c")} == {4}
    assert [point.node for point in found.single_points] == [ex("b")]


def test_every_kind_that_the_start_emits_is_followed_unless_one_is_named() -> None:
    facts = "ex:a ex:feeds ex:b ; ex:shows ex:c ."
    assert answer(facts).kinds == (PRIVACY, QUALITY)
    only = answer(facts, effect=PRIVACY)
    assert only.kinds == (PRIVACY,)
    assert arriving(only) == {("c", "privacy"): 1}


def test_an_effect_that_starts_where_another_gives_rise_to_it_is_followed() -> None:
    assert arriving(answer("ex:a ex:runs ex:b .", effect=QUALITY)) == {("b", "failure"): 0.8}


def test_what_emits_nothing_reaches_nothing() -> None:
    found = answer("ex:a ex:feeds ex:b .", start="b")
    assert found == Cascade(ex("b"), (), (), (), (), ())
    assert found.reached == ()


def test_a_kind_that_a_rule_carries_may_reach_nothing_here() -> None:
    assert answer("ex:a ex:feeds ex:b .", effect=PRIVACY).effects == ()


def test_a_kind_that_no_rule_carries_is_refused_with_those_that_are() -> None:
    with pytest.raises(InputError, match=r"aimsc:effect-harm.*aimsc:effect-privacy"):
        answer("ex:a ex:feeds ex:b .", effect=HARM)


@pytest.mark.parametrize("start", [ex("nobody"), BlankNode("b")])
def test_a_node_of_which_nothing_is_recorded_is_not_found(start: Node) -> None:
    with pytest.raises(NotFoundError, match="nothing is recorded"):
        cascade(read(PACK, "ex:a ex:feeds ex:b ."), start)


def test_a_node_that_is_only_named_is_found() -> None:
    assert answer("ex:other ex:knows ex:a .").effects == ()


def test_a_failure_that_comes_round_is_a_loop_and_not_an_effect_on_itself() -> None:
    found = answer("ex:a ex:feeds ex:b . ex:b ex:feeds ex:a . ex:a ex:feeds ex:a .")
    assert found.loops == ((ex("a"), ex("b")),)
    assert found.reached == (ex("b"),)


def test_links_of_other_kinds_are_no_loop_and_no_way_round() -> None:
    """Quality flows from a to b; what leads back or past b carries privacy alone."""
    found = answer("ex:a ex:feeds ex:b . ex:b ex:feeds ex:c ; ex:shows ex:a . ex:a ex:shows ex:c .")
    assert found.kinds == (PRIVACY, QUALITY)
    quality = answer(
        "ex:a ex:feeds ex:b . ex:b ex:feeds ex:c ; ex:shows ex:a . ex:a ex:shows ex:c .",
        effect=QUALITY,
    )
    assert quality.loops == ()
    assert [point.node for point in quality.single_points] == [ex("b")]


def test_loops_that_the_cascade_does_not_enter_are_none_of_its_own() -> None:
    facts = "ex:a ex:feeds ex:b . ex:x ex:feeds ex:y . ex:y ex:feeds ex:x . ex:b ex:shows ex:b ."
    assert answer(facts).loops == ()


def test_a_barrier_against_what_the_start_gives_rise_to_is_told() -> None:
    facts = "ex:a ex:runs ex:b ." + CLOSED.format("b")
    assert [edge.target for edge in answer(facts, effect=QUALITY).stopped] == [ex("b")]


def test_a_complete_barrier_stops_and_is_told() -> None:
    found = answer("ex:a ex:runs ex:b . ex:b ex:runs ex:c ." + CLOSED.format("b"))
    assert found.effects == ()
    (stopped,) = found.stopped
    assert (stopped.source, stopped.target) == (ex("a"), ex("b"))
    assert stopped.barrier is not None
    assert stopped.barrier.fail_safe == ex("safe")


def test_a_barrier_at_which_nothing_arrives_stops_nothing() -> None:
    """Only privacy reaches b; the barrier behind it is for failures."""
    found = answer("ex:a ex:shows ex:b . ex:b ex:runs ex:c ." + CLOSED.format("c"))
    assert found.reached == (ex("b"),)
    assert found.stopped == ()


def test_a_way_round_a_barrier_is_taken() -> None:
    facts = "ex:a ex:runs ex:b , ex:c . ex:c ex:feeds ex:b . ex:b ex:runs ex:d ."
    found = answer(facts + CLOSED.format("b") + "ex:a ex:feeds ex:c .")
    assert [edge.source for edge in found.stopped] == [ex("a")]
    assert ex("d") in found.reached


def test_a_hub_reaches_each_of_its_thousand_dependents_once() -> None:
    facts = "".join(f"ex:a ex:feeds ex:n{n} . ex:n{n} ex:feeds ex:end ." for n in range(1000))
    found = answer(facts)
    assert len(found.effects) == 2 * 1001
    (end,) = (e for e in found.effects if e.node == ex("end") and e.kind == QUALITY)
    assert [hop.target for hop in end.path] == [ex("n0"), ex("end")]
    assert end.probability == pytest.approx(1)
    assert found.single_points == ()


def test_answers_do_not_depend_on_the_order_of_statements() -> None:
    lines = [f"ex:a ex:feeds ex:m{n} . ex:m{n} ex:feeds ex:z ." for n in range(9)]
    assert answer("".join(lines)) == answer("".join(reversed(lines)))


# Restricted views


def test_where_effects_flow_on_unseen_the_answer_says_so_and_no_more() -> None:
    parts = {
        "open": "ex:a ex:feeds ex:b . ex:b ex:feeds ex:c .",
        "closed": "ex:b ex:feeds ex:secret . ex:c ex:shows ex:other . ex:a ex:shows ex:hidden .",
    }
    full, open_only = read(PACK, parts), read(PACK, parts, compartments=frozenset({"open"}))
    found = cascade(open_only, ex("a"), full=full)
    assert found.reached == (ex("b"), ex("c"))
    # Privacy leaves a unseen; nothing of privacy reaches c.
    assert found.withheld == (ex("a"), ex("b"))
    told = str(cascade_json(open_only, found))
    assert not any(name in told for name in ("secret", "other", "hidden"))
    assert cascade(open_only, ex("a"), effect=QUALITY, full=full).withheld == (ex("b"),)
    assert cascade(full, ex("a"), full=full).withheld == ()
    assert cascade(full, ex("a")).withheld == ()


def test_unseen_links_that_a_barrier_closes_withhold_nothing() -> None:
    parts = {"open": "ex:a ex:runs ex:b .", "closed": "ex:a ex:runs ex:c ." + CLOSED.format("c")}
    full, open_only = read(PACK, parts), read(PACK, parts, compartments=frozenset({"open"}))
    assert cascade(open_only, ex("a"), full=full).withheld == ()


def test_a_start_that_the_view_does_not_know_is_not_found() -> None:
    parts = {"open": "ex:a ex:feeds ex:b .", "closed": "ex:x ex:feeds ex:b ."}
    full, open_only = read(PACK, parts), read(PACK, parts, compartments=frozenset({"open"}))
    with pytest.raises(NotFoundError):
        cascade(open_only, ex("x"), full=full)


# Which of several paths explains

WEIGHTS = st.sampled_from([0.1, 0.49, 0.64, 0.7, 0.8, 1.0])
EDGES = st.lists(
    st.builds(edge, st.integers(0, 4), st.integers(0, 4), WEIGHTS, st.just(QUALITY)),
    max_size=9,
    unique_by=lambda e: (e.source, e.target),
)


def simple_paths(edges: list[Edge], at: Node, seen: tuple[Node, ...]) -> list[list[Edge]]:
    found: list[list[Edge]] = [[]]
    for e in edges:
        if e.source == at and e.target not in seen:
            found += [[e, *rest] for rest in simple_paths(edges, e.target, (*seen, e.target))]
    return found


@settings(deadline=None, max_examples=300)
@given(EDGES)
def test_the_strongest_path_explains_and_of_equals_the_shortest(drawn: list[Edge]) -> None:
    best: dict[Node, tuple[Fraction, int]] = {}
    for path in simple_paths(drawn, ex("0"), (ex("0"),)):
        strength = Fraction(1)
        for e in path:
            strength *= Fraction(str(e.weight))
        if path:
            end = path[-1].target
            best[end] = max(best.get(end, (Fraction(0), 0)), (strength, -len(path)))
    found = propagate(DependencyGraph.of(drawn), ex("0"), [QUALITY])
    assert {e.node: -len(e.path) for e in found} == {n: hops for n, (_, hops) in best.items()}
    strengths = {node: float(strength) for node, (strength, _) in best.items()}
    assert {e.node: e.strength for e in found} == pytest.approx(strengths)
    turned = DependencyGraph.of(reversed(drawn))
    assert propagate(turned, ex("0"), [QUALITY]) == found


def test_equal_paths_are_told_apart_by_name() -> None:
    drawn = [edge("s", n, 0.5, QUALITY) for n in "xby"] + [
        edge(n, "t", 0.5, QUALITY) for n in "xby"
    ]
    _, path = best_paths(DependencyGraph.of(drawn), ex("s"), [QUALITY])[ex("t"), QUALITY]
    assert [hop.target for hop in path] == [ex("b"), ex("t")]


def test_a_tie_is_a_tie_whatever_multiplying_makes_of_it() -> None:
    """0.8 times 0.8 is a little more than 0.64 in binary."""
    drawn = [
        edge("a", "b", 0.8, QUALITY),
        edge("b", "c", 0.8, QUALITY),
        edge("a", "c", 0.64, QUALITY),
    ]
    (far,) = (
        e for e in propagate(DependencyGraph.of(drawn), ex("a"), [QUALITY]) if e.node == ex("c")
    )
    assert len(far.path) == 1


def test_no_kinds_no_effects() -> None:
    graph = DependencyGraph.of([edge("a", "b", 1, QUALITY)])
    assert propagate(graph, ex("a"), []) == ()
    assert propagate(DependencyGraph.of([]), ex("a"), [QUALITY]) == ()


# The example


def strengths_by_rounds(graph: DependencyGraph, start: Node) -> dict[tuple[Node, NamedNode], float]:
    """Best strength by raising every value until none rises (Bellman and Ford)."""
    value = {(start, kind): 1.0 for e in graph.outgoing[start] for kind in e.rule.kinds}
    for _ in count():
        before = dict(value)
        for (node, kind), strength in before.items():
            for other in graph.arising.get(kind, ()):
                value[node, other] = max(value.get((node, other), 0.0), strength)
        for e in graph.edges:
            for kind in e.rule.kinds:
                passed = value.get((e.source, kind), 0.0) * e.weight
                if passed > 0:
                    value[e.target, kind] = max(value.get((e.target, kind), 0.0), passed)
        if value == before:
            return {state: v for state, v in value.items() if state[0] != start}
    raise AssertionError


@pytest.mark.parametrize("start", ["supplier-textmind", "dsv-claims-2025-raw", "cluster-1"])
def test_the_example_agrees_with_raising_values_until_none_rises(
    example: Workspace, start: str
) -> None:
    reader, found = example.cascade(VIEW, start)
    expected = strengths_by_rounds(dependency_graph(reader), found.start)
    assert {(e.node, e.kind): e.strength for e in found.effects} == pytest.approx(expected)
    assert len(found.effects) > 5


def test_the_feedback_loop_of_the_example_is_found_and_no_other(example: Workspace) -> None:
    """What claims triage decides is what its model learns from; no person goes round."""
    _, found = example.cascade(VIEW, "SYS-claims-triage")
    (loop,) = found.loops
    assert NamedNode("https://halden.example/mv-triage-5") in loop
    assert found.start in loop
    reader = example.reader(VIEW)
    members = {t.object for t in reader.match(None, AIMS.loopMember, None)}
    assert members == set(loop)
    assert {t.subject for t in reader.match(None, AIMS.inFeedbackLoop, None)} == set(loop)
    kinds = list(reader.match(None, RDF_TYPE, AIMS.FeedbackCycle))
    assert len(kinds) == 1


def test_names_of_effects_are_short_or_whole(example: Workspace) -> None:
    short = example.cascade(VIEW, "SYS-claims-triage", effect="failure")[1]
    assert short == example.cascade(VIEW, "SYS-claims-triage", effect="aimsc:effect-failure")[1]
    assert short.kinds == (FAILURE,)


# Simulated


# Two ways to d share the link to b, which noisy-OR counts twice.
SHARED = (
    "ex:a ex:feeds ex:b . ex:b ex:feeds ex:c , ex:e . ex:c ex:feeds ex:d . ex:e ex:feeds ex:d ."
)


def test_a_simulation_is_part_of_the_answer_where_it_is_asked_for() -> None:
    assert answer(SHARED).simulation is None
    reader = read(PACK, SHARED)
    found, again, other = (
        cascade(reader, ex("a"), rounds=4_000, seed=seed).simulation for seed in (3, 3, 4)
    )
    assert found is not None
    assert other is not None
    assert found == again
    assert found.shares != other.shares
    exact = {"b": 0.5, "c": 0.25, "e": 0.25, "d": 0.5 * (1 - (1 - 0.25) ** 2)}
    # Five standard errors of a share over 4,000 rounds are at most 0.04.
    for name, chance in exact.items():
        assert found.shares[ex(name), QUALITY] == pytest.approx(chance, abs=0.04)
    (at_d,) = (e for e in answer(SHARED).effects if (e.node, e.kind) == (ex("d"), QUALITY))
    assert at_d.probability >= exact["d"]


def test_every_effect_of_the_example_has_a_share_near_or_under_its_probability(
    example: Workspace,
) -> None:
    reader, found = example.cascade(VIEW, "dsv-telematics-2026", rounds=2_000, seed=1)
    told = cascade_json(reader, found)
    assert (told["rounds"], told["seed"]) == (2_000, 1)
    effects = told["effects"]
    assert isinstance(effects, list)
    assert len(effects) > 5
    assert all(0 <= e["share"] <= e["probability"] + 0.06 for e in effects)
    plain = cascade_json(*example.cascade(VIEW, "dsv-telematics-2026"))
    assert "rounds" not in plain
    assert [{k: v for k, v in e.items() if k != "share"} for e in effects] == plain["effects"]


@pytest.mark.parametrize("rounds", [0, -5])
def test_less_than_one_round_is_refused(rounds: int) -> None:
    with pytest.raises(InputError, match="rounds"):
        cascade(read(PACK, SHARED), ex("a"), rounds=rounds)
