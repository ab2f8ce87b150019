"""Eight clients beside queries that never end (F2): all are answered, nothing is lost or kept.

How long it takes is measured by ``make bench-load``; here is what must hold however slow it is.
"""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from benchmarks import load
from benchmarks.load import Seen
from tests.endpoint.test_processes import descendants, soon

SECONDS = 12.0
LIMIT = {"AIMS_QUERY_SECONDS": "3"}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[int, int]]:
    with load.serving(load.prepare(tmp_path, 0), LIMIT) as found:
        yield found


@pytest.mark.long
@pytest.mark.parametrize("source", ["127.0.0.1", "127.0.0.2"])
def test_ordinary_queries_are_answered_beside_runaways(
    server: tuple[int, int], source: str
) -> None:
    pid, port = server
    load.start_counting(port)
    idle = Seen()
    load.load(port, 3.0, idle, load.nothing)
    assert all(len(bodies) == 1 for bodies in idle.answers.values())
    before, processes = load.memory(pid), len(load.tree(pid))
    busy = Seen()
    load.load(port, SECONDS, busy, load.closed(port, busy, source))
    assert set(busy.statuses) == {200}
    assert busy.answers == idle.answers
    assert (idle.refused, busy.refused) == (0, 0)
    assert load.counted(port) == idle.counted + busy.counted, "no update was lost"
    assert set(busy.runaways) <= {413, 429, 503}
    assert busy.runaways[503] > 0
    # The view of a minute may have followed that of the minute before.
    assert soon(lambda: len(load.tree(pid)) <= processes + 3, 10)
    assert soon(lambda: load.memory(pid) < before * 1.5 + 100, 10)


_CROSS = "?a ?b ?c . ?d ?e ?f . ?g ?h ?i"
_DOUBLED = "".join(f"BIND(CONCAT(?v{n}, ?v{n}) AS ?v{n + 1}) " for n in range(30))
TWELVE = [
    *load.KINDS,
    f"SELECT (COUNT(DISTINCT ?a) AS ?n) WHERE {{ {_CROSS} }}",
    f"SELECT (SUM(STRLEN(STR(?f))) AS ?n) WHERE {{ {_CROSS} }}",
    f"SELECT (MAX(?c) AS ?m) WHERE {{ {_CROSS} }}",
    f"SELECT (SAMPLE(?i) AS ?m) WHERE {{ {_CROSS} }} GROUP BY ?a ?d",
    f"SELECT * WHERE {{ {_CROSS} FILTER(STRLEN(CONCAT(STR(?c), STR(?f), STR(?i))) < 0) }}",
    f"SELECT * WHERE {{ {_CROSS} FILTER(REGEX(STR(?c), CONCAT('^', STR(?f), '$', STR(?i)))) }}",
    f"ASK {{ {_CROSS} FILTER(STR(?a) = CONCAT(STR(?d), STR(?g))) }}",
    f"SELECT ?v30 WHERE {{ BIND('0123456789abcdef' AS ?v0) {_DOUBLED} }}",
]


@pytest.mark.long
def test_twelve_runaways_four_at_a_time_are_each_stopped(server: tuple[int, int]) -> None:
    pid, port = server
    load.ask(port, "/sparql", {"query": "ASK {}"})
    idle = len(descendants(pid))

    def stopped(text: str) -> tuple[int, float]:
        start = time.monotonic()
        status, _ = load.ask(port, "/sparql", {"query": text})
        return status, time.monotonic() - start

    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(stopped, TWELVE))
    assert {status for status, _ in told} <= {413, 503}
    # Each begins at most twice, and waits in between for those before it.
    assert max(seconds for _, seconds in told) < 3 + 10 + 3 + 2
    assert soon(lambda: len(descendants(pid)) <= idle + 1, 2.0)
    assert load.ask(port, "/sparql", {"query": "ASK {}"})[0] == 200
