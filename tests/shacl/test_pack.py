"""A pack's rules over a reader: the canary, the ontology in targets, the five false cleans."""

from collections.abc import Iterable

import pytest

from engine.errors import NotValidatedError, ShapeError
from engine.iri import DEFAULT_BASE, graph_iri
from engine.knowledge import KnowledgePack
from engine.rdf import Literal, NamedNode, Quad, RdfFormat, parse
from engine.shacl import CANARY, pack_shapes, run_pack
from engine.snapshot import Reader, reader_over
from engine.view import Period, View, parse_instant
from engine.vocab import PREFIXES, SHAPES

HEADER = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in PREFIXES.items())
EX = "https://example.org/"
CANARY_SHAPE = """aimsh:CanaryAlwaysFires a sh:NodeShape ; sh:targetClass aims:EvaluationContext ;
    sh:severity sh:Info ; sh:property aimsh:CanaryAlwaysFires-never .
aimsh:CanaryAlwaysFires-never sh:path aims:evaluatedAt ; sh:maxCount 0 ; sh:severity sh:Info .
"""
RULE = """aimsh:Owned a sh:NodeShape ; sh:targetClass aims:ManagedEntity ;
    sh:property aimsh:Owned-owner .
aimsh:Owned-owner sh:path aims:ownedBy ; sh:minCount 1 .
"""
ONTOLOGY = "aims:AISystem rdfs:subClassOf aims:ManagedEntity . aims:ownedBy rdfs:range aims:Party ."


def pack(shapes: str, ontology: str = ONTOLOGY) -> KnowledgePack:
    return KnowledgePack(
        {
            "shapes/rules.ttl": (HEADER + shapes).encode(),
            "ontology/core.ttl": (HEADER + ontology).encode(),
        }
    )


def reader(shapes: str, data: str = "", ontology: str = ONTOLOGY) -> Reader:
    graph = graph_iri(DEFAULT_BASE, "general", "test")
    view = View(
        evaluated_at=parse_instant("2026-07-01"), period=Period.parse("2026-01-01/2026-07-01")
    )
    text = f"{HEADER}@prefix ex: <{EX}> .\n{data}".encode()
    found = (q.triple for q in parse(text, format=RdfFormat.TURTLE))
    quads: Iterable[Quad] = [Quad(t.subject, t.predicate, t.object, graph) for t in found]
    return reader_over(quads, pack(shapes, ontology), view)


def test_the_canary_fires_and_is_taken_out() -> None:
    report = run_pack(reader(CANARY_SHAPE + RULE))
    assert [run.rule for run in report.runs] == [SHAPES.Owned]
    assert not report.findings


@pytest.mark.parametrize(
    ("shapes", "data", "message"),
    [
        (RULE, "", "has no aimsh:CanaryAlwaysFires"),
        (CANARY_SHAPE + "aimsh:CanaryAlwaysFires sh:deactivated true .", "", "is deactivated"),
        (CANARY_SHAPE.replace("sh:maxCount 0", "sh:maxCount 1"), "", "fired 0 times"),
        # A second context in the data would silence or double rules.
        (
            CANARY_SHAPE,
            "ex:x a aims:EvaluationContext ; aims:evaluatedAt ex:y .",
            "fired 2 times, not once, on 2 evaluation contexts",
        ),
        (
            CANARY_SHAPE + 'aimsh:CanaryAlwaysFires sh:sparql [ sh:select "SELECT $this { ? }" ] .',
            "",
            "was not validated",
        ),
    ],
)
def test_without_a_canary_no_answer_is_given(shapes: str, data: str, message: str) -> None:
    with pytest.raises(NotValidatedError, match=message) as caught:
        run_pack(reader(shapes, data))
    assert caught.value.remedy


def test_the_ontology_is_in_target_resolution() -> None:
    report = run_pack(reader(CANARY_SHAPE + RULE, "ex:s a aims:AISystem ."))
    (run,) = report.runs
    assert run.population == (NamedNode(f"{EX}s"),)
    assert [finding.path for finding in report.findings] == ["aims:ownedBy"]


def test_an_empty_register_checked_nothing() -> None:
    (run,) = run_pack(reader(CANARY_SHAPE + RULE)).runs
    assert run.checked_nothing


def test_the_ontology_entails_nothing() -> None:
    shape = "aimsh:P a sh:PropertyShape ; sh:targetSubjectsOf aims:ownedBy ; sh:path aims:ownedBy ;"
    report = run_pack(
        reader(f"{CANARY_SHAPE}{shape} sh:class aims:Party .", "ex:s aims:ownedBy ex:x .")
    )
    assert len(report.findings) == 1


def test_a_failed_query_is_not_validated() -> None:
    broken = (
        'aimsh:Bad a sh:NodeShape ; sh:targetClass aims:AISystem ; sh:sparql [ sh:select "%s" ] .'
    )
    shapes = CANARY_SHAPE + broken % "SELECT $this { $this nope:p ?x }"
    report = run_pack(reader(shapes, "ex:s a aims:AISystem ."))
    assert report.run(SHAPES.Bad) in report.not_validated
    assert not report.conforms


def test_a_malformed_shape_stops_the_pack() -> None:
    with pytest.raises(ShapeError, match="Did you mean sh:minCount"):
        run_pack(reader(CANARY_SHAPE + RULE.replace("minCount", "minCuont")))


def test_shapes_values_are_compared_in_the_readers_form() -> None:
    shape = (
        "aimsh:R a sh:PropertyShape ; sh:targetSubjectsOf aims:ratio ; sh:path aims:ratio ;"
        " sh:in ( 1.0 0.50 ) ; sh:hasValue 1.0 ."
    )
    report = run_pack(reader(CANARY_SHAPE + shape, "ex:s aims:ratio 1.00, 0.5 ."))
    assert not report.findings


def test_the_shapes_graph_is_there_for_rules_that_ask() -> None:
    shape = (
        "aimsh:G a sh:NodeShape ; aims:parameterKey 'x' ; sh:targetClass aims:AISystem ; sh:sparql"
        ' [ sh:select """SELECT $this ?value WHERE { GRAPH $shapesGraph {'
        ' $currentShape aims:parameterKey ?value } }""" ] .'
    )
    report = run_pack(reader(CANARY_SHAPE + shape, "ex:s a aims:AISystem ."))
    assert [finding.value for finding in report.findings] == [Literal("x")]


def test_a_pack_is_parsed_once() -> None:
    assert pack_shapes(pack(RULE)) is pack_shapes(pack(RULE))
    assert CANARY not in pack_shapes(pack(RULE)).rules
