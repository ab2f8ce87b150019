"""The ledger against itself: recompute everything that can be, and say where it differs.

Found are: any edit, removal, reorder, duplicate or insertion in the entries, a part whose bytes do
not fit, a change that was no change, a tree or index that does not follow from the entries. A
ledger rewritten whole, or rolled back, is found where a checkpoint was kept elsewhere; without one
it is consistent with itself only. An erased part is told from a tampered one by the entry that
orders it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from sqlalchemy import Connection, select

from engine.errors import AimsError, IntegrityError
from engine.ledger import index, merkle, packs, reading, tables
from engine.ledger.entry import NO_PREVIOUS, Header, read_head, split_rows, write_body
from engine.ledger.merkle import leaf_hash
from engine.ledger.opened import OpenLedger
from engine.ledger.patch import Patch
from engine.ledger.reading import Record
from engine.ledger.signing import Verifier
from engine.ledger.writing import Identity
from engine.rdf import Quad

# Of each kind at most so many are listed.
LISTED = 100


@dataclass(frozen=True, slots=True)
class Problem:
    """One difference. ``kind``: file, entry, part, erasure, pack, index, tree, checkpoint,
    setting, store or vault. ``sequence``: the entry concerned, None where it is none. ``where``:
    the column, part, quad or file.
    """

    kind: str
    sequence: int | None
    where: str
    message: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What a walk over the whole ledger found: ``count`` entries, the ``state`` they amount to."""

    count: int
    state: frozenset[Quad]
    problems: tuple[Problem, ...]


def check(ledger: OpenLedger, checkpoint: str | None = None) -> Checked:
    """Check every entry of ``ledger``, and what is kept beside them.

    ``checkpoint``: the text of one that was kept elsewhere. Raises WorkspaceError where the
    ledger cannot be read at all, ParseError for text that is no checkpoint.
    """
    with ledger.reading() as connection:
        chain = _Chain(ledger.identity)
        problems = list(_file(connection))
        for record in reading.records(connection, -(2**63), None):
            chain.add(record)
        problems += chain.finished()
        problems += [*_orphans(connection), *_derived(connection, chain)]
        problems += _packs(connection, chain)
        problems += _against_checkpoint(ledger.identity, chain, checkpoint)
    return Checked(chain.count, frozenset(chain.state), tuple(problems))


def _file(connection: Connection) -> Iterator[Problem]:
    """What SQLite itself finds wrong with its pages."""
    for (told,) in connection.exec_driver_sql("PRAGMA integrity_check(20)"):
        if told != "ok":
            yield Problem("file", None, "integrity_check", str(told))


def _orphans(connection: Connection) -> Iterator[Problem]:
    """Parts of entries that are not there."""
    parts, entries = tables.part.c, tables.entry.c
    query = select(parts.sequence, parts.digest).where(
        parts.sequence.not_in(select(entries.sequence))
    )
    for sequence, digest in connection.execute(query.limit(LISTED)):
        yield Problem("part", sequence, digest.hex(), "it belongs to no entry")


