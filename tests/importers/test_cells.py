"""One cell: what each kind reads, and what it refuses."""

import pytest

from engine.rdf import Literal, NamedNode, Term
from engine.vocab import SCHEME, XSD
from tests.importers.reading import column, csv_of, table, values


def _read(cell: str, *lines: str) -> list[Term]:
    result = table(csv_of([("Name", "Note"), ("Ada", cell)]), column("Note", *lines))
    assert result.errors == ()
    return values(result)


def _refused(cell: str, *lines: str) -> str:
    result = table(csv_of([("Name", "Note"), ("Ada", cell)]), column("Note", *lines))
    assert [(one.column, one.value) for one in result.errors] == [("Note", cell[:200])]
    return result.errors[0].reason


# A table that thinks that it knows better turns Norway into false and a version into a number.
@pytest.mark.parametrize(
    "cell", ["NO", "1.10", "12:30:45", "010", "1e5", "null", "~", "0x1F", "=1+1", "-", "1" * 10_000]
)
def test_a_string_is_kept_as_it_stands(cell: str) -> None:
    assert _read(cell) == [Literal(cell)]


def test_a_string_loses_only_the_white_space_around_it() -> None:
    assert _read(" \tone  two\n three\r\n ") == [Literal("one  two\n three")]


def test_a_text_has_the_language_of_its_property_or_of_the_table() -> None:
    assert _read("Daten", 'kind = "text"', 'language = "de"') == [Literal("Daten", language="de")]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [("7", "7"), ("+07", "7"), ("-0", "0"), (" 12 ", "12"), ("9" * 100, "9" * 100)],
)
def test_a_whole_number(cell: str, expected: str) -> None:
    assert _read(cell, 'kind = "integer"') == [Literal(expected, datatype=XSD["integer"])]


@pytest.mark.parametrize("cell", ["1.0", "1,000", "١٢", "1e3", "NaN", "9" * 101, "0x1", "--1"])
def test_what_is_no_whole_number(cell: str) -> None:
    assert _refused(cell, 'kind = "integer"') == "it is no whole number"


@pytest.mark.parametrize(
    ("cell", "expected"), [("1.50", "1.5"), ("-.5", "-0.5"), ("3.", "3"), ("+007", "7")]
)
def test_a_decimal_number(cell: str, expected: str) -> None:
    assert _read(cell, 'kind = "decimal"') == [Literal(expected, datatype=XSD["decimal"])]


@pytest.mark.parametrize("cell", ["1,5", "1.2.3", "INF", ".", "1e-3", "5 %"])
def test_what_is_no_decimal_number(cell: str) -> None:
    assert "no decimal number" in _refused(cell, 'kind = "decimal"')


@pytest.mark.parametrize(
    ("cell", "expected"), [("TRUE", "true"), (" y", "true"), ("0", "false"), ("No", "false")]
)
def test_a_boolean(cell: str, expected: str) -> None:
    assert _read(cell, 'kind = "boolean"') == [Literal(expected, datatype=XSD["boolean"])]


def test_what_is_no_boolean() -> None:
    assert "neither true" in _refused("maybe", 'kind = "boolean"')


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("2024-02-29", "2024-02-29T00:00:00Z"),
        ("2024-02-29T08:30", "2024-02-29T08:30:00Z"),
        ("2024-02-29T08:30:00+02:00", "2024-02-29T06:30:00Z"),
        ("2024-02-29T08:30:00.250Z", "2024-02-29T08:30:00.25Z"),
        ("02/29/2024", "2024-02-29T00:00:00Z"),
        ("2024-060", "2024-02-29T00:00:00Z"),
        ("29 Feb 2024 08:30 +0100", "2024-02-29T07:30:00Z"),
    ],
)
def test_an_instant_without_a_zone_is_taken_as_utc(cell: str, expected: str) -> None:
    patterns = 'patterns = ["%m/%d/%Y", "%Y-%j", "%d %b %Y %H:%M %z"]'
    found = _read(cell, 'kind = "dateTime"', patterns)
    assert found == [Literal(expected, datatype=XSD["dateTime"])]


@pytest.mark.parametrize(
    "cell", ["2023-02-29", "31/12/2024", "24-Nov", "45351", "01/01/0001 00:00 +0500", "10000-01-01"]
)
def test_what_is_no_instant_is_refused_with_what_was_expected(cell: str) -> None:
    told = _refused(cell, 'kind = "dateTime"', 'patterns = ["%m/%d/%Y", "%m/%d/%Y %H:%M %z"]')
    assert told == "it is no date or instant; expected: %m/%d/%Y, %m/%d/%Y %H:%M %z"
    assert "ISO 8601" in _refused("soon", 'kind = "dateTime"')


def test_an_iri() -> None:
    assert _read(" https://example.org/é ", 'kind = "iri"') == [NamedNode("https://example.org/é")]
    for cell in ("no scheme", "http://a b", "http://[", "a:%zz"):
        assert "no absolute IRI" in _refused(cell, 'kind = "iri"')


def test_a_cell_of_several_values_is_split_and_blanks_between_fall_away() -> None:
    found = _read("a; b\nc ;; a", 'split = [";", "\\n"]')
    assert found == [Literal("a"), Literal("b"), Literal("c")]


def test_spellings_of_blank_are_blank_whatever_their_case_and_spaces() -> None:
    for cell in ("n/a", " N/A ", "n/A", "\xa0", "Not  Applicable"):
        assert _read(cell, 'blank = ["N/A", "not applicable"]') == []


TABLE = """
values = "stage"

[values.stage]
otherwise = "aimsc:other"
[values.stage.equals]
"In Use" = "aimsc:use"
[values.stage.starts]
"Planned" = "aimsc:planned"
"Planned for retirement" = "aimsc:retirement"
"""


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("in  use", "use"),
        ("IN USE\n", "use"),
        ("planned for 2027", "planned"),
        ("Planned for retirement soon", "retirement"),
        ("something else", "other"),
    ],
)
def test_a_value_table_reads_the_whole_spelling_then_the_longest_beginning_then_otherwise(
    cell: str, expected: str
) -> None:
    assert _read(cell, TABLE) == [SCHEME[expected]]


def test_a_spelling_that_the_table_does_not_know_is_a_fault() -> None:
    closed = TABLE.replace('otherwise = "aimsc:other"', "")
    assert _refused("elsewhere", closed) == "the table [values.stage] does not know this spelling"
