"""Whatever a request names, the server calls nobody (H1), not even itself (H3)."""

import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from threading import Thread

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from engine.settings import Settings
from engine.workspace import Workspace
from tests.endpoint.test_processes import soon

# ``{0}``: where somebody listens; each must be refused, or answered without asking there.
QUERIES = [
    "SELECT * {{ SERVICE <{0}> {{ ?s ?p ?o }} }}",
    "SELECT * {{ SERVICE SILENT <{0}> {{ ?s ?p ?o }} }}",
    "SELECT * {{ VALUES ?g {{ <{0}> }} SERVICE ?g {{ ?s ?p ?o }} }}",
    "SELECT * {{ SERVICE#x\n SILENT <{0}> {{ ?s ?p ?o }} }}",
    "SELECT * {{ sErViCe SILENT <{0}> {{ ?s ?p ?o }} }}",
    "PREFIX p: <{0}> SELECT * {{ SERVICE p: {{ ?s ?p ?o }} }}",
    "BASE <{0}> SELECT * {{ SERVICE <> {{ ?s ?p ?o }} }}",
    "SELECT * {{ ?s ?p ?o FILTER EXISTS {{ SERVICE <{0}> {{ ?s ?p ?o }} }} }}",
    "SELECT * {{ {{ SELECT * {{ SERVICE <{0}> {{ ?s ?p ?o }} }} }} }}",
    "CONSTRUCT {{ ?s ?p ?o }} WHERE {{ SERVICE <{0}> {{ ?s ?p ?o }} }}",
    "DESCRIBE ?s {{ SERVICE <{0}> {{ ?s ?p ?o }} }}",
    "ASK {{ OPTIONAL {{ SERVICE <{0}> {{ ?s ?p ?o }} }} }}",
    "ASK {{ ?s ?p ?o MINUS {{ SERVICE <{0}> {{ ?s ?p ?o }} }} }}",
    "ASK {{ GRAPH ?g {{ SERVICE <{0}> {{ ?s ?p ?o }} }} }}",
    "SELECT * FROM <{0}> {{ ?s ?p ?o }}",
    "SELECT * FROM NAMED <{0}> {{ GRAPH ?g {{ ?s ?p ?o }} }}",
    "DESCRIBE <{0}>",
    "SELECT * {{ ?s ?p ?o \\u0053ERVICE <{0}> {{ }} }}",
]
UPDATES = [
    "LOAD <{0}>",
    "LOAD SILENT <{0}>",
    "LOAD <{0}> INTO GRAPH <https://aims.example/graph/general/x>",
    "LOAD <file:///etc/passwd>",
    "INSERT {{ <urn:x:a> ?p ?o }} WHERE {{ SERVICE <{0}> {{ ?s ?p ?o }} }}",
    "WITH <urn:x:g> DELETE {{ ?s ?p ?o }} WHERE {{ SERVICE SILENT <{0}> {{ ?s ?p ?o }} }}",
    "INSERT DATA {{ <urn:x:a> owl:imports <{0}> }}",
    "CREATE GRAPH <{0}>",
    "COPY <{0}> TO <urn:x:g>",
]
FILES = {
    "remote.jsonld": '{{"@context": "{0}", "@id": "urn:x:a", "name": "x"}}',
    "several.jsonld": '{{"@context": ["{0}"], "@id": "urn:x:a", "name": "x"}}',
    "imported.jsonld": '{{"@context": {{"@version": 1.1, "@import": "{0}"}}, "@id": "urn:x:a"}}',
    "scoped.jsonld": '{{"@context": {{"p": {{"@id": "urn:x:p", "@context": "{0}"}}}}, "p": {{}}}}',
    "imports.ttl": "<urn:x:o> <http://www.w3.org/2002/07/owl#imports> <{0}> .",
    "base.ttl": "@base <{0}> . <a> <b> <c> .",
    "dtd.rdf": '<!DOCTYPE r SYSTEM "{0}"><r/>',
    "entity.rdf": '<!DOCTYPE r [<!ENTITY x SYSTEM "{0}">]><r>&x;</r>',
    "parameter.rdf": '<!DOCTYPE r [<!ENTITY % x SYSTEM "{0}"> %x;]><r/>',
    "include.rdf": '<r xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="{0}"/></r>',
    "schema.rdf": '<r xmlns:x="http://www.w3.org/2001/XMLSchema-instance" '
    'x:schemaLocation="u {0}"/>',
    "picture.svg": '<svg xmlns="http://www.w3.org/2000/svg"><image href="{0}"/></svg>',
    "link.ttl": "<urn:x:e> <https://w3id.org/aimsgraph/ns#location> <{0}> .",
}
HOSTS = [
    "127.0.0.1",
    "localhost",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0177.0.0.1",
    "0.0.0.0",
    "127.0.0.1.nip.io",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "user@127.0.0.1",
    "127.0.0.1%2f",
]


