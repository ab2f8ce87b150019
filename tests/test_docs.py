"""The documentation is executed: commands of README and guides, keys of answers, settings.

A ```console block holds commands after ``$ ``, run one after the other in one folder per document
that begins empty; the lines after a command are what it prints, ``…`` stands for anything. Blocks
whose first line is ``# not run: why`` are left alone.
"""

import ast
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from engine.answers import cascade_json, entry_json, gaps_json, node_json, report_json, trace_json
from engine.cli._program import run
from engine.settings import Settings
from engine.view import View
from engine.workspace import Workspace
from tests.cli.commands import names_of_commands
from tests.example import VIEW
from tests.test_house import FUNCTION_LINES, MODULE_LINES

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
_BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)


def sessions(path: Path) -> Iterator[tuple[str, str]]:
    """Each command of ``path`` with the text that it should print."""
    for block in _BLOCK.findall(path.read_text()):
        if block.startswith("# not run: "):
            continue
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, printed = part.partition("\n")
            yield command, printed.rstrip()


RUN = [path for path in DOCUMENTS if any(True for _ in sessions(path))]


def test_readme_is_short_and_shows_the_two_commands_first() -> None:
    text = (ROOT / "README.md").read_text()
    assert len(text.splitlines()) < 150
    first = re.search(r"```console\n(.*?)```", text, re.DOTALL)
    assert first
    assert "make demo" in first[1]
    assert "make test" in first[1]
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert set(re.findall(r"\bmake ([a-z-]+)", text)) <= set(targets)


@pytest.mark.parametrize("path", RUN, ids=[path.name for path in RUN])
def test_commands_print_what_the_document_shows(path: Path, tmp_path: Path) -> None:
    folder = str(Path(sys.executable).parent)
    environment = {k: v for k, v in os.environ.items() if not k.startswith("AIMS_")}
    environment |= {"PATH": f"{folder}{os.pathsep}{environment['PATH']}", "NO_COLOR": "1"}
    for command, expected in sessions(path):
        assert shlex.split(command)[0] in ("aims", "cat", "mkdir"), command
        done = subprocess.run(
            ["bash", "-c", command], cwd=tmp_path, env=environment, capture_output=True, text=True
        )
        assert done.returncode in (0, 1), f"{command}: {done.stderr}"
        assert matches(expected, done.stdout + done.stderr), f"{command} prints\n{done.stdout}"


def matches(expected: str, printed: str) -> bool:
    """Whether ``printed`` is ``expected``, where … stands for anything; spaces at ends aside."""
    parts = [re.escape("\n".join(map(str.rstrip, p.splitlines()))) for p in expected.split("…")]
    text = "\n".join(map(str.rstrip, printed.splitlines()))
    return re.fullmatch("(?s:.*?)".join(parts), text.strip()) is not None


