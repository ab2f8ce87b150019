"""Traces: from any node to any kind, both ways, each hop with its state and where it breaks.

What a trace follows is data: the trace rules of ``ontology/trace.ttl`` give the downward sense
(requirement → control → test → evidence → collector). A hop is *live*, *stale*, *suspect*,
*missing*, *unverified*, *mismatch*, *disposed*, or *hidden* where the caller may not see it.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal as OneOf

from engine.errors import IntegrityError, NotFoundError
from engine.rdf import NamedNode, Node, is_node
from engine.snapshot import Reader
from engine.vocab import AIMS, SCHEME, shorten

Direction = OneOf["down", "up", "both"]
_OBJECT_TO_SUBJECT = SCHEME["direction-object-to-subject"]


class HopState(StrEnum):
    """What a hop is worth; only LIVE carries a chain."""

    LIVE = "live"
    STALE = "stale"
    SUSPECT = "suspect"
    MISSING = "missing"
    UNVERIFIED = "unverified"
    MISMATCH = "mismatch"
    DISPOSED = "disposed"
    HIDDEN = "hidden"


@dataclass(frozen=True, slots=True)
class TraceRule:
    """One kind of link that a trace follows downwards from ``source_class`` to ``target_class``."""

    iri: Node
    over: NamedNode
    backward: bool
    source_class: NamedNode
    target_class: NamedNode
    expected: bool
    watched: frozenset[NamedNode]


@dataclass(frozen=True, slots=True)
class TraceHop:
    """One link from ``source`` to ``target`` in the sense of the walk.

    ``target`` is None where the record is missing or hidden. ``depth`` counts hops from the start.
    """

    source: Node
    target: Node | None
    over: NamedNode
    expects: NamedNode
    direction: OneOf["down", "up"]
    state: HopState
    reason: str
    depth: int


@dataclass(frozen=True, slots=True)
class Trace:
    """A walk from ``start``; ``to`` is the class asked for, None for everything reachable.

    ``hops``: breadth first, in a stable order. ``reached``: nodes of the class asked for with an
    unbroken chain of live hops. ``breaks``: hops that end a chain, nearest first.
    """

    start: Node
    to: NamedNode | None
    direction: Direction
    hops: tuple[TraceHop, ...]
    reached: tuple[Node, ...]
    breaks: tuple[TraceHop, ...]

    @property
    def complete(self) -> bool:
        """Whether something was reached and no chain breaks."""
        return bool(self.reached) and not self.breaks


def trace(
    reader: Reader,
    start: Node,
    *,
    to: NamedNode | None = None,
    direction: Direction = "down",
    full: Reader | None = None,
) -> Trace:
    """Walk from ``start``. ``full`` is the reader of everything where ``reader`` is restricted:
    a link that only ``full`` sees is *hidden*, never *missing*.

    Raises NotFoundError when ``reader`` knows nothing about ``start``.
    """
    known = reader.contains(start, None, None) or reader.contains(None, None, start)
    if not known:
        raise NotFoundError(
            f"nothing is recorded about {_name(start)}",
            remedy="Give an IRI, a CURIE or an identifier that is in the graph at that point.",
        )
    walker = _Walker(full or reader, reader)
    hops = [
        hop
        for way in (("down", "up") if direction == "both" else (direction,))
        for hop in walker.walk(start, way)
    ]
    if to is not None:
        hops = _leading_to(hops, lambda hop: _ends_at(walker.reader, hop, to))
    reached = _reached(walker.reader, start, hops, to)
    breaks = tuple(hop for hop in hops if hop.state is not HopState.LIVE)
    return Trace(start, to, direction, tuple(hops), reached, breaks)


def _name(node: Node) -> str:
    return shorten(node) if isinstance(node, NamedNode) else str(node)


def trace_rules(reader: Reader) -> tuple[TraceRule, ...]:
    """The trace rules of the knowledge pack in force, by IRI. Raises IntegrityError."""
    return tuple(_rule(reader, iri) for iri in sorted(reader.instances(AIMS.TraceRule), key=str))


def _rule(reader: Reader, iri: Node) -> TraceRule:
    over = reader.value(iri, AIMS.overProperty)
    source = reader.value(iri, AIMS.fromClass)
    target = reader.value(iri, AIMS.toClass)
    if not (
        isinstance(over, NamedNode)
        and isinstance(source, NamedNode)
        and isinstance(target, NamedNode)
    ):
        raise IntegrityError(
            f"the trace rule {_name(iri)} lacks a property or a class",
            remedy="Mend it in ontology/trace.ttl.",
        )
    expected = reader.value(iri, AIMS.expected)
    watched = (p for p in reader.values(iri, AIMS.watchedPredicate) if isinstance(p, NamedNode))
    return TraceRule(
        iri,
        over,
        reader.value(iri, AIMS.direction) == _OBJECT_TO_SUBJECT,
        source,
        target,
        expected is not None and expected.value == "true",
        frozenset(watched),
    )


class _Walker:
    """Breadth-first walks over everything that ``reader`` sees, as ``caller`` may see it."""

    def __init__(self, reader: Reader, caller: Reader) -> None:
        self.reader = reader
        self._caller = caller
        self._rules = trace_rules(reader)
        self._evidence = {
            row["evidence"]: (str(_text(row["state"])), str(_text(row["reason"])))
            for row in reader.select("tool/evidence-liveness")
        }
        self._reviews = {
            (row["source"], row["target"], row["property"]): int(_text(row["sequence"]))
            for row in reader.select("tool/link-reviews")
        }

    def walk(self, start: Node, way: OneOf["down", "up"]) -> list[TraceHop]:
        """Every hop reachable from ``start``; each node is expanded once, so cycles end."""
        hops: list[TraceHop] = []
        seen = {start}
        level = [start]
        depth = 1
        while level:
            following: list[Node] = []
            for node in level:
                for hop in self._hops(node, way, depth):
                    hops.append(hop)
                    if hop.target is not None and hop.target not in seen:
                        seen.add(hop.target)
                        following.append(hop.target)
            level = following
            depth += 1
        return hops

    def _hops(self, node: Node, way: OneOf["down", "up"], depth: int) -> list[TraceHop]:
        found: dict[tuple[Node | None, NamedNode, NamedNode], TraceHop] = {}
        for rule in self._rules:
            near, far = rule.source_class, rule.target_class
            if way == "up":
                near, far = far, near
            if not self.reader.is_a(node, near):
                continue
            targets = self._targets(node, rule, way, far)
            for target in targets:
                state, reason = self._state(node, target, rule, way)
                shown = None if state is HopState.HIDDEN else target
                key = (shown, rule.over, far)
                found.setdefault(
                    key, TraceHop(node, shown, rule.over, far, way, state, reason, depth)
                )
            if not targets and rule.expected and way == "down":
                reason = f"no {self.reader.label(far)} is recorded here"
                key = (None, rule.over, far)
                found[key] = TraceHop(
                    node, None, rule.over, far, way, HopState.MISSING, reason, depth
                )
        return list(found.values())

    def _targets(
        self, node: Node, rule: TraceRule, way: OneOf["down", "up"], far: NamedNode
    ) -> list[Node]:
        if rule.backward == (way == "down"):
            ends: set[object] = {t.subject for t in self.reader.match(None, rule.over, node)}
        else:
            ends = {t.object for t in self.reader.match(node, rule.over, None)}
        nodes = [end for end in ends if is_node(end) and self.reader.is_a(end, far)]
        return sorted(nodes, key=str)

    def _state(
        self, node: Node, target: Node, rule: TraceRule, way: OneOf["down", "up"]
    ) -> tuple[HopState, str]:
        subject, obj = (target, node) if rule.backward == (way == "down") else (node, target)
        if self._caller is not self.reader and not self._caller.contains(subject, rule.over, obj):
            return HopState.HIDDEN, "recorded in a compartment that this view does not read"
        upper, lower = (node, target) if way == "down" else (target, node)
        if lower in self._evidence:
            state, reason = self._evidence[lower]
            if state != HopState.LIVE:
                return HopState(state), reason
        reviewed = self._reviews.get((upper, lower, rule.over))
        if reviewed is not None and isinstance(lower, NamedNode):
            changed = self.reader.last_change(lower, rule.watched or None)
            if changed is not None and changed > reviewed:
                return HopState.SUSPECT, (
                    f"reviewed at entry {reviewed}, but the target changed at entry {changed}"
                )
        return HopState.LIVE, ""


def _text(term: object) -> str:
    return str(getattr(term, "value", ""))


def _ends_at(reader: Reader, hop: TraceHop, to: NamedNode) -> bool:
    """Whether ``hop`` arrives at an instance of ``to``, or breaks on the way."""
    return hop.target is None or reader.is_a(hop.target, to)


def _leading_to(hops: list[TraceHop], arrives: Callable[[TraceHop], bool]) -> list[TraceHop]:
    """The hops on a path to one that arrives; walks backwards from those."""
    by_target: dict[Node, list[TraceHop]] = defaultdict(list)
    for hop in hops:
        if hop.target is not None:
            by_target[hop.target].append(hop)
    kept: set[TraceHop] = set()
    pending = [hop for hop in hops if arrives(hop)]
    while pending:
        hop = pending.pop()
        if hop not in kept:
            kept.add(hop)
            pending += by_target.get(hop.source, [])
    return [hop for hop in hops if hop in kept]


def _reached(
    reader: Reader, start: Node, hops: list[TraceHop], to: NamedNode | None
) -> tuple[Node, ...]:
    """Nodes of the class asked for that a chain of live hops reaches, in order of the walk."""
    alive = {start}
    order: dict[Node, None] = {}
    changed = True
    while changed:
        changed = False
        for hop in hops:
            live = hop.state is HopState.LIVE and hop.source in alive
            if live and hop.target is not None and hop.target not in alive:
                alive.add(hop.target)
                changed = True
                if to is None or reader.is_a(hop.target, to):
                    order[hop.target] = None
    return tuple(order)
