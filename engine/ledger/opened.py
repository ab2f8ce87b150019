"""An open ledger, as far as it can be read."""

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, func, select

from engine.errors import NotFoundError
from engine.knowledge import KnowledgePack
from engine.ledger import merkle, packs, reading, replay, tables
from engine.ledger.entry import Entry
from engine.ledger.faults import ledger_errors
from engine.ledger.patch import Patch
from engine.ledger.reading import Head
from engine.ledger.replay import Assertion
from engine.ledger.writing import Identity
from engine.rdf import NamedNode, Quad


class OpenLedger:
    """The readable side of ``Ledger``.

    Every method raises IntegrityError where what it reads is damaged, WorkspaceError where the
    file cannot be used.
    """

    def __init__(self, path: Path, engine: Engine, identity: Identity) -> None:
        self.path = path
        self.identity = identity
        self._engine = engine

    def close(self) -> None:
        """Let go of the file."""
        with ledger_errors(self.path):
            self._engine.dispose()

    @property
    def base(self) -> str:
        """The base of the workspace's IRIs."""
        return self.identity.base

    @property
    def origin(self) -> str:
        """The name of this ledger among all ledgers."""
        return self.identity.origin

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one state of the tables."""
        with ledger_errors(self.path), self._engine.connect() as connection, connection.begin():
            yield connection

    def head(self) -> Head:
        """Where the ledger stands."""
        with self.reading() as connection:
            return reading.head(connection)

    def position(self, as_of: int | datetime | None = None) -> Head:
        """The entry that a view ``as_of`` reads up to. Raises NotFoundError for none."""
        with self.reading() as connection:
            head = reading.head(connection)
            if as_of is None:
                return head
            wanted = as_of if isinstance(as_of, int) else reading.sequence_at(connection, as_of)
            if not 0 < wanted <= head.sequence:
                what = f"entry {as_of}" if isinstance(as_of, int) else f"entry by {as_of}"
                raise NotFoundError(
                    f"the ledger has no {what}",
                    remedy=f"Its entries are 1 to {head.sequence}."
                    if head.sequence
                    else "It is empty.",
                )
            return reading.head(connection, wanted)

    def at(self, instant: datetime) -> int:
        """The last entry recorded at or before ``instant``, 0 for none."""
        with self.reading() as connection:
            return reading.sequence_at(connection, instant)

    def entry(self, sequence: int) -> Entry:
        """The entry ``sequence``. Raises NotFoundError."""
        found = self.entries(sequence, sequence)
        if not found:
            raise NotFoundError(
                f"the ledger has no entry {sequence}",
                remedy=f"Its entries are 1 to {self.head().sequence}.",
            )
        return found[0]

    def entries(self, first: int = 1, last: int | None = None) -> tuple[Entry, ...]:
        """The entries from ``first`` to ``last`` (None: the head), oldest first."""
        with self.reading() as connection:
            end = reading.head(connection).sequence if last is None else last
            return tuple(map(reading.to_entry, reading.records(connection, first, end)))

    def by_key(self, key: str) -> Entry | None:
        """The entry recorded under an idempotency key."""
        columns = tables.entry.c
        with self.reading() as connection:
            query = select(columns.sequence).where(columns.key == key)
            sequence = connection.execute(query).scalar()
            if sequence is None:
                return None
            (record,) = reading.records(connection, sequence, sequence)
            return reading.to_entry(record)

    def patches(
        self,
        first: int = 1,
        last: int | None = None,
        compartments: Collection[str] | None = None,
    ) -> Iterator[tuple[int, Patch]]:
        """Sequence and patch of the entries ``first`` to ``last`` (None: the head).

        ``compartments``: only the parts of these. Erased parts are left out.
        """
        with self.reading() as connection:
            yield from replay.patches(connection, first, last, compartments)

    def state(
        self, as_of: int | None = None, compartments: Collection[str] | None = None
    ) -> set[Quad]:
        """Every quad asserted after entry ``as_of`` (None: the head), by replay."""
        with self.reading() as connection:
            return replay.state(connection, as_of, compartments)

    def state_of(self, compartment: str, as_of: int) -> tuple[int, int]:
        """What tells one state of a compartment up to ``as_of`` from any other.

        The last entry that touched it, 0 for none, and how many of its parts are erased.
        """
        columns = tables.part.c
        query = select(func.max(columns.sequence), func.count().filter(columns.salt.is_(None)))
        where = (columns.compartment == compartment) & (columns.sequence <= as_of)
        with self.reading() as connection:
            last, erased = connection.execute(query.where(where)).one()
        return last or 0, erased

    def has_erasure(self, first: int, last: int) -> bool:
        """Whether an entry from ``first`` to ``last`` erased a part."""
        with self.reading() as connection:
            return any(
                reading.to_entry(record).header.kind == "erasure"
                for record in reading.records(connection, first, last)
            )

    def history(
        self,
        node: NamedNode,
        graph: NamedNode | None = None,
        *,
        as_of: int | None = None,
        compartments: Collection[str] | None = None,
    ) -> tuple[Assertion, ...]:
        """Who changed statements about ``node``, when, why and what; oldest first."""
        with self.reading() as connection:
            return replay.history(connection, node, graph, as_of, compartments)

    def last_change(
        self,
        node: NamedNode,
        predicates: frozenset[NamedNode] | None = None,
        as_of: int | None = None,
        compartments: Collection[str] | None = None,
    ) -> int | None:
        """The last entry up to ``as_of`` that changed statements about ``node``, None for none.

        ``predicates``: only statements over these; ``compartments``: only those recorded there.
        """
        with self.reading() as connection:
            return replay.last_change(connection, self.base, node, predicates, as_of, compartments)

    def recorded(
        self,
        nodes: Iterable[NamedNode],
        predicate: NamedNode,
        as_of: int | None = None,
        compartments: Collection[str] | None = None,
    ) -> dict[NamedNode, datetime]:
        """When statements with ``predicate`` about each of ``nodes`` were last changed.

        Without those of which none is recorded up to ``as_of``, or not in ``compartments``.
        """
        with self.reading() as connection:
            return replay.recorded(connection, self.base, nodes, predicate, as_of, compartments)

    def pack(self, digest: str) -> KnowledgePack:
        """The knowledge pack ``digest``. Raises NotFoundError."""
        with self.reading() as connection:
            return packs.get(connection, digest)

    def knowledge_at(self, as_of: int | None = None) -> str:
        """Digest of the knowledge pack in force after entry ``as_of``, empty for none."""
        with self.reading() as connection:
            sequence = reading.head(connection, as_of).sequence
            return reading.header_of(connection, sequence).knowledge if sequence else ""

    def pack_in_force(self, as_of: int | None = None) -> KnowledgePack:
        """The knowledge pack in force after entry ``as_of``. Raises NotFoundError for none."""
        return self.pack(self.knowledge_at(as_of))

    # Proofs

    def root(self, size: int | None = None) -> bytes:
        """Root of the Merkle tree over the first ``size`` entries (None: all)."""
        with self.reading() as connection:
            count = reading.head(connection).sequence if size is None else size
            return merkle.root(count, reading.tree_nodes(connection))

    def inclusion_proof(self, sequence: int, size: int | None = None) -> merkle.Proof:
        """That entry ``sequence`` is among the first ``size``. Raises NotFoundError."""
        with self.reading() as connection:
            count = self._size(connection, size)
            if not 0 < sequence <= count:
                raise NotFoundError(f"entry {sequence} is not among the first {count}")
            return merkle.inclusion_proof(sequence - 1, count, reading.tree_nodes(connection))

    def consistency_proof(self, old: int, new: int | None = None) -> merkle.Proof:
        """That the first ``new`` entries extend the first ``old``. Raises NotFoundError."""
        with self.reading() as connection:
            count = self._size(connection, new)
            if not 0 < old <= count:
                raise NotFoundError(f"there is no proof from {old} to {count} entries")
            return merkle.consistency_proof(old, count, reading.tree_nodes(connection))

    def _size(self, connection: Connection, size: int | None) -> int:
        head = reading.head(connection).sequence
        if size is not None and not 0 <= size <= head:
            raise NotFoundError(f"the ledger has {head} entries, not {size}")
        return head if size is None else size
