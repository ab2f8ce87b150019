"""Lawful erasure: the bytes and the salt of a part go, what was done is recorded and stays."""

from dataclasses import replace

from sqlalchemy import Connection, update

from engine.errors import ConflictError, InputError, NotFoundError
from engine.ledger import index, reading, tables
from engine.ledger.draft import Draft
from engine.ledger.entry import Part, split_rows


def find(connection: Connection, sequence: int, digest: str) -> Part:
    """The part to erase. Raises NotFoundError, ConflictError."""
    for record in reading.records(connection, sequence, sequence):
        for part in record.parts:
            if part.digest == digest:
                if part.erased:
                    raise ConflictError(f"the part {digest} of entry {sequence} is erased already")
                return part
    raise NotFoundError(
        f"entry {sequence} has no part {digest[:80]}",
        remedy="`aims log` shows the parts of each entry.",
    )


def draft_for(draft: Draft, sequence: int, digest: str) -> Draft:
    """``draft`` as an erasure of that part. Raises InputError."""
    rule = draft.detail.get("rule")
    if not isinstance(rule, str) or not rule.strip() or not draft.patch.is_empty:
        raise InputError(
            "an erasure names the order or rule that it follows, and changes nothing else",
            remedy="Say under which rule the bytes must go.",
        )
    return replace(
        draft,
        kind="erasure",
        detail={"erased": {"part": digest, "sequence": sequence}, "rule": rule},
    )


def remove(connection: Connection, sequence: int, part: Part) -> None:
    """Take salt and bytes out of ``part``, and its subjects out of the index."""
    body = part.body
    if body is not None:
        rows = split_rows(body)
        index.forget(connection, sequence, index.merged(map(index.touches, rows)))
    columns = tables.part.c
    connection.execute(
        update(tables.part)
        .where(columns.sequence == sequence, columns.digest == bytes.fromhex(part.digest))
        .values(salt=None, body=None)
    )


def overwrite(connection: Connection) -> None:
    """Take the erased bytes out of the write-ahead log, too."""
    connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
