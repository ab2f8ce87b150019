"""The endpoint over HTTP: tags, limits that are told, its description, pages of other origins."""

import os
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import uvicorn
from starlette.testclient import TestClient

from api.app import create_app
from engine.rdf import NamedNode, RdfFormat, parse
from engine.settings import Settings
from engine.sparql.results import GRAPH_TYPES, TABLE_TYPES
from engine.workspace import Workspace
from tests.endpoint.test_processes import RUNAWAY, descendants, soon

SYSTEMS = "SELECT ?s WHERE { ?s a aims:AISystem } ORDER BY ?s"
EVERYTHING = "SELECT * WHERE { ?s ?p ?o }"
GRAPH = "CONSTRUCT WHERE { ?s a aims:AISystem }"
SD = "http://www.w3.org/ns/sparql-service-description#"


@contextmanager
def limited(workspace: Workspace, **limits: object) -> Iterator[TestClient]:
    app = create_app(workspace, Settings(**limits))  # type: ignore[arg-type]
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


# Tags


@pytest.mark.parametrize("query", [SYSTEMS, GRAPH])
def test_an_answer_that_the_client_has_is_not_sent_again(client: TestClient, query: str) -> None:
    params = {"query": query, "at": "2026-07-01"}
    first = client.get("/sparql", params=params)
    tag = first.headers["etag"]
    assert re.fullmatch('"[0-9a-f]{40}"', tag)
    for given in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = client.get("/sparql", params=params, headers={"if-none-match": given})
        assert again.status_code == 304, given
        assert again.content == b""
        assert again.headers["etag"] == tag
        assert again.headers["vary"] == "Accept"
    head = client.head("/sparql", params=params, headers={"if-none-match": tag})
    assert head.status_code == 304
    for params_ in (params | {"as_of": "3"}, params | {"query": query + " LIMIT 1"}):
        other = client.get("/sparql", params=params_, headers={"if-none-match": tag})
        assert other.status_code == 200
        assert other.headers["etag"] != tag
    kinds = TABLE_TYPES if query == SYSTEMS else GRAPH_TYPES
    tags = {
        client.get("/sparql", params=params, headers={"accept": k}).headers["etag"]
        for k in kinds[:4]
    }
    assert len(tags) == 4


def test_the_bytes_of_a_tag_are_the_same(client: TestClient) -> None:
    for accept in GRAPH_TYPES:
        sent = {
            (answer.headers["etag"], answer.content)
            for _ in range(3)
            for answer in [
                client.get(
                    "/sparql",
                    params={"query": GRAPH, "at": "2026-07-01"},
                    headers={"accept": accept},
                )
            ]
        }
        assert len(sent) == 1, accept


def test_what_differs_each_time_is_computed_each_time(client: TestClient) -> None:
    params = {"query": "SELECT (UUID() AS ?x) WHERE {}"}
    first = client.get("/sparql", params=params)
    headers = {"if-none-match": first.headers["etag"]}
    assert client.get("/sparql", params=params, headers=headers).status_code == 200


def test_a_post_has_no_tag(client: TestClient) -> None:
    answer = client.post("/sparql", data={"query": SYSTEMS}, headers={"if-none-match": "*"})
    assert answer.status_code == 200
    assert "etag" not in answer.headers


# Limits


@pytest.mark.parametrize("accept", [*TABLE_TYPES, *GRAPH_TYPES])
def test_what_is_cut_says_so_in_header_and_body(example: Workspace, accept: str) -> None:
    query = EVERYTHING if accept in TABLE_TYPES else "CONSTRUCT WHERE { ?s a ?o }"
    with limited(example, query_rows=5) as client:
        answer = client.get("/sparql", params={"query": query}, headers={"accept": accept})
        assert answer.status_code == 200
        assert answer.headers["aims-cut"].startswith("cut after 5 rows")
        assert answer.text.count("cut after 5 rows") == 1
        assert answer.headers["content-length"] == str(len(answer.content))
        short = client.get(
            "/sparql", params={"query": query + " LIMIT 5"}, headers={"accept": accept}
        )
        assert "aims-cut" not in short.headers
        assert "cut after" not in short.text


def test_a_graph_comes_whole_or_not_at_all(example: Workspace) -> None:
    with limited(example, query_rows=5) as client:
        answer = client.get("/graphs/general/systems", headers={"accept": "application/n-triples"})
        assert answer.status_code == 200
        assert answer.text.count("\n") > 5


