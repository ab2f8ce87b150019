"""A full disk (B1): clear errors, reading goes on, and writing works again when there is space.

``unshare --map-root-user --mount python -m tests.reliability.full_disk FOLDER TIMES`` mounts a
small file system in FOLDER that ends with the process, and prints one JSON object.
"""

import errno
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random

from engine.errors import AimsError, StorageFullError
from engine.ledger.patch import Patch
from engine.snapshot import Snapshots
from engine.store.oxigraph import OxigraphStore
from engine.vault import Vault
from engine.verify import verify
from engine.view import View
from tests.ledger.making import AGENT, Held, adding, graph, hold, quad
from tests.reliability.forks import Told
from tests.snapshot.conftest import PACK

MEBIBYTES = 24
# So much is left free in some rounds, for the ledger to find space and the store none.
ROOM = (0, 0, 4, 16, 64, 128, 256, 512)


def fill(folder: Path, room: int) -> Path:
    """Fill the disk but for ``room`` KiB."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as out:
        for size in (1 << 20, 1 << 12):
            try:
                while True:
                    out.write(b"\x00" * size)
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
        out.truncate(max(0, out.tell() - room * 1024))
    return ballast


def attempt(work: Callable[[], object]) -> str:
    """What ``work`` comes to: ok, full, or another error."""
    try:
        work()
    except StorageFullError as error:
        return "full" if error.remedy and "no space" in error.message else f"unclear: {error}"
    except AimsError as error:
        return f"{type(error).__name__}: {error}"
    return "ok"


def round_of(held: Held, vault: Vault, number: int) -> Told:
    """Fill the disk, write until it is full, read, free it, write again."""
    draw = Random(number)
    ballast = fill(held.root, ROOM[number % len(ROOM)])
    tries = []
    for turn in range(6):
        rows = {quad(f"{number}-{turn}-{n}", draw.random()) for n in range(4 ** (turn % 4))}
        tries.append(attempt(lambda rows=rows: held.commit(Patch(frozenset(rows)))))  # type: ignore[misc]
    tries.append(attempt(lambda: vault.put(draw.randbytes(600_000))))
    reader = Snapshots(held.ledger, held.store, None, held.committer.lock).open(View())
    expected = held.ledger.state()
    seen = {q for g in reader.graphs() if "/graph/general/" in g.value for q in reader.quads(g)}
    ballast.unlink()
    again = attempt(lambda: held.commit(adding(quad("after", number))))
    imported = {quad(n, number, source="import") for n in range(300)}
    import_again = attempt(
        lambda: held.committer.replace(graph("import"), imported, agent=AGENT, reason="import")
    )
    return {
        "tries": tries,
        "read": seen == expected,
        "again": [again, import_again, attempt(lambda: vault.put(b"minutes"))],
        "leftovers": list(vault.strays()),
    }


def main(folder: Path, times: int) -> Told:
    """Faults, as text, and what was seen."""
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={MEBIBYTES}m", "aims-test", str(folder)], check=True
    )
    held = hold(folder / "w", store=OxigraphStore.on_disk)
    vault = Vault(folder / "w" / "vault")
    held.committer.adopt(PACK, agent=AGENT)
    faults: list[str] = []
    full = 0
    for number in range(times):
        found = round_of(held, vault, number)
        full += found["tries"].count("full")
        good = found["read"] and found["again"] == ["ok"] * 3 and not found["leftovers"]
        if not good or not set(found["tries"]) <= {"ok", "full"} or "full" not in found["tries"]:
            faults.append(f"round {number}: {found}")
    report = verify(held.ledger, held.store, vault)
    faults += [str(problem) for problem in report.problems]
    held.close()
    return {"rounds": times, "full": full, "entries": report.entries, "faults": faults}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(Path(sys.argv[1]), int(sys.argv[2]))))
