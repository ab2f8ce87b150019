"""Cascade: what a failure of one node reaches, as one answer for every face."""

from dataclasses import dataclass

from engine.cascade.propagate import Effect, propagate
from engine.dependency import (
    DependencyGraph,
    Edge,
    SinglePoint,
    dependency_graph,
    loops,
    single_points,
)
from engine.errors import InputError
from engine.rdf import NamedNode, Node
from engine.snapshot import Reader
from engine.vocab import shorten


@dataclass(frozen=True, slots=True)
class Cascade:
    """What ``start`` reaches.

    ``effects``: strongest first. ``stopped``: edges into or within the reach that a barrier
    closes completely. ``loops``: feedback loops that the cascade enters. ``single_points``: nodes
    on every path to something else that is reached.
    """

    start: Node
    kinds: tuple[NamedNode, ...]
    effects: tuple[Effect, ...]
    stopped: tuple[Edge, ...]
    loops: tuple[tuple[Node, ...], ...]
    single_points: tuple[SinglePoint, ...]

    @property
    def reached(self) -> tuple[Node, ...]:
        """The nodes reached, strongest effect first, each once."""
        return tuple(dict.fromkeys(effect.node for effect in self.effects))


def cascade(reader: Reader, start: Node, *, effect: NamedNode | None = None) -> Cascade:
    """The cascade from ``start`` of one ``effect`` kind, or of every kind that it can emit.

    Raises InputError when no propagation rule carries ``effect``.
    """
    graph = dependency_graph(reader)
    if effect is not None and effect not in graph.kinds and effect not in graph.arising:
        known = ", ".join(shorten(kind) for kind in graph.kinds)
        raise InputError(
            f"no propagation rule carries the effect {shorten(effect)}",
            remedy=f"Use one of: {known}." if known else "No edge carries any effect here.",
        )
    kinds = (effect,) if effect else _emitted(graph, start)
    effects = propagate(graph, start, kinds)
    reach = {start} | {item.node for item in effects}
    stopped = tuple(e for e in graph.edges if e.source in reach and e.weight <= 0)
    part = DependencyGraph.of(e for e in graph.edges if e.source in reach and e.target in reach)
    return Cascade(start, kinds, effects, stopped, loops(part), single_points(part, start))


def _emitted(graph: DependencyGraph, start: Node) -> tuple[NamedNode, ...]:
    found = {kind for edge in graph.outgoing.get(start, ()) for kind in edge.rule.kinds}
    return tuple(sorted(found, key=lambda kind: kind.value))
