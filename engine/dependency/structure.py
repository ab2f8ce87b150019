"""Structure of the dependency graph: feedback loops and single points of failure.

Loops are strongly connected components (Tarjan 1972) of effects at nodes, so that a path counts
as closed only where some kind of effect comes round to what it came from. Single points are the
dominators between a start and what it reaches (Lengauer and Tarjan 1979): every path to a node
runs through its dominators. Both by rustworkx.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import rustworkx

from engine.dependency.graph import DependencyGraph
from engine.rdf import NamedNode, Node


@dataclass(frozen=True, slots=True)
class SinglePoint:
    """``node`` lies on every path from the start to each of ``shields`` (in IRI order)."""

    node: Node
    shields: tuple[Node, ...]


def _digraph(graph: DependencyGraph) -> tuple["rustworkx.PyDiGraph[Node, float]", dict[Node, int]]:
    digraph: rustworkx.PyDiGraph[Node, float] = rustworkx.PyDiGraph(multigraph=False)
    nodes = sorted(graph.nodes, key=str)
    index = dict(zip(nodes, digraph.add_nodes_from(nodes), strict=True))
    # A complete barrier lets nothing pass, so it is no path.
    digraph.add_edges_from(
        [(index[e.source], index[e.target], e.weight) for e in graph.edges if e.weight > 0]
    )
    return digraph, index


def loops(graph: DependencyGraph) -> tuple[tuple[Node, ...], ...]:
    """Each feedback loop as its members in IRI order, loops in order of their members.

    A loop that lies within another is not told apart from it.
    """
    digraph, _ = _digraph(graph)
    found: set[frozenset[Node]] = set()
    for component in rustworkx.strongly_connected_components(digraph):
        if len(component) > 1 or digraph.has_edge(component[0], component[0]):
            found.update(_effect_loops(graph, {digraph[i] for i in component}))
    whole = [loop for loop in found if not any(loop < other for other in found)]
    told = (tuple(sorted(loop, key=str)) for loop in whole)
    return tuple(sorted(told, key=lambda members: [str(member) for member in members]))


def _effect_loops(graph: DependencyGraph, members: set[Node]) -> Iterator[frozenset[Node]]:
    """The nodes of each closed path of effects that stays within ``members``."""
    effects: rustworkx.PyDiGraph[Node, bool] = rustworkx.PyDiGraph(multigraph=False)
    index: dict[tuple[Node, NamedNode], int] = {}

    def at(node: Node, kind: NamedNode) -> int:
        if (node, kind) not in index:
            index[node, kind] = effects.add_node(node)
            for other in graph.arising.get(kind, ()):
                effects.add_edge(index[node, kind], at(node, other), False)
        return index[node, kind]

    for node in sorted(members, key=str):
        for edge in graph.outgoing.get(node, ()):
            if edge.weight > 0 and edge.target in members:
                for kind in edge.rule.kinds:
                    effects.add_edge(at(node, kind), at(edge.target, kind), True)
    for component in rustworkx.strongly_connected_components(effects):
        nodes = frozenset(effects[i] for i in component)
        # Kinds that give rise to each other within one node are no path.
        back = any(effects.has_edge(i, i) and effects.get_edge_data(i, i) for i in component)
        if len(nodes) > 1 or back:
            yield nodes


def single_points(graph: DependencyGraph, start: Node) -> tuple[SinglePoint, ...]:
    """Nodes, other than ``start``, through which every path to some other node runs.

    The one that shields most comes first.
    """
    digraph, index = _digraph(graph)
    if start not in index:
        return ()
    above = rustworkx.immediate_dominators(digraph, index[start])
    shielded: dict[int, list[Node]] = {}
    for node in above:
        step = above[node]
        while node != index[start] and step != index[start]:
            shielded.setdefault(step, []).append(digraph[node])
            step = above[step]
    points = [
        SinglePoint(digraph[i], tuple(sorted(below, key=str))) for i, below in shielded.items()
    ]
    return tuple(sorted(points, key=lambda p: (-len(p.shields), str(p.node))))
