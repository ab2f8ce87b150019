"""``make demo``: the main job on the embedded store, each step shown as a user would type it."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.material import inventory
from benchmarks.steps import WORKSPACES, Step, failed, possible
from engine.settings import Settings

ROOT = Path(__file__).resolve().parent.parent


def show(step: Step) -> None:
    """Print the heading, the command and its output; ends the program where it fails."""
    print(f"\n\033[1m{step.title}\033[0m" if sys.stdout.isatty() else f"\n== {step.title}")
    quoted = (part if " " not in part else f'"{part}"' for part in step.given(ROOT))
    print(f"$ aims {' '.join(quoted)}".replace(f"{ROOT}/", ""), flush=True)
    done = subprocess.run(step.command(ROOT), capture_output=True, text=True, env=os.environ)
    output = (done.stdout + done.stderr).rstrip().splitlines()
    for line in output[: step.lines] if step.lines else output:
        print(line)
    if step.lines and len(output) > step.lines:
        print(f"… {len(output) - step.lines} more lines")
    if failed(done.returncode):
        sys.exit(f"the step failed with exit code {done.returncode}")


def main() -> None:
    """The demonstration; see the module docstring."""
    start = time.monotonic()
    for name in WORKSPACES:
        shutil.rmtree(ROOT / name, ignore_errors=True)
    for step in possible():
        if step.shown:
            show(step)
    if inventory() is None:
        print("\nThe US federal inventory is not beside this checkout: its part is skipped.")
    print(f"\nDone in {time.monotonic() - start:.0f} s.")
    print(f"The pages: make serve, then http://127.0.0.1:{Settings().port}/")


if __name__ == "__main__":
    main()
