"""CSV and other delimited text, through a mapping."""

import csv
import io
import re
from collections.abc import Iterator
from contextlib import suppress

from engine.errors import ParseError, Place
from engine.importers.encoding import Decoded, decode
from engine.importers.entities import parse_table
from engine.importers.mapping import TableOptions
from engine.importers.mapping_reader import require_mapping
from engine.importers.model import Importer, Parsed, Request
from engine.importers.table import Row, Table, checked_row, folded

_BROKEN = re.compile("[\ud800-\udfff]")


def read_csv(content: bytes, options: TableOptions, source: str) -> Table:
    """The table in delimited text. Raises ParseError naming line, row and column."""
    decoded = decode(content, options.encoding, source)
    broken = _BROKEN.search(decoded.text) is not None
    if "\x00" in decoded.text:
        line = decoded.text.count("\n", 0, decoded.text.index("\x00")) + 1
        raise ParseError(
            "the text holds a zero character",
            place=Place(source, line),
            remedy="Declare the right encoding, or remove the character.",
        )
    delimiter = options.delimiter or _delimiter(decoded, options.header_row, source)
    records = _records(decoded, delimiter, source)
    # What is left of the iterator after the header is the rows.
    header = _cells(records, options.header_row)
    if broken:
        _check_bytes(header, header, options.header_row, options.header_row, source, decoded)
    if not any(header):
        raise ParseError(
            f"the text has no header in row {options.header_row}",
            place=Place(source, options.header_row),
            remedy="Declare header_row in [table] of the mapping.",
        )

    def rows() -> Iterator[Row]:
        for at, line, cells in records:
            if broken:
                _check_bytes(header, cells, at, line, source, decoded)
            if any(cells):
                yield checked_row(source, header, at, line, cells)

    return Table(source, tuple(header), rows(), decoded.encoding, decoded.note)


def _delimiter(decoded: Decoded, header_row: int, source: str) -> str:
    """The first of the usual ones that splits the header; a comma where none does."""
    usual = "\t,;|" if source.lower().endswith(".tsv") else ",;\t|"
    for delimiter in usual:
        with suppress(ParseError):  # another delimiter leaves text beside quotation marks
            if len(_cells(_records(decoded, delimiter, source), header_row)) > 1:
                return delimiter
    return usual[0]


def _cells(records: Iterator[tuple[int, int, list[str]]], wanted: int) -> list[str]:
    return next((cells for number, _, cells in records if number == wanted), [])


def _records(decoded: Decoded, delimiter: str, source: str) -> Iterator[tuple[int, int, list[str]]]:
    """Row number from 1, first line from 1, cells."""
    # The module's own limit is for the process, which a walk that is left half-way could not put
    # back in order, so it is only ever raised; cells are bounded after reading, with their place.
    csv.field_size_limit(max(csv.field_size_limit(), len(decoded.text) + 1))
    reader = csv.reader(io.StringIO(decoded.text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for number, cells in enumerate(reader, start=1):
            yield number, line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        raise ParseError(
            f"the delimited text breaks off: {error}",
            place=Place(source, line),
            remedy="Look for a quotation mark that is not closed or not doubled.",
        ) from None


def _check_bytes(
    header: list[str], cells: list[str], number: int, line: int, source: str, decoded: Decoded
) -> None:
    for at, cell in enumerate(cells):
        found = _BROKEN.search(cell)
        if found:
            name = folded(header[at])[:80] if at < len(header) else str(at + 1)
            value = ord(found.group()) - 0xDC00
            near = cell[max(0, found.start() - 20) : found.start() + 20]
            shown = _BROKEN.sub("\ufffd", near)
            raise ParseError(
                f'byte 0x{value:02X} in row {number}, column "{_BROKEN.sub("?", name)}" '
                f'("{shown}") does not fit {decoded.encoding}',
                place=Place(source, line),
                remedy='Declare the right encoding, often "windows-1252"; nothing is imported.',
            )


def _parse(content: bytes, request: Request, sha256: str) -> Parsed:
    mapping = require_mapping(request)
    table = read_csv(content, mapping.table, request.file_name)
    return parse_table(table, mapping, request, sha256, "csv")


importer = Importer(
    "csv",
    "Delimited text (CSV, TSV)",
    ("text/csv", "text/tab-separated-values"),
    (".csv", ".tsv"),
    _parse,
    tabular=True,
)
