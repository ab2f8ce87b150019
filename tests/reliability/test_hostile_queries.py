"""Queries and requests that are made to end a server (F1, F3, F4, F5, F8), against a real one."""

import gzip
import http.client
import json
import re
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from benchmarks import load
from tests.endpoint.test_processes import RUNAWAY, descendants, soon

Server = tuple[int, int]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server over the example: its process and its port; it must live to the end."""
    with load.serving(load.prepare(tmp_path_factory.mktemp("hostile"), 0)) as (pid, port):
        yield pid, port
        assert load.ask(port, "/sparql", {"query": "ASK {}"})[0] == 200, "it lives"


Nested = Callable[[int], str]


def inside(opening: str, closing: str, head: str = "SELECT * WHERE ", core: str = "") -> Nested:
    return lambda n: f"{head}{opening * n}{core}{closing * n}"


WHERE = "SELECT * WHERE { ?s ?p ?o "
NESTED: dict[str, Nested] = {
    "groups": inside("{", "}"),
    "brackets": inside("(", ")", f"{WHERE} FILTER ", "1"),
    "not": lambda n: f"{WHERE} FILTER ({'!' * n}true) }}",
    "minus": lambda n: f"{WHERE} FILTER ({'- ' * n}1 = 1) }}",
    "or": lambda n: f"{WHERE} FILTER ({' || '.join(['true'] * n)}) }}",
    "and": lambda n: f"{WHERE} FILTER ({' && '.join(['true'] * n)}) }}",
    "plus": lambda n: f"{WHERE} FILTER ({' + '.join(['1'] * n)} = 1) }}",
    "if": lambda n: f"{WHERE} FILTER {'(IF(true, ' * n}1{', 2))' * n} }}",
    "union": lambda n: f"SELECT * WHERE {{ {' UNION '.join(['{ ?s ?p ?o }'] * n)} }}",
    "bind": lambda n: f"{WHERE} {' '.join(f'BIND(1 AS ?v{i})' for i in range(n))} }}",
    "optional": lambda n: f"{WHERE} {'OPTIONAL { ?s ?p ?o ' * n}{'}' * n} }}",
    "subselect": lambda n: f"{'SELECT * WHERE { ' * n} ?s ?p ?o {'} ' * n}",
    "subselect in groups": lambda n: f"{'SELECT * { { ' * n} ?s ?p ?o {'} } ' * n}",
    "exists": lambda n: f"{WHERE} {'FILTER EXISTS { ?s ?p ?o ' * n}{'}' * n} }}",
    "path": lambda n: f"SELECT * WHERE {{ ?s {'(' * n}rdf:type{')*' * n} ?o }}",
    "sequence": lambda n: f"SELECT * WHERE {{ ?s {'/'.join(['rdf:type'] * n)} ?o }}",
    "blank nodes": lambda n: f"SELECT * WHERE {{ ?s ?p {'[ ?p ' * n}1{' ]' * n} }}",
    "lists": lambda n: f"SELECT * WHERE {{ ?s ?p {'( ' * n}1{' )' * n} }}",
}


def test_there_are_eighteen_kinds() -> None:
    assert len(NESTED) == 18


@pytest.mark.parametrize("kind", NESTED)
def test_a_deep_query_is_refused_at_once(server: Server, kind: str) -> None:
    _, port = server
    for size in (100, 1_000, 10_000, 100_000):
        start = time.monotonic()
        status, body = load.ask(port, "/sparql", {"query": NESTED[kind](size)})
        took = time.monotonic() - start
        if size == 100 or (kind, size) == ("union", 1_000):
            # That many may be asked: then it is answered, or stopped as any other query is.
            assert status in (200, 400, 413, 503), body
        else:
            assert status in (400, 413), (size, body)
            assert json.loads(body)["detail"]
            # Loading the body takes its time where others use the machine, too.
            assert took < 2.0, size


def test_a_large_answer_is_cut_and_says_so_and_does_not_grow_the_server(server: Server) -> None:
    pid, port = server
    load.ask(port, "/sparql", {"query": "ASK {}"})
    before = peak(pid)
    text = "SELECT ?a ?c ?d ?f WHERE { ?a ?b ?c . ?d ?e ?f } LIMIT 500000"
    for kind in ("text/csv", "application/sparql-results+json"):
        talking = http.client.HTTPConnection("127.0.0.1", port, 60)
        headers = {"Accept": kind, "Content-Type": "application/sparql-query"}
        talking.request("POST", "/sparql", text, headers)
        answer = talking.getresponse()
        assert answer.status == 200
        assert "cut" in str(answer.headers["Aims-Cut"])
        end = b""
        while part := answer.read(1 << 16):
            end = (end + part)[-1000:]
        talking.close()
        assert b"cut " in end
    assert peak(pid) - before < 100


def peak(pid: int) -> float:
    """MiB of memory that the serving process itself had at most."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found
    return int(found[1]) / 1024


