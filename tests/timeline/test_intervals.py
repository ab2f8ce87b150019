"""Intervals from steps, against a slow reading of every point."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from engine.rdf import NamedNode
from engine.shacl import Finding
from engine.timeline import Interval, Point, Result, Step, intervals
from engine.vocab import AIMS, SH

START = datetime(2026, 7, 1, tzinfo=UTC)


def result(name: str, message: str = "") -> Result:
    node = NamedNode(f"https://example.org/{name}")
    return Result(AIMS.rule, node, None, None, AIMS.component, SH.Violation, message or name)


def finding(name: str, message: str = "") -> Finding:
    made = result(name, message)
    return Finding(
        *(made.rule, made.focus, None, None, made.rule, None),
        *(made.component, made.severity, made.message),
    )


def point(at: int) -> Point:
    cause = "entry" if at % 2 else "time"
    return Point(2 + at // 2, START + timedelta(days=at // 2), cause)  # type: ignore[arg-type]


def steps(states: list[frozenset[str]]) -> list[Step]:
    """Steps from each state to the next."""
    found = []
    for at, (one, other) in enumerate(pairwise(states)):
        added = tuple(map(result, sorted(other - one)))
        found.append(Step(point(at), added, tuple(map(result, sorted(one - other)))))
    return found


def slow(states: list[frozenset[str]]) -> Iterable[tuple[str, Point | None, Point | None]]:
    """Each maximal run of states that hold a name, but for those that hold it from end to end."""
    for name in sorted(frozenset().union(*states)):
        began: Point | None = None
        for at, state in enumerate(states):
            if name in state and (at == 0 or name not in states[at - 1]):
                began = point(at - 1) if at else None
            last = at == len(states) - 1
            if name in state and (last or name not in states[at + 1]):
                until = None if last else point(at)
                if began or until:
                    yield name, began, until


@given(st.lists(st.frozensets(st.sampled_from("abcd")), min_size=1, max_size=8))
def test_intervals_are_the_runs_of_states(states: list[frozenset[str]]) -> None:
    found = intervals(steps(states))
    given = Counter((i.result.message, i.since, i.until) for i in found)
    assert given == Counter(slow(states))


def test_the_gravest_come_first() -> None:
    warning = Result(*(AIMS.rule, AIMS.a, None, None, AIMS.component, SH.Warning, "w"))
    step = Step(point(1), (warning, result("v")))
    assert [i.result.message for i in intervals([step])] == ["v", "w"]


def test_other_words_are_the_same_result() -> None:
    old, new = finding("x", message="since 1 May"), finding("x", message="since 2 May")
    other = finding("y")
    assert Step.between(point(0), [old], [new, other]) == Step(point(0), (Result.of(other),))
    assert Step.between(point(0), [old, old], [new]).healed == (Result.of(old),)


def test_it_ends_under_the_words_it_has_then() -> None:
    began = Step(point(0), (result("x", "as it began"),))
    ended = Step(point(3), (), (result("x", "as it ended"),))
    assert intervals([began, ended]) == (Interval(result("x", "as it ended"), point(0), point(3)),)
