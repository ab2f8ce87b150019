"""What reviews, views, ends of the graph and faulty rules make of links."""

from collections.abc import Mapping

import pytest

from engine.errors import IntegrityError, NotFoundError
from engine.knowledge import shipped_pack
from engine.rdf import BlankNode, NamedNode
from engine.snapshot import LastChange
from engine.trace import Trace, trace, trace_rules
from engine.vocab import AIMS
from tests.facts import ex, read, small_pack
from tests.trace.policies import CLASSES, ONE, PACK, POLICIES, policies, rule, told

# Reviews


def changed(known: Mapping[tuple[str, bool], int]) -> LastChange:
    """Last changes by node and whether only some predicates are asked for."""

    def look(node: NamedNode, predicates: frozenset[NamedNode] | None) -> int | None:
        assert predicates in (None, frozenset({AIMS.version}))
        return known.get((node.value.rpartition("/")[2], predicates is not None))

    return look


def review(sequence: str, over: str = "aims:implements", name: str = "review") -> str:
    return f"""ex:{name} a aims:LinkReview ; aims:reviewOf ex:need ; aims:reviewedLinkTo ex:policy ;
        aims:viaProperty {over} ; aims:reviewedAtSequence {sequence} ."""


@pytest.mark.parametrize(
    ("reviews", "at", "suspect"),
    [
        ("", 9, False),
        (review("5"), 4, False),
        (review("5"), 5, False),
        (review("5"), 6, True),
        (review("5") + review("7", name="again"), 6, False),
        (review("5", over="aims:other"), 6, False),
        (review("'five'"), 6, False),
        (review("-1"), 6, False),
        (review("5") + review("'five'", name="again"), 4, False),
    ],
)
def test_a_reviewed_link_is_suspect_once_its_target_changed(
    reviews: str, at: int, suspect: bool
) -> None:
    answer = policies(f"{ONE} . {reviews}", last_change=changed({("policy", False): at}))
    state, reason = told(answer)["policy"]
    assert state == ("suspect" if suspect else "live")
    assert reason == (
        f"reviewed at entry 5, but the target changed at entry {at}" if suspect else ""
    )
    assert bool(answer.breaks) == suspect


def test_only_changes_of_what_the_rule_watches_count() -> None:
    facts = f"{ONE} . {review('5')}"
    for watched, state in ((4, "live"), (6, "suspect")):
        look = changed({("policy", True): watched, ("policy", False): 8})
        answer = trace(read(PACK, facts, last_change=look), ex("need"))
        assert told(answer)["policy"][0] == state


def test_without_history_nothing_is_suspect() -> None:
    assert told(policies(f"{ONE} . {review('1')}"))["policy"] == ("live", "")


def test_what_one_of_two_rules_finds_at_fault_is_at_fault() -> None:
    """Both rules end at the same class; only the second watches what changed."""
    first = rule("implements", "Requirement", "Policy", "; aims:watchedPredicate aims:status")
    second = rule("implements", "Requirement", "Policy").replace("ex:implements-Policy", "ex:z")
    facts = f"{ONE} . {review('5')}"

    def look(node: NamedNode, predicates: frozenset[NamedNode] | None) -> int | None:
        return 4 if predicates else 6

    for rules in (first + second, second + first.replace("ex:implements-Policy", "ex:zz")):
        pack = small_pack(CLASSES + rules, "tool/link-reviews")
        answer = trace(read(pack, facts, last_change=look), ex("need"))
        assert [hop.state for hop in answer.hops] == ["suspect"]


# Views


PARTS = {
    "open": ONE + ". ex:proof a aims:Evidence ; aims:supports ex:policy .",
    "closed": "ex:secret aims:supersedes ex:policy . " + review("5"),
}


def seen(parts: Mapping[str, str], look: LastChange | None = None) -> Trace:
    full = read(PACK, parts, last_change=look)
    reader = read(PACK, parts, compartments=frozenset({"open"}), last_change=look)
    return trace(reader, ex("need"), full=full)


