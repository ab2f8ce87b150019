"""Spreadsheets of named queries: readable, typed, and no formula in them."""

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from engine import sheets
from engine.errors import LimitError
from engine.knowledge import shipped_pack
from engine.rdf import BlankNode, Literal, NamedNode, Term
from engine.sheets import Sheet, sheet, to_csv, to_xlsx
from engine.snapshot import reader_over
from engine.sparql.catalog import NamedQuery
from engine.vocab import XSD
from engine.workspace import Workspace
from tests.example import VIEW

QUERY = NamedQuery(
    "a/b", "what it says", "", (), False, "SELECT ?node ?value WHERE { ?node ?p ?value }"
)
FORMULAS = [
    "=1+1",
    "+1",
    "-1 means no",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "  =1",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://evil.example")',
    "＝1+1",
    "＋1",
    "－1",
    "＠x",
]


def of(values: list[Term | None]) -> Sheet:
    """A sheet with one column of literals."""
    reader = reader_over([], shipped_pack(None), VIEW)
    return sheet(reader, QUERY, [{"node": None, "value": value} for value in values], {})


def read_back(content: bytes) -> tuple[Sequence[tuple[object, ...]], Mapping[Any, object]]:
    book = load_workbook(io.BytesIO(content))
    rows = [tuple(cell.value for cell in row) for row in book["rows"].iter_rows()]
    about = {row[0].value: row[1].value for row in book["about"].iter_rows()}
    return rows, about


def lines(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode(), newline="")))


@pytest.mark.parametrize("text", FORMULAS)
def test_no_text_is_a_formula(text: str) -> None:
    found = of([Literal(text)])
    assert lines(to_csv(found))[1] == ["", f"'{text}"]
    book = load_workbook(io.BytesIO(to_xlsx(found)))
    cell = book["rows"]["B2"]
    assert cell.data_type == "s"
    assert cell.quotePrefix
    assert str(cell.value).replace("\r\n", "\n") == text.replace("\r", "\n") or cell.value == text


def test_real_cells_that_begin_with_a_dash_stay_readable(material: Path) -> None:
    table = next((material / "inventory").glob("*.csv"))
    cells = {
        cell
        for row in csv.reader(io.StringIO(table.read_bytes().decode("cp1252")))
        for cell in row
        if cell.startswith("-")
    }
    assert cells
    values: list[Term | None] = [Literal(cell) for cell in sorted(cells)]
    found = [row[1] for row in lines(to_csv(of(values)))[1:]]
    assert found == [f"'{cell}" for cell in sorted(cells)]


@pytest.mark.parametrize(
    ("literal", "csv_text", "xlsx_value"),
    [
        (Literal("7", datatype=XSD.integer), "7", 7),
        (Literal("-7", datatype=XSD.integer), "-7", -7),
        (Literal("0.25", datatype=XSD.decimal), "0.25", 0.25),
        (Literal("1000000", datatype=XSD.double), "1000000", 1_000_000),
        (Literal("9" * 30, datatype=XSD.integer), "9" * 30, "9" * 30),
        (Literal("-" + "9" * 30, datatype=XSD.integer), "'-" + "9" * 30, "-" + "9" * 30),
        (Literal("INF", datatype=XSD.double), "INF", "INF"),
        (Literal("true", datatype=XSD.boolean), "true", True),
        (
            Literal("2026-07-01T00:00:00Z", datatype=XSD.dateTime),
            "2026-07-01T00:00:00Z",
            "2026-07-01T00:00:00Z",
        ),
        (Literal("007"), "007", "007"),
        (Literal("#N/A"), "#N/A", "#N/A"),
        (Literal("1e400"), "1e400", "1e400"),
        (Literal("é漢\u202e"), "é漢\u202e", "é漢\u202e"),
        (None, "", None),
    ],
)
def test_values_keep_their_kind(literal: Literal | None, csv_text: str, xlsx_value: object) -> None:
    found = of([literal])
    assert lines(to_csv(found))[1][1] == csv_text
    value = read_back(to_xlsx(found))[0][1:]
    assert value == ([] if xlsx_value is None else [(None, xlsx_value)])


def test_nodes_have_label_and_iri(example: Workspace) -> None:
    reader = example.reader(VIEW)
    node = NamedNode("https://halden.example/claims-triage")
    rows: list[dict[str, Term | None]] = [
        {"node": node, "value": Literal("a")},
        {"node": None, "value": NamedNode("urn:x:y")},
        {"node": BlankNode("b"), "value": None},
    ]
    found = sheet(reader, QUERY, rows, {"node": "x"})
    assert found.columns == ("node", "node IRI", "value", "value IRI")
    assert found.cells[0] == (reader.label(node), node.value, "a", None)
    assert found.cells[1] == (None, None, reader.label(NamedNode("urn:x:y")), "urn:x:y")
    assert found.cells[2][1] is None
    told = dict(found.about)
    assert told["query"] == "a/b"
    assert told["node"] == "x"
    assert told["sequence"] == str(reader.sequence)
    assert read_back(to_xlsx(found))[1]["at"] == "2026-07-01T00:00:00Z"


def test_nothing_is_a_header() -> None:
    assert to_csv(of([])) == b"node,value\r\n"
    assert read_back(to_xlsx(of([])))[0] == [("node", "value")]


def test_what_a_cell_cannot_hold_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    found = of([Literal("x" * 40_000), Literal("a\x00\x0b\ud7ffb")])
    rows, _ = read_back(to_xlsx(found))
    assert str(rows[1][1]).endswith("x … (cut, 40000 characters)")
    assert len(str(rows[1][1])) == 32_767
    assert rows[2][1] == "a\ufffd\ufffd\ud7ffb"
    assert len(lines(to_csv(found))[1][1]) == 40_000
    monkeypatch.setattr(sheets, "_ROWS", 2)
    with pytest.raises(LimitError, match="sheet holds"):
        to_xlsx(found)
