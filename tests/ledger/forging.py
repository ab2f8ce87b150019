"""What somebody can do who may write to the ledger file: edits, and whole chains made anew."""

import hashlib
import json
import sqlite3
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Fields = dict[str, Any]
Change = Callable[[Fields], None]


@contextmanager
def editing(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection to the ledger file at ``path``, its changes committed in the end."""
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("BEGIN")
        yield connection
        connection.execute("COMMIT")
    finally:
        connection.close()


def header_of(db: sqlite3.Connection, sequence: int) -> Fields:
    (data,) = db.execute("SELECT header FROM entry WHERE sequence = ?", (sequence,)).fetchone()
    found: Fields = json.loads(data)
    return found


def as_bytes(header: Fields) -> bytes:
    return json.dumps(header, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def leaf(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


def edit_header(
    db: sqlite3.Connection, sequence: int, change: Change, *, rehash: bool = False
) -> None:
    """Change the header of an entry; its hash only where asked for."""
    header = header_of(db, sequence)
    change(header)
    data = as_bytes(header)
    db.execute("UPDATE entry SET header = ? WHERE sequence = ?", (data, sequence))
    if rehash:
        db.execute("UPDATE entry SET hash = ? WHERE sequence = ?", (leaf(data), sequence))


def rechain(db: sqlite3.Connection, first: int) -> None:
    """Make ``previous`` and hash of all entries from ``first`` on fit, and the tree over them."""
    found = db.execute("SELECT hash FROM entry WHERE sequence = ?", (first - 1,)).fetchone()
    previous: bytes = found[0] if found else bytes(32)
    query = "SELECT sequence, header FROM entry WHERE sequence >= ? ORDER BY sequence"
    for sequence, data in db.execute(query, (first,)).fetchall():
        header: Fields = json.loads(data)
        header["previous"] = previous.hex()
        fresh = as_bytes(header)
        previous = leaf(fresh)
        db.execute(
            "UPDATE entry SET header = ?, hash = ? WHERE sequence = ?", (fresh, previous, sequence)
        )
    replant(db)


def replant(db: sqlite3.Connection) -> None:
    """The tree as it follows from the entries."""
    db.execute("DELETE FROM subtree")
    level = 0
    below = [row[0] for row in db.execute("SELECT hash FROM entry ORDER BY sequence")]
    while len(below) > 1:
        level += 1
        pairs = zip(below[::2], below[1::2], strict=False)
        below = [hashlib.sha256(b"\x01" + left + right).digest() for left, right in pairs]
        db.executemany(
            "INSERT INTO subtree VALUES (?, ?, ?)",
            [(level, position, value) for position, value in enumerate(below)],
        )


def shift(db: sqlite3.Connection, first: int) -> None:
    """Move every entry from ``first`` on, and what belongs to it, one place up."""
    for table in ("entry", "part", "touch"):
        db.execute(f"UPDATE {table} SET sequence = -sequence - 1 WHERE sequence >= ?", (first,))
        db.execute(f"UPDATE {table} SET sequence = -sequence WHERE sequence < 0")


def cut(db: sqlite3.Connection, last: int) -> None:
    """Remove every entry after ``last``, and all that follows from them."""
    for table in ("entry", "part", "touch"):
        db.execute(f"DELETE FROM {table} WHERE sequence > ?", (last,))
    db.execute("DELETE FROM subtree WHERE (position + 1) << level > ?", (last,))


def body_of(db: sqlite3.Connection, sequence: int, digest: str) -> bytes | None:
    query = "SELECT body FROM part WHERE sequence = ? AND digest = ?"
    (packed,) = db.execute(query, (sequence, bytes.fromhex(digest))).fetchone()
    return None if packed is None else zlib.decompress(packed)


def reseal(db: sqlite3.Connection, sequence: int, digest: str, body: bytes) -> None:
    """Give a part another body, with digest and header to fit; the chain after it is not mended."""
    salt = hashlib.sha256(body).digest()
    fresh = hashlib.sha256(salt + body).digest()
    db.execute(
        "UPDATE part SET digest = ?, salt = ?, body = ? WHERE sequence = ? AND digest = ?",
        (fresh, salt, zlib.compress(body), sequence, bytes.fromhex(digest)),
    )

    def change(header: Fields) -> None:
        others = [part for part in header["parts"] if part != digest]
        header["parts"] = sorted([*others, fresh.hex()])

    edit_header(db, sequence, change, rehash=True)
