"""Named queries over HTTP: each a typed operation, its rows as JSON, CSV and XLSX."""

import csv
import io
import json
from typing import Any

import pytest
from openpyxl import load_workbook
from starlette.testclient import TestClient

from api.app import create_app
from api.named import TAG
from engine.knowledge import KnowledgePack, shipped_pack
from engine.sheets import CSV, XLSX
from engine.sparql.catalog import bind, catalog
from engine.workspace import Workspace
from tests.example import AT, PERIOD

JUDGED = {"at": AT, "period": PERIOD}
QUERIES = catalog(shipped_pack(None))
# Queries over an inventory, which the example has none of.
EMPTY = {"inventory/answers"}
RESERVED = {"as_of", "at", "period", "format"}


@pytest.fixture(scope="module")
def operations(client: TestClient) -> dict[str, dict[str, Any]]:
    paths = client.get("/openapi.json").json()["paths"]
    return {
        path: told["get"]
        for path, told in paths.items()
        if TAG in told.get("get", {}).get("tags", ())
    }


def test_each_query_is_an_operation(operations: dict[str, dict[str, Any]]) -> None:
    assert set(operations) == {f"/v1/queries/{name}" for name in QUERIES}
    assert len({told["operationId"] for told in operations.values()}) == len(QUERIES) > 100
    for name, query in QUERIES.items():
        told = operations[f"/v1/queries/{name}"]
        assert told["summary"] == query.summary
        assert set(told["responses"]["200"]["content"]) == {"application/json", CSV, XLSX}
        names = [one["name"] for one in told["parameters"]]
        assert names == [*(param.name for param in query.params), "as_of", "at", "period", "format"]


KINDS = {"iri": "string", "string": "string", "dateTime": "string"}
KINDS |= {"integer": "integer", "decimal": "number", "boolean": "boolean"}


def test_parameters_have_kind_default_and_example(operations: dict[str, dict[str, Any]]) -> None:
    for name, query in QUERIES.items():
        told = {one["name"]: one for one in operations[f"/v1/queries/{name}"]["parameters"]}
        for param in query.params:
            assert param.name not in RESERVED
            one = told[param.name]
            assert one["required"] == param.required
            assert one["description"] == param.help
            assert one["schema"]["type"] == KINDS[param.kind]
            assert ("default" in one["schema"]) != param.required
            assert "example" in one, f"{name}: add #+ example: {param.name} VALUE"


def test_examples_fit_and_give_rows(client: TestClient) -> None:
    for name, query in QUERIES.items():
        given = {param.name: param.example for param in query.params if param.required}
        bind(query, given)
        if given:
            rows = client.get(f"/v1/queries/{name}", params=JUDGED | given).json()["rows"]
            assert bool(rows) != (name in EMPTY), name


def test_columns_are_told(operations: dict[str, dict[str, Any]]) -> None:
    told = operations["/v1/queries/audit/lineage"]["responses"]["200"]["description"]
    assert told == "Rows of version, transformation, source."


@pytest.mark.parametrize("how", ["accept", "parameter"])
def test_rows_come_in_three_formats(client: TestClient, how: str) -> None:
    path = "/v1/queries/tool/evidence-liveness"

    def get(media_type: str, name: str) -> Any:
        if how == "accept":
            return client.get(path, params=JUDGED, headers={"accept": media_type})
        return client.get(path, params=JUDGED | {"format": name}, headers={"accept": "text/html"})

    told = get("application/json", "json")
    rows = told.json()["rows"]
    assert told.headers["vary"] == "Accept"
    text = get(CSV, "csv")
    assert text.headers["content-type"] == "text/csv; charset=utf-8"
    assert (
        text.headers["content-disposition"] == 'attachment; filename="tool-evidence-liveness.csv"'
    )
    table = list(csv.DictReader(io.StringIO(text.text)))
    assert [row["evidence IRI"] for row in table] == [row["evidence"]["iri"] for row in rows]
    assert [row["state"] for row in table] == [row["state"]["value"] for row in rows]
    workbook = get(XLSX, "xlsx")
    assert workbook.headers["content-type"] == XLSX
    book = load_workbook(io.BytesIO(workbook.content))
    cells = [[cell.value for cell in row] for row in book["rows"].iter_rows()]
    assert cells[0] == list(table[0])
    assert len(cells) == len(rows) + 1
    about = {row[0].value: row[1].value for row in book["about"].iter_rows()}
    assert about["query"] == "tool/evidence-liveness"
    assert about["at"] == AT


def test_what_is_refused(client: TestClient) -> None:
    path = "/v1/queries/audit/lineage"
    for params, status in (
        ({"start": "aims:x", "format": "pdf"}, 400),
        ({"start": ["aims:x", "aims:y"]}, 400),
        ({"start": "aims:x", "strat": "aims:y"}, 400),
        ({}, 400),
    ):
        answer = client.get(path, params=params)
        assert answer.status_code == status, params
    wanted = {"accept": "image/png"}
    assert client.get(path, params={"start": "aims:x"}, headers=wanted).status_code == 406
    assert client.get("/v1/queries/audit/none").status_code == 404


def test_a_query_of_the_past_is_asked_of_the_past(client: TestClient) -> None:
    path = "/v1/queries/architect/systems"
    then = client.get(path, params=JUDGED | {"as_of": 1, "format": "csv"})
    assert len(then.text.splitlines()) == 1, "a header and no rows"


def test_the_document_follows_the_knowledge_in_force(workspace: Workspace) -> None:
    text = (
        b"#+ summary: Ours\n#+ param: depth integer 3 how far\nSELECT ?s WHERE { ?s a aims:Risk }"
    )
    pack = shipped_pack(None)
    ours = KnowledgePack({**pack.files, "queries/own/mine.rq": text})
    with TestClient(create_app(workspace)) as client:
        assert "/v1/queries/own/mine" not in client.get("/openapi.json").json()["paths"]
        workspace.committer.adopt(ours, agent="urn:test:agent")
        told = client.get("/openapi.json").json()["paths"]["/v1/queries/own/mine"]["get"]
        assert told["parameters"][0]["schema"] == {"type": "integer", "default": 3}
        assert told["parameters"][0]["example"] == 3
        assert json.dumps(told)
        assert client.get("/v1/queries/own/mine", params={"format": "csv"}).status_code == 200
