"""Traces of random small graphs against a plain breadth-first reading of triples and rules."""

from collections.abc import Iterable
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.answers import trace_json
from engine.rdf import NamedNode
from engine.trace import Direction, Trace, trace
from tests.facts import ex, read, small_pack

# Narrow is within Wide; the others are apart.
CLASSES = ("Wide", "Narrow", "Other", "Third")
NAMES = ("a", "b", "c", "d")
LIVENESS = ("live", "stale", "mismatch")


@dataclass(frozen=True)
class Made:
    """A trace rule, as the reference reads it."""

    over: str
    backward: bool
    upper: str
    lower: str
    expected: bool


@dataclass(frozen=True)
class Fact:
    """A triple, and whether everybody may read it."""

    s: str
    p: str
    o: str
    shown: bool = True


# Source, target, property, class expected, state.
Hop = tuple[str, str | None, str, str, str]


def within(cls: str, other: str) -> bool:
    return cls == other or (cls, other) == ("Narrow", "Wide")


def related(cls: str, other: str) -> bool:
    return within(cls, other) or within(other, cls)


@dataclass(frozen=True)
class World:
    """Rules and facts; ``states``: of nodes that are evidence."""

    rules: tuple[Made, ...]
    facts: tuple[Fact, ...]
    states: tuple[tuple[str, str], ...] = ()

    def is_a(self, name: str, cls: str, everything: bool = True) -> bool:
        return any(
            fact.s == name and fact.p == "a" and within(fact.o, cls)
            for fact in self.facts
            if everything or fact.shown
        )

    def holds(self, s: str, p: str, o: str, everything: bool = True) -> bool:
        return any(
            (fact.s, fact.p, fact.o) == (s, p, o) and (everything or fact.shown)
            for fact in self.facts
        )

    def hops(self, name: str, way: str, everything: bool) -> set[Hop]:
        found: set[Hop] = set()
        for rule in self.rules:
            near, far = (rule.upper, rule.lower) if way == "down" else (rule.lower, rule.upper)
            if not self.is_a(name, near):
                continue
            some = False
            for other in NAMES:
                s, o = (other, name) if rule.backward == (way == "down") else (name, other)
                if not self.holds(s, rule.over, o) or not self.is_a(other, far):
                    continue
                some = True
                seen = everything or (
                    self.holds(s, rule.over, o, False)
                    and self.is_a(name, near, False)
                    and self.is_a(other, far, False)
                )
                lower = other if way == "down" else name
                state = dict(self.states).get(lower, "live") if seen else "hidden"
                found.add((name, other if seen else None, rule.over, far, state))
            if not some and rule.expected and way == "down":
                told = everything or self.is_a(name, near, False)
                found.add((name, None, rule.over, far, "missing" if told else "hidden"))
        return found

    def walk(self, start: str, way: str, everything: bool) -> set[Hop]:
        found: set[Hop] = set()
        expanded: set[str] = set()
        waiting = [start]
        while waiting:
            name = waiting.pop(0)
            if name in expanded:
                continue
            expanded.add(name)
            hops = self.hops(name, way, everything)
            found |= hops
            waiting += [target for _, target, _, _, _ in hops if target]
        return found

    def may_lead(self, cls: str, to: str, way: str, tried: frozenset[str] = frozenset()) -> bool:
        if related(cls, to):
            return True
        return any(
            related(cls, near) and far not in tried and self.may_lead(far, to, way, tried | {far})
            for rule in self.rules
            for near, far in [
                (rule.upper, rule.lower) if way == "down" else (rule.lower, rule.upper)
            ]
        )

    def leading(self, hops: set[Hop], to: str, way: str) -> set[Hop]:
        def leads(hop: Hop, tried: frozenset[Hop]) -> bool:
            _, target, _, expects, _ = hop
            if target is None:
                return self.may_lead(expects, to, way)
            return self.is_a(target, to) or any(
                leads(other, tried | {other}) for other in hops - tried if other[0] == target
            )

        return {hop for hop in hops if leads(hop, frozenset({hop}))}


def reached(world: World, start: str, hops: set[Hop], to: str | None) -> set[str]:
    alive = {start}
    for _ in NAMES:
        alive |= {t for s, t, _, _, state in hops if state == "live" and s in alive and t}
    return {name for name in alive - {start} if to is None or world.is_a(name, to)}


FACTS = st.lists(
    st.one_of(
        st.builds(
            Fact, st.sampled_from(NAMES), st.just("a"), st.sampled_from(CLASSES), st.booleans()
        ),
        st.builds(
            Fact,
            st.sampled_from(NAMES),
            st.sampled_from("pq"),
            st.sampled_from(NAMES),
            st.booleans(),
        ),
    ),
    min_size=3,
    max_size=14,
    unique_by=lambda fact: (fact.s, fact.p, fact.o),
).map(tuple)
CLASS = st.sampled_from(CLASSES)
RULES = st.lists(
    st.builds(Made, st.sampled_from("pq"), st.booleans(), CLASS, CLASS, st.booleans()),
    min_size=1,
    max_size=4,
    unique=True,
).map(tuple)
STATES = st.lists(
    st.tuples(st.sampled_from(NAMES), st.sampled_from(LIVENESS)),
    max_size=2,
    unique_by=lambda p: p[0],
).map(tuple)
WORLDS = st.builds(World, RULES, FACTS, STATES)
WAYS = st.sampled_from(["down", "up"])


