"""Columns against plain evaluation: who is told to offend does, and nobody else is left out."""

import pickle
from collections import Counter
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.canonical import canonical
from engine.rdf import NamedNode, Node, Term, Triple, terms_of
from engine.shacl import evaluate, parse_shapes, steps, verdicts
from engine.shacl.data import Lookup
from engine.shacl.evaluate import Evaluation
from engine.shacl.graphdata import GraphData
from engine.shacl.model import SparqlConstraint
from engine.shacl.offenders import suspects
from engine.shacl.screening import screened
from engine.shacl.shapes import Shapes
from engine.shacl.steps import Untold
from engine.shacl.targets import Population, population
from tests.shacl.test_against_pyshacl import NODES, PREDICATES, PREFIXES, graphs, shapes, triples
from tests.shacl.test_offenders import CASES, DATA, EX

# Without a value, in another form than the store's, without order, of another kind of language.
ODD = [
    *('"01"^^xsd:integer', "1.50", '"1"^^xsd:boolean', "true", '"10"^^xsd:int', '"x"^^xsd:date'),
    *("0.1e1", '"NaN"^^xsd:double', '"INF"^^xsd:double', '"-INF"^^xsd:float', '"abc"^^xsd:integer'),
    *('"2026-01-01T00:00:00"^^xsd:dateTime', '"2026-01-01T10:00:00+05:00"^^xsd:dateTime'),
    *('"2026-02-30T00:00:00Z"^^xsd:dateTime', '"2026-01-01"^^xsd:date', '"24:00:00"^^xsd:time'),
    *('"P1D"^^xsd:dayTimeDuration', '"a"@EN', '"a"@en-GB', '"aé\\n\\""', '""', '""@en'),
    *('"9007199254740993"^^xsd:integer', '"9007199254740992"^^xsd:integer', "_:b0", "_:b1"),
    *(f'"{"9" * 400}"^^xsd:integer', '"a"^^ex:type', "<https://example.org/é>"),
]
SUBJECTS = [*NODES, "_:b0", "_:b1"]
odd_lines = st.lists(
    st.tuples(st.sampled_from(SUBJECTS), st.sampled_from(PREDICATES), st.sampled_from(ODD)),
    max_size=6,
).map(lambda lines: "\n".join(" ".join(parts) + " ." for parts in lines))
MORE = [
    "sh:closed true ; sh:ignoredProperties ( ex:p0 rdf:type )",
    "sh:property [ sh:path ex:p0 ; sh:lessThan ex:p1 ]",
    "sh:property [ sh:path ex:p1 ; sh:lessThanOrEquals ex:p0 ; sh:equals ex:p2 ]",
    "sh:property [ sh:path ex:p2 ; sh:uniqueLang true ; sh:disjoint ex:p0 ]",
    'sh:property [ sh:path ex:p0 ; sh:minExclusive "2025-12-31T23:00:00"^^xsd:dateTime ]',
    'sh:property [ sh:path ex:p0 ; sh:maxInclusive "9007199254740992"^^xsd:integer ]',
    'sh:property [ sh:path ex:p0 ; sh:minInclusive "1.0"^^xsd:double ; sh:datatype xsd:double ]',
    "sh:property [ sh:path ex:p0 ; sh:datatype xsd:boolean ; sh:hasValue 01 ]",
    'sh:property [ sh:path ex:p0 ; sh:languageIn ( "en-GB" "de" ) ; sh:nodeKind sh:Literal ]',
    'sh:property [ sh:path ex:p0 ; sh:pattern "^.$" ; sh:flags "s" ; sh:minLength 1 ]',
    'sh:property [ sh:path ex:p0 ; sh:pattern "(" ]',
    'sh:not [ sh:property [ sh:path ex:p0 ; sh:pattern "é" ; sh:minCount 1 ] ]',
    'sh:property [ sh:path ex:p0 ; sh:in ( 01 "a"@EN "aé\\n\\"" ex:n1 true ) ]',
    "sh:property [ sh:path [ sh:zeroOrMorePath ex:p0 ] ; sh:maxCount 2 ; sh:nodeKind sh:IRI ]",
    "sh:property [ sh:path ( [ sh:inversePath ex:p0 ] [ sh:oneOrMorePath ex:p1 ] ) ;"
    " sh:qualifiedValueShape [ sh:nodeKind sh:BlankNode ] ; sh:qualifiedMaxCount 0 ]",
    "sh:property [ sh:path ex:p0 ; sh:qualifiedValueShape [ sh:class ex:C0 ] ;"
    " sh:qualifiedValueShapesDisjoint true ; sh:qualifiedMinCount 1 ] ,"
    " [ sh:path ex:p0 ; sh:qualifiedValueShape [ sh:class ex:C1 ] ; sh:qualifiedMaxCount 1 ]",
    "sh:xone ( [ sh:class ex:C0 ] [ sh:class ex:C1 ] ) ; sh:deactivated true",
    "sh:not [ sh:xone ( [ sh:class ex:C0 ] [ sh:class ex:C1 ] ) ]",
    'sh:sparql [ sh:select "SELECT $this WHERE { $this <https://example.org/p0> ?v }" ]',
    'sh:sparql [ sh:select "SELECT $this WHERE { $this <https://example.org/p0> 1 }" ]',
]
TARGETS = [
    "sh:targetClass ex:C0",
    "sh:targetNode ex:n0 , ex:absent , 1 , true",
    "sh:targetObjectsOf ex:p0",
    "sh:targetSubjectsOf ex:p0 ; sh:targetObjectsOf ex:p1",
]
more = st.lists(st.tuples(st.sampled_from(TARGETS), st.sampled_from(MORE)), max_size=2).map(
    lambda found: "\n".join(
        f"ex:M{i} a sh:NodeShape ; {target} ; {constraint} ."
        for i, (target, constraint) in enumerate(found)
    )
)


