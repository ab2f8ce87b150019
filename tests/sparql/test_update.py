"""An update as its operations: what each may change, and its dataset."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import AimsError, LimitError, QueryError
from engine.rdf import NamedNode
from engine.sparql.update import OPERATIONS, Operation, operations

A, B = NamedNode("urn:x:a"), NamedNode("urn:x:b")


def only(text: str) -> Operation:
    (found,) = operations(text)
    return found


@pytest.mark.parametrize(
    ("text", "kind", "targets", "default"),
    [
        ("INSERT DATA { GRAPH <urn:x:a> { <urn:x:s> a <urn:x:b> } }", "INSERT DATA", {A}, False),
        ("insert data { <urn:x:s> a 1 }", "INSERT DATA", set(), True),
        ("DELETE DATA { GRAPH <urn:x:a> { } . <urn:x:s> a 1 }", "DELETE DATA", {A}, True),
        ("DELETE WHERE { GRAPH ?g { ?s ?p ?o } }", "DELETE WHERE", None, False),
        ("DELETE WHERE { ?s ?p ?o . GRAPH <urn:x:b> { ?s ?p ?o } }", "DELETE WHERE", {B}, True),
        (
            "DELETE { GRAPH <urn:x:a> { ?s ?p ?o } } WHERE { GRAPH ?g { ?s ?p ?o } }",
            "MODIFY",
            {A},
            False,
        ),
        ("INSERT { ?s ?p ?o } WHERE { GRAPH ?g { ?s ?p ?o } }", "MODIFY", set(), True),
        ("WITH <urn:x:a> INSERT { ?s ?p ?o } WHERE {}", "MODIFY", {A}, False),
        (
            "WITH <urn:x:a> DELETE { GRAPH <urn:x:b> { ?s ?p ?o } } INSERT { ?s ?p ?o } WHERE {}",
            "MODIFY",
            {A, B},
            False,
        ),
        ("DELETE {} INSERT { GRAPH ?g { ?s ?p ?o } } WHERE {}", "MODIFY", None, False),
        ("CLEAR GRAPH <urn:x:a>", "CLEAR", {A}, False),
        ("DROP SILENT DEFAULT", "DROP", set(), True),
        ("CLEAR NAMED", "CLEAR", None, False),
        ("CLEAR ALL", "CLEAR", None, True),
        ("CREATE GRAPH <urn:x:a>", "CREATE", {A}, False),
        ("COPY <urn:x:a> TO GRAPH <urn:x:b>", "COPY", {A, B}, False),
        ("MOVE DEFAULT TO <urn:x:b>", "MOVE", {B}, True),
        ("ADD SILENT <urn:x:a> TO DEFAULT", "ADD", {A}, True),
        ("BASE <urn:x:y> CLEAR GRAPH <urn:x:a>", "CLEAR", None, False),
        ("PREFIX x: <urn:x:> CLEAR GRAPH x:a", "CLEAR", {A}, False),
    ],
)
def test_what_an_operation_may_change(
    text: str, kind: str, targets: set[NamedNode] | None, default: bool
) -> None:
    found = only(text)
    assert found.kind == kind
    assert found.targets == (None if targets is None else frozenset(targets))
    assert found.default == default


def test_operations_keep_declarations_and_places() -> None:
    text = "PREFIX x: <urn:x:>\nCLEAR GRAPH x:a ;\nPREFIX y: <urn:y:>\n DROP GRAPH y:b ;"
    first, second = operations(text)
    assert first.text.split() == ["PREFIX", "x:", "<urn:x:>", "CLEAR", "GRAPH", "x:a"]
    assert second.text.split("\n")[3] == " DROP GRAPH y:b"
    assert "CLEAR" not in second.text
    assert second.text.startswith("PREFIX x: <urn:x:>")


def test_a_semicolon_inside_ends_nothing() -> None:
    assert len(operations("INSERT DATA { GRAPH <urn:x:a> { <urn:x:s> a 1 ; a ';' } } # ;")) == 1


def test_using_is_read_and_replaced() -> None:
    text = "DELETE { ?s ?p ?o } USING <urn:x:a> USING NAMED <urn:x:b> WHERE { ?s ?p ?o }"
    found = only(text)
    assert (found.using, found.using_named, found.scoped) == ((A,), (B,), True)
    over = found.over([B], [])
    assert " ".join(over.text.split()) == "DELETE { ?s ?p ?o } USING <urn:x:b> WHERE { ?s ?p ?o }"
    plain = only("INSERT { GRAPH <urn:x:a> { ?s ?p ?o } } WHERE { ?s ?p ?o }")
    assert not plain.scoped
    assert "USING NAMED <urn:x:b> WHERE" in " ".join(plain.over([], [B]).text.split())
    where = only("DELETE WHERE { ?s ?p ?o }").over([A], [])
    assert " ".join(where.text.split()) == "DELETE { ?s ?p ?o } USING <urn:x:a> WHERE { ?s ?p ?o }"
    assert only("CLEAR ALL").over([A], []) == only("CLEAR ALL")


def test_a_keyword_in_a_subquery_is_not_a_clause() -> None:
    text = "INSERT { GRAPH <urn:x:a> { ?s ?p ?o } } WHERE { SELECT * WHERE { ?s ?p ?o } }"
    assert only(text).over([B], []).text.count("USING") == 1


def test_data_can_be_asked_of_nothing() -> None:
    found = only("PREFIX x: <urn:x:> Delete data { GRAPH x:a { x:s x:p 1 } }")
    assert not found.reads
    assert found.inserting().split("{")[0].split()[3:] == ["INSERT", "data"]


def test_so_many_operations_and_no_more() -> None:
    assert len(operations("CLEAR ALL;" * OPERATIONS)) == OPERATIONS
    with pytest.raises(LimitError):
        operations("CLEAR ALL;" * (OPERATIONS + 1))
    with pytest.raises(LimitError):
        operations(" " * 300_000)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * WHERE { ?s ?p ?o }",
        "CLEAR ALL ; SELECT * WHERE { ?s ?p ?o }",
        "CLEAR ALL ; ; CLEAR ALL",
        "LOAD <urn:x:a>",
        "CLEAR ALL ; LOAD <urn:x:a>",
        "INSERT { ?s ?p ?o } WHERE { SERVICE <urn:x:a> { ?s ?p ?o } }",
        "NONSENSE",
        "INSERT DATA { <urn:x:s> a 1",
        "CLEAR ALL } ; CLEAR ALL",
    ],
)
def test_what_is_no_update_is_refused(text: str) -> None:
    with pytest.raises(QueryError):
        operations(text)


words = st.sampled_from(
    "INSERT DELETE DATA WHERE WITH USING NAMED GRAPH CLEAR DROP COPY TO ALL DEFAULT SILENT PREFIX"
    " BASE { } ( ) ; . ?s ?g <urn:x:a> x: x:a 1 'a' a _:b".split()
)


@given(st.lists(words, max_size=25))
def test_any_soup_is_read_or_refused(soup: list[str]) -> None:
    text = " ".join(soup)
    try:
        found = operations(text)
    except AimsError:
        return
    for operation in found:
        assert len(operation.text) <= len(text)
        operation.over([A], [B])
