"""Edges from propagation rules and triples, against a slow reading of the rules' own words."""

from collections.abc import Iterable
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.dependency import DependencyGraph, Edge, dependency_graph, propagation_rules
from engine.errors import IntegrityError
from engine.knowledge import KnowledgePack, shipped_pack
from engine.rdf import BlankNode
from engine.vocab import AIMS, SCHEME
from tests.facts import ex, read, small_pack

# What every pack here has: the parameter of exercises, a class of fail-safes within another.
KNOWLEDGE = """
aimsp:failSafeExerciseDays aims:parameterValue 365 ; aims:unit unit:DAY .
aims:HumanLoop rdfs:subClassOf aims:FailSafe .
ex:carries owl:inverseOf ex:carriedBy .
"""
COMBINATORS = ("noisy-or", "max")
LIVE = 'aims:exercisedAt "2026-06-01T00:00:00Z"^^xsd:dateTime'


def rule(
    name: str = "rule",
    over: str = "ex:carries",
    direction: str = "subject-to-object",
    kinds: str = "aimsc:effect-quality",
    weight: str = "0.5",
    more: str = "",
) -> str:
    return f"""
    ex:{name} a aims:PropagationRule ; aims:overProperty {over} ; aims:effectKind {kinds} ;
        aims:direction aimsc:direction-{direction} ; aims:attenuation {weight} {more} .
    """


def pack_of(*rules: str) -> KnowledgePack:
    return small_pack(KNOWLEDGE + "".join(rules), "tool/fail-safes-in-force")


PLAIN = pack_of(rule())
BLOCKED = pack_of(rule(more="; aims:blockedByClass aims:FailSafe"))


def graph_of(pack: KnowledgePack, facts: str, at: str = "") -> DependencyGraph:
    return dependency_graph(read(pack, facts, at=at))


def flows(graph: DependencyGraph) -> dict[tuple[str, str], float]:
    """Weight by the local names of source and target."""
    found = {(local(edge.source), local(edge.target)): edge.weight for edge in graph.edges}
    assert len(found) == len(graph.edges)
    return found


def local(node: object) -> str:
    return str(getattr(node, "value", node)).rpartition("/")[2]


@pytest.mark.parametrize(
    ("direction", "ways"),
    [
        ("subject-to-object", [("a", "b")]),
        ("object-to-subject", [("b", "a")]),
        ("both", [("a", "b"), ("b", "a")]),
    ],
)
def test_effects_flow_in_the_direction_that_the_rule_states(
    direction: str, ways: list[tuple[str, str]]
) -> None:
    pack = pack_of(rule(direction=direction))
    assert flows(graph_of(pack, "ex:a ex:carries ex:b .")) == dict.fromkeys(ways, 0.5)
    assert flows(graph_of(pack, "ex:b ex:carriedBy ex:a .")) == dict.fromkeys(ways, 0.5)
    assert flows(graph_of(pack, "ex:a ex:carries ex:b . ex:b ex:carriedBy ex:a .")) == (
        dict.fromkeys(ways, 0.5)
    )


def test_an_inverse_counts_whichever_of_the_two_declares_it() -> None:
    pack = pack_of(rule(over="ex:carriedBy"))
    assert flows(graph_of(pack, "ex:a ex:carries ex:b .")) == {("b", "a"): 0.5}


def test_a_rule_says_kinds_weight_and_hours() -> None:
    kinds = "aimsc:effect-harm , aimsc:effect-quality , 'none'"
    pack = pack_of(rule(kinds=kinds, weight="0.25", more="; aims:latencyHours 12"))
    (edge,) = graph_of(pack, "ex:a ex:carries ex:b .").edges
    assert edge.rule.kinds == {SCHEME["effect-harm"], SCHEME["effect-quality"]}
    assert (edge.weight, edge.rule.latency_hours, edge.barrier) == (0.25, 12, None)


def test_a_rule_says_how_its_links_combine() -> None:
    ways = {"": "noisy-or"} | {f"; aims:combinator aimsc:combinator-{w}": w for w in COMBINATORS}
    for more, way in ways.items():
        (edge,) = graph_of(pack_of(rule(more=more)), "ex:a ex:carries ex:b .").edges
        assert edge.rule.combinator == SCHEME[f"combinator-{way}"]


