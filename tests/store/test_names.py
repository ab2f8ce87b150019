"""Prefixed names with several dots: understood, and errors told where they are."""

import pytest

from engine.errors import QueryError
from engine.rdf import NamedNode, Quad
from engine.store._names import spelled
from engine.store.oxigraph import OxigraphStore
from engine.store.port import Answer
from engine.vocab import AIMS, ISO42001

GRAPH = NamedNode("https://aims.example/graph/general/test")


@pytest.fixture
def store() -> OxigraphStore:
    held = OxigraphStore.in_memory()
    held.load([Quad(AIMS.x, AIMS.ofItem, ISO42001["A.6.2.4"], GRAPH)], 1)
    return held


@pytest.mark.parametrize(
    "query",
    [
        "ASK { ?s ?p iso42001:A.6.2.4 }",
        "ASK { ?s ?p iso42001:A.6.2.4. }",
        "ASK { ?s ?p iso42001:A\\.6\\.2\\.4 ; ?q ?o }",
        "PREFIX x: <https://w3id.org/aimsgraph/std/iso42001-2023#> ASK { ?s ?p x:A.6.2.4 }",
        "ASK { ?s ?p ?o FILTER (?o IN (iso42001:A.6.2.4,iso42001:c6.1.2)) }",
    ],
)
def test_names_with_dots_are_read(store: OxigraphStore, query: str) -> None:
    assert store.query(query) == Answer(True)


@pytest.mark.parametrize(
    "text",
    [
        'SELECT * { ?s ?p "iso42001:A.6.2.4" }',
        "SELECT * { ?s ?p <urn:x:A.6.2.4> } # iso42001:A.6.2.4",
        "SELECT * { ?s ?p '''a\niso42001:A.6.2.4''' }",
        "SELECT * { ?s ?p iso42001:A.6 . ?s ?q 1.2 }",
    ],
)
def test_everything_else_is_left_as_it_is(text: str) -> None:
    assert spelled(text).text == text


def test_errors_are_placed_in_the_original(store: OxigraphStore) -> None:
    text = "SELECT *\nWHERE { ?s ?p iso42001:A.6.2.4 . ?s ?p ! }"
    places = []
    for query in (text, text.replace("A.6.2.4", "A_6_2_4")):
        with pytest.raises(QueryError) as caught:
            store.query(query)
        places.append(caught.value.place)
    assert places[0] == places[1]
