"""Shapes graph → immutable shapes, or a ShapeError that names shape, place and remedy.

Follows the syntax rules of SHACL 1.0. Stricter in one thing: a term of the SHACL vocabulary that
this engine does not evaluate on a shape is an error, because a misspelt or unsupported constraint
that is skipped in silence looks like a clean result.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from engine.errors import ShapeError
from engine.rdf import NamedNode, Node, Triple
from engine.shacl.model import (
    Constraint,
    LogicConstraint,
    PropertyConstraint,
    QualifiedConstraint,
    Shape,
)
from engine.shacl.reading import ShapeReader
from engine.shacl.shapesgraph import ShapesGraph
from engine.vocab import SH


@dataclass(frozen=True)
class Shapes:
    """All shapes of a shapes graph: node → shape. ``rules`` are those with a target, by IRI."""

    by_node: Mapping[Node, Shape]
    rules: tuple[Node, ...]
    graph: ShapesGraph

    def __getitem__(self, node: Node) -> Shape:
        return self.by_node[node]

    @cached_property
    def functions(self) -> tuple[Node, ...]:
        """The SPARQL functions (SHACL Advanced Features) that the shapes graph declares."""
        return tuple(self.graph.instances(SH.SPARQLFunction))

    def closure(self, node: Node) -> tuple[Node, ...]:
        """``node`` and every shape that it refers to, by any number of steps, in order."""
        found: dict[Node, None] = {}
        waiting = [node]
        while waiting:
            current = waiting.pop(0)
            if current not in found:
                found[current] = None
                waiting += [ref for c in self.by_node[current].constraints for ref in referred(c)]
        return tuple(found)


def referred(constraint: Constraint) -> tuple[Node, ...]:
    """The shapes that ``constraint`` refers to."""
    match constraint:
        case LogicConstraint(shapes=shapes):
            return shapes
        case PropertyConstraint(shape=shape):
            return (shape,)
        case QualifiedConstraint(shape=shape, siblings=siblings):
            return (shape, *siblings)
    return ()


def parse_shapes(triples: Iterable[Triple]) -> Shapes:
    """The shapes that ``triples`` describe.

    Raises ShapeError for the first malformed or recursive shape.
    """
    reader = ShapeReader(ShapesGraph(triples))
    by_node: dict[Node, Shape] = {}
    for root in reader.roots():
        _read(root, reader, by_node)
    for constraint in [c for shape in by_node.values() for c in shape.constraints]:
        # Siblings may belong to a parent shape that nothing else reaches.
        for sibling in referred(constraint):
            _read(sibling, reader, by_node)
    aimed = (n for n, shape in by_node.items() if shape.targets or SH.target in shape.beyond)
    rules = sorted(aimed, key=_order)
    return Shapes(by_node, tuple(rules), reader.graph)


def _order(node: Node) -> tuple[bool, str]:
    return not isinstance(node, NamedNode), node.value


def _read(root: Node, reader: ShapeReader, by_node: dict[Node, Shape]) -> None:
    """Read ``root`` and what it refers to, depth first, refusing a shape inside itself."""
    trail: dict[Node, Iterator[Node]] = {}

    def enter(node: Node, parent: Node | None) -> None:
        reader.note_parent(node, parent)
        shape = reader.shape(node)
        by_node[node] = shape
        trail[node] = (ref for c in shape.constraints for ref in _followed(c))

    if root not in by_node:
        enter(root, None)
    while trail:
        current = next(reversed(trail))
        following = next(trail[current], None)
        if following is None:
            del trail[current]
        elif following in trail:
            raise _recursion(reader, [*trail], following)
        elif following not in by_node:
            enter(following, current)


def _followed(constraint: Constraint) -> tuple[Node, ...]:
    # Siblings are values of the parent's property shapes; they are reached from there.
    if isinstance(constraint, QualifiedConstraint):
        return (constraint.shape,)
    return referred(constraint)


def _recursion(reader: ShapeReader, trail: list[Node], again: Node) -> ShapeError:
    loop = [*trail[trail.index(again) :], again]
    steps = " → ".join(reader.name(node) for node in loop)
    return reader.error(
        again,
        None,
        f"the shape refers to itself: {steps}",
        "Break the loop: SHACL leaves recursive shapes undefined.",
    )
