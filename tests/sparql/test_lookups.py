"""EXISTS as look-ups: in which order, and where what else stands in it goes."""

import pytest

from tests.sparql.told import left_alone, run_as

START = "SELECT ?a { ?a a ex:C . FILTER NOT EXISTS "


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        # What is bound outside is looked up first, a class last.
        ("?e a ex:E . ?e ex:p ?c . ?c ex:q ?a",
         "{ ?c ex:q ?a . FILTER EXISTS { ?e ex:p ?c . FILTER EXISTS { ?e a ex:E . } } }"),
        ("?a ex:p ?b . ?b ex:q ex:n0", "{ ?a ex:p ?b . FILTER EXISTS { ?b ex:q ex:n0 . } }"),
        ("?a ex:p/ex:q ?b", "{ ?a ex:p ?_r . FILTER EXISTS { ?_r ex:q ?b . } }"),
        ("[] ex:p ?a ; ex:q 5", "{ ?_r ex:p ?a . FILTER EXISTS { ?_r ex:q 5 . } }"),
        # A filter stands where all that it mentions is bound.
        ("?a ex:p ?b . ?b ex:q ?c FILTER (?b != ?a) FILTER (?c > 5)",
         "{ ?a ex:p ?b . FILTER (?b != ?a) FILTER EXISTS { ?b ex:q ?c . FILTER (?c > 5) } }"),
        ("?a ex:p ?b . ?b ex:q ?c FILTER NOT EXISTS { ?c ex:r ?d . ?d ex:s ?b }",
         "{ ?a ex:p ?b . FILTER EXISTS { ?b ex:q ?c . FILTER NOT EXISTS { ?c ex:r ?d . "
         "FILTER EXISTS { ?d ex:s ?b . } } } }"),
        ("?a ex:p ?b OPTIONAL { ?b ex:q ?c } FILTER (!bound(?c) || ?c > 5)",
         "{ ?a ex:p ?b . FILTER EXISTS { OPTIONAL { ?b ex:q ?c . } "
         "FILTER (!bound(?c) || ?c > 5) } }"),
        ("{ ?a ex:p ?b . ?b ex:q ?c } UNION { ?b ex:r ?a } ?b ex:s 5",
         "{ { ?a ex:p ?b . FILTER EXISTS { ?b ex:q ?c . FILTER EXISTS { ?b ex:s 5 . } } } UNION "
         "{ ?b ex:r ?a . FILTER EXISTS { ?b ex:s 5 . } } }"),
        ("{ ?a ex:p ?b FILTER (?b > 5) } ?b ex:q ?c",
         "{ ?a ex:p ?b . FILTER (?b > 5) FILTER EXISTS { ?b ex:q ?c . } }"),
        ("GRAPH ?g { ?a ex:p ?b . ?b ex:q ?c }",
         "{ GRAPH ?g { ?a ex:p ?b . } FILTER EXISTS { GRAPH ?g { ?b ex:q ?c . } } }"),
        ("?a ex:p ?b VALUES ?b { ex:n0 ex:n1 }",
         "{ VALUES ?b { ex:n0 ex:n1 } FILTER EXISTS { ?a ex:p ?b . } }"),
    ],
)  # fmt: skip
def test_one_look_up_after_another(inside: str, expected: str) -> None:
    run = run_as(f"{START}{{ {inside} }} }}")
    assert run == f"SELECT ?a {{ ?a a ex:C . FILTER NOT EXISTS {expected} }}"


@pytest.mark.parametrize(
    ("inside", "reason"),
    [
        ("?a ex:p ?b", "one look-up as it stands"),
        ("{ ?a ex:p ?b } UNION { ?a ex:q ?b }", "one look-up as it stands"),
        ("{ SELECT ?a { ?a ex:p ?b . ?b ex:q ?c } }", "a SELECT"),
        ("?a ex:p ?b . ?b ex:q ?c BIND (?c AS ?d)", "a BIND"),
        ("?a ex:p ?b . ?b ex:q ?c MINUS { ?c ex:r ?d }", "a MINUS"),
        ("?a ex:p ?b . ?b ex:q ?c VALUES (?b ?c) { (UNDEF 5) }", "UNDEF"),
        ("?a ex:p _:x . _:x ex:q ?c", "blank node"),
        ("?a ex:p ?b OPTIONAL { ?b ex:q ?c } ?d ex:r ?c", "after the OPTIONAL"),
        ("?a ex:p ?b OPTIONAL { ?b ex:q ?c OPTIONAL { ?c ex:r ?d } } ?b ex:s ?e", "an OPTIONAL"),
        ("{ ?a ex:p ?b FILTER (?c > 5) } ?b ex:q ?c", "does not bind what it mentions"),
        ("GRAPH ?g { ?a ex:p* ?b . ?b ex:q ?c }", "a GRAPH of more than patterns"),
        ("FILTER (?a = 5)", "nothing to look up"),
    ],
)
def test_what_is_left_alone(inside: str, reason: str) -> None:
    left_alone(f"{START}{{ {inside} }} }}", reason)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT (EXISTS { ?a ex:p ?b . ?b ex:q ?c } AS ?d) { ?a a ex:C }",
        "SELECT ?a { ?a a ex:C } GROUP BY ?a HAVING (EXISTS { ?a ex:p ?b . ?b ex:q ?c })",
        "SELECT ?a { ?a a ex:C } ORDER BY (EXISTS { ?a ex:p ?b . ?b ex:q ?c })",
        "SELECT ?a { ?a a ex:C BIND (IF(EXISTS { ?a ex:p ?b . ?b ex:q ?c }, 1, 2) AS ?d) }",
        "SELECT ?a { ?a a ex:C FILTER (?a = 5 || NOT EXISTS { ?a ex:p ?b . ?b ex:q ?c }) }",
        "ASK { ?a a ex:C { SELECT ?a { ?a ?p 5 FILTER EXISTS { ?a ex:p ?b . ?b ex:q ?c } } } }",
        "CONSTRUCT { ?a a ex:D } { ?a a ex:C FILTER EXISTS { ?a ex:p ?b . ?b ex:q ?c } }",
        "ASK { ?a a ex:C OPTIONAL { ?a ex:r ?d FILTER EXISTS { ?a ex:p ?b . ?b ex:q ?c } } }",
        "DESCRIBE ?a { ?a a ex:C FILTER EXISTS { ?a ex:p ?b . ?b ex:q ?c } }",
    ],
)
def test_wherever_an_exists_stands(text: str) -> None:
    nested = "EXISTS { ?a ex:p ?b . FILTER EXISTS { ?b ex:q ?c . } }"
    assert nested in run_as(text)
