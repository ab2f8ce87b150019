"""All rows of a SELECT, in pages, as many as there are said to be.

Servers cut answers silently (Virtuoso 7.2.5 at 10,000 rows, with status 200), and refuse to sort
far into an answer; so pages follow the server's own order, and what makes an answer whole is its
count.
"""

from collections.abc import Callable, Iterator

from engine.errors import UnreachableError
from engine.rdf import Literal
from engine.store.endpoint import Row

PAGE = 5_000
_ATTEMPTS = 3
Ask = Callable[[str], list[Row]]


def counted(ask: Ask, prologue: str, body: str) -> int:
    """How many rows the SELECT ``body`` has."""
    rows = ask(f"{prologue}SELECT (COUNT(*) AS ?n) {{ {{ {body}\n }} }}")
    found = rows[0].get("n") if len(rows) == 1 else None
    if not isinstance(found, Literal) or not (found.value.isascii() and found.value.isdigit()):
        raise UnreachableError(
            "the store does not count: its answer to COUNT is no number",
            remedy="Name an endpoint that speaks SPARQL 1.1.",
        )
    return int(found.value)


def all_rows(ask: Ask, prologue: str, body: str, *, distinct: bool, where: str) -> list[Row]:
    """The rows of the SELECT ``body``. ``distinct``: no two can be equal, so that none may be.

    A count that does not fit is a reader's bad luck when somebody writes in between, so it is
    tried again; then it raises UnreachableError, naming ``where``.
    """
    told = ""
    for _ in range(_ATTEMPTS):
        total = counted(ask, prologue, body)
        rows = list(_pages(ask, prologue, body, total))
        got = len({frozenset(row.items()) for row in rows}) if distinct else len(rows)
        if got == total == len(rows):
            return rows
        told = f"{got:,} of {total:,} rows"
    raise UnreachableError(
        f"the store at {where} gives {told}, {_ATTEMPTS} times over",
        remedy="Nothing is computed from a part of an answer. Look for another writer there, and "
        "for a limit on rows that lets no page through.",
    )


def _pages(ask: Ask, prologue: str, body: str, total: int) -> Iterator[Row]:
    """Pages until ``total``; one that a limit of the server's cut short goes on where it ends."""
    if total <= PAGE:
        # As it stands, so that its own order is kept.
        found = ask(prologue + body) if total else []
        yield from found
        if len(found) >= total:
            return
        at = len(found)
    else:
        at = 0
    while at < total:
        page = ask(f"{prologue}SELECT * {{ {{ {body}\n }} }} LIMIT {PAGE} OFFSET {at}")
        if not page:
            return
        yield from page
        at += len(page)
