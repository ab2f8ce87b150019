"""Renderings of a report: each says what was found, what was not validated, what was empty."""

import json
from xml.etree import ElementTree

import pytest

from engine.errors import InputError
from engine.rdf import Literal, NamedNode, RdfFormat, parse
from engine.shacl import Finding, Report, RuleRun, validate_graph
from engine.shacl.report import render, report_triples
from engine.shacl.shapesgraph import ShapesGraph
from engine.vocab import AIMS, SH, SHAPES

FINDING = Finding(
    rule=SHAPES.OwnerRule,
    focus=NamedNode("https://example.org/n"),
    path="aims:ownedBy/(^aims:owns)*",
    value=Literal("x\x07"),
    shape=SHAPES["OwnerRule-owner"],
    constraint=None,
    component=SH.MinCountConstraintComponent,
    severity=SH.Violation,
    message="no owner \x07",
    messages=(Literal("no owner", language="en"),),
)
REPORT = Report(
    (
        RuleRun(SHAPES.OwnerRule, (FINDING.focus,), (FINDING,)),
        RuleRun(SHAPES.EmptyRule, (), ()),
        RuleRun(SHAPES.BrokenRule, (), (), "not validated", "the query failed"),
        RuleRun(SHAPES.OffRule, (), (), "not validated", "deactivated", deactivated=True),
    )
)


def test_triples() -> None:
    graph = ShapesGraph(report_triples(REPORT))
    (report,) = graph.instances(SH.ValidationReport)
    (result,) = graph.values(report, SH.result)
    assert graph.values(report, SH.conforms)[0].value == "false"
    assert graph.values(result, SH.focusNode) == [FINDING.focus]
    assert graph.values(result, SH.resultMessage) == list(FINDING.messages)
    (path,) = graph.values(result, SH.resultPath)
    assert graph.members(path)[0] == AIMS.ownedBy


def test_turtle_reads_back() -> None:
    text = render(REPORT, "turtle")
    assert len(list(parse(text.encode(), format=RdfFormat.TURTLE))) == len(report_triples(REPORT))


def test_text() -> None:
    lines = render(REPORT, "text").splitlines()
    assert lines[0] == "Violation: no owner \x07 [aimsh:OwnerRule]"
    assert "Checked nothing: aimsh:EmptyRule has no focus node" in lines
    assert "Not validated: aimsh:BrokenRule: the query failed" in lines
    assert lines[-1] == (
        "1 rule results (1 Violation) from 4 rules on 1 focus nodes; 1 rules not validated, "
        "1 checked nothing."
    )


def test_json() -> None:
    document = json.loads(render(REPORT, "json"))
    assert document["conforms"] is False
    assert [rule["population"] for rule in document["rules"]] == [1, 0, 0, 0]
    (result,) = document["results"]
    assert result["component"] == "sh:MinCountConstraintComponent"


def test_sarif() -> None:
    (run,) = json.loads(render(REPORT, "sarif"))["runs"]
    assert run["results"][0]["level"] == "error"
    assert run["results"][0]["ruleId"] == "aimsh:OwnerRule"
    assert run["invocations"][0]["executionSuccessful"] is False
    (note,) = run["invocations"][0]["toolExecutionNotifications"]
    assert note["message"]["text"] == "aimsh:BrokenRule: the query failed"


def test_junit() -> None:
    suite = ElementTree.fromstring(render(REPORT, "junit"))
    assert {key: suite.get(key) for key in ("tests", "failures", "errors", "skipped")} == {
        "tests": "4",
        "failures": "1",
        "errors": "1",
        "skipped": "2",
    }
    assert [case[0].tag for case in suite] == ["failure", "skipped", "error", "skipped"]


def test_an_unknown_format_is_an_input_error() -> None:
    with pytest.raises(InputError, match="no format"):
        render(REPORT, "pdf")


def test_an_empty_report() -> None:
    report = validate_graph((), ())
    assert report.conforms
    assert render(report, "text").startswith("0 rule results from 0 rules")
