"""A reader whose store moves with the ledger and the clock, and what that did to its triples."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from engine.rdf import NamedNode, Quad, Triple, terms_of
from engine.snapshot.context import evaluation_context, moved_instants
from engine.snapshot.instants import Instants
from engine.snapshot.position import Position
from engine.snapshot.reader import Reader
from engine.store.port import NAMED_ONLY, Changes
from engine.view import View
from engine.vocab import CONTEXT_GRAPH


@dataclass(frozen=True, slots=True)
class Swap:
    """Quads to add and to remove."""

    adds: frozenset[Quad]
    removes: frozenset[Quad]

    @classmethod
    def within(cls, graph: NamedNode, old: Iterable[Triple], new: Iterable[Triple]) -> "Swap":
        """What makes ``new`` of ``old`` in ``graph``."""
        before, after = set(old), set(new)
        added = frozenset(Quad(*terms_of(triple), graph) for triple in after - before)
        return cls(added, frozenset(Quad(*terms_of(triple), graph) for triple in before - after))


class Motion:
    """Owns the store of ``reader``; every reader that it gives is good until the next change."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self._instants: Instants | None = None
        self._touched: set[Triple] = set()
        # Triples that were carried since the last ``settle``: whether each was there before.
        self._before: dict[Triple, bool] = {}

    @property
    def carried(self) -> frozenset[Triple]:
        """Every triple carried since the last ``settle``, also those that another graph holds."""
        return frozenset(self._before) | self._touched

    @property
    def changed(self) -> frozenset[Triple]:
        """Those that the default graph did not hold before and holds now, and the reverse; and
        those whose instant the clock has passed, because comparisons with it give something else.
        """
        moved = (t for t, was in self._before.items() if was != self._holds(t))
        return frozenset(self._touched.union(moved))

    def _holds(self, triple: Triple) -> bool:
        return self.reader.contains(*terms_of(triple))

    def carry(self, patch: Changes) -> None:
        """Add and remove quads, which must be absent and present."""
        for quad in (*patch.adds, *patch.removes):
            if quad.graph_name not in NAMED_ONLY and quad.triple not in self._before:
                self._before[quad.triple] = self._holds(quad.triple)
        store = self.reader._store
        store.apply(patch, store.applied_sequence())
        kept = self.reader.kept.after((*patch.adds, *patch.removes))
        self.reader = replace(self.reader, kept=kept)

    def stand(self, view: View, position: Position) -> bool:
        """Look from another place in time; the evaluation context follows.

        Gives whether the clock only moved on, so that ``changed`` holds the triples whose instants
        it passed in place of the context's own; else the order of the context's instants changed.
        """
        was = self.reader.view
        self.reader = replace(self.reader, view=view, position=position)
        if (was.evaluated_at, was.judged_period) == (view.evaluated_at, view.judged_period):
            return True
        old = [quad.triple for quad in self.reader.quads(CONTEXT_GRAPH)]
        new = evaluation_context(self.reader.pack, view)
        swap = Swap.within(CONTEXT_GRAPH, old, new)
        moves = moved_instants(old, new)
        if moves is None:
            self.carry(swap)
            return False
        before = dict(self._before)
        self.carry(swap)
        self._before = before
        self._touched |= self._passed(moves)
        return True

    def _passed(self, moves: Iterable[tuple[datetime, datetime]]) -> set[Triple]:
        """The triples whose instants lie between the ends of ``moves``."""
        if self._instants is None:
            self._instants = Instants(self.reader)
        else:
            self._instants.note(self._before)
        literals = {
            literal for one, other in moves for literal in self._instants.between(one, other)
        }
        return {t for literal in literals for t in self.reader.match(None, None, literal)}

    @contextmanager
    def union(self) -> Iterator[Reader]:
        """A reader that also sees the triples that are gone since the last ``settle``."""
        gone = [t for t, was in self._before.items() if was and not self._holds(t)]
        with self.reader._store.lent(gone):
            yield replace(self.reader, kept=self.reader.kept.after(gone))

    def copy(self) -> Reader:
        """A reader of its own, which no later change touches."""
        return replace(self.reader, _store=self.reader._store.copy())

    def settle(self) -> None:
        """What was carried so far is done with."""
        if self._instants is not None:
            self._instants.note(self._before)
        self._before, self._touched = {}, set()
