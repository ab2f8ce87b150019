"""What the clauses of a query name."""

import pytest

from engine.rdf import NamedNode
from engine.sparql.clauses import Names, from_clauses, same_each_time
from engine.sparql.tokens import tokens

A, B = NamedNode("urn:x:a"), NamedNode("urn:x:b")


@pytest.mark.parametrize(
    ("text", "default", "named"),
    [
        ("SELECT * WHERE { ?s ?p ?o }", (), ()),
        ("SELECT * FROM <urn:x:a> WHERE { ?s ?p ?o }", (A,), ()),
        ("SELECT * FROM <urn:x:a> FROM <urn:x:b> { ?s ?p ?o }", (A, B), ()),
        ("ASK FROM NAMED <urn:x:a> from <urn:x:b> {}", (B,), (A,)),
        ("PREFIX x: <urn:x:> DESCRIBE x:c FROM x:a FROM NAMED x:b", (A,), (B,)),
        ("BASE <urn:x:> PREFIX : <urn:x:> SELECT * FROM :a {}", (A,), ()),
        ("CONSTRUCT { ?s ?p <urn:x:a> } FROM <urn:x:b> WHERE { ?s ?p 'FROM <urn:x:a>' }", (B,), ()),
        ("SELECT * FROM <http://a.example/\\u0062> {}", (NamedNode("http://a.example/b"),), ()),
        ("BASE <http://a.example/x/> ASK FROM <../b> {}", (NamedNode("http://a.example/b"),), ()),
        ("SELECT * FROM aims:Risk {}", (NamedNode("https://w3id.org/aimsgraph/ns#Risk"),), ()),
        ("SELECT * FROM x:a {}", (), ()),
        ("SELECT * FROM <relative> {}", (), ()),
    ],
)
def test_from_and_from_named(
    text: str, default: tuple[NamedNode, ...], named: tuple[NamedNode, ...]
) -> None:
    assert from_clauses(text) == (default, named)


@pytest.mark.parametrize(
    "text", ["BASE", "PREFIX", "PREFIX x:", "BASE ?x", "PREFIX x: 'y'", "BASE <http://[>"]
)
def test_declarations_that_are_none_do_no_harm(text: str) -> None:
    found = tokens(text)
    assert Names().declarations(found) >= len(found)


def test_what_is_drawn_by_lot_is_not_the_same_each_time() -> None:
    assert same_each_time("SELECT ('NOW()' AS ?rand) WHERE { ?s ?uuid ?o } # RAND()")
    for call in ("RAND()", "now()", "Uuid()", "STRUUID()", "BNODE()"):
        assert not same_each_time(f"SELECT ?x WHERE {{ BIND({call} AS ?x) }}")