def keys_in(section: str) -> set[str]:
    """The key names in code marks of a section of docs/answers.md."""
    text = (ROOT / "docs" / "answers.md").read_text()
    found = re.search(rf"^## {section}$(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, section
    return set(re.findall(r"`([a-z_]+)`", found[1]))


def named(value: object) -> set[str]:
    """Every key in a JSON value, at any depth, but for those of nodes, literals and counts."""
    found: set[str] = set()
    if isinstance(value, dict):
        plain = {"iri", "label", "value", "datatype", "language", "s", "p", "o", "owner", "why"}
        for key, inner in value.items():
            found |= ({key} - plain) if re.fullmatch("[a-z_]+", key) else set()
            found |= named(inner)
    elif isinstance(value, list):
        for inner in value[:200]:
            found |= named(inner)
    return found


POSITION = {"sequence", "head", "at", "period", "view", "pack"}
COUNTS = {"held", "failed", "unknown", "not_exercised", "satisfied", "partial", "unsatisfied"}


def test_the_keys_of_answers_are_documented(example: Workspace) -> None:
    reader, report = example.validate(VIEW)
    assessment = example.assess(VIEW, items=["4.1", "A.7.5"], facts=True).to_json()
    answers = {
        "assess": assessment,
        "gaps": gaps_json(*example.gaps(VIEW)),
        "soa": example.soa(VIEW).to_json(),
        "validate": report_json(reader, report),
        "trace": trace_json(*example.trace(VIEW, "A.7.5")),
        "cascade": cascade_json(*example.cascade(VIEW, "SYS-claims-triage")),
        "show, log, import": node_json(reader, example.find(VIEW, "SYS-claims-triage"))
        | entry_json(example.entries(1, 1, View())[0]),
    }
    header = keys_in("assess") | POSITION | COUNTS
    for section, answer in answers.items():
        known = keys_in(section) | (header if section in ("assess", "gaps", "soa") else POSITION)
        top = {key for key in answer if re.fullmatch("[a-z_]+", key)}
        assert top <= known, f"{section}: {sorted(top - known)} not documented"
        missing = {key for key in keys_in(section) & top if key not in answer}
        assert not missing


@pytest.mark.parametrize(
    ("section", "command"),
    [
        ("diff, verify, evidence", ["diff", "1", "2"]),
        ("diff, verify, evidence", ["verify"]),
        ("diff, verify, evidence", ["evidence", "verify"]),
        ("query, queries, coverage, shacl", ["queries"]),
        ("query, queries, coverage, shacl", ["coverage"]),
        ("query, queries, coverage, shacl", ["query", "architect/systems"]),
    ],
)
def test_the_keys_that_commands_print_are_documented(
    faulty_root: Path, capfd: pytest.CaptureFixture[str], section: str, command: list[str]
) -> None:
    run(["--workspace", str(faulty_root), *command, "--format", "json"])
    told = json.loads(capfd.readouterr().out)
    documented = keys_in(section) | POSITION
    answers = told if isinstance(told, list) else [told]
    rows = {key for answer in answers for row in answer.get("rows", ()) for key in named(row)}
    assert {key for answer in answers for key in named(answer)} - rows <= documented


def contained(shown: object, real: object) -> bool:
    """Whether ``real`` has all that is ``shown``: keys with their values, entries in order."""
    if isinstance(shown, dict):
        return isinstance(real, dict) and all(
            key in real and contained(value, real[key]) for key, value in shown.items()
        )
    if isinstance(shown, list) and isinstance(real, list):
        rest = iter(real)
        return bool(shown) == bool(real) and all(
            any(contained(one, other) for other in rest) for one in shown
        )
    return shown == real


def test_the_answer_in_the_readme_is_that_of_the_example(example: Workspace) -> None:
    text = (ROOT / "README.md").read_text()
    found = re.findall(r"`GET (/v1/[^`]+)` gives[^`]*\n```json\n(.*?)```", text, re.DOTALL)
    assert len(found) == 1
    ((address, block),) = found
    with TestClient(create_app(example), base_url="http://127.0.0.1") as client:
        answer = client.get(address).json()
    assert contained(json.loads(block), answer)
    assert not contained(json.loads(block) | {"complete": False}, answer)


def test_every_command_has_its_line_in_a_guide() -> None:
    text = "\n".join(path.read_text() for path in DOCUMENTS)
    missing = [n for n in names_of_commands() if not re.search(rf"(`|\$ )aims {n}\b", text)]
    assert missing == []


def test_the_sizes_in_contributing_are_those_enforced() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text()
    assert f"Modules have at most {MODULE_LINES} lines, functions at most {FUNCTION_LINES}." in text


def test_the_places_in_contributing_exist() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text()
    table = [line.split("|") for line in text.splitlines() if line.startswith("| ")]
    places = [place for row in table for place in re.findall(r"`([a-z_]+/[^`]*)`", row[2])]
    assert len(places) > 10
    for place in places:
        # The part before what the newcomer names himself.
        folder = ROOT / place.partition("<")[0]
        assert folder.exists() or folder.parent.is_dir(), place


def test_every_metric_of_the_graph_is_exported_and_tested() -> None:
    tree = ast.parse((ROOT / "engine" / "dependency" / "structure.py").read_text())
    metrics = {
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    }
    assert metrics
    exported = (ROOT / "engine" / "dependency" / "__init__.py").read_text()
    tested = (ROOT / "tests" / "dependency" / "test_structure.py").read_text()
    assert [name for name in sorted(metrics) if f'"{name}"' not in exported] == []
    assert [name for name in sorted(metrics) if f"{name}(" not in tested] == []


def test_every_setting_is_documented() -> None:
    text = (ROOT / "docs" / "settings.md").read_text()
    for item in fields(Settings):
        assert f"`AIMS_{item.name.upper()}`" in text


def test_every_decision_has_number_title_and_status() -> None:
    files = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert [path.name[:4] for path in files] == [f"{n:04}" for n in range(1, len(files) + 1)]
    for path in files:
        lines = path.read_text().splitlines()
        assert lines[0].startswith(f"# {path.name[:4]} ")
        assert lines[2].startswith("Status: ")


def test_the_changelog_is_dated_and_names_the_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text()
    project = (ROOT / "pyproject.toml").read_text()
    version = re.search(r'^version = "(.+)"', project, re.MULTILINE)
    assert version
    assert re.search(rf"^## {re.escape(version[1])} \(\d{{4}}-\d\d-\d\d\)$", text, re.MULTILINE)


def test_architecture_names_every_package_and_module_of_the_engine() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text()
    names = {
        path.stem
        for path in (ROOT / "engine").iterdir()
        if path.suffix == ".py" or (path / "__init__.py").is_file()
    } - {"__init__"}
    assert [name for name in sorted(names) if not re.search(rf"\b{name}\b", text)] == []
