"""Queries run in processes that end: at their limits, when nobody waits, and without harm."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from engine.endpoint import Abandoned, Bounds, Dataset, Endpoint, Share, Written
from engine.endpoint.running import Processes
from engine.errors import (
    AimsError,
    CallerBusyError,
    InputError,
    LimitError,
    QueryError,
    TimeLimitError,
    WorkspaceError,
)
from engine.rdf import RdfFormat, parse
from engine.view import View
from engine.workspace import Workspace

CSV, TURTLE = "text/csv", "text/turtle"
RUNAWAY = "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
NAMES = Dataset()
VIEW = View()


def doubling(times: int) -> str:
    """A query whose one value is doubled so many times."""
    binds = "".join(f"BIND(CONCAT(?v{n}, ?v{n}) AS ?v{n + 1}) " for n in range(times))
    return f"SELECT ?v{times} WHERE {{ BIND('0123456789abcdef' AS ?v0) {binds} }}"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    root = tmp_path_factory.mktemp("endpoint") / "workspace"
    with Workspace.create(root, agent="urn:test:agent", face="server") as opened:
        yield opened


@pytest.fixture(scope="module")
def make(workspace: Workspace) -> Iterator[Callable[..., Endpoint]]:
    made: list[Endpoint] = []

    def endpoint(jobs: int = 4, waiting: int = 3, **bounds: object) -> Endpoint:
        limits = replace(Bounds(seconds=5.0), **bounds)  # type: ignore[arg-type]
        share = Share(jobs, per_caller=jobs, waiting=waiting)
        made.append(Endpoint(workspace, limits, share=share))
        return made[-1]

    yield endpoint
    for one in made:
        one.close()


@pytest.fixture(scope="module")
def plain(make: Callable[..., Endpoint]) -> Endpoint:
    return make()


def ask(
    endpoint: Endpoint, text: str, media_type: str = CSV, gone: Callable[[], bool] | None = None
) -> str:
    view = endpoint.fixed(VIEW)
    return endpoint.query(view, text, media_type, NAMES, gone or (lambda: False)).read().decode()


def descendants(ancestor: int) -> set[int]:
    """The processes below ``ancestor``."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if fields[0] != "Z":
            parents[int(stat.parent.name)] = int(fields[1])
    found: set[int] = set()
    while more := {pid for pid, parent in parents.items() if parent in found | {ancestor}} - found:
        found |= more
    return found


