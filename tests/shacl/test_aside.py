"""Rules that are judged in a process of their own: the same results, and bounds that hold."""

import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from engine.canonical import canonical
from engine.rdf import NamedNode, RdfFormat, Term, Triple, parse
from engine.shacl import Report, RuleRun, Shapes, Standing, parse_shapes, validate_graph
from engine.shacl import report as reports
from engine.shacl.aside import Bounds, how
from engine.shacl.data import Lookup
from engine.shacl.evaluate import Evaluation
from engine.shacl.graphdata import GraphData
from engine.shacl.validation import Judging, validate_with

EX = "https://example.org/"
HEAD = f"""@prefix ex: <{EX}> . @prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
ex:ns sh:declare [ sh:prefix "ex" ; sh:namespace "{EX}"^^xsd:anyURI ] .
"""
DATA = """ex:a a ex:Thing ; ex:value 1 , "x\\ny"@en , "01"^^xsd:integer ; ex:next ex:b .
ex:b a ex:Thing ; ex:value 3 . _:c a ex:Thing ; ex:value 5 ; ex:next _:c . ex:d ex:value 7 .
"""
# LIMIT means each focus node's own rows: no query over all of them gives those.
LATEST = """ex:Latest a sh:NodeShape ; sh:targetClass ex:Thing ;
    sh:sparql [ sh:prefixes ex:ns ; sh:message "the greatest is {?value}" ;
        sh:select "SELECT $this ?value { $this ex:value ?value } ORDER BY DESC(?value) LIMIT 1" ] .
"""
ASKED = """ex:Small a sh:ConstraintComponent ; sh:parameter [ sh:path ex:below ] ;
    sh:validator [ a sh:SPARQLAskValidator ; sh:prefixes ex:ns ; sh:message "not below {$below}" ;
        sh:ask "ASK { FILTER ($value < $below) }" ] .
ex:Below a sh:NodeShape ; sh:targetSubjectsOf ex:next ;
    sh:property [ sh:path ex:value ; ex:below 3 ] .
"""
EXPRESSED = """ex:Expressed a sh:NodeShape ; sh:targetClass ex:Thing ;
    sh:expression [ sh:minus ( 1 ) ] .
"""
TARGETED = """ex:Targeted a sh:NodeShape ;
    sh:target [ a sh:SPARQLTarget ; sh:prefixes ex:ns ;
        sh:select "SELECT ?this { ?this ex:value ?v FILTER (?v > 4) }" ] ;
    sh:property [ sh:path ex:value ; sh:maxExclusive 6 ; sh:message "too much" ] .
"""
FUNCTION = """ex:double a sh:SPARQLFunction ; sh:prefixes ex:ns ; sh:returnType xsd:integer ;
    sh:parameter [ sh:path ex:given ; sh:datatype xsd:integer ] ;
    sh:select "SELECT ($given * 2 AS ?result) {}" .
ex:Doubled a sh:NodeShape ; sh:targetClass ex:Thing ;
    sh:sparql [ sh:prefixes ex:ns ; sh:message "twice {?value} is over 5" ;
        sh:select "SELECT $this ?value { $this ex:value ?value FILTER (ex:double(?value) > 5) }" ] .
"""
ENDLESS = """ex:Endless a sh:NodeShape ; sh:targetClass ex:Thing ;
    sh:sparql [ sh:prefixes ex:ns ; sh:message "never" ;
    sh:select '''SELECT $this (COUNT(*) AS ?n) {
        ?a ?p1 ?b . ?c ?p2 ?d . ?e ?p3 ?f . ?g ?p4 ?h . ?i ?p5 ?j . ?k ?p6 ?l . ?m ?p7 ?n1 .
        ?o ?p8 ?q . ?r ?p9 ?s . ?t ?p10 ?u } GROUP BY $this LIMIT 1''' ] .
"""


def triples(text: str) -> list[Triple]:
    return [q.triple for q in parse(HEAD + text, format=RdfFormat.TURTLE)]


def lookup_of(data: str, shapes: str) -> Lookup:
    return Lookup(GraphData(triples(data), triples(shapes)))


def run_of(shapes: str, *, data: str = DATA, bounds: Bounds | None = None) -> RuleRun:
    parsed = parse_shapes(triples(shapes))
    return Judging(parsed, lookup_of(data, shapes), bounds).run(parsed.rules[0])


def told(run: RuleRun) -> set[tuple[str, str, str]]:
    return {(_short(f.focus), _short(f.value), f.message) for f in run.findings}


def _short(term: Term | None) -> str:
    return "" if term is None else getattr(term, "value", str(term)).removeprefix(EX)


@pytest.mark.parametrize("shapes", [LATEST, ASKED])
def test_a_process_of_its_own_gives_what_this_one_gives(shapes: str) -> None:
    parsed = parse_shapes(triples(shapes))
    lookup = lookup_of(DATA, shapes)
    rule = parsed.rules[0]
    here = Evaluation(parsed, lookup).run(rule)
    assert how(parsed, rule) == "each"
    there = Judging(parsed, lookup).run(rule)
    assert here.findings
    assert there.findings == here.findings
    assert [f.messages for f in there.findings] == [f.messages for f in here.findings]
    assert set(there.population) == set(here.population)
    assert there.state == "validated"


