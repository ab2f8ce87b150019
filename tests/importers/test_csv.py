"""Delimited text: quoting, shapes of rows, sizes, delimiters, headers."""

import csv
from pathlib import Path

import pytest

from engine.errors import LimitError, MappingError, ParseError
from engine.importers import OnError
from engine.importers.csv import read_csv
from engine.importers.mapping import TableOptions
from engine.importers.table import MAX_CELL, MAX_COLUMNS, Table
from tests.importers.reading import column, csv_of, named, table, texts


def _table(text: str, options: TableOptions | None = None, file_name: str = "input.csv") -> Table:
    return read_csv(text.encode(), options or TableOptions(), file_name)


def _cells(text: str) -> list[list[str]]:
    return [list(row.cells) for row in _table(text).rows]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_of_every_kind_are_read(end: str) -> None:
    assert _cells(end.join(["a,b", "1,2", "3,4"])) == [["1", "2"], ["3", "4"]]


def test_quotation_marks_hold_delimiters_lines_and_doubled_marks() -> None:
    assert _cells('a,b\n"x, y","say ""no""\r\nmore"\n,""\n') == [["x, y", 'say "no"\r\nmore']]


def test_rows_are_counted_as_rows_and_placed_by_their_first_line() -> None:
    found = list(_table('a,b\n"1\n1\n1",2\n\n3,4\n').rows)
    assert [(row.number, row.line) for row in found] == [(2, 2), (4, 6)]


def test_a_mark_that_is_never_closed_is_told_with_the_line_where_its_row_starts() -> None:
    with pytest.raises(ParseError, match=r"input.csv, line 3: the delimited text breaks off"):
        table('Name,Note\nAda,1\nBob,"open\nCyd,2\n', column("Note"))
    with pytest.raises(ParseError, match="not closed or not doubled"):
        table('Name,Note\n"Ada"x,1\n', column("Note"))


def test_a_ragged_row_is_a_fault_of_that_row() -> None:
    result = table("Name,Note\nAda,1,2\nBob\nCyd,3\n", column("Note"), on_error=OnError.SKIP)
    assert [(e.row, e.reason) for e in result.errors] == [
        (2, "it has 3 cells where the header has 2"),
        (3, "it has 1 cells where the header has 2"),
    ]
    assert list(named(result)) == ["Cyd"]


def test_a_cell_of_ten_megabytes_is_a_fault_with_row_column_and_size() -> None:
    big = "x" * 10_000_000
    result = table(f"Name,Note\nAda,{big}\nBob,1\n", column("Note"), on_error=OnError.SKIP)
    assert [(e.row, e.line) for e in result.errors] == [(2, 2)]
    assert result.errors[0].reason == (
        f'the cell of "Note" has 10,000,000 characters, limit {MAX_CELL:,}'
    )
    assert texts(result) == ["1"]


def test_five_thousand_columns_are_read_and_far_more_are_refused() -> None:
    names = ["Name", *(f"c{at}" for at in range(4_999))]
    result = table(csv_of([names, ["Ada", *map(str, range(4_999))]]), column("c4998"))
    assert texts(result) == ["4998"]
    with pytest.raises(LimitError, match=rf"has 20,000 columns; the limit is {MAX_COLUMNS:,}"):
        _table(",".join(f"c{at}" for at in range(20_000)))


def test_a_thousand_cells_of_several_lines_stay_whole() -> None:
    cells = [f"line one of {at}\nline two\r\n\tline three" for at in range(1_176)]
    result = table(
        csv_of([("Name", "Note"), *((str(n), c) for n, c in enumerate(cells))]), column("Note")
    )
    assert set(texts(result)) == set(cells)


# Columns by name


def test_columns_of_one_name_are_told_apart_by_their_number() -> None:
    text = "Name,Note,Note, Note \nAda,1,2,3\n"
    assert [texts(table(text, column(f"Note#{at}"))) for at in (1, 2, 3)] == [["1"], ["2"], ["3"]]


def test_a_name_that_several_columns_have_is_refused_with_the_way_to_say_which() -> None:
    with pytest.raises(MappingError) as caught:
        table("Name,Note,Note\nAda,1,2\n", column("Note"))
    assert '2 columns of "input.csv" are called "Note"' in str(caught.value)
    assert 'Write "Note#1" to "#2"' in caught.value.remedy


@pytest.mark.parametrize("wanted", ["Note#3", "Note#0", "Nota", "note"])
def test_a_missing_column_is_refused_with_the_rule_and_names_that_come_near(wanted: str) -> None:
    with pytest.raises(MappingError) as caught:
        table("Name,Note,Other\nAda,1,2\n", column(wanted))
    told = str(caught.value)
    assert told.startswith('mapping.toml, field "entities[1].properties[2]"')
    assert f'has no column "{wanted}" among its 3' in told
    assert "'Note'" in caught.value.remedy


def test_white_space_in_a_column_name_does_not_count() -> None:
    assert texts(table('Name,"My\n Note"\nAda,1\n', column("My  Note"))) == ["1"]


# Delimiters and headers


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_a_usual_delimiter_is_found_out(delimiter: str) -> None:
    text = f'"Name"{delimiter}Note\nAda{delimiter}"1, 2; 3"\n'
    assert texts(table(text, column("Note"))) == ["1, 2; 3"]


def test_tab_comes_first_where_the_file_says_so() -> None:
    found = _table("Last, first\tNote\nBee, Ada\t1\n", file_name="x.TSV")
    assert found.header == ("Last, first", "Note")


def test_a_declared_delimiter_is_used_even_where_another_would_split() -> None:
    mapping = column("Note").replace("[table]", '[table]\ndelimiter = "~"')
    assert texts(table("Name~Note~a,b\nAda~1,5~\n", mapping)) == ["1,5"]


def test_a_header_that_stays_in_one_piece_suggests_a_delimiter() -> None:
    with pytest.raises(MappingError, match="The header has one column: declare the delimiter"):
        table("Name:Note\nAda:1\n", column("Note"))


def test_the_header_may_stand_further_down() -> None:
    mapping = column("Note").replace("[table]", "[table]\nheader_row = 3")
    result = table("A register;of 2026\n\nName;Note\nAda;1\n", mapping)
    assert texts(result) == ["1"]
    with pytest.raises(ParseError, match="no header in row 3"):
        table("Name,Note\nAda,1\n", mapping)


@pytest.mark.parametrize("text", ["", "\n", ",,\n1,2,3\n", "\ufeff"])
def test_a_text_without_a_header_is_refused(text: str) -> None:
    with pytest.raises(ParseError, match="no header in row 1"):
        table(text)


def test_a_header_without_rows_asserts_nothing_but_the_import() -> None:
    result = table("Name\n")
    assert (result.facts.rows_read, named(result)) == (0, {})
    assert result.triples


# The real thing


def test_the_federal_inventory_is_read_cell_by_cell_as_the_csv_module_reads_it(
    material: Path,
) -> None:
    path = material / "inventory" / "us-federal-ai-use-cases-2024.csv"
    found = read_csv(path.read_bytes(), TableOptions("windows-1252"), path.name)
    with path.open(encoding="cp1252", newline="") as file:
        header, *rows = csv.reader(file)
    kept = list(found.rows)
    assert found.header == tuple(header)
    assert [list(row.cells) for row in kept] == [row for row in rows if any(row)]
    assert not any(row.fault for row in kept)
    assert sum("\n" in cell for row in rows for cell in row) == 1_176
