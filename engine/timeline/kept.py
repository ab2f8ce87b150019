"""A file of steps that were walked once: a projection, which may be thrown away at any time.

A row belongs to the hash of its entry, which stands for everything before it, the knowledge in
force too, and to the version of the engine that judged. A file that cannot be written or read is
no obstacle: the steps are walked again.
"""

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Integer, MetaData, Table, Text, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.exc import SQLAlchemyError

from engine.ledger.tables import connect, writing
from engine.rdf import BlankNode, Literal, NamedNode, Node, RdfFormat, Term, parse
from engine.timeline.intervals import Cause, Point, Result, Step

_AT_ONCE = 500
_BEGIN = datetime(1970, 1, 1, tzinfo=UTC)
_metadata = MetaData()
_walked = Table(
    "walked",
    _metadata,
    Column("hash", Text, primary_key=True),
    Column("engine", Text, primary_key=True),
    Column("sequence", Integer, nullable=False),
    Column("steps", Text, nullable=False),
    sqlite_strict=True,
)


class Kept:
    """The steps kept in the file ``path``, which is made at the first writing."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._engine = version("aimsgraph")

    def steps(self, hashes: Mapping[int, str]) -> dict[int, tuple[Step, ...]]:
        """Those kept of the entries ``hashes`` (sequence to hash)."""
        if not self._path.is_file():
            return {}
        sequences = {text: sequence for sequence, text in hashes.items()}
        found: dict[int, tuple[Step, ...]] = {}
        with suppress(SQLAlchemyError, OSError, ValueError, KeyError, TypeError):
            store = connect(self._path, mode="rw")
            try:
                with store.connect() as connection:
                    for part in _parts(list(sequences)):
                        rows = connection.execute(
                            select(_walked.c.hash, _walked.c.steps).where(
                                _walked.c.engine == self._engine, _walked.c.hash.in_(part)
                            )
                        )
                        for text, steps in rows:
                            sequence = sequences[text]
                            found[sequence] = tuple(
                                _step(sequence, told) for told in json.loads(steps)
                            )
            finally:
                store.dispose()
        return found

    def forget(self) -> None:
        """Throw everything away. Raises OSError."""
        for suffix in ("", "-wal", "-shm"):
            self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)

    def keep(self, hashes: Mapping[int, str], walked: Mapping[int, Iterable[Step]]) -> None:
        """Write down ``walked``, by sequence."""
        if not walked:
            return
        rows = [
            {
                "hash": hashes[sequence],
                "engine": self._engine,
                "sequence": sequence,
                "steps": json.dumps([_told(step) for step in steps]),
            }
            for sequence, steps in walked.items()
        ]
        with suppress(SQLAlchemyError, OSError):
            store = connect(self._path, mode="rwc")
            try:
                with writing(store.connect()) as connection, connection.begin():
                    _metadata.create_all(connection)
                    connection.execute(insert(_walked).on_conflict_do_nothing(), rows)
            finally:
                store.dispose()


def _parts(values: list[str]) -> Iterable[list[str]]:
    return (values[at : at + _AT_ONCE] for at in range(0, len(values), _AT_ONCE))


def _told(step: Step) -> dict[str, Any]:
    return {
        "at": (step.point.at - _BEGIN) // timedelta(microseconds=1),
        "cause": step.point.cause,
        "added": [_texts(result) for result in step.added],
        "healed": [_texts(result) for result in step.healed],
        "unjudged": step.unjudged,
    }


def _step(sequence: int, told: dict[str, Any]) -> Step:
    at = _BEGIN + timedelta(microseconds=told["at"])
    cause: Cause = "time" if told["cause"] == "time" else "entry"
    return Step(
        Point(sequence, at, cause),
        tuple(_result(*texts) for texts in told["added"]),
        tuple(_result(*texts) for texts in told["healed"]),
        tuple(told["unjudged"]),
    )


def _texts(result: Result) -> list[str | None]:
    value = None if result.value is None else str(result.value)
    return [
        *(str(result.rule), str(result.focus), result.path, value),
        *(str(result.component), str(result.severity), result.message),
    ]


def _result(
    rule: str,
    focus: str,
    path: str | None,
    value: str | None,
    component: str,
    severity: str,
    message: str,
) -> Result:
    return Result(
        rule=_node(rule),
        focus=_term(focus),
        path=path,
        value=None if value is None else _term(value),
        component=NamedNode(component[1:-1]),
        severity=NamedNode(severity[1:-1]),
        message=message,
    )


def _node(text: str) -> Node:
    return NamedNode(text[1:-1]) if text.startswith("<") else BlankNode(text[2:])


def _term(text: str) -> Term:
    if not text.startswith('"'):
        return _node(text)
    (statement,) = parse(f"<a:b> <a:b> {text} .", format=RdfFormat.N_TRIPLES)
    assert isinstance(statement.object, Literal)
    return statement.object
