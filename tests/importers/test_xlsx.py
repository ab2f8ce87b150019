"""Spreadsheets: typed cells, sheets, formulas, damage."""

from datetime import date, datetime, time, timedelta

import pytest
from openpyxl import Workbook

from engine.errors import LimitError, MappingError, ParseError
from engine.importers import ImportResult, OnError
from engine.rdf import Literal
from engine.vocab import XSD
from tests.importers.reading import MAPPING, column, named, table, texts, values
from tests.importers.spreadsheets import changed, parts, saved, workbook, zipped

SHEET = "xl/worksheets/sheet1.xml"


def _read(content: bytes, mapping: str, on_error: OnError = OnError.STOP) -> ImportResult:
    return table(content, mapping, name="xlsx", file_name="input.xlsx", on_error=on_error)


def _cell(value: object, *lines: str) -> list[object]:
    result = _read(workbook([["Name", "Note"], ["Ada", value]]), column("Note", *lines))
    assert result.errors == ()
    return list(values(result))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("1.10", "1.10"),
        ("NO", "NO"),
        ("00123", "00123"),
        (" two\nlines ", "two\nlines"),
        (7, "7"),
        (7.0, "7"),
        (0.25, "0.25"),
        (1e21, "1000000000000000000000"),
        (True, "true"),
        (False, "false"),
        (datetime(2024, 2, 29), "2024-02-29"),
        (date(2024, 2, 29), "2024-02-29"),
        (datetime(2024, 2, 29, 8, 30), "2024-02-29T08:30:00"),
        (time(8, 30), "08:30:00"),
        (timedelta(hours=26), "1 day, 2:00:00"),
    ],
)
def test_a_typed_cell_as_text(value: object, text: str) -> None:
    assert _cell(value) == [Literal(text)]


def test_typed_cells_become_typed_values() -> None:
    assert _cell(12.0, 'kind = "integer"') == [Literal("12", datatype=XSD["integer"])]
    assert _cell(0.5, 'kind = "decimal"') == [Literal("0.5", datatype=XSD["decimal"])]
    assert _cell(True, 'kind = "boolean"') == [Literal("true", datatype=XSD["boolean"])]
    instant = [Literal("2024-02-29T08:30:00Z", datatype=XSD["dateTime"])]
    assert _cell(datetime(2024, 2, 29, 8, 30), 'kind = "dateTime"') == instant


def test_the_calendar_of_1904_is_followed() -> None:
    made = Workbook()
    from openpyxl.utils.datetime import CALENDAR_MAC_1904

    made.epoch = CALENDAR_MAC_1904
    assert made.active is not None
    for row in (["Name", "Note"], ["Ada", datetime(2024, 2, 29)]):
        made.active.append(row)
    assert texts(_read(saved(made), column("Note"))) == ["2024-02-29"]


def test_a_number_that_is_no_date_stays_visible_in_a_date_column() -> None:
    result = _read(
        workbook([["Name", "Note"], ["Ada", 45351]]), column("Note", 'kind = "dateTime"')
    )
    assert (result.errors[0].value, result.errors[0].line) == ("45351", None)


def test_rows_are_numbered_as_in_the_spreadsheet() -> None:
    content = workbook([["Name", "Note"], ["Ada", "x"], [], ["Bob", "y"], [None, "z"]])
    result = _read(content, MAPPING.replace("{key}-{ordinal}", "{column:Name}"))
    assert [(e.row, e.column) for e in result.errors] == [(5, "Name")]


def test_cells_to_the_right_of_the_header_are_a_fault_and_missing_ones_are_blank() -> None:
    content = workbook([["Name", "Note"], ["Ada"], ["Bob", "x", "more"], ["Cyd", "y", None]])
    result = _read(content, column("Note"), OnError.SKIP)
    assert [e.reason for e in result.errors] == ["it has 3 cells where the header has 2"]
    assert sorted(named(result)) == ["Ada", "Cyd"]


# Sheets


def _two_sheets() -> bytes:
    made = Workbook()
    assert made.active is not None
    made.active.title = "First"
    made.active.append(["Name"])
    made.active.append(["Ada"])
    second = made.create_sheet("Second")
    second.append(["Name"])
    second.append(["Bob"])
    return saved(made)


