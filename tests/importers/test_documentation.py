"""``docs/importing.md``: its worked example is run, and what it lists is all there is."""

import re
from pathlib import Path

import pytest

from engine.importers import ImportResult, Limits, OnError, importers, shipped_mappings
from engine.importers.mapping import Kind
from engine.importers.mapping_reader import read_mapping
from engine.importers.model import MappingText
from engine.importers.table import MAX_CELL, MAX_COLUMNS
from engine.rdf import RdfFormat, parse
from engine.vocab import AIMS, PREFIXES, PROV
from tests.importers.reading import BASE, table

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "importing.md").read_text("utf-8")
PREFIX = "".join(f"@prefix {name}: <{iri}> ." for name, iri in PREFIXES.items())
OWN = {AIMS["sourceRow"], PROV["wasDerivedFrom"]}


def _block(language: str) -> str:
    found = re.search(rf"^```{language}\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    assert found
    return found[1]


@pytest.fixture(scope="module")
def example() -> ImportResult:
    return table(_block("csv"), _block("toml"), on_error=OnError.SKIP)


def test_the_worked_example_tells_the_fault_that_it_says(example: ImportResult) -> None:
    assert [str(error) for error in example.errors] == _block("text").strip().splitlines()


def test_the_worked_example_asserts_what_it_says(example: ImportResult) -> None:
    head = f"{PREFIX} @prefix our: <https://example.org/terms#> . @base <{BASE}> .\n"
    said = {quad.triple for quad in parse(head + _block("turtle"), format=RdfFormat.TURTLE)}
    shown = tuple(f"<{BASE}{name}/" for name in ("system", "team", "declaration"))
    done = {
        triple
        for triple in example.triples
        if triple.predicate not in OWN and str(triple.subject).startswith(shown)
    }
    assert done == said


def test_the_worked_example_keeps_what_is_no_date(example: ImportResult) -> None:
    kept = [t for t in example.triples if t.object == AIMS["UnreadCell"]]
    assert len(kept) == 2


@pytest.mark.parametrize("name", sorted(importers()))
def test_every_format_is_listed_with_its_suffixes(name: str) -> None:
    assert f"| `{name}` | {' '.join(importers()[name].suffixes)} |" in TEXT


def test_every_kind_and_every_shipped_mapping_is_named() -> None:
    for kind in Kind:
        assert f"`{kind}`" in TEXT
    for mapping in shipped_mappings():
        assert f"`{mapping}`" in TEXT


def test_every_key_that_a_mapping_may_have_is_described() -> None:
    """A key that is not known is refused with those that are: they are the list."""
    head = 'format = "aimsgraph-table/1"\n'
    entity = '[[entities]]\nname = "a"\nsubject = "{base}a"\n'
    rule = '[[entities.properties]]\nproperty = "aims:note"\ncolumn = "a"\n'
    asked = '[declarations]\nabout = "a"\nsubject = "{question}"\n'
    question = '[[declarations.questions]]\nquestion = "aims:q"\ncolumn = "a"\nvalues = "v"\n'
    for text in (
        f"{head}[table]\nzz = 1\n{entity}",
        f"{head}{entity}zz = 1\n",
        f"{head}{entity}{rule}zz = 1\n",
        f"{head}{entity}[values.v]\nzz = 1\n",
        f"{head}{entity}{asked}zz = 1\n",
        f"{head}{entity}{asked}{question}zz = 1\n[values.v]\n",
    ):
        with pytest.raises(Exception, match='"zz" is not known here') as caught:
            read_mapping(MappingText("m", text.encode()))
        known = str(caught.value).rpartition("Known: ")[2].rstrip(".").split(", ")
        assert len(known) > 2
        assert [key for key in known if f"`{key}`" not in TEXT] == []


def test_the_limits_that_it_names_are_those_there_are() -> None:
    told = " ".join(TEXT.split())
    bounds = Limits()
    assert f"{bounds.bytes >> 20} MiB a file, {bounds.unpacked_bytes >> 20} MiB unpacked" in told
    assert f"{bounds.memory_bytes >> 30} GiB of memory, {bounds.seconds:g} seconds" in told
    assert f"{MAX_COLUMNS:,} columns, {MAX_CELL:,} characters a cell" in told


def test_every_query_that_it_names_exists() -> None:
    folder = ROOT / "queries" / "inventory"
    for path in folder.glob("*.rq"):
        short = path.stem.replace("declarations", "…") if "-by-" in path.stem else path.stem
        assert path.stem in TEXT or short in TEXT, path.stem
