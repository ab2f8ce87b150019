"""Sixteen attacks on a ledger, each at a position of the attacker's choice before the last entry.

An attack gives the entries of which verification may name one as the first bad one, none where it
cannot say which: a ledger rewritten whole differs from the kept checkpoint in its root alone.
"""

import shutil
import sqlite3
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from engine.ledger.signing import Signer
from engine.view import format_instant, parse_instant
from tests.ledger.forging import (
    as_bytes,
    cut,
    edit_header,
    editing,
    header_of,
    leaf,
    rechain,
    replant,
    shift,
)
from tests.ledger.making import FILE

Named = frozenset[int | None]
SOMEWHERE: Named = frozenset({None})


@dataclass(frozen=True)
class Target:
    """What is attacked: a copy of a ledger's folder with ``count`` entries, and its vault.

    ``other``: another ledger of as many entries. ``checkpoint``: what was kept elsewhere, or what
    the attacker shows in its place.
    """

    root: Path
    count: int
    other: Path
    checkpoint: str

    @property
    def path(self) -> Path:
        return self.root / FILE


Attack = Callable[[Target, int], Named]


def at(*sequences: int) -> Named:
    return frozenset(sequences)


COLUMNS = [("entry", "header"), ("entry", "hash"), ("part", "body"), ("part", "salt")]


def flip(target: Target, k: int) -> Named:
    """One bit of one column of the record.

    Of a compressed body a bit that says something: some between its blocks are never read.
    """
    table, column = COLUMNS[k % len(COLUMNS)]
    with editing(target.path) as db:
        query = f"SELECT rowid, {column} FROM {table} WHERE sequence = ? AND {column} NOT NULL"
        row, value = db.execute(query, (k,)).fetchone()
        places = ((7 * k + step) % len(value) for step in range(len(value)))
        flips = (flipped(value, place, k % 8) for place in places)
        changed = next(f for f in flips if column != "body" or unpacked(f) != unpacked(value))
        db.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (changed, row))
    return at(k)


def flipped(value: bytes, place: int, bit: int) -> bytes:
    return value[:place] + bytes([value[place] ^ 1 << bit]) + value[place + 1 :]


def unpacked(value: bytes) -> bytes | None:
    try:
        return zlib.decompress(value)
    except zlib.error:
        return None


def drop(target: Target, k: int) -> Named:
    with editing(target.path) as db:
        for table in ("entry", "part", "touch"):
            db.execute(f"DELETE FROM {table} WHERE sequence = ?", (k,))
    return at(k, k + 1)


def swap(target: Target, k: int) -> Named:
    other = k + 1
    with editing(target.path) as db:
        for table in ("entry", "part", "touch"):
            for old, new in ((k, 0), (other, k), (0, other)):
                db.execute(f"UPDATE {table} SET sequence = ? WHERE sequence = ?", (new, old))
    return at(k)


def duplicate(target: Target, k: int) -> Named:
    with editing(target.path) as db:
        shift(db, k + 1)
        db.execute(
            "INSERT INTO entry SELECT sequence + 1, hash, micros, NULL, header FROM entry "
            "WHERE sequence = ?",
            (k,),
        )
        db.execute(
            "INSERT INTO part SELECT sequence + 1, digest, compartment, salt, body FROM part "
            "WHERE sequence = ?",
            (k,),
        )
    return at(k + 1)


def insert(target: Target, k: int) -> Named:
    """A forged entry that fits the one before it, so that the one after it does not."""
    with editing(target.path) as db:
        query = "SELECT hash, micros FROM entry WHERE sequence = ?"
        before, micros = db.execute(query, (k,)).fetchone()
        own = {"sequence": k + 1, "previous": before.hex(), "parts": [], "kind": "change"}
        data = as_bytes(header_of(db, k) | own | {"idempotency_key": None, "detail": {}})
        shift(db, k + 1)
        row = (k + 1, leaf(data), micros, None, data)
        db.execute("INSERT INTO entry VALUES (?, ?, ?, ?, ?)", row)
        replant(db)
    return at(k + 1, k + 2)


