"""Every hygiene query finds nothing in what we ship, and something in the planted faults."""

from collections.abc import Callable
from pathlib import Path

import pytest

from engine.assets import assets_root
from engine.rdf import RdfFormat, parse

Rows = list[tuple[str, ...]]
CHECKS = sorted((assets_root() / "queries" / "hygiene").glob("*.rq"))


@pytest.mark.parametrize("path", CHECKS, ids=lambda path: path.stem)
def test_finds_nothing(path: Path, ask: Callable[[str], Rows]) -> None:
    assert ask(path.read_text()) == []


@pytest.mark.parametrize("path", CHECKS, ids=lambda path: path.stem)
def test_can_find_something(path: Path, ask_faulty: Callable[[str], Rows]) -> None:
    found = ask_faulty(path.read_text())
    assert any(term.startswith("https://faults.example/") or "faulty" in term for term, _ in found)


@pytest.mark.parametrize("path", CHECKS, ids=lambda path: path.stem)
def test_says_what_it_looks_for(path: Path) -> None:
    first = path.read_text().splitlines()[0]
    assert first.startswith("#+ summary: ")
    assert len(first) > 30


def test_every_turtle_file_parses_and_names_prefixes_alike(turtle_files: tuple[Path, ...]) -> None:
    meant: dict[str, str] = {}
    for path in turtle_files:
        parser = parse(path.read_bytes(), format=RdfFormat.TURTLE)
        assert sum(1 for _ in parser) > 0, path
        for prefix, iri in parser.prefixes.items():
            if prefix != "ex":
                assert meant.setdefault(prefix, iri) == iri, f"{path}: {prefix}"
