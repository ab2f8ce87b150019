"""``make bench-forks``: what a graph in memory takes, and a fork of the process that holds it.

For each size a fresh process loads a made graph (each statement in its source's graph and in the
merge), forks children one after another, and lets some of them read all of it. The memory budget
of views (``AIMS_VIEW_MEMORY_BYTES``) rests on the column *bytes a statement*.

``python -m benchmarks.forks [MILLIONS...]``
"""

import os
import re
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

from benchmarks.governance_graph import TRIPLES_PER_SYSTEM, Register
from engine.rdf import NamedNode, Quad, RdfFormat, parse
from engine.store.private import PrivateStore

GRAPH = NamedNode("https://bench.example/graph/general/register")
FORKS = 20
_COUNT = "SELECT (COUNT(*) AS ?n) WHERE { ?s aims:hasRisk ?o }"
_ALL = "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o FILTER(STRLEN(STR(?o)) > 0) }"
_LINES = 100_000


def quads(statements: int) -> Iterator[Quad]:
    """About so many quads of the made graph."""
    lines = Register(statements // TRIPLES_PER_SYSTEM).lines()
    while part := list(islice(lines, _LINES)):
        for quad in parse("\n".join(part), format=RdfFormat.N_TRIPLES):
            yield Quad(quad.subject, quad.predicate, quad.object, GRAPH)


def mib(what: str, pid: int | str = "self") -> float:
    """MiB of a field of ``status`` or ``smaps_rollup``."""
    for name in ("status", "smaps_rollup"):
        found = re.search(rf"^{what}:\s+(\d+) kB", Path(f"/proc/{pid}/{name}").read_text(), re.M)
        if found:
            return int(found[1]) / 1024
    return 0.0


def in_child(work: Callable[[], object]) -> tuple[float, float, float]:
    """Seconds of the fork and of ``work`` in it, and MiB that the child has for itself then."""
    out, into = os.pipe()
    start = time.perf_counter()
    pid = os.fork()
    if pid == 0:
        begun = time.perf_counter()
        work()
        took = time.perf_counter() - begun
        own = mib("Private_Dirty") + mib("Private_Clean")
        os.write(into, f"{took} {own}".encode())
        os._exit(0)
    forked = time.perf_counter() - start
    took, own = map(float, os.read(out, 100).split())
    os.close(out)
    os.close(into)
    os.waitpid(pid, 0)
    return forked, took, own


def killed() -> float:
    """Seconds that it takes to end a child."""
    pid = os.fork()
    if pid == 0:
        signal.pause()
    time.sleep(0.05)
    start = time.perf_counter()
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return time.perf_counter() - start


def measure(statements: int) -> str:
    """One row of the table."""
    bare = mib("VmRSS")
    store = PrivateStore.in_memory()
    start = time.perf_counter()
    store.load(quads(statements), 0)
    loaded = time.perf_counter() - start
    # Each is there twice: in its graph and in the merge.
    held = store.size() // 2
    resident, most = mib("VmRSS"), mib("VmHWM")
    forks = [in_child(lambda: None) for _ in range(FORKS)]
    first = in_child(lambda: store.query(_COUNT))
    everything = in_child(lambda: list(getattr(store.query(_ALL), "rows", ())))
    kills = [killed() for _ in range(5)]
    return (
        f"{held:>12,} {loaded:>8.0f} {resident:>9.0f} {most:>9.0f} "
        f"{(resident - bare) * 2**20 / held:>7.0f} "
        f"{statistics.median(one[0] for one in forks) * 1000:>8.1f} "
        f"{statistics.median(kills) * 1000:>8.1f} {first[1]:>8.2f} {everything[1]:>8.2f} "
        f"{everything[2]:>9.0f}"
    )


def main() -> None:
    """Print the table."""
    if len(sys.argv) == 3 and sys.argv[1] == "--one":
        print(measure(int(sys.argv[2])), flush=True)
        return
    sizes = [int(float(text) * 1_000_000) for text in sys.argv[1:]] or [1_000_000, 3_000_000]
    print(
        f"{'statements':>12} {'load s':>8} {'MiB':>9} {'peak MiB':>9} {'B each':>7} {'fork ms':>8} "
        f"{'kill ms':>8} {'first s':>8} {'all s':>8} {'own MiB':>9}",
        flush=True,
    )
    for size in sizes:
        command = [sys.executable, "-m", "benchmarks.forks", "--one", str(size)]
        subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