def rule_text(number: int, rule: Made) -> str:
    way = "object-to-subject" if rule.backward else "subject-to-object"
    return f"""
    ex:rule{number} a aims:TraceRule ; aims:overProperty ex:{rule.over} ;
        aims:direction aimsc:direction-{way} ; aims:fromClass ex:{rule.upper} ;
        aims:toClass ex:{rule.lower} ; aims:expected {str(rule.expected).lower()} .
    """


def turtle(facts: Iterable[Fact]) -> str:
    return "".join(
        f"ex:{f.s} a ex:{f.o} ." if f.p == "a" else f"ex:{f.s} ex:{f.p} ex:{f.o} ." for f in facts
    )


def traced(
    world: World, start: str, way: Direction, to: str | None, everything: bool
) -> Trace | None:
    """The engine's answer; None where nothing is known of the start."""
    rules = "".join(rule_text(number, rule) for number, rule in enumerate(world.rules))
    pack = small_pack("ex:Narrow rdfs:subClassOf ex:Wide ." + rules, "tool/link-reviews")
    states = "".join(
        f"ex:{name} a aims:Evidence ; aims:livenessState aimsc:liveness-{state} ."
        for name, state in world.states
    )
    parts = {
        "open": turtle(fact for fact in world.facts if fact.shown) + states,
        "closed": turtle(fact for fact in world.facts if not fact.shown),
    }
    full = read(pack, parts)
    reader = full if everything else read(pack, parts, compartments=frozenset({"open"}))
    if not (reader.contains(ex(start)) or reader.contains(o=ex(start))):
        return None
    target = ex(to) if to else None
    answer = trace(reader, ex(start), to=target, direction=way, full=None if everything else full)
    shown = {name for fact in world.facts if fact.shown for name in (fact.s, fact.o)}
    shown |= {name for name, _ in world.states}
    told = str(trace_json(reader, answer))
    assert everything or not any(f"org/{name}'" in told for name in set(NAMES) - shown - {start})
    return answer


def local(node: object) -> str:
    return node.value.rpartition("/")[2] if isinstance(node, NamedNode) else "?"


def check(world: World, start: str, way: Direction, to: str | None, everything: bool) -> None:
    answer = traced(world, start, way, to, everything)
    if answer is None:
        return
    expected = world.walk(start, way, everything)
    if to is not None:
        expected = world.leading(expected, to, way)
    found = [
        (
            local(h.source),
            local(h.target) if h.target else None,
            local(h.over),
            local(h.expects),
            h.state.value,
        )
        for h in answer.hops
    ]
    assert len(found) == len(set(found))
    assert set(found) == expected
    names = reached(world, start, expected, to)
    assert sorted(map(local, answer.reached)) == sorted(names)
    assert list(answer.breaks) == [hop for hop in answer.hops if hop.state != "live"]
    assert answer.complete == (bool(names) and not answer.breaks)
    depths = [hop.depth for hop in answer.hops]
    assert depths == sorted(depths)


@settings(deadline=None, max_examples=200)
@given(WORLDS, WAYS)
def test_every_hop_and_end_is_as_the_rules_and_triples_say(world: World, way: Direction) -> None:
    check(world, "a", way, None, everything=True)


@settings(deadline=None, max_examples=200)
@given(WORLDS, WAYS, CLASS)
def test_towards_a_class_only_what_may_lead_there_is_told(
    world: World, way: Direction, to: str
) -> None:
    check(world, "a", way, to, everything=True)


@settings(deadline=None, max_examples=200)
@given(WORLDS, WAYS, st.none() | CLASS)
def test_what_a_view_does_not_show_is_hidden_never_missing_and_never_named(
    world: World, way: Direction, to: str | None
) -> None:
    check(world, "a", way, to, everything=False)


@pytest.mark.long
@settings(deadline=None, max_examples=5000)
@given(WORLDS, WAYS, st.none() | CLASS, st.booleans())
def test_many_worlds(world: World, way: Direction, to: str | None, everything: bool) -> None:
    check(world, "a", way, to, everything)


@settings(deadline=None, max_examples=100)
@given(WORLDS)
def test_both_ways_are_the_one_and_then_the_other(world: World) -> None:
    answers = [traced(world, "a", way, None, True) for way in ("down", "up", "both")]
    down, up, both = answers
    if down is not None and up is not None and both is not None:
        assert both.hops == down.hops + up.hops
        assert both.reached == tuple(dict.fromkeys(down.reached + up.reached))