def test_every_combinator_of_the_code_list_is_known() -> None:
    scheme = SCHEME["combinator"]
    listed = {t.subject for t in shipped_pack().ontology_triples if t.object == scheme}
    assert listed == {SCHEME[f"combinator-{way}"] for way in COMBINATORS}


def test_two_rules_over_one_property_give_an_edge_each() -> None:
    pack = pack_of(rule("one"), rule("two", direction="object-to-subject", weight="1"))
    graph = graph_of(pack, "ex:a ex:carries ex:b .")
    found = {(local(e.rule.iri), local(e.source), local(e.target), e.weight) for e in graph.edges}
    assert found == {("one", "a", "b", 0.5), ("two", "b", "a", 1.0)}


def test_rules_of_one_direction_over_one_property_stand_side_by_side() -> None:
    pack = pack_of(rule("one"), rule("two", kinds="aimsc:effect-harm", weight="0.1"))
    weights = [
        (local(e.rule.iri), e.weight) for e in graph_of(pack, "ex:a ex:carries ex:b .").edges
    ]
    assert weights == [("one", 0.5), ("two", 0.1)]


@pytest.mark.parametrize(
    ("facts", "ends"),
    [
        ("", []),
        ("ex:a ex:other ex:b .", []),
        ("ex:a ex:carries 'text' , 7 .", []),
        ("ex:a ex:carries ex:a .", [("a", "a")]),
        ("ex:a ex:carries ex:b . ex:b ex:carries ex:a .", [("a", "b"), ("b", "a")]),
    ],
)
def test_only_nodes_are_joined(facts: str, ends: list[tuple[str, str]]) -> None:
    graph = graph_of(PLAIN, facts)
    assert list(flows(graph)) == ends
    assert graph.nodes == {ex(name) for pair in ends for name in pair}
    assert set(graph.outgoing) == {ex(source) for source, _ in ends}


def test_blank_nodes_are_nodes() -> None:
    (edge,) = graph_of(PLAIN, "[] ex:carries ex:b .").edges
    assert isinstance(edge.source, BlankNode)


# Organisations' own strengths


@pytest.mark.parametrize(
    ("assertion", "weight"),
    [
        ("aims:dependency ex:a ; aims:dependent ex:b ; aims:strength 0.2", 0.2),
        ("aims:dependency ex:a ; aims:dependent ex:b ; aims:strength 1", 1.0),
        ("aims:dependency ex:a ; aims:dependent ex:b ; aims:strength 0", 0.0),
        (
            "aims:dependency ex:a ; aims:dependent ex:b ; aims:strength 0.2 ; "
            "aims:viaProperty ex:carries",
            0.2,
        ),
        # About another link, or the other way round.
        (
            "aims:dependency ex:a ; aims:dependent ex:b ; aims:strength 0.2 ; "
            "aims:viaProperty ex:other",
            0.5,
        ),
        ("aims:dependency ex:b ; aims:dependent ex:a ; aims:strength 0.2", 0.5),
        ("aims:dependency ex:a ; aims:dependent ex:c ; aims:strength 0.2", 0.5),
        # Not usable.
        ("aims:dependency ex:a ; aims:dependent ex:b", 0.5),
        ("aims:dependency ex:a ; aims:dependent 'b' ; aims:strength 0.2", 0.5),
        ("aims:dependency ex:a ; aims:strength 0.2", 0.5),
        ("aims:dependency ex:a ; aims:dependent ex:b ; aims:strength 'high'", 0.5),
        ("aims:dependency ex:a ; aims:dependent ex:b ; aims:strength 20", 0.5),
        ("aims:dependency ex:a ; aims:dependent ex:b ; aims:strength -1", 0.5),
        ("aims:dependency ex:a ; aims:dependent ex:b ; aims:strength 'NaN'^^xsd:double", 0.5),
        ("aims:dependency ex:a ; aims:dependent ex:b ; aims:strength ex:strong", 0.5),
        (
            "aims:dependency ex:a ; aims:dependent ex:b ; aims:strength 0.2 ; "
            "aims:viaProperty 'carries'",
            0.5,
        ),
    ],
)
def test_a_stated_strength_holds_for_the_link_and_the_way_that_it_names(
    assertion: str, weight: float
) -> None:
    facts = f"ex:a ex:carries ex:b . ex:says a aims:DependencyAssertion ; {assertion} ."
    assert flows(graph_of(PLAIN, facts)) == {("a", "b"): weight}


