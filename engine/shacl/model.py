"""Shapes and constraints as immutable values; nothing here evaluates anything.

A constraint names its constraint component (SHACL 1.0, section 4) and holds its parameters. Shapes
refer to each other by node, so that a shapes graph is a flat table (``engine.shacl.shapes``).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.rdf import Literal, NamedNode, Node, Term
from engine.shacl.paths import Path


@dataclass(frozen=True, slots=True)
class ClassConstraint:
    """sh:class: each value node is an instance of ``cls``."""

    cls: Term


@dataclass(frozen=True, slots=True)
class DatatypeConstraint:
    """sh:datatype: each value node is a well-formed literal of ``datatype``."""

    datatype: NamedNode


@dataclass(frozen=True, slots=True)
class NodeKindConstraint:
    """sh:nodeKind: each value node is of a kind that ``kind`` admits."""

    kind: NamedNode


@dataclass(frozen=True, slots=True)
class CountConstraint:
    """sh:minCount or sh:maxCount (``component`` tells): how many value nodes there are."""

    component: NamedNode
    bound: int


@dataclass(frozen=True, slots=True)
class RangeConstraint:
    """One of sh:minExclusive … sh:maxInclusive (``component`` tells) against ``bound``."""

    component: NamedNode
    bound: Literal


@dataclass(frozen=True, slots=True)
class LengthConstraint:
    """sh:minLength or sh:maxLength (``component`` tells), in characters."""

    component: NamedNode
    bound: int


@dataclass(frozen=True, slots=True)
class PatternConstraint:
    """sh:pattern with sh:flags: SPARQL's REGEX over the value's text."""

    pattern: str
    flags: str


@dataclass(frozen=True, slots=True)
class LanguageInConstraint:
    """sh:languageIn: each value is a literal whose tag matches one of ``ranges``."""

    ranges: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UniqueLangConstraint:
    """sh:uniqueLang true: no two values of one language tag."""


@dataclass(frozen=True, slots=True)
class PairConstraint:
    """sh:equals, sh:disjoint, sh:lessThan, sh:lessThanOrEquals (``component`` tells)."""

    component: NamedNode
    predicate: NamedNode


@dataclass(frozen=True, slots=True)
class LogicConstraint:
    """sh:not, sh:and, sh:or, sh:xone, sh:node (``component`` tells) over ``shapes``."""

    component: NamedNode
    shapes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class PropertyConstraint:
    """sh:property: each value node is a focus node of the property shape ``shape``."""

    shape: Node


@dataclass(frozen=True, slots=True)
class QualifiedConstraint:
    """sh:qualifiedValueShape with one of its counts (``component`` tells).

    ``siblings``: the sibling shapes where sh:qualifiedValueShapesDisjoint is true.
    """

    component: NamedNode
    shape: Node
    bound: int
    siblings: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class ClosedConstraint:
    """sh:closed true: only ``allowed`` predicates."""

    allowed: frozenset[NamedNode]


@dataclass(frozen=True, slots=True)
class HasValueConstraint:
    """sh:hasValue: ``value`` is among the value nodes."""

    value: Term


@dataclass(frozen=True, slots=True)
class InConstraint:
    """sh:in: each value node is one of ``members``."""

    members: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class SparqlConstraint:
    """A SELECT that returns offenders: sh:sparql, or a SELECT validator of a component.

    ``node``: the sh:SPARQLConstraint, None for a validator. ``text``: the query with prefixes,
    paths and pre-bound projections in place, ``written`` before it was put in the form that the
    store answers best; ``bound``: the pre-bound variables that it uses
    beside those of ``parameters``; ``setwise``: it may be run over all focus nodes at once.
    ``messages``: templates.
    """

    component: NamedNode
    node: Node | None
    text: str
    written: str
    bound: frozenset[str]
    setwise: bool
    parameters: Mapping[str, Term] = field(default_factory=dict)
    messages: tuple[Literal, ...] = ()


@dataclass(frozen=True, slots=True)
class AskConstraint:
    """An ASK validator of a component, rewritten to a SELECT: a row means the value conforms."""

    component: NamedNode
    text: str
    written: str
    bound: frozenset[str]
    parameters: Mapping[str, Term]
    messages: tuple[Literal, ...]


Constraint = (
    ClassConstraint
    | DatatypeConstraint
    | NodeKindConstraint
    | CountConstraint
    | RangeConstraint
    | LengthConstraint
    | PatternConstraint
    | LanguageInConstraint
    | UniqueLangConstraint
    | PairConstraint
    | LogicConstraint
    | PropertyConstraint
    | QualifiedConstraint
    | ClosedConstraint
    | HasValueConstraint
    | InConstraint
    | SparqlConstraint
    | AskConstraint
)


@dataclass(frozen=True, slots=True)
class Targets:
    """The target declarations of a shape (section 2.1.3); implicit classes are in ``classes``."""

    nodes: tuple[Term, ...] = ()
    classes: tuple[Term, ...] = ()
    subjects_of: tuple[NamedNode, ...] = ()
    objects_of: tuple[NamedNode, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.nodes or self.classes or self.subjects_of or self.objects_of)


@dataclass(frozen=True, slots=True)
class Shape:
    """A node shape (``path`` None) or a property shape.

    ``beyond``: terms on it that SHACL 1.0 does not have, and that this engine does not evaluate.
    """

    node: Node
    path: Path | None
    path_text: str | None
    targets: Targets
    constraints: tuple[Constraint, ...]
    severity: NamedNode
    messages: tuple[Literal, ...]
    deactivated: bool
    beyond: tuple[NamedNode, ...] = ()
