"""A workspace that belongs to somebody else, or lies on a disk that cannot be written (B4).

``python -m tests.reliability.other_user FOLDER foreign`` (as root) opens it as nobody;
``unshare --map-root-user --mount python -m … FOLDER readonly`` opens it on a read-only mount.
Prints one JSON object: what each attempt came to, and how long it took.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from engine.errors import AimsError
from engine.ledger.ledger import Ledger
from engine.store.oxigraph import OxigraphStore
from tests.ledger.making import FILE, adding, hold, quad
from tests.reliability.forks import Told, told

NOBODY = 65_534


def attempt(work: Callable[[], object]) -> Told:
    start = time.monotonic()
    try:
        work()
    except AimsError as error:
        outcome = f"{type(error).__name__}: {error}"
    else:
        outcome = "ok"
    return {"outcome": outcome, "seconds": time.monotonic() - start}


def read(root: Path, *, read_only: bool) -> None:
    ledger = Ledger.open(root / FILE, read_only=read_only)
    try:
        assert ledger.state() == {quad("a")}
    finally:
        ledger.close()


def write(root: Path) -> None:
    held = hold(root, store=OxigraphStore.on_disk)
    try:
        held.commit(adding(quad("b")))
    finally:
        held.close()


def attempts(root: Path) -> Told:
    return {
        "read": attempt(lambda: read(root, read_only=False)),
        "read only": attempt(lambda: read(root, read_only=True)),
        "write": attempt(lambda: write(root)),
    }


def digest(root: Path) -> dict[str, str]:
    """Everything in ``root``, so that changes show; without SQLite's own shared memory."""
    return {
        str(path.relative_to(root)): path.read_bytes().hex()[:4_000]
        for path in sorted(root.rglob("*"))
        if path.is_file() and not path.name.endswith(("-shm", "-wal"))
    }


def foreign(root: Path) -> Told:
    """Attempts as another user, with the folder closed to others and then open to be read."""

    def as_nobody() -> Told:
        os.setgid(NOBODY)
        os.setuid(NOBODY)
        return attempts(root)

    root.parent.chmod(0o755)
    found = {}
    for name, mode in (("closed", 0o700), ("readable", 0o755)):
        root.chmod(mode)
        found[name] = told(as_nobody)
    return found


def read_only(root: Path) -> Told:
    """Attempts on a mount that cannot be written."""
    subprocess.run(["mount", "--bind", str(root), str(root)], check=True)
    subprocess.run(["mount", "-o", "remount,bind,ro", str(root)], check=True)
    found = {"mount": told(lambda: attempts(root))}
    subprocess.run(["umount", str(root)], check=True)
    return found


def main(folder: Path, how: str) -> Told:
    """What each attempt came to, and whether the workspace is as it was."""
    root = folder / "w"
    held = hold(root, store=OxigraphStore.on_disk)
    held.commit(adding(quad("a")))
    held.close()
    before = digest(root)
    found = foreign(root) if how == "foreign" else read_only(root)
    root.chmod(0o700)
    answer = {"attempts": found, "unchanged": digest(root) == before}
    shutil.rmtree(root)
    return answer


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(Path(sys.argv[1]), sys.argv[2])))
