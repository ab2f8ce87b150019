"""Every importer has a sample file and exactly the quads that come of it.

An importer ``<name>`` needs ``samples/<name>/sample.<suffix>`` and ``expected.nq``; a tabular one
also ``mapping.toml``. To write ``expected.nq`` anew, look at what ``_quads`` gives, line by line.
"""

from pathlib import Path

import pytest

from engine.errors import InputError, NotFoundError
from engine.importers import (
    Importer,
    ImportResult,
    MappingText,
    Request,
    choose,
    importers,
    read_file,
    read_triples,
)
from engine.iri import graph_iri
from engine.rdf import BlankNode
from tests.importers.reading import BASE

SAMPLES = Path(__file__).parent / "samples"
GRAPH = graph_iri(BASE, "general", "sample")
NAMES = sorted(importers())
RDF = [name for name in NAMES if not importers()[name].tabular]


def _sample(name: str) -> Path:
    found = sorted((SAMPLES / name).glob("sample.*"))
    assert len(found) == 1, f"the importer {name} needs one file samples/{name}/sample.<suffix>"
    return found[0]


def _read(name: str) -> ImportResult:
    mapping = SAMPLES / name / "mapping.toml"
    given = MappingText("mapping", mapping.read_bytes()) if importers()[name].tabular else None
    path = _sample(name)
    request = Request(source="sample", file_name=path.name, agent="urn:test:agent", mapping=given)
    return read_file(path, request)


def _quads(name: str) -> list[str]:
    return sorted(f"{quad} ." for quad in _read(name).quads(GRAPH))


def test_there_is_a_sample_for_each_importer_and_no_other() -> None:
    assert NAMES
    assert sorted(path.name for path in SAMPLES.iterdir()) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_gives_exactly_its_quads(name: str) -> None:
    expected = (SAMPLES / name / "expected.nq").read_text("utf-8").splitlines()
    assert _quads(name) == expected


@pytest.mark.parametrize("name", NAMES)
def test_reading_a_file_twice_gives_the_same_bytes_and_no_blank_node(name: str) -> None:
    first, second = _read(name), _read(name)
    assert first.ntriples == second.ntriples
    terms = {term for t in first.triples for term in (t.subject, t.object)}
    assert not any(isinstance(term, BlankNode) for term in terms)


@pytest.mark.parametrize("name", RDF)
def test_a_reader_of_statements_gives_those_of_the_file_and_nothing_else(name: str) -> None:
    found = tuple(read_triples(_sample(name)))
    expected = (SAMPLES / name / "expected.nq").read_text("utf-8")
    own = [
        row for row in expected.splitlines() if not row.startswith((f"<{BASE}file", f"<{BASE}i"))
    ]
    assert len(found) == len(own)


@pytest.mark.parametrize("importer", importers().values(), ids=lambda one: str(one.name))
def test_a_format_is_known_by_name_media_type_and_suffix(importer: Importer) -> None:
    assert choose("x.unknown", name=importer.name) == importer
    for media_type in importer.media_types:
        asked = f"{media_type.upper()}; charset=utf-8"
        assert choose("x.unknown", media_type=asked) == importer
    for suffix in importer.suffixes:
        assert choose(f"x{suffix.upper()}") == importer


def test_no_two_formats_claim_one_suffix_or_media_type() -> None:
    every = [word for one in importers().values() for word in (*one.suffixes, *one.media_types)]
    assert len(every) == len(set(every))


def test_an_unknown_format_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(NotFoundError, match=r"nothing here reads \"\.docx\".*--as: .*turtle"):
        choose("x.docx")
    with pytest.raises(NotFoundError, match=r"nothing here reads \"word\""):
        choose("x.ttl", name="word")


def test_a_table_is_no_file_of_statements() -> None:
    with pytest.raises(InputError, match="a table is no RDF file"):
        tuple(read_triples(_sample("csv")))
