"""Printing: tables for people, JSON for programs; respects pipes and NO_COLOR (through Rich)."""

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from functools import cache

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table


class Format(StrEnum):
    """How to print an answer."""

    table = "table"
    json = "json"


def console() -> Console:
    """Standard output as wide as the terminal, or 120 columns into a pipe."""
    # Rich measures the terminal itself; a pipe has no width, and 80 would cut identifiers.
    return Console(width=None if sys.stdout.isatty() else 120, highlight=False, emoji=False)


@cache
def _errors() -> Console:
    """Standard error; one object, so that remarks and a running progress do not mix."""
    return Console(stderr=True, highlight=False, emoji=False, soft_wrap=True)


@contextmanager
def working(what: str) -> Iterator[None]:
    """Says on a terminal what takes so long, and for how long; silent into a file or a pipe."""
    if not sys.stderr.isatty():
        yield
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=_errors(), transient=True, redirect_stdout=False) as progress:
        progress.add_task(escape(what), total=None)
        yield


def complain(message: str) -> None:
    """One paragraph on standard error."""
    _errors().print(f"[bold red]error:[/] {escape(message)}")


def note(message: str) -> None:
    """A remark on standard error, so that standard output stays data."""
    _errors().print(f"[dim]{escape(message)}[/]")


def json_text(value: object) -> str:
    """Stable JSON: two spaces, keys as given, no ASCII escapes, one final newline."""
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def print_json(value: object) -> None:
    """``json_text`` of ``value`` on standard output."""
    sys.stdout.write(json_text(value))


def print_table(
    columns: Sequence[str], rows: Iterable[Sequence[object]], *, title: str = ""
) -> None:
    """A table of text; cells are escaped, never read as markup."""
    table = Table(
        title=escape(title) or None, title_justify="left", show_edge=False, pad_edge=False
    )
    for column in columns:
        numeric = column.startswith("#")
        table.add_column(
            column.removeprefix("#"), justify="right" if numeric else "left", overflow="fold"
        )
    for row in rows:
        table.add_row(*(escape("" if cell is None else str(cell)) for cell in row))
    console().print(table)


def say(text: str = "") -> None:
    """A line of plain text on standard output."""
    console().print(escape(text), soft_wrap=True)
