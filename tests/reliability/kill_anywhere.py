"""Kills at random during mixed work (A1): nothing acknowledged is lost, nothing is done by half.

The work is inserts, updates, deletions, imports, recorded assessments, snapshots, checkpoints and
rebuilding. Backups join it when there are any.

``python -m tests.reliability.kill_anywhere FOLDER KILLS SEED`` prints one JSON object.
"""

import hashlib
import json
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import IO

from engine.ledger.entry import Entry
from engine.ledger.patch import Patch
from engine.rdf import Quad
from engine.snapshot import Snapshots
from engine.store.oxigraph import OxigraphStore
from engine.verify import verify
from engine.view import View
from tests.ledger.making import AGENT, Held, graph, hold, quad
from tests.reliability.forks import Told, started, told
from tests.snapshot.conftest import PACK

Model = set[Quad]
Carry = Callable[[Held], Entry | None]
LIVE, IMPORTED = graph("live"), graph("import")


def work(seed: int, number: int, model: Model) -> tuple[str, Carry, Model]:
    """Work ``number`` on top of ``model``: its kind, how to do it, what it leads to."""
    draw = Random(f"{seed} {number}")
    mark = quad("mark", number, source="live")
    live = sorted((q for q in model if q.graph_name == LIVE), key=str)
    kind = draw.choice(["insert", "update", "delete", "import", "assessment"])
    if kind == "assessment":
        detail = {
            "report": hashlib.sha256(str(number).encode()).hexdigest(),
            "position": number - 1,
        }
        return (
            kind,
            lambda held: held.committer.commit(
                Patch(), agent=AGENT, reason=kind, kind=kind, detail=detail
            ),
            model,
        )
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
    """What the entries up to ``count`` lead to; the first puts the knowledge pack in force."""
    model: Model = set()
    for number in range(2, count + 1):
        model = work(seed, number, model)[2]
    return model


def begin(root: Path) -> Told:
    """A workspace with its first entry."""
    held = hold(root, store=OxigraphStore.on_disk)
    held.committer.adopt(PACK, agent=AGENT)
    held.close()
    return {}


def toil(root: Path, seed: int, out: IO[str]) -> None:
    """Work without end, telling each piece that was acknowledged."""
    held = hold(root, store=OxigraphStore.on_disk)
    number = held.ledger.head().sequence
    model: Model = set(held.ledger.state())
    out.write("ready\n")
    draw = Random(f"{seed} {number} beside")
    while True:
        number += 1
        kind, carry, model = work(seed, number, model)
        entry = carry(held)
        assert entry is not None
        assert entry.sequence == number
        out.write(f"{kind} {number}\n")
        beside = draw.choices([rebuild, snapshot, checkpoint, None], [1, 3, 3, 13])[0]
        if beside is not None:
            out.write(f"{beside.__name__} {beside(held, model)}\n")


def rebuild(held: Held, model: Model) -> str:
    held.committer.rebuild()
    return ""


def snapshot(held: Held, model: Model) -> str:
    """A view of everything, which must see what was recorded and nothing else."""
    reader = Snapshots(held.ledger, held.store, None, held.committer.lock).open(View())
    assert {q for name in (LIVE, IMPORTED) for q in reader.quads(name)} == model
    return ""


def checkpoint(held: Held, model: Model) -> str:
    """A signed head, as somebody would keep it elsewhere."""
    return json.dumps(held.ledger.checkpoint())


def look(root: Path, seed: int, acknowledged: int, note: str | None) -> Told:
    """What is there after a kill; ``note``: the last checkpoint that was given out."""
    held = hold(root, store=OxigraphStore.on_disk)
    head = held.ledger.head().sequence
    replayed = "".join(sorted(f"{each} .\n" for each in held.ledger.state())).encode()
    report = verify(held.ledger, held.store, checkpoint=note)
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
    """Faults, as text, how many entries were acknowledged, and how often what was done."""
    draw = Random(seed)
    faults: list[str] = []
    done: Counter[str] = Counter()
    note: str | None = None
    told(lambda: begin(root))
    acknowledged = 1
    for number in range(kills):
        pid, answers = started(lambda out: toil(root, seed, out))
        with answers:
            if answers.readline() != "ready\n":
                raise RuntimeError("the worker did not start")
            time.sleep(draw.uniform(0, 0.16))
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            lines = [line.rstrip("\n") for line in answers if line.endswith("\n")]
        for line in lines:
            kind, _, rest = line.partition(" ")
            done[kind] += 1
            acknowledged = int(rest) if rest.isdecimal() else acknowledged
            note = json.loads(rest) if kind == "checkpoint" else note
        found = told(lambda seen=acknowledged, kept=note: look(root, seed, seen, kept))  # type: ignore[misc]
        expected = {"lost": 0, "ahead": found["ahead"], "partial": False, "hashes": True}
        if found != expected | {"problems": []} or found["ahead"] not in (0, 1):
            faults.append(f"kill {number}: {found}")
        acknowledged += found["ahead"]
    return {"kills": kills, "acknowledged": acknowledged, "done": done, "faults": faults}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))))