def test_of_a_strength_for_the_property_and_one_for_any_the_nearer_holds() -> None:
    facts = """
    ex:a ex:carries ex:b .
    ex:any a aims:DependencyAssertion ; aims:dependency ex:a ; aims:dependent ex:b ;
        aims:strength 0.9 .
    ex:via a aims:DependencyAssertion ; aims:dependency ex:a ; aims:dependent ex:b ;
        aims:strength 0.1 ; aims:viaProperty ex:carries .
    """
    assert flows(graph_of(PLAIN, facts)) == {("a", "b"): 0.1}


def test_of_several_strengths_the_strongest_holds() -> None:
    text = "ex:{} a aims:DependencyAssertion ; aims:dependency ex:a ; aims:dependent ex:b ; "
    facts = "".join(text.format(n) + f"aims:strength {s} ." for n, s in (("x", 0.8), ("y", 0.3)))
    assert flows(graph_of(PLAIN, "ex:a ex:carries ex:b ." + facts)) == {("a", "b"): 0.8}


def test_a_strength_of_one_way_leaves_the_other_to_the_rule() -> None:
    facts = """ex:a ex:carries ex:b . ex:x a aims:DependencyAssertion ; aims:dependency ex:a ;
        aims:dependent ex:b ; aims:strength 0.1 ."""
    found = flows(graph_of(pack_of(rule(direction="both")), facts))
    assert found == {("a", "b"): 0.1, ("b", "a"): 0.5}


# Barriers


@pytest.mark.parametrize(
    ("facts", "weight"),
    [
        (f"ex:f a aims:FailSafe ; aims:protects ex:b ; {LIVE}", 0.1),
        (f"ex:b aims:protectedBy ex:f . ex:f a aims:HumanLoop ; {LIVE}", 0.1),
        # Before the source, or nothing that could stop this effect.
        (f"ex:f a aims:FailSafe ; aims:protects ex:a ; {LIVE}", 0.5),
        (f"ex:f a aims:Monitor ; aims:protects ex:b ; {LIVE}", 0.5),
        # Never exercised, not in time, not yet, or not in force.
        ("ex:f a aims:FailSafe ; aims:protects ex:b", 0.5),
        (f"ex:f a aims:FailSafe ; aims:protects ex:b ; {LIVE.replace('2026', '2025')}", 0.5),
        (f"ex:f a aims:FailSafe ; aims:protects ex:b ; {LIVE.replace('06-01', '07-02')}", 0.5),
        ("ex:f a aims:FailSafe ; aims:protects ex:b ; aims:exercisedAt 'yesterday'", 0.5),
        (
            "ex:f a aims:FailSafe ; aims:protects ex:b ; "
            f'aims:validUntil "2026-07-01T00:00:00Z"^^xsd:dateTime ; {LIVE}',
            0.5,
        ),
        (
            "ex:f a aims:FailSafe ; aims:protects ex:b ; "
            f'aims:validUntil "2026-07-01T00:00:01Z"^^xsd:dateTime ; {LIVE}',
            0.1,
        ),
        (
            "ex:f a aims:FailSafe ; aims:protects ex:b ; "
            f'aims:validFrom "2026-07-02T00:00:00Z"^^xsd:dateTime ; {LIVE}',
            0.5,
        ),
        (
            f"ex:f a aims:FailSafe ; aims:protects ex:b ; aims:status aimsc:status-draft ; {LIVE}",
            0.5,
        ),
        (
            "ex:f a aims:FailSafe ; aims:protects ex:b ; "
            f"aims:status aimsc:status-withdrawn ; {LIVE}",
            0.5,
        ),
    ],
)
def test_a_barrier_weakens_only_where_it_is_in_force(facts: str, weight: float) -> None:
    text = f"ex:a ex:carries ex:b . ex:f aims:barrierEffectiveness 0.8 . {facts} ."
    assert flows(graph_of(BLOCKED, text)) == pytest.approx({("a", "b"): weight})
    (edge,) = graph_of(BLOCKED, text).edges
    assert (edge.barrier is not None) == (weight < 0.5)
    assert flows(graph_of(PLAIN, text)) == {("a", "b"): 0.5}