def test_over_time_is_503_and_over_memory_413(example: Workspace) -> None:
    doubled = "BIND('0123456789abcdef' AS ?v0) " + "".join(
        f"BIND(CONCAT(?v{n}, ?v{n}) AS ?v{n + 1}) " for n in range(30)
    )
    with limited(example, query_seconds=1.0, query_memory_bytes=128 << 20) as client:
        late = client.post("/sparql", data={"query": RUNAWAY})
        assert (late.status_code, late.headers["content-type"]) == (503, "application/problem+json")
        assert "longer than 1 seconds" in late.json()["detail"]
        large = client.post("/sparql", data={"query": f"SELECT ?v30 WHERE {{ {doubled} }}"})
        assert large.status_code == 413
        assert "128 MiB" in large.json()["detail"]
        assert client.get("/sparql", params={"query": SYSTEMS}).status_code == 200


@pytest.mark.parametrize("path", ["/sparql", "/update"])
def test_a_body_that_is_too_long_is_413(client: TestClient, path: str) -> None:
    kind = f"application/sparql-{'query' if path == '/sparql' else 'update'}"
    answer = client.post(path, content=b" " * (2 << 20), headers={"content-type": kind})
    assert answer.status_code == 413
    parts = iter([b" " * (1 << 19)] * 8)
    answer = client.post(path, content=parts, headers={"content-type": kind})
    assert answer.status_code == 413


# A bomb of each kind writes nothing

INTO = "INSERT { GRAPH <https://aims.example/graph/general/x> { %s } } WHERE { %s }"
BOMBS = {
    "a cross product": (INTO % ("?a ?b ?f", "?a ?b ?c . ?d ?e ?f"), (413, 503)),
    "a runaway": (INTO % ("<urn:x:a> <urn:x:b> ?n", RUNAWAY), (413, 503)),
    "operations": ("CLEAR SILENT GRAPH <urn:x:g> ; " * 6_000, (400, 413)),
    "a long text": ("# " + "x" * 300_000, (400, 413)),
    "nesting": ("DELETE WHERE " + "{" * 5_000 + "}" * 5_000, (400, 413)),
    "many quads": ("INSERT DATA { " + "<urn:x:a> <urn:x:b> 1 . " * 9_000 + "}", (400, 413)),
}


@pytest.mark.parametrize("name", BOMBS)
def test_an_update_bomb_writes_nothing(workspace: Workspace, name: str) -> None:
    text, statuses = BOMBS[name]
    head = workspace.ledger.head()
    with limited(workspace, query_seconds=2.0, query_memory_bytes=256 << 20) as client:
        start = time.monotonic()
        answer = client.post("/update", data={"update": text})
        assert answer.status_code in statuses, answer.text
        assert time.monotonic() - start < 10
        assert client.get("/v1/health").status_code == 200
    assert workspace.ledger.head() == head


# Several clients