def test_a_state_that_rests_on_what_is_not_shown_is_told_without_its_reason() -> None:
    hop = next(hop for hop in seen(PARTS).hops if hop.target == ex("policy"))
    assert hop.state == "stale"
    assert hop.reason == "for a reason recorded in a compartment that this view does not read"
    shown = {"open": PARTS["open"] + "ex:next aims:supersedes ex:policy .", "closed": ""}
    hop = next(hop for hop in seen(shown).hops if hop.target == ex("policy"))
    assert hop.reason == "superseded"


def test_a_review_that_is_not_shown_is_not_quoted() -> None:
    parts = PARTS | {"closed": review("5")}
    look = changed({("policy", True): 9, ("policy", False): 9})
    hop = next(h for h in seen(parts, look).hops if h.target == ex("policy"))
    assert (hop.state, "entry" in hop.reason) == ("suspect", False)


# Ends of the graph


@pytest.mark.parametrize("start", [ex("nobody"), BlankNode("x")])
def test_a_start_of_which_nothing_is_recorded_is_not_found(start: NamedNode) -> None:
    with pytest.raises(NotFoundError, match="nothing is recorded"):
        trace(read(POLICIES, ONE + "."), start)


def test_where_no_rule_applies_there_is_nothing_to_follow() -> None:
    answer = trace(read(POLICIES, "ex:x rdfs:label 'alone' ."), ex("x"), direction="both")
    assert (answer.hops, answer.reached, answer.breaks, answer.complete) == ((), (), (), False)


def test_text_where_a_record_should_be_is_a_missing_record() -> None:
    pack = small_pack(
        "ex:r a aims:TraceRule ; aims:overProperty aims:ownedBy ; aims:fromClass aims:Policy ; "
        "aims:toClass aims:Party ; aims:direction aimsc:direction-subject-to-object ; "
        "aims:expected true . aims:Party skos:prefLabel 'party'@en .",
        "tool/link-reviews",
    )
    answer = trace(read(pack, "ex:policy a aims:Policy ; aims:ownedBy 'Bob' ."), ex("policy"))
    (hop,) = answer.breaks
    assert (hop.target, hop.state, hop.reason) == (None, "missing", "no party is recorded here")


def test_a_link_to_itself_and_a_ring_end() -> None:
    pack = small_pack(
        "ex:r a aims:TraceRule ; aims:overProperty aims:follows ; aims:fromClass aims:Policy ; "
        "aims:toClass aims:Policy ; aims:direction aimsc:direction-subject-to-object .",
        "tool/link-reviews",
    )
    facts = (
        "ex:a a aims:Policy ; aims:follows ex:a , ex:b . ex:b a aims:Policy ; aims:follows ex:a ."
    )
    answer = trace(read(pack, facts), ex("a"), direction="both", to=AIMS.Policy)
    assert [(h.source, h.target, h.depth) for h in answer.hops if h.direction == "down"] == [
        (ex("a"), ex("a"), 1),
        (ex("a"), ex("b"), 1),
        (ex("b"), ex("a"), 2),
    ]
    assert answer.reached == (ex("b"),)


# Rules


@pytest.mark.parametrize(
    "fault",
    [
        ("aims:overProperty aims:implements", "aims:overProperty 'implements'"),
        ("aims:fromClass aims:Requirement", "rdfs:label 'x'"),
        ("aims:toClass aims:Policy", "aims:toClass 'Policy'"),
        ("aims:direction aimsc:direction-object-to-subject", "rdfs:label 'x'"),
        ("direction-object-to-subject", "direction-both"),
    ],
)
def test_a_rule_that_cannot_be_used_is_a_failure(fault: tuple[str, str]) -> None:
    pack = small_pack(
        rule("implements", "Requirement", "Policy").replace(*fault), "tool/link-reviews"
    )
    with pytest.raises(IntegrityError, match="the trace rule"):
        trace(read(pack, ONE + "."), ex("need"))


def test_every_shipped_rule_can_be_used_and_each_way_once() -> None:
    rules = trace_rules(read(shipped_pack(), ""))
    assert len(rules) > 40
    ways = {(r.over, r.backward, r.source_class, r.target_class) for r in rules}
    assert len(ways) == len(rules)
