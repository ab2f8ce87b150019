"""``make bench-shacl``: SHACL engines side by side on governance graphs of growing size.

Each engine runs in a process of its own on the same N-Triples file and the plain Core pack
(``core-pack.ttl``); the row ``pack`` is our own whole rule pack on an organisation of that size. An
engine that is not installed is said to be absent. Arguments are sizes in triples, 100,000 and
1,000,000 by default, and names of engines, all by default. The number of results stands beside each
time, and the peak memory of the process.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.governance_graph import write_graph
from benchmarks.shacl_engines import ENGINES

SHAPES = Path(__file__).with_name("core-pack.ttl")
# Of pySHACL and pyrudof, which take minutes for more.
LIMITS = {"pyshacl": 300_000, "pyrudof": 300_000}
OURS = ("aimsgraph", "pack")
COLUMNS = ("read", "validate", "resident", "whole")


def row(engine: str, data: Path, python: str) -> str:
    """The measured line of one engine: seconds by part, peak MiB, results."""
    command = [python, "-m", "benchmarks.shacl_engines", engine, str(data), str(SHAPES)]
    start = time.perf_counter()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(command, stdout=out, stderr=errors)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        errors.seek(0)
        if process.returncode:
            why = errors.read().decode().strip().splitlines()[-1:] or ["no message"]
            return f"{engine:12} {why[0][:90]}"
        answer = json.loads(out.read().decode().splitlines()[-1])
    times = answer["times"]
    parts = " ".join(f"{times[c]:9.2f}" if c in times else f"{'':>9}" for c in COLUMNS)
    peak = usage.ru_maxrss / 1024
    return f"{engine:12} {parts} {seconds:9.2f} {peak:9.0f} {answer['results']:8}"


def main() -> None:
    """See the module docstring; ``AIMS_PEERS`` names the Python that has the peers."""
    sizes = [int(argument) for argument in sys.argv[1:] if argument.isdigit()]
    engines = [argument for argument in sys.argv[1:] if argument in ENGINES]
    peers = os.environ.get("AIMS_PEERS", sys.executable)
    with tempfile.TemporaryDirectory() as folder:
        for size in sizes or [100_000, 1_000_000]:
            data = Path(folder) / f"{size}.nt"
            planted = write_graph(data, size)
            triples = sum(1 for _ in data.open())
            print(f"\n{triples:,} lines, {sum(planted.values())} planted faults; seconds")
            head = " ".join(f"{c:>9}" for c in (*COLUMNS, "process", "MiB"))
            print(f"{'engine':12} {head} {'results':>8}", flush=True)
            for engine in engines or ENGINES:
                if size > LIMITS.get(engine, size):
                    print(f"{engine:12} left out at this size: it takes minutes")
                    continue
                python = sys.executable if engine in OURS else peers
                print(row(engine, data, python), flush=True)


if __name__ == "__main__":
    main()