def test_no_increment_is_lost(workspace: Workspace) -> None:
    graph = "https://aims.example/graph/general/counter"
    text = (
        f"WITH <{graph}> DELETE {{ ?s <urn:x:n> ?n }} INSERT {{ ?s <urn:x:n> ?m }} "
        "WHERE { ?s <urn:x:n> ?n BIND(?n + 1 AS ?m) }"
    )
    other = "INSERT DATA { <urn:x:other> <urn:x:at> %d }"
    refused: list[int] = []
    with limited(workspace) as client:
        kind = {"content-type": "text/turtle"}
        first = client.put(
            "/graphs/general/counter", content="<urn:x:c> <urn:x:n> 0 .", headers=kind
        )
        assert first.status_code == 201

        def increments(number: int) -> None:
            for at in range(6):
                answer = client.post("/update", data={"update": text})
                refused.extend([answer.status_code] if answer.status_code != 200 else [])
                aside = other % (number * 100 + at)
                client.post("/update", data={"update": aside}, params={"source": "aside"})

        threads = [threading.Thread(target=increments, args=(n,)) for n in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert refused == []
        answer = client.get("/graphs/general/counter", headers={"accept": "application/n-triples"})
        assert '"36"' in answer.text


# What the service says of itself


@pytest.mark.parametrize("accept", GRAPH_TYPES)
def test_the_description_is_true(client: TestClient, accept: str) -> None:
    answer = client.get("/sparql", headers={"accept": accept})
    assert answer.status_code == 200
    assert answer.headers["content-type"].split(";")[0] == accept
    form = RdfFormat.from_media_type(accept)
    assert form is not None
    found = {quad.triple for quad in parse(answer.content, format=form)}
    told = {
        (
            t.predicate.value.removeprefix(SD),
            str(t.object).strip("<>").rpartition("/")[2].rpartition("#")[2],
        )
        for t in found
    }
    assert ("supportedLanguage", "SPARQL11Query") in told
    assert ("supportedLanguage", "SPARQL11Update") in told
    services = {t.object for t in found if t.predicate.value == f"{SD}endpoint"}
    assert services == {NamedNode(f"http://testserver{path}") for path in ("/sparql", "/update")}
    formats = {value for name, value in told if name == "resultFormat"}
    assert len(formats) == 4 + len(GRAPH_TYPES)
    assert "BasicFederatedQuery" not in answer.text
    names = {str(t.object).strip("<>") for t in found if t.predicate.value == f"{SD}name"}
    query = {"query": "SELECT DISTINCT ?g WHERE { GRAPH ?g { ?s ?p ?o } }"}
    rows = client.get("/sparql", params=query, headers={"accept": "text/csv"}).text.split()[1:]
    assert names == set(rows)


def test_the_description_is_of_the_past(client: TestClient) -> None:
    now, then = (client.get("/sparql", params=params) for params in ({}, {"as_of": "3"}))
    assert "/graph/general/systems" in now.text
    assert "/graph/general/systems" not in then.text
    again = client.get("/sparql", headers={"if-none-match": now.headers["etag"]})
    assert again.status_code in (200, 304)


# Other origins


def test_a_page_of_another_origin_may_not_write(workspace: Workspace) -> None:
    data = {"update": "INSERT DATA { <urn:x:a> <urn:x:b> 1 }", "source": "x"}
    head = workspace.ledger.head()
    with limited(workspace) as client:
        for origin in (
            "https://b.example",
            "null",
            "http://testserver.example",
            "http://testserver:1",
        ):
            answer = client.post("/update", data=data, headers={"origin": origin})
            assert answer.status_code == 403, origin
            assert "access-control-allow-origin" not in answer.headers
            files = {"file": ("a.ttl", "<urn:x:a> <urn:x:b> 1 .")}
            upload = client.post("/v1/imports", files=files, headers={"origin": origin})
            assert upload.status_code == 403
            preflight = client.options(
                "/update", headers={"origin": origin, "access-control-request-method": "POST"}
            )
            assert preflight.status_code == 405
        assert workspace.ledger.head() == head
        own = client.post("/update", data=data, headers={"origin": "http://testserver"})
        assert own.status_code == 200


def test_an_origin_in_the_settings_may(workspace: Workspace) -> None:
    origin = {"origin": "https://b.example"}
    with limited(workspace, cors_origins="https://a.example https://b.example") as client:
        answer = client.get("/sparql", params={"query": SYSTEMS}, headers=origin)
        assert answer.headers["access-control-allow-origin"] == "https://b.example"
        assert "Origin" in answer.headers["vary"]
        assert "Accept" in answer.headers["vary"]
        assert "ETag" in answer.headers["access-control-expose-headers"]
        asking = origin | {
            "access-control-request-method": "PUT",
            "access-control-request-headers": "if-match",
        }
        preflight = client.options("/graphs/general/x", headers=asking)
        assert preflight.status_code == 200
        data = {"update": "INSERT DATA { <urn:x:a> <urn:x:b> 1 }", "source": "x"}
        assert client.post("/update", data=data, headers=origin).status_code == 200
        other = {"origin": "https://c.example"}
        assert client.post("/update", data=data, headers=other).status_code == 403


# Clients that leave


@contextmanager
def listening(workspace: Workspace) -> Iterator[int]:
    """A real server; gives its port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(
            create_app(workspace, Settings(query_seconds=60.0)), log_level="warning"
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            assert soon(lambda: server.started, 10)
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()


def test_a_query_ends_when_its_client_hangs_up(example: Workspace) -> None:
    with listening(example) as port:
        before = descendants(os.getpid())
        text = RUNAWAY.encode()
        head = (
            f"POST /sparql?at=2026-07-01 HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
            f"Content-Type: application/sparql-query\r\nContent-Length: {len(text)}\r\n\r\n"
        )
        for attempt in range(3):
            with socket.create_connection(("127.0.0.1", port)) as asking:
                asking.sendall(head.encode() + text)
                # Host, view and job.
                assert soon(lambda: len(descendants(os.getpid()) - before) == 3, 20)
                time.sleep(0.1 * attempt)
            assert soon(lambda: len(descendants(os.getpid()) - before) == 2, 2.0)