def check(data: str, shapes_text: str, *, folded: bool) -> None:
    graph, parsed = triples(data), parse_shapes(triples(shapes_text))
    if folded:
        graph = [Triple(s, p, canonical(o)) for s, p, o in map(terms_of, graph)]
    plain, columnar = GraphData(graph), GraphData(graph)
    columnar.keep_columns()
    assert columnar.columns is not None
    slow = Lookup(plain, canonical) if folded else Lookup(plain)
    fast = Lookup(columnar, canonical) if folded else Lookup(columnar)
    for rule in parsed.rules:
        compare(parsed, rule, slow, fast)


def compare(parsed: Shapes, rule: Node, slow: Lookup, fast: Lookup) -> None:
    evaluation = Evaluation(parsed, slow)
    expected = evaluation.run(rule)
    with patch.object(evaluate, "_MANY", 0):
        run = Evaluation(parsed, fast).run(rule)
    assert (run.state, run.reason) == (expected.state, expected.reason)
    # Values of one node have no order.
    assert Counter(run.findings) == Counter(expected.findings)
    assert len(run.population) == len(expected.population)
    assert set(run.population) == set(expected.population)
    found = population(parsed[rule].targets, fast)
    assert isinstance(found, Population)
    assert fast.columns is not None
    if expected.state != "validated":
        return
    try:
        told = screened(parsed, rule, fast, fast.columns, found)
    except Untold:
        return
    if told is not None:
        offending = {f for f in found if not evaluation.conforms(rule, f)}
        assert offending <= set(told)
        asked = any(isinstance(c, SparqlConstraint) for c in parsed[rule].constraints)
        assert asked or set(told) == offending | set(found.others)


example = given(graphs(), odd_lines, shapes(), more, st.booleans())


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@example
def test_who_offends_is_told(
    data: str, odd: str, shapes_text: str, added: str, folded: bool
) -> None:
    check(f"{data}\n{odd}", f"{shapes_text}\n{added}", folded=folded)


@pytest.mark.long
@settings(max_examples=8000, deadline=None, suppress_health_check=list(HealthCheck))
@example
def test_who_offends_is_told_long(
    data: str, odd: str, shapes_text: str, added: str, folded: bool
) -> None:
    check(f"{data}\n{odd}", f"{shapes_text}\n{added}", folded=folded)


def columnar(data: str) -> tuple[GraphData, Lookup]:
    graph = GraphData(triples(PREFIXES + data))
    graph.keep_columns()
    return graph, Lookup(graph)


@pytest.mark.parametrize("constraint", CASES)
def test_the_offenders_and_no_others(constraint: str) -> None:
    text = f"{PREFIXES} ex:S a sh:PropertyShape ; sh:targetClass ex:C ; {constraint} ."
    _, lookup = columnar(DATA)
    parsed, rule = parse_shapes(triples(text)), NamedNode(f"{EX}S")
    found = suspects(parsed, rule, lookup, population(parsed[rule].targets, lookup))
    assert found is not None
    assert {str(f) for f in found} == {f"<{EX}{name}>" for name in CASES[constraint]}


