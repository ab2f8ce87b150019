"""Guarded imports over HTTP: 409 with what would be new; conflicts of those who come at once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from api.app import create_app
from api.schemas.ledger import Imported
from api.schemas.problem import Problem
from engine.workspace import Workspace
from tests.facts import HEAD
from tests.guarding import OWNED, PACK, UNOWNED


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[TestClient]:
    """Talks to the application over a workspace with a few rules."""
    with Workspace.create(tmp_path / "w", agent="urn:test:agent", face="server") as workspace:
        workspace.committer.adopt(PACK, agent="urn:test:agent")
        with TestClient(create_app(workspace), raise_server_exceptions=False) as client:
            yield client


def send(
    client: TestClient,
    facts: str,
    name: str = "a.ttl",
    headers: dict[str, str] | None = None,
    **form: str,
) -> Response:
    answer: Response = client.post(
        "/v1/imports", files={"file": (name, HEAD + facts)}, data=form, headers=headers
    )
    return answer


def head(client: TestClient) -> int:
    return int(client.get("/v1/health").json()["sequence"])


def test_what_would_add_results_is_refused_with_what_they_are(guarded: TestClient) -> None:
    before = head(guarded)
    for dry_run in ("false", "true"):
        answer = send(guarded, UNOWNED, guard="violation", dry_run=dry_run)
        assert answer.status_code == 409
        assert answer.headers["content-type"] == "application/problem+json"
        told = answer.json()
        assert Problem.model_validate(told).model_dump(exclude_unset=True) == told
        assert "would add 1 rule result of severity violation" in told["detail"]
        assert "without the guard" in told["remedy"]
        refused = told["refused"]
        assert (refused["severity"], refused["total"], refused["sequence"]) == (
            "violation",
            1,
            before,
        )
        (result,) = refused["results"]
        assert result["focus"]["iri"] == "https://example.org/a"
        assert result["remedy"] == "name an owner"
        assert head(guarded) == before


def test_what_adds_none_is_imported(guarded: TestClient) -> None:
    told = send(guarded, OWNED, guard="info").json()
    assert Imported.model_validate(told).model_dump(exclude_unset=True) == told
    assert (told["guard"], told["sequence"]) == ("info", head(guarded))
    assert send(guarded, OWNED, "b.ttl").json()["guard"] is None


def test_a_rule_that_could_not_be_judged_is_told(guarded: TestClient) -> None:
    told = send(guarded, "ex:p a ex:Poison ; ex:poisoned true .", guard="info").json()
    assert Problem.model_validate(told).model_dump(exclude_unset=True) == told
    assert [run["rule"]["label"] for run in told["refused"]["not_validated"]] == ["aimsh:Poison"]


@pytest.mark.parametrize("guard", ["", " ", "Violation", "sh:Violation", "error"])
def test_a_guard_that_is_none_imports_nothing(guarded: TestClient, guard: str) -> None:
    before = head(guarded)
    answer = send(guarded, OWNED, guard=guard)
    assert answer.status_code == 400
    assert "guard" in answer.json()["detail"]
    assert head(guarded) == before


@pytest.mark.parametrize("field", ["dry_run", "on_error"])
def test_no_other_empty_field_is_taken_for_one_that_was_left_out(
    guarded: TestClient, field: str
) -> None:
    before = head(guarded)
    answer = send(guarded, OWNED, "a.ttl", None, **{field: ""})
    assert answer.status_code == 400
    assert f'"{field}" is empty' in answer.json()["detail"]
    assert head(guarded) == before
    assert send(guarded, OWNED, reason="", source="", mapping="").status_code == 200


def test_a_tag_of_another_state_comes_before_the_guard(guarded: TestClient) -> None:
    answer = send(guarded, UNOWNED, headers={"If-Match": '"old"'}, guard="violation")
    assert answer.status_code == 412


def test_a_key_gives_the_first_answer_again(guarded: TestClient) -> None:
    key = {"Idempotency-Key": "k"}
    first = send(guarded, UNOWNED, headers=key).json()
    assert send(guarded, OWNED).status_code == 200
    again = send(guarded, UNOWNED, headers=key, guard="violation")
    assert again.status_code == 200
    assert again.json() == first | {"guard": "violation"}


def test_of_many_at_once_each_is_judged_on_the_state_that_it_changes(guarded: TestClient) -> None:
    # Each takes an owner away that another file's thing needs; together no two may pass unseen.
    owners = " ".join(f"ex:t{n} ex:owner ex:ann ." for n in range(4))
    assert send(guarded, owners, "owners.ttl").status_code == 200
    before = head(guarded)
    things = [("ex:other ex:p 1 .", "owners.ttl")]
    things += [(f"ex:t{n} a ex:Thing .", f"t{n}.ttl") for n in range(4)]

    def one(given: tuple[str, str]) -> int:
        return send(guarded, *given, guard="violation").status_code

    with ThreadPoolExecutor(len(things)) as pool:
        codes = list(pool.map(one, things))
    assert set(codes) <= {200, 409, 412}
    assert codes.count(200) == head(guarded) - before >= 1
    results = guarded.get("/v1/findings").json()["items"]
    assert [one for one in results if one["rule"]["label"] == "aimsh:Owned"] == []
