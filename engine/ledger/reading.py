"""Reading entries from the tables."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, select

from engine.errors import IntegrityError
from engine.ledger import tables
from engine.ledger.entry import NO_PREVIOUS, Entry, Header, Part
from engine.ledger.merkle import Nodes, leaf_hash

_BATCH = 200
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Head:
    """Where the ledger stands: the last entry's sequence, hash (hex) and instant.

    An empty ledger has sequence 0, a hash of zeros and no instant.
    """

    sequence: int
    hash: str
    instant: datetime | None


@dataclass(frozen=True, slots=True)
class Record:
    """An entry as it is kept: columns as they are, nothing checked."""

    sequence: int
    hash: bytes
    micros: int
    key: str | None
    header: bytes
    parts: tuple[Part, ...]


def to_micros(instant: datetime) -> int:
    """Microseconds since 1970."""
    return (instant - _EPOCH) // timedelta(microseconds=1)


def from_micros(micros: int) -> datetime:
    """The instant so many microseconds after 1970, UTC."""
    return _EPOCH + timedelta(microseconds=micros)


def head(connection: Connection, last: int | None = None) -> Head:
    """The last entry, or the one at ``last`` or, where that is missing, before it."""
    columns = tables.entry.c
    query = select(columns.sequence, columns.hash, columns.micros)
    if last is not None:
        query = query.where(columns.sequence <= last)
    row = connection.execute(query.order_by(columns.sequence.desc()).limit(1)).first()
    return (
        Head(0, NO_PREVIOUS, None)
        if row is None
        else Head(row[0], row[1].hex(), from_micros(row[2]))
    )


def instant_of(connection: Connection, sequence: int) -> datetime:
    """When entry ``sequence``, which is there, was recorded."""
    columns = tables.entry.c
    query = select(columns.micros).where(columns.sequence == sequence)
    return from_micros(connection.execute(query).scalar_one())


def sequence_at(connection: Connection, instant: datetime) -> int:
    """The last entry recorded at or before ``instant``, 0 for none."""
    columns = tables.entry.c
    # Instants never go back, so the last row of the index on them is the last entry.
    query = (
        select(columns.sequence)
        .where(columns.micros <= to_micros(instant))
        .order_by(columns.micros.desc(), columns.sequence.desc())
        .limit(1)
    )
    return connection.execute(query).scalar() or 0


def records(connection: Connection, first: int, last: int | None) -> Iterator[Record]:
    """The entries from ``first`` to ``last`` that are there, ascending, with their parts."""
    columns, parts = tables.entry.c, tables.part.c
    start = first
    while True:
        query = (
            select(columns.sequence, columns.hash, columns.micros, columns.key, columns.header)
            .where(columns.sequence >= start)
            .order_by(columns.sequence)
            .limit(_BATCH)
        )
        if last is not None:
            query = query.where(columns.sequence <= last)
        entries = connection.execute(query).all()
        if not entries:
            return
        kept: dict[int, list[Part]] = {}
        held = (
            select(parts.sequence, parts.compartment, parts.salt, parts.body, parts.digest)
            .where(parts.sequence.between(entries[0][0], entries[-1][0]))
            .order_by(parts.sequence, parts.digest)
        )
        for sequence, compartment, salt, body, digest in connection.execute(held):
            kept.setdefault(sequence, []).append(Part(compartment, salt, body, digest.hex()))
        for sequence, digest, micros, key, header in entries:
            yield Record(sequence, digest, micros, key, header, tuple(kept.get(sequence, ())))
        start = entries[-1][0] + 1


def header_of(connection: Connection, sequence: int) -> Header:
    """The header of the entry ``sequence``, which must be there. Raises IntegrityError."""
    columns = tables.entry.c
    query = select(columns.hash, columns.header).where(columns.sequence == sequence)
    digest, data = connection.execute(query).one()
    return to_entry(Record(sequence, digest, 0, None, data, ())).header


def to_entry(record: Record) -> Entry:
    """The entry kept in ``record``. Raises IntegrityError where header and hash disagree."""
    found = leaf_hash(record.header)
    if found != record.hash:
        raise IntegrityError(
            f"the header of entry {record.sequence} has another hash than the one recorded",
            remedy="`aims verify` shows what is damaged; restore the ledger from a backup.",
        )
    return Entry(Header.from_bytes(record.header), record.parts, found.hex())


def tree_nodes(connection: Connection) -> Nodes:
    """The hashes of the Merkle tree as they are kept."""

    def node(level: int, index: int) -> bytes:
        if level == 0:
            query = select(tables.entry.c.hash).where(tables.entry.c.sequence == index + 1)
        else:
            columns = tables.subtree.c
            query = select(columns.hash).where(columns.level == level, columns.position == index)
        found: bytes | None = connection.execute(query).scalar()
        if found is None:
            raise IntegrityError(
                f"the Merkle tree has no node {index} at level {level}",
                remedy="`aims rebuild` computes it again from the entries.",
            )
        return found

    return node
