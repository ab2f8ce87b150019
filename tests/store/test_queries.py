"""What every store promises about queries: results, bindings, datasets, places of errors."""

import pytest

from engine.errors import Place, QueryError
from engine.rdf import Literal, NamedNode, Quad, Triple
from engine.store.port import (
    Answer,
    Dataset,
    Solutions,
    Statements,
    Store,
)
from tests.ledger.making import adding, graph, node, quad
from tests.store.asking import TWICE, count, rows


def test_each_form_of_query_has_its_result(store: Store) -> None:
    store.load(TWICE, 1)
    assert store.query("ASK { ?s ?p '0' }") == Answer(True)
    assert store.query("ASK { ?s ?p '1' }") == Answer(False)
    result = store.query(
        "CONSTRUCT { ?s ex:q ?o } WHERE { ?s ?p ?o }".replace("ex:q", str(node("q")))
    )
    assert isinstance(result, Statements)
    expected = {Triple(node(name), node("q"), Literal("0")) for name in "ab"}
    assert set(result.triples) == expected
    described = store.query(f"DESCRIBE {node('a')}")
    assert isinstance(described, Statements)
    assert set(described.triples) == {quad("a").triple}
    selected = store.query("SELECT ?s ?nothing { ?s ?p '0' } ORDER BY ?s")
    assert isinstance(selected, Solutions)
    assert selected.variables == ("s", "nothing")
    assert list(selected.rows) == [(node("a"), None), (node("b"), None)]


def test_our_prefixes_are_known(store: Store) -> None:
    aims = NamedNode("https://w3id.org/aimsgraph/ns#AISystem")
    store.apply(adding(Quad(node("x"), node("p"), aims, graph())), 1)
    assert store.query("ASK { ?s ?p aims:AISystem }") == Answer(True)


def test_values_are_bound_and_never_syntax(store: Store) -> None:
    store.load(TWICE, 1)
    assert rows(store, "SELECT ?s ?o { ?s ?p ?o }", s=node("a")) == [(node("a"), Literal("0"))]
    assert rows(store, "SELECT ?s ?o { ?s ?p ?o }", o=Literal('" } #')) == []
    assert rows(store, "SELECT ?s ?p { ?s ?p ?o }", p=node("nothing")) == []


def test_the_dataset_narrows_what_is_seen(store: Store) -> None:
    store.load(TWICE, 1)
    everything = Dataset(default=None, named=frozenset())
    assert count(store, "?s ?p ?o", everything) == 2
    assert count(store, "GRAPH ?g { ?s ?p ?o }", everything) == 0
    one = Dataset(default=frozenset({graph("other")}), named=frozenset({graph()}))
    assert count(store, "?s ?p ?o", one) == 1
    assert count(store, "GRAPH ?g { ?s ?p ?o }", one) == 2
    nothing = Dataset(default=frozenset(), named=frozenset())
    assert count(store, "?s ?p ?o", nothing) == 0


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("SELECT *\nWHERE { ?s ?p ! }", 2, 17),
        ("SELEC * {}", 1, 10),
        ("ASK { ?s no:prefix ?o }", 1, 19),
    ],
)
def test_errors_in_queries_are_placed(store: Store, text: str, line: int, column: int) -> None:
    with pytest.raises(QueryError, match="the query does not parse") as caught:
        store.query(text)
    assert caught.value.place == Place("query", line, column)
