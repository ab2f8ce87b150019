"""Rules of the house that no linter knows: sizes, names, where query text may stand."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MODULE_LINES, FUNCTION_LINES = 400, 60
CODE = sorted([*(ROOT / "engine").rglob("*.py"), *(ROOT / "api").rglob("*.py")])
TEXTS = [
    path
    for folder in ("engine", "api", "docs", "ontology", "shapes", "queries", "mappings", "tests")
    for path in sorted((ROOT / folder).rglob("*"))
    if path.suffix in (".py", ".md", ".ttl", ".rq", ".toml", ".html", ".css", ".js", ".json")
    if "vendor" not in path.parts
] + [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "Makefile")]
_QUERY = re.compile(
    r"\b(SELECT\s+(DISTINCT\s+)?[?$*(]|CONSTRUCT\s*\{|ASK\s*\{|INSERT\s*(DATA)?\s*\{|DELETE\s*(DATA)?\s*\{)"
)
# The SPARQL and SHACL layers compile queries; a store's adapter fills its own default graph.
_MAY_HOLD_QUERIES = ("engine/sparql/", "engine/shacl/", "engine/store/")


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def strings(path: Path) -> Iterator[str]:
    """The string constants of a module, docstrings left out."""
    tree = parsed(path)
    documented = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        if node.body and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        plain = isinstance(node, ast.Constant) and id(node) not in documented
        if plain and isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def test_there_is_code() -> None:
    assert len(CODE) > 100


@pytest.mark.parametrize("path", CODE, ids=lambda path: str(path.relative_to(ROOT)))
def test_modules_and_functions_are_small(path: Path) -> None:
    assert path.read_text().count("\n") <= MODULE_LINES, "split it: one idea, one file"
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or 0) - node.lineno + 1
            assert lines <= FUNCTION_LINES, f"{node.name} is too long"


def test_no_module_is_a_grab_bag() -> None:
    names = {"utils", "util", "helpers", "common", "misc", "tools"}
    assert [path for path in CODE if path.stem in names] == []


def test_query_text_stands_in_queries_and_the_compilers_only() -> None:
    found = [
        str(path.relative_to(ROOT))
        for path in CODE
        if not path.relative_to(ROOT).as_posix().startswith(_MAY_HOLD_QUERIES)
        for text in strings(path)
        if _QUERY.search(text)
    ]
    assert found == []


def test_nothing_is_left_half_done() -> None:
    left = re.compile(r"\b(TODO|FIXME|raise NotImplementedError)\b")
    assert [str(path) for path in CODE if left.search(path.read_text())] == []


def test_errors_are_caught_by_name() -> None:
    broad = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in CODE
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.ExceptHandler)
        if node.type is None or (isinstance(node.type, ast.Name) and node.type.id == "Exception")
    ]
    assert broad == []


def test_the_project_speaks_of_itself_alone() -> None:
    foreign = re.compile(
        r"/work/|\.library|shared/(design|style|semantics|reliability|conformance)"
    )
    hits = [
        str(path.relative_to(ROOT))
        for path in TEXTS
        if path != Path(__file__) and foreign.search(path.read_text(errors="replace"))
    ]
    assert hits == []