def cut_tail(target: Target, k: int) -> Named:
    with editing(target.path) as db:
        cut(db, k - 1)
    return at(k)


def rewrite(target: Target, k: int) -> Named:
    """Another agent from entry ``k`` on, and everything made to fit."""
    with editing(target.path) as db:
        edit_header(db, k, lambda header: header.update(agent="urn:test:somebody-else"))
        rechain(db, k)
    return at(target.count)


def resign(target: Target, k: int) -> Named:
    """The same with a new key in all places, and a checkpoint signed by it."""
    with editing(target.path) as db:
        key = replace_key(target, db)
        edit_header(db, 1, lambda header: header["detail"].update(key=key))
        edit_header(db, k, lambda header: header.update(agent="urn:test:somebody-else"))
        rechain(db, 1)
    return SOMEWHERE


def replace_key(target: Target, db: sqlite3.Connection) -> str:
    (origin,) = db.execute("SELECT value FROM setting WHERE name = 'origin'").fetchone()
    signer = Signer.generate(origin)
    (target.root / "ledger.key").unlink()
    signer.save(target.root / "ledger.key")
    key = signer.verifier.text
    db.execute("UPDATE setting SET value = ? WHERE name = 'key'", (key,))
    return key


def others_entries(target: Target, k: int) -> Named:
    with editing(target.path) as db:
        db.execute("COMMIT")
        db.execute("ATTACH ? AS other", (str(target.other / FILE),))
        db.execute("BEGIN")
        cut(db, k - 1)
        for table in ("entry", "part"):
            db.execute(f"INSERT INTO {table} SELECT * FROM other.{table} WHERE sequence >= ?", (k,))
        replant(db)
    return at(k)


def old_checkpoint(target: Target, k: int) -> Named:
    """Cut to entry ``k - 1``, of which a genuine checkpoint is shown; a newer one was kept."""
    return cut_tail(target, k)


def rollback(target: Target, k: int) -> Named:
    """The whole folder as it was at entry ``k - 1``."""
    shutil.rmtree(target.root / "store", ignore_errors=True)
    return cut_tail(target, k)


def fork(target: Target, k: int) -> Named:
    """Other entries from ``k`` on, as the genuine program would have written them."""
    last = target.count
    with editing(target.path) as db:
        for sequence in range(k, last + 1):
            edit_header(db, sequence, lambda header: header.update(face="fork"))
        rechain(db, k)
    return at(last)


def empty(target: Target, k: int) -> Named:
    with editing(target.path) as db:
        cut(db, 0)
    return at(1)


def edit_time(target: Target, k: int) -> Named:
    """An instant a second later, in header, column and hash."""
    with editing(target.path) as db:
        instant = parse_instant(header_of(db, k)["instant"]) + timedelta(seconds=1)
        later = format_instant(instant)
        edit_header(db, k, lambda header: header.update(instant=later), rehash=True)
        db.execute("UPDATE entry SET micros = micros + 1000000 WHERE sequence = ?", (k,))
    return at(k, k + 1)


def edit_actor(target: Target, k: int) -> Named:
    with editing(target.path) as db:
        edit_header(db, k, lambda header: header.update(agent="urn:test:somebody-else"))
    return at(k)


def edit_evidence(target: Target, k: int) -> Named:
    blobs = sorted(path for path in (target.root / "vault").rglob("*") if path.is_file())
    blob = blobs[k % len(blobs)]
    data = blob.read_bytes()
    blob.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    return SOMEWHERE


ATTACKS: dict[str, Attack] = {
    attack.__name__: attack
    for attack in (
        flip,
        drop,
        swap,
        duplicate,
        insert,
        cut_tail,
        rewrite,
        resign,
        others_entries,
        old_checkpoint,
        rollback,
        fork,
        empty,
        edit_time,
        edit_actor,
        edit_evidence,
    )
}
# Those that leave a ledger which is consistent with itself.
NEED_A_CHECKPOINT = {
    "cut_tail",
    "rewrite",
    "resign",
    "old_checkpoint",
    "rollback",
    "fork",
    "empty",
}
