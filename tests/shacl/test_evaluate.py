"""What validation reports: populations, messages, failures, literals as they were written."""

import pytest

from engine.errors import NotFoundError, ShapeError
from engine.rdf import Literal, NamedNode, RdfFormat, Triple, parse
from engine.shacl import Report, parse_shapes, validate_graph
from engine.shacl.data import Lookup
from engine.shacl.graphdata import GraphData
from engine.shacl.validation import validate_with
from engine.vocab import OWL, RDFS, SH, XSD

EX = "https://example.org/"
PREFIXES = f"""@prefix ex: <{EX}> .
@prefix owl: <{OWL.base}> .
@prefix rdfs: <{RDFS.base}> .
@prefix sh: <{SH.base}> .
@prefix xsd: <{XSD.base}> .
"""
DECLARED = f'ex: sh:declare [ sh:prefix "ex" ; sh:namespace "{EX}"^^xsd:anyURI ] .'


def ex(name: str) -> NamedNode:
    return NamedNode(EX + name)


def triples(text: str) -> list[Triple]:
    return [q.triple for q in parse((PREFIXES + text).encode(), format=RdfFormat.TURTLE)]


def run(data: str, shapes: str) -> Report:
    return validate_graph(triples(data), triples(DECLARED + shapes))


def test_a_target_class_without_instances_checked_nothing() -> None:
    report = run(
        "ex:n a ex:Other .", "ex:S a sh:NodeShape ; sh:targetClass ex:C ; sh:nodeKind sh:IRI ."
    )
    (rule,) = report.runs
    assert rule.population == ()
    assert rule.checked_nothing
    assert report.conforms  # the Recommendation's word; faces say "checked nothing"


def test_subclasses_in_the_data_reach_targets_and_values() -> None:
    report = run(
        "ex:D rdfs:subClassOf ex:C . ex:C rdfs:subClassOf ex:B . ex:n a ex:D ; ex:p ex:n .",
        "ex:S a sh:NodeShape ; sh:targetClass ex:B ;"
        " sh:property [ sh:path ex:p ; sh:class ex:B ] .",
    )
    assert report.conforms
    assert report.runs[0].population == (ex("n"),)


def test_subclass_axioms_of_the_shapes_graph_do_not_count() -> None:
    report = run(
        "ex:n a ex:D .",
        "ex:D rdfs:subClassOf ex:C . ex:S a sh:NodeShape ; sh:targetClass ex:C .",
    )
    assert report.runs[0].population == ()


def test_nothing_is_entailed_on_asserted_data() -> None:
    report = run(
        "ex:p rdfs:range ex:C . ex:n ex:p ex:v .",
        "ex:S a sh:NodeShape ; sh:targetSubjectsOf ex:p ;"
        " sh:property [ sh:path ex:p ; sh:class ex:C ] .",
    )
    assert [f.value for f in report.findings] == [ex("v")]


def test_a_failed_query_is_not_validated() -> None:
    report = run(
        "ex:n a ex:C .",
        "ex:S a sh:NodeShape ; sh:targetClass ex:C ;"
        ' sh:sparql [ sh:select "SELECT $this WHERE { $this ex:p }" ] .'
        "ex:T a sh:NodeShape ; sh:targetClass ex:C .",
    )
    failed, sound = report.runs
    assert failed.state == "not validated"
    assert failed.reason
    assert failed.population == (ex("n"),)
    assert sound.state == "validated"
    assert report.not_validated == (failed,)
    assert not report.conforms


def test_a_query_that_reports_failure_is_not_validated() -> None:
    report = run(
        "ex:n a ex:C .",
        "ex:S a sh:NodeShape ; sh:targetClass ex:C ; sh:sparql [ sh:prefixes ex: ;"
        ' sh:select "SELECT $this (true AS ?failure) WHERE { $this a ex:C }" ] .',
    )
    assert report.runs[0].state == "not validated"
    assert "?failure" in report.runs[0].reason


def test_a_bad_pattern_is_not_validated() -> None:
    report = run(
        'ex:n ex:p "x" .',
        'ex:S a sh:PropertyShape ; sh:targetNode ex:n ; sh:path ex:p ; sh:pattern "(" .',
    )
    assert "regular expression" in report.runs[0].reason


def test_patterns_take_linear_time() -> None:
    report = run(
        f'ex:n ex:p "{"a" * 4000}b" .',
        'ex:S a sh:PropertyShape ; sh:targetNode ex:n ; sh:path ex:p ; sh:pattern "^(a+)+$" .',
    )
    assert len(report.findings) == 1


def test_literals_are_judged_as_they_were_written() -> None:
    report = run(
        'ex:n ex:p "01"^^xsd:integer, "1"^^xsd:integer, "x"^^xsd:integer, "1"^^xsd:boolean .',
        "ex:S a sh:PropertyShape ; sh:targetNode ex:n ; sh:path ex:p ; sh:datatype xsd:integer ;"
        " sh:maxCount 3 .",
    )
    assert {f.value for f in report.findings} == {
        Literal("x", datatype=XSD.integer),
        Literal("1", datatype=XSD.boolean),
        None,
    }
    assert len(report.findings) == 3


