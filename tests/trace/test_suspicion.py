"""Suspicion that links below have from a suspect one, against every path tried in turn."""

from collections.abc import Iterator
from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.answers import trace_json
from engine.rdf import NamedNode
from engine.snapshot import LastChange, Reader
from engine.trace import Trace, TraceHop, trace
from engine.vocab import AIMS
from tests.facts import ex, read, small_pack
from tests.trace.policies import CLASSES, rule

NAMES = ("a", "b", "c", "d", "e")
# Upper end, lower end, property: q leads upwards in the graph.
Link = tuple[str, str, str]
PACK = small_pack(
    CLASSES
    + "".join(
        f"""ex:{over}-rule a aims:TraceRule ; aims:overProperty ex:{over} ;
            aims:fromClass aims:Policy ; aims:toClass aims:Policy ;
            aims:direction aimsc:direction-{way} ."""
        for over, way in (("p", "subject-to-object"), ("q", "object-to-subject"))
    ),
    "tool/link-reviews",
)


@dataclass(frozen=True)
class World:
    """Links between policies; when which was reviewed and which policy last changed."""

    links: frozenset[Link]
    reviews: dict[Link, int]
    changes: dict[str, int]
    withdrawn: frozenset[str]

    def own(self, link: Link) -> str:
        """The state of ``link`` by itself."""
        if link[1] in self.withdrawn:
            return "stale"
        reviewed = self.reviews.get(link)
        return "live" if reviewed is None or self.changes.get(link[1], 0) <= reviewed else "suspect"

    def paths(self, start: str, end: str, tried: frozenset[Link] = frozenset()) -> Iterator[int]:
        """The newest review on each way down from ``start`` to ``end``."""
        if start == end:
            yield 0
        for link in self.links - tried:
            if link[0] == start:
                for newest in self.paths(link[1], end, tried | {link}):
                    yield max(newest, self.reviews.get(link, 0))

    def inherited(self, link: Link) -> int:
        """The newest change that makes ``link`` suspect from above, 0 for none."""
        own = self.reviews.get(link, 0)
        above = (other for other in self.links if self.own(other) == "suspect")
        changes = [
            self.changes[lower]
            for _, lower, _ in above
            for newest in self.paths(lower, link[0])
            if max(newest, own) < self.changes[lower]
        ]
        return max(changes, default=0)


LINK = st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES), st.sampled_from("pq"))
WORLDS = st.frozensets(LINK, min_size=3, max_size=8).flatmap(
    lambda links: st.builds(
        World,
        st.just(links),
        st.dictionaries(
            st.sampled_from(sorted(links)) | LINK, st.integers(1, 6), min_size=2, max_size=6
        ),
        st.fixed_dictionaries({name: st.integers(1, 8) for name in NAMES}),
        st.frozensets(st.sampled_from(NAMES), max_size=1),
    )
)


def review(link: Link, at: int) -> str:
    upper, lower, over = link
    return f"""ex:review-{upper}{lower}{over} a aims:LinkReview ; aims:reviewOf ex:{upper} ;
        aims:reviewedLinkTo ex:{lower} ; aims:viaProperty ex:{over} ;
        aims:reviewedAtSequence {at} ."""


def facts(world: World) -> str:
    text = "".join(f"ex:{name} a aims:Policy ." for name in NAMES)
    text += "".join(f"ex:{name} aims:status aimsc:status-withdrawn ." for name in world.withdrawn)
    for upper, lower, over in world.links:
        s, o = (upper, lower) if over == "p" else (lower, upper)
        text += f"ex:{s} ex:{over} ex:{o} ."
    return text + "".join(review(link, at) for link, at in world.reviews.items())


def local(node: object) -> str:
    assert isinstance(node, NamedNode)
    return node.value.rpartition("/")[2]


def looking(changes: dict[str, int]) -> LastChange:
    return lambda node, predicates: changes.get(local(node))


def link_of(hop: TraceHop) -> Link:
    ends = (local(hop.source), local(hop.target))
    upper, lower = ends if hop.direction == "down" else ends[::-1]
    return upper, lower, local(hop.over)


@settings(deadline=None, max_examples=100)
@given(WORLDS)
def test_suspicion_goes_down_every_path_until_a_later_review(world: World) -> None:
    reader = read(PACK, facts(world), last_change=looking(world.changes))
    for start in NAMES:
        for hop in trace(reader, ex(start), direction="both").hops:
            link = link_of(hop)
            own, newest = world.own(link), world.inherited(link)
            assert hop.state == ("suspect" if own == "live" and newest else own), link
            assert (hop.inherited_from is not None) == (own == "live" and newest > 0), link
            if hop.inherited_from:
                cause = [local(end) for end in hop.inherited_from]
                assert world.changes[cause[1]] == newest
                assert any(world.own((*cause, over)) == "suspect" for over in "pq")  # type: ignore[arg-type]
                assert f"changed at entry {newest}" in hop.reason


CHAIN = World(
    frozenset({("a", "b", "p"), ("b", "c", "p"), ("c", "d", "q"), ("e", "b", "p")}),
    {("a", "b", "p"): 5},
    {"b": 8},
    frozenset(),
)


def states(answer: Trace) -> dict[str, str]:
    return {"".join(link_of(hop)): hop.state.value for hop in answer.hops}


