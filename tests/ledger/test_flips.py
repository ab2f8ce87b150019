"""A bit flipped anywhere in the file of a closed ledger is found, or is one that nobody reads."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from engine.errors import AimsError
from engine.ledger.ledger import Ledger
from engine.ledger.patch import Patch
from engine.verify import verify
from tests.ledger.making import FILE, adding, holding, quad, removing
from tests.ledger.ram import ram_folder

FLIPS = 200
Tables = dict[str, list[tuple[object, ...]]]


@pytest.fixture(scope="module")
def closed() -> Iterator[Path]:
    """The one file of a ledger with changes in two compartments and something erased."""
    with ram_folder() as ram:
        with holding(ram / "w") as held:
            for number in range(40):
                both = [quad(number), quad("all", number, compartment="people")]
                held.commit(adding(*both), f"reason {number}", idempotency_key=f"k{number}")
            held.commit(removing(quad(3)))
            entry = held.commit(Patch(frozenset({quad("secret", compartment="people")})))
            held.committer.erase(
                entry.sequence, entry.parts[0].digest, rule="x", agent="urn:a", reason=""
            )
            assert verify(held.ledger).consistent
        yield ram / "w" / FILE


def tables(path: Path) -> Tables:
    """Every row of every table, and what SQLite makes of the tables' definitions.

    The letters of a definition do not matter: SQLite reads ``CREAtE`` as well.
    """
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        names = [row[1] for row in db.execute("PRAGMA table_list") if row[1] != "sqlite_schema"]
        found: Tables = {}
        for name in names:
            found[name.lower()] = sorted(db.execute(f"SELECT * FROM {name}"), key=repr)
            for asked in ("table_xinfo", "index_list"):
                rows = db.execute(f"PRAGMA {asked}({name})").fetchall()
                found[f"{name} {asked}".lower()] = [(str(row).lower(),) for row in rows]
    return found


def found_in(path: Path) -> str:
    """Where verification says that the damage is; empty where it finds none."""
    try:
        ledger = Ledger.open(path)
    except AimsError as error:
        return error.message
    try:
        first = next(iter(verify(ledger).problems), None)
    except AimsError as error:
        return error.message
    finally:
        ledger.close()
    return "" if first is None else f"{first.kind} {first.sequence} {first.where}"


def test_a_flipped_bit_is_found_or_in_bytes_that_say_nothing(closed: Path) -> None:
    genuine, whole = closed.read_bytes(), tables(closed)
    path = closed.with_name("flipped") / FILE
    path.parent.mkdir()
    draw = Random(42)
    told: list[str] = []
    for _ in range(FLIPS):
        at, bit = draw.randrange(len(genuine)), draw.randrange(8)
        path.write_bytes(genuine[:at] + bytes([genuine[at] ^ 1 << bit]) + genuine[at + 1 :])
        place = found_in(path)
        for beside in path.parent.glob(f"{FILE}-*"):
            beside.unlink()
        if place:
            told.append(place)
        else:
            assert tables(path) == whole, f"bit {bit} of byte {at} is not found"
    # A good part of a file is empty, or keeps what SQLite knows from elsewhere.
    assert len(told) > FLIPS / 4
    assert {place.split()[0] for place in told} >= {"entry", "part", "file"}


def test_a_flipped_bit_in_what_tables_are_is_found_or_changes_nothing(closed: Path) -> None:
    """Also in those that are still empty, which nothing else reads."""
    genuine, whole = closed.read_bytes(), tables(closed)
    path = closed.with_name("other") / FILE
    path.parent.mkdir()
    start = genuine.index(b"CREATE TABLE blob")
    for at in range(start, start + 90):
        path.write_bytes(genuine[:at] + bytes([genuine[at] ^ 1 << at % 7]) + genuine[at + 1 :])
        place = found_in(path)
        for beside in path.parent.glob(f"{FILE}-*"):
            beside.unlink()
        assert place or tables(path) == whole, f"byte {at} is not found"