def test_what_can_be_asked_of_all_at_once_stays_here() -> None:
    text = "ex:S a sh:NodeShape ; sh:targetClass ex:Thing ; sh:nodeKind sh:IRI ."
    shapes = parse_shapes(triples(text))
    assert how(shapes, shapes.rules[0]) is None


@pytest.mark.parametrize(
    ("shapes", "expected"),
    [
        (TARGETED, {("d", "7", "too much")}),
        (FUNCTION, {("b", "3", "twice 3 is over 5"), ("_:c", "5", "twice 5 is over 5")}),
    ],
)
def test_what_shacl_does_not_have_is_left_to_pyshacl(
    shapes: str, expected: set[tuple[str, str, str]]
) -> None:
    pytest.importorskip("pyshacl", reason="pySHACL is not installed")
    # Its engine for SPARQL holds that any text is greater than a number.
    run = run_of(shapes, data=DATA.replace(', "x\\ny"@en', ""))
    assert run.state == "validated", run.reason
    blank = {("_:c" if f[0] not in "abd" else f[0], *f[1:]) for f in told(run)}
    assert blank == expected


def test_custom_targets_are_counted() -> None:
    pytest.importorskip("pyshacl", reason="pySHACL is not installed")
    run = run_of(TARGETED, data="ex:a ex:value 5 . ex:b ex:value 9 . ex:c ex:value 1 .")
    assert {_short(focus) for focus in run.population} == {"a", "b"}
    assert told(run) == {("b", "9", "too much")}


def test_without_pyshacl_such_a_shape_is_not_validated(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # The process looks for modules where this one does.
    (tmp_path / "pyshacl.py").write_text("raise ImportError")
    monkeypatch.setattr("sys.path", [str(tmp_path), *sys.path])
    run = run_of(TARGETED)
    assert run.state == "not validated"
    assert "pip install pyshacl" in run.reason


def test_a_query_that_never_ends_is_stopped() -> None:
    began = time.monotonic()
    run = run_of(ENDLESS, bounds=replace(Bounds(), seconds=2.0))
    assert time.monotonic() - began < 6
    assert run.state == "not validated"
    assert "longer than 2 seconds" in run.reason
    assert len(run.population) == 3


def test_a_query_that_eats_memory_is_stopped() -> None:
    grown = " ".join(f"BIND(CONCAT(?v{n}, ?v{n}) AS ?v{n + 1})" for n in range(40))
    shapes = ENDLESS.partition("'''")[0] + (
        f"'''SELECT $this ?v40 {{ BIND('xxxxxxxxxxxxxxxx' AS ?v0) {grown} }} LIMIT 1''' ] ."
    )
    run = run_of(shapes, bounds=replace(Bounds(), memory_bytes=1024**3, seconds=30))
    assert run.state == "not validated"
    assert "1024 MiB" in run.reason


def test_a_graph_over_the_bound_is_not_validated() -> None:
    run = run_of(LATEST, bounds=replace(Bounds(), statements=3))
    assert run.state == "not validated"
    assert "judged over 3 at most" in run.reason


@pytest.mark.parametrize(
    ("shapes", "word"),
    [
        (
            'ex:S a sh:NodeShape ; sh:targetClass ex:Thing ; sh:js [ sh:jsFunctionName "f" ] .',
            "script",
        ),
        (
            'ex:S a sh:NodeShape ; sh:target [ a sh:JSTarget ; sh:jsFunctionName "f" ] .',
            "script",
        ),
        (
            TARGETED.replace("?this ex:value ?v", "SERVICE <http://127.0.0.1:9/> { ?this ?p ?v }"),
            "another service",
        ),
        ("[] sh:targetClass ex:Thing ; sh:expression true .", "no IRI"),
    ],
)
def test_what_is_never_run_says_so(shapes: str, word: str) -> None:
    run = run_of(shapes)
    assert run.state == "not validated"
    assert word in run.reason


def test_every_format_of_the_report_says_what_was_not_validated() -> None:
    shapes = 'ex:S a sh:NodeShape ; sh:targetClass ex:Thing ; sh:js [ sh:jsFunctionName "f" ] .'
    report = validate_graph(triples(DATA), triples(shapes))
    assert not report.conforms
    for name in ("json", "turtle", "sarif", "junit"):
        text = reports.render(report, name)
        assert "script" in text or "false" in text


def test_kept_results_follow_the_graph() -> None:
    shapes = parse_shapes(triples(LATEST + TARGETED))
    before, after = DATA, DATA + "ex:b ex:value 12 . ex:e a ex:Thing ; ex:value 8 ."
    one, other = GraphData(_canonical(before)), GraphData(_canonical(after))
    standing = Standing(shapes, one)
    assert standing.report() == _whole(shapes, one)
    added = set(_canonical(after)) - set(_canonical(before))
    standing.judge(standing.affected(added, other), other)
    assert standing.report() == _whole(shapes, other)
    assert NamedNode(EX + "e") in {f.focus for f in standing.report().findings}


def _canonical(text: str) -> list[Triple]:
    found = (Triple(t.subject, t.predicate, canonical(t.object)) for t in triples(text))  # type: ignore[arg-type]
    return list(dict.fromkeys(t for t in found if "_:" not in str(t.subject)))


def _whole(shapes: Shapes, data: GraphData) -> Report:
    return validate_with(shapes, Lookup(data, canonical))
