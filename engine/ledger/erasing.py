"""Lawful erasure: the bytes and the salt of a part go, what was done is recorded and stays."""

from dataclasses import replace

from sqlalchemy import Connection, update

from engine.canonical import nquad
from engine.errors import ConflictError, InputError, NotFoundError
from engine.ledger import index, reading, replay, tables
from engine.ledger.draft import Draft
from engine.ledger.entry import Part
from engine.rdf import Quad


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


def check_removals(connection: Connection, sequence: int, part: Part) -> None:
    """Raises ConflictError where facts that ``part`` removed would be back without it."""
    removed = part.patch().removes
    back: dict[Quad, int] = {}
    if removed:
        for earlier, patch in replay.patches(connection, 1, sequence - 1, {part.compartment}):
            back |= dict.fromkeys(patch.adds & removed, earlier)
            for quad in patch.removes & back.keys():
                del back[quad]
    if back:
        quad = min(back, key=str)
        raise ConflictError(
            f"without the part {part.digest} of entry {sequence}, what it removed would be "
            f"asserted again: {nquad(quad)}",
            remedy=f"Erase the part of entry {back[quad]} that added it first.",
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
        index.forget(connection, sequence, index.touches(body))
    columns = tables.part.c
    connection.execute(
        update(tables.part)
        .where(columns.sequence == sequence, columns.digest == bytes.fromhex(part.digest))
        .values(salt=None, body=None)
    )


def overwrite(connection: Connection) -> bool:
    """Take the erased bytes out of the write-ahead log, too; False while others are reading it."""
    busy, _, _ = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
    return not busy