def test_values_of_a_query_are_those_of_the_graph() -> None:
    report = run(
        'ex:n ex:p "01"^^xsd:integer .',
        "ex:S a sh:NodeShape ; sh:targetNode ex:n ; sh:sparql [ sh:prefixes ex: ;"
        ' sh:select "SELECT $this ?value WHERE { $this ex:p ?value }" ] .',
    )
    assert [f.value for f in report.findings] == [Literal("01", datatype=XSD.integer)]


def test_a_reader_holds_shape_values_in_its_own_form() -> None:
    def folded(term: object) -> Literal:
        return Literal("1", datatype=XSD.decimal)

    shapes = parse_shapes(
        triples("ex:S a sh:PropertyShape ; sh:targetNode ex:n ; sh:path ex:p ; sh:hasValue 1.0 .")
    )
    data = GraphData(triples('ex:n ex:p "1"^^xsd:decimal .'))
    exact = validate_with(shapes, Lookup(data))
    assert len(exact.findings) == 1
    lookup = Lookup(data, lambda t: folded(t) if isinstance(t, Literal) else t)
    assert validate_with(shapes, lookup).conforms


def test_absent_and_literal_targets_are_judged() -> None:
    report = run(
        "ex:n a ex:C .",
        "ex:S a sh:NodeShape ; sh:targetNode ex:gone, 5 ; sh:nodeKind sh:IRI ;"
        " sh:property [ sh:path ex:p ; sh:minCount 1 ] .",
    )
    assert len(report.runs[0].population) == 2
    assert len(report.findings) == 3


def test_blank_focus_nodes() -> None:
    report = run(
        "[] a ex:C ; ex:p 1 . [] a ex:C ; ex:p 2 .",
        "ex:S a sh:NodeShape ; sh:targetClass ex:C ; sh:sparql [ sh:prefixes ex: ;"
        ' sh:select "SELECT $this ?value WHERE { $this ex:p ?value FILTER(?value > 1) }" ] .',
    )
    assert [f.value for f in report.findings] == [Literal(2)]


def test_messages_are_filled_in() -> None:
    report = run(
        "ex:n ex:p 5 .",
        "ex:S a sh:NodeShape ; sh:targetNode ex:n ; sh:severity sh:Warning ; sh:sparql ["
        ' sh:prefixes ex: ; sh:message "zu viel"@de, "{$this} has {?value}, not {?gone}"@en ;'
        ' sh:select "SELECT $this ?value WHERE { $this ex:p ?value }" ] .',
    )
    (finding,) = report.findings
    assert finding.message == f"{EX}n has 5, not {{?gone}}"
    assert [m.value for m in finding.messages] == ["zu viel", finding.message]
    assert finding.severity == SH.Warning


def test_core_messages_are_filled_in_for_people_and_copied_for_the_report() -> None:
    report = run(
        "ex:n ex:p 5 .",
        "ex:S a sh:NodeShape ; sh:targetNode ex:n ; sh:property [ sh:path ex:p ; sh:maxCount 0 ;"
        ' sh:message "{$this} has too many" ] .',
    )
    (finding,) = report.findings
    assert finding.message == f"{EX}n has too many"
    assert [m.value for m in finding.messages] == ["{$this} has too many"]


def test_a_message_from_the_query_wins() -> None:
    report = run(
        "ex:n ex:p 5 .",
        "ex:S a sh:NodeShape ; sh:targetNode ex:n ; sh:sparql [ sh:prefixes ex: ;"
        ' sh:message "no" ; sh:select "SELECT $this (\'yes\' AS ?message) { $this ex:p ?v }" ] .',
    )
    assert report.findings[0].message == "yes"


def test_without_a_message_one_is_made() -> None:
    report = run(
        'ex:n ex:p "x" .',
        "ex:S a sh:PropertyShape ; sh:targetNode ex:n ; sh:path ex:p ; sh:datatype xsd:integer .",
    )
    expected = f"{EX}n, <{EX}p>: x is no well-formed literal of xsd:integer"
    assert report.findings[0].message == expected


def test_deactivated_rules_are_told_apart() -> None:
    report = run("", "ex:S a sh:NodeShape ; sh:targetNode ex:n ; sh:deactivated true ; sh:in () .")
    (rule,) = report.runs
    assert (rule.state, rule.deactivated) == ("not validated", True)
    assert report.conforms


def test_unused_components_do_not_disturb() -> None:
    component = (
        "ex:Max a sh:ConstraintComponent ; sh:parameter [ sh:path ex:max ] ;"
        ' sh:validator [ sh:ask "ASK { FILTER (STRLEN(STR($value)) <= $max) }" ] .'
    )
    shape = "ex:S a sh:PropertyShape ; sh:targetNode ex:n ; sh:path ex:p ; ex:max 2, 4 ."
    report = run('ex:n ex:p "a", "abc", "abcde" .', component + shape)
    assert sorted(f.value.value for f in report.findings if f.value) == ["abc", "abcde", "abcde"]
    assert {f.component for f in report.findings} == {ex("Max")}


