"""Standing results: after any edits the same as validating the graph that they lead to."""

import itertools
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.canonical import canonical
from engine.rdf import NamedNode, Triple, terms_of
from engine.shacl import Standing, parse_shapes, validate
from engine.shacl import standing as standing_module
from engine.shacl import validation as validation_module
from engine.shacl.graphdata import GraphData
from engine.shacl.results import Report
from engine.shacl.shapes import Shapes
from tests.shacl.test_against_pyshacl import NODES, PREDICATES, PREFIXES, graphs, shapes, triples
from tests.shacl.test_prebinding import queries

EX = "https://example.org/"
RULE = """
ex:R a sh:NodeShape ; {target} ; sh:sparql ex:Q .
ex:Q a sh:SPARQLConstraint ; sh:prefixes ex:names ;
    sh:select \"\"\"SELECT $this ?a ?b WHERE {where}\"\"\" .
ex:names sh:declare [ sh:prefix "ex" ; sh:namespace "https://example.org/"^^xsd:anyURI ] .
"""
TARGETS = ["sh:targetSubjectsOf ex:p0", "sh:targetClass ex:C0", f"sh:targetNode {NODES[1]}"]
Told = tuple[set[str], list[str], str]


def told(report: Report) -> dict[str, Told]:
    return {
        str(run.rule): (
            set(map(str, run.population)),
            sorted(map(repr, run.findings)),
            run.state,
        )
        for run in report.runs
    }


def folded(text: str) -> list[Triple]:
    return [Triple(s, p, canonical(o)) for s, p, o in map(terms_of, triples(text))]


def follow(parsed: Shapes, states: Sequence[frozenset[Triple]]) -> None:
    """Lead standing results from state to state, and validate each anew beside them."""
    standing = Standing(parsed, GraphData(states[0]))
    for before, after in itertools.pairwise(states):
        changed = before ^ after
        affected = standing.affected(changed, GraphData(before | after))
        was = list(standing.report().findings)
        data = GraphData(after)
        moved = standing.judge(affected, data)
        anew = validate(data, parsed)
        assert told(standing.report()) == told(anew), sorted(map(str, changed))
        came = [f for f in anew.findings if was.count(f) < anew.findings.count(f)]
        assert set(moved.added) == set(came)


@st.composite
def histories(draw: st.DrawFn) -> list[frozenset[Triple]]:
    state = frozenset(folded(draw(graphs())))
    states = [state]
    names = ["a", *PREDICATES, "rdfs:subClassOf"]
    for _ in range(draw(st.integers(1, 4))):
        lines = []
        for _ in range(draw(st.integers(1, 3))):
            subject, predicate = draw(st.sampled_from(NODES)), draw(st.sampled_from(names))
            value = draw(st.sampled_from([*NODES, "1", "5", '"a"@en']))
            if predicate in ("a", "rdfs:subClassOf"):
                value = draw(st.sampled_from(["ex:C0", "ex:C1"]))
            if predicate == "rdfs:subClassOf":
                subject = "ex:C2"
            lines.append(f"{subject} {predicate} {value} .")
        adds = frozenset(folded(PREFIXES + "\n".join(lines)))
        gone = draw(st.lists(st.sampled_from(sorted(state, key=str)), max_size=2)) if state else []
        state = (state - frozenset(gone)) | adds
        states.append(state)
    return states


def core(states: list[frozenset[Triple]], shapes_text: str) -> None:
    follow(parse_shapes(triples(shapes_text)), states)


def sparql(states: list[frozenset[Triple]], where: str, target: str) -> None:
    """Also what would be judged aside is judged here: thousands of processes would take hours."""
    with pytest.MonkeyPatch.context() as patching:
        for module in (standing_module, validation_module):
            patching.setattr(module, "how", lambda *_: None)
        _sparql(states, where, target)


def _sparql(states: list[frozenset[Triple]], where: str, target: str) -> None:
    text = RULE.format(where=where.replace('"', "'"), target=target)
    follow(parse_shapes(triples(PREFIXES + text)), states)


FEW = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
MANY = settings(max_examples=5000, deadline=None, suppress_health_check=list(HealthCheck))