def asking(port: int, text: str) -> socket.socket:
    over = socket.create_connection(("127.0.0.1", port), timeout=30)
    body = text.encode()
    head = (
        f"POST /sparql?at=2026-07-01 HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        f"Content-Type: application/sparql-query\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    over.sendall(head.encode() + body)
    return over


@pytest.mark.long
def test_of_a_hundred_clients_that_leave_no_worker_stays(server: Server) -> None:
    pid, port = server
    with asking(port, "ASK {}") as over:
        assert b"200 OK" in over.recv(1000)
    before = descendants(pid)
    for number in range(100):
        with asking(port, f"{RUNAWAY} # {number}"):
            assert soon(lambda: len(descendants(pid) - before) == 1, 10)
        assert soon(lambda: not descendants(pid) - before, 2.0), number


@pytest.mark.long
def test_two_hundred_slow_connections_leave_the_others_alone(server: Server) -> None:
    _, port = server
    with ExitStack() as stack:
        slow = [
            stack.enter_context(socket.create_connection(("127.0.0.1", port))) for _ in range(200)
        ]
        for number, over in enumerate(slow):
            if number % 2:
                over.sendall(b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n")
            else:
                # Asks for much and reads nothing.
                text = "SELECT * WHERE { ?a ?b ?c } LIMIT 20000"
                query = text.replace(" ", "%20").replace("?", "%3F")
                over.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                over.sendall(f"GET /sparql?query={query} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        end = time.monotonic() + 20
        worst = 0.0
        while time.monotonic() < end:
            for over in slow:
                with suppress(OSError):
                    over.sendall(b"x")
            start = time.monotonic()
            talking = http.client.HTTPConnection("127.0.0.1", port, 30)
            talking.request("GET", "/v1/health/live")
            assert talking.getresponse().status == 200
            talking.close()
            worst = max(worst, time.monotonic() - start)
            time.sleep(1)
        assert worst < 2.0


# Requests that are made to be dear


def answered(port: int, request: bytes) -> int:
    """The status of what is sent as it is; 0 where the connection is only closed."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as over:
        with suppress(OSError):
            over.sendall(request)
        told = b""
        with suppress(OSError):
            while b"\r\n" not in told and (part := over.recv(1000)):
                told += part
    return int(told.split()[1]) if told else 0


def many_parts(number: int) -> bytes:
    part = b'--b\r\nContent-Disposition: form-data; name="x%d"\r\n\r\n1\r\n'
    body = b"".join(part % n for n in range(number)) + b"--b--\r\n"
    kind = b"multipart/form-data; boundary=b"
    return posted(b"/v1/imports", kind, body)


def posted(path: bytes, kind: bytes, body: bytes, more: bytes = b"") -> bytes:
    return (
        b"POST %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: %s\r\n%s"
        b"Content-Length: %d\r\n\r\n%s" % (path, kind, more, len(body), body)
    )


ZIPPED = gzip.compress(b"SELECT * WHERE { ?s ?p ?o } " + b" " * 10_000_000)
DEAR = {
    "parts": (many_parts(10_000), {400, 413}),
    "headers": (
        b"GET /v1/health HTTP/1.1\r\nHost: x\r\n"
        + b"".join(b"X-%d: 1\r\n" % n for n in range(100_000))
        + b"\r\n",
        {400, 413, 431},
    ),
    "one long header": (b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 10_000_000, {400, 431}),
    "a long path": (b"GET /" + b"x" * 10_000_000 + b" HTTP/1.1\r\n\r\n", {400, 414, 431}),
    "a zipped query": (
        posted(b"/sparql", b"application/sparql-query", ZIPPED, b"Content-Encoding: gzip\r\n"),
        {415},
    ),
    "a zipped update": (
        posted(b"/update", b"application/sparql-update", ZIPPED, b"Content-Encoding: gzip\r\n"),
        {415},
    ),
    "a zipped graph": (
        posted(b"/graphs/general/x", b"text/turtle", ZIPPED, b"Content-Encoding: gzip\r\n"),
        {415},
    ),
    "a body of a hundred megabytes": (
        posted(b"/update", b"application/sparql-update", b" " * 100_000_000),
        {413},
    ),
    "100,000 operations": (
        posted(b"/update", b"application/sparql-update", b"CLEAR ALL;" * 100_000),
        {400, 413},
    ),
    "100,000 fields": (
        posted(b"/sparql", b"application/x-www-form-urlencoded", b"a=1&" * 100_000),
        {400},
    ),
    "a length that is none": (
        b"POST /update HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-update\r\n"
        b"Content-Length: 99999999999999999999\r\n\r\n",
        {400, 413},
    ),
}


@pytest.mark.parametrize("name", DEAR)
def test_a_dear_request_is_refused_cheaply(server: Server, name: str) -> None:
    pid, port = server
    request, statuses = DEAR[name]
    load.ask(port, "/sparql", {"query": "ASK {}"})
    before, start = peak(pid), time.monotonic()
    status = answered(port, request)
    # A server may close the connection of who does not stop sending.
    assert status in statuses or (status == 0 and len(request) > 1_000_000), status
    assert time.monotonic() - start < 3.0
    assert peak(pid) - before < 200


def test_ten_thousand_ranges_are_no_work(server: Server) -> None:
    pid, port = server
    ranges = b",".join(b"%d-%d" % (n, n) for n in range(10_000))
    request = (
        b"GET /static/workbench.css HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        b"Range: bytes=%s\r\n\r\n" % ranges
    )
    before, start = peak(pid), time.monotonic()
    assert answered(port, request) in (200, 206, 400, 416, 431)
    assert time.monotonic() - start < 2.0
    assert peak(pid) - before < 200


def test_many_dear_requests_at_once_leave_it_alive(server: Server) -> None:
    _, port = server
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda name: answered(port, DEAR[name][0]), [*DEAR, *DEAR]))
    assert load.ask(port, "/sparql", {"query": "ASK {}"})[0] == 200
