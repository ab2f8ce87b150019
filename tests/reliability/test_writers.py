"""Many who want to write (C2, C4): one order of changes, and the second is told who is first."""

import subprocess
import sys
import time
from pathlib import Path
from threading import Thread

import pytest

from engine.errors import WorkspaceLockedError
from engine.store.oxigraph import OxigraphStore
from engine.verify import verify
from engine.workspace import Workspace
from tests.ledger.making import adding, hold, quad
from tests.reliability.conftest import ROOT, Program

WRITERS, CHANGES = 32, 100
WRITE = """
import sys
from pathlib import Path
from engine.workspace import Workspace
from tests.ledger.making import AGENT, adding, quad
with Workspace.open(Path(sys.argv[1]), face="server") as workspace:
    for number, line in enumerate(sys.stdin):
        entry = workspace.committer.commit(adding(quad(number)), agent=AGENT)
        print(entry.sequence, flush=True)
"""


def test_threads_that_share_one_door_leave_no_gap(ram: Path) -> None:
    held = hold(ram, store=OxigraphStore.on_disk)
    told: list[int] = []

    def write(writer: int) -> None:
        for number in range(CHANGES):
            told.append(held.commit(adding(quad(f"{writer}-{number}"))).sequence)

    threads = [Thread(target=write, args=(writer,)) for writer in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == list(range(1, WRITERS * CHANGES + 1))
    report = verify(held.ledger, held.store)
    assert (report.entries, report.problems) == (WRITERS * CHANGES, ())
    expected = {quad(f"{w}-{n}") for w in range(WRITERS) for n in range(CHANGES)}
    assert held.ledger.state() == set(held.store.quads()) == expected
    held.close()


def test_processes_that_wait_for_the_lease_leave_no_gap(ram: Path, program: Program) -> None:
    assert program("many_writers", ram, WRITERS, CHANGES) == {
        "sequences": True,
        "count": WRITERS * CHANGES,
        "reasons": WRITERS,
        "state": True,
        "problems": [],
        "failed": 0,
    }


def test_a_second_writer_is_refused_in_time_and_the_first_is_unharmed(ram: Path) -> None:
    root = ram / "w"
    Workspace.create(root, agent="urn:test:agent").close()
    with subprocess.Popen(
        [sys.executable, "-c", WRITE, str(root)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as first:
        assert first.stdin is not None
        assert first.stdout is not None

        def next_sequence() -> int:
            assert first.stdin is not None
            assert first.stdout is not None
            first.stdin.write("\n")
            first.stdin.flush()
            return int(first.stdout.readline())

        before = next_sequence()
        with Workspace.open(root, face="cli") as second:
            start = time.monotonic()
            with pytest.raises(WorkspaceLockedError, match="server") as caught:
                _ = second.committer
            assert time.monotonic() - start < 2
            assert f"process {first.pid}" in caught.value.message
            assert second.ledger.head().sequence == before
            assert next_sequence() == before + 1
            assert second.ledger.head().sequence == before + 1
        first.stdin.close()
        assert first.wait(10) == 0
    with Workspace.open(root) as third:
        assert third.verify().consistent
