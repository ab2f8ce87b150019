"""``make bench``: time and peak memory of each step of the main job, with the size of the graphs.

Each step is a fresh process, measured by the operating system (``os.wait4``): wall seconds,
processor seconds, peak resident memory. A step that fails makes the whole fail.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.steps import WORKSPACES, Step, failed, possible

_SIZE = (
    "SELECT (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } "
    'FILTER(!STRSTARTS(STR(?g), "https://w3id.org/aimsgraph/graph/")) }'
)


@dataclass(frozen=True, slots=True)
class Measured:
    """One step: wall and processor seconds, peak memory in MiB, exit code."""

    wall: float
    processor: float
    peak_mib: float
    code: int


def measure(command: Sequence[str]) -> Measured:
    """Run ``command`` with its output thrown away. Raises nothing for a non-zero exit."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return Measured(
        time.perf_counter() - start,
        usage.ru_utime + usage.ru_stime,
        usage.ru_maxrss / 1024,
        process.returncode,
    )


def size(workspace: Path) -> str:
    """Statements in the workspace, by asking it."""
    step = Step("size", workspace.name, ("sparql", _SIZE, "--format", "csv"))
    done = subprocess.run(
        step.command(workspace.parent), capture_output=True, text=True, check=True
    )
    return done.stdout.split()[1]


def bench(steps: Iterable[Step], folder: Path) -> list[str]:
    """Measure ``steps`` in ``folder`` and print a row for each; gives the titles that failed."""
    wrong = []
    print(f"{'step':60} {'wall s':>8} {'cpu s':>8} {'peak MiB':>9} {'exit':>5}")
    for step in steps:
        row = measure(step.command(folder))
        print(
            f"{step.title:60} {row.wall:8.2f} {row.processor:8.2f} "
            f"{row.peak_mib:9.0f} {row.code:5}",
            flush=True,
        )
        wrong += [step.title] if failed(row.code) else []
    return wrong


def main() -> None:
    """Print the table and the sizes."""
    with tempfile.TemporaryDirectory(prefix="aims-bench-") as name:
        folder = Path(name)
        if wrong := bench(possible(), folder):
            sys.exit(f"failed: {'; '.join(wrong)}")
        for workspace in WORKSPACES:
            if (folder / workspace).is_dir():
                print(f"statements of sources in {workspace}: {size(folder / workspace)}")


if __name__ == "__main__":
    main()
