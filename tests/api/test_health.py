"""Health: alive, ready, and red while the disk is full; what a full disk answers to a write."""

import errno
from collections.abc import Callable
from typing import NoReturn

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from engine.errors import IntegrityError, StorageFullError
from engine.workspace import Workspace

FULL = StorageFullError(
    "no space is left on the disk of the ledger; nothing was recorded", remedy="Free some space."
)


def raising(error: Exception) -> Callable[..., NoReturn]:
    def fail(*_: object, **__: object) -> NoReturn:
        raise error

    return fail


def send(client: TestClient, name: str = "a.ttl") -> Response:
    answer: Response = client.post(
        "/v1/imports", files={"file": (name, f"<urn:x:{name}> <urn:x:b> <urn:x:c> .")}
    )
    return answer


def ready(client: TestClient) -> bool:
    answer = client.get("/v1/health")
    assert answer.status_code == {"ready": 200, "not ready": 503}[answer.json()["status"]]
    return answer.status_code == 200


def test_alive_is_told_from_ready(client: TestClient) -> None:
    assert client.get("/v1/health/live").json() == {"status": "alive"}
    told = client.get("/v1/health").json()
    assert told["status"] == "ready"
    assert told["sequence"] > 10
    assert len(told["head"]) == 64


def test_a_ledger_that_cannot_be_read_is_not_ready(
    workspace: Workspace, writing: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workspace.ledger, "head", raising(IntegrityError("it is damaged")))
    answer = writing.get("/v1/health")
    assert answer.status_code == 503
    assert answer.json() == {"status": "not ready", "reason": "it is damaged"}
    assert writing.get("/v1/health/live").status_code == 200


@pytest.mark.parametrize("step", ["append", "put_pack"])
def test_a_full_disk_is_507_and_red_until_a_write_succeeds(
    workspace: Workspace, writing: TestClient, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    assert ready(writing)
    with monkeypatch.context() as stubbed:
        stubbed.setattr(workspace.ledger, step, raising(FULL))
        if step == "append":
            answer = send(writing)
            assert answer.status_code == 507
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["detail"] == FULL.message
            assert answer.json()["remedy"] == FULL.remedy
        else:
            (workspace.root / "overlay" / "ontology").mkdir(parents=True)
            (workspace.root / "overlay" / "ontology" / "x.ttl").write_text("<urn:a> <urn:b> 1 .")
            with pytest.raises(StorageFullError):
                workspace.adopt_knowledge(agent="urn:test:agent")
        told = writing.get("/v1/health")
        assert told.status_code == 503
        assert "no space is left" in told.json()["reason"]
        assert told.json()["sequence"] == workspace.ledger.head().sequence
        assert writing.get("/v1/requirements").status_code == 200
    assert not ready(writing), "that there may be space again is not known before a write"
    assert send(writing).status_code == 200
    assert ready(writing)


def test_a_store_without_space_is_red_though_the_ledger_has_the_entry(
    workspace: Workspace, writing: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = workspace.committer.ledger.head().sequence
    with monkeypatch.context() as stubbed:
        stubbed.setattr(workspace.committer.store, "apply", raising(FULL))
        assert send(writing).json()["sequence"] == before + 1
        assert not ready(writing)
        assert send(writing, "b.ttl").status_code == 507
        assert not ready(writing)
    assert send(writing, "b.ttl").json()["sequence"] == before + 2
    assert ready(writing)


def test_a_write_that_changes_nothing_does_not_make_it_ready(
    workspace: Workspace, writing: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert send(writing).status_code == 200
    with monkeypatch.context() as stubbed:
        stubbed.setattr(workspace.ledger, "append", raising(FULL))
        assert send(writing, "b.ttl").status_code == 507
    assert send(writing).json()["sequence"] is None
    assert not ready(writing)


def test_no_space_for_the_upload_itself_is_507(
    writing: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = OSError(errno.ENOSPC, "No space left on device")
    monkeypatch.setattr("api.routes.imports.Path.open", raising(full))
    assert send(writing).status_code == 507
