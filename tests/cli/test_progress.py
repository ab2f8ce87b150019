"""Progress of long work: on standard error of a terminal, nowhere else."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from tests.example import AT, PERIOD

AIMS = str(Path(sys.executable).with_name("aims"))
LONG = {
    "assessing": ["assess", "4.1", "--at", AT, "--period", PERIOD, "--format", "json"],
    "running the rules": ["validate", "--at", AT, "--period", PERIOD, "--format", "json"],
    "importing more.ttl": ["import", "more.ttl", "--format", "json"],
    "verifying": ["verify", "--format", "json"],
    "building the store": ["rebuild"],
}


def on_a_terminal(command: list[str], folder: Path) -> tuple[str, str, int]:
    """Standard output into a pipe, what stands on the terminal that is standard error, code."""
    ours, theirs = pty.openpty()
    environment = os.environ | {"TERM": "xterm", "COLUMNS": "100"}
    with subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=theirs
    ) as process:
        os.close(theirs)
        told = b""
        while True:
            try:
                read = os.read(ours, 65536)
            except OSError:  # Linux's end of a terminal whose other side is closed.
                break
            if not read:
                break
            told += read
        assert process.stdout
        printed = process.stdout.read()
    os.close(ours)
    return printed.decode(), told.decode(), process.returncode


@pytest.mark.parametrize("what", LONG)
def test_long_work_is_told_on_a_terminal_and_never_in_the_output(
    workspace: Path, tmp_path: Path, what: str
) -> None:
    (tmp_path / "more.ttl").write_text("<urn:x:a> a <urn:x:Thing> .")
    command = [AIMS, "--workspace", str(workspace), *LONG[what]]
    quiet = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert quiet.returncode in (0, 1), quiet.stderr
    assert what not in quiet.stderr
    assert "\x1b" not in quiet.stderr
    printed, told, code = on_a_terminal(command, tmp_path)
    assert code == quiet.returncode
    assert what in told
    if what != "importing more.ttl":  # A second import changes nothing and says so.
        assert printed == quiet.stdout
    assert what not in printed
    assert "\x1b" not in printed