def test_one_rule_alone() -> None:
    shapes = "ex:A a sh:NodeShape ; sh:targetNode ex:n . ex:B a sh:NodeShape ; sh:targetNode ex:n ."
    report = validate_graph((), triples(shapes), rules=[ex("B")])
    assert [rule.rule for rule in report.runs] == [ex("B")]
    with pytest.raises(NotFoundError, match="no rule"):
        validate_graph((), triples(shapes), rules=[ex("C")])


def test_many_focus_nodes_give_what_few_give() -> None:
    shape = (
        "ex:S a sh:NodeShape ; sh:targetClass ex:C ; sh:property [ sh:path ex:p ; sh:class ex:D ] ;"
        " sh:sparql [ sh:prefixes ex: ; sh:select "
        '"SELECT $this ?value WHERE { $this ex:p ?value FILTER NOT EXISTS { ?value a ex:D } }" ] .'
    )
    data = "".join(f"ex:n{i} a ex:C ; ex:p ex:v{i % 7} ." for i in range(200)) + "".join(
        f"ex:v{i} a ex:D ." for i in range(1, 7)
    )
    findings = run(data, shape).findings
    by_component = {SH.ClassConstraintComponent: 0, SH.SPARQLConstraintComponent: 0}
    for finding in findings:
        by_component[finding.component] += 1
        assert finding.value == ex("v0")
    assert set(by_component.values()) == {29}


def test_closed_reports_path_and_value() -> None:
    report = run(
        "ex:n ex:p 1 ; ex:q 2 ; ex:r 3 .",
        "ex:S a sh:NodeShape ; sh:targetNode ex:n ; sh:closed true ;"
        " sh:ignoredProperties ( ex:q ) ; sh:property [ sh:path ex:p ] .",
    )
    (finding,) = report.findings
    assert (finding.path, finding.value) == (f"<{EX}r>", Literal(3))


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("SELECT $this WHERE { $this ?p ?o . MINUS { $this ?p 1 } }", "MINUS"),
        ("SELECT $this WHERE { VALUES ?x { 1 } }", "VALUES"),
        ("SELECT $this WHERE { SERVICE <urn:x:y> { } }", "SERVICE"),
        ("SELECT $this WHERE { BIND (1 AS $this) }", "assigns to the pre-bound"),
        ("SELECT ?x WHERE { $this ?p ?x }", r"does not project \$this"),
        ("SELECT $this WHERE { { SELECT ?x WHERE { ?x ?p $this } } }", "nested SELECT"),
        ("SELECT $this WHERE { $this $PATH ?x }", "node shape"),
        ("ASK { $this ?p ?x }", "no SELECT query"),
        ("SELECT $this WHERE { $this ?p ?x ", "ends too early"),
        ("SELECT $this WHERE { $this ?p ?x } }", "closes nothing"),
        ("SELECT $this WHERE { FILTER (?x = 1 }", "is missing"),
        ("SELECT $this", "ends too early"),
    ],
)
def test_queries_that_pre_binding_refuses(query: str, message: str) -> None:
    shape = f'ex:S a sh:NodeShape ; sh:targetNode ex:n ; sh:sparql [ sh:select """{query}""" ] .'
    with pytest.raises(ShapeError, match=message) as caught:
        parse_shapes(triples(shape))
    assert caught.value.remedy


def test_keywords_in_names_texts_and_comments_are_no_keywords() -> None:
    report = run(
        "ex:n ex:hasService ex:minus .",
        "ex:S a sh:NodeShape ; sh:targetNode ex:n ; sh:sparql [ sh:prefixes ex: ; sh:select "
        "'''SELECT $this # MINUS {\n WHERE { $this ex:hasService ex:minus .\n"
        ' FILTER ("SERVICE VALUES }" != ?service) BIND ("x" AS ?service) }\'\'\' ] .',
    )
    assert len(report.findings) == 1


def test_a_query_that_fails_on_many_nodes_is_not_taken_for_one_that_finds_nothing() -> None:
    data = "".join(f"ex:n{i} a ex:C .\n" for i in range(300))
    shapes = """ex:S a sh:NodeShape ; sh:targetClass ex:C ;
        sh:sparql [ sh:select "SELECT $this WHERE { $this a unheard:of }" ] ."""
    report = run(data, shapes)
    assert [run.state for run in report.runs] == ["not validated"]
    assert not report.conforms


def test_a_truth_written_as_a_number_leaves_patterns_and_failures_alone() -> None:
    data = 'ex:n a ex:C ; ex:p "abc" ; ex:q "1"^^xsd:boolean .'
    matched = 'ex:S a sh:PropertyShape ; sh:targetClass ex:C ; sh:path ex:p ; sh:pattern "^a" .'
    assert run(data, matched).conforms
    failing = """ex:S a sh:NodeShape ; sh:targetClass ex:C ;
        sh:sparql [ sh:select "SELECT $this ?failure { $this a ex:C BIND (true AS ?failure) }" ;
            sh:prefixes ex: ] ."""
    assert [r.state for r in run(data, failing).runs] == ["not validated"]
