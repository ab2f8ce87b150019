"""Time and peak memory of each step of the demonstration, with the size of the graph.

``make bench`` prints the table. Each step is a fresh process, measured by the operating system
(``os.wait4``): wall seconds, processor seconds, peak resident memory of the process.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.material import INVENTORY, INVENTORY_MAPPING, inventory

AT = ("--at", "2026-07-01", "--period", "2026-01-01/2026-07-01")


@dataclass(frozen=True, slots=True)
class Measured:
    """One step: wall and processor seconds, peak memory in MiB, exit code."""

    step: str
    wall: float
    processor: float
    peak_mib: float
    code: int


def measure(step: str, command: Sequence[str]) -> Measured:
    """Run ``command`` with its output thrown away. Raises nothing for a non-zero exit."""
    start = time.perf_counter()
    with open(os.devnull, "wb") as sink:  # noqa: PTH123
        process = subprocess.Popen(command, stdout=sink, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return Measured(
        step,
        time.perf_counter() - start,
        usage.ru_utime + usage.ru_stime,
        usage.ru_maxrss / 1024,
        process.returncode,
    )


def aims(*arguments: str) -> list[str]:
    """The installed command of this interpreter's environment."""
    return [str(Path(sys.executable).with_name("aims")), *arguments]


def steps(folder: Path) -> list[tuple[str, list[str]]]:
    """Name and command of each step, in order."""
    example = ("--workspace", str(folder / "example"))
    found = [
        ("aims --help", aims("--help")),
        ("init --example", aims(*example, "init", "--example")),
        ("validate", aims(*example, "validate", *AT)),
        ("assess", aims(*example, "assess", *AT)),
        ("assess A.7.5", aims(*example, "assess", "A.7.5", *AT)),
        ("trace A.7.5", aims(*example, "trace", "A.7.5", *AT)),
        ("verify", aims(*example, "verify")),
    ]
    if inventory() is not None:
        federal = ("--workspace", str(folder / "federal"))
        found += [
            ("init (federal)", aims(*federal, "init")),
            (
                "import inventory",
                aims(*federal, "import", str(INVENTORY), "--mapping", INVENTORY_MAPPING),
            ),
            ("assess (federal)", aims(*federal, "assess")),
            ("gaps (federal)", aims(*federal, "gaps")),
            ("rebuild (federal)", aims(*federal, "rebuild")),
        ]
    return found


def size(folder: Path) -> str:
    """Statements in the workspace, by asking it."""
    text = "SELECT (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } FILTER(!STRSTARTS(STR(?g), "
    text += '"https://w3id.org/aimsgraph/graph/")) }'
    command = aims("--workspace", str(folder), "sparql", text, "--format", "csv")
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[1]


def main() -> None:
    """Print the table."""
    folder = Path(tempfile.mkdtemp(prefix="aims-bench-"))
    try:
        print(f"{'step':22} {'wall s':>8} {'cpu s':>8} {'peak MiB':>9} {'exit':>5}")
        for name, command in steps(folder):
            row = measure(name, command)
            print(
                f"{row.step:22} {row.wall:8.2f} {row.processor:8.2f} "
                f"{row.peak_mib:9.0f} {row.code:5}"
            )
        for name in ("example", "federal"):
            if (folder / name).is_dir():
                print(f"statements of sources in the {name} workspace: {size(folder / name)}")
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
