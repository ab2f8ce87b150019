"""``make bench-load``: ordinary queries beside a stream of queries that never end.

A server of its own answers eight clients, first alone, then beside runaway queries of the same
address, of another address, and a stream of new ones that nobody has seen before. Meanwhile
somebody counts up by updates. It prints how long ordinary queries took, whether an answer was
wrong or an update lost, and the memory of the server with all its processes.

``python -m benchmarks.load [--systems N] [--seconds S]``; with N, over a made graph of N systems.
"""

import argparse
import http.client
import itertools
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Lock, Thread
from urllib.parse import urlencode

from benchmarks.governance_graph import Register

CLIENTS, RUNAWAYS = 8, 4
ORDINARY = (
    "SELECT (COUNT(*) AS ?n) WHERE { ?s a aims:AISystem }",
    "SELECT ?s ?l WHERE { ?s a aims:AISystem ; skos:prefLabel ?l } ORDER BY ?s LIMIT 50",
    "SELECT ?c (COUNT(?s) AS ?n) WHERE { ?s a ?c . ?c a owl:Class } GROUP BY ?c ORDER BY ?c",
    "ASK { ?s a aims:AISystem }",
)
KINDS = (
    "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }",
    "SELECT DISTINCT ?a ?d ?g WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }",
    "SELECT * WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } ORDER BY RAND() LIMIT 1",
    "SELECT (COUNT(*) AS ?n) WHERE { ?a (!rdf:nil)* ?b . ?b (!rdf:nil)* ?c }",
)
_UP = (
    "DELETE { <urn:x:c> <urn:x:n> ?n } INSERT { <urn:x:c> <urn:x:n> ?m } "
    "WHERE { <urn:x:c> <urn:x:n> ?n BIND(?n + 1 AS ?m) }"
)


@dataclass
class Seen:
    """What clients saw: milliseconds and digests of ordinary answers, statuses of all."""

    milliseconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    runaways: Counter[int] = field(default_factory=Counter)
    answers: dict[str, set[bytes]] = field(default_factory=dict)
    counted: int = 0
    refused: int = 0
    lock: Lock = field(default_factory=Lock)

    def percentile(self, of_hundred: int) -> float:
        """The value that so many of a hundred answers were not slower than."""
        ordered = sorted(self.milliseconds) or [0.0]
        return ordered[min(len(ordered) - 1, len(ordered) * of_hundred // 100)]


@contextmanager
def serving(
    workspace: Path, environment: Mapping[str, str] | None = None
) -> Iterator[tuple[int, int]]:
    """A server over ``workspace`` as a process of its own: its number and its port."""
    program = [sys.executable, "-c", "from engine.cli import app; app()"]
    command = [*program, "--workspace", str(workspace), "serve", "--port", "0"]
    around = os.environ | {"NO_COLOR": "1", "PYTHONUNBUFFERED": "1"} | dict(environment or {})
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=around) as process:
        try:
            assert process.stdout is not None
            found = re.search(r"http://\S+?:(\d+)/", process.stdout.readline())
            assert found, "the server did not start"
            yield process.pid, int(found[1])
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(20)


def ask(
    port: int, path: str, form: Mapping[str, str], *, source: str = "127.0.0.1", wait: float = 60.0
) -> tuple[int, bytes]:
    """Status and body of a form that is posted from the address ``source``."""
    talking = http.client.HTTPConnection("127.0.0.1", port, wait, source_address=(source, 0))
    try:
        kind = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/sparql-results+json, application/json",
        }
        talking.request("POST", path, urlencode(form), kind)
        answer = talking.getresponse()
        return answer.status, answer.read()
    finally:
        talking.close()


