"""Runs a command as the shell would, in this process, over a copy of the example."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from engine.cli._program import run


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Aims = Callable[..., Ran]


@pytest.fixture
def aims(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Aims:
    """``aims(*arguments, workspace=…)``: exit code, standard output and standard error."""
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "160")

    def call(*arguments: str, workspace: Path | None = None) -> Ran:
        before = ["--workspace", str(workspace)] if workspace else []
        capfd.readouterr()
        code = run([*before, *arguments])
        out, err = capfd.readouterr()
        return Ran(code, out, err)

    return call


@pytest.fixture
def workspace(fresh: Callable[[], Path]) -> Path:
    """A copy of the example workspace."""
    return fresh()
