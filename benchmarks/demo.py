"""``make demo``: the main job on the embedded store, each step shown as a user would type it."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.material import INVENTORY_MAPPING, inventory
from benchmarks.steps import AT, aims

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "demo-workspace"
FAULTY = ROOT / "demo-workspace-faults"
FEDERAL = ROOT / "demo-workspace-federal"
# A cascade and a trace that show something, judged when the example is to be judged.
DATASET = "dsv-claims-2025-raw"
ITEM = "A.7.3"


def run(title: str, *arguments: str, lines: int = 0) -> None:
    """Print a heading, the command, and its output (only the first ``lines`` if given)."""
    print(f"\n\033[1m{title}\033[0m" if sys.stdout.isatty() else f"\n== {title}")
    shown = " ".join(part if " " not in part else f'"{part}"' for part in arguments)
    print(f"$ aims {shown}".replace(f"{ROOT}/", ""), flush=True)
    done = subprocess.run(aims(*arguments), capture_output=True, text=True, env=os.environ)
    output = (done.stdout + done.stderr).rstrip().splitlines()
    for line in output[:lines] if lines else output:
        print(line)
    if lines and len(output) > lines:
        print(f"… {len(output) - lines} more lines")
    if done.returncode not in (0, 1):
        sys.exit(f"the step failed with exit code {done.returncode}")


def main() -> None:
    """The demonstration; see the module docstring."""
    start = time.monotonic()
    for folder in (FOLDER, FAULTY, FEDERAL):
        shutil.rmtree(folder, ignore_errors=True)
    clean = ("--workspace", str(FOLDER))
    run("A made insurer: make a workspace with its register", *clean, "init", "--example")
    run("Computed status of the 32 clauses and 38 reference controls", *clean, "assess", *AT)
    run(f"From {ITEM} to the evidence", *clean, "trace", ITEM, "--to", "aims:Evidence", *AT)
    faulty = ("--workspace", str(FAULTY))
    run("The same insurer with planted faults", *faulty, "init", "--example", "--faults")
    run("What the rules find", *faulty, "validate", *AT, lines=60)
    run("Computed status with the faults", *faulty, "assess", *AT)
    run(f"Where the chain of {ITEM} breaks", *faulty, "trace", ITEM, "--to", "aims:Evidence", *AT)
    run("What to mend first", *faulty, "gaps", *AT, "--limit", "10")
    run("What a failing dataset cascades to", *clean, "cascade", DATASET, *AT)
    table = inventory()
    if table is None:
        print("\nThe US federal inventory is not beside this checkout: its part is skipped.")
    else:
        federal = ("--workspace", str(FEDERAL))
        run("Real input: a workspace for the US federal inventory", *federal, "init")
        run(
            "Import 2,133 AI use cases through a mapping",
            *federal,
            "import",
            str(table),
            "--mapping",
            INVENTORY_MAPPING,
        )
        run("What can be computed from declarations", *federal, "assess", *AT, lines=24)
        run(
            "Stated answers by agency",
            *federal,
            "query",
            "inventory/declarations-by-agency",
            lines=30,
        )
    print(f"\nDone in {time.monotonic() - start:.0f} s. The pages: make serve")


if __name__ == "__main__":
    main()