class Canary:
    """Listens on this machine and counts who comes."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.calls = 0
        self._thread = Thread(target=self._count)
        self._thread.start()

    def _count(self) -> None:
        with suppress(OSError):
            while True:
                over, _ = self._listener.accept()
                over.close()
                self.calls += 1

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()


@pytest.fixture
def canary() -> Iterator[Canary]:
    listening = Canary()
    yield listening
    listening.close()


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    with (
        Workspace.create(tmp_path / "w", agent="urn:test:agent", face="server") as workspace,
        TestClient(
            create_app(workspace, Settings(query_seconds=5.0)), raise_server_exceptions=False
        ) as talking,
    ):
        yield talking


def test_a_call_would_be_noticed(canary: Canary) -> None:
    socket.create_connection(("127.0.0.1", canary.port)).close()
    assert soon(lambda: canary.calls == 1)


def test_nobody_is_called(client: TestClient, canary: Canary) -> None:
    urls = [f"http://127.0.0.1:{canary.port}/x", f"http://localhost:{canary.port}/sparql?query="]
    urls += [f"http://{host}:{canary.port}/" for host in HOSTS]
    for text in QUERIES:
        # Each spelling of this machine for those that name a service, two for the others.
        for url in urls if "SERVICE" in text else urls[:2]:
            answer = client.post("/sparql", data={"query": text.format(url)})
            assert answer.status_code in ((400,) if "SERVICE" in text else (200, 400)), text
    for text in UPDATES:
        for url in urls[:2]:
            answer = client.post("/update", data={"update": text.format(url)})
            assert answer.status_code in (200, 400), (text, answer.text)
    for name, text in FILES.items():
        answer = client.post("/v1/imports", files={"file": (name, text.format(urls[0]))})
        assert answer.status_code < 500, (name, answer.text)
        if name.endswith(("jsonld", "rdf")):
            assert answer.status_code in (400, 413), (name, answer.text)
    for name, kind in (
        ("remote.jsonld", "application/ld+json"),
        ("dtd.rdf", "application/rdf+xml"),
    ):
        put = client.put(
            "/graphs/general/x",
            content=FILES[name].format(urls[0]),
            headers={"content-type": kind},
        )
        assert put.status_code == 400
    for parameter in ("default-graph-uri", "named-graph-uri"):
        query = {"query": "ASK {}", parameter: urls[0]}
        assert client.get("/sparql", params=query).status_code == 200
    assert client.get("/graphs", params={"graph": urls[0]}).status_code in (400, 404)
    assert client.get("/v1/nodes/" + urls[0].replace("/", "%2F")).status_code in (200, 400, 404)
    assert len(QUERIES) + len(UPDATES) + len(FILES) == 40
    time.sleep(0.5)
    assert canary.calls == 0


def test_our_own_endpoints_are_not_called_for_anybody(client: TestClient) -> None:
    head = client.get("/v1/health").json()["sequence"]
    for path in ("/update?update=CLEAR%20ALL", "/sparql?query=ASK%20%7B%7D", "/update"):
        for text in QUERIES[:14]:
            query = text.format(f"http://testserver{path}")
            assert client.post("/sparql", data={"query": query}).status_code == 400
    assert client.get("/v1/health").json()["sequence"] == head
