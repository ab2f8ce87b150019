"""The wheel, not the checkout: built, installed in a clean environment elsewhere, and used."""

import json
import os
import re
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ``bin`` folder of a clean environment with the built wheel; away from the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder)]
    subprocess.run([*build, str(ROOT)], check=True, capture_output=True)
    wheel = next(folder.glob("aimsgraph-*.whl"))
    subprocess.run([sys.executable, "-m", "venv", str(folder / "env")], check=True)
    python = folder / "env" / "bin" / "python"
    quiet = ["--quiet", "--disable-pip-version-check"]
    subprocess.run([str(python), "-m", "pip", "install", *quiet, str(wheel)], check=True)
    return python.parent


def test_both_import_packages_belong_to_this_distribution_alone(installed: Path) -> None:
    asked = "from importlib.metadata import packages_distributions as p; import json; "
    asked += "print(json.dumps(p()))"
    command = [str(installed / "python"), "-c", asked]
    told = subprocess.run(command, cwd=installed, check=True, capture_output=True, text=True)
    owners = json.loads(told.stdout)
    assert set(owners["engine"]) == {"aimsgraph"}
    assert set(owners["api"]) == {"aimsgraph"}


def test_the_wheel_runs_the_main_job(installed: Path, tmp_path: Path) -> None:
    aims = str(installed / "aims")
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("AIMS_", "PYTHON"))}
    workspace = ("--workspace", str(tmp_path / "w"))

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [aims, *workspace, *arguments], cwd=tmp_path, env=clean, capture_output=True, text=True
        )

    made = run("init", "--example")
    assert made.returncode == 0, made.stderr
    assessed = run("assess", "--at", "2026-07-01", "--format", "json")
    assert assessed.returncode in (0, 1), assessed.stderr
    assert len(json.loads(assessed.stdout)["requirements"]) == 70

    server = subprocess.Popen(
        [aims, *workspace, "serve", "--port", "0"],
        cwd=tmp_path,
        env=clean | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stdout is not None
        address = re.search(r"http://\S+/", server.stdout.readline())
        assert address
        with urllib.request.urlopen(f"{address[0]}v1/health", timeout=30) as answer:
            assert json.load(answer)["status"] == "ready"
        with urllib.request.urlopen(f"{address[0]}static/workbench.css", timeout=30) as answer:
            assert answer.status == 200
    finally:
        server.terminate()
        server.communicate(timeout=30)
    assert server.returncode == 0
