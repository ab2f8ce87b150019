"""What the entries amount to: states, patches, and the history of a node."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert

from engine.errors import IntegrityError
from engine.iri import split_graph_iri
from engine.ledger import index, reading, tables
from engine.ledger.entry import Part, read_rows, split_rows
from engine.ledger.merkle import new_subtrees
from engine.ledger.patch import Patch
from engine.rdf import NamedNode, Quad, Triple


@dataclass(frozen=True, slots=True)
class Assertion:
    """One change of statements about a node in one graph: who, when, why, what."""

    sequence: int
    instant: datetime
    agent: str
    reason: str
    graph: NamedNode
    added: tuple[Triple, ...]
    removed: tuple[Triple, ...]


def _rows(
    connection: Connection, first: int, last: int | None, compartments: Collection[str] | None
) -> Iterator[tuple[int, list[Quad], list[Quad]]]:
    """Sequence, removals and additions of each entry, in order."""
    end = reading.head(connection, last).sequence
    for record in reading.records(connection, first, end):
        removes: list[Quad] = []
        adds: list[Quad] = []
        for part in record.parts:
            if (compartments is None or part.compartment in compartments) and (
                body := _body(record.sequence, part)
            ):
                rows = split_rows(body)
                removes += read_rows(rows[0])
                adds += read_rows(rows[1])
        yield record.sequence, removes, adds


def _body(sequence: int, part: Part) -> bytes | None:
    try:
        return part.body
    except IntegrityError as error:
        raise IntegrityError(
            f"entry {sequence} of the ledger is damaged: {error.message}",
            remedy="`aims verify` shows all that is; restore the ledger from a backup.",
        ) from error


def patches(
    connection: Connection, first: int, last: int | None, compartments: Collection[str] | None
) -> Iterator[tuple[int, Patch]]:
    """See ``Ledger.patches``."""
    for sequence, removes, adds in _rows(connection, first, last, compartments):
        yield sequence, Patch(frozenset(adds), frozenset(removes))


def state(
    connection: Connection, as_of: int | None, compartments: Collection[str] | None
) -> set[Quad]:
    """See ``Ledger.state``. Removals of what an erased part had added find nothing to remove."""
    found: set[Quad] = set()
    for _, removes, adds in _rows(connection, 1, as_of, compartments):
        found.difference_update(removes)
        found.update(adds)
    return found


def last_change(
    connection: Connection,
    base: str,
    node: NamedNode,
    predicates: frozenset[NamedNode] | None,
    as_of: int | None,
    compartments: Collection[str] | None,
) -> int | None:
    """See ``Ledger.last_change``."""
    wanted: set[str] | None = None
    if predicates is not None:
        ids = index.known(connection, (predicate.value for predicate in predicates))
        wanted = {f" {number} " for number in ids.values()}
    for sequence, graph, packed in index.rows_of(connection, node.value, None, as_of):
        if compartments is not None and _compartment(base, graph) not in compartments:
            continue
        if wanted is None or any(number in packed for number in wanted):
            return sequence
    return None


def recorded(
    connection: Connection,
    base: str,
    nodes: Iterable[NamedNode],
    predicate: NamedNode,
    as_of: int | None,
    compartments: Collection[str] | None,
) -> dict[NamedNode, datetime]:
    """See ``Ledger.recorded``."""
    number = index.known(connection, [predicate.value]).get(predicate.value)
    if number is None:
        return {}
    newest: dict[str, int] = {}
    rows = index.rows_of_many(connection, (node.value for node in nodes), number, as_of)
    for subject, sequence, graph in rows:
        if compartments is None or _compartment(base, graph) in compartments:
            newest[subject] = max(sequence, newest.get(subject, 0))
    instants = {sequence: reading.instant_of(connection, sequence) for sequence in newest.values()}
    return {NamedNode(subject): instants[sequence] for subject, sequence in newest.items()}


def _compartment(base: str, graph: str) -> str:
    return split_graph_iri(base, NamedNode(graph))[0]


def history(
    connection: Connection,
    node: NamedNode,
    graph: NamedNode | None,
    as_of: int | None,
    compartments: Collection[str] | None,
) -> tuple[Assertion, ...]:
    """See ``Ledger.history``."""
    only = None if graph is None else graph.value
    found: list[Assertion] = []
    sequences = {row[0] for row in index.rows_of(connection, node.value, only, as_of)}
    for sequence in sorted(sequences):
        for record in reading.records(connection, sequence, sequence):
            header = reading.to_entry(record).header
            for part in record.parts:
                if compartments is not None and part.compartment not in compartments:
                    continue
                for name, (removed, added) in _about(sequence, part, node).items():
                    if only is None or name.value == only:
                        found.append(
                            Assertion(
                                sequence,
                                header.recorded_at,
                                header.agent,
                                part.reason,
                                name,
                                tuple(added),
                                tuple(removed),
                            )
                        )
    return tuple(found)


def _about(
    sequence: int, part: Part, node: NamedNode
) -> dict[NamedNode, tuple[list[Triple], list[Triple]]]:
    """By graph, the triples about ``node`` that ``part`` removed and added."""
    found: dict[NamedNode, tuple[list[Triple], list[Triple]]] = {}
    body = _body(sequence, part)
    if body is None:
        return found
    for side, rows in enumerate(split_rows(body)):
        for quad in read_rows(_starting_with(rows, f"{node} ".encode())):
            assert isinstance(quad.graph_name, NamedNode)
            found.setdefault(quad.graph_name, ([], []))[side].append(quad.triple)
    return found


def _starting_with(rows: bytes, beginning: bytes) -> bytes:
    """Those of the sorted ``rows`` that begin so: they stand together."""
    start = 0 if rows.startswith(beginning) else rows.find(b"\n" + beginning) + 1
    if start == 0 and not rows.startswith(beginning):
        return b""
    end = start
    while rows.startswith(beginning, end):
        end = rows.index(b"\n", end) + 1
    return rows[start:end]


def reindex(connection: Connection) -> None:
    """Write the node index and the Merkle tree anew from the entries."""
    index.clear(connection)
    connection.execute(delete(tables.subtree))
    nodes = reading.tree_nodes(connection)
    for record in reading.records(connection, 1, reading.head(connection).sequence):
        bodies = (_body(record.sequence, part) for part in record.parts)
        found = index.merged(index.touches(body) for body in bodies if body is not None)
        index.write(connection, record.sequence, found)
        for level, position, value in new_subtrees(record.sequence, record.hash, nodes):
            row = {"level": level, "position": position, "hash": value}
            connection.execute(insert(tables.subtree), row)
