"""Structure of the dependency graph: feedback loops and single points of failure.

Loops are the strongly connected components with a cycle (Tarjan 1972); single points are the
dominators between a start and what it reaches (Lengauer and Tarjan 1979): every path to a node
runs through its dominators. Both by rustworkx.
"""

from dataclasses import dataclass

import rustworkx

from engine.dependency.graph import DependencyGraph
from engine.rdf import Node


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
    """Each feedback loop as its members in IRI order, loops in order of their first member."""
    digraph, _ = _digraph(graph)
    found = [
        tuple(sorted((digraph[i] for i in component), key=str))
        for component in rustworkx.strongly_connected_components(digraph)
        if len(component) > 1 or digraph.has_edge(component[0], component[0])
    ]
    return tuple(sorted(found, key=lambda members: str(members[0])))


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
