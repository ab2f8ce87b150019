"""A small SPARQL 1.1 server over an embedded store, that can be made to fail as servers do."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

from pyoxigraph import (
    NamedNode,
    QueryBoolean,
    QueryResultsFormat,
    QueryTriples,
    Store,
)

JSON = "application/sparql-results+json"


@dataclass
class Reply:
    """What goes back; ``lost``: the connection ends before anything does."""

    status: int
    content: bytes
    kind: str = JSON
    headers: dict[str, str] = field(default_factory=dict)
    lost: bool = False


# Gets what was asked (*query* or *update*), the number of the request, and the right reply.
Fault = Callable[[str, int, Reply], Reply]


def no_fault(_kind: str, _number: int, reply: Reply) -> Reply:
    return reply


@dataclass
class Served:
    """A running server: its address, what it holds, and how it fails."""

    address: str = ""
    store: Store = field(default_factory=Store)
    fault: Fault = no_fault
    requests: list[tuple[str, str]] = field(default_factory=list)

    def answer(self, body: str) -> Reply:
        fields = parse_qs(body, keep_blank_values=True)
        kind = "update" if "update" in fields else "query"
        self.requests.append((kind, fields[kind][0]))
        try:
            reply = self._update(fields) if kind == "update" else self._query(fields)
        except SyntaxError as error:
            reply = Reply(400, str(error).encode(), "text/plain")
        return self.fault(kind, len(self.requests), reply)

    def _update(self, fields: dict[str, list[str]]) -> Reply:
        self.store.update(fields["update"][0])
        return Reply(204, b"")

    def _query(self, fields: dict[str, list[str]]) -> Reply:
        default = [NamedNode(iri) for iri in fields.get("default-graph-uri", ())]
        named = [NamedNode(iri) for iri in fields.get("named-graph-uri", ())]
        chosen = {"default_graph": default, "named_graphs": named} if default or named else {}
        found = self.store.query(fields["query"][0], **chosen)  # type: ignore[arg-type]
        assert not isinstance(found, QueryBoolean | QueryTriples)
        return Reply(200, found.serialize(format=QueryResultsFormat.JSON) or b"")


@contextmanager
def serving() -> Iterator[Served]:
    """A server on a free port of this machine, with nothing in it."""
    served = Served()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            reply = served.answer(self.rfile.read(length).decode())
            if reply.lost:
                self.connection.close()
                return
            self.send_response(reply.status)
            self.send_header("Content-Type", reply.kind)
            for name, value in {"Content-Length": str(len(reply.content)), **reply.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.content)

        def log_message(self, format: str, *args: object) -> None:
            """The tests' output is not for this."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        served.address = f"http://127.0.0.1:{server.server_address[1]}/sparql"
        try:
            yield served
        finally:
            server.shutdown()
            thread.join()


def rows_of(content: bytes) -> list[dict[str, object]]:
    """The rows of an answer."""
    found: list[dict[str, object]] = json.loads(content)["results"]["bindings"]
    return found


def cut_to(content: bytes, most: int) -> bytes:
    """The same answer with no more than ``most`` rows."""
    whole = json.loads(content)
    whole["results"]["bindings"] = whole["results"]["bindings"][:most]
    return json.dumps(whole).encode()
