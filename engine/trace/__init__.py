"""Traces: from any node to any kind, both ways, each hop with its state and where it breaks.

What a trace follows is data: the trace rules of ``ontology/trace.ttl`` give the downward sense
(requirement → control → test → evidence → collector). A hop is *live*, *stale*, *failed*
where it leads to a test that was failed, *suspect*, *missing*, *unverified*, *mismatch*,
*disposed*, or *hidden* where the caller may not see it. Links below a suspect one are suspect too,
and say from which they have it.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal as OneOf

from engine.errors import NotFoundError
from engine.rdf import NamedNode, Node
from engine.snapshot import Reader
from engine.trace.links import HopState
from engine.trace.rules import TraceRule, Way, leading_to, trace_rules
from engine.trace.walk import TraceHop, Walker
from engine.vocab import shorten

Direction = OneOf["down", "up", "both"]

__all__ = [
    "Direction",
    "HopState",
    "Trace",
    "TraceHop",
    "TraceRule",
    "trace",
    "trace_rules",
]


@dataclass(frozen=True, slots=True)
class Trace:
    """A walk from ``start``; ``to`` is the class asked for, None for everything reachable.

    ``hops``: breadth first, in a stable order. ``reached``: nodes of the class asked for with an
    unbroken chain of live hops. ``breaks``: hops that end a chain, nearest first; where a record
    ended and a live one took its place, no chain ends.
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
    """Walk from ``start``; both readers must have their derived facts.

    ``full`` is the reader of everything where ``reader`` is restricted: a link that only ``full``
    sees is *hidden*, never *missing*. Raises NotFoundError when ``reader`` knows nothing about
    ``start``, IntegrityError for a trace rule that cannot be used.
    """
    if not (reader.contains(start) or reader.contains(o=start)):
        name = shorten(start) if isinstance(start, NamedNode) else start
        raise NotFoundError(
            f"nothing is recorded about {name}",
            remedy="Give an IRI, a CURIE or an identifier that is in the graph at that point.",
        )
    walker = Walker(full or reader, reader)
    ways: tuple[Way, ...] = ("down", "up") if direction == "both" else (direction,)
    hops: list[TraceHop] = []
    reached: dict[Node, None] = {}
    for way in ways:
        walked = walker.walk(start, way)
        if to is not None:
            walked = _leading(walker, walked, to, way)
        hops += walked
        reached |= _reached(walker.reader, start, walked, to)
    broken = [hop for hop in hops if hop.state is not HopState.LIVE and not hop.replaced]
    breaks = sorted(broken, key=lambda hop: hop.depth)
    return Trace(start, to, direction, tuple(hops), tuple(reached), tuple(breaks))


def _leading(walker: Walker, hops: Sequence[TraceHop], to: NamedNode, way: Way) -> list[TraceHop]:
    """The hops on a path to an instance of ``to``, or to a break beyond which one might be."""
    classes = leading_to(walker.reader, walker.rules, to, way)
    by_target: dict[Node, list[TraceHop]] = defaultdict(list)
    for hop in hops:
        if hop.target is not None and not hop.replaced:
            by_target[hop.target].append(hop)
    kept: set[TraceHop] = set()
    pending = [
        hop
        for hop in hops
        if (hop.expects in classes if hop.target is None else walker.reader.is_a(hop.target, to))
    ]
    while pending:
        hop = pending.pop()
        if hop not in kept:
            kept.add(hop)
            pending += by_target.get(hop.source, [])
    return [hop for hop in hops if hop in kept]


def _reached(
    reader: Reader, start: Node, hops: Sequence[TraceHop], to: NamedNode | None
) -> dict[Node, None]:
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
    return order
