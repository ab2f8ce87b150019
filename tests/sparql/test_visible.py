"""What a query can see: over these triples alone it gives what it gives over the whole graph."""

from collections import Counter
from collections.abc import Iterable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.rdf import NamedNode, Quad, RdfFormat, Triple, parse
from engine.sparql.visible import Seen, visible
from engine.store.oxigraph import OxigraphStore
from engine.store.port import Solutions
from engine.vocab import AIMS, RDF_TYPE

EX = "https://example.org/"
PREFIX = f"PREFIX ex: <{EX}> "


def ex(name: str) -> NamedNode:
    return NamedNode(EX + name)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT ?s { ?s ex:p ?o }", {(ex("p"), None)}),
        ("SELECT ?s { ?s ex:p ex:a , ?o ; ex:q 1 ; a ex:C , ex:D . }",
         {(ex("p"), None), (ex("q"), None), (RDF_TYPE, (ex("C"), ex("D")))}),
        ("SELECT ?s { ?s a ex:C . FILTER NOT EXISTS { ?s a ?any } }", {(RDF_TYPE, None)}),
        (f"SELECT ?s {{ ?s <{EX}p>/^(ex:q|ex:r)+ ex:a }}",
         {(ex("p"), None), (ex("q"), None), (ex("r"), None)}),
        ('SELECT ?s { ?s ex:p "x"@en , "1"^^ex:t , true . { SELECT ?t { ?t aims:status ?v } } }',
         {(ex("p"), None), (AIMS.status, None)}),
        ("SELECT ?s { ?s ex:p ?o OPTIONAL { ?o ex:q ?x } { ?s ex:r ?y } UNION { ?s ex:u ?y } }",
         {(ex(name), None) for name in ("p", "q", "r", "u")}),
        ("SELECT ?s { ?s ex:p ?o FILTER (?o > 1 || EXISTS { ?o ex:q ?x }) }",
         {(ex("p"), None), (ex("q"), None)}),
        ("SELECT (1 AS ?one) { }", set()),
        ("SELECT ?s { ?s ex:a\\-b _:x }", {(ex("a-b"), None)}),
        ("SELECT ?s { ?s ex:p ?o VALUES ?o { 1 } }", {(ex("p"), None)}),
        ("SELECT ?s { ?s ^a ex:a }", {(RDF_TYPE, None)}),
        ("SELECT ?s { ?s a+ ex:a }", {(RDF_TYPE, None)}),
    ],
)  # fmt: skip
def test_what_a_query_names(text: str, expected: set[object]) -> None:
    assert {*(visible(PREFIX + text) or ())} == expected


@pytest.mark.parametrize(
    "text",
    [
        "SELECT ?s { ?s ?p ?o }",
        "SELECT ?s { ?s ex:p* ?o }",
        "SELECT ?s { ?s (ex:p/ex:q?) ?o }",
        "SELECT ?s { ?s !ex:p ?o }",
        "SELECT ?s { GRAPH ?g { ?s ex:p ?o } }",
        "SELECT ?s { ?s ex:p ?o FILTER EXISTS { GRAPH ?g { ?o ex:q ?x } } }",
        "SELECT ?s FROM ex:g { ?s ex:p ?o }",
        "SELECT ?s { [ ex:p ?s ] ex:q ?o }",
        "SELECT ?s { ?s ex:p [ ] }",
        "SELECT ?s { ?s ex:p ( 1 2 ) }",
        "SELECT ?s { ?s ex:p -1 }",
        "SELECT ?s { ?s unknown:p ?o }",
        "SELECT ?s { ?s ex:p ?o } VALUES ?o { 1 }",
        "SELECT ?s { ?s ex:p ?o } HAVING (EXISTS { ?s ex:q ?o })",
        "CONSTRUCT { ?s ex:p ?o } { ?s ex:p ?o }",
        "BASE <urn:x:> SELECT ?s { ?s <p> ?o }",
        "SELECT ?s { ?s ex:p",
        "SELECT ?s { ?s }",
        "SELECT ?s { ?s ex:p }",
        "SELECT ?s { ?s (ex:p ?o }",
        'SELECT ?s { ?s ex:p "1"^x }',
    ],
)
def test_what_is_not_told(text: str) -> None:
    assert visible(PREFIX + text) is None


NAMES = st.sampled_from(["ex:a", "ex:b", "ex:c"])
PREDICATES = st.sampled_from(["ex:p", "ex:q", "ex:r", "a"])
VERBS = st.one_of(
    PREDICATES,
    st.builds(lambda p, q: f"{p}/^{q}", PREDICATES, PREDICATES),
    st.builds(lambda p, q: f"({p}|{q})+", PREDICATES, PREDICATES),
    st.builds(lambda p: f"^{p}", PREDICATES),
)
ENDS = st.one_of(NAMES, st.sampled_from(["?s", "?o", "?x", "1"]))
patterns = st.builds(
    lambda s, v, os: f"{s} {v} {' , '.join(os)} .",
    st.sampled_from(["?s", "?o", "?x", "ex:a"]),
    VERBS,
    st.lists(ENDS, min_size=1, max_size=2),
)
groups = st.recursive(
    st.lists(patterns, min_size=1, max_size=2).map(" ".join),
    lambda inner: st.builds(
        lambda kind, one, other: kind.format(one, other),
        st.sampled_from(
            [
                "{0} FILTER NOT EXISTS {{ {1} }}",
                "{0} OPTIONAL {{ {1} }}",
                "{{ {0} }} UNION {{ {1} }}",
                "{0} FILTER (!bound(?x) || EXISTS {{ {1} }})",
                "{0} {{ SELECT ?s {{ {1} }} }}",
                "{0} MINUS {{ {1} }}",
            ]
        ),
        inner,
        inner,
    ),
    max_leaves=3,
)
facts = st.lists(
    st.builds(
        lambda s, p, o: f"{s} {p} {o} .",
        NAMES,
        PREDICATES,
        st.one_of(NAMES, st.just("1")),
    ),
    max_size=12,
)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(facts, groups)
def test_the_rest_of_the_graph_changes_nothing(lines: list[str], group: str) -> None:
    content = f"@prefix ex: <{EX}> . {' '.join(lines)}".encode()
    graph = [quad.triple for quad in parse(content, format=RdfFormat.TURTLE)]
    text = f"{PREFIX}SELECT ?s ?o ?x {{ {group} }}"
    seen = visible(text)
    assert seen is not None
    assert answers([t for t in graph if sees(seen, t)], text) == answers(graph, text)


def sees(seen: Seen, triple: Triple) -> bool:
    return any(
        triple.predicate == predicate and (values is None or triple.object in values)
        for predicate, values in seen
    )


def answers(graph: Iterable[Triple], text: str) -> Counter[object]:
    store = OxigraphStore.in_memory()
    store.fill_default(Quad(t.subject, t.predicate, t.object) for t in graph)
    found = store.query(text)
    assert isinstance(found, Solutions)
    return Counter(found.rows)
