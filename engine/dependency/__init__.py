"""The dependency graph of a view and its structure."""

from engine.dependency.closing import Flow
from engine.dependency.graph import (
    NOISY_OR,
    STRONGEST,
    Barrier,
    DependencyGraph,
    Edge,
    PropagationRule,
    dependency_graph,
    propagation_rules,
)
from engine.dependency.structure import SinglePoint, loops, single_points

__all__ = [
    "NOISY_OR",
    "STRONGEST",
    "Barrier",
    "DependencyGraph",
    "Edge",
    "Flow",
    "PropagationRule",
    "SinglePoint",
    "dependency_graph",
    "loops",
    "propagation_rules",
    "single_points",
]
