"""The W3C test suite of SHACL 1.0, Core and SPARQL, case by case from a local copy."""

import os
from collections import Counter
from functools import lru_cache
from pathlib import Path

import pytest

from engine.assets import assets_root
from engine.errors import ShapeError
from engine.rdf import NamedNode, RdfFormat, Term, Triple, parse
from engine.shacl import validate_graph
from engine.shacl.paths import parse_path
from engine.shacl.report import report_triples
from engine.shacl.shapesgraph import ShapesGraph
from engine.vocab import SH, Namespace

MATERIAL = Path(
    os.environ.get("AIMS_MATERIAL") or assets_root().parent / "shared" / "material"
).absolute()
SUITE = MATERIAL / "suites" / "shacl"
BASE = "http://suite.example/"
MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
SHT = Namespace("http://www.w3.org/ns/shacl-test#")
CASES = 121
SKIPPED: dict[str, str] = {}  # IRI of a case below BASE → why it cannot pass


@lru_cache(maxsize=512)
def triples(name: str) -> tuple[Triple, ...]:
    quads = parse(
        (SUITE / name).read_bytes(), format=RdfFormat.TURTLE, base_iri=BASE + name,
        rename_blank_nodes=True,
    )  # fmt: skip
    return tuple(quad.triple for quad in quads)


def local(node: Term) -> str:
    return node.value.removeprefix(BASE)


def cases() -> list[tuple[str, NamedNode]]:
    """File and case of every test entry, also of those that no manifest includes."""
    found: list[tuple[str, NamedNode]] = []
    for path in sorted(SUITE.rglob("*.ttl")):
        name = path.relative_to(SUITE).as_posix()
        graph = ShapesGraph(triples(name))
        for head in graph.using(MF.entries):
            found += [(name, m) for m in graph.members(head.object) if isinstance(m, NamedNode)]
    return found


FOUND = cases() if SUITE.is_dir() else []


@pytest.mark.skipif(not FOUND, reason=f"the suite is not at {SUITE} (set AIMS_MATERIAL)")
def test_suite_is_whole() -> None:
    assert len(FOUND) == CASES


def results(graph: ShapesGraph, report: Term) -> Counter[tuple[object, ...]]:
    """The results of a report, each as values that compare: paths as paths, nodes as nodes."""
    found: Counter[tuple[object, ...]] = Counter()
    for node in graph.values(report, SH.result):
        path = graph.values(node, SH.resultPath)
        found[
            (
                *(tuple(graph.values(node, p)) for p in (SH.focusNode, SH.value, SH.sourceShape)),
                *(tuple(graph.values(node, p)) for p in COMPARED),
                parse_path(graph, path[0]) if path else None,
            )
        ] += 1
    return found


COMPARED = (SH.sourceConstraintComponent, SH.resultSeverity)


def extras(graph: ShapesGraph, report: Term) -> set[tuple[Term, NamedNode, Term]]:
    """Focus with message or source constraint, where a report has them."""
    return {
        (graph.values(node, SH.focusNode)[0], predicate, value)
        for node in graph.values(report, SH.result)
        for predicate in (SH.resultMessage, SH.sourceConstraint)
        for value in graph.values(node, predicate)
    }


@pytest.mark.parametrize(("manifest", "case"), FOUND, ids=[local(case) for _, case in FOUND])
def test_case(manifest: str, case: NamedNode) -> None:
    if local(case) in SKIPPED:
        pytest.skip(SKIPPED[local(case)])
    graph = ShapesGraph(triples(manifest))
    (action,), (expected,) = graph.values(case, MF.action), graph.values(case, MF.result)
    data = triples(local(graph.values(action, SHT.dataGraph)[0]))
    shapes = triples(local(graph.values(action, SHT.shapesGraph)[0]))
    if expected == SHT.Failure:
        with pytest.raises(ShapeError):
            validate_graph(data, shapes)
        return
    report = ShapesGraph(report_triples(validate_graph(data, shapes)))
    (node,) = report.instances(SH.ValidationReport)
    assert results(report, node) == results(graph, expected)
    assert extras(report, node) >= extras(graph, expected)
    assert report.values(node, SH.conforms) == graph.values(expected, SH.conforms)
