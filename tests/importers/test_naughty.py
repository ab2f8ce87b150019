"""Strings that break software: kept exactly, or refused with a reason, wherever they stand."""

import json
from functools import partial
from pathlib import Path

import pytest

from engine.errors import MappingError
from engine.importers import MappingText, OnError, Request
from engine.importers.run import parse_here
from engine.rdf import Literal, NamedNode, RdfFormat, Triple, serialize
from engine.vocab import AIMS
from tests.importers.reading import MAPPING, column, csv_of, rdf, refusal, table, texts

SHARED = """
[[entities]]
name = "other"
per = "value"
subject = "{base}other/{column:Note}"
types = ["aims:Person"]
when = "Note"
"""

FOUND = """
[[entities.properties]]
property = "aims:note"
column = WORD
values = "v"
kind = "string"

[values.v.equals]
WORD = WORD
"""


@pytest.fixture(scope="module")
def strings(material: Path) -> list[str]:
    found = json.loads((material / "hostile" / "naughty-strings.json").read_text("utf-8"))
    assert len(found) == 515
    return [text for text in found if isinstance(text, str)]


def test_a_label_is_kept_exactly_in_rdf(strings: list[str]) -> None:
    node = NamedNode("urn:a")
    triples = [Triple(node, AIMS["note"], Literal(text)) for text in strings]
    for name, format in (("turtle", RdfFormat.TURTLE), ("ntriples", RdfFormat.N_TRIPLES)):
        content = serialize(triples, format=format)
        assert content is not None
        assert set(texts(rdf(content, name))) == set(strings)


def test_a_cell_is_kept_exactly_but_for_white_space_around_it(strings: list[str]) -> None:
    rows = [("Name", "Note"), *((str(at), text) for at, text in enumerate(strings))]
    result = table(csv_of(rows), column("Note"))
    assert result.errors == ()
    assert set(texts(result)) == {text.strip() for text in strings} - {""}


def test_a_cell_as_part_of_an_iri_is_encoded_and_distinct(strings: list[str]) -> None:
    rows = [("Name", "Note"), *((str(at), text) for at, text in enumerate(strings))]
    result = table(csv_of(rows), MAPPING + SHARED, on_error=OnError.SKIP)
    assert all("limit 2,048" in error.reason for error in result.errors)
    others = {str(t.subject) for t in result.triples if t.object == AIMS["Person"]}
    distinct = {" ".join(text.split()) for text in strings} - {""}
    assert len(others) == len(distinct) - result.error_count


def test_an_iri_is_kept_or_refused_with_its_line(strings: list[str]) -> None:
    kept = 0
    for text in strings:
        if any(mark in text for mark in '<>"{}|^`\\') or any(ord(c) <= 0x20 for c in text):
            continue
        line = f"<https://example.org/{text}> <urn:p> <urn:o> .\n"
        error = refusal(partial(rdf, line))
        assert error is None or (error.place and error.place.line == 1), text
        kept += error is None
    assert kept > 100


def test_a_language_tag_is_kept_or_refused_with_its_line(strings: list[str]) -> None:
    given = [text for text in strings if text.strip() and "\n" not in text]
    errors = [refusal(partial(rdf, f'<urn:a> <urn:p> "x"@{text} .\n')) for text in given]
    refused = [error for error in errors if error is not None]
    assert len(refused) > 400
    assert all(str(error).startswith("input.ttl, line") for error in refused)


def test_a_graph_name_is_kept_or_refused(strings: list[str]) -> None:
    lines = [f"<urn:a> <urn:p> <urn:o> <urn:g:{text}> .\n" for text in strings]
    errors = [refusal(partial(rdf, line, "nquads")) for line in lines]
    assert 100 < errors.count(None) < 515
    assert all(error.remedy for error in errors if error is not None)


def test_an_agent_and_a_file_name_are_kept_in_a_form_that_is_legal(strings: list[str]) -> None:
    for text in strings:
        request = Request(source="s", agent=text, file_name=text)
        reply = parse_here("turtle", b"", request)
        assert (
            Literal(text) in {t.object for t in rdf(reply.ntriples, "ntriples").triples}
            or not text.isprintable()
        ), text


def test_a_column_name_and_a_spelling_are_found_again(strings: list[str]) -> None:
    for text in strings:
        name = " ".join(text.split())
        if not name or name == "Name" or "#" in name:
            continue
        word = json.dumps(name, ensure_ascii=False).replace("\x7f", "\\u007f")
        mapping = MAPPING + FOUND.replace("WORD", word)
        result = table(csv_of([("Name", name), ("Ada", name)]), mapping)
        assert texts(result) == [name.strip()]


def test_a_source_is_kept_or_refused_and_a_mapping_may_have_any_name(strings: list[str]) -> None:
    errors = [refusal(partial(Request, source=text)) for text in strings]
    assert 20 < errors.count(None) < 200
    assert all(error.remedy for error in errors if error is not None)
    for text in strings:
        given = MappingText(text, b"format = 1")
        with pytest.raises(MappingError, match="a text is needed"):
            parse_here("csv", b"Name\n", Request(source="s", mapping=given))
