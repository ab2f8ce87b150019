"""A table as its readers give it: a header and rows of text."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from engine.errors import LimitError, MappingError, Place

MAX_COLUMNS = 16_384
MAX_CELL = 131_072
_SPACE = re.compile(r"\s+")


def folded(text: str) -> str:
    """``text`` with runs of white space (no-break ones too) as one space, none at the ends."""
    return _SPACE.sub(" ", text).strip()


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number in the table (the first line of the table is 1), its first line in the
    text where there is one, and its cells; ``fault`` says why it cannot be used at all.
    """

    number: int
    line: int | None
    cells: Sequence[str]
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A header, and rows that are read as they are walked; ``note`` is for the user."""

    source: str
    header: tuple[str, ...]
    rows: Iterator[Row]
    encoding: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        if len(self.header) > MAX_COLUMNS:
            raise LimitError(
                f"the table has {len(self.header):,} columns; the limit is {MAX_COLUMNS:,}",
                place=Place(self.source),
            )

    def index(self, column: str, field: str, mapping: str) -> int:
        """Position of ``column`` from 0; ``name#2`` is the second column of that name.

        Raises MappingError, with names that come near, when there is none or several.
        """
        names = [folded(name) for name in self.header]
        wanted = folded(column)
        found = [at for at, name in enumerate(names) if name == wanted]
        if not found and (numbered := re.fullmatch(r"(.*)#([1-9][0-9]{0,4})", wanted)):
            same = [at for at, name in enumerate(names) if name == numbered.group(1).strip()]
            found = same[int(numbered.group(2)) - 1 : int(numbered.group(2))]
        if len(found) == 1:
            return found[0]
        place = Place(mapping, field=field)
        if found:
            raise MappingError(
                f'{len(found)} columns of "{self.source}" are called "{wanted[:120]}"',
                place=place,
                remedy=f'Write "{wanted[:120]}#1" to "#{len(found)}" to say which.',
            )
        near = get_close_matches(wanted, names, n=3, cutoff=0.5)
        hint = f"Near it: {', '.join(repr(name[:120]) for name in near)}. " if near else ""
        raise MappingError(
            f'"{self.source}" has no column "{wanted[:120]}" among its {len(names)}',
            place=place,
            remedy=f"{hint}Correct the mapping, or declare header_row or delimiter."
            if len(names) > 1
            else "The header has one column: declare the delimiter in [table].",
        )


def checked_row(
    source: str, header: Sequence[str], number: int, line: int | None, cells: Sequence[str]
) -> Row:
    """The row, with its fault where it does not fit the header or holds an oversized cell."""
    if len(cells) != len(header):
        fault = f"it has {len(cells)} cells where the header has {len(header)}"
        return Row(number, line, cells, fault)
    for name, cell in zip(header, cells, strict=True):
        if len(cell) > MAX_CELL:
            fault = f'the cell of "{folded(name)[:80]}" has {len(cell):,} characters, limit '
            return Row(number, line, cells, f"{fault}{MAX_CELL:,}")
    return Row(number, line, cells)
