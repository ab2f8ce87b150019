"""Faces stand beside each other: one command starts the other face, and nothing else does."""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def importing(folder: str, package: str) -> set[str]:
    """The modules below ``folder`` that import ``package``, wherever in the module."""
    found = set()
    for path in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if any(name == package or name.startswith(f"{package}.") for name in names):
                found.add(path.relative_to(ROOT).as_posix())
    return found


def test_only_the_command_that_serves_imports_the_server() -> None:
    assert importing("engine", "api") == {"engine/cli/serve.py"}


def test_the_server_knows_no_command_line() -> None:
    assert importing("api", "engine.cli") == set()