@pytest.mark.parametrize("share", ["80", "-0.5", "'strong'", "'NaN'^^xsd:double", "ex:strong", "0"])
def test_a_share_that_cannot_be_read_weakens_nothing(share: str) -> None:
    facts = (
        f"ex:f a aims:FailSafe ; aims:protects ex:b ; aims:barrierEffectiveness {share} ; {LIVE}"
    )
    (edge,) = graph_of(BLOCKED, f"ex:a ex:carries ex:b . {facts} .").edges
    assert (edge.weight, edge.barrier) == (0.5, None)


def test_of_several_barriers_the_strongest_counts_and_a_complete_one_closes() -> None:
    safe = "ex:{} a aims:FailSafe ; aims:protects ex:b ; aims:barrierEffectiveness {} ; {} ."
    facts = "ex:a ex:carries ex:b ." + safe.format("f", "0.4", LIVE) + safe.format("g", 1, LIVE)
    (edge,) = graph_of(BLOCKED, facts).edges
    assert edge.weight == 0
    assert edge.barrier is not None
    assert edge.barrier.fail_safe == ex("g")


# Time


@pytest.mark.parametrize(
    ("retired", "flowing"),
    [
        ('"2026-07-01T00:00:00Z"^^xsd:dateTime', False),
        ('"2026-07-01T00:00:01Z"^^xsd:dateTime', True),
        ('"2020-01-01"^^xsd:date', False),
        ("'soon'", True),
        ("ex:then", True),
    ],
)
@pytest.mark.parametrize("end", ["a", "b"])
def test_what_was_retired_passes_nothing_on_and_suffers_nothing(
    end: str, retired: str, flowing: bool
) -> None:
    facts = f"ex:a ex:carries ex:b . ex:{end} aims:retiredAt {retired} ."
    assert bool(graph_of(PLAIN, facts).edges) == flowing


# Rules that cannot be used


@pytest.mark.parametrize(
    "text",
    [
        rule(over="'carries'"),
        rule(direction="sideways"),
        rule(kinds="'harm'"),
        rule(weight="1.5"),
        rule(weight="-0.1"),
        rule(weight="'strong'"),
        rule(weight="'NaN'^^xsd:double"),
        rule(more="; aims:latencyHours -1"),
        rule(more="; aims:latencyHours 'soon'"),
        rule(more="; aims:latencyHours 'INF'^^xsd:double"),
        "ex:rule a aims:PropagationRule .",
        rule(more="; aims:combinator aimsc:combinator-sum"),
        rule().replace("aims:attenuation 0.5", ""),
    ],
)
def test_a_rule_that_cannot_be_used_is_a_failure(text: str) -> None:
    with pytest.raises(IntegrityError, match=r"the propagation rule .*/rule"):
        graph_of(pack_of(text), "ex:a ex:carries ex:b .")


def test_every_shipped_rule_can_be_used() -> None:
    reader = read(shipped_pack(), "")
    rules = propagation_rules(reader)
    assert len(rules) > 20
    assert len({r.iri for r in rules}) == len(rules)
    known = {t.subject for t in reader.match(None, AIMS.effectKind, None)}
    assert {r.iri for r in rules} == known


def test_what_gives_rise_to_what_is_read_from_the_pack() -> None:
    more = "aimsc:effect-quality aims:givesRiseTo aimsc:effect-harm , aimsc:effect-bias , 'x' ."
    graph = graph_of(pack_of(rule(), more), "")
    kinds = (SCHEME["effect-bias"], SCHEME["effect-harm"])
    assert graph.arising == {SCHEME["effect-quality"]: kinds}


# Against the words of the rules

NAMES = ("a", "b", "c")
PROPERTIES = ("carries", "carriedBy", "other")


@dataclass(frozen=True)
class Made:
    """A propagation rule, as the reference reads it."""

    over: str
    direction: str
    weight: float
    blocked: bool


@dataclass(frozen=True)
class World:
    """Facts, as the reference reads them."""

    triples: frozenset[tuple[str, str, str]]
    barriers: dict[str, float]
    strengths: dict[tuple[str, str, str], float]
    retired: frozenset[str]


