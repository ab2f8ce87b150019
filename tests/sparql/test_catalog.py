"""Named queries: their headers, and values for their parameters."""

import pytest

from engine.errors import InputError, IntegrityError, NotFoundError
from engine.knowledge import KnowledgePack, shipped_pack
from engine.rdf import Literal, NamedNode
from engine.sparql.catalog import KINDS, Param, bind, catalog, completed, find
from engine.sparql.guard import inspect
from engine.vocab import XSD

TEXT = b"""#+ summary: What depends on a node,
#+ summary: and how far.
#+ question: GA-9
#+ param: node iri required the node
#+ param: depth integer 3 how far
#+ param: share decimal 0.5 what share
#+ param: all boolean false everything
#+ param: since dateTime 2026-01-01T00:00:00Z from when
#+ param: word string risk a word to find
#+ example: node aims:Risk
#+ example: word two words
#+ reads: assessment
SELECT ?x { ?x ?p $node }
"""


def pack(text: bytes = TEXT) -> KnowledgePack:
    return KnowledgePack({"queries/area/name.rq": text})


def test_a_header_is_read() -> None:
    query = find(pack(), "area/name")
    assert query.summary == "What depends on a node, and how far."
    assert query.competency == "GA-9"
    assert query.reads_assessment
    assert query.params[0] == Param("node", "iri", None, "the node", "aims:Risk")
    assert query.params[5].example == "two words"
    assert query.params[0].required
    assert query.params[1] == Param("depth", "integer", "3", "how far", "3")
    assert {param.kind for param in query.params} == set(KINDS)


def test_texts_become_terms_and_defaults_are_filled_in() -> None:
    query = find(pack(), "area/name")
    terms = bind(query, {"node": "aims:Risk", "all": "true", "since": "2026-07-01"})
    assert terms == {
        "node": NamedNode("https://w3id.org/aimsgraph/ns#Risk"),
        "depth": Literal("3", datatype=XSD.integer),
        "share": Literal("0.5", datatype=XSD.decimal),
        "all": Literal("true", datatype=XSD.boolean),
        "since": Literal("2026-07-01T00:00:00Z", datatype=XSD.dateTime),
        "word": Literal("risk"),
    }
    assert completed(query, {"node": terms["node"]})["depth"] == terms["depth"]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "needs the parameter node"),
        ({"node": "aims:Risk", "other": "1"}, 'has no parameter "other"'),
        ({"node": "no node"}, '"no node" is no iri for node'),
        ({"node": "aims:Risk", "depth": "deep"}, '"deep" is no integer for depth'),
        ({"node": "aims:Risk", "share": "half"}, '"half" is no decimal for share'),
        ({"node": "aims:Risk", "share": "inf"}, '"inf" is no decimal for share'),
        ({"node": "aims:Risk", "share": "1e3"}, '"1e3" is no decimal for share'),
        ({"node": "aims:Risk", "all": "yes"}, '"yes" is no boolean for all'),
        ({"node": "aims:Risk", "since": "soon"}, "soon"),
        ({"node": "aims:Risk", "depth": "\u0663"}, "is no integer for depth"),
    ],
)
def test_a_wrong_value_is_named(given: dict[str, str], words: str) -> None:
    with pytest.raises(InputError) as caught:
        bind(find(pack(), "area/name"), given)
    assert words in str(caught.value)


def test_terms_given_for_unknown_or_missing_parameters_are_refused() -> None:
    query = find(pack(), "area/name")
    with pytest.raises(InputError, match="no parameter"):
        completed(query, {"other": Literal("x")})
    with pytest.raises(InputError, match="needs the parameter node"):
        completed(query, {})


def test_an_unknown_query_is_not_found() -> None:
    with pytest.raises(NotFoundError, match='no query named "area/other"'):
        find(pack(), "area/other")


@pytest.mark.parametrize("line", [b"#+ param: node", b"#+ param: node number 3 x"])
def test_a_bad_header_is_refused(line: bytes) -> None:
    with pytest.raises(IntegrityError, match="has no name, kind and default"):
        catalog(pack(line + b"\nASK { }"))


def test_every_shipped_query_may_run() -> None:
    for query in catalog(shipped_pack()).values():
        inspect(query.text)
        assert query.summary or query.name.startswith("hygiene/"), query.name
