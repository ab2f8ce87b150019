"""The ledger against itself: recompute everything that can be, and say where it differs.

Found are: any edit, removal, reorder, duplicate or insertion in the entries, a part whose bytes do
not fit, a change that was no change, a tree or index that does not follow from the entries. A
ledger rewritten whole, or rolled back, is found where a checkpoint was kept elsewhere; without one
it is consistent with itself only. An erased part is told from a tampered one by the entry that
orders it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, select

from engine.errors import AimsError, IntegrityError
from engine.ledger import computed, merkle, packs, reading, tables
from engine.ledger.chain import Chain
from engine.ledger.opened import OpenLedger
from engine.ledger.problem import LISTED, Problem
from engine.ledger.signing import Verifier
from engine.rdf import Quad


@dataclass(frozen=True, slots=True)
class Checked:
    """What a walk over the whole ledger found: ``count`` entries, the ``state`` they amount to.

    ``problems``: by the entry concerned, so that the first one names the first bad entry.
    """

    count: int
    state: frozenset[Quad]
    problems: tuple[Problem, ...]


def check(ledger: OpenLedger, checkpoint: str | None = None) -> Checked:
    """Check every entry of ``ledger``, and what is kept beside them.

    ``checkpoint``: the text of one that was kept elsewhere. Raises WorkspaceError where the
    ledger cannot be read at all, ParseError for text that is no checkpoint.
    """
    chain = Chain(ledger.identity)
    with ledger.reading() as connection:
        problems = list(_file(connection))
        if problems:
            # Rows of a file with damaged pages may be anything; what they say tells nothing.
            return Checked(0, frozenset(), tuple(problems))
        tally = computed.Tally()
        for record in reading.records(connection, -(2**63), None):
            tally.expect(record.sequence, chain.add(record))
        problems += [*chain.finished(), *_orphans(connection)]
        problems += computed.tree(connection, chain.leaves)
        if not tally.agrees(connection):
            problems += computed.index_differences(connection)
        problems += _packs(connection, chain)
        problems += _against_checkpoint(chain, checkpoint)
    problems.sort(key=lambda found: (found.sequence is None, found.sequence or 0))
    return Checked(len(chain.leaves), frozenset(chain.state), tuple(problems))


def _file(connection: Connection) -> Iterator[Problem]:
    """What SQLite itself finds wrong with its pages and the kinds of its values, and what tables
    are not as they were made: one that is still empty is read by nothing else.
    """
    for (told,) in connection.exec_driver_sql("PRAGMA integrity_check(20)"):
        if told != "ok":
            yield Problem("file", None, "integrity_check", str(told))
    for table in tables.metadata.sorted_tables:
        found = connection.exec_driver_sql(f"PRAGMA table_info({table.name})")
        if sorted(row[1].lower() for row in found) != sorted(table.columns.keys()):
            yield Problem("file", None, f"table {table.name}", "its columns are not those it needs")


def _orphans(connection: Connection) -> Iterator[Problem]:
    """Parts of entries that are not there."""
    parts, entries = tables.part.c, tables.entry.c
    query = select(parts.sequence, parts.digest).where(
        parts.sequence.not_in(select(entries.sequence))
    )
    for sequence, digest in connection.execute(query.limit(LISTED)):
        yield Problem("part", sequence, digest.hex(), "it belongs to no entry")


def _packs(connection: Connection, chain: Chain) -> Iterator[Problem]:
    for digest, sequence in chain.knowledge.items():
        try:
            packs.get(connection, digest)
        except AimsError as error:
            yield Problem("pack", sequence, digest, error.message)


def _against_checkpoint(chain: Chain, note: str | None) -> Iterator[Problem]:
    """Raises ParseError for text that is no checkpoint."""
    if note is None:
        return
    identity, count = chain.identity, len(chain.leaves)
    try:
        kept = Verifier.parse(identity.key).verified(note)
    except IntegrityError as error:
        yield Problem("checkpoint", None, "signature", error.message)
        return
    if kept.origin != identity.origin:
        yield Problem("checkpoint", None, "origin", f"it is of another ledger, {kept.origin}")
    elif kept.size > count:
        yield Problem(
            "checkpoint",
            count + 1,
            "size",
            f"the ledger had {kept.size} entries and has {count}: it was cut or rolled back",
        )
    elif merkle.root(kept.size, merkle.nodes_of(chain.leaves)) != kept.root:
        yield Problem(
            "checkpoint",
            kept.size,
            "root",
            f"the first {kept.size} entries are not the ones that the checkpoint saw: the ledger "
            "was rewritten",
        )
