"""Shapes graphs that are wrong: each error names the shape, the place and the remedy."""

import re

import pytest

from engine.errors import ShapeError
from engine.rdf import NamedNode, RdfFormat, Triple, parse
from engine.shacl import parse_shapes
from engine.shacl.model import QualifiedConstraint
from engine.vocab import SH, XSD

PREFIXES = f"""@prefix ex: <https://example.org/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix sh: <{SH.base}> .
@prefix xsd: <{XSD.base}> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
"""
NODE = "ex:S a sh:NodeShape ; sh:targetNode ex:n"
PROP = "ex:S a sh:PropertyShape ; sh:targetNode ex:n ; sh:path ex:p"


def triples(text: str) -> list[Triple]:
    return [q.triple for q in parse((PREFIXES + text).encode(), format=RdfFormat.TURTLE)]


WRONG = [
    (f"{NODE} ; sh:minCuont 1 .", "sh:minCuont", "not evaluate", "Did you mean sh:minCount"),
    (f"{NODE} ; sh:rule ex:r .", "sh:rule", "not evaluate", "SHACL 1.0"),
    (
        f"{NODE} ; sh:minCount 1 .",
        "sh:minCount",
        "node shape cannot",
        "Move it to a property shape",
    ),
    (f"{PROP} ; sh:minCount 1.5 .", "sh:minCount", "no xsd:integer", "whole number"),
    (f'{PROP} ; sh:maxCount "1" .', "sh:maxCount", "no xsd:integer", "whole number"),
    (f"{PROP} ; sh:minCount 1, 2 .", "sh:minCount", "2 values", "Keep one"),
    (f"{PROP} ; sh:path ex:q .", "sh:path", "2 values", "Keep one"),
    (f"{PROP} ; sh:datatype 'x' .", "sh:datatype", "no IRI", "xsd:string"),
    (f"{PROP} ; sh:nodeKind sh:Iri .", "sh:nodeKind", "no node kind", "sh:IRI"),
    (f"{PROP} ; sh:class 5 .", "sh:class", "no IRI", "Write an IRI"),
    (f"{PROP} ; sh:minInclusive ex:x .", "sh:minInclusive", "no literal", "Write a value"),
    (f"{PROP} ; sh:pattern 5 .", "sh:pattern", "no xsd:string", 'Write "…"'),
    (f"{PROP} ; sh:languageIn ( 5 ) .", "sh:languageIn", "no string", '"en"'),
    (f"{PROP} ; sh:uniqueLang 5 .", "sh:uniqueLang", "no boolean", "true or false"),
    (f"{PROP} ; sh:in ex:x .", "sh:in", "not a well-formed RDF list", r"\( … \)"),
    (f"{NODE} ; sh:closed true ; sh:ignoredProperties ( 5 ) .", "sh:ignored", "no IRI", "List"),
    (f"{NODE} ; sh:property 5 .", "sh:property", "literal is no shape", "Name a shape"),
    (f"{NODE} ; sh:node ex:Gone .", "sh:node", "not in the shapes graph", "Add it"),
    (f"{NODE} ; sh:property ex:P . ex:P sh:minCount 1 .", "sh:path", "no path", "Add sh:path"),
    (
        f"{NODE} ; sh:property [ sh:minCount 1 ] .",
        "the blank shape in",
        "no path",
        "Add sh:path",
    ),
    (f"{NODE} ; sh:message 5 .", "sh:message", "no text", "@en"),
    (f"{NODE} ; sh:severity 'high' .", "sh:severity", "no IRI", "sh:Violation"),
    (f"{NODE} ; sh:deactivated 5 .", "sh:deactivated", "no boolean", "true or false"),
    (f"{NODE} ; sh:targetNode [] .", "sh:targetNode", "blank node", "Name an IRI"),
    (f"{NODE} ; sh:targetClass 'x' .", "sh:targetClass", "no IRI", "Write an IRI"),
    ("[] a sh:NodeShape, rdfs:Class .", "blank shape", "a class and a shape", "Give it an IRI"),
    (f"{PROP} . ex:g sh:entailment ex:RDFS .", "sh:entailment", "entailment", "remove"),
    (f"{PROP} ; sh:path [ sh:inversePath 'x' ] .", "sh:path", "2 values", "Keep one"),
    (f"{NODE} ; sh:property [ sh:path [ ] ] .", "sh:path", "without a path operator", "sh:inverse"),
    (f"{NODE} ; sh:sparql 'x' .", "sh:sparql", "is a literal", "Name a node"),
    (f"{NODE} ; sh:sparql [ sh:message 'x' ] .", "sh:select", "no query text", "Add sh:select"),
]


