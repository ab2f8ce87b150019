"""Rows of a named query for spreadsheets: CSV and XLSX, readable and harmless.

A column of nodes becomes two, their labels and their IRIs. Text that a spreadsheet would take for a
formula is marked as text: an apostrophe before it in CSV, the cell's own mark in XLSX. That is what
tells these from ``text/csv`` of the SPARQL endpoint, which is the W3C's to the letter.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, cast

from engine.errors import LimitError
from engine.rdf import Literal, NamedNode, Term
from engine.snapshot import Reader
from engine.sparql.binding import columns
from engine.sparql.catalog import NamedQuery
from engine.view import format_instant
from engine.vocab import XSD

if TYPE_CHECKING:
    from openpyxl.cell import Cell as SheetCell
    from openpyxl.worksheet._write_only import WriteOnlyWorksheet

CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Row = Mapping[str, Term | None]
Cell = str | Decimal | bool | None
# What begins a formula in some spreadsheet, full-width forms too.
_FORMULA = re.compile("[\\s]*[=+\\-@\t\r\uff1d\uff0b\uff0d\uff20]")
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NUMBERS = frozenset({XSD.integer, XSD.decimal, XSD.double, XSD.float})
# What the format itself allows: rows, characters of a cell, digits of a number.
_ROWS, _CHARACTERS, _DIGITS = 1_048_576, 32_767, 15


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table of cells; ``about`` says in pairs what it is."""

    columns: tuple[str, ...]
    cells: tuple[tuple[Cell, ...], ...]
    about: tuple[tuple[str, str], ...] = ()


def sheet(
    reader: Reader, query: NamedQuery, rows: Sequence[Row], given: Mapping[str, str]
) -> Sheet:
    """``rows`` of ``query`` over ``reader`` as a table; ``given``: its parameters, as texts."""
    names = columns(query.text) or tuple(rows[0] if rows else ())
    nodes = {
        name
        for row in rows
        for name, term in row.items()
        if term is not None and not isinstance(term, Literal)
    }
    found: list[str] = []
    for name in names:
        found += [name, f"{name} IRI"] if name in nodes else [name]
    cells = tuple(tuple(_cells(reader, names, nodes, row)) for row in rows)
    return Sheet(tuple(found), cells, _about(reader, query, given))


def _about(
    reader: Reader, query: NamedQuery, given: Mapping[str, str]
) -> tuple[tuple[str, str], ...]:
    """What was asked, and where the answer stands."""
    view = reader.view
    return (
        ("query", query.name),
        ("summary", query.summary),
        *given.items(),
        ("sequence", str(reader.sequence)),
        ("head", reader.head_hash),
        ("at", format_instant(view.evaluated_at)),
        ("period", str(view.judged_period)),
        ("view", "restricted" if view.restricted else "complete"),
        ("pack", reader.pack.digest),
    )


def _cells(reader: Reader, names: Sequence[str], nodes: set[str], row: Row) -> Iterator[Cell]:
    for name in names:
        term = row.get(name)
        yield _value(reader, term)
        if name in nodes:
            yield term.value if isinstance(term, NamedNode) else None


def _value(reader: Reader, term: Term | None) -> Cell:
    if term is None:
        return None
    if not isinstance(term, Literal):
        return reader.label(term)
    if term.datatype == XSD.boolean and term.value in ("true", "false"):
        return term.value == "true"
    if term.datatype in _NUMBERS:
        return _number(term.value)
    return term.value


def _number(text: str) -> Cell:
    """A number where a spreadsheet keeps all of its digits, else its text."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        return text
    kept = value.is_finite() and len(value.as_tuple().digits) <= _DIGITS
    return value if kept and abs(value.adjusted()) < 300 else text


def to_csv(found: Sheet) -> bytes:
    """The table as CSV in UTF-8, with a header line; text that looks like a formula is marked."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(map(_harmless, found.columns))
    for cells in found.cells:
        writer.writerow(map(_harmless, cells))
    return out.getvalue().encode()


def _harmless(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, Decimal):
        return format(cell, "f")
    return f"'{cell}" if _FORMULA.match(cell) else cell


def to_xlsx(found: Sheet) -> bytes:
    """The table as a workbook, with what it is on a second sheet.

    Raises LimitError for more rows than a sheet holds.
    """
    # Takes a while to load, and most commands have no use for it.
    from openpyxl import Workbook

    if len(found.cells) >= _ROWS:
        raise LimitError(
            f"a sheet holds {_ROWS:,} rows, and there are {len(found.cells):,}",
            remedy="Take CSV, or ask for less.",
        )
    book = Workbook(write_only=True)
    rows = cast("WriteOnlyWorksheet", book.create_sheet("rows"))
    rows.freeze_panes = "A2"
    rows.append([_cell(rows, name) for name in found.columns])
    for cells in found.cells:
        rows.append([_cell(rows, cell) for cell in cells])
    about = cast("WriteOnlyWorksheet", book.create_sheet("about"))
    for pair in found.about:
        about.append([_cell(about, text) for text in pair])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _cell(where: "WriteOnlyWorksheet", value: Cell) -> "SheetCell | Cell":
    from openpyxl.cell import WriteOnlyCell

    if not isinstance(value, str):
        return value
    text = _NOT_XML.sub("\ufffd", value)
    if len(text) > _CHARACTERS:
        told = f" … (cut, {len(text)} characters)"
        text = text[: _CHARACTERS - len(told)] + told
    cell = WriteOnlyCell(where, value=text)
    # Never a formula, an error or a number, whatever it looks like, and not after editing either.
    cell.data_type = "s"
    if _FORMULA.match(text):
        cell.quotePrefix = True
    return cell
