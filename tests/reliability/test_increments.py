"""Many clients that count up in several ways at once (C1): each step counts, on any store."""

import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from engine.settings import Settings
from engine.workspace import Workspace
from engine.writer import Place
from tests import oxigraph_server

CLIENTS = 16
GRAPH = "counter"
PATH = f"/graphs/general/{GRAPH}"
UP = (
    "DELETE { <urn:x:c> <urn:x:n> ?n } INSERT { <urn:x:c> <urn:x:n> ?m } "
    "WHERE { <urn:x:c> <urn:x:n> ?n BIND(?n + 1 AS ?m) }"
)
PLAIN = {"accept": "application/n-triples"}


def read(client: TestClient) -> tuple[int, str]:
    """The count, and the tag of the state that it is of."""
    answer = client.get(PATH, headers=PLAIN)
    assert answer.status_code == 200, answer.text
    found = re.search(r'<urn:x:n> "(\d+)"', answer.text)
    assert found, answer.text
    return int(found[1]), answer.headers["etag"]


def stated(number: int) -> str:
    return f"<urn:x:c> <urn:x:n> {number} ."


def by_update(client: TestClient) -> bool:
    answer = client.post("/update", data={"update": UP}, params={"source": GRAPH})
    return answer.status_code == 200 and answer.json()["added"] == 1


def by_graph(client: TestClient) -> bool:
    number, tag = read(client)
    headers = {"content-type": "text/turtle", "if-match": tag}
    answer = client.put(PATH, content=stated(number + 1), headers=headers)
    assert answer.status_code in (200, 412), answer.text
    return answer.status_code == 200


def by_patch(client: TestClient) -> bool:
    _, tag = read(client)
    headers = {"content-type": "application/sparql-update", "if-match": tag}
    answer = client.patch(PATH, content=UP, headers=headers)
    assert answer.status_code in (200, 412), answer.text
    return answer.status_code == 200


def by_import(client: TestClient) -> bool:
    tag = client.get("/v1/health").headers["etag"]
    number, _ = read(client)
    answer = client.post(
        "/v1/imports",
        files={"file": ("c.ttl", stated(number + 1))},
        data={"source": GRAPH},
        headers={"if-match": tag},
    )
    assert answer.status_code in (200, 412), answer.text
    return answer.status_code == 200


Way = Callable[[TestClient], bool]
# Who names the state that it changes tries again and again while others write.
WAYS: tuple[Way, ...] = (by_update, by_graph, by_update, by_update, by_update, by_patch, by_update)


def count(
    workspace: Workspace, each: int, clients: int = CLIENTS, ways: tuple[Way, ...] = WAYS
) -> None:
    """Let clients count up ``each`` times, and look whether all of it is there."""
    failed: list[str] = []
    with TestClient(create_app(workspace, Settings()), raise_server_exceptions=False) as client:
        kind = {"content-type": "text/turtle"}
        assert client.put(PATH, content=stated(0), headers=kind).status_code == 201

        def up(number: int) -> None:
            done = tries = 0
            while done < each:
                done += ways[number % len(ways)](client)
                tries += 1
                if tries > 1_000 * each:
                    failed.append(f"client {number} came to {done}")
                    return

        threads = [threading.Thread(target=up, args=(number,)) for number in range(clients)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failed == []
        assert read(client)[0] == clients * each
    assert workspace.verify().consistent


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace.create(tmp_path / "w", agent="urn:test:agent", face="server") as opened:
        yield opened


@pytest.fixture
def remote(workspace: Workspace, tmp_path: Path) -> Iterator[Workspace]:
    """The workspace with its store at a server."""
    with oxigraph_server.running(tmp_path / "served") as url:
        workspace.rebuild(Place(f"{url}/query", f"{url}/update"))
        yield workspace


def test_each_step_counts(workspace: Workspace) -> None:
    count(workspace, 3)


def test_imports_for_a_state_count(workspace: Workspace) -> None:
    count(workspace, 3, 3, (by_import, by_update))


@pytest.mark.long
def test_four_thousand_steps_count(workspace: Workspace) -> None:
    count(workspace, 250)


@pytest.mark.long
def test_four_thousand_steps_count_at_a_server(remote: Workspace) -> None:
    count(remote, 250)
