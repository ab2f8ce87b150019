"""Folders in memory, and programs of this folder run beside the tests."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.ledger.ram import ram_folder

ROOT = Path(__file__).resolve().parents[2]
Program = Callable[..., dict[str, Any]]


@pytest.fixture
def ram() -> Iterator[Path]:
    """A folder in memory."""
    with ram_folder() as folder:
        yield folder


@pytest.fixture
def program() -> Program:
    """Runs a module of this folder as a program of its own and gives what it prints."""

    def run(name: str, *arguments: object, prefix: tuple[str, ...] = ()) -> dict[str, Any]:
        command = [*prefix, sys.executable, "-m", f"tests.reliability.{name}"]
        done = subprocess.run(
            [*command, *map(str, arguments)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert "Traceback" not in done.stderr, done.stderr
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    return run
