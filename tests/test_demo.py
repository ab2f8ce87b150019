"""The demonstration and the benchmark: one list of steps; from a clean checkout to the end."""

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from benchmarks import demo, measure, steps
from engine.settings import Settings
from tests.e2e.conftest import chromium
from tests.virtuoso import program

ROOT = Path(__file__).resolve().parent.parent
FAILING = steps.Step("no such item", "w", ("assess",))


def test_the_benchmark_measures_each_step_that_the_demonstration_shows(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shown: list[str] = []
    monkeypatch.setattr(demo, "show", lambda step: shown.append(step.title))
    monkeypatch.setattr(demo, "ROOT", tmp_path)
    demo.main()
    assert f"make serve, then http://127.0.0.1:{Settings().port}/" in capsys.readouterr().out
    nothing = measure.Measured(0.0, 0.0, 0.0, 0)
    monkeypatch.setattr(measure, "measure", lambda command: nothing)
    assert measure.bench(steps.possible(), tmp_path) == []
    table = capsys.readouterr().out
    assert len(shown) >= 9
    assert [title for title in shown if title not in table] == []


def test_titles_are_told_apart_and_workspaces_are_known() -> None:
    titles = [step.title for step in steps.STEPS]
    assert len(set(titles)) == len(titles)
    assert {step.workspace for step in steps.STEPS} == set(steps.WORKSPACES)


def test_a_step_that_fails_fails_the_benchmark(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert [steps.failed(code) for code in (0, 1, 2, -9)] == [False, False, True, True]
    # There is no workspace there: exit code 2.
    assert measure.bench([FAILING], tmp_path) == [FAILING.title]
    monkeypatch.setattr(measure, "possible", lambda: iter([FAILING]))
    with pytest.raises(SystemExit, match=FAILING.title):
        measure.main()


@pytest.mark.parametrize("name", steps.WORKSPACES)
def test_what_the_demonstration_leaves_is_ignored_and_cleaned(name: str) -> None:
    assert f"{name}/" in (ROOT / ".gitignore").read_text().splitlines()
    told = subprocess.run(["make", "-n", "clean"], cwd=ROOT, capture_output=True, text=True)
    assert name in told.stdout.split()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the tracked files, as they are in this checkout."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git checkout")
    folder = tmp_path / "checkout"
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    return folder


@pytest.mark.long
def test_make_demo_works_from_a_clean_checkout(checkout: Path) -> None:
    mine = ("AIMS_", "PYTHON", "MAKE", "MFLAGS", "VIRTUAL_ENV")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(mine)}
    material = os.environ.get("AIMS_MATERIAL") or str(ROOT.parent / "shared" / "material")
    environment |= {"AIMS_MATERIAL": material, "NO_COLOR": "1"}
    start = time.monotonic()
    done = subprocess.run(
        ["make", "demo"], cwd=checkout, env=environment, capture_output=True, text=True
    )
    seconds = time.monotonic() - start
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert seconds < 300
    assert (checkout / ".venv" / "bin" / "aims").is_file()
    lines = done.stdout.splitlines()
    wanted = [f"== {step.title}" for step in steps.possible() if step.shown]
    assert [line for line in lines if line.startswith("== ")] == wanted
    assert lines[-1] == f"The pages: make serve, then http://127.0.0.1:{Settings().port}/"
    again = subprocess.run(
        ["make", "-n", "demo"], cwd=checkout, env=environment, capture_output=True, text=True
    )
    assert again.returncode == 0
    assert ".ci/setup" not in again.stdout
    assert "benchmarks.demo" in again.stdout


def test_the_full_checks_need_a_browser_and_a_server_engine_and_install_what_is_used() -> None:
    text = (ROOT / ".ci" / "run").read_text()
    assert "AIMS_NEED_BROWSER=1" in text
    assert "AIMS_NEED_VIRTUOSO=1" in text
    assert "strace" not in text
    assert text.rstrip().endswith("make test"), "pytest's closing line is the last one"


def test_a_missing_browser_fails_where_one_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert chromium("/usr/bin/chromium") == "/usr/bin/chromium"
    monkeypatch.delenv("AIMS_NEED_BROWSER", raising=False)
    with pytest.raises(pytest.skip.Exception):
        chromium(None)
    monkeypatch.setenv("AIMS_NEED_BROWSER", "1")
    with pytest.raises(pytest.fail.Exception):
        chromium(None)


def test_a_missing_server_engine_fails_where_one_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert program("/usr/bin/virtuoso-t") == "/usr/bin/virtuoso-t"
    monkeypatch.delenv("AIMS_NEED_VIRTUOSO", raising=False)
    with pytest.raises(pytest.skip.Exception):
        program(None)
    monkeypatch.setenv("AIMS_NEED_VIRTUOSO", "1")
    with pytest.raises(pytest.fail.Exception):
        program(None)
