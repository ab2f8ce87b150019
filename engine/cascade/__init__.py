"""Cascade: what a failure of one node reaches, as one answer for every face."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from engine.cascade.propagate import Effect, State, propagate
from engine.cascade.simulate import simulate
from engine.dependency import (
    DependencyGraph,
    Edge,
    SinglePoint,
    dependency_graph,
    loops,
    propagation_rules,
    single_points,
)
from engine.errors import InputError, NotFoundError
from engine.rdf import NamedNode, Node
from engine.snapshot import Reader
from engine.vocab import shorten


@dataclass(frozen=True, slots=True)
class Simulation:
    """How often each effect arrived in ``rounds`` drawn from ``seed``, as shares from 0 to 1."""

    rounds: int
    seed: int
    shares: Mapping[State, float]


@dataclass(frozen=True, slots=True)
class Cascade:
    """What ``start`` reaches.

    ``effects``: strongest first. ``stopped``: edges of weight 0, such as those that a complete
    barrier closes, at which an effect arrives. ``loops``: feedback loops that effects go round.
    ``single_points``: nodes on every path to something else that is reached. ``withheld``: nodes
    reached from which effects flow on over links that the view does not show. ``simulation``: where
    one was asked for.
    """

    start: Node
    kinds: tuple[NamedNode, ...]
    effects: tuple[Effect, ...]
    stopped: tuple[Edge, ...]
    loops: tuple[tuple[Node, ...], ...]
    single_points: tuple[SinglePoint, ...]
    withheld: tuple[Node, ...] = ()
    simulation: Simulation | None = None

    @property
    def reached(self) -> tuple[Node, ...]:
        """The nodes reached, strongest effect first, each once."""
        return tuple(dict.fromkeys(effect.node for effect in self.effects))


def cascade(
    reader: Reader,
    start: Node,
    *,
    effect: NamedNode | None = None,
    full: Reader | None = None,
    rounds: int | None = None,
    seed: int = 0,
) -> Cascade:
    """The cascade from ``start`` of one ``effect`` kind, or of every kind that it can emit.

    ``full`` is the reader of everything where ``reader`` is restricted. ``rounds``: how many to
    simulate, drawn from ``seed``; None for no simulation. Raises NotFoundError when ``reader``
    knows nothing about ``start``, InputError when no propagation rule carries ``effect`` or for
    less than one round.
    """
    if not (reader.contains(start) or reader.contains(o=start)):
        name = shorten(start) if isinstance(start, NamedNode) else start
        raise NotFoundError(
            f"nothing is recorded about {name}",
            remedy="Give an IRI, a CURIE or an identifier that is in the graph at that point.",
        )
    graph = dependency_graph(reader)
    if effect is not None:
        _check(reader, graph, effect)
    kinds = (effect,) if effect else _emitted(graph, start)
    effects = propagate(graph, start, kinds)
    arrived = _closed(graph, {(start, kind) for kind in kinds})
    arrived |= {(item.node, item.kind) for item in effects}
    passed = tuple(_arriving(graph.edges, arrived))
    part = DependencyGraph.of((e for e in passed if e.weight > 0), graph.arising)
    withheld: tuple[Node, ...] = ()
    if full is not None:
        whole = dependency_graph(full)
        emitted = (effect,) if effect else _emitted(whole, start)
        withheld = _withheld(graph, whole, arrived | {(start, kind) for kind in emitted})
    return Cascade(
        start,
        kinds,
        effects,
        tuple(edge for edge in passed if edge.weight <= 0),
        loops(part),
        single_points(part, start),
        withheld,
        None if rounds is None else _simulated(graph, start, kinds, rounds, seed),
    )


def _simulated(
    graph: DependencyGraph, start: Node, kinds: tuple[NamedNode, ...], rounds: int, seed: int
) -> Simulation:
    return Simulation(rounds, seed, simulate(graph, start, kinds, rounds=rounds, seed=seed))


def _check(reader: Reader, graph: DependencyGraph, effect: NamedNode) -> None:
    carried = {kind for rule in propagation_rules(reader) for kind in rule.kinds}
    known = sorted(shorten(kind) for kind in carried | set(graph.arising))
    if shorten(effect) not in known:
        raise InputError(
            f"no propagation rule carries the effect {shorten(effect)}",
            remedy=f"Use one of: {', '.join(known)}." if known else "The knowledge pack has none.",
        )


def _emitted(graph: DependencyGraph, start: Node) -> tuple[NamedNode, ...]:
    found = {kind for edge in graph.outgoing.get(start, ()) for kind in edge.rule.kinds}
    return tuple(sorted(found, key=lambda kind: kind.value))


def _closed(graph: DependencyGraph, states: set[State]) -> set[State]:
    """``states`` with every kind that they give rise to within their nodes."""
    found = set(states)
    waiting = list(states)
    while waiting:
        node, kind = waiting.pop()
        for other in graph.arising.get(kind, ()):
            if (node, other) not in found:
                found.add((node, other))
                waiting.append((node, other))
    return found


def _arriving(edges: Iterable[Edge], arrived: set[State]) -> Iterable[Edge]:
    """The edges at whose source an effect that they carry has arrived, with those kinds alone."""
    for edge in edges:
        kinds = frozenset(kind for kind in edge.rule.kinds if (edge.source, kind) in arrived)
        if kinds == edge.rule.kinds:
            yield edge
        elif kinds:
            yield replace(edge, rule=replace(edge.rule, kinds=kinds))


def _withheld(
    graph: DependencyGraph, full: DependencyGraph, arrived: set[State]
) -> tuple[Node, ...]:
    seen = {(edge.source, edge.target, edge.rule.iri) for edge in graph.edges}
    found = {
        edge.source
        for edge in _arriving(full.edges, arrived)
        if edge.weight > 0 and (edge.source, edge.target, edge.rule.iri) not in seen
    }
    return tuple(sorted(found, key=str))
