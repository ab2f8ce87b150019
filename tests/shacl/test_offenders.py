"""Suspects: never fewer than the offenders, and no more than them for what the store can tell."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.canonical import canonical
from engine.knowledge import shipped_pack
from engine.rdf import NamedNode, Triple, terms_of
from engine.shacl import parse_shapes
from engine.shacl.data import Lookup
from engine.shacl.evaluate import Evaluation
from engine.shacl.graphdata import GraphData
from engine.shacl.offenders import suspects
from engine.shacl.pack import pack_shapes
from engine.shacl.targets import population
from tests.shacl.test_against_pyshacl import NODES, PREDICATES, PREFIXES, graphs, shapes, triples

EX = "https://example.org/"
# Literals that a store folds into others, or holds without a value.
ODD = ['"01"^^xsd:integer', "1.50", '"1"^^xsd:boolean', '"10"^^xsd:int', '"x"^^xsd:date', "0.1e1"]

odd_lines = st.lists(
    st.tuples(st.sampled_from(NODES), st.sampled_from(PREDICATES), st.sampled_from(ODD)), max_size=4
)


def check(data: str, shapes_text: str, *, folded: bool) -> None:
    graph, parsed = triples(data), parse_shapes(triples(shapes_text))
    if folded:
        graph = [Triple(s, p, canonical(o)) for s, p, o in map(terms_of, graph)]
    lookup = Lookup(GraphData(graph), canonical) if folded else Lookup(GraphData(graph))
    for rule in parsed.rules:
        evaluation = Evaluation(parsed, lookup)
        focuses = evaluation.run(rule).population
        offending = {focus for focus in focuses if not evaluation.conforms(rule, focus)}
        found = suspects(parsed, rule, lookup, focuses)
        assert found is None or offending <= set(found), shapes_text


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(graphs(), odd_lines, shapes(), st.booleans())
def test_every_offender_is_a_suspect(
    data: str, odd: list[tuple[str, str, str]], shapes_text: str, folded: bool
) -> None:
    lines = "\n".join(" ".join(parts) + " ." for parts in odd)
    check(f"{data}\n{lines}", shapes_text, folded=folded)


@pytest.mark.long
@settings(max_examples=6000, deadline=None, suppress_health_check=list(HealthCheck))
@given(graphs(), odd_lines, shapes(), st.booleans())
def test_every_offender_is_a_suspect_long(
    data: str, odd: list[tuple[str, str, str]], shapes_text: str, folded: bool
) -> None:
    lines = "\n".join(" ".join(parts) + " ." for parts in odd)
    check(f"{data}\n{lines}", shapes_text, folded=folded)


DATA = """
ex:good a ex:C ; ex:p "a" ; ex:n 2 ; ex:r ex:good ; ex:t "a"@en ;
    ex:from "2026-01-01T00:00:00Z"^^xsd:dateTime ; ex:to "2026-02-01T00:00:00Z"^^xsd:dateTime .
ex:bad a ex:C ; ex:p 5 , "b" ; ex:n 9 , "x"^^xsd:integer ; ex:r "text" ; ex:t "a"@en , "b"@en ;
    ex:from "2026-03-01T00:00:00Z"^^xsd:dateTime ; ex:to "2026-02-01T00:00:00Z"^^xsd:dateTime .