@FEW
@given(histories(), shapes())
def test_core_as_anew(states: list[frozenset[Triple]], shapes_text: str) -> None:
    core(states, shapes_text)


@FEW
@given(histories(), queries(), st.sampled_from(TARGETS))
def test_queries_as_anew(states: list[frozenset[Triple]], where: str, target: str) -> None:
    sparql(states, where, target)


@pytest.mark.long
@MANY
@given(histories(), shapes())
def test_core_as_anew_long(states: list[frozenset[Triple]], shapes_text: str) -> None:
    core(states, shapes_text)


@pytest.mark.long
@MANY
@given(histories(), queries(), st.sampled_from(TARGETS))
def test_queries_as_anew_long(states: list[frozenset[Triple]], where: str, target: str) -> None:
    sparql(states, where, target)


def state(*lines: str) -> frozenset[Triple]:
    return frozenset(folded(PREFIXES + "\n".join(lines)))


PATHS = "{ $this ex:p0/ex:p1* ?a . OPTIONAL { ?a ^ex:p2 ?b FILTER (?b != ex:n9) } }"


def test_a_change_far_from_the_focus_is_found_also_when_the_way_went_with_it() -> None:
    before = state("ex:n0 ex:p0 ex:n1 .", "ex:n1 ex:p1 ex:n2 .", "ex:n3 ex:p2 ex:n2 .")
    states = [before, state("ex:n0 ex:p0 ex:n1 ."), before, frozenset(), before]
    sparql(states, PATHS, "sh:targetNode ex:n0")


def test_only_the_pairs_that_a_change_reaches_are_judged() -> None:
    text = """
        ex:R a sh:NodeShape ; sh:targetClass ex:C0 ;
            sh:property [ sh:path ( ex:p0 ex:p1 ) ; sh:minCount 1 ] ;
            sh:property [ sh:path ex:p2 ; sh:maxCount 0 ] .
    """
    nodes = [f"ex:m{number} a ex:C0 ; ex:p0 ex:k{number} ." for number in range(100)]
    before = state(*nodes)
    standing = Standing(parse_shapes(triples(PREFIXES + text)), GraphData(before))
    assert len(standing.report().findings) == 100
    after = before | state("ex:k7 ex:p1 ex:x .", "ex:m9 ex:other ex:x .")
    affected = standing.affected(after - before, GraphData(after))
    assert {f.value for places in affected.at.values() for f in places} == {f"{EX}m7"}
    moved = standing.judge(affected, GraphData(after))
    assert (moved.pairs, moved.whole, moved.added) == (1, (), ())
    assert [finding.focus for finding in moved.healed] == [NamedNode(f"{EX}m7")]


def test_a_hub_is_judged_as_a_whole() -> None:
    text = """
        ex:R a sh:NodeShape ; sh:targetClass ex:C0 ;
            sh:property [ sh:path ( ex:p0 ex:p1 ) ; sh:minCount 1 ] .
    """
    before = state(*(f"ex:m{number} a ex:C0 ; ex:p0 ex:hub ." for number in range(300)))
    standing = Standing(parse_shapes(triples(PREFIXES + text)), GraphData(before))
    after = before | state("ex:hub ex:p1 ex:x .")
    moved = standing.judge(standing.affected(after - before, GraphData(after)), GraphData(after))
    assert (len(moved.healed), moved.whole) == (300, (NamedNode(f"{EX}R"),))
    assert standing.report().conforms


def test_a_rule_that_could_not_be_judged_is_judged_again() -> None:
    where = "{ $this ex:p0 ?a . BIND (true AS ?failure) }"
    text = RULE.format(where=where, target="sh:targetClass ex:C0").replace(
        "SELECT $this ?a ?b", "SELECT $this ?failure"
    )
    parsed = parse_shapes(triples(PREFIXES + text))
    failing, sound = state("ex:n0 a ex:C0 ; ex:p0 1 ."), state("ex:n0 a ex:C0 .")
    for states in ([sound, failing, sound], [failing, failing | state("ex:n1 ex:p9 1 ."), sound]):
        follow(parsed, states)
