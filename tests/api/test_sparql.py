"""The SPARQL endpoint: three ways to ask, every format, and what is refused."""

import json

import pytest
from starlette.testclient import TestClient

from api.schemas.explanation import Explanation
from tests.example import AT, PERIOD

COUNT = "SELECT (COUNT(*) AS ?n) WHERE { ?s a aims:AISystem }"
JUDGED = {"at": AT, "period": PERIOD}


def rows(body: bytes) -> list[dict[str, dict[str, str]]]:
    bindings: list[dict[str, dict[str, str]]] = json.loads(body)["results"]["bindings"]
    return bindings


def test_get_and_both_posts_answer_alike(client: TestClient) -> None:
    got = client.get("/sparql", params={"query": COUNT})
    form = client.post("/sparql", data={"query": COUNT})
    direct = client.post(
        "/sparql", content=COUNT, headers={"content-type": "application/sparql-query"}
    )
    assert got.status_code == form.status_code == direct.status_code == 200
    assert rows(got.content) == rows(form.content) == rows(direct.content)
    assert rows(got.content)[0]["n"]["value"] == "8"


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("application/sparql-results+json", "application/sparql-results+json"),
        ("application/sparql-results+xml", "application/sparql-results+xml"),
        ("text/csv", "text/csv"),
        ("text/tab-separated-values", "text/tab-separated-values"),
        ("text/csv;q=0.3, application/sparql-results+xml", "application/sparql-results+xml"),
        ("*/*", "application/sparql-results+json"),
    ],
)
def test_tables_come_in_the_format_asked_for(
    client: TestClient, accept: str, expected: str
) -> None:
    answer = client.get("/sparql", params={"query": COUNT}, headers={"accept": accept})
    assert answer.headers["content-type"].split(";")[0] == expected
    assert answer.headers["vary"] == "Accept"


@pytest.mark.parametrize(
    "accept",
    [
        "text/turtle",
        "application/trig",
        "application/n-triples",
        "application/n-quads",
        "application/ld+json",
        "application/rdf+xml",
    ],
)
def test_graphs_come_in_the_format_asked_for(client: TestClient, accept: str) -> None:
    query = "CONSTRUCT { ?s a aims:AISystem } WHERE { ?s a aims:AISystem }"
    answer = client.get("/sparql", params={"query": query}, headers={"accept": accept})
    assert answer.headers["content-type"].split(";")[0] == accept
    assert b"claims-triage" in answer.content


def test_statuses_are_reachable_in_the_assessment_graph(client: TestClient) -> None:
    query = """SELECT ?item ?status WHERE {
      GRAPH <https://w3id.org/aimsgraph/graph/assessment> {
        ?record a aims:ItemStatus ; aims:ofItem ?item ; aims:itemStatus ?status
        FILTER NOT EXISTS { ?record aims:onSubject ?subject } } }"""
    answer = client.get("/sparql", params={"query": query} | JUDGED)
    told = {
        r["item"]["value"].rpartition("#")[2]: r["status"]["value"] for r in rows(answer.content)
    }
    assessed = client.get("/v1/assessments", params=JUDGED).json()["requirements"]
    assert told == {
        item["iri"].rpartition("#")[2]: f"https://w3id.org/aimsgraph/scheme#item-{item['status']}"
        for item in assessed
    }


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("SELECT * WHERE { ?s ?p }", "parse"),
        ("INSERT DATA { <a:b> <a:c> <a:d> }", "update"),
        ("SELECT * WHERE { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }", "SERVICE"),
        ("SELECT * WHERE " + "{" * 5000 + "}" * 5000, "nest"),
        ("", "query"),
    ],
)
def test_what_is_refused_says_why(client: TestClient, query: str, words: str) -> None:
    answer = client.post("/sparql", data={"query": query})
    assert answer.status_code in (400, 413)
    assert words.lower() in answer.json()["detail"].lower()


def test_an_update_form_and_an_unknown_body_are_refused(client: TestClient) -> None:
    assert client.post("/sparql", data={"update": "CLEAR ALL"}).status_code == 400
    strange = client.post("/sparql", content=b"x", headers={"content-type": "image/png"})
    assert strange.status_code == 415
    unwanted = client.get("/sparql", params={"query": COUNT}, headers={"accept": "image/png"})
    assert unwanted.status_code == 406


ABSENT = """SELECT ?system WHERE { ?system a aims:AISystem
  FILTER NOT EXISTS { ?control aims:appliesTo ?system . ?evidence aims:supports ?control } }"""


def test_it_explains_how_a_query_is_run(client: TestClient) -> None:
    asked = {"query": ABSENT, "explain": "true"}
    got = client.get("/sparql", params=asked, headers={"accept": "application/json"})
    form = client.post("/sparql", params={"explain": "true"}, data={"query": ABSENT})
    assert got.status_code == form.status_code == 200
    assert got.headers["content-type"] == "application/json"
    assert got.headers["vary"] == "Accept"
    told = got.json()
    assert told == form.json()
    assert Explanation.model_validate(told).model_dump() == told
    assert told["form"] == "SELECT"
    assert [(note["line"], note["changed"]) for note in told["notes"]] == [(2, True)]
    again = client.get("/sparql", params={"query": told["run"]})
    assert rows(again.content) == rows(client.get("/sparql", params={"query": ABSENT}).content)


def test_an_explanation_is_json_and_of_a_query_that_may_run(client: TestClient) -> None:
    asked = {"query": ABSENT, "explain": "true"}
    assert client.get("/sparql", params=asked, headers={"accept": "text/csv"}).status_code == 406
    update = {"query": "CLEAR ALL", "explain": "true"}
    assert client.get("/sparql", params=update).status_code == 400
