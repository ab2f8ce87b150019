"""The OpenAPI document: complete, true, and with an example for every operation."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel
from starlette.testclient import TestClient

import api.routes
import api.schemas
from api import named, problems
from api.schemas.assessments import AssessmentAnswer, Gaps, Soa
from api.schemas.chains import CascadeAnswer, TraceAnswer
from api.schemas.health import Health, Live
from api.schemas.ledger import Entries, Entry, Imported, Updated
from api.schemas.nodes import NodeAnswer, Nodes, Queries, Requirements, Rows
from api.schemas.problem import Problem
from api.schemas.rules import Changes, Findings, Validation
from engine import registry
from tests.example import AT, PERIOD, ROOT

JUDGED = {"at": AT, "period": PERIOD}
Json = dict[str, Any]
# The model of each operation's answer, and a request that gives one.
ANSWERS: dict[str, tuple[type[BaseModel], str, dict[str, str]]] = {
    "assessments": (AssessmentAnswer, "/v1/assessments", JUDGED),
    "assessment": (AssessmentAnswer, "/v1/assessments/A.7.5", JUDGED),
    "gaps": (Gaps, "/v1/gaps", JUDGED),
    "soa": (Soa, "/v1/soa", JUDGED),
    "requirements": (Requirements, "/v1/requirements", JUDGED),
    "validations": (Validation, "/v1/validations", JUDGED),
    "findings": (Findings, "/v1/findings", JUDGED),
    "changes": (Changes, "/v1/findings/changes", JUDGED | {"from": "2", "to": "4"}),
    "traces": (TraceAnswer, "/v1/traces", JUDGED | {"node": "A.7.5", "to": "aims:Evidence"}),
    "cascades": (CascadeAnswer, "/v1/cascades", JUDGED | {"node": "SYS-claims-triage"}),
    "nodes": (Nodes, "/v1/nodes", JUDGED | {"class": "aims:AISystem"}),
    "node": (NodeAnswer, "/v1/nodes/SYS-claims-triage", JUDGED),
    "queries": (Queries, "/v1/queries", JUDGED),
    "run": (Rows, "/v1/queries/tool/evidence-liveness", JUDGED),
    "entries": (Entries, "/v1/entries", {}),
    "entry": (Entry, "/v1/entries/2", {}),
    "ready": (Health, "/v1/health", {}),
    "live": (Live, "/v1/health/live", {}),
}
# Their answers are in many media types, or need a body; each has tests of its own.
GRAPHS = {
    f"{method}_graph{of}"
    for method in ("get", "put", "post", "delete", "patch")
    for of in ("", "_of_source")
}
WRITES = {"post_update", *(name for name in GRAPHS if not name.startswith("get"))}
OTHERS = {"get_query", "post_query", "import_upload", "post_update", *GRAPHS}
DOCUMENTS = {"get_query", "post_query", *(GRAPHS - WRITES)}


@pytest.fixture(scope="module")
def document(client: TestClient) -> Json:
    found: Json = client.get("/openapi.json").json()
    return found


@pytest.fixture(scope="module")
def operations(document: Json) -> dict[str, Json]:
    """Those that are functions here; ``test_named.py`` is about the named queries."""
    return {
        told["operationId"]: told
        for path in document["paths"].values()
        for told in path.values()
        if named.TAG not in told["tags"]
    }


def fits(model: type[BaseModel], answer: object) -> bool:
    """Whether ``answer`` is described by ``model`` to the last key."""
    told = model.model_validate(answer).model_dump(mode="json", exclude_unset=True)
    return bool(told == answer)


def refs(value: object) -> Iterator[str]:
    """Every reference in a part of the document."""
    if isinstance(value, dict):
        yield from ([value["$ref"]] if isinstance(value.get("$ref"), str) else [])
        for inner in value.values():
            yield from refs(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from refs(inner)


def test_it_is_of_version_3_1_and_refers_to_nothing_that_is_absent(document: Json) -> None:
    assert document["openapi"].startswith("3.1")
    known = document["components"]["schemas"]
    assert {ref.rpartition("/")[2] for ref in refs(document)} <= set(known)
    assert [name for name in known if "HTTPValidation" in name] == []


def test_every_operation_has_an_example_and_a_problem(operations: dict[str, Json]) -> None:
    for name, told in operations.items():
        responses = told["responses"]
        assert "422" not in responses, name
        contents = responses["200"]["content"].values()
        assert all("example" in content for content in contents), name
        for content in told.get("requestBody", {}).get("content", {}).values():
            assert "example" in content, name
        assert {"400", "default"} <= set(responses), name
        for status in set(responses) - {"200", "201", "304", "503"}:
            content = responses[status]["content"][problems.MEDIA_TYPE]
            assert content["schema"] == {"$ref": "#/components/schemas/Problem"}
            assert fits(Problem, content["example"])


def test_every_answer_says_more_than_that_it_is_an_object(
    document: Json, operations: dict[str, Json]
) -> None:
    for name in operations.keys() - DOCUMENTS:
        schema = operations[name]["responses"]["200"]["content"]["application/json"]["schema"]
        assert set(schema) == {"$ref"}, name
        properties = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        assert properties["properties"], name


def test_every_operation_is_compared_with_its_answer(operations: dict[str, Json]) -> None:
    assert set(operations) == set(ANSWERS) | OTHERS


def test_the_examples_of_writes_are_described(operations: dict[str, Json]) -> None:
    for name in WRITES:
        for status in ("200", "201"):
            found = operations[name]["responses"].get(status)
            if found is not None:
                assert found["content"]["application/json"]["schema"]["$ref"].endswith("/Updated")
        content = operations[name]["responses"]["200"]["content"]["application/json"]
        assert fits(Updated, content["example"]), name


@pytest.mark.parametrize("name", ANSWERS)
def test_models_describe_answers_to_the_last_key(
    client: TestClient, operations: dict[str, Json], name: str
) -> None:
    model, path, params = ANSWERS[name]
    assert fits(model, client.get(path, params=params).json())
    content = operations[name]["responses"]["200"]["content"]["application/json"]
    assert content["schema"]["$ref"].endswith(f"/{model.__name__}")
    assert fits(model, content["example"])


def test_the_example_of_an_import_is_described(operations: dict[str, Json]) -> None:
    content = operations["import_upload"]["responses"]["200"]["content"]["application/json"]
    assert fits(Imported, content["example"])


def test_the_examples_of_queries_can_be_asked(
    client: TestClient, operations: dict[str, Json]
) -> None:
    body = operations["post_query"]["requestBody"]["content"]
    assert set(body) == {"application/sparql-query", "application/x-www-form-urlencoded"}
    form = body["application/x-www-form-urlencoded"]["example"]
    direct = body["application/sparql-query"]["example"]
    media_type = "application/sparql-results+json"
    told = operations["post_query"]["responses"]["200"]["content"][media_type]["example"]
    assert client.post("/sparql", data=form).json() == told
    kind = {"content-type": "application/sparql-query"}
    assert client.post("/sparql", content=direct, headers=kind).json() == told


def test_every_file_of_examples_is_of_an_operation(operations: dict[str, Json]) -> None:
    files = {path.stem for path in (ROOT / "api" / "examples").glob("*.json")}
    assert files == set(operations)


def test_parameters_of_examples_exist(operations: dict[str, Json]) -> None:
    for name, told in operations.items():
        example = json.loads((ROOT / "api" / "examples" / f"{name}.json").read_text())
        names = {one["name"] for one in told.get("parameters", ())}
        assert set(example.get("parameters", ())) <= names, name


def test_every_route_is_asked_by_a_test_of_this_folder() -> None:
    tests = "".join(
        path.read_text()
        for path in Path(__file__).parent.glob("test_*.py")
        if path != Path(__file__)
    )
    found = [
        route.path
        for _, router in registry.members(api.routes, "router")
        for route in router.routes  # type: ignore[attr-defined]
    ]
    assert len(found) > 15

    def asked(path: str) -> bool:
        pattern = re.sub(r"\\\{.*?\\\}", '[^"?]+', re.escape(path))
        return re.search(f'"{pattern}"', tests) is not None

    assert [path for path in found if not asked(path)] == []
