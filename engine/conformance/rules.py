"""What rules say about themselves: which obligations they decide, and what a result means.

A rule is a shape with ``aims:decides``; its notes stand on the shape and on the named constraints
below it (``ontology/obligation.ttl``). Nothing here evaluates anything.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from engine.errors import IntegrityError
from engine.rdf import Literal, NamedNode, Node, Term
from engine.shacl.paths import Path, Sequence, parse_path
from engine.shacl.shapesgraph import ShapesGraph
from engine.vocab import AIMS, SH, SHAPES, SKOS, shorten


@dataclass(frozen=True, slots=True)
class Note:
    """What a result of one constraint means.

    ``decides``: the obligations it speaks to, None for all of its rule. ``absence_of``: classes
    of which it says that no record was found. ``unknown``: whether it leaves the obligation
    undecided, with ``reason``. ``path``: the property shape's own; ``outer``: the path from the
    rule's focus to this constraint's focus, None where they are the same.
    """

    node: Node
    decides: frozenset[Term] | None
    absence_of: tuple[NamedNode, ...]
    unknown: bool
    reason: str
    missing: str
    severity: NamedNode
    path: Path | None
    outer: Path | None
    query: str


@dataclass(frozen=True, slots=True)
class Condition:
    """A property shape that tells whether a rule has an occasion; see ``occasions``.

    ``label``: completes "the system is …"; ``closed_by``: the classes whose completeness makes
    absence mean that it does not hold.
    """

    node: Node
    label: str
    path: Path
    closed_by: tuple[NamedNode, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: the shape ``node`` with the notes of its constraints by node.

    ``classes``: its target classes; ``register``: whether it has target nodes, so that its
    population is never empty; ``per_item``: whether it judges items, each of which counts for
    the obligations of that item alone; ``occasion``: what must hold of a member of the population
    for the rule to ask anything of it.
    """

    node: Node
    label: str
    severity: NamedNode
    decides: frozenset[Term]
    subject_path: Path | None
    notes: Mapping[Node, Note]
    classes: tuple[NamedNode, ...]
    register: bool
    per_item: bool
    occasion: tuple[Condition, ...]
    deactivated: bool
    capabilities: tuple[str, ...]
    detects: tuple[str, ...]

    @property
    def name(self) -> str:
        """Its local name, ``DatasetProvenance``."""
        if not isinstance(self.node, NamedNode):
            return str(self.node)
        return SHAPES.local(self.node) if self.node in SHAPES else shorten(self.node)

    def note(self, constraint: Node | None, shape: Node) -> Note:
        """The note of a result: of its SPARQL constraint, else of its shape, else of the rule."""
        for node in (constraint, shape):
            if node is not None and node in self.notes:
                return self.notes[node]
        return self.notes[self.node]

    def severities(self, obligation: Node) -> frozenset[NamedNode]:
        """The severities with which its constraints speak to ``obligation``."""
        below = [note for node, note in self.notes.items() if node != self.node]
        return frozenset(
            note.severity
            for note in below or self.notes.values()
            if note.decides is None or obligation in note.decides
        )


def rules_of(shapes: ShapesGraph) -> tuple[Rule, ...]:
    """Every shape that names a capability or an obligation, by IRI."""
    about = [*shapes.using(AIMS.decides), *shapes.using(AIMS.capability)]
    nodes = {t.subject for t in about if _has_target(shapes, t.subject)}
    return tuple(_rule(shapes, node) for node in sorted(nodes, key=str))


_TARGETS = (SH.targetClass, SH.targetNode, SH.targetSubjectsOf, SH.targetObjectsOf)


def _has_target(shapes: ShapesGraph, node: Node) -> bool:
    return any(shapes.values(node, target) for target in _TARGETS)


