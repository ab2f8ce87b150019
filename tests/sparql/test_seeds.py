"""Nested SELECTs that are told what the query is about."""

import pytest

from tests.sparql.told import run_as

ABOUT = '?a ex:id "x" .'


@pytest.mark.parametrize(
    "select",
    [
        "SELECT ?a (COUNT(?b) AS ?n) { ?a ex:p ?b . %s} GROUP BY ?a",
        "SELECT ?a (COUNT(?b) AS ?n) { ?a ex:p ?b . %s} GROUP BY ?a HAVING (COUNT(?b) > 1)",
        "SELECT DISTINCT ?a ?b { ?a ex:p ?b . %s}",
        "SELECT ?a ?b { ?a ex:p ?b . %s} ORDER BY ?b",
    ],
)
@pytest.mark.parametrize("word", ["", "OPTIONAL "])
def test_it_is_told(select: str, word: str) -> None:
    run = run_as(f"SELECT * {{ {ABOUT} {word}{{ {select % ''} }} }}")
    assert run == f"SELECT * {{ {ABOUT} {word}{{ {select % f'{ABOUT} '} }} }}"


@pytest.mark.parametrize(
    "select",
    [
        "SELECT ?a ?b { ?a ex:p ?b } LIMIT 1",
        "SELECT REDUCED ?a ?b { ?a ex:p ?b }",
        "SELECT (COUNT(?b) AS ?n) { ?a ex:p ?b }",
        "SELECT (?b AS ?a) { ?b ex:p ?c }",
        "SELECT ?b { ?a ex:p ?b }",
        "SELECT ?a ?b { ?b ex:p ?c OPTIONAL { ?a ex:p ?b } }",
        "SELECT ?b (MAX(?c) AS ?m) { ?a ex:p ?b ; ex:q ?c } GROUP BY ?b",
        "SELECT ?a { SELECT ?a { ?a ex:p ?b } }",
    ],
)
def test_it_is_not_told(select: str) -> None:
    text = f"SELECT * {{ {ABOUT} {{ {select} }} }}"
    assert run_as(text) == text


def test_it_is_told_by_a_way_over_patterns() -> None:
    outside = f"{ABOUT} ?b ex:of ?a . ?c ex:in ?b ."
    way = f"{{ SELECT DISTINCT ?c {{ ?c ex:in ?b . ?b ex:of ?a . {ABOUT} }} }}"
    for word in ("", "OPTIONAL "):
        run = run_as(
            f"SELECT * {{ {outside} {word}{{ SELECT ?c (COUNT(?d) AS ?n) {{ ?d ex:p ?c }} "
            "GROUP BY ?c } }"
        )
        # The store keeps the order of a left join only.
        assert f"{{ {way} OPTIONAL {{ ?d ex:p ?c . }} FILTER (bound(?d)) }}" in run


def test_a_way_that_the_store_would_not_begin_with_is_not_told() -> None:
    select = "{ SELECT ?c (COUNT(?d) AS ?n) { ?d ex:p ?c . ?d ex:q ?e . } GROUP BY ?c }"
    text = f"SELECT * {{ {ABOUT} ?c ex:in ?a . {select} }}"
    assert run_as(text) == text
    forward = run_as(f"SELECT * {{ {ABOUT} ?a ex:has ?c . {select} }}")
    assert f"{{ SELECT DISTINCT ?c {{ ?a ex:has ?c . {ABOUT} }} }}" in forward


def test_what_was_told_is_not_told_again() -> None:
    text = (
        "SELECT * { ?d ex:id 5 . ?d ex:p ?a { SELECT ?a { ?a ex:q ?b . ?c ex:p ?b . ?c ex:id 5 "
        "{ SELECT ?b { ?b ex:r ?e . ?e ex:s ?f } } } } }"
    )
    assert run_as(text).count("SELECT DISTINCT") == 2


def test_only_what_stands_before_an_optional_and_names_one_variable_tells() -> None:
    for text in (
        f"SELECT * {{ OPTIONAL {{ SELECT DISTINCT ?a {{ ?a ex:p ?b }} }} {ABOUT} }}",
        "SELECT * { ?a ex:id ?c . { SELECT DISTINCT ?a { ?a ex:p ?b } } }",
        "SELECT * { ?a a ex:C . { SELECT DISTINCT ?a { ?a ex:p ?b } } }",
        "SELECT * { ?a ex:r* ex:n0 . { SELECT DISTINCT ?a { ?a ex:p ?b } } }",
    ):
        assert run_as(text) == text
