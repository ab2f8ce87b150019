"""Kills at named points (A2): a change is done or not done, and its retry makes exactly one.

``python -m tests.reliability.kill_points FOLDER TIMES`` prints one JSON object.
"""

import json
import sys
from pathlib import Path

from engine.ledger.patch import Patch
from engine.store.oxigraph import OxigraphStore
from engine.verify import verify
from tests.ledger.making import Held, hold, quad
from tests.reliability.forks import Told, die, killed, told

POINTS = (
    "accepted",
    "planned",
    "begun",
    "header written",
    "parts written",
    "recorded",
    "store changed",
    "applied",
)
# From here on the change is on the disk.
DONE = frozenset({"recorded", "store changed", "applied"})


def change(held: Held, number: int) -> int:
    """The change ``number``: one quad more, the one before replaced."""
    patch = Patch(
        frozenset({quad("all", number), quad(number)}), frozenset({quad("all", number - 1)})
    )
    return held.commit(patch, idempotency_key=f"k{number}").sequence


def until(root: Path, point: str, number: int) -> None:
    """Change, and die at ``point``."""

    def hook(step: str) -> None:
        if step == point:
            die()

    held = hold(root, store=OxigraphStore.on_disk, hook=hook)
    if point == "store changed":
        # The store has carried the change out and not yet noted that it has.
        held.store._mark = lambda sequence: die()  # type: ignore[attr-defined]
    change(held, number)


def look(root: Path, number: int) -> Told:
    """What is there after a kill, and after trying again."""
    held = hold(root, store=OxigraphStore.on_disk)
    found = held.ledger.head().sequence
    same = set(held.store.quads()) == held.ledger.state()
    again = change(held, number)
    report = verify(held.ledger, held.store)
    answer = {
        "found": found,
        "same": same,
        "again": again,
        "entries": report.entries,
        "problems": [str(problem) for problem in report.problems],
    }
    held.close()
    return answer


def main(root: Path, times: int) -> Told:
    """Faults, as text, and how many kills there were."""
    faults: list[str] = []
    number = 0
    for _ in range(times):
        for point in POINTS:
            number += 1
            if not killed(lambda point=point, number=number: until(root, point, number)):  # type: ignore[misc]
                faults.append(f"{point} {number}: no kill")
            answer = told(lambda number=number: look(root, number))  # type: ignore[misc]
            expected = {
                "found": number if point in DONE else number - 1,
                "same": True,
                "again": number,
                "entries": number,
                "problems": [],
            }
            if answer != expected:
                faults.append(f"{point} {number}: {answer}")
    return {"kills": number, "points": len(POINTS), "faults": faults}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(Path(sys.argv[1]), int(sys.argv[2]))))