SHARES = st.sampled_from([0.0, 0.25, 0.5, 1.0])
NODES = st.sampled_from(NAMES)
RULES = st.lists(
    st.builds(
        Made,
        st.sampled_from(PROPERTIES),
        st.sampled_from(["subject-to-object", "object-to-subject", "both"]),
        SHARES,
        st.booleans(),
    ),
    max_size=3,
)
WORLDS = st.builds(
    World,
    st.frozensets(st.tuples(NODES, st.sampled_from(PROPERTIES), NODES), max_size=6),
    st.dictionaries(NODES, SHARES, max_size=2),
    st.dictionaries(
        st.tuples(NODES, NODES, st.sampled_from(["", *PROPERTIES])), SHARES, max_size=3
    ),
    st.frozensets(NODES, max_size=1),
)


def as_turtle(world: World) -> str:
    lines = [f"ex:{s} ex:{p} ex:{o} ." for s, p, o in world.triples]
    for name, share in world.barriers.items():
        lines.append(
            f"ex:f-{name} a aims:FailSafe ; aims:protects ex:{name} ; {LIVE} ; "
            f"aims:barrierEffectiveness {share} ."
        )
    for (source, target, via), share in world.strengths.items():
        lines.append(
            f"[] a aims:DependencyAssertion ; aims:dependency ex:{source} ; aims:dependent "
            f"ex:{target} ; aims:strength {share} "
            + (f"; aims:viaProperty ex:{via} ." if via else ".")
        )
    lines += [
        f'ex:{name} aims:retiredAt "2026-01-01T00:00:00Z"^^xsd:dateTime .' for name in world.retired
    ]
    return "\n".join(lines)


def reference(rules: Iterable[Made], world: World) -> set[tuple[int, str, str, float]]:
    """Every edge, by asking each question of each pair of nodes and each rule."""
    found = set()
    inverse = {"carries": "carriedBy", "carriedBy": "carries"}
    for number, made in enumerate(rules):
        for one in NAMES:
            for other in NAMES:
                forward = (one, made.over, other) in world.triples
                back = (other, inverse.get(made.over, "-"), one) in world.triples
                if not (forward or back) or {one, other} & world.retired:
                    continue
                pairs = {
                    "subject-to-object": [(one, other)],
                    "object-to-subject": [(other, one)],
                    "both": [(one, other), (other, one)],
                }[made.direction]
                for source, target in pairs:
                    weight = made.weight
                    for via in ("", made.over):
                        weight = world.strengths.get((source, target, via), weight)
                    if made.blocked:
                        weight *= 1 - world.barriers.get(target, 0.0)
                    found.add((number, source, target, weight))
    return found


def check(made: list[Made], world: World) -> None:
    texts = [
        rule(
            f"r{number}",
            f"ex:{one.over}",
            one.direction,
            weight=str(one.weight),
            more="; aims:blockedByClass aims:FailSafe" if one.blocked else "",
        )
        for number, one in enumerate(made)
    ]
    graph = graph_of(pack_of(*texts), as_turtle(world))
    edges = [
        (int(local(e.rule.iri)[1:]), local(e.source), local(e.target), e.weight)
        for e in graph.edges
    ]
    assert len(edges) == len(set(edges))
    assert set(edges) == reference(made, world)
    assert [e for es in graph.outgoing.values() for e in es] == list(graph.edges)


@settings(deadline=None, max_examples=150)
@given(RULES, WORLDS)
def test_edges_are_those_that_the_rules_state(made: list[Made], world: World) -> None:
    check(made, world)


@pytest.mark.long
@settings(deadline=None, max_examples=4000)
@given(RULES, WORLDS)
def test_edges_are_those_that_the_rules_state_in_many_worlds(
    made: list[Made], world: World
) -> None:
    check(made, world)


def test_equal_edges_in_any_order_make_equal_graphs() -> None:
    graph = graph_of(
        pack_of(rule(direction="both")), "ex:a ex:carries ex:b , ex:c . ex:c ex:carries ex:b ."
    )
    turned: list[Edge] = list(reversed(graph.edges))
    assert DependencyGraph.of(turned) == graph
