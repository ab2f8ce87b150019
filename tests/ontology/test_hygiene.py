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


def test_each_fault_of_a_message_is_found(ask_faulty: Callable[[str], Rows]) -> None:
    rows = ask_faulty((assets_root() / "queries/hygiene/constraint-incomplete.rq").read_text())
    found = {row for row in rows if row[0].startswith("aimsh:faulty")}
    assert found == {
        ("aimsh:faultyRule-clock", "lacks sh:severity"),
        ("aimsh:faultyRule-clock", "has a message that begins with no item number"),
        ("aimsh:faultyRule-clock", "has a message that names no remedy after a semicolon"),
        ("aimsh:faultyRule-clock", "has a message that names no node"),
        ("aimsh:faultyOther-info", "lacks sh:message"),
        (
            "aimsh:faultyRule-core",
            "decides an obligation with a message that cannot name its node",
        ),
        ("aimsh:faultyRule-core", "has a message with a template that no report fills in"),
    }


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
