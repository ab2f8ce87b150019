"""Writing one entry, all of it within one transaction of the caller's."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert

from engine.errors import ConflictError
from engine.ledger import index, reading, tables
from engine.ledger.draft import Draft
from engine.ledger.entry import Entry, Header, Json, Part
from engine.ledger.merkle import leaf_hash, new_subtrees
from engine.view import format_instant

# Parts with their bodies.
Sealed = tuple[tuple[Part, bytes], ...]
# Called with the name of each step; tests end the process there.
Hook = Callable[[str], None]


def no_hook(step: str) -> None:
    """Nothing happens between the steps."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an entry goes: after which one, when, and what the clock did."""

    after: reading.Head
    instant: datetime
    clock_jump: int


@dataclass(frozen=True, slots=True)
class Identity:
    """What a ledger is: its origin, the base of its IRIs, and its public key."""

    origin: str
    base: str
    key: str

    def detail(self) -> Json:
        """What entry 1 says of it, so that the chain covers it."""
        return {"base": self.base, "key": self.key}


def write_entry(
    connection: Connection,
    identity: Identity,
    draft: Draft,
    place: Place,
    sealed: Sealed,
    hook: Hook,
) -> Entry:
    """Write header, parts, index and tree; the caller commits."""
    sequence = place.after.sequence + 1
    parts = tuple(part for part, _ in sealed)
    knowledge = _knowledge(connection, draft, place.after.sequence)
    header = _header(identity, draft, place, knowledge, parts)
    data = header.to_bytes()
    digest = leaf_hash(data)
    connection.execute(
        insert(tables.entry),
        {
            "sequence": sequence,
            "hash": digest,
            "micros": reading.to_micros(place.instant),
            "key": draft.idempotency_key,
            "header": data,
        },
    )
    hook("header written")
    _write_parts(connection, sequence, sealed)
    grown = new_subtrees(sequence, digest, reading.tree_nodes(connection))
    if grown:
        rows = [{"level": lv, "position": at, "hash": value} for lv, at, value in grown]
        connection.execute(insert(tables.subtree), rows)
    hook("parts written")
    return Entry(header, parts, digest.hex())


def _header(
    identity: Identity, draft: Draft, place: Place, knowledge: str, parts: tuple[Part, ...]
) -> Header:
    first = place.after.sequence == 0
    return Header(
        origin=identity.origin,
        sequence=place.after.sequence + 1,
        instant=format_instant(place.instant),
        agent=draft.agent,
        face=draft.face,
        kind=draft.kind,
        knowledge=knowledge,
        previous=place.after.hash,
        parts=tuple(part.digest for part in parts),
        on_behalf_of=draft.on_behalf_of,
        authentication=draft.authentication,
        idempotency_key=draft.idempotency_key,
        clock_jump=place.clock_jump,
        detail={**identity.detail(), **draft.detail} if first else draft.detail,
    )


def seal_parts(draft: Draft, base: str) -> Sealed:
    """The parts of ``draft``, by digest: a salted digest tells nothing about its compartment."""
    parts = [
        Part.seal(compartment, draft.reason, patch)
        for compartment, patch in sorted(draft.by_compartment(base).items())
    ]
    return tuple(sorted(parts, key=lambda sealed: sealed[0].digest))


def _write_parts(connection: Connection, sequence: int, parts: Sealed) -> None:
    for part, body in parts:
        connection.execute(
            insert(tables.part),
            {
                "sequence": sequence,
                "digest": bytes.fromhex(part.digest),
                "compartment": part.compartment,
                "salt": part.salt,
                "body": part.packed,
            },
        )
        index.write(connection, sequence, index.touches(body))


def _knowledge(connection: Connection, draft: Draft, before: int) -> str:
    if draft.knowledge is not None:
        return draft.knowledge
    if before == 0:
        return ""
    return reading.header_of(connection, before).knowledge


def check_expected(head: reading.Head, expected: int | None) -> None:
    """Raises ConflictError unless the head is where the caller believes it to be."""
    if expected is not None and expected != head.sequence:
        raise ConflictError(
            f"the ledger is at entry {head.sequence}, not at {expected}",
            remedy="Look at what changed in between and try again.",
        )
