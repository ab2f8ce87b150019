"""A disk that is full or cannot be written (B1, B4), on mounts that end with the program."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.reliability.conftest import Program

# A file system of its own in a namespace of its own, so that nothing is left behind.
APART = ("unshare", "--map-root-user", "--mount")
SECONDS = 5


@pytest.fixture(scope="module")
def apart() -> tuple[str, ...]:
    """What to put before a program that mounts; skips where this is not allowed."""
    try:
        tried = subprocess.run(
            [*APART, "mount", "-t", "tmpfs", "aims-test", "/mnt"], capture_output=True, check=False
        )
    except FileNotFoundError:
        pytest.skip("there is no unshare on this machine")
    if tried.returncode:
        pytest.skip(f"this user may mount nothing: {tried.stderr.decode().strip()}")
    return APART


def test_a_full_disk_is_told_reading_goes_on_and_writing_comes_back(
    tmp_path: Path, program: Program, apart: tuple[str, ...]
) -> None:
    found = program("full_disk", tmp_path, 20, prefix=apart)
    assert found["faults"] == []
    assert found["rounds"] == 20
    assert found["full"] >= 20


def assert_told(found: dict[str, dict[str, dict[str, object]]]) -> None:
    for where, tries in found.items():
        for what, tried in tries.items():
            told, seconds = str(tried["outcome"]), tried["seconds"]
            assert told.startswith("WorkspaceError: "), f"{where}, {what}: {told}"
            assert "ledger.sqlite" in told or "the workspace" in told
            assert told.endswith(("read and written.", "elsewhere.", "may be read."))
            assert isinstance(seconds, float)
            assert seconds < SECONDS


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_a_workspace_of_somebody_else_is_told_and_left_alone(ram: Path, program: Program) -> None:
    found = program("other_user", ram, "foreign")
    assert found["unchanged"]
    assert_told(found["attempts"])


def test_a_workspace_on_a_mount_that_cannot_be_written_is_told_and_left_alone(
    ram: Path, program: Program, apart: tuple[str, ...]
) -> None:
    found = program("other_user", ram, "readonly", prefix=apart)
    assert found["unchanged"]
    assert_told(found["attempts"])