def _rule(shapes: ShapesGraph, node: Node) -> Rule:
    severity = _severity(shapes, node)
    subject_path = shapes.values(node, AIMS.subjectPath)
    notes = {note.node: note for note in _notes(shapes, node, None)}
    label = next(iter(_texts(shapes, node, SKOS.prefLabel)), "")
    narrowed = [note.decides for note in notes.values() if note.decides]
    return Rule(
        node=node,
        label=label or (shorten(node) if isinstance(node, NamedNode) else str(node)),
        severity=severity,
        decides=frozenset(shapes.values(node, AIMS.decides)).union(*narrowed),
        subject_path=parse_path(shapes, subject_path[0]) if subject_path else None,
        notes=notes,
        classes=_named(shapes, node, SH.targetClass),
        register=bool(shapes.values(node, SH.targetNode)),
        per_item=_true(shapes, node, AIMS.perItem),
        occasion=tuple(_condition(shapes, c) for c in _named(shapes, node, AIMS.occasion)),
        deactivated=_true(shapes, node, SH.deactivated),
        capabilities=tuple(sorted(_texts(shapes, node, AIMS.capability))),
        detects=tuple(shorten(mode) for mode in _named(shapes, node, AIMS.detects)),
    )


def _condition(shapes: ShapesGraph, node: NamedNode) -> Condition:
    path = shapes.values(node, SH.path)
    label = next(iter(_texts(shapes, node, SKOS.prefLabel)), "")
    if not path or not label:
        raise IntegrityError(
            f"the condition {shorten(node)} has no sh:path or no skos:prefLabel",
            remedy="Make it a property shape with a label that completes: the system is …",
        )
    closed_by = _named(shapes, node, AIMS.populationClass)
    return Condition(node, label, parse_path(shapes, path[0]), closed_by)


def _notes(shapes: ShapesGraph, shape: Node, outer: Path | None) -> Iterator[Note]:
    """The notes of ``shape`` and of everything nested in it by sh:property and sh:sparql."""
    path = shapes.values(shape, SH.path)
    own = parse_path(shapes, path[0]) if path else None
    severity = _severity(shapes, shape)
    yield _note(shapes, shape, severity, own, outer)
    for constraint in shapes.values(shape, SH.sparql):
        if not isinstance(constraint, Literal):
            yield _note(shapes, constraint, severity, own, outer)
    for nested in shapes.values(shape, SH.property):
        if not isinstance(nested, Literal):
            yield from _notes(shapes, nested, _joined(outer, own))


def _joined(outer: Path | None, own: Path | None) -> Path | None:
    if outer is None or own is None:
        return outer or own
    return Sequence((outer, own))


def _note(
    shapes: ShapesGraph, node: Node, severity: NamedNode, path: Path | None, outer: Path | None
) -> Note:
    decides = shapes.values(node, AIMS.decides)
    return Note(
        node=node,
        # On the rule itself the list is the rule's own, and narrows nothing.
        decides=frozenset(decides) if decides and not _has_target(shapes, node) else None,
        absence_of=_named(shapes, node, AIMS.absenceOf),
        unknown=bool(shapes.values(node, AIMS.outcome)),
        reason=next(iter(_texts(shapes, node, AIMS.outcomeReason)), ""),
        missing=next(iter(_texts(shapes, node, AIMS.missingPattern)), ""),
        severity=severity,
        path=path,
        outer=outer,
        query=next(iter(_texts(shapes, node, SH.select)), ""),
    )


def _severity(shapes: ShapesGraph, shape: Node) -> NamedNode:
    return next(iter(_named(shapes, shape, SH.severity)), SH.Violation)


def _true(shapes: ShapesGraph, node: Node, predicate: NamedNode) -> bool:
    return any(v.value == "true" for v in _literals(shapes, node, predicate))


def _named(shapes: ShapesGraph, node: Node, predicate: NamedNode) -> tuple[NamedNode, ...]:
    return tuple(v for v in shapes.values(node, predicate) if isinstance(v, NamedNode))


def _literals(shapes: ShapesGraph, node: Node, predicate: NamedNode) -> list[Literal]:
    return [v for v in shapes.values(node, predicate) if isinstance(v, Literal)]


def _texts(shapes: ShapesGraph, node: Node, predicate: NamedNode) -> list[str]:
    return [literal.value for literal in _literals(shapes, node, predicate)]