def test_the_first_sheet_is_read_unless_the_mapping_names_another() -> None:
    assert list(named(_read(_two_sheets(), MAPPING))) == ["Ada"]
    second = MAPPING.replace("[table]", '[table]\nsheet = "Second"')
    assert list(named(_read(_two_sheets(), second))) == ["Bob"]


def test_a_sheet_that_is_not_there_is_refused_with_those_that_are() -> None:
    third = MAPPING.replace("[table]", '[table]\nsheet = "Third"')
    with pytest.raises(MappingError, match=r"no sheet \"Third\".*Its sheets: First, Second"):
        _read(_two_sheets(), third)


def test_a_sheet_without_a_header_is_refused() -> None:
    with pytest.raises(ParseError, match='sheet "Sheet" has no header in row 1'):
        _read(workbook([]), MAPPING)


# Formulas


def _computed(cell: str) -> bytes:
    """A sheet with this XML of a cell in B2."""
    plain = workbook([["Name", "Note"], ["Ada", "=1+1"], ["Bob", "x"]])
    return changed(plain, SHEET, '<c r="B2"><f>1+1</f><v /></c>', cell)


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ('<c r="B2"><f>1+1</f><v>2</v></c>', ["2", "x"]),
        ('<c r="B2" t="b"><f>TRUE()</f><v>1</v></c>', ["true", "x"]),
        ('<c r="B2" t="str"><f>A2&amp;"!"</f><v>Ada!</v></c>', ["Ada!", "x"]),
        ('<c r="B2" t="str"><f>IF(A2="","?","")</f><v></v></c>', ["x"]),
        ('<c r="B2" t="e"><f>1/0</f><v>#DIV/0!</v></c>', ["#DIV/0!", "x"]),
    ],
)
def test_the_stored_result_of_a_formula_is_read(cell: str, text: list[str]) -> None:
    assert texts(_read(_computed(cell), column("Note"))) == text


@pytest.mark.parametrize(
    "cell",
    [
        '<c r="B2"><f>1+1</f><v /></c>',
        '<c r="B2"><f>1+1</f></c>',
        '<c r="B2" s="0"><f t="shared" ref="B2:B3" si="0">1+1</f></c>',
        '<c r="B2"><f t="array" ref="B2">1+1</f><v></v></c>',
    ],
)
def test_a_formula_without_a_stored_result_is_a_fault_and_no_blank_cell(cell: str) -> None:
    result = _read(_computed(cell), column("Note"), OnError.SKIP)
    assert [(e.row, e.reason) for e in result.errors] == [
        (2, "the formula in its column 2 has no stored result")
    ]
    assert texts(result) == ["x"]


# Damage and disguise


def test_what_is_no_archive_is_refused() -> None:
    for content in (b"", b"PK", b"Name,Note\nAda,1\n", workbook([["Name"]])[:-30]):
        with pytest.raises(ParseError, match="not a readable zip archive"):
            _read(content, MAPPING)


@pytest.mark.parametrize(
    "part", ["[Content_Types].xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", SHEET]
)
def test_a_spreadsheet_that_lacks_a_part_is_refused_as_damaged(part: str) -> None:
    found = parts(workbook([["Name"], ["Ada"]]))
    del found[part]
    with pytest.raises((ParseError, MappingError), match=r"damaged|has no sheet"):
        _read(zipped(found), MAPPING)


def test_a_part_that_is_no_xml_is_refused_with_its_name_line_and_column() -> None:
    broken = changed(workbook([["Name"], ["Ada"]]), SHEET, "</sheetData>", "</sheetDatum>")
    with pytest.raises(ParseError, match=r"part xl/worksheets/sheet1.xml, line 1, column [0-9]+"):
        _read(broken, MAPPING)


def test_numbers_out_of_every_range_are_refused_and_not_looped_over() -> None:
    plain = workbook([["Name"], ["Ada"]])
    far = changed(plain, SHEET, '<row r="2"><c r="A2"', '<row r="2000000000"><c r="A2000000000"')
    with pytest.raises((LimitError, ParseError)):
        _read(far, MAPPING)
    text = 't="inlineStr"><is><t>Ada</t></is>'
    for old, new in (('<c r="A2"', '<c r="ZZZZ2"'), (text, 't="s"><v>99</v>'), (text, "><v>x</v>")):
        with pytest.raises(ParseError, match="the spreadsheet is damaged"):
            _read(changed(plain, SHEET, old, new), MAPPING)
