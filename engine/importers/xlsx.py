"""XLSX spreadsheets, through a mapping; every part is looked at before openpyxl opens the file."""

import io
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from itertools import repeat
from typing import TYPE_CHECKING
from xml.etree.ElementTree import ParseError as XmlParseError

from engine.errors import LimitError, MappingError, ParseError, Place
from engine.importers.entities import parse_table
from engine.importers.mapping import TableOptions
from engine.importers.mapping_reader import require_mapping
from engine.importers.model import Importer, Limits, Parsed, Request
from engine.importers.table import Row, Table, checked_row
from engine.importers.xml_guard import guarded_xml
from engine.importers.zip_guard import open_guarded

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook

MAX_ROWS = 1_048_576  # what the format itself allows
# A formula whose result does not follow it; an empty result is one in a cell of text ("str").
_UNSAVED = re.compile(
    rb'<(?:\w+:)?c\b(?![^>]*\st="str")[^>]*>\s*<(?:\w+:)?f\b[^>]*(?:/>|>[^<]*</(?:\w+:)?f>)\s*'
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
# Whatever a parser may take for XML: a mark, or "<" after white space, in UTF-16 too.
_XML = re.compile(rb"[\x00\s]*(?:<|\xef\xbb\xbf|\xff\xfe|\xfe\xff)")
# What openpyxl and what it stands on raise on damaged parts.
_DAMAGED = (
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    IndexError,
    OverflowError,
    EOFError,
    zipfile.BadZipFile,
    zlib.error,
    XmlParseError,
)


def read_xlsx(content: bytes, options: TableOptions, limits: Limits, source: str) -> Table:
    """The table in one sheet. Raises ParseError, LimitError, or MappingError for the sheet."""
    unsaved = _guard(content, limits, source)
    workbook = _opened(content, source)
    sheet = _sheet_name(workbook.sheetnames, options.sheet, source)
    values = _values(workbook, sheet, source)
    formulas = _values(_opened(content, source, results=False), sheet, source) if unsaved else None
    rows = _rows(values, formulas)
    header = next((cells for number, cells, _ in rows if number == options.header_row), [])
    if not any(header):
        raise ParseError(
            f'sheet "{sheet}" has no header in row {options.header_row}',
            place=Place(source),
            remedy="Declare sheet and header_row in [table] of the mapping.",
        )
    while header and not header[-1]:
        header.pop()

    def fitted() -> Iterator[Row]:
        for at, cells, fault in rows:
            while len(cells) > len(header) and not cells[-1]:
                cells.pop()
            if fault:
                yield Row(at, None, cells, fault)
            elif any(cells):
                cells += [""] * (len(header) - len(cells))
                yield checked_row(source, header, at, None, cells)

    return Table(source, tuple(header), fitted())


def _guard(content: bytes, limits: Limits, source: str) -> bool:
    """Look at every part; gives whether some formula has no stored result."""
    unsaved = False
    with open_guarded(content, limits.unpacked_bytes, source) as archive:
        for entry in archive.infolist():
            try:
                part = archive.read(entry)
            except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError) as error:
                raise ParseError(
                    f'part "{entry.filename[:80]}" cannot be unpacked: {error}',
                    place=Place(source),
                    remedy="Save the spreadsheet again as .xlsx, without a password.",
                ) from None
            if _XML.match(part):
                guarded_xml(part, f"{source}, part {entry.filename[:80]}")
                unsaved = unsaved or _UNSAVED.search(part) is not None
    return unsaved


def _opened(content: bytes, source: str, *, results: bool = True) -> "Workbook":
    from openpyxl import load_workbook  # loading it takes longer than all of `aims --help`

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # extensions that openpyxl leaves out
            return load_workbook(
                io.BytesIO(content), read_only=True, data_only=results, keep_links=False
            )
    except _DAMAGED as error:
        raise _damaged(error, source) from None


def _damaged(error: BaseException, source: str) -> ParseError:
    return ParseError(
        f"the spreadsheet is damaged: {type(error).__name__} {error}",
        place=Place(source),
        remedy="Save it again as .xlsx, or as CSV.",
    )


def _sheet_name(names: list[str], wanted: str, source: str) -> str:
    if wanted in names:
        return wanted
    if wanted or not names:
        raise MappingError(
            f'"{source}" has no sheet "{wanted}"',
            place=Place(field="table.sheet"),
            remedy=f"Its sheets: {', '.join(names)[:300]}.",
        )
    return names[0]


def _values(workbook: "Workbook", sheet: str, source: str) -> Iterator[tuple[object, ...]]:
    worksheet = workbook[sheet]
    try:
        worksheet.reset_dimensions()  # some writers declare fewer cells than they write
        for number, values in enumerate(worksheet.iter_rows(values_only=True), start=1):
            if number > MAX_ROWS:  # one cell may claim to stand in row two billion
                raise LimitError(f"the sheet has more than {MAX_ROWS:,} rows", place=Place(source))
            yield values
    except _DAMAGED as error:
        raise _damaged(error, source) from None
    finally:
        workbook.close()


def _rows(
    values: Iterable[tuple[object, ...]], formulas: Iterable[tuple[object, ...]] | None
) -> Iterator[tuple[int, list[str], str]]:
    """Number, cells and fault of each row; ``formulas`` has texts of formulas for their results.

    A formula without a stored result would look like a blank cell, and a blank cell is a statement.
    """
    for number, (row, texts) in enumerate(
        zip(values, formulas or repeat(()), strict=False), start=1
    ):
        lost = [at for at, text in enumerate(texts, 1) if text is not None and row[at - 1] is None]
        fault = f"the formula in its column {lost[0]} has no stored result" if lost else ""
        yield number, [_text(value) for value in row], fault


def _text(value: object) -> str:
    """A typed cell as text: whole numbers without fraction, instants and dates in ISO 8601."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer():
            return str(int(value))
        case datetime() if value.time() == time():
            return value.date().isoformat()
        case datetime() | date() | time():
            return value.isoformat()
    return str(value)


def _parse(content: bytes, request: Request, sha256: str) -> Parsed:
    mapping = require_mapping(request)
    table = read_xlsx(content, mapping.table, request.limits, request.file_name)
    return parse_table(table, mapping, request, sha256, "xlsx")


importer = Importer(
    "xlsx",
    "Spreadsheet (XLSX)",
    ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",),
    (".xlsx", ".xlsm"),
    _parse,
    tabular=True,
)
