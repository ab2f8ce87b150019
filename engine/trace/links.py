"""What one link is worth to a chain: the state of a hop, and why."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property

from engine.rdf import Literal, NamedNode, Node, is_node
from engine.snapshot import Reader
from engine.trace.currency import failed, lapse, outdated, stands_in
from engine.trace.rules import TraceRule, Way
from engine.trace.suspicion import NEVER, Doubt, spread
from engine.vocab import AIMS, SCHEME

_ELSEWHERE = "recorded in a compartment that this view does not read"


class HopState(StrEnum):
    """What a hop is worth; only LIVE carries a chain."""

    LIVE = "live"
    STALE = "stale"
    FAILED = "failed"
    SUSPECT = "suspect"
    MISSING = "missing"
    UNVERIFIED = "unverified"
    MISMATCH = "mismatch"
    DISPOSED = "disposed"
    HIDDEN = "hidden"


# What ends in the course of things, so that something else may have taken its place.
_ENDED = (HopState.STALE, HopState.DISPOSED, HopState.FAILED)


@dataclass(frozen=True, slots=True)
class Link:
    """A link that a rule follows from a node to ``target``.

    ``replaced``: another does its work. ``inherited_from``: the ends of the suspect link above
    from which it has its suspicion.
    """

    target: Node
    state: HopState
    reason: str
    replaced: bool = False
    inherited_from: tuple[Node, Node] | None = None


class Judge:
    """Judges links by everything that ``reader`` sees, and tells what ``caller`` may know of it."""

    def __init__(self, reader: Reader, caller: Reader, rules: Sequence[TraceRule]) -> None:
        self.reader = reader
        self._whole = _Sight(reader, rules)
        self._seen = self._whole if caller is reader else _Sight(caller, rules)
        self.caller = caller

    def links(self, node: Node, rule: TraceRule, way: Way) -> list[Link]:
        """The links of ``node`` under ``rule``, which must concern it, by the IRI of the target."""
        found = [
            Link(target, *self._state(node, target, rule, way))
            for target in self._whole.targets(node, rule, way)
        ]
        standing = self._replaced(found) if way == "down" else found
        return [self._doubted(node, link, rule, way) for link in standing]

    def _doubted(self, node: Node, link: Link, rule: TraceRule, way: Way) -> Link:
        """``link``, suspect if it is live below a suspect one."""
        upper, lower = (node, link.target) if way == "down" else (link.target, node)
        doubt = self._whole.doubt(upper, lower, rule) if link.state is HopState.LIVE else None
        if doubt is None:
            return link
        if self._seen.doubt(upper, lower, rule) != doubt:
            return replace(link, state=HopState.SUSPECT, reason=f"for a reason {_ELSEWHERE}")
        told = (
            f"rests on {self.caller.label(doubt.lower)}, which changed at entry {doubt.changed}, "
            f"after the link to it from {self.caller.label(doubt.upper)} was reviewed"
        )
        ends = (doubt.upper, doubt.lower)
        return replace(link, state=HopState.SUSPECT, reason=told, inherited_from=ends)

    def _state(self, node: Node, target: Node, rule: TraceRule, way: Way) -> tuple[HopState, str]:
        if self._seen is not self._whole and not self._visible(node, target, rule, way):
            return HopState.HIDDEN, _ELSEWHERE
        upper, lower = (node, target) if way == "down" else (target, node)
        state, reason = self._whole.judged(upper, lower, rule)
        if state is not HopState.LIVE and self._seen.judged(upper, lower, rule) != (state, reason):
            return state, f"for a reason {_ELSEWHERE}"
        return state, reason

    def _visible(self, node: Node, target: Node, rule: TraceRule, way: Way) -> bool:
        near, far = rule.ends(way)
        subject, obj = (target, node) if rule.backward == (way == "down") else (node, target)
        stated = self.caller.contains(subject, rule.over, obj)
        return stated and self.caller.is_a(node, near) and self.caller.is_a(target, far)

    def _replaced(self, links: list[Link]) -> list[Link]:
        live = [link for link in links if link.state is HopState.LIVE]
        return [self._against(link, live) for link in links] if live else links

    def _against(self, link: Link, live: Sequence[Link]) -> Link:
        """``link`` as it stands beside those that are live at the same place."""
        old = link.state is HopState.LIVE and outdated(self.reader, link.target)
        if not old and link.state not in _ENDED:
            return link
        for other in live:
            if other is not link and stands_in(self.reader, other.target, link.target):
                why = "performed before the period" if old else link.reason
                told = f"{why}, and {self.caller.label(other.target)} takes its place"
                return replace(
                    link, state=HopState.STALE if old else link.state, reason=told, replaced=True
                )
        return link


class _Sight:
    """What one reader makes of a link."""

    def __init__(self, reader: Reader, rules: Sequence[TraceRule]) -> None:
        self._reader = reader
        self._rules = rules

    def targets(self, node: Node, rule: TraceRule, way: Way) -> list[Node]:
        """The far ends of the links of ``node`` under ``rule``, by IRI."""
        far = rule.ends(way)[1]
        if rule.backward == (way == "down"):
            ends: set[object] = {t.subject for t in self._reader.match(None, rule.over, node)}
        else:
            ends = {t.object for t in self._reader.match(node, rule.over, None)}
        nodes = [end for end in ends if is_node(end) and self._reader.is_a(end, far)]
        return sorted(nodes, key=str)

    def judged(self, upper: Node, lower: Node, rule: TraceRule) -> tuple[HopState, str]:
        """The state of the link over which ``lower`` serves ``upper``, and the reason."""
        if self._reader.is_a(lower, AIMS.Evidence):
            state, reason = self._liveness(lower)
            if state is not HopState.LIVE:
                return state, reason
        elif reason := lapse(self._reader, lower):
            return HopState.STALE, reason
        elif failed(self._reader, lower):
            return HopState.FAILED, "this test found that it does not work"
        reviewed = self._reviews.get((upper, lower, rule.over))
        if reviewed is not None:
            changed = self._changed(lower, rule)
            if changed > reviewed:
                return HopState.SUSPECT, (
                    f"reviewed at entry {reviewed}, but the target changed at entry {changed}"
                )
        return HopState.LIVE, ""

    def doubt(self, upper: Node, lower: Node, rule: TraceRule) -> Doubt | None:
        """Why a link that is itself in order is suspect; None where it is not."""
        found = self._doubts.get(upper)
        reviewed = self._reviews.get((upper, lower, rule.over), NEVER)
        return None if found is None or found.changed <= reviewed else found

    def _changed(self, lower: Node, rule: TraceRule) -> int:
        if not isinstance(lower, NamedNode):
            return NEVER
        return self._reader.last_change(lower, rule.watched or None) or NEVER

    def _liveness(self, evidence: Node) -> tuple[HopState, str]:
        state = self._reader.value(evidence, AIMS.livenessState)
        reason = self._reader.value(evidence, AIMS.livenessReason)
        if not isinstance(state, NamedNode):
            return HopState.UNVERIFIED, "whether it is live was not computed"
        told = reason.value if isinstance(reason, Literal) else ""
        return HopState(SCHEME.local(state).removeprefix("liveness-")), told

    @cached_property
    def _reviews(self) -> dict[tuple[object, object, object], int]:
        found: dict[tuple[object, object, object], int] = {}
        for row in self._reader.select("tool/link-reviews"):
            sequence = row["sequence"]
            if isinstance(sequence, Literal) and sequence.value.isdecimal():
                key = (row["source"], row["target"], row["property"])
                found[key] = int(sequence.value)
        return found

    @cached_property
    def _doubts(self) -> dict[Node, Doubt]:
        return spread(list(self._first_doubts()), self._below) if self._reviews else {}

    def _first_doubts(self) -> Iterator[Doubt]:
        for upper, lower, over in self._reviews:
            for rule in self._rules:
                if rule.over != over or not is_node(upper) or not is_node(lower):
                    continue
                linked = self._reader.is_a(upper, rule.source_class) and lower in self.targets(
                    upper, rule, "down"
                )
                if linked and self.judged(upper, lower, rule)[0] is HopState.SUSPECT:
                    yield Doubt(upper, lower, self._changed(lower, rule))

    def _below(self, node: Node) -> Iterator[tuple[Node, int]]:
        for rule in self._rules:
            if self._reader.is_a(node, rule.source_class):
                for end in self.targets(node, rule, "down"):
                    yield end, self._reviews.get((node, end, rule.over), NEVER)
