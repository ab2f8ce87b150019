"""Opening a view: over given quads, or over a ledger and the store that projects it."""

from collections.abc import Collection, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import chain, islice
from typing import TYPE_CHECKING

from engine.errors import WorkspaceError
from engine.iri import DEFAULT_BASE
from engine.knowledge import KnowledgePack
from engine.ledger.opened import OpenLedger
from engine.rdf import NamedNode, Quad
from engine.snapshot.context import evaluation_context
from engine.snapshot.position import LastChange, Position, Recorded
from engine.snapshot.projection import project, readable
from engine.snapshot.reader import Reader
from engine.store.oxigraph import OxigraphStore
from engine.store.port import Store
from engine.view import View
from engine.vocab import CONTEXT_GRAPH

if TYPE_CHECKING:
    from engine.vault import Vault

MEMORY_BYTES = 8 * 1024**3
# Measured: 625 bytes in the store, its merge with them; and as much for what is computed from it.
_BYTES_PER_QUAD = 1_300


def fitting(memory_bytes: int) -> int:
    """How many statements a view in so much memory may have."""
    return memory_bytes // _BYTES_PER_QUAD


def reader_over(
    quads: Iterable[Quad],
    pack: KnowledgePack,
    view: View,
    *,
    base: str = DEFAULT_BASE,
    vault: "Vault | None" = None,
    last_change: LastChange | None = None,
    recorded: Recorded | None = None,
    began: datetime | None = None,
) -> Reader:
    """A reader of ``quads`` without a ledger, at sequence 0: for tests, scenarios and files.

    Of a restricted view only graphs ``<base>graph/<compartment>/<source>`` are read. Raises
    IntegrityError for an unusable parameter of ``pack``, ParseError for a file that does not parse.
    """
    store = project(readable(quads, view, base), pack, view)
    position = Position(last_change=last_change, recorded=recorded, began=began)
    return Reader(view, pack, base, vault, position, store)


class Snapshots:
    """Opens views over a ledger; reads the head from ``store`` where it is there.

    A view that would take more than ``memory_bytes`` is kept in files of its own. ``guard`` keeps
    writers out while the store is read, because an entry is carried out in several of its
    transactions.
    """

    def __init__(
        self,
        ledger: OpenLedger,
        store: Store | None,
        vault: "Vault | None",
        guard: AbstractContextManager[object] | None = None,
        *,
        memory_bytes: int = MEMORY_BYTES,
    ) -> None:
        self._ledger = ledger
        self._store = store
        self._vault = vault
        self._guard = guard or nullcontext()
        self._most = fitting(memory_bytes)

    def open(self, view: View) -> Reader:
        """What ``view`` sees, without derived facts.

        Raises NotFoundError for a position or pack that the ledger does not have, IntegrityError.
        """
        ledger = self._ledger
        head = ledger.position(view.as_of)
        digest = view.knowledge or ledger.knowledge_at(head.sequence)
        pack = ledger.pack(digest)
        store = self._projected(head.sequence, pack, view)
        # Whoever writes meanwhile moves the head, not what was read.
        position = self.position(replace(view, as_of=head.sequence))
        return Reader(view, pack, ledger.base, self._vault, position, store)

    def over(self, store: OxigraphStore, pack: KnowledgePack, view: View) -> Reader:
        """Like ``open``, over a store of the caller's own, to which the context is added.

        It holds what ``view`` reads of the recorded graphs, and ``pack``, which is in force there.
        """
        context = evaluation_context(pack, view)
        store.add_graph(CONTEXT_GRAPH, context, in_default=True)
        return Reader(view, pack, self._ledger.base, self._vault, self.position(view), store)

    def position(self, view: View) -> Position:
        """Where ``view`` stands. Raises NotFoundError for a position that the ledger has not."""
        ledger = self._ledger
        head = ledger.position(view.as_of)
        look = partial(_last_change, ledger, head.sequence, view.compartments)
        recorded = partial(_recorded, ledger, head.sequence, view.compartments)
        began = ledger.position(1).instant
        return Position(head.sequence, head.hash, head.instant, look, recorded, began)

    def _projected(self, sequence: int, pack: KnowledgePack, view: View) -> OxigraphStore:
        store, base = self._store, self._ledger.base
        few: list[Quad] | None = None
        # What the store cannot give, on a full disk or from damaged files, the ledger can.
        with suppress(WorkspaceError), self._guard:
            if store is not None and store.applied_sequence() == sequence:
                quads = readable(store.quads(), view, base)
                few = list(islice(quads, self._most + 1))
                if len(few) > self._most:
                    return project(chain(few, quads), pack, view, on_disk=True)
        if few is None:
            few = list(readable(self._ledger.state(sequence), view, base))
        return project(few, pack, view, on_disk=len(few) > self._most)


def _last_change(
    ledger: OpenLedger,
    sequence: int,
    compartments: Collection[str] | None,
    node: NamedNode,
    predicates: frozenset[NamedNode] | None,
) -> int | None:
    return ledger.last_change(node, predicates, sequence, compartments)


def _recorded(
    ledger: OpenLedger,
    sequence: int,
    compartments: Collection[str] | None,
    nodes: Iterable[NamedNode],
    predicate: NamedNode,
) -> Mapping[NamedNode, datetime]:
    return ledger.recorded(nodes, predicate, sequence, compartments)
