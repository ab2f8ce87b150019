"""Walks breadth first over the links that trace rules follow."""

from dataclasses import dataclass

from engine.rdf import NamedNode, Node
from engine.snapshot import Reader
from engine.trace.links import HopState, Judge, Link
from engine.trace.rules import TraceRule, Way, trace_rules

_PARTLY = "what else there may be is in a compartment that this view does not read"


@dataclass(frozen=True, slots=True)
class TraceHop:
    """One link from ``source`` to ``target`` in the sense of the walk.

    ``target`` is None where the record is missing or hidden. ``depth`` counts hops from the start.
    ``replaced``: it ended, and another live hop from ``source`` does its work, so that no chain
    breaks here; it is not followed. ``inherited_from``: the ends of the suspect link above this one
    from which it has its suspicion; None where the suspicion is its own, or may not be shown.
    """

    source: Node
    target: Node | None
    over: NamedNode
    expects: NamedNode
    direction: Way
    state: HopState
    reason: str
    depth: int
    replaced: bool = False
    inherited_from: tuple[Node, Node] | None = None


class Walker:
    """Breadth-first walks over everything that ``reader`` sees, as ``caller`` may see it."""

    def __init__(self, reader: Reader, caller: Reader) -> None:
        self.reader = reader
        self.rules = trace_rules(reader)
        self._caller = caller
        self._judge = Judge(reader, caller, self.rules)

    def walk(self, start: Node, way: Way) -> list[TraceHop]:
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
                    if hop.target is not None and not hop.replaced and hop.target not in seen:
                        seen.add(hop.target)
                        following.append(hop.target)
            level = following
            depth += 1
        return hops

    def _hops(self, node: Node, way: Way, depth: int) -> list[TraceHop]:
        found: dict[tuple[Node | HopState, NamedNode, NamedNode], TraceHop] = {}
        for rule in self.rules:
            near, far = rule.ends(way)
            if not self.reader.is_a(node, near):
                continue
            links = self._judge.links(node, rule, way)
            hops = [self._hop(node, link, rule, way, depth) for link in links]
            if not links and rule.expected and way == "down":
                hops.append(self._nothing(node, rule, depth))
            for hop in hops:
                key = (hop.target or hop.state, hop.over, far)
                # Rules that agree on a link may differ in what they ask of it.
                if key not in found or found[key].state is HopState.LIVE:
                    found[key] = hop
        return list(found.values())

    def _hop(self, node: Node, link: Link, rule: TraceRule, way: Way, depth: int) -> TraceHop:
        shown = None if link.state is HopState.HIDDEN else link.target
        far = rule.ends(way)[1]
        return TraceHop(
            node,
            shown,
            rule.over,
            far,
            way,
            link.state,
            link.reason,
            depth,
            link.replaced,
            link.inherited_from,
        )

    def _nothing(self, node: Node, rule: TraceRule, depth: int) -> TraceHop:
        """The hop where a record is expected and none is there."""
        far = rule.target_class
        # That the rule concerns the node at all is recorded where the caller does not look.
        hidden = not self._caller.is_a(node, rule.source_class)
        state = HopState.HIDDEN if hidden else HopState.MISSING
        reason = _PARTLY if hidden else f"no {self._caller.label(far)} is recorded here"
        return TraceHop(node, None, rule.over, far, "down", state, reason, depth)