def chain(start: str = "a", **reviews: int) -> Trace:
    more = {(key[0], key[1], key[2]): at for key, at in reviews.items()}
    world = World(CHAIN.links, CHAIN.reviews | more, CHAIN.changes, CHAIN.withdrawn)
    return trace(read(PACK, facts(world), last_change=looking(world.changes)), ex(start))


def test_a_link_is_worth_the_same_from_wherever_it_is_looked_at() -> None:
    assert states(chain()) == {"abp": "suspect", "bcp": "suspect", "cdq": "suspect"}
    # The change of b concerns what lies below b, by whatever link one comes to it.
    assert states(chain("e")) == {"ebp": "live", "bcp": "suspect", "cdq": "suspect"}
    assert states(chain("c")) == {"cdq": "suspect"}
    assert chain("e").reached == (ex("b"),)
    assert [local(hop.target) for hop in chain("e").breaks] == ["c", "d"]


def test_a_new_review_of_the_suspect_link_clears_what_lies_below() -> None:
    assert set(states(chain(abp=8)).values()) == {"live"}


def test_who_reviews_a_link_below_after_the_change_clears_it_and_what_follows() -> None:
    assert states(chain(bcp=8)) == {"abp": "suspect", "bcp": "live", "cdq": "live"}
    assert states(chain(cdq=9)) == {"abp": "suspect", "bcp": "suspect", "cdq": "live"}
    assert states(chain(bcp=7))["bcp"] == "suspect"


def test_the_newest_of_two_changes_above_counts() -> None:
    links = {("a", "b", "p"), ("b", "d", "p"), ("a", "c", "p"), ("c", "d", "p"), ("d", "e", "p")}
    reviews = {("a", "b", "p"): 1, ("a", "c", "p"): 1, ("d", "e", "p"): 5}
    for changes, state in (({"b": 7, "c": 3}, "suspect"), ({"b": 3, "c": 4}, "live")):
        world = World(frozenset(links), reviews, changes, frozenset())
        answer = trace(read(PACK, facts(world), last_change=looking(changes)), ex("d"))
        assert states(answer) == {"dep": state}


def test_the_answer_names_the_link_from_which_suspicion_comes() -> None:
    answer = chain()
    reader = read(PACK, facts(CHAIN), last_change=looking(CHAIN.changes))
    told = trace_json(reader, answer)["hops"]
    assert isinstance(told, list)
    assert told[0]["inherited_from"] is None
    for hop in told[1:]:
        assert hop["inherited_from"]["source"]["iri"] == ex("a").value
        assert hop["inherited_from"]["target"]["iri"] == ex("b").value
        assert hop["reason"].endswith("was reviewed")


def test_suspicion_from_what_is_not_shown_is_told_without_its_cause() -> None:
    shown = World(frozenset({("b", "c", "p")}), {}, {}, frozenset())
    hidden = "ex:a a aims:Policy ; ex:p ex:b ." + review(("a", "b", "p"), 5)

    def reader(compartments: frozenset[str] | None) -> Reader:
        parts = {"open": facts(shown), "closed": hidden}
        look = looking(CHAIN.changes)
        return read(PACK, parts, compartments=compartments, last_change=look)

    closed = reader(frozenset({"open"}))
    answer = trace(closed, ex("b"), full=reader(None))
    (hop,) = answer.hops
    assert (hop.state, hop.inherited_from) == ("suspect", None)
    assert hop.reason == "for a reason recorded in a compartment that this view does not read"
    (hop,) = trace(reader(None), ex("b")).hops
    assert hop.inherited_from == (ex("a"), ex("b"))


def test_a_record_that_took_anothers_place_goes_on_doing_so_under_suspicion() -> None:
    """Suspicion is no reason to fall back on what has ended."""
    pack = small_pack(
        CLASSES
        + rule("implements", "Requirement", "Policy")
        + rule("supports", "Policy", "Policy"),
        "tool/link-reviews",
    )
    text = f"""
    ex:need a aims:Requirement . ex:policy a aims:Policy ; aims:implements ex:need .
    ex:old a aims:Policy ; aims:supports ex:policy .
    ex:new a aims:Policy ; aims:supports ex:policy ; aims:supersedes ex:old .
    ex:seen a aims:LinkReview ; aims:reviewOf ex:need ; aims:reviewedLinkTo ex:policy ;
        aims:viaProperty {AIMS.implements} ; aims:reviewedAtSequence 5 .
    """
    reader = read(pack, text, last_change=looking({"policy": 9}))
    found = {local(hop.target): hop for hop in trace(reader, ex("need")).hops if hop.target}
    assert (found["new"].state, found["new"].replaced) == ("suspect", False)
    assert (found["old"].state, found["old"].replaced) == ("stale", True)
    assert all(hop.inherited_from is None or hop.state == "suspect" for hop in found.values())


def test_the_reference_tries_every_path() -> None:
    """The slow reference itself, on a ring."""
    ring = World(
        frozenset({("a", "b", "p"), ("b", "c", "p"), ("c", "a", "p")}),
        {("a", "b", "p"): 1},
        {"b": 2},
        frozenset(),
    )
    inherited = {link[:2]: ring.inherited(link) for link in ring.links}
    assert inherited == {("a", "b"): 2, ("b", "c"): 2, ("c", "a"): 2}
    assert ring.own(("a", "b", "p")) == "suspect"
