"""Random damage to a ledger file, most of it with digests, hashes and chain made to fit again.

Each mutation gives what it did.
"""

from collections.abc import Callable
from random import Random
from sqlite3 import Connection

from tests.ledger.forging import (
    Fields,
    body_of,
    edit_header,
    header_of,
    rechain,
    reseal,
    shift,
)


def some_entry(draw: Random, db: Connection) -> int:
    sequences: list[int] = [row[0] for row in db.execute("SELECT sequence FROM entry ORDER BY 1")]
    return draw.choice(sequences)


def column(draw: Random, db: Connection) -> str:
    """A bit flipped, or a value of another row, in a column of the record."""
    table, name = draw.choice(
        [("entry", c) for c in ("hash", "micros", "key", "header")]
        + [("part", c) for c in ("digest", "compartment", "salt", "body")]
        + [("pack", "manifest"), ("blob", "body"), ("blob", "digest"), ("pack", "digest")]
    )
    rows = db.execute(f"SELECT rowid, {name} FROM {table} ORDER BY 1").fetchall()
    row, value = draw.choice(rows)
    other = draw.choice(rows)[1]
    if isinstance(value, bytes) and value and draw.random() < 0.6:
        at = draw.randrange(len(value))
        other = value[:at] + bytes([value[at] ^ 1 << draw.randrange(8)]) + value[at + 1 :]
    elif isinstance(value, int):
        other = value + draw.choice([-1, 1, 10**9])
    elif isinstance(value, str) and draw.random() < 0.5:
        other = value + "x"
    db.execute(f"UPDATE OR IGNORE {table} SET {name} = ? WHERE rowid = ?", (other, row))
    return f"{table}.{name} of {row}"


def row_gone(draw: Random, db: Connection) -> str:
    table = draw.choice(["entry", "part", "pack", "blob"])
    row = draw.choice(db.execute(f"SELECT rowid FROM {table} ORDER BY 1").fetchall())[0]
    db.execute(f"DELETE FROM {table} WHERE rowid = ?", (row,))
    return f"{table} {row} deleted"


def moved(draw: Random, db: Connection) -> str:
    first = some_entry(draw, db)
    shift(db, first)
    return f"everything from {first} on moved"


def setting(draw: Random, db: Connection) -> str:
    name = draw.choice(["origin", "base", "key"])
    db.execute("UPDATE setting SET value = value || 'x' WHERE name = ?", (name,))
    return f"setting {name}"


def _earlier(header: Fields) -> None:
    header["instant"] = "2026-06-30T00:00:00Z"


HEADER_CHANGES: list[Callable[[Fields], None]] = [
    lambda header: header.update(agent="urn:test:other"),
    lambda header: header.update(sequence=header["sequence"] + 1),
    lambda header: header.update(sequence=True),
    lambda header: header.update(origin="other"),
    lambda header: header.update(kind="rewrite"),
    lambda header: header.update(kind="erasure"),
    lambda header: header.update(kind="erasure", detail={"erased": 1, "rule": "x"}),
    lambda header: header.update(
        kind="erasure", detail={"erased": {"sequence": 1, "part": "00"}, "rule": "x"}
    ),
    lambda header: header.update(
        kind="erasure", detail={"erased": {"sequence": 99, "part": "00"}, "rule": "x"}
    ),
    lambda header: header.update(knowledge="00"),
    lambda header: header.update(instant="2026-07-01T12:00:00.10Z"),
    lambda header: header.update(instant="2026-13-01T12:00:00Z"),
    lambda header: header.update(instant=7),
    lambda header: header.update(clock_jump=0.5),
    lambda header: header.update(detail={"a": 1}),
    lambda header: header.update(detail=None),
    lambda header: header.update(parts=header["parts"][::-1]),
    lambda header: header.update(parts=header["parts"][:-1]),
    lambda header: header.update(parts=[*header["parts"], "ff"]),
    lambda header: header.update(idempotency_key="other"),
    lambda header: header.update(surplus=1),
    lambda header: header.pop("face"),
    _earlier,
]


def header(draw: Random, db: Connection) -> str:
    """A header changed, and the chain made anew, so that only the meaning can tell."""
    sequence, number = some_entry(draw, db), draw.randrange(len(HEADER_CHANGES))
    edit_header(db, sequence, HEADER_CHANGES[number], rehash=True)
    if draw.random() < 0.8:
        rechain(db, sequence + (draw.random() < 0.1))
    return f"header of {sequence}, change {number}"


ROW_CHANGES: list[Callable[[list[str]], list[str]]] = [
    lambda rows: rows[:-1],
    lambda rows: [*rows, rows[-1]],
    lambda rows: [*rows[:2], *rows[2:][::-1]],
    lambda rows: rows[::-1],
    lambda rows: rows[1:],
    lambda rows: [*rows, rows[-1].replace("A ", "D ", 1)],
    lambda rows: [row.replace("A ", "D ", 1) for row in rows],
    lambda rows: [row.replace("D ", "A ", 1) for row in rows],
    lambda rows: [row.replace("/general/", "/people/") for row in rows],
    lambda rows: [row.replace("/graph/people/", "/graph/general/") for row in rows],
    lambda rows: [row.replace("test>", "a/b>") for row in rows],
    lambda rows: [row.replace('"people"', '"general"') for row in rows],
    lambda rows: [row.replace(" .", ".") for row in rows],
    lambda rows: [row.replace("> <", ">  <") for row in rows],
    lambda rows: [row.replace('"0"', '"\\u0030"') for row in rows],
    lambda rows: [row.replace('"0"', "_:b") for row in rows],
    lambda rows: [row.replace('"0"', '"0"@DE') for row in rows],
    lambda rows: [row.replace('"0"', '"0"@ar--rtl') for row in rows],
    lambda rows: [row.replace('"0"', "<<( <urn:a> <urn:b> <urn:c> )>>") for row in rows],
    lambda rows: [row.replace("A <https://example.org/all>", "A _:all") for row in rows],
    lambda rows: [
        row.replace('"0"', '"0"^^<http://www.w3.org/2001/XMLSchema#string>') for row in rows
    ],
    lambda rows: [row.replace('"0"', '"changed"') for row in rows],
    lambda rows: [row.replace("\\n", "\\u000A") for row in rows],
    lambda rows: [row.replace("https://example.org/", "no-iri/") for row in rows],
    lambda rows: [row + " " for row in rows],
    lambda rows: [*rows, "X"],
    lambda rows: [*rows, ""],
    lambda rows: [],
]


def body(draw: Random, db: Connection) -> str:
    """A body changed, and its digest, header and chain made anew."""
    sequence = some_entry(draw, db)
    parts = [part for part in header_of(db, sequence)["parts"] if body_of(db, sequence, part)]
    if not parts:
        return "nothing"
    part, number = draw.choice(parts), draw.randrange(len(ROW_CHANGES))
    rows = (body_of(db, sequence, part) or b"").decode().split("\n")[:-1]
    fresh = "".join(f"{row}\n" for row in ROW_CHANGES[number](rows))
    reseal(db, sequence, part, fresh.encode())
    rechain(db, sequence)
    return f"body of {sequence}, change {number}"


MUTATIONS = [column, column, row_gone, moved, setting, header, header, body, body, body]
