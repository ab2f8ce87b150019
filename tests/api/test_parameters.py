"""What a request may say: nothing is passed over, and every position in time can be asked for."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from api.named import TAG
from engine.view import View
from engine.workspace import Workspace
from tests.example import AT, PERIOD

JUDGED = {"at": AT, "period": PERIOD}
# What an operation needs besides the view.
NEEDED = {"/v1/traces": {"node": "A.7.5"}, "/v1/cascades": {"node": "A.7.5"}}
NEEDED |= {"/v1/findings/changes": {"from": "2", "to": "3"}}
NEEDED |= {"/v1/nodes": {"class": "aims:AISystem"}, "/sparql": {"query": "ASK { ?s ?p ?o }"}}
NAMED = {
    "{item}": "A.7.5",
    "{node}": "SYS-claims-triage",
    "{sequence}": "2",
    "{area}/{name}": "tool/evidence-liveness",
    "{compartment}/{source}": "general/systems",
}


def operations(client: TestClient) -> list[tuple[str, str, dict[str, Any]]]:
    """Method, path and description of each operation, placeholders filled in."""
    found = []
    for template, methods in client.get("/openapi.json").json()["paths"].items():
        path = template
        for name, value in NAMED.items():
            path = path.replace(name, value)
        found += [
            (method, path, told) for method, told in methods.items() if TAG not in told["tags"]
        ]
    return found


def test_a_parameter_that_is_not_there_is_named(client: TestClient) -> None:
    for method, path, _ in operations(client):
        if path.startswith("/v1"):
            answer = client.request(method, path, params={"surplus": "1"} | NEEDED.get(path, {}))
            assert answer.status_code == 400, path
            assert answer.headers["content-type"] == "application/problem+json"
            assert "surplus" in answer.json()["detail"], path


def test_a_misspelt_name_comes_before_what_it_leaves_out(client: TestClient) -> None:
    answer = client.get("/v1/traces", params={"nod": "A.7.5"}).json()
    assert answer["detail"] == 'there is no query parameter "nod" here'
    assert "node" in answer["remedy"]


def asking_as_of(client: TestClient) -> list[str]:
    return [
        path
        for method, path, told in operations(client)
        if method == "get" and any(one["name"] == "as_of" for one in told.get("parameters", ()))
    ]


def test_every_view_can_be_of_the_past(client: TestClient, example: Workspace) -> None:
    past = example.ledger.head().sequence - 2
    instant = example.entries(past, past, View())[0].header.instant
    paths = [path for path in asking_as_of(client) if path.startswith("/v1")]
    assert len(paths) > 10
    for path in paths:
        for as_of in (str(past), instant):
            params = JUDGED | {"as_of": as_of} | NEEDED.get(path, {})
            answer = client.get(path, params=params)
            assert answer.status_code == 200, f"{path}: {answer.text}"
            assert answer.json()["sequence"] == past, path


def test_a_query_sees_the_past(client: TestClient, example: Workspace) -> None:
    query = {"query": "SELECT (COUNT(*) AS ?n) WHERE { ?s a aims:AISystem }"}
    counts = [
        int(
            client.get("/sparql", params=query | as_of).json()["results"]["bindings"][0]["n"][
                "value"
            ]
        )
        for as_of in ({"as_of": "1"}, {})
    ]
    assert counts == [0, 8]
    form = {"query": query["query"], "as_of": "1"}
    answer = client.post("/sparql", data=form, headers={"accept": "text/csv"})
    assert answer.text.split() == ["n", "0"]
    assert answer.headers["aims-sequence"] == "1"
    twice = client.post("/sparql", data=form, params={"as_of": "2"})
    assert twice.status_code == 400
    assert "/sparql" in asking_as_of(client)


@pytest.mark.parametrize("as_of", ["0", "-1", "9" * 30, "9" * 5000, "²", "1.5", "None", " ", "\0"])
def test_a_position_that_is_none_is_refused(client: TestClient, as_of: str) -> None:
    answer = client.get("/v1/requirements", params={"as_of": as_of})
    assert answer.status_code in (400, 404), answer.text
    assert answer.json()["detail"]


@pytest.mark.parametrize("sequence", ["0", "-1", "9" * 30, "9" * 5000, "x"])
def test_an_entry_that_cannot_be_is_refused(client: TestClient, sequence: str) -> None:
    assert client.get(f"/v1/entries/{sequence}").status_code in (400, 404)


@pytest.mark.parametrize(
    "cursor",
    [
        "?",
        "é",
        "WzEsIDJd",
        "WyIxIiwgIjIwMjYtMDctMDEiLCAtNV0=",
        "Wzk5OTk5OTk5OTk5OTk5OTk5OTk5OTksICIyMDI2LTA3LTAxIiwgMF0=",
        "WzFlOTk5LCAiMjAyNi0wNy0wMSIsIDBd",
        "W" * 10_000,
    ],
)
def test_a_cursor_of_nobody_is_refused(client: TestClient, cursor: str) -> None:
    for path in ("/v1/nodes", "/v1/findings", "/v1/gaps", "/v1/entries", "/systems", "/results"):
        params = NEEDED.get(path, {}) | {"cursor": cursor}
        assert client.get(path, params=params).status_code in (400, 404), path