def test_many_pairs_of_values_are_ordered_by_keys() -> None:
    """More than are compared one by one: numbers that only exact arithmetic tells apart too."""
    n = 2**60
    lines = [
        f"ex:m{i} a ex:C ; ex:low {n + i} ; ex:high {n + i + (i % 97 > 0)} ." for i in range(2500)
    ]
    lines += ['ex:m0 ex:low "NaN"^^xsd:double , "x" , ex:m1 .']
    text = f"""{PREFIXES} ex:S a sh:NodeShape ; sh:targetClass ex:C ;
        sh:property [ sh:path ex:low ; sh:lessThan ex:high ] ."""
    parsed, rule = parse_shapes(triples(text)), NamedNode(f"{EX}S")
    _, lookup = columnar("\n".join(lines))
    run = Evaluation(parsed, lookup).run(rule)
    assert {str(f.focus) for f in run.findings} == {f"<{EX}m{i}>" for i in range(0, 2500, 97)}
    plain = Evaluation(parsed, Lookup(GraphData(triples(PREFIXES + "\n".join(lines))))).run(rule)
    assert Counter(plain.findings) == Counter(run.findings)


def test_too_many_pairs_are_left_to_the_store() -> None:
    data = "\n".join(f"ex:n{i} ex:p ex:n{i + 1} ." for i in range(60))
    text = f"""{PREFIXES} ex:S a sh:PropertyShape ; sh:targetSubjectsOf ex:p ; sh:maxCount 5 ;
        sh:path [ sh:oneOrMorePath ex:p ] ."""
    parsed, rule = parse_shapes(triples(text)), NamedNode(f"{EX}S")
    _, lookup = columnar(data)
    focuses = population(parsed[rule].targets, lookup)
    told = suspects(parsed, rule, lookup, focuses)
    with patch.object(steps, "MOST", 100):
        again = suspects(parsed, rule, lookup, focuses)
    assert isinstance(told, Population)
    assert isinstance(again, frozenset)
    assert set(told) == again & set(focuses)


def test_a_population_is_a_sequence_of_terms() -> None:
    _, lookup = columnar("ex:a a ex:C . ex:b a ex:C .")
    text = f"{PREFIXES} ex:S a sh:NodeShape ; sh:targetClass ex:C ; sh:targetNode ex:z ."
    shape = parse_shapes(triples(text))[NamedNode(f"{EX}S")]
    found = population(shape.targets, lookup)
    names: tuple[Term, ...] = tuple(NamedNode(EX + name) for name in "abz")
    assert set(found) == set(names)
    names = tuple(found)
    assert found == names
    assert hash(found) == hash(names)
    assert repr(found) == repr(names)
    assert (found[0], found[-1], found[1:]) == (names[0], names[2], names[1:])
    assert names[2] in found
    assert pickle.loads(pickle.dumps(found)) == names


def test_what_is_remembered_with_a_graph_is_bounded() -> None:
    graph, lookup = columnar("ex:a a ex:C ; ex:p 1 . ex:b a ex:C ; ex:p 5 .")
    text = "\n".join(
        f"ex:S{i} a sh:NodeShape ; sh:targetClass ex:C ;"
        f" sh:property [ sh:path ex:p ; sh:maxInclusive {i} ] ."
        for i in range(40)
    )
    parsed = parse_shapes(triples(PREFIXES + text))
    with patch.object(verdicts, "_REMEMBERED", 0), patch.object(evaluate, "_MANY", 0):
        counts = [len(Evaluation(parsed, lookup).run(rule).findings) for rule in parsed.rules]
    assert sorted(counts) == [0] * 35 + [1] * 4 + [2]
    assert graph.columns is not None
    assert len(graph.columns.verdicts) == 16


def test_texts_are_matched_in_batches() -> None:
    lines = [f'ex:m{i} a ex:C ; ex:p "{i}" .' for i in range(50)]
    text = f"""{PREFIXES} ex:S a sh:NodeShape ; sh:targetClass ex:C ;
        sh:property [ sh:path ex:p ; sh:pattern "^.$" ] ."""
    parsed, rule = parse_shapes(triples(text)), NamedNode(f"{EX}S")
    _, lookup = columnar("\n".join(lines))
    with patch.object(verdicts, "_BATCH", 7), patch.object(evaluate, "_MANY", 0):
        assert len(Evaluation(parsed, lookup).run(rule).findings) == 40


def test_a_wrong_pattern_in_a_negation_is_not_taken_for_one_that_nobody_meets() -> None:
    text = f"""{PREFIXES} ex:S a sh:NodeShape ; sh:targetClass ex:C ;
        sh:not [ sh:property [ sh:path ex:p ; sh:pattern "(" ] ] ."""
    parsed, rule = parse_shapes(triples(text)), NamedNode(f"{EX}S")
    _, lookup = columnar('ex:a a ex:C ; ex:p "x" .')
    with patch.object(evaluate, "_MANY", 0):
        assert Evaluation(parsed, lookup).run(rule).state == "not validated"
