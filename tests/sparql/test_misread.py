"""Comparisons that look like an IRI."""

import pytest

from engine.sparql.misread import misread
from engine.sparql.syntax import parse_query


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { ?s ?p ?o FILTER (?a<?b&&?c>?d) }",
        "SELECT * { ?s ?p ?o OPTIONAL { ?s ?q ?a BIND (5<?b&&?c>?d AS ?e) } }",
        "SELECT (?a<?b&&?c>?d AS ?e) { ?s ?p ?o }",
        "SELECT ?s { ?s ?p ?o } GROUP BY ?s HAVING (MAX(?a)<?b&&?c>?d)",
        "SELECT * { ?s ?p ?o { SELECT ?s { ?s ?p ?a FILTER (?a<?b&&?c>?d) } } }",
    ],
)
def test_two_comparisons_are_doubted(text: str) -> None:
    assert misread(parse_query(text))


def test_iris_where_they_may_stand_are_not() -> None:
    text = (
        "SELECT (<urn:f>(?a) AS ?b) { ?s <urn:p> <urn:o> , 5 . ?s ?p 'x'^^<urn:d> "
        "FILTER (?a IN (<urn:a>, <urn:b>) || ?a = <urn:c> || EXISTS { ?s <urn:p> <urn:o> }) }"
    )
    assert not misread(parse_query(text))
