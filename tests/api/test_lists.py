"""Lists over the example with its faults: what is in them, and that their pages make a whole."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from engine.workspace import Workspace
from tests.example import AT, PERIOD, VIEW

JUDGED = {"at": AT, "period": PERIOD}
Json = dict[str, Any]


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory, faulty_root: Path) -> Iterator[Workspace]:
    root = tmp_path_factory.mktemp("lists") / "workspace"
    shutil.copytree(faulty_root, root)
    with Workspace.open(root) as workspace:
        yield workspace


@pytest.fixture(scope="module")
def asking(faulty: Workspace) -> Iterator[TestClient]:
    with TestClient(create_app(faulty), raise_server_exceptions=False) as talking:
        yield talking


def pages(client: TestClient, path: str, limit: int, **params: str) -> list[Json]:
    found: list[Json] = []
    cursor: dict[str, str] = {}
    while len(found) < 200:
        answer = client.get(path, params={**params, **cursor, "limit": str(limit)})
        assert answer.status_code == 200, answer.text
        found.append(answer.json())
        if found[-1]["next"] is None:
            return found
        cursor = {"cursor": found[-1]["next"]}
    raise AssertionError("the pages do not end")


def test_findings_are_those_of_the_validation_page_by_page(asking: TestClient) -> None:
    whole = asking.get("/v1/validations", params=JUDGED).json()["results"]
    found = pages(asking, "/v1/findings", 7, **JUDGED)
    assert len(found) > 1
    assert [item for page in found for item in page["items"]] == whole
    assert {page["total"] for page in found} == {len(whole)}
    assert {page["sequence"] for page in found} == {found[0]["sequence"]}
    first = found[0]["items"][0]
    assert first["rule"]["iri"].startswith("https://w3id.org/aimsgraph/shapes#")
    assert first["focus"]["label"]
    assert first["text"]


def test_changes_of_findings_page_by_page(asking: TestClient) -> None:
    span = {"from": "4", "to": "8"}
    whole = asking.get("/v1/findings/changes", params=JUDGED | span | {"limit": "1000"}).json()
    assert (whole["from"], whole["to"], whole["unjudged"]) == (4, 8, [])
    found = pages(asking, "/v1/findings/changes", 50, **JUDGED, **span)
    assert len(found) > 1
    assert [item for page in found for item in page["items"]] == whole["items"]
    for item in whole["items"]:
        points = [point for point in (item["since"], item["until"]) if point]
        assert points
        assert all(4 < point["sequence"] <= 8 for point in points)
    wrong = asking.get("/v1/findings/changes", params={"from": "8", "to": "4"})
    assert wrong.status_code == 400
    assert wrong.json()["remedy"] == "Swap the two."


def test_findings_of_a_severity_and_of_a_rule(asking: TestClient) -> None:
    whole = asking.get("/v1/findings", params=JUDGED | {"limit": "1000"}).json()
    seen = 0
    for severity in ("violation", "Warning", "info"):
        told = asking.get("/v1/findings", params=JUDGED | {"severity": severity}).json()
        assert {item["severity"].lower() for item in told["items"]} <= {f"sh:{severity.lower()}"}
        seen += told["total"]
    assert seen == whole["total"] > 0
    rule = whole["items"][0]["rule"]["iri"].rpartition("#")[2]
    told = asking.get("/v1/findings", params=JUDGED | {"rule": rule}).json()
    assert {item["rule"]["label"] for item in told["items"]} == {whole["items"][0]["rule"]["label"]}


def test_requirements_are_the_structure_of_the_standard(asking: TestClient) -> None:
    told = asking.get("/v1/requirements", params=JUDGED).json()["requirements"]
    by_id = {row["id"]["value"]: row for row in told}
    assessable = [one for one in told if one["assessable"]["value"] == "true"]
    assert len(assessable) == 70
    assert by_id["A.7.5"]["parent"] == by_id["A.7"]["requirement"]
    assert by_id["A.7.5"]["title"]["value"]


def test_the_statement_of_applicability_has_every_control(
    asking: TestClient, faulty: Workspace
) -> None:
    told = asking.get("/v1/soa", params=JUDGED).json()
    assert told == faulty.soa(VIEW).to_json()
    assert len({row["control"] for row in told["entries"] if row["computed"]}) == 38
    assert any(row["problems"] for row in told["entries"])
    assert told["version"]


def test_gaps_are_ranked_page_by_page(asking: TestClient, faulty: Workspace) -> None:
    found = pages(asking, "/v1/gaps", 10, **JUDGED)
    assert len(found) > 1
    gaps = [gap for page in found for gap in page["gaps"]]
    _, expected = faulty.gaps(VIEW)
    assert gaps == [gap.to_json() for gap in expected]
    assert [gap["rank"] for gap in gaps] == list(range(1, found[0]["total"] + 1))
    assert {page["head"] for page in found} == {found[0]["head"]}
    assert found[0]["closing"].endswith("it is not an audit conclusion.")


def test_entries_page_backwards_from_where_the_first_page_stood(asking: TestClient) -> None:
    found = pages(asking, "/v1/entries", 5)
    entries = [entry for page in found for entry in page["items"]]
    last = found[0]["sequence"]
    assert [entry["sequence"] for entry in entries] == list(range(last, 0, -1))
    assert {(page["total"], page["head"]) for page in found} == {(last, entries[0]["hash"])}
    entry = asking.get("/v1/entries/2").json()
    assert entry["sequence"] == 2
    assert entry["parts"][0]["rows"]
    assert asking.get("/v1/entries", params={"before": "3"}).status_code == 400


def test_a_list_does_not_shift_while_others_write(tmp_path: Path, example_root: Path) -> None:
    shutil.copytree(example_root, tmp_path / "workspace")
    with (
        Workspace.open(tmp_path / "workspace") as workspace,
        TestClient(create_app(workspace)) as client,
    ):
        first = client.get("/v1/entries", params={"limit": 3}).json()
        text = "<urn:x:a> <urn:x:b> <urn:x:c> ."
        told = client.post("/v1/imports", files={"file": ("more.ttl", text)}).json()
        assert told["sequence"] == first["sequence"] + 1
        second = client.get("/v1/entries", params={"limit": 3, "cursor": first["next"]}).json()
        assert second["items"][0]["sequence"] == first["sequence"] - 3
        assert (second["sequence"], second["head"]) == (first["sequence"], first["head"])
