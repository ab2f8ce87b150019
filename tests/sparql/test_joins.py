"""Joins on equality and optional chains: when they are written otherwise, and when not."""

import pytest

from tests.sparql.told import left_alone, run_as


def test_what_is_no_literal_is_joined_by_name() -> None:
    run = run_as("SELECT ?a ?c { ?a ex:p ?b . ?c ex:q ?d . ?d a ex:C FILTER (?b = ?d) }")
    assert run == "SELECT ?a ?c { ?a ex:p ?b . ?c ex:q ?b . ?b a ex:C . FILTER (?b = ?b) }"


def test_a_name_that_is_shown_is_kept() -> None:
    run = run_as("SELECT ?a ?d { ?a ex:p ?b . ?d a ex:C FILTER (?a != 5 && sameTerm(?b, ?d)) }")
    assert run.endswith("?b a ex:C . FILTER (?a != 5 && sameTerm(?b, ?b)) BIND (?b AS ?d) }")


def test_what_may_be_a_literal_is_compared_only_where_equal_is_not_the_same() -> None:
    run = run_as("SELECT ?a ?c { ?a ex:p ?b . ?c ex:q ?d FILTER (?b = ?d) }")
    same, _, other = run.partition(" UNION ")
    assert "{ ?a ex:p ?b . ?c ex:q ?b . FILTER (?b = ?b) BIND (?b AS ?d) }" in same
    assert "FILTER (!sameTerm(?b, ?d))" in other
    assert other.count("isLiteral") == 2


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("SELECT ?a { ?a ex:p ?b . OPTIONAL { ?c ex:q ?d } FILTER (?b = ?d) }", "not both bound"),
        ("SELECT ?a { ?a ex:p ?b . ?c ex:q ?d FILTER (?b = ?d) { SELECT ?a { ?a ?b ?d } } }", ""),
        ("SELECT ?a { ?a ex:p ?b . ?c ex:q ?d FILTER (?b = ?d) BIND (RAND() AS ?e) }", "chance"),
    ],
)
def test_equalities_that_are_left_alone(text: str, reason: str) -> None:
    if reason:
        left_alone(text, reason)
    else:
        assert run_as(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "SELECT ?a { ?a ex:p ?b . ?a ex:q ?c FILTER (?b = ?c) }",
        "SELECT ?a { ?a ex:p ?b . ?c ex:q ?d FILTER (?b = ?d || ?a = 5) }",
        "SELECT ?a { ?a ex:p ?b . ?c ex:q ?d FILTER (?b != ?d) }",
    ],
)
def test_what_is_connected_or_no_equality_is_not_looked_at(text: str) -> None:
    assert run_as(text) == text


def test_many_equalities_do_not_grow_without_end() -> None:
    pairs = [f"?a{n} ex:p ?b{n} ." for n in range(20)]
    equal = " && ".join(f"?b{n} = ?b{n + 1}" for n in range(19))
    text = f"SELECT ?a0 {{ {' '.join(pairs)} FILTER ({equal}) }}"
    assert len(run_as(text)) < 20 * len(text)


def test_an_optional_chain_is_looked_up_where_it_is_bound() -> None:
    run = run_as("SELECT ?a ?d { ?a a ex:C OPTIONAL { ?a ex:p ?b } OPTIONAL { ?b ex:q ?d } }")
    assert run == (
        "SELECT ?a ?d { { { ?a a ex:C . ?a ex:p ?b . } OPTIONAL { ?b ex:q ?d . } } UNION "
        "{ { ?a a ex:C . FILTER NOT EXISTS { ?a ex:p ?b . } } OPTIONAL { ?b ex:q ?d . } } }"
    )


def test_a_long_chain_grows_by_a_branch_a_link() -> None:
    run = run_as(
        "SELECT ?a ?e { ?a a ex:C OPTIONAL { ?a ex:p ?b } OPTIONAL { ?b ex:q ?c } "
        "OPTIONAL { ?c ex:r ?d } OPTIONAL { ?d ex:s ?e } }"
    )
    assert run.count("UNION") == 3


@pytest.mark.parametrize(
    "text",
    [
        "SELECT ?a ?d { ?a a ex:C OPTIONAL { ?a ex:p ?b OPTIONAL { ?b ex:q ?d } } }",
        "SELECT ?a ?d { ?a a ex:C OPTIONAL { ?a ex:p ?b } OPTIONAL { ?a ex:q ?d } }",
        "SELECT ?a ?d { ?a a ex:C OPTIONAL { ?a ex:p ?b } OPTIONAL { ?b ex:q ?d . ?d ex:r ?a } }",
        "SELECT ?a ?d { OPTIONAL { ?a ex:p ?b } OPTIONAL { ?b ex:q ?d } }",
    ],
)
def test_chains_that_hang_on_what_is_bound_are_not_looked_at(text: str) -> None:
    assert run_as(text) == text


def test_chains_that_are_left_alone() -> None:
    left_alone(
        "SELECT ?a { ?a ex:p _:x OPTIONAL { ?a ex:p ?b } OPTIONAL { ?b ex:q ?d } }", "blank node"
    )
    left_alone(
        "SELECT ?a { ?a a ex:C OPTIONAL { ?a ex:p ?b BIND (5 AS ?e) } OPTIONAL { ?b ex:q ?d } }",
        "a BIND",
    )
