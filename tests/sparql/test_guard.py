"""What may run: the form of a text, and everything refused before a parser sees it."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import AimsError, QueryError
from engine.sparql.guard import QueryForm, form_of, inspect, reaches_named_graphs
from engine.store.oxigraph import OxigraphStore

SERVICE = "SERVICE <http://127.0.0.1:1/> { ?s ?p ?o }"


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("SELECT * { }", QueryForm.SELECT),
        ("ask { }", QueryForm.ASK),
        ("BASE <urn:x:> PREFIX a: <urn:a:> CONSTRUCT WHERE { ?s ?p ?o }", QueryForm.CONSTRUCT),
        ("# SELECT\nDESCRIBE <urn:x>", QueryForm.DESCRIBE),
    ],
)
def test_the_form_is_the_first_word_after_the_prologue(text: str, form: QueryForm) -> None:
    assert inspect(text) is form


@pytest.mark.parametrize("text", ["INSERT DATA { <a:b> <a:c> 1 }", "CLEAR ALL", "DROP ALL"])
def test_an_update_is_refused_as_a_query_and_a_query_as_an_update(text: str) -> None:
    assert form_of(text) is QueryForm.UPDATE
    assert inspect(text, update=True) is QueryForm.UPDATE
    with pytest.raises(QueryError, match="this is an update"):
        inspect(text)
    with pytest.raises(QueryError, match="this is a query"):
        inspect("ASK { }", update=True)


@pytest.mark.parametrize(
    "text",
    [
        f"SELECT * {{ {SERVICE} }}",
        f"SELECT * {{ OPTIONAL {{ {SERVICE} }} }}",
        f"SELECT * {{ ?s ?p ?o FILTER EXISTS {{ {SERVICE} }} }}",
        f"SELECT * {{ {{ SELECT * {{ {SERVICE} }} }} }}",
        "SELECT * { sErViCe SILENT ?x { } }",
        "SELECT * { SERVICE/**/<http://127.0.0.1:1/> { } }",
        "SELECT * { SERVICE#\n<http://127.0.0.1:1/> { } }",
        "SELECT * { ?a ?b ?c FILTER(?a<?b)SERVICE#>\n<http://127.0.0.1:1/> { ?s ?p ?o } }",
        "PREFIX p: <http://127.0.0.1:1/> SELECT * { ?s ?p trueSERVICE p:x { } }",
        "PREFIX SERVICE: <http://127.0.0.1:1/> SELECT * { SERVICE:x { } }",
        "PREFIX : <http://127.0.0.1:1/> SELECT * { SERVICE:x { } }",
        "LOAD <http://127.0.0.1:1/>",
    ],
)
def test_nothing_reaches_out(text: str) -> None:
    with pytest.raises(QueryError):
        inspect(text)


@pytest.mark.parametrize(
    "text",
    [
        'SELECT * { ?s ?p "SERVICE <http://x/>" }',
        "SELECT * { ?s ?p <urn:SERVICE> } # SERVICE",
        "SELECT ?SERVICE { ?SERVICE ?p '''LOAD\n<x>''' }",
        "PREFIX p: <urn:p:> SELECT * { ?s p:SERVICE ?o }",
        "SELECT * { ?s ?p ?o FILTER(?o < 3 && ?o > 1) }",
    ],
)
def test_words_inside_texts_names_and_comments_are_no_keywords(text: str) -> None:
    assert inspect(text) is QueryForm.SELECT


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        ("PREFIX a: <urn:a:>", "empty"),
        ("HELLO", "no word of SPARQL"),
        ("GRAPH", "cannot start"),
        ("SELECT * { ?s ?p 'open }", "never closed"),
        ("SELECT * { ?s ?p ?o", "never closed"),
        ("SELECT * { ?s ?p ?o }}", "closes nothing"),
        ("SELECT * { (?s ?p ?o }", "closes nothing"),
        ("SELECT * { <<?s ?p ?o>> ?q 1 }", "statements about statements"),
        ("SELECT * \\ { }", "backslash"),
        ("SELECT * { ?s ?p § }", "U\\+00A7"),
        ("SELECT * " + "{" * 101 + "}" * 101, "nested more than 100"),
        ("SELECT * { FILTER (" + "||".join(["?a"] * 1002) + ") }", "more than 1,000 operators"),
        ("SELECT * { " + " . ".join(["?s ?p ?o"] * 102) + " }", "more than 100 patterns"),
        ("SELECT * { ?s " + "/".join(["<urn:p>"] * 102) + " ?o }", "more than 100 patterns"),
        ("SELECT * { ?s ?p (" + "1 " * 101 + ") }", "more than 100 patterns"),
        ("SELECT * { } #" + "x" * 200_001, "longer than 200,000 characters"),
    ],
)
def test_what_is_no_query_or_too_much_is_refused(text: str, words: str) -> None:
    with pytest.raises(QueryError, match=words):
        inspect(text)


def test_a_fault_has_its_place() -> None:
    with pytest.raises(QueryError) as caught:
        inspect("SELECT *\nWHERE { SERVICE <http://x/> { } }")
    place = caught.value.place
    assert place is not None
    assert (place.line, place.column) == (2, 9)


def test_long_lists_of_values_are_fine() -> None:
    assert inspect("SELECT * { VALUES ?x { " + "<urn:x> " * 5000 + "} ?x ?p ?o }")
    assert inspect("SELECT * { ?x ?p ?o FILTER (?x IN (" + ", ".join(["1"] * 5000) + ")) }")


@pytest.mark.parametrize(
    ("text", "reaches"),
    [
        ("SELECT * { ?s ?p ?o }", False),
        ("SELECT * { GRAPH ?g { ?s ?p ?o } }", True),
        ("SELECT * FROM <urn:g> { ?s ?p ?o }", True),
        ("SELECT * { ?s ?p 'GRAPH' }", False),
    ],
)
def test_naming_graphs_is_noticed(text: str, reaches: bool) -> None:
    assert reaches_named_graphs(text) is reaches


_PIECES = [
    "SELECT", "*", "{", "}", "(", ")", "?s", "?p", "<urn:x>", "a", "1", "true", "'x'", "#", "\n",
    "SERVICE", "service", "FILTER", "<", ">", "||", "BIND", "AS", "p:", "PREFIX", "LOAD", ".",
    "SILENT", "\\u0053ERVICE", ";", ",", "_:b", "^", "/", "!", "NOT", "EXISTS", " ",
]  # fmt: skip


@given(st.lists(st.sampled_from(_PIECES), max_size=30), st.sampled_from(["", " "]))
def test_what_passes_the_guard_never_calls_out(pieces: list[str], between: str) -> None:
    """A call out fails as an error of the store, never as a QueryError."""
    text = "SELECT * { " + between.join(pieces) + " }"
    with suppress(QueryError):
        inspect(text)
        result = OxigraphStore.in_memory().query(text.replace("urn:x", "http://127.0.0.1:1/"))
        list(getattr(result, "rows", ()))


def test_a_call_out_would_be_noticed() -> None:
    with pytest.raises(AimsError) as caught:
        OxigraphStore.in_memory().query(f"SELECT * {{ {SERVICE} }}")
    assert not isinstance(caught.value, QueryError)
