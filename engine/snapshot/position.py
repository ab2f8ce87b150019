"""Where in the ledger a reader stands, and where it would stand after one more entry."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from itertools import chain

from engine.rdf import NamedNode
from engine.store.port import Changes

LastChange = Callable[[NamedNode, frozenset[NamedNode] | None], int | None]
Recorded = Callable[[Iterable[NamedNode], NamedNode], Mapping[NamedNode, datetime]]


@dataclass(frozen=True, slots=True)
class Position:
    """Where in the ledger a reader stands; sequence 0 and no hash for data without a ledger.

    ``instant``: when that entry was recorded, UTC. ``last_change``: the sequence of the last
    entry up to here that changed statements about a node. ``recorded``: when such statements with
    one predicate were last changed. ``began``: when the first entry was recorded.
    """

    sequence: int = 0
    head_hash: str = ""
    instant: datetime | None = None
    last_change: LastChange | None = None
    recorded: Recorded | None = None
    began: datetime | None = None

    def supposing(self, changes: Changes, at: datetime) -> "Position":
        """This position as if ``changes``, all effective, were recorded next, at ``at``.

        No entry is recorded before the one that it follows. ``sequence``, ``head_hash`` and
        ``instant`` stay those of the last real entry. Nothing is known of data without a ledger.
        """
        instant = at if self.instant is None else max(at, self.instant)
        supposed = _Supposed(self, changes, instant)
        return replace(
            self,
            last_change=self.last_change and supposed.last_change,
            recorded=self.recorded and supposed.recorded,
        )


@dataclass(frozen=True)
class _Supposed:
    """What the index of the ledger would tell with one more entry."""

    position: Position
    changes: Changes
    instant: datetime

    @cached_property
    def _touched(self) -> Mapping[NamedNode, set[NamedNode]]:
        found: dict[NamedNode, set[NamedNode]] = {}
        for quad in chain(self.changes.adds, self.changes.removes):
            if isinstance(quad.subject, NamedNode):
                found.setdefault(quad.subject, set()).add(quad.predicate)
        return found

    def last_change(self, node: NamedNode, predicates: frozenset[NamedNode] | None) -> int | None:
        touched = self._touched.get(node, set())
        if touched and (predicates is None or predicates & touched):
            return self.position.sequence + 1
        look = self.position.last_change
        return look(node, predicates) if look else None

    def recorded(
        self, nodes: Iterable[NamedNode], predicate: NamedNode
    ) -> Mapping[NamedNode, datetime]:
        asked = list(nodes)
        look = self.position.recorded
        known = look(asked, predicate) if look else {}
        new = (node for node in asked if predicate in self._touched.get(node, ()))
        return {**known, **dict.fromkeys(new, self.instant)}
