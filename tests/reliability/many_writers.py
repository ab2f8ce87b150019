"""Many processes that write to one workspace (C2), each waiting for the lease.

``python -m tests.reliability.many_writers FOLDER WRITERS CHANGES`` prints one JSON object.
"""

import json
import os
import sys
from pathlib import Path

from engine.store.oxigraph import OxigraphStore
from engine.verify import verify
from tests.ledger.making import adding, hold, quad
from tests.reliability.forks import Told, started, told

# How often a writer lets go of the lease in between.
TURNS = 2
WAIT_SECONDS = 120


def write(root: Path, writer: int, changes: int) -> None:
    """All changes of one writer."""
    per_turn = changes // TURNS
    for turn in range(TURNS):
        held = hold(root, store=OxigraphStore.on_disk, wait=WAIT_SECONDS)
        for number in range(turn * per_turn, (turn + 1) * per_turn):
            held.commit(adding(quad(f"{writer}-{number}")), f"writer {writer}")
        held.close()


def look(root: Path, writers: int, changes: int) -> Told:
    held = hold(root, store=OxigraphStore.on_disk)
    entries = held.ledger.entries()
    report = verify(held.ledger, held.store)
    expected = {quad(f"{w}-{n}") for w in range(writers) for n in range(changes)}
    answer = {
        "sequences": [entry.sequence for entry in entries] == list(range(1, len(entries) + 1)),
        "count": len(entries),
        "reasons": len({entry.reason for entry in entries}),
        "state": held.ledger.state() == set(held.store.quads()) == expected,
        "problems": [str(problem) for problem in report.problems],
    }
    held.close()
    return answer


def main(root: Path, writers: int, changes: int) -> Told:
    """What is there after all have written."""
    hold(root).close()
    children = [started(lambda out, w=w: write(root, w, changes)) for w in range(writers)]  # type: ignore[misc]
    failed = 0
    for pid, answers in children:
        answers.close()
        failed += os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) != 0
    return told(lambda: look(root, writers, changes)) | {"failed": failed}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))))