@pytest.mark.parametrize(("text", "place", "message", "remedy"), WRONG, ids=range(len(WRONG)))
def test_wrong_shape(text: str, place: str, message: str, remedy: str) -> None:
    with pytest.raises(ShapeError, match=message) as caught:
        parse_shapes(triples(text))
    assert place in str(caught.value)
    assert re.search(remedy, caught.value.remedy)
    assert "shape " in str(caught.value)


RECURSIVE = [
    "ex:S a sh:NodeShape ; sh:targetNode ex:n ; sh:node ex:S .",
    "ex:S a sh:NodeShape ; sh:not ex:T . ex:T a sh:NodeShape ; sh:or ( ex:S ex:U ) ."
    "ex:U a sh:NodeShape .",
    "ex:S a sh:NodeShape ; sh:property ex:P . ex:P sh:path ex:p ; sh:qualifiedValueShape ex:S ;"
    "sh:qualifiedMinCount 1 .",
]


@pytest.mark.parametrize("text", RECURSIVE, ids=range(len(RECURSIVE)))
def test_recursion(text: str) -> None:
    with pytest.raises(ShapeError, match=r"refers to itself: .*S → .*S.*Break the loop"):
        parse_shapes(triples(text))


def test_a_shape_used_twice_is_no_recursion() -> None:
    shapes = parse_shapes(
        triples("ex:S a sh:NodeShape ; sh:and ( ex:T ex:T ) ; sh:not ex:T . ex:T a sh:NodeShape .")
    )
    assert len(shapes.by_node) == 2


def test_deep_nesting_needs_no_deep_stack() -> None:
    chain = "".join(f"ex:S{i} a sh:NodeShape ; sh:node ex:S{i + 1} ." for i in range(3000))
    shapes = parse_shapes(triples(f"{chain} ex:S3000 a sh:NodeShape ."))
    assert len(shapes.closure(NamedNode("https://example.org/S0"))) == 3001


def test_rules_are_the_shapes_with_a_target() -> None:
    shapes = parse_shapes(
        triples(
            "ex:B a sh:NodeShape, rdfs:Class . ex:A a sh:NodeShape ; sh:targetSubjectsOf ex:p ."
            "ex:C a sh:NodeShape ; sh:property [ sh:path ex:p ; sh:targetNode 5 ] ."
        )
    )
    names = [node.value.rpartition("/")[2] for node in shapes.rules]
    assert names[:2] == ["A", "B"]
    assert len(names) == 3


def test_siblings_come_from_every_parent() -> None:
    shapes = parse_shapes(
        triples(
            "ex:P1 a sh:NodeShape ; sh:property ex:Q1, ex:Q2 ."
            "ex:P2 a sh:NodeShape ; sh:property ex:Q1, ex:Q3 ."
            "ex:Q1 sh:path ex:p ; sh:qualifiedValueShape ex:V1 ; sh:qualifiedMinCount 1 ;"
            " sh:qualifiedValueShapesDisjoint true ."
            "ex:Q2 sh:path ex:p ; sh:qualifiedValueShape ex:V2 ; sh:qualifiedMaxCount 1 ."
            "ex:Q3 sh:path ex:p ; sh:qualifiedValueShape ex:V3 ; sh:qualifiedMaxCount 1 ."
            "ex:V1 a sh:NodeShape . ex:V2 a sh:NodeShape . ex:V3 a sh:NodeShape ."
        )
    )
    (constraint,) = shapes[NamedNode("https://example.org/Q1")].constraints
    assert isinstance(constraint, QualifiedConstraint)
    assert {node.value[-2:] for node in constraint.siblings} == {"V2", "V3"}
