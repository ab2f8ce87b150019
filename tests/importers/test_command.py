"""``aims import``: what it prints, and what its exit code means."""

import json
from pathlib import Path

import pytest

from engine.cli._program import run
from engine.workspace import Workspace
from tests.importers.reading import column

FAULTY = "Name,Note\nAda,1\nBob,x\nCyd,3\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A closed workspace, and beside it two files and a mapping."""
    Workspace.create(tmp_path / "w", agent="urn:test:agent").close()
    (tmp_path / "a.ttl").write_text("<urn:a> <urn:p> 1 .")
    (tmp_path / "t.csv").write_text(FAULTY)
    (tmp_path / "m.toml").write_text(column("Note", 'kind = "integer"'))
    return tmp_path


def _aims(root: Path, *arguments: str) -> int:
    here = {"a.ttl", "t.csv", "m.toml"}
    given = [str(root / one) if one in here else one for one in arguments]
    return run(["--workspace", str(root / "w"), "import", *given])


def test_a_dry_run_says_what_would_change(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _aims(root, "a.ttl", "--dry-run") == 0
    assert "a: would add" in capsys.readouterr().out


def test_an_import_tells_its_entry_to_programs(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _aims(root, "a.ttl", "--format", "json") == 0
    assert json.loads(capsys.readouterr().out)[0]["sequence"] == 2


def test_faulty_rows_end_in_2_and_are_told(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _aims(root, "t.csv", "--mapping", "m.toml") == 2
    assert 'column "Note", value "x"' in capsys.readouterr().err


def test_skipped_rows_end_in_1_and_are_told(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _aims(root, "t.csv", "--mapping", "m.toml", "--on-error", "skip") == 1
    told = capsys.readouterr().out
    assert 'skipped row 3, line 3, column "Note", value "x": it is no whole number' in told


def test_several_files_cannot_be_one_source(root: Path) -> None:
    assert _aims(root, "a.ttl", "t.csv", "--source", "x") == 2


def test_a_file_over_the_limit_of_the_settings_is_refused(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AIMS_UPLOAD_LIMIT_BYTES", "10")
    assert _aims(root, "a.ttl") == 2
    assert "the limit is 10" in capsys.readouterr().err