ex:none a ex:D . ex:D rdfs:subClassOf ex:C .
"""
CASES = {
    "sh:path ex:p ; sh:minCount 1": {"none"},
    "sh:path ex:p ; sh:minCount 2": {"none", "good"},
    "sh:path ex:p ; sh:maxCount 1": {"bad"},
    "sh:path ex:p ; sh:maxCount 0": {"good", "bad"},
    "sh:path ex:n ; sh:maxCount 2": set(),
    "sh:path ex:p ; sh:datatype xsd:string": {"bad"},
    "sh:path ex:n ; sh:datatype xsd:integer": {"bad"},
    "sh:path ex:n ; sh:maxInclusive 5": {"bad"},
    "sh:path ex:r ; sh:class ex:C": {"bad"},
    "sh:path ex:r ; sh:nodeKind sh:IRI": {"bad"},
    'sh:path ex:p ; sh:pattern "^a$"': {"bad"},
    'sh:path ex:p ; sh:in ( "a" "b" )': {"bad"},
    'sh:path ex:p ; sh:hasValue "a"': {"bad", "none"},
    "sh:path ex:t ; sh:uniqueLang true": {"bad"},
    'sh:path ex:t ; sh:languageIn ( "de" )': {"good", "bad"},
    "sh:path ex:p ; sh:maxLength 0": {"good", "bad"},
    "sh:path ex:from ; sh:lessThan ex:to": {"bad"},
    "sh:path ex:r ; sh:equals ex:r": set(),
    "sh:path ex:p ; sh:disjoint ex:p": {"good", "bad"},
    "sh:path ( ex:r ex:n ) ; sh:maxInclusive 5": set(),
    "sh:path ex:r ; sh:node [ sh:property [ sh:path ex:n ; sh:minCount 1 ] ]": {"bad"},
    "sh:path ex:n ; sh:or ( [ sh:maxInclusive 2 ] [ sh:minInclusive 9 ] )": {"bad"},
}


@pytest.mark.parametrize("constraint", CASES)
def test_suspects_of_one_constraint_are_its_offenders(constraint: str) -> None:
    text = f"{PREFIXES} ex:S a sh:PropertyShape ; sh:targetClass ex:C ; {constraint} ."
    parsed = parse_shapes(triples(text))
    data = GraphData(triples(PREFIXES + DATA))
    lookup = Lookup(data)
    focuses = population(parsed[NamedNode(f"{EX}S")].targets, lookup)
    found = suspects(parsed, NamedNode(f"{EX}S"), lookup, focuses)
    assert found is not None
    assert set(map(str, found)) == {f"<{EX}{name}>" for name in CASES[constraint]}
    report = Evaluation(parsed, Lookup(data)).run(NamedNode(f"{EX}S"))
    assert {finding.focus for finding in report.findings} == found


def test_what_cannot_be_asked_for_makes_everybody_a_suspect() -> None:
    for constraint in (
        "sh:not [ sh:class ex:C ]",
        "sh:property [ sh:path ex:p ; sh:qualifiedValueShape [ sh:class ex:C ] ;"
        " sh:qualifiedMinCount 1 ]",
        "sh:in ( _:blank )",
    ):
        text = f"{PREFIXES} ex:S a sh:NodeShape ; sh:targetClass ex:C ; {constraint} ."
        parsed = parse_shapes(triples(text))
        lookup = Lookup(GraphData(triples(PREFIXES + DATA)))
        assert suspects(parsed, NamedNode(f"{EX}S"), lookup, ()) is None


def test_a_large_target_gives_the_findings_of_a_small_one() -> None:
    text = (
        f"{PREFIXES} ex:S a sh:PropertyShape ; sh:targetClass ex:C ; sh:path ex:n ; sh:minCount 1 ."
    )
    parsed = parse_shapes(triples(text))
    lines = [f"ex:m{i} a ex:C {'; ex:n 1 ' if i % 7 else ''}." for i in range(700)]
    report = Evaluation(parsed, Lookup(GraphData(triples(PREFIXES + "\n".join(lines)))))
    run = report.run(NamedNode(f"{EX}S"))
    assert len(run.population) == 700
    assert [str(f.focus) for f in run.findings] == sorted(
        f"<{EX}m{i}>" for i in range(700) if i % 7 == 0
    )


def test_our_rules_are_asked_for_set_wise() -> None:
    """A rule for which every focus node is a suspect would be slow on a large register."""
    pack = shipped_pack()
    parsed = pack_shapes(pack)
    held = (Triple(s, p, canonical(o)) for s, p, o in map(terms_of, pack.ontology_triples))
    lookup = Lookup(GraphData(held), canonical)
    open_ended = {str(rule) for rule in parsed.rules if suspects(parsed, rule, lookup, ()) is None}
    assert open_ended == set()