def running(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def processes_of(endpoint: Endpoint) -> Processes:
    return endpoint._processes


def host_of(endpoint: Endpoint) -> int:
    host = processes_of(endpoint)._host
    assert host is not None
    return host.pid


def soon(true: Callable[[], bool], seconds: float = 2.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.02)
    return true()


# Limits


def test_a_runaway_is_stopped_at_its_limit(make: Callable[..., Endpoint]) -> None:
    endpoint = make(seconds=1.0)
    ask(endpoint, "ASK {}")
    start = time.monotonic()
    with pytest.raises(TimeLimitError, match="longer than 1 seconds"):
        ask(endpoint, RUNAWAY)
    assert 0.9 < time.monotonic() - start < 2.0
    assert soon(lambda: len(descendants(host_of(endpoint))) == 1), "only the view is left"
    assert ask(endpoint, "ASK {}") == "true\r\n"


@pytest.mark.parametrize("times", [26, 40])
def test_what_needs_too_much_memory_ends_alone(make: Callable[..., Endpoint], times: int) -> None:
    endpoint = make(memory_bytes=256 * 1024 * 1024)
    with pytest.raises(LimitError, match="256 MiB"):
        ask(endpoint, doubling(times))
    assert ask(endpoint, "ASK {}") == "true\r\n"


@pytest.mark.parametrize(
    ("media_type", "mark"),
    [
        (CSV, "\r\n# cut after 7 rows, the most that an answer may have\r\n"),
        ("text/tab-separated-values", "\n# cut after 7 rows"),
        ("application/sparql-results+json", '"cut":"cut after 7 rows'),
        ("application/sparql-results+xml", "<!-- cut after 7 rows"),
    ],
)
def test_a_cut_table_says_so(make: Callable[..., Endpoint], media_type: str, mark: str) -> None:
    endpoint = make(rows=7)
    view = endpoint.fixed(VIEW)
    seven, eight = (f"SELECT ?s WHERE {{ ?s ?p ?o }} LIMIT {n}" for n in (7, 8))
    whole = endpoint.query(view, seven, media_type, NAMES, lambda: False)
    assert (whole.outcome.rows, whole.outcome.cut) == (7, "")
    assert "cut" not in whole.read().decode()
    result = endpoint.query(view, eight, media_type, NAMES, lambda: False)
    assert result.outcome.rows == 7
    assert result.outcome.cut.startswith("cut after 7 rows")
    assert mark in result.read().decode()


@pytest.mark.parametrize(
    ("media_type", "mark"),
    [
        (TURTLE, "\n# cut after 7 rows"),
        ("application/trig", "\n# cut after 7 rows"),
        ("application/n-triples", "\n# cut after 7 rows"),
        ("application/n-quads", "\n# cut after 7 rows"),
        ("application/ld+json", '{"@value":"cut after 7 rows'),
        ("application/rdf+xml", "<!-- cut after 7 rows"),
    ],
)
def test_a_cut_graph_says_so_and_can_be_read(
    make: Callable[..., Endpoint], media_type: str, mark: str
) -> None:
    endpoint = make(rows=7)
    view = endpoint.fixed(VIEW)
    text = "CONSTRUCT { ?s rdfs:seeAlso ?s } WHERE { SELECT DISTINCT ?s WHERE { ?s a owl:Class } }"
    result = endpoint.query(view, text, media_type, NAMES, lambda: False)
    assert result.outcome.cut
    content = result.read()
    assert mark in content.decode()
    form = RdfFormat.from_media_type(media_type)
    assert form is not None
    assert len(list(parse(content, format=form))) == 7


def test_an_answer_is_cut_at_its_bytes(make: Callable[..., Endpoint]) -> None:
    endpoint = make(bytes=100_000)
    view = endpoint.fixed(VIEW)
    result = endpoint.query(view, "SELECT * WHERE { ?s ?p ?o }", CSV, NAMES, lambda: False)
    assert "at 100000 bytes" in result.outcome.cut
    assert 100_000 <= result.outcome.size < 300_000
    assert result.read().decode().endswith("bytes\r\n")


def test_what_a_format_cannot_hold_is_refused(plain: Endpoint) -> None:
    text = "CONSTRUCT { <urn:x:s> <http://x.example/1> 1 } WHERE {}"
    with pytest.raises(InputError, match="RDF/XML"):
        ask(plain, text, "application/rdf+xml")
    assert "x.example" in ask(plain, text, TURTLE)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * WHERE { ?s ?p }",
        "SELECT ?x WHERE { ?s ?p ?o } GROUP BY ?s",
        "SELECT * WHERE { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }",
        "INSERT DATA { <urn:x:a> <urn:x:b> 1 }",
    ],
)
def test_what_is_no_query_is_refused(plain: Endpoint, text: str) -> None:
    with pytest.raises(QueryError):
        ask(plain, text)


# Nobody waits


def test_a_job_ends_when_its_client_leaves(plain: Endpoint) -> None:
    ask(plain, "ASK {}")
    before = descendants(host_of(plain))
    for _ in range(5):
        left = time.monotonic() + 0.3
        with pytest.raises(Abandoned):
            ask(plain, RUNAWAY, gone=lambda end=left: time.monotonic() > end)  # type: ignore[misc]
        assert soon(lambda: descendants(host_of(plain)) <= before)


def test_jobs_end_with_the_endpoint(make: Callable[..., Endpoint]) -> None:
    endpoint = make(seconds=30.0)
    ask(endpoint, "ASK {}")
    assert soon(lambda: len(descendants(host_of(endpoint))) == 1)
    with ThreadPoolExecutor(1) as pool:
        asking = pool.submit(ask, endpoint, RUNAWAY)
        assert soon(lambda: len(descendants(host_of(endpoint))) == 2)
        everything = descendants(host_of(endpoint)) | {host_of(endpoint)}
        endpoint.close()
        with pytest.raises(WorkspaceError, match="stopping"):
            asking.result(timeout=2)
    assert soon(lambda: not any(running(pid) for pid in everything))


def test_jobs_end_with_the_process_that_serves(workspace: Workspace) -> None:
    code = (
        "import sys; from pathlib import Path; from engine.endpoint import *;"
        "from engine.workspace import Workspace; from engine.view import View;"
        "w = Workspace.open(Path(sys.argv[1])); e = Endpoint(w, Bounds(seconds=60.0));"
        "v = e.fixed(View()); e.query(v, 'ASK {}', 'text/csv', Dataset(), lambda: False);"
        "e.query(v, sys.argv[2], 'text/csv', Dataset(), lambda: False)"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(workspace.root), RUNAWAY]) as serving:
        assert soon(lambda: len(descendants(serving.pid)) == 3, 30.0), "host, view and job"
        time.sleep(0.2)
        everything = descendants(serving.pid)
        serving.kill()
    assert len(everything) == 3
    assert soon(lambda: not any(running(pid) for pid in everything))


