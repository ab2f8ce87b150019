"""MINUS and OPTIONAL with !bound as NOT EXISTS, and EXISTS as a set: when, and when not."""

import pytest

from tests.sparql.told import left_alone, run_as

ABSENT = (
    "SELECT ?a { ?a a ex:C . FILTER NOT EXISTS { ?a ex:p ?b . FILTER EXISTS { ?b ex:q ?c . } } }"
)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT ?a { ?a a ex:C FILTER NOT EXISTS { ?a ex:p ?b . ?b ex:q ?c } }",
        "SELECT ?a { ?a a ex:C MINUS { ?a ex:p ?b . ?b ex:q ?c } }",
        "SELECT ?a { ?a a ex:C OPTIONAL { ?a ex:p ?b . ?b ex:q ?c } FILTER (!bound(?c)) }",
        "SELECT ?a { ?a a ex:C FILTER (!(BOUND(?b))) OPTIONAL { ?a ex:p ?b . ?b ex:q ?c } }",
    ],
)
def test_three_ways_of_asking_are_one(text: str) -> None:
    assert run_as(text) == ABSENT


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("SELECT ?a { MINUS { ?a ex:p ?b } ?a a ex:C }", "?a may be unbound"),
        ("SELECT ?a { OPTIONAL { ?a a ex:C } MINUS { ?a ex:p ?b } }", "?a may be unbound"),
        ("SELECT ?a { { ?a a ex:C } UNION { ?b a ex:C } MINUS { ?a ex:p ?c } }", "may be unbound"),
        ("SELECT ?a { VALUES ?a { UNDEF } MINUS { ?a ex:p ?c } }", "?a may be unbound"),
        ("SELECT ?a { ?d a ex:C BIND (?d AS ?a) MINUS { ?a ex:p ?c } }", "?a may be unbound"),
        ("SELECT ?a { ?a a ex:C MINUS { OPTIONAL { ?a ex:p ?c } ?d ex:q 5 } }", "?a may be"),
        ("SELECT ?a { ?a a ex:C MINUS { ?b ex:p ?c } }", "shares no variable"),
        ("SELECT ?a { ?a ex:q ?d MINUS { ?a ex:p ?c FILTER (?c = ?d) } }", "?d may be unbound"),
        ("SELECT ?a { ?a a ex:C MINUS { ?a ex:p ?c FILTER (?c = ?e) } }", "does not bind"),
        ("SELECT ?a { ?a a ex:C MINUS { ?a ex:p ?c } ?c ex:q ?d }", "?c may be unbound before it"),
        ("SELECT * { ?a a ex:C OPTIONAL { ?a ex:p ?b } FILTER (!bound(?b)) }", "SELECT *"),
        ("SELECT ?a ?b { ?a a ex:C OPTIONAL { ?a ex:p ?b } FILTER (!bound(?b)) }", "elsewhere"),
        ("SELECT ?a { ?a a ex:C OPTIONAL { ?a ex:p ?b } OPTIONAL { ?a ex:q ?b }"
         " FILTER (!bound(?b)) }", "elsewhere"),
        ("SELECT ?a { ?a a ex:C OPTIONAL { ?a ex:p ?a } FILTER (!bound(?a)) }", "elsewhere"),
    ],
)  # fmt: skip
def test_what_is_left_alone(text: str, reason: str) -> None:
    left_alone(text, reason)


def test_an_optional_whose_variable_is_not_asked_for_is_no_absence() -> None:
    text = "SELECT ?a ?b { ?a a ex:C OPTIONAL { ?a ex:p ?b } FILTER (!bound(?c)) }"
    assert run_as(text) == text


SET = "{ SELECT DISTINCT ?t { ?b ex:tier ?t . ?b ex:p ?c . } }"


@pytest.mark.parametrize(
    ("word", "expected"),
    [("FILTER NOT EXISTS", f"MINUS {SET}"), ("FILTER EXISTS", SET)],
)
def test_what_many_share_is_read_once(word: str, expected: str) -> None:
    text = f"SELECT ?a {{ ?a ex:tier ?t {word} {{ ?b ex:tier ?t . ?b ex:p ?c }} }}"
    assert run_as(text) == f"SELECT ?a {{ ?a ex:tier ?t . {expected} }}"


def test_a_minus_that_many_share_is_a_set_already() -> None:
    left_alone("SELECT ?a { ?a ex:tier ?t MINUS { ?b ex:tier ?t . ?b ex:p ?c } }", "as a set")


@pytest.mark.parametrize(
    "inside",
    [
        "?b ex:tier ?t . ?b ex:p ?c FILTER (?c != ?a)",  # looks out
        "?b ex:tier ?t . ?b ex:p ?a",  # shares what is asked about
        "?t ex:p ?c . ?c ex:q ?d",  # is about what is shared
    ],
)
def test_what_few_share_is_looked_up(inside: str) -> None:
    run = run_as(f"SELECT ?a {{ ?a ex:tier ?t FILTER NOT EXISTS {{ {inside} }} }}")
    assert "MINUS" not in run
    assert run.count("EXISTS") == 2