@dataclass(slots=True)
class _Chain:
    """Walks the records in order and keeps what the entries amount to."""

    identity: Identity
    count: int = 0
    previous: str = NO_PREVIOUS
    micros: int | None = None
    leaves: list[bytes] = field(default_factory=list)
    state: set[Quad] = field(default_factory=set)
    touches: dict[int, index.Touches] = field(default_factory=dict)
    knowledge: dict[str, int] = field(default_factory=dict)
    in_force: str = ""
    erased: dict[tuple[int, str], str] = field(default_factory=dict)
    orders: dict[tuple[int, str], int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def add(self, record: Record) -> None:
        """Check ``record`` against what came before."""
        self.count += 1
        if record.sequence != self.count:
            self._tell(
                "entry", record.sequence, "sequence", f"entry {self.count} should stand here"
            )
            self.count = record.sequence
        digest = leaf_hash(record.header)
        self.leaves.append(digest)
        if digest != record.hash:
            self._tell("entry", record.sequence, "hash", "the header has another hash")
        try:
            header = Header.from_bytes(record.header)
        except IntegrityError as error:
            self._tell("entry", record.sequence, "header", error.message)
        else:
            self._header(record, header)
            self._parts(record, header)
        self.previous = digest.hex()

    def _header(self, record: Record, header: Header) -> None:
        expected: dict[str, tuple[object, object]] = {
            "sequence": (header.sequence, record.sequence),
            "origin": (header.origin, self.identity.origin),
            "previous": (header.previous, self.previous),
            "idempotency_key": (header.idempotency_key, record.key),
            "instant": (reading.to_micros(header.recorded_at), record.micros),
        }
        for where, (found, wanted) in expected.items():
            if found != wanted:
                self._tell("entry", record.sequence, where, f"{found} where {wanted} belongs")
        if self.micros is not None and record.micros < self.micros:
            self._tell("entry", record.sequence, "instant", "it is earlier than the entry before")
        self.micros = record.micros
        if record.sequence == 1:
            for name, value in self.identity.detail().items():
                if header.detail.get(name) != value:
                    self._tell("setting", 1, name, "entry 1 says something else")
        if header.knowledge != self.in_force and header.kind != "knowledge":
            self._tell("entry", record.sequence, "knowledge", "it changes the pack in force")
        if header.knowledge:
            self.knowledge.setdefault(header.knowledge, record.sequence)
        self.in_force = header.knowledge
        order = header.detail.get("erased")
        if header.kind == "erasure" and isinstance(order, dict):
            key = (int(order.get("sequence", 0)), str(order.get("part", "")))
            self.orders[key] = record.sequence

    def _parts(self, record: Record, header: Header) -> None:
        found = tuple(part.digest for part in record.parts)
        if found != header.parts:
            named, there = set(header.parts), set(found)
            missing, extra = sorted(named - there), sorted(there - named)
            what = f"missing {missing}" if missing else f"surplus {extra}"
            self._tell("part", record.sequence, ", ".join(missing + extra) or "order", what)
        patches = []
        for part in record.parts:
            if part.erased:
                self.erased[record.sequence, part.digest] = part.compartment
                continue
            try:
                body = part.body
                assert body is not None
                compartment, reason = read_head(body)
                patch = part.patch()
                canonical = write_body(compartment, reason, patch) == body
            except (AimsError, ValueError) as error:
                told = getattr(error, "message", str(error))
                self._tell("part", record.sequence, part.digest, told)
                continue
            if compartment != part.compartment or not canonical:
                where = "compartment" if compartment != part.compartment else "body"
                self._tell("part", record.sequence, f"{part.digest} {where}", "it does not fit")
            self._touched(record.sequence, body)
            patches.append(patch)
        for patch in patches:
            self._carry_out(record.sequence, patch)

    def _touched(self, sequence: int, body: bytes) -> None:
        found = [index.touches(rows) for rows in split_rows(body)]
        before = self.touches.get(sequence, {})
        self.touches[sequence] = index.merged([before, *found])

    def _carry_out(self, sequence: int, patch: Patch) -> None:
        idle = [*(patch.adds & self.state)]
        if not self.erased:
            # What an erased part had added can still be removed later.
            idle += patch.removes - self.state
        for quad in sorted(map(str, idle))[:3]:
            self._tell("entry", sequence, quad, "the change changed nothing")
        self.state -= patch.removes
        self.state |= patch.adds

    def _tell(self, kind: str, sequence: int | None, where: str, message: str) -> None:
        self.problems.append(Problem(kind, sequence, where, message))

    def finished(self) -> list[Problem]:
        """The problems of entries and parts; erased parts are checked against their orders."""
        for (sequence, digest), compartment in self.erased.items():
            if (sequence, digest) not in self.orders:
                message = f"the bytes of a part in {compartment} are gone and no entry orders it"
                self._tell("erasure", sequence, digest, message)
        for (sequence, digest), by in self.orders.items():
            if (sequence, digest) not in self.erased:
                message = f"entry {by} orders its erasure, and its bytes are there"
                self._tell("erasure", sequence, digest, message)
        return self.problems


def _derived(connection: Connection, chain: _Chain) -> Iterator[Problem]:
    """What is kept beside the entries and can be computed from them: tree and index."""
    columns = tables.subtree.c
    kept = {
        (level, position): value
        for level, position, value in connection.execute(
            select(columns.level, columns.position, columns.hash)
        )
    }
    node = merkle.nodes_of(chain.leaves)
    wanted = {
        (level, position): node(level, position)
        for level in range(1, len(chain.leaves).bit_length())
        for position in range(len(chain.leaves) >> level)
    }
    for key in sorted(kept.keys() | wanted.keys()):
        if kept.get(key) != wanted.get(key):
            level, position = key
            last = min((position + 1) << level, len(chain.leaves))
            yield Problem(
                "tree",
                last,
                f"level {level}, position {position}",
                "the Merkle tree does not follow from the entries; `aims rebuild` mends it",
            )
    yield from _index(connection, chain)


def _index(connection: Connection, chain: _Chain) -> Iterator[Problem]:
    found = connection.execute(select(tables.name.c.id, tables.name.c.iri))
    names: dict[int, str] = {row.id: row.iri for row in found}
    columns = tables.touch.c
    query = select(columns.sequence, columns.subject, columns.graph, columns.predicates)
    kept: set[tuple[int, str, str, frozenset[str]]] = set()
    for sequence, subject, graph, packed in connection.execute(query):
        predicates = frozenset(names.get(int(n), n) for n in packed.split() if n.isdecimal())
        kept.add((sequence, subject, names.get(graph, str(graph)), predicates))
    wanted = {
        (sequence, subject, graph, frozenset(predicates))
        for sequence, found in chain.touches.items()
        for (subject, graph), predicates in found.items()
    }
    for sequence, subject, graph, _ in islice(sorted(kept ^ wanted, key=str), LISTED):
        yield Problem(
            "index",
            sequence,
            f"<{subject}> in <{graph}>",
            "the index of changes does not follow from the entries; `aims rebuild` mends it",
        )


def _packs(connection: Connection, chain: _Chain) -> Iterator[Problem]:
    for digest, sequence in chain.knowledge.items():
        try:
            packs.get(connection, digest)
        except AimsError as error:
            yield Problem("pack", sequence, digest, error.message)


def _against_checkpoint(identity: Identity, chain: _Chain, note: str | None) -> Iterator[Problem]:
    """Raises ParseError for text that is no checkpoint."""
    if note is None:
        return
    try:
        kept = Verifier.parse(identity.key).verified(note)
    except IntegrityError as error:
        yield Problem("checkpoint", None, "signature", error.message)
        return
    if kept.origin != identity.origin:
        yield Problem("checkpoint", None, "origin", f"it is of another ledger, {kept.origin}")
    elif kept.size > len(chain.leaves):
        yield Problem(
            "checkpoint",
            len(chain.leaves) + 1,
            "size",
            f"the ledger had {kept.size} entries and has {len(chain.leaves)}: it was cut or rolled "
            "back",
        )
    elif merkle.root(kept.size, merkle.nodes_of(chain.leaves)) != kept.root:
        yield Problem(
            "checkpoint",
            kept.size,
            "root",
            f"the first {kept.size} entries are not the ones that the checkpoint saw: the ledger "
            "was rewritten",
        )
