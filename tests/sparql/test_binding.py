"""Values for variables of a query: the same rows as when they are written into its text by hand."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.rdf import Literal, NamedNode, Quad, Term
from engine.sparql.binding import evaluate
from engine.store.oxigraph import OxigraphStore
from engine.store.port import Answer, Solutions, Statements

GRAPH = NamedNode("urn:g:one")
NODES = tuple(NamedNode(f"urn:n:{name}") for name in "abcd")
P, Q = NamedNode("urn:p:p"), NamedNode("urn:p:q")
PREFIX = "PREFIX p: <urn:p:> "
# None projects ?given, so that its text can be replaced by the value everywhere.
QUERIES = [
    "SELECT ?o { ?given p:p ?o }",
    "SELECT ?s { ?s p:p ?o . FILTER (?o = ?given) }",
    "SELECT ?s { ?s p:p ?o . FILTER NOT EXISTS { ?s p:q ?given } }",
    "SELECT ?s ?x { ?s p:p ?o . OPTIONAL { ?s p:q ?x . FILTER (?x != ?given) } }",
    "SELECT ?s ?x { ?s p:p ?o . BIND (?given AS ?x) }",
    "SELECT ?s ?x { { ?s p:p ?given BIND (1 AS ?x) } UNION { ?given p:q ?s BIND (2 AS ?x) } }",
    "SELECT ?s { ?s p:p ?o . MINUS { ?s p:q ?x . FILTER (?x = ?given) } }",
    "SELECT ?s ?n { ?s p:p ?x . { SELECT ?s (COUNT(?o) AS ?n) { ?s p:p ?o . FILTER (?o != ?given) }"
    " GROUP BY ?s } }",
    "SELECT (COUNT(?s) AS ?n) { ?s p:p ?given }",
    "SELECT (COUNT(*) AS ?n) (MAX(?s) AS ?m) WHERE { ?s p:p ?x . FILTER (?x != ?given) }",
    "SELECT (COUNT(?s) AS ?n) { ?s p:p ?given } HAVING (COUNT(?s) > 1)",
    "SELECT ?s ?n { ?s p:p ?o . { SELECT (COUNT(?x) AS ?n) { ?x p:q ?given } } }",
    "SELECT (SUM(?n) AS ?m) { ?s p:p ?given . { SELECT (COUNT(?x) AS ?n) { ?x p:q ?given } } }",
    "SELECT ?s { ?s p:p ?o MINUS { ?s p:q ?given } FILTER (?o != ?given) }",
    "SELECT ?s (COUNT(?o) AS ?n) { ?s p:p ?o } GROUP BY ?s HAVING EXISTS { ?s p:q ?given }",
    "SELECT ?s ?o { ?s p:p ?o . FILTER (?s != ?given) } VALUES ?o { <urn:n:a> <urn:n:b> }",
    "SELECT ?s ?o { ?s p:p ?o . VALUES (?o ?y) { (<urn:n:a> UNDEF) (UNDEF 1) } BIND (?given AS ?z) "
    "FILTER (?o != ?z) }",
    "SELECT ?s (COUNT(?o) AS ?n) { ?s p:p ?o } GROUP BY ?s HAVING (?s != ?given)",
    "SELECT DISTINCT ?x { ?s p:p+ ?x . FILTER (?x = ?given || EXISTS { ?given p:q ?x }) }",
    "SELECT ?s (IF(?s = ?given, 1, 2) AS ?x) { ?s p:p ?o }",
    "SELECT ?s { ?s p:p ?o } ORDER BY (?s = ?given) ?s",
    "SELECT ?s { { SELECT DISTINCT ?s { ?s p:p ?given } } ?s p:q ?o }",
    "SELECT ?o { VALUES ?x { <urn:n:a> <urn:n:b> } ?x p:p ?o . FILTER (?x = ?given) }",
]
TRIPLES = st.frozensets(
    st.tuples(st.sampled_from(NODES), st.sampled_from([P, Q]), st.sampled_from(NODES)), max_size=12
)


def store_of(triples: frozenset[tuple[NamedNode, NamedNode, NamedNode]]) -> OxigraphStore:
    store = OxigraphStore.in_memory()
    store.load([Quad(s, p, o, GRAPH) for s, p, o in sorted(triples, key=str)], 1)
    return store


def rows(result: object) -> Counter[tuple[Term | None, ...]]:
    assert isinstance(result, Solutions)
    return Counter(result.rows)


@pytest.mark.parametrize("text", QUERIES)
@given(triples=TRIPLES, value=st.sampled_from(NODES))
def test_bound_is_written_in(
    text: str, triples: frozenset[tuple[NamedNode, NamedNode, NamedNode]], value: NamedNode
) -> None:
    store = store_of(triples)
    by_hand = store.query(PREFIX + text.replace("?given", str(value)))
    bound = evaluate(store, PREFIX + text, {"given": value})
    assert isinstance(bound, Solutions)
    assert isinstance(by_hand, Solutions)
    assert bound.variables == by_hand.variables
    assert rows(bound) == rows(by_hand)


@pytest.fixture
def store() -> OxigraphStore:
    a, b, c, _ = NODES
    return store_of(frozenset({(a, P, b), (b, P, c), (a, Q, c)}))


def test_a_parameter_that_is_projected_is_shown(store: OxigraphStore) -> None:
    bound = evaluate(store, PREFIX + "SELECT ?given ?o { ?given p:p ?o }", {"given": NODES[0]})
    assert rows(bound) == {(NODES[0], NODES[1]): 1}
    everything = evaluate(store, PREFIX + "SELECT * { ?given p:p ?o }", {"given": NODES[0]})
    assert isinstance(everything, Solutions)
    assert "o" in everything.variables


def test_unused_names_change_nothing(store: OxigraphStore) -> None:
    assert rows(evaluate(store, "SELECT ?s { ?s ?p ?o }", {"other": NODES[0]})).total() == 3


def test_questions_and_graphs_take_values_too(store: OxigraphStore) -> None:
    ask = PREFIX + "ASK { ?given p:q ?o }"
    assert evaluate(store, ask, {"given": NODES[0]}) == Answer(True)
    assert evaluate(store, ask, {"given": NODES[1]}) == Answer(False)
    built = evaluate(
        store, PREFIX + "CONSTRUCT { ?s p:q ?given } WHERE { ?s p:p ?given }", {"given": NODES[2]}
    )
    assert isinstance(built, Statements)
    described = evaluate(store, "DESCRIBE ?given { ?given ?p ?o }", {"given": NODES[1]})
    assert isinstance(described, Statements)
    assert {t.subject for t in described.triples} == {NODES[1]}
    assert [str(t) for t in built.triples] == [f"{NODES[1]} {Q} {NODES[2]}"]


def test_a_value_is_never_read_as_text(store: OxigraphStore) -> None:
    hostile = Literal('" } UNION { ?s ?p ?o } #')
    assert not rows(evaluate(store, "SELECT ?s { ?s ?p ?given }", {"given": hostile}))
