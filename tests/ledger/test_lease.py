"""The writer lease: one process at a time, and the others are told which."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from engine.errors import WorkspaceError, WorkspaceLockedError
from engine.ledger.lease import HOLDER_FILE, WriterLease

HOLD = """
import sys, time
from pathlib import Path
from engine.ledger.lease import WriterLease
lease = WriterLease(Path(sys.argv[1]), face="server")
lease.acquire()
print("held", flush=True)
time.sleep(60)
"""


def test_a_second_lease_is_refused_in_time_and_told_the_holder(tmp_path: Path) -> None:
    with WriterLease(tmp_path, face="server") as first:
        start = time.monotonic()
        with pytest.raises(WorkspaceLockedError, match=r"by server \(process \d+, since 20"):
            WriterLease(tmp_path, face="cli").acquire()
        assert time.monotonic() - start < 2
        assert first.held
        first.acquire()
    assert not (tmp_path / HOLDER_FILE).exists()
    with WriterLease(tmp_path, face="cli") as second:
        assert second.held
    second.release()
    assert not second.held


@pytest.mark.parametrize(
    ("face", "remedy"),
    [
        (
            "server",
            "Stop the server; or run this as the server's user, or send it what is to be "
            "recorded: POST /v1/imports.",
        ),
        ("cli", "Wait for it to end, or end it."),
    ],
)
def test_the_remedy_is_one_that_the_refused_can_carry_out(
    tmp_path: Path, face: str, remedy: str
) -> None:
    with WriterLease(tmp_path, face=face), pytest.raises(WorkspaceLockedError) as caught:
        WriterLease(tmp_path, face="cli").acquire(wait=0)
    assert caught.value.remedy == remedy


def test_a_lease_that_is_let_go_of_is_taken_by_who_waits(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        told = json.loads((tmp_path / HOLDER_FILE).read_text())
        assert (told["face"], told["process"]) == ("server", holder.pid)
        with pytest.raises(WorkspaceLockedError, match=f"process {holder.pid}"):
            WriterLease(tmp_path, face="cli").acquire(wait=0)
        holder.kill()
        with WriterLease(tmp_path, face="cli") as lease:
            assert lease.held
    finally:
        holder.kill()
        holder.wait()
        assert holder.stdout is not None
        holder.stdout.close()


@pytest.mark.parametrize("text", [None, "", "{", "[]", "{}", '{"face": 1}'])
def test_a_holder_that_left_no_name_is_another_process(tmp_path: Path, text: str | None) -> None:
    with WriterLease(tmp_path, face="server"):
        (tmp_path / HOLDER_FILE).unlink()
        if text is not None:
            (tmp_path / HOLDER_FILE).write_text(text)
        with pytest.raises(WorkspaceLockedError, match="by another process"):
            WriterLease(tmp_path, face="cli").acquire(wait=0)


def test_the_lock_is_not_in_a_file_that_somebody_may_delete(tmp_path: Path) -> None:
    with WriterLease(tmp_path, face="server"):
        for file in tmp_path.iterdir():
            file.unlink()
        with pytest.raises(WorkspaceLockedError):
            WriterLease(tmp_path, face="cli").acquire(wait=0)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="cannot be opened"):
        WriterLease(tmp_path / "nowhere", face="cli").acquire()
