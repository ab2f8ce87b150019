"""Reads SHACL-SPARQL: sh:sparql constraints and declared constraint components (sections 5, 6)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.errors import ShapeError
from engine.rdf import Literal, NamedNode, Node, Term
from engine.shacl.literals import is_true
from engine.shacl.model import AskConstraint, SparqlConstraint
from engine.shacl.paths import Path, path_text
from engine.shacl.prebinding import Prepared, prepare
from engine.shacl.shapesgraph import ShapesGraph
from engine.vocab import OWL, SH, XSD, shorten

if TYPE_CHECKING:
    from engine.shacl.reading import ShapeReader

_VARIABLE = re.compile(r"[A-Za-z_]\w*")
_RESERVED = ("this", "shapesGraph", "currentShape", "path", "PATH", "value")


@dataclass(frozen=True, slots=True)
class Component:
    """A declared constraint component: parameter IRI → variable, validators by use."""

    node: NamedNode
    mandatory: dict[NamedNode, str]
    optional: dict[NamedNode, str]
    validators: tuple[Node, ...]
    node_validators: tuple[Node, ...]
    property_validators: tuple[Node, ...]


def declared_components(graph: ShapesGraph, reader: "ShapeReader") -> tuple[Component, ...]:
    """The constraint components that the shapes graph declares, by IRI."""
    found = [_component(node, reader) for node in graph.instances(SH.ConstraintComponent)]
    return tuple(sorted(found, key=lambda item: item.node.value))


def _component(node: Node, reader: "ShapeReader") -> Component:
    if not isinstance(node, NamedNode):
        reader.error(node, None, "a constraint component is a blank node", "Give it an IRI.")
    mandatory: dict[NamedNode, str] = {}
    optional: dict[NamedNode, str] = {}
    for parameter in _nodes(reader, node, SH.parameter):
        path = reader.one(parameter, SH.path)
        if not isinstance(path, NamedNode):
            reader.error(node, SH.parameter, "a parameter has no IRI as sh:path", "Add one.")
        name = re.split(r"[#/:]", path.value)[-1]
        if not _VARIABLE.fullmatch(name) or name in _RESERVED:
            reader.error(node, SH.parameter, f'"{name}" cannot be a variable', "Rename it.")
        kind = optional if is_true(reader.one(parameter, SH.optional)) else mandatory
        kind[path] = name
    if not mandatory:
        reader.error(
            node, SH.parameter, "the component has no mandatory parameter", "Add a sh:parameter."
        )
    return Component(
        node,
        mandatory,
        optional,
        _nodes(reader, node, SH.validator),
        _nodes(reader, node, SH.nodeValidator),
        _nodes(reader, node, SH.propertyValidator),
    )


def _nodes(reader: "ShapeReader", node: Node, predicate: NamedNode) -> tuple[Node, ...]:
    values = reader.graph.values(node, predicate)
    found = tuple(value for value in values if not isinstance(value, Literal))
    if len(found) != len(values):
        reader.error(node, predicate, "a value is a literal", "Name a node.")
    return found


def sparql_constraints(
    reader: "ShapeReader", node: Node, path: Path | None
) -> Iterator[SparqlConstraint]:
    """The sh:sparql constraints of the shape at ``node`` that are not deactivated."""
    for constraint in _nodes(reader, node, SH.sparql):
        if is_true(reader.one(constraint, SH.deactivated)):
            continue
        prepared = _prepared(reader, constraint, SH.select, path, ())
        yield SparqlConstraint(
            component=SH.SPARQLConstraintComponent,
            node=constraint,
            text=prepared.text,
            written=prepared.written,
            bound=prepared.variables,
            setwise=prepared.setwise,
            messages=reader.messages(constraint),
        )


def custom_constraints(
    reader: "ShapeReader", node: Node, path: Path | None
) -> Iterator[SparqlConstraint | AskConstraint]:
    """The constraints of the shape at ``node`` that declared components make."""
    for component in reader.components:
        if all(reader.graph.values(node, parameter) for parameter in component.mandatory):
            for parameters in _parameters(reader, node, component):
                yield from _validated(reader, component, path, parameters)


def _parameters(
    reader: "ShapeReader", node: Node, component: Component
) -> Iterator[dict[str, Term]]:
    names = component.mandatory | component.optional
    if len(names) == 1:
        ((parameter, name),) = names.items()
        for value in reader.graph.values(node, parameter):
            yield {name: value}
        return
    given = {name: reader.one(node, parameter) for parameter, name in names.items()}
    yield {name: value for name, value in given.items() if value is not None}


def _validated(
    reader: "ShapeReader", component: Component, path: Path | None, parameters: dict[str, Term]
) -> Iterator[SparqlConstraint | AskConstraint]:
    special = component.node_validators if path is None else component.property_validators
    names = tuple((component.mandatory | component.optional).values())
    for validator in (special or component.validators)[:1]:
        ask = not special and not reader.graph.values(validator, SH.select)
        prepared = _prepared(reader, validator, SH.ask if ask else SH.select, path, names)
        given = {name: term for name, term in parameters.items() if name in prepared.variables}
        bound = prepared.variables - set(names)
        messages = reader.messages(validator) or reader.messages(component.node)
        if ask:
            yield AskConstraint(
                component.node, prepared.text, prepared.written, bound, given, messages
            )
        else:
            yield SparqlConstraint(
                component.node,
                None,
                prepared.text,
                prepared.written,
                bound,
                prepared.setwise,
                given,
                messages,
            )


def _prepared(
    reader: "ShapeReader",
    node: Node,
    predicate: NamedNode,
    path: Path | None,
    parameters: tuple[str, ...],
) -> Prepared:
    text = reader.one(node, predicate)
    if not isinstance(text, Literal) or text.datatype != XSD.string:
        reader.error(node, predicate, "there is no query text", f"Add {shorten(predicate)} “…”.")
    try:
        return prepare(
            text.value,
            prefixes=_prefixes(reader, node),
            path=path_text(path, curies=False) if path else None,
            parameters=parameters,
            ask=predicate == SH.ask,
        )
    except ShapeError as error:
        reader.error(node, predicate, error.message, error.remedy)


def _prefixes(reader: "ShapeReader", node: Node) -> str:
    graph = reader.graph
    waiting = list(graph.values(node, SH.prefixes))
    seen: set[Term] = set()
    declared: dict[str, str] = {}
    while waiting:
        source = waiting.pop(0)
        if source in seen:
            continue
        seen.add(source)
        waiting += graph.values(source, OWL.imports)
        for declaration in graph.values(source, SH.declare):
            prefix, namespace = (
                graph.values(declaration, SH.prefix),
                graph.values(declaration, SH.namespace),
            )
            if len(prefix) != 1 or len(namespace) != 1:
                reader.error(node, SH.prefixes, "a sh:declare is incomplete", "Mend it.")
            name, iri = prefix[0].value, namespace[0].value
            if declared.setdefault(name, iri) != iri:
                reader.error(
                    node, SH.prefixes, f'the prefix "{name}" has two namespaces', "Keep one."
                )
    return "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in declared.items())
