"""The ledger: an append-only, hash-chained record of every change; see ``docs/ledger-format.md``.

Everything else that the engine knows about recorded facts can be computed again from it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Self

from sqlalchemy import Connection, Engine, select

from engine.errors import ConflictError, WorkspaceLockedError
from engine.iri import DEFAULT_BASE
from engine.knowledge import KnowledgePack
from engine.ledger import creating, erasing, merkle, packs, reading, replay, tables
from engine.ledger.clock import Clock
from engine.ledger.draft import Draft
from engine.ledger.entry import Entry
from engine.ledger.faults import ledger_errors
from engine.ledger.opened import OpenLedger
from engine.ledger.reading import Head
from engine.ledger.replay import Assertion
from engine.ledger.signing import Checkpoint, Signer
from engine.ledger.writing import (
    Hook,
    Identity,
    Place,
    check_expected,
    no_hook,
    seal_parts,
    write_entry,
)

__all__ = ["Assertion", "Head", "Ledger"]


class Ledger(OpenLedger):
    """An open ledger. May be shared by threads; only the holder of the writer lease appends.

    Every method raises IntegrityError where what it reads is damaged, WorkspaceError where the
    file cannot be used.
    """

    def __init__(self, path: Path, engine: Engine, identity: Identity, clock: Clock) -> None:
        super().__init__(path, engine, identity)
        self._clock = clock
        self._appending = Lock()

    @classmethod
    def create(
        cls,
        path: Path,
        *,
        base: str = DEFAULT_BASE,
        origin: str | None = None,
        clock: Clock | None = None,
    ) -> Self:
        """Make an empty ledger at ``path`` and a signing key beside it.

        ``origin``: its name among all ledgers, made up where not given. Raises WorkspaceError
        where something of a ledger is there already.
        """
        with ledger_errors(path):
            creating.create_file(path, base, origin or creating.new_origin(base))
        return cls.open(path, clock=clock)

    @classmethod
    def open(cls, path: Path, *, read_only: bool = False, clock: Clock | None = None) -> Self:
        """Open the ledger at ``path``. Raises NotFoundError; never makes one."""
        with ledger_errors(path):
            engine = creating.open_file(path, read_only=read_only)
            try:
                with engine.connect() as connection:
                    identity = creating.identity(connection, path)
            except BaseException:
                engine.dispose()
                raise
        return cls(path, engine, identity, clock or Clock())

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that is durable when it ends, or did not happen."""
        with (
            self._appending,
            ledger_errors(self.path),
            self._engine.connect() as connection,
            tables.writing(connection).begin(),
        ):
            yield connection

    # Writing

    def append(
        self, draft: Draft, *, expected_head: int | None = None, hook: Hook = no_hook
    ) -> Entry:
        """Record ``draft`` as the next entry; it is on the disk when this returns.

        The patch must be effective: the caller knows the state. Raises ConflictError for a used
        idempotency key or where the head is not at ``expected_head``, StorageFullError.
        """
        parts = seal_parts(draft, self.base)
        with self.writing() as connection:
            head = reading.head(connection)
            check_expected(head, expected_head)
            self._check_key(connection, draft.idempotency_key)
            place = Place(head, *self._clock.stamp(head.instant))
            hook("begun")
            return write_entry(connection, self.identity, draft, place, parts, hook)

    def _check_key(self, connection: Connection, key: str | None) -> None:
        columns = tables.entry.c
        if key is not None:
            used = select(columns.sequence).where(columns.key == key)
            if (sequence := connection.execute(used).scalar()) is not None:
                raise ConflictError(
                    f'the idempotency key "{key}" was used for entry {sequence}',
                    remedy="Use a new key for a new change.",
                )

    def put_pack(self, pack: KnowledgePack) -> str:
        """Keep the bytes of ``pack``; gives its digest. An entry puts it in force."""
        with self.writing() as connection:
            packs.put(connection, pack)
        return pack.digest

    def erase(self, sequence: int, digest: str, draft: Draft, *, hook: Hook = no_hook) -> Entry:
        """Remove the bytes of a part by lawful order and record that with ``draft``.

        ``draft.detail["rule"]`` names the order or rule. The part's digest stays, its salt, bytes
        and index go. Raises NotFoundError, InputError without a rule, ConflictError for a part
        that is erased already or whose removals would come undone, WorkspaceLockedError where the
        order is recorded and another process's reading keeps the bytes in the write-ahead log.
        """
        with self.writing() as connection:
            part = erasing.find(connection, sequence, digest)
            erasing.check_removals(connection, sequence, part)
            final = erasing.draft_for(draft, sequence, digest)
            head = reading.head(connection)
            place = Place(head, *self._clock.stamp(head.instant))
            entry = write_entry(
                connection, self.identity, final, place, seal_parts(final, self.base), hook
            )
            erasing.remove(connection, sequence, part)
        self._overwrite(entry)
        return entry

    def _overwrite(self, entry: Entry) -> None:
        with ledger_errors(self.path), self._engine.connect() as connection:
            if not erasing.overwrite(connection):
                raise WorkspaceLockedError(
                    f"entry {entry.sequence} records the erasure, but another process is reading "
                    "the ledger, and until it ends the bytes stay in the write-ahead log",
                    remedy="End that process, then close this one: the last to close the ledger "
                    "overwrites them.",
                )

    def reindex(self) -> None:
        """Compute the node index and the Merkle tree again from the entries."""
        with self.writing() as connection:
            replay.reindex(connection)

    def checkpoint(self) -> str:
        """A signed checkpoint of the head. Raises WorkspaceError without the signing key."""
        with self.reading() as connection:
            size = reading.head(connection).sequence
            root = merkle.root(size, reading.tree_nodes(connection))
        signer = Signer.load(creating.key_path(self.path), self.origin)
        return signer.sign(Checkpoint(self.origin, size, root))
