"""Filters that name something, as the place to begin."""

import pytest

from tests.sparql.told import run_as


@pytest.mark.parametrize(
    ("condition", "values"),
    [
        ("?i = 'x'", "'x'"),
        ("<urn:a> = ?i", "<urn:a>"),
        ("?i = ex:a && ?b != 5", "ex:a"),
        ("?i IN (ex:a, 'x', ex:a)", "ex:a 'x'"),
    ],
)
def test_the_group_begins_with_it(condition: str, values: str) -> None:
    run = run_as(
        f"SELECT * {{ ?a a ex:C ; ex:id ?i ; ex:p ?b OPTIONAL {{ ?i ex:q ?c }} "
        f"FILTER ({condition}) }}"
    )
    assert run.startswith(f"SELECT * {{ VALUES ?i {{ {values} }} ?a a ex:C ; ex:id ?i")
    assert run.endswith(f"FILTER ({condition}) }}")


@pytest.mark.parametrize(
    "text",
    [
        # Equal without being the same, or not said of all rows.
        "SELECT * { ?a ex:id ?i FILTER (?i = 5) }",
        "SELECT * { ?a ex:id ?i FILTER (?i = 'x'@en) }",
        "SELECT * { ?a ex:id ?i FILTER (?i = '5'^^ex:d) }",
        "SELECT * { ?a ex:id ?i FILTER (?i = 'x' || ?a = 5) }",
        "SELECT * { ?a ex:id ?i FILTER (?i != 'x') }",
        "SELECT * { ?a ex:id ?i FILTER (?i IN ('x', 5)) }",
        "SELECT * { ?a ex:id ?i FILTER (?i NOT IN ('x', 'y')) }",
        "SELECT * { ?a ex:id ?i FILTER (?i IN ()) }",
        # Not bound for certain, or too late.
        "SELECT * { ?a ex:id ?b OPTIONAL { ?a ex:p ?i } FILTER (?i = 'x') }",
        "SELECT * { ?a ex:id ?b OPTIONAL { ?b ex:p ?i } ?b ex:q ?i FILTER (?i = 'x') }",
        # Something is named already.
        "SELECT * { ?a ex:id ?i ; ex:p 5 FILTER (?i = 'x') }",
        "SELECT * { VALUES ?a { ex:a } ?a ex:id ?i FILTER (?i = 'x') }",
    ],
)
def test_what_is_left_as_it_is(text: str) -> None:
    assert run_as(text) == text
