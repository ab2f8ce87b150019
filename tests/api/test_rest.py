"""The REST interface over the example: answers, problems, paging, and one OpenAPI for all."""

import pytest
from starlette.testclient import TestClient

from engine.answers import cascade_json, report_json, trace_json
from engine.workspace import Workspace
from tests.example import AT, PERIOD, VIEW

JUDGED = {"at": AT, "period": PERIOD}


def test_an_assessment_has_the_70_items_in_the_standards_order(
    client: TestClient, example: Workspace
) -> None:
    answer = client.get("/v1/assessments", params=JUDGED).json()
    ids = [item["id"] for item in answer["requirements"]]
    assert (len(ids), ids[0], ids[31], ids[32], ids[-1]) == (70, "4.1", "10.2", "A.2.2", "A.10.4")
    assert answer == example.assess(VIEW).to_json()


def test_one_item_comes_with_its_facts(client: TestClient) -> None:
    answer = client.get("/v1/assessments/A.7.5", params=JUDGED).json()
    (item,) = answer["requirements"]
    assert item["obligations"]
    assert item["supporting"]
    assert answer["closing"].endswith("it is not an audit conclusion.")


def test_trace_cascade_and_validation_say_what_the_engine_says(
    client: TestClient, example: Workspace
) -> None:
    told = client.get("/v1/traces", params=JUDGED | {"node": "A.7.5", "to": "aims:Evidence"})
    assert told.json() == trace_json(*example.trace(VIEW, "A.7.5", to="aims:Evidence"))
    node = "https://halden.example/dsv-claims-clean"
    told = client.get("/v1/cascades", params=JUDGED | {"node": node})
    assert told.json() == cascade_json(*example.cascade(VIEW, node))
    told = client.get("/v1/validations", params=JUDGED)
    assert told.json() == report_json(*example.validate(VIEW))


def test_nodes_page_by_a_cursor_that_pins_position_and_instant(client: TestClient) -> None:
    seen: list[str] = []
    cursor: str | None = None
    for _ in range(20):
        params = JUDGED | {"class": "aims:AISystem", "limit": "3"}
        page = client.get("/v1/nodes", params=params | ({"cursor": cursor} if cursor else {}))
        body = page.json()
        seen += [item["iri"] for item in body["items"]]
        cursor = body["next"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == body["total"] == 8


def test_a_node_tells_who_said_what_when_and_why(client: TestClient) -> None:
    body = client.get("/v1/nodes/https://halden.example/claims-triage", params=JUDGED).json()
    assert body["node"]["label"] == "Claims triage"
    assert body["history"][0]["agent"] == "urn:test:agent"
    assert body["history"][0]["added"] > 5


def test_every_named_query_is_listed_and_runs_with_bound_values(client: TestClient) -> None:
    listed = client.get("/v1/queries", params=JUDGED).json()["queries"]
    assert len(listed) >= 15
    rows = client.get("/v1/queries/tool/evidence-liveness", params=JUDGED).json()["rows"]
    assert {row["state"]["value"] for row in rows} == {"live"}


@pytest.mark.parametrize(
    ("path", "params", "status", "words"),
    [
        ("/v1/assessments/A.99", {}, 404, "A.99"),
        ("/v1/assessments", {"at": "yesterday"}, 400, "instant"),
        ("/v1/assessments", {"as_of": "9999"}, 404, "9999"),
        ("/v1/assessments", {"period": "2026-01-01"}, 400, "period"),
        ("/v1/traces", {}, 400, "node"),
        ("/v1/traces", {"node": "nothing-here"}, 404, "nothing-here"),
        ("/v1/traces", {"node": "A.7.5", "direction": "sideways"}, 400, "direction"),
        ("/v1/cascades", {"node": "A.7.5", "effect": "boredom"}, 400, "boredom"),
        ("/v1/queries/tool/nothing", {}, 404, "tool/nothing"),
        ("/v1/queries/tool/requirements", {"surplus": "1"}, 400, "surplus"),
        ("/v1/validations", {"rule": "NoSuchRule"}, 404, "NoSuchRule"),
        ("/v1/nodes", {"class": "aims:AISystem", "cursor": "?"}, 400, "cursor"),
        ("/v1/nodes", {"class": "aims:AISystem", "limit": "0"}, 400, "limit"),
        ("/v1/entries/99999", {}, 404, "99999"),
        ("/v1/nowhere", {}, 404, "Not Found"),
    ],
)
def test_bad_requests_get_a_problem_that_names_the_fault(
    client: TestClient, path: str, params: dict[str, str], status: int, words: str
) -> None:
    answer = client.get(path, params=params)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == status
    assert words in body["detail"]
    assert "Traceback" not in answer.text


def test_pages_carry_a_policy_that_forbids_inline_scripts(client: TestClient) -> None:
    policy = client.get("/").headers["content-security-policy"]
    assert "unsafe-inline" not in policy
    assert "default-src 'none'" in policy


def test_the_interface_is_told_without_a_network(client: TestClient) -> None:
    page = client.get("/interface").text
    for path, methods in client.get("/openapi.json").json()["paths"].items():
        for method in methods:
            assert f"{method.upper()} {path}" in page
    assert "//cdn" not in page
    assert "dry_run" in page