def test_a_new_host_is_started_where_one_was_killed(make: Callable[..., Endpoint]) -> None:
    endpoint = make()
    assert ask(endpoint, "ASK {}") == "true\r\n"
    first = host_of(endpoint)
    for pid in descendants(first) | {first}:
        os.kill(pid, signal.SIGKILL)
    time.sleep(0.1)
    assert ask(endpoint, "ASK {}") == "true\r\n"
    assert host_of(endpoint) != first


def test_files_do_not_stay_open(plain: Endpoint) -> None:
    ask(plain, "ASK {}")
    open_files = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(20):
        plain.query(plain.fixed(VIEW), "ASK {}", CSV, NAMES, lambda: False)  # never read
        with pytest.raises(QueryError):
            ask(plain, "SELECT * WHERE { ?s ?p }")
    assert len(list(Path("/proc/self/fd").iterdir())) <= open_files + 1


# At once


def test_only_so_many_run_and_wait_at_once(make: Callable[..., Endpoint]) -> None:
    endpoint = make(jobs=1, waiting=1, seconds=2.0)
    ask(endpoint, "ASK {}")

    def outcome(_: int) -> type[BaseException] | None:
        try:
            ask(endpoint, RUNAWAY)
        except AimsError as error:
            return type(error)
        return None

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(outcome, range(4)))
    assert found.count(CallerBusyError) == 2
    assert found.count(TimeLimitError) == 2
    assert ask(endpoint, "ASK {}") == "true\r\n"


def test_views_are_answered_side_by_side(plain: Endpoint) -> None:
    head = plain.fixed(VIEW)
    past = replace(head, as_of=1)
    count = "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }"

    def both(number: int) -> bytes:
        view = head if number % 2 else past
        return plain.query(view, count, CSV, NAMES, lambda: False).read()

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(both, range(12)))
    assert len(set(found[::2])) == len(set(found[1::2])) == 1


# Tags


def test_a_tag_is_of_the_bytes_and_opaque(plain: Endpoint, make: Callable[..., Endpoint]) -> None:
    view = plain.fixed(VIEW)

    def tag(endpoint: Endpoint, text: str, key: str = "") -> str:
        return endpoint.tag(endpoint.query(view, text, CSV, NAMES, lambda: False), key)

    assert tag(plain, "ASK {}") == tag(plain, "ASK { }")
    assert tag(plain, "ASK {}") != tag(plain, "ASK { FILTER (false) }")
    assert tag(plain, "ASK {}") != tag(make(), "ASK {}"), "it is keyed"
    assert plain.remembered("k") is None
    assert plain.remembered("") is None
    found = tag(plain, "ASK {}", "k")
    assert plain.remembered("k") == found


def test_what_is_drawn_by_lot_differs_from_job_to_job(plain: Endpoint) -> None:
    for call in ("UUID()", "STRUUID()", "RAND()", "BNODE()"):
        found = {ask(plain, f"SELECT ({call} AS ?x) WHERE {{}}") for _ in range(3)}
        assert len(found) == 3, call


def test_long_queries_do_not_wait_for_a_view_that_opens(make: Callable[..., Endpoint]) -> None:
    endpoint = make(jobs=8)
    ask(endpoint, "ASK {}")
    long = f"ASK {{}} # {'x' * 190_000}"
    view = replace(endpoint.fixed(VIEW), evaluated_at=VIEW.evaluated_at.replace(year=2020))

    def asked(_: int) -> bytes:
        return endpoint.query(view, long, CSV, NAMES, lambda: False).read()

    with ThreadPoolExecutor(8) as pool:
        found = [pool.submit(asked, number) for number in range(8)]
        assert ask(endpoint, "ASK {}") == "true\r\n"
        assert {one.result(timeout=20) for one in found} == {b"true\r\n"}


def test_updates_that_wait_are_counted(make: Callable[..., Endpoint]) -> None:
    endpoint = make(jobs=1, waiting=1, seconds=2.0)
    graph = "https://aims.example/graph/general/x"
    text = f"INSERT {{ GRAPH <{graph}> {{ <urn:x:a> <urn:x:b> ?n }} }} WHERE {{ {RUNAWAY} }}"

    def outcome(_: int) -> type[BaseException] | None:
        try:
            endpoint.update(VIEW, text, NAMES, None, Written(agent="urn:x:a"), lambda: False)
        except AimsError as error:
            return type(error)
        return None

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(outcome, range(4)))
    assert found.count(CallerBusyError) == 2
    assert found.count(TimeLimitError) == 2


def test_reading_ahead_tells_nothing_of_what_is_wrong(workspace: Workspace) -> None:
    endpoint = Endpoint(workspace, Bounds(seconds=5.0))
    endpoint.warm(VIEW)
    assert ask(endpoint, "SELECT (1 AS ?one) {}") == "one\r\n1\r\n"
    endpoint.warm(replace(VIEW, as_of=10**6))
    endpoint.close()
    endpoint.warm(VIEW)
    endpoint.close()