def tree(pid: int) -> set[int]:
    """``pid`` and the processes below it."""
    parents: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if fields[0] != "Z":
            parents[int(stat.parent.name)] = int(fields[1])
    found = {pid}
    while more := {one for one, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def memory(pid: int) -> float:
    """MiB that the processes of ``tree`` use; what they share counts once."""
    total = 0
    for one in tree(pid):
        try:
            rollup = Path(f"/proc/{one}/smaps_rollup").read_text()
        except OSError:
            continue
        total += sum(int(kib) for kib in re.findall(r"^Pss: +(\d+) kB", rollup, re.MULTILINE))
    return total / 1024


def load(port: int, seconds: float, seen: Seen, stream: Callable[[Event], None]) -> None:
    """Eight clients and somebody who counts, for so long; ``stream`` runs beside them."""
    over = Event()

    def client(number: int) -> None:
        for text in itertools.islice(itertools.cycle(ORDINARY), number, None):
            if over.is_set():
                return
            start = time.perf_counter()
            status, body = ask(port, "/sparql", {"query": text})
            took = (time.perf_counter() - start) * 1000
            with seen.lock:
                seen.milliseconds.append(took)
                seen.statuses[status] += 1
                if status == 200:
                    seen.answers.setdefault(text, set()).add(body)

    def count() -> None:
        while not over.is_set():
            status, _ = ask(port, "/update?source=counter", {"update": _UP})
            with seen.lock:
                seen.counted += status == 200
                seen.refused += status != 200
            over.wait(0.5)

    threads = [Thread(target=client, args=(number,)) for number in range(CLIENTS)]
    threads += [Thread(target=count), Thread(target=stream, args=(over,))]
    for thread in threads:
        thread.start()
    time.sleep(seconds)
    over.set()
    for thread in threads:
        thread.join()


def nothing(_: Event) -> None:
    """No runaways."""


def closed(port: int, seen: Seen, source: str, runaways: int = RUNAWAYS) -> Callable[[Event], None]:
    """So many clients whose queries never end, each asking again as soon as it is answered."""

    def one(number: int, over: Event) -> None:
        for at in itertools.count(number):
            if over.is_set():
                return
            status, _ = ask(port, "/sparql", {"query": KINDS[at % len(KINDS)]}, source=source)
            with seen.lock:
                seen.runaways[status] += 1
            if status in (429, 503):
                over.wait(0.2)

    def run(over: Event) -> None:
        threads = [Thread(target=one, args=(number, over)) for number in range(runaways)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    return run


def opened(port: int, seen: Seen, source: str, per_second: float) -> Callable[[Event], None]:
    """New queries that never end, so many a second, whether those before are answered or not."""

    def one(number: int) -> None:
        text = f"{KINDS[number % 2]} # {number}"
        status, _ = ask(port, "/sparql", {"query": text}, source=source)
        with seen.lock:
            seen.runaways[status] += 1

    def run(over: Event) -> None:
        threads: list[Thread] = []
        for number in itertools.count():
            if over.wait(1 / per_second):
                break
            threads.append(Thread(target=one, args=(number,)))
            threads[-1].start()
        for thread in threads:
            thread.join()

    return run


def prepare(folder: Path, systems: int) -> Path:
    """A workspace with the example, or with a made graph."""
    root = folder / "workspace"
    aims = [sys.executable, "-c", "from engine.cli import app; app()", "--workspace", str(root)]
    subprocess.run([*aims, "init", *(["--example"] if not systems else [])], check=True)
    if systems:
        made = folder / "register.nt"
        with made.open("w", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in Register(systems).lines())
        limit = {"AIMS_UPLOAD_LIMIT_BYTES": str(8 << 30), "AIMS_WORKER_SECONDS": "3600"}
        limit["AIMS_WORKER_MEMORY_BYTES"] = str(16 << 30)
        subprocess.run([*aims, "import", str(made)], check=True, env=os.environ | limit)
    return root


def start_counting(port: int) -> None:
    """The statement that the updates count up. Raises AssertionError where it is refused."""
    text = "INSERT DATA { <urn:x:c> <urn:x:n> 0 }"
    status, body = ask(port, "/update?source=counter", {"update": text})
    assert status == 200, body


def counted(port: int) -> int:
    """Up to where was counted."""
    text = "SELECT ?n WHERE { <urn:x:c> <urn:x:n> ?n }"
    _, body = ask(port, "/sparql", {"query": text})
    return int(json.loads(body)["results"]["bindings"][0]["n"]["value"])


def main() -> None:
    """Print the table; ends with an error where something was lost or wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--systems", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=40.0)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="aims-load-") as name:
        root = prepare(Path(name), chosen.systems)
        with serving(root) as (pid, port):
            wrong = _measure(pid, port, chosen.seconds)
    if wrong:
        sys.exit("; ".join(wrong))


def _measure(pid: int, port: int, seconds: float) -> list[str]:
    start_counting(port)
    right: dict[str, set[bytes]] = {}
    up, wrong = 0, []
    print(
        f"{'beside the eight clients':34} {'answers':>8} {'p50 ms':>7} {'p95 ms':>7} {'max ms':>7} "
        f"{'refused':>7} {'counted':>7} {'stopped':>7} {'sent away':>9} {'MiB':>6} {'procs':>5}"
    )
    for title, stream in (
        ("nothing (warming up)", lambda _: nothing),
        ("nothing", lambda _: nothing),
        ("4 runaways of their address", lambda seen: closed(port, seen, "127.0.0.1")),
        ("4 runaways of another address", lambda seen: closed(port, seen, "127.0.0.2")),
        ("8 runaways of their address", lambda seen: closed(port, seen, "127.0.0.1", 8)),
        ("1 new runaway a second, the same", lambda seen: opened(port, seen, "127.0.0.1", 1.0)),
        ("2 new ones a second, another", lambda seen: opened(port, seen, "127.0.0.2", 2.0)),
        ("nothing, afterwards", lambda _: nothing),
    ):
        seen = Seen()
        load(port, seconds, seen, stream(seen))
        up += seen.counted
        for text, bodies in seen.answers.items():
            if bodies != right.setdefault(text, bodies) or len(bodies) != 1:
                wrong.append(f"{title}: answers to {text} differ")
        if counted(port) != up:
            wrong.append(f"{title}: {up} updates were acknowledged, {counted(port)} are there")
        time.sleep(2)
        refused = sum(seen.statuses.values()) - seen.statuses[200]
        away = seen.runaways[429] if seen.runaways else 0
        print(
            f"{title:34} {seen.statuses[200]:8} {seen.percentile(50):7.0f} "
            f"{seen.percentile(95):7.0f} {max(seen.milliseconds):7.0f} {refused:7} "
            f"{seen.counted:7} {seen.runaways[503] + seen.runaways[413]:7} {away:9} "
            f"{memory(pid):6.0f} {len(tree(pid)):5}",
            flush=True,
        )
    return wrong


if __name__ == "__main__":
    main()
