"""Branches that begin with what they are joined to."""

import pytest

from tests.sparql.told import run_as

ONE = "{ ?a ex:p true . }"
TWO = "{ ?a ex:q ?c . ?c ex:p true . FILTER NOT EXISTS { ?a ex:p false . } }"


def test_patterns_are_moved_into_every_branch() -> None:
    run = run_as(f"SELECT ?a {{ ?a a ex:C . {ONE} UNION {TWO} FILTER (?a != ex:n) }}")
    one, two = (f"{{ ?a a ex:C .{branch[1:]}" for branch in (ONE, TWO))
    assert run == f"SELECT ?a {{ {one} UNION {two} FILTER (?a != ex:n) }}"


def test_also_those_behind_and_data() -> None:
    run = run_as(f"SELECT ?a {{ {ONE} UNION {TWO} ?a a ex:C . VALUES ?a {{ ex:n }} }}")
    begun = "?a a ex:C . VALUES ?a { ex:n }"
    one, two = (f"{{ {begun}{branch[1:]}" for branch in (ONE, TWO))
    assert run == f"SELECT ?a {{ {one} UNION {two} }}"


def test_a_group_with_filters() -> None:
    run = run_as(f"SELECT ?a {{ ?a a ex:C . {TWO} OPTIONAL {{ ?a ex:r ?d . }} }}")
    assert run == f"SELECT ?a {{ {{ ?a a ex:C .{TWO[1:]} OPTIONAL {{ ?a ex:r ?d . }} }}"


@pytest.mark.parametrize(
    "where",
    [
        # No filter: the store takes it apart itself.
        "?a a ex:C . { ?a ex:q ?c . }",
        # Nothing is shared.
        "?a a ex:C . { ?b ex:p 1 . } UNION { ?b ex:q 1 . }",
        # What the filter sees would be something else.
        "?a ex:q ?d . { ?a ex:p 1 . FILTER (!bound(?d)) } UNION { ?a ex:q 1 . }",
        "?a ex:q ?d . { ?a ex:p 1 . FILTER NOT EXISTS { ?a ex:r ?d . } }",
        # What stands before it counts.
        "?a ex:q ?b . OPTIONAL { ?a ex:p ?c . } { ?c ex:p 1 . } UNION { ?a ex:q 1 . }",
        "?a ex:q ?b . BIND (1 AS ?c) { ?a ex:p ?c . } UNION { ?a ex:q ?c . }",
        # A branch that is more than patterns.
        "?a ex:q ?b . { ?a ex:p 1 . OPTIONAL { ?a ex:r ?c . } } UNION { ?a ex:q 1 . }",
        "?a ex:q ?b . { SELECT ?a { ?a ex:p 1 . } LIMIT 1 } UNION { ?a ex:q 1 . }",
        # A label stands in one block alone.
        "?a ex:q _:x . { ?a ex:p 1 . } UNION { ?a ex:q 1 . }",
        # Too much to write several times.
        "?a ex:q ?b . " + " UNION ".join(f"{{ ?a ex:p {n} . }}" for n in range(5)),
        "?a ex:q ?b . " * 40 + "{ ?a ex:p 1 . } UNION { ?a ex:q 1 . }",
    ],
)
def test_it_is_left_alone(where: str) -> None:
    text = f"SELECT ?a {{ {where} }}"
    assert run_as(text) == text
