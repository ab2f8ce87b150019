"""What is kept beside the entries and follows from them: the Merkle tree and the node index.

Both are compared as streams, so that the memory needed does not grow with them.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from sqlalchemy import Connection, select

from engine.ledger import index, merkle, reading, tables
from engine.ledger.index import Touches
from engine.ledger.problem import LISTED, Problem

_BATCH = 1_000
# Sequence, subject, graph, predicates: one row of the index, ids resolved.
_Row = tuple[int, str, str, tuple[str, ...]]
_Node = tuple[tuple[int, int], bytes]


def tree(connection: Connection, leaves: Sequence[bytes]) -> Iterator[Problem]:
    """Nodes of the tree that are missing, surplus or wrong."""
    columns = tables.subtree.c
    query = select(columns.level, columns.position, columns.hash)
    rows = connection.execute(query.order_by(columns.level, columns.position)).yield_per(_BATCH)
    kept = (((level, position), value) for level, position, value in rows)
    for level, position in islice(_differing(kept, _nodes(leaves)), LISTED):
        yield Problem(
            "tree",
            min((position + 1) << level, len(leaves)) if 0 < level < 63 else None,
            f"level {level}, position {position}",
            "the Merkle tree does not follow from the entries; `aims rebuild` mends it",
        )


def _nodes(leaves: Sequence[bytes]) -> Iterator[_Node]:
    node = merkle.nodes_of(leaves)
    for level in range(1, len(leaves).bit_length()):
        for position in range(len(leaves) >> level):
            yield (level, position), node(level, position)


def _differing(kept: Iterator[_Node], wanted: Iterator[_Node]) -> Iterator[tuple[int, int]]:
    """The keys at which two streams, both ascending by key, differ."""
    one, other = next(kept, None), next(wanted, None)
    while one is not None or other is not None:
        if one == other:
            one, other = next(kept, None), next(wanted, None)
        elif other is None or (one is not None and one[0] < other[0]):
            assert one is not None
            yield one[0]
            one = next(kept, None)
        else:
            yield other[0]
            one = next(kept, None) if one is not None and one[0] == other[0] else one
            other = next(wanted, None)


@dataclass
class Tally:
    """Compares two sets of rows by the sums of their keyed hashes, in constant memory.

    The key is new for each comparison, so that nobody can prepare rows with equal sums.
    """

    _key: bytes = field(default_factory=lambda: os.urandom(32))
    _sum: int = 0

    def expect(self, sequence: int, found: Touches) -> None:
        """Count the rows that entry ``sequence`` should have."""
        self._sum += sum(map(self._hash, _rows(sequence, found)))

    def agrees(self, connection: Connection) -> bool:
        """Whether the index holds the rows expected, and no others."""
        return self._sum == sum(map(self._hash, _kept(connection)))

    def _hash(self, row: _Row) -> int:
        digest = hashlib.blake2b(repr(row).encode(errors="surrogatepass"), key=self._key)
        return int.from_bytes(digest.digest())


def index_differences(connection: Connection) -> Iterator[Problem]:
    """Rows of the index that are missing, surplus or wrong; all of it is held in memory."""
    wanted: set[_Row] = set()
    for record in reading.records(connection, -(2**63), None):
        wanted.update(_rows(record.sequence, index.touches_of(record.parts)))
    for sequence, subject, graph, _ in islice(sorted(set(_kept(connection)) ^ wanted), LISTED):
        yield Problem(
            "index",
            sequence,
            f"<{subject}> in <{graph}>",
            "the index of changes does not follow from the entries; `aims rebuild` mends it",
        )


def _rows(sequence: int, found: Touches) -> Iterator[_Row]:
    for (subject, graph), predicates in found.items():
        yield sequence, subject, graph, tuple(sorted(predicates))


def _kept(connection: Connection) -> Iterator[_Row]:
    names: dict[str, str] = {
        str(number): iri
        for number, iri in connection.execute(select(tables.name.c.id, tables.name.c.iri))
    }
    columns = tables.touch.c
    query = select(columns.sequence, columns.subject, columns.graph, columns.predicates)
    for sequence, subject, graph, packed in connection.execute(query).yield_per(_BATCH):
        ids: Iterable[str] = packed.split(" ")[1:-1]
        told = tuple(sorted(names.get(number, number) for number in ids))
        yield sequence, subject, names.get(str(graph), str(graph)), told
