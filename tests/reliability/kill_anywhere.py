"""Kills at random during mixed work (A1): nothing acknowledged is lost, nothing is done by half.

``python -m tests.reliability.kill_anywhere FOLDER KILLS SEED`` prints one JSON object.
"""

import hashlib
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import IO

from engine.ledger.entry import Entry
from engine.ledger.patch import Patch
from engine.rdf import Quad
from engine.store.oxigraph import OxigraphStore
from engine.verify import verify
from tests.ledger.making import AGENT, Held, graph, hold, quad
from tests.reliability.forks import Told, started, told

Model = set[Quad]
Carry = Callable[[Held], Entry | None]
LIVE, IMPORTED = graph("live"), graph("import")


def work(seed: int, number: int, model: Model) -> tuple[str, Carry, Model]:
    """Work ``number`` on top of ``model``: its kind, how to do it, what it leads to."""
    draw = Random(f"{seed} {number}")
    mark = quad("mark", number, source="live")
    live = sorted((q for q in model if q.graph_name == LIVE), key=str)
    kind = draw.choice(["insert", "update", "delete", "import"])
    if kind == "import":
        rows = {
            quad(f"row-{draw.randrange(600)}", draw.randrange(3), source="import")
            for _ in range(draw.randrange(20, 400))
        } | {quad("mark", number, source="import")}
        rest = {q for q in model if q.graph_name != IMPORTED}
        return (
            kind,
            lambda held: held.committer.replace(IMPORTED, rows, agent=AGENT, reason=kind),
            rest | rows,
        )
    removes = set(draw.sample(live, min(len(live), 4))) if kind != "insert" else set()
    adds = {mark} | (
        {quad(draw.randrange(200), draw.random(), source="live") for _ in range(5)}
        if kind != "delete"
        else set()
    )
    patch = Patch(frozenset(adds - removes), frozenset(removes - adds))
    return (
        kind,
        lambda held: held.committer.commit(
            patch, agent=AGENT, reason=kind, idempotency_key=f"k{number}"
        ),
        (model - patch.removes) | patch.adds,
    )


def modelled(seed: int, count: int) -> Model:
    """What ``count`` pieces of work lead to."""
    model: Model = set()
    for number in range(1, count + 1):
        model = work(seed, number, model)[2]
    return model


def toil(root: Path, seed: int, out: IO[str]) -> None:
    """Work without end, telling each piece that was acknowledged."""
    held = hold(root, store=OxigraphStore.on_disk)
    number = held.ledger.head().sequence
    model: Model = set(held.ledger.state())
    out.write("ready\n")
    draw = Random(f"{seed} {number} rebuild")
    while True:
        number += 1
        _, carry, model = work(seed, number, model)
        entry = carry(held)
        assert entry is not None
        assert entry.sequence == number
        out.write(f"{number}\n")
        if draw.random() < 0.05:
            held.committer.rebuild()


def look(root: Path, seed: int, acknowledged: int) -> Told:
    """What is there after a kill."""
    held = hold(root, store=OxigraphStore.on_disk)
    head = held.ledger.head().sequence
    replayed = "".join(sorted(f"{each} .\n" for each in held.ledger.state())).encode()
    report = verify(held.ledger, held.store)
    answer = {
        "lost": max(0, acknowledged - head),
        "ahead": head - acknowledged,
        "partial": modelled(seed, head) != held.ledger.state(),
        "hashes": hashlib.sha256(held.store.dump()).digest() == hashlib.sha256(replayed).digest(),
        "problems": [str(problem) for problem in report.problems],
    }
    held.close()
    return answer


def main(root: Path, kills: int, seed: int) -> Told:
    """Faults, as text, and how many pieces of work were acknowledged."""
    draw = Random(seed)
    faults: list[str] = []
    acknowledged = 0
    for number in range(kills):
        pid, answers = started(lambda out: toil(root, seed, out))
        with answers:
            if answers.readline() != "ready\n":
                raise RuntimeError("the worker did not start")
            time.sleep(draw.uniform(0, 0.12))
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            lines = [line for line in answers.read().splitlines() if line]
        acknowledged = int(lines[-1]) if lines else acknowledged
        found = told(lambda seen=acknowledged: look(root, seed, seen))  # type: ignore[misc]
        expected = {"lost": 0, "ahead": found["ahead"], "partial": False, "hashes": True}
        if found != expected | {"problems": []} or found["ahead"] not in (0, 1):
            faults.append(f"kill {number}: {found}")
        acknowledged += found["ahead"]
    return {"kills": kills, "acknowledged": acknowledged, "faults": faults}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))))
