"""Steps of the path through positions and instants, and the intervals that results have on it."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal as Choice

from engine.rdf import NamedNode, Node, Term
from engine.severity import rank
from engine.shacl import Finding

Cause = Choice["entry", "time"]
Key = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """A rule result as it is compared over time: without what differs from parse to parse."""

    rule: Node
    focus: Term
    path: str | None
    value: Term | None
    component: NamedNode
    severity: NamedNode
    message: str

    @classmethod
    def of(cls, finding: Finding) -> "Result":
        """``finding`` without its shape and constraint, which may be blank nodes."""
        return cls(
            *(finding.rule, finding.focus, finding.path, finding.value),
            *(finding.component, finding.severity, finding.message),
        )

    @property
    def key(self) -> Key:
        """What makes it the same result in other words, where a name or date in them changes."""
        return (self.rule, self.focus, self.path, self.value, self.component, self.severity)


@dataclass(frozen=True, slots=True)
class Point:
    """Where a result began or ended: with the entry ``sequence``, or with the time before it."""

    sequence: int
    at: datetime
    cause: Cause


@dataclass(frozen=True, slots=True)
class Step:
    """What an entry, or the time until it, did. ``unjudged``: rules of which nothing is known."""

    point: Point
    added: tuple[Result, ...] = ()
    healed: tuple[Result, ...] = ()
    unjudged: tuple[str, ...] = ()

    @classmethod
    def between(
        cls,
        point: Point,
        before: Iterable[Finding],
        after: Iterable[Finding],
        unjudged: Iterable[Node] = (),
    ) -> "Step":
        """Those of ``after`` beyond ``before`` came, those of ``before`` beyond ``after`` went."""
        old, new = [Result.of(f) for f in before], [Result.of(f) for f in after]
        names = tuple(sorted(map(str, unjudged)))
        return cls(point, _beyond(new, old), _beyond(old, new), names)


def _beyond(results: list[Result], others: list[Result]) -> tuple[Result, ...]:
    left = Counter(result.key for result in others)
    found = []
    for result in results:
        if left[result.key]:
            left[result.key] -= 1
        else:
            found.append(result)
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Interval:
    """Where ``result`` holds. ``since`` None: from before, ``until`` None: to the end and on."""

    result: Result
    since: Point | None
    until: Point | None


def intervals(steps: Iterable[Step]) -> tuple[Interval, ...]:
    """The intervals that begin or end within ``steps``, gravest first, then as they begin."""
    held: defaultdict[Key, list[tuple[Result, Point]]] = defaultdict(list)
    found: list[Interval] = []
    for step in steps:
        for result in step.healed:
            known = held[result.key]
            since = known.pop(0)[1] if known else None
            found.append(Interval(result, since, step.point))
        for result in step.added:
            held[result.key].append((result, step.point))
    found += (Interval(result, since, None) for all_of in held.values() for result, since in all_of)
    return tuple(sorted(found, key=_order))


def _order(interval: Interval) -> tuple[object, ...]:
    since, until = interval.since, interval.until
    last = since or until
    assert last is not None
    result = interval.result
    return (
        *(rank(result.severity), last.sequence, last.cause == "entry", since is None),
        *(str(result.rule), str(result.focus), result.message),
    )
