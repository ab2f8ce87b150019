"""The index from a subject and a graph to the entries that changed statements about it."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress

from sqlalchemy import Connection, bindparam, delete, insert, select

from engine.errors import IntegrityError
from engine.ledger import tables
from engine.ledger.entry import HEAD_ROWS, Part

# Subject and graph (IRIs) → the predicates (IRIs) of the statements that were changed.
Touches = Mapping[tuple[str, str], set[str]]
_CHUNK = 500


def touches(body: bytes) -> Touches:
    """What the rows of a part touch. They hold neither blank nodes nor quoted triples."""
    found: dict[tuple[str, str], set[str]] = {}
    for line in body.decode().split("\n")[HEAD_ROWS:-1]:
        _, subject, predicate, rest = line.split(" ", 3)
        key = (subject[1:-1], rest[rest.rindex(" <") + 2 : -3])
        if key in found:
            found[key].add(predicate[1:-1])
        else:
            found[key] = {predicate[1:-1]}
    return found


def touches_of(parts: Iterable[Part]) -> Touches:
    """What those of ``parts`` touch whose bytes are there and fit."""
    found: list[Touches] = []
    for part in parts:
        with suppress(IntegrityError, ValueError):
            if (body := part.body) is not None:
                found.append(touches(body))
    return merged(found)


def merged(several: Iterable[Touches]) -> Touches:
    """All of ``several`` in one."""
    found: dict[tuple[str, str], set[str]] = {}
    for one in several:
        for key, predicates in one.items():
            found[key] = found[key] | predicates if key in found else predicates
    return found


def write(connection: Connection, sequence: int, found: Touches) -> None:
    """Record what entry ``sequence`` touched."""
    if not found:
        return
    iris = {graph for _, graph in found}.union(*found.values())
    ids = _ids(connection, sorted(iris))
    # The subjects of an import have few sets of predicates among them.
    told = {frozenset(predicates) for predicates in found.values()}
    texts = {each: packed(ids[predicate] for predicate in each) for each in told}
    rows = [
        {
            "subject": subject,
            "sequence": sequence,
            "graph": ids[graph],
            "predicates": texts[frozenset(predicates)],
        }
        for (subject, graph), predicates in found.items()
    ]
    connection.execute(insert(tables.touch), rows)


def packed(ids: Iterable[int]) -> str:
    """Predicate ids as kept in a row."""
    return f" {' '.join(map(str, sorted(ids)))} "


def known(connection: Connection, iris: Iterable[str]) -> dict[str, int]:
    """The ids of those of ``iris`` that have one."""
    wanted = list(iris)
    found: dict[str, int] = {}
    for start in range(0, len(wanted), _CHUNK):
        chunk = wanted[start : start + _CHUNK]
        query = select(tables.name.c.iri, tables.name.c.id).where(tables.name.c.iri.in_(chunk))
        found.update((iri, number) for iri, number in connection.execute(query))
    return found


def _ids(connection: Connection, iris: list[str]) -> dict[str, int]:
    found = known(connection, iris)
    new = [{"iri": iri} for iri in iris if iri not in found]
    if new:
        connection.execute(insert(tables.name), new)
        found |= known(connection, (row["iri"] for row in new))
    return found


def rows_of(
    connection: Connection, subject: str, graph: str | None, last: int | None
) -> Iterator[tuple[int, str, str]]:
    """Sequence, graph and packed predicates of each entry that touched ``subject``, newest first.

    ``graph``: only that one; ``last``: only entries up to there.
    """
    touch, name = tables.touch.c, tables.name.c
    query = (
        select(touch.sequence, name.iri, touch.predicates)
        .join_from(tables.touch, tables.name, touch.graph == name.id)
        .where(touch.subject == subject)
        .order_by(touch.sequence.desc(), name.iri)
    )
    if graph is not None:
        query = query.where(name.iri == graph)
    if last is not None:
        query = query.where(touch.sequence <= last)
    for row in connection.execute(query).yield_per(_CHUNK):
        yield row[0], row[1], row[2]


def rows_of_many(
    connection: Connection, subjects: Iterable[str], predicate: int, last: int | None
) -> Iterator[tuple[str, int, str]]:
    """Subject, sequence and graph of each entry that changed statements of ``subjects``.

    Only statements over the predicate with the id ``predicate``, and entries up to ``last``.
    """
    touch, name = tables.touch.c, tables.name.c
    wanted = list(subjects)
    for start in range(0, len(wanted), _CHUNK):
        query = (
            select(touch.subject, touch.sequence, name.iri)
            .join_from(tables.touch, tables.name, touch.graph == name.id)
            .where(touch.subject.in_(wanted[start : start + _CHUNK]))
            .where(touch.predicates.contains(packed([predicate])))
        )
        if last is not None:
            query = query.where(touch.sequence <= last)
        for row in connection.execute(query):
            yield row[0], row[1], row[2]


def forget(connection: Connection, sequence: int, found: Touches) -> None:
    """Remove what entry ``sequence`` touched according to ``found``."""
    ids = known(connection, {graph for _, graph in found})
    rows = [
        {"of_subject": subject, "of_sequence": sequence, "of_graph": ids[graph]}
        for subject, graph in found
        if graph in ids
    ]
    touch = tables.touch.c
    query = delete(tables.touch).where(
        touch.subject == bindparam("of_subject"),
        touch.sequence == bindparam("of_sequence"),
        touch.graph == bindparam("of_graph"),
    )
    if rows:
        connection.execute(query, rows)


def clear(connection: Connection) -> None:
    """Remove everything, to be written anew."""
    connection.execute(delete(tables.touch))
    connection.execute(delete(tables.name))
