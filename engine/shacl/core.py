"""Reads the constraints of a shape: SHACL Core's components, sh:sparql and declared components."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from engine.rdf import BlankNode, Literal, NamedNode, Node, Term
from engine.shacl.components import custom_constraints, sparql_constraints
from engine.shacl.literals import is_true
from engine.shacl.model import (
    ClassConstraint,
    ClosedConstraint,
    Constraint,
    CountConstraint,
    DatatypeConstraint,
    HasValueConstraint,
    InConstraint,
    LanguageInConstraint,
    LengthConstraint,
    LogicConstraint,
    NodeKindConstraint,
    PairConstraint,
    PatternConstraint,
    PropertyConstraint,
    QualifiedConstraint,
    RangeConstraint,
    UniqueLangConstraint,
)
from engine.shacl.paths import Path
from engine.vocab import SH, XSD

if TYPE_CHECKING:
    from engine.shacl.reading import ShapeReader

_RANGES = ("minExclusive", "minInclusive", "maxExclusive", "maxInclusive")
_PAIRS = ("equals", "disjoint", "lessThan", "lessThanOrEquals")
_LISTS = ("and", "or", "xone")
_PROPERTY_SHAPES_ONLY = (
    "minCount",
    "maxCount",
    "uniqueLang",
    "lessThan",
    "lessThanOrEquals",
    "qualifiedValueShape",
)
NODE_KINDS: dict[NamedNode, tuple[type, ...]] = {
    SH.IRI: (NamedNode,),
    SH.BlankNode: (BlankNode,),
    SH.Literal: (Literal,),
    SH.BlankNodeOrIRI: (BlankNode, NamedNode),
    SH.BlankNodeOrLiteral: (BlankNode, Literal),
    SH.IRIOrLiteral: (NamedNode, Literal),
}


def component(parameter: str) -> NamedNode:
    """The constraint component of a parameter's local name: ``minCount`` →
    sh:MinCountConstraintComponent.
    """
    return SH[f"{parameter[0].upper()}{parameter[1:]}ConstraintComponent"]


def core_constraints(reader: "ShapeReader", node: Node, path: Path | None) -> Iterator[Constraint]:
    """All constraints of the shape at ``node``, in a fixed order of components."""
    if path is None:
        for name in _PROPERTY_SHAPES_ONLY:
            if reader.graph.values(node, SH[name]):
                reader.error(
                    node, SH[name], "a node shape cannot have this", "Move it to a property shape."
                )
    for read in _READERS:
        yield from read(reader, node)
    yield from sparql_constraints(reader, node, path)
    yield from custom_constraints(reader, node, path)


def _types(reader: "ShapeReader", node: Node) -> Iterator[Constraint]:
    for cls in reader.iris(node, SH["class"]):
        yield ClassConstraint(cls)
    datatype = reader.one(node, SH.datatype)
    if datatype is not None:
        if not isinstance(datatype, NamedNode):
            reader.error(node, SH.datatype, "the datatype is no IRI", "Write xsd:string, say.")
        yield DatatypeConstraint(datatype)
    kind = reader.one(node, SH.nodeKind)
    if kind is not None:
        if not isinstance(kind, NamedNode) or kind not in NODE_KINDS:
            reader.error(
                node, SH.nodeKind, "the value is no node kind", "Write sh:IRI, sh:Literal, …."
            )
        yield NodeKindConstraint(kind)


def _counts(reader: "ShapeReader", node: Node) -> Iterator[Constraint]:
    for name in ("minCount", "maxCount"):
        bound = _integer(reader, node, SH[name])
        if bound is not None:
            yield CountConstraint(component(name), bound)
    for name in ("minLength", "maxLength"):
        bound = _integer(reader, node, SH[name])
        if bound is not None:
            yield LengthConstraint(component(name), bound)


def _integer(reader: "ShapeReader", node: Node, predicate: NamedNode) -> int | None:
    value = reader.one(node, predicate)
    if value is None:
        return None
    if isinstance(value, Literal) and value.datatype == XSD.integer:
        text = value.value.removeprefix("+").removeprefix("-")
        if text.isascii() and text.isdigit():
            return int(value.value)
    return reader.error(node, predicate, "the value is no xsd:integer", "Write a whole number.")


def _ranges(reader: "ShapeReader", node: Node) -> Iterator[Constraint]:
    for name in _RANGES:
        bound = reader.one(node, SH[name])
        if bound is not None:
            if not isinstance(bound, Literal):
                reader.error(node, SH[name], "the bound is no literal", "Write a value.")
            yield RangeConstraint(component(name), bound)


def _texts(reader: "ShapeReader", node: Node) -> Iterator[Constraint]:
    pattern = _string(reader, node, SH.pattern)
    flags = _string(reader, node, SH.flags)
    if pattern is not None:
        yield PatternConstraint(pattern, flags or "")
    languages = reader.one(node, SH.languageIn)
    if languages is not None:
        members = reader.members(node, SH.languageIn, languages)
        ranges = tuple(m.value for m in members if _is_string(m))
        if len(ranges) != len(members):
            reader.error(node, SH.languageIn, "a member is no string", 'Write ( "en" "de" ).')
        yield LanguageInConstraint(ranges)
    unique = _flag(reader, node, SH.uniqueLang)
    if unique:
        yield UniqueLangConstraint()


def _is_string(term: Term) -> bool:
    return isinstance(term, Literal) and term.datatype == XSD.string


def _string(reader: "ShapeReader", node: Node, predicate: NamedNode) -> str | None:
    value = reader.one(node, predicate)
    if value is not None and not _is_string(value):
        reader.error(node, predicate, "the value is no xsd:string", 'Write "…".')
    return value.value if value is not None else None


def _flag(reader: "ShapeReader", node: Node, predicate: NamedNode) -> bool:
    value = reader.one(node, predicate)
    if value is not None and not (isinstance(value, Literal) and value.datatype == XSD.boolean):
        reader.error(node, predicate, "the value is no boolean", "Write true or false.")
    return is_true(value)


def _pairs(reader: "ShapeReader", node: Node) -> Iterator[Constraint]:
    for name in _PAIRS:
        for predicate in reader.iris(node, SH[name]):
            yield PairConstraint(component(name), predicate)


def _logic(reader: "ShapeReader", node: Node) -> Iterator[Constraint]:
    for name in ("not", "node"):
        for value in reader.graph.values(node, SH[name]):
            yield LogicConstraint(component(name), _shapes(reader, node, SH[name], (value,)))
    for name in _LISTS:
        for head in reader.graph.values(node, SH[name]):
            members = reader.members(node, SH[name], head)
            yield LogicConstraint(component(name), _shapes(reader, node, SH[name], members))
    for shape in _shapes(reader, node, SH.property, reader.graph.values(node, SH.property)):
        yield PropertyConstraint(shape)


def _shapes(
    reader: "ShapeReader", node: Node, predicate: NamedNode, values: tuple[Term, ...] | list[Term]
) -> tuple[Node, ...]:
    found: list[Node] = []
    for value in values:
        if isinstance(value, Literal):
            reader.error(node, predicate, "a literal is no shape", "Name a shape.")
        if isinstance(value, NamedNode) and not reader.graph.about(value):
            reader.error(
                node,
                predicate,
                f"the shape <{value.value}> is not in the shapes graph",
                "Add it, or load the file that has it too.",
            )
        found.append(value)
    return tuple(found)


def _qualified(reader: "ShapeReader", node: Node) -> Iterator[Constraint]:
    value = reader.one(node, SH.qualifiedValueShape)
    disjoint = _flag(reader, node, SH.qualifiedValueShapesDisjoint)
    names = ("qualifiedMinCount", "qualifiedMaxCount")
    bounds = {name: _integer(reader, node, SH[name]) for name in names}
    if value is None:
        return
    shape = _shapes(reader, node, SH.qualifiedValueShape, (value,))[0]
    siblings = tuple(_siblings(reader, node, shape)) if disjoint else ()
    for name, bound in bounds.items():
        if bound is not None:
            yield QualifiedConstraint(component(name), shape, bound, siblings)


def _siblings(reader: "ShapeReader", node: Node, shape: Node) -> list[Node]:
    graph = reader.graph
    parents = dict.fromkeys(t.subject for t in graph.using(SH.property) if t.object == node)
    found: dict[Node, None] = {}
    for parent in parents:
        for sibling in graph.values(parent, SH.property):
            for value in graph.values(sibling, SH.qualifiedValueShape):
                if value != shape and not isinstance(value, Literal):
                    found[value] = None
    return list(found)


def _others(reader: "ShapeReader", node: Node) -> Iterator[Constraint]:
    ignored = reader.one(node, SH.ignoredProperties)
    members = () if ignored is None else reader.members(node, SH.ignoredProperties, ignored)
    if not all(isinstance(member, NamedNode) for member in members):
        reader.error(node, SH.ignoredProperties, "a member is no IRI", "List predicates.")
    if _flag(reader, node, SH.closed):
        paths = [
            value
            for shape in reader.graph.values(node, SH.property)
            for value in reader.graph.values(shape, SH.path)
        ]
        allowed = (term for term in (*members, *paths) if isinstance(term, NamedNode))
        yield ClosedConstraint(frozenset(allowed))
    for value in reader.graph.values(node, SH.hasValue):
        yield HasValueConstraint(value)
    listed = reader.one(node, SH["in"])
    if listed is not None:
        yield InConstraint(reader.members(node, SH["in"], listed))


_READERS: tuple[Callable[["ShapeReader", Node], Iterator[Constraint]], ...] = (
    _types,
    _counts,
    _ranges,
    _texts,
    _pairs,
    _logic,
    _qualified,
    _others,
)
