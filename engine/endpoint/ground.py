"""What is recorded, in one store in memory that follows the ledger; each fork has it privately.

A view near the head is made of it by taking back the last entries, and updates are tried out on it.
It holds the knowledge pack, too, and nothing that is computed.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Self

from engine.derive import derived
from engine.endpoint.jobs import Checkpoint
from engine.knowledge import KnowledgePack
from engine.ledger.opened import OpenLedger
from engine.ledger.patch import Patch
from engine.snapshot import Reader, Snapshots
from engine.snapshot.projection import in_view, recorded
from engine.store.private import PrivateStore
from engine.vault import Vault
from engine.view import View
from engine.vocab import ONTOLOGY_GRAPH, SHAPES_GRAPH, SYSTEM_GRAPH

# From so many entries on, reading the state from the ledger is the better way back.
_BACK = 1_000


@dataclass(slots=True)
class _Held:
    store: PrivateStore
    pack: KnowledgePack
    sequence: int
    knowledge: str


class Ground:
    """The recorded graph of one ledger; for one thread."""

    def __init__(self, ledger: OpenLedger) -> None:
        self._ledger = ledger
        self._held: _Held | None = None

    @classmethod
    def of(cls, ledger: OpenLedger, made: Checkpoint) -> Self:
        """Made of the files of a checkpoint, which are changed by that."""
        ground = cls(ledger)
        knowledge = ledger.knowledge_at(made.sequence)
        pack = ledger.pack(knowledge)
        store = PrivateStore.on_disk(made.folder)
        store.add_graph(ONTOLOGY_GRAPH, pack.ontology_triples, in_default=True)
        store.add_graph(SHAPES_GRAPH, pack.shapes_triples, in_default=False)
        ground._held = _Held(store, pack, made.sequence, knowledge)
        return ground

    @property
    def base(self) -> str:
        """The base of the workspace's IRIs."""
        return self._ledger.base

    def follow(self) -> str:
        """Come to the head of the ledger; gives its hash. Raises IntegrityError, WorkspaceError."""
        ledger = self._ledger
        head = ledger.head()
        knowledge = ledger.knowledge_at(head.sequence)
        held = self._held
        if held is None or not self._leads_to(held, head.sequence, knowledge):
            # The old one goes before there is a new one.
            self._held = held = None
            pack = ledger.pack(knowledge)
            store = recorded(ledger.state(head.sequence), pack)
            self._held = _Held(store, pack, head.sequence, knowledge)
            return head.hash
        # Should it fail half-way, part of an entry may have been carried out.
        self._held = None
        for sequence, patch in ledger.patches(held.sequence + 1, head.sequence):
            held.store.apply(patch, sequence)
        held.sequence = head.sequence
        self._held = held
        return head.hash

    def _leads_to(self, held: _Held, head: int, knowledge: str) -> bool:
        """Whether carrying out the entries up to ``head`` makes the state there."""
        same = held.knowledge == knowledge
        return same and not self._ledger.has_erasure(held.sequence + 1, head)

    def way_back(self, view: View) -> list[Patch] | None:
        """The entries to take back for ``view``, last first; None where this is no way to it."""
        held, sequence = self._held, view.as_of
        if held is None or view.knowledge is not None or not isinstance(sequence, int):
            return None
        if not held.sequence - _BACK <= sequence <= held.sequence:
            return None
        ledger = self._ledger
        same = ledger.knowledge_at(sequence) == held.knowledge
        if not same or ledger.has_erasure(sequence + 1, held.sequence):
            return None
        patches = [patch for _, patch in ledger.patches(sequence + 1, held.sequence)]
        return patches[::-1]

    # In a fork, which has the store for itself

    def store(self, compartments: Collection[str] | None) -> PrivateStore:
        """The store, with what lies outside of ``compartments`` taken out."""
        assert self._held is not None
        store = self._held.store
        if compartments is not None:
            for graph in store.names():
                if graph not in SYSTEM_GRAPH and not in_view(graph, compartments, self.base):
                    store.apply(Patch(removes=store.held_in(graph)), 0)
        return store

    def open(self, view: View, back: list[Patch], ledger: OpenLedger, vault: Vault) -> Reader:
        """The reader of ``view`` with derived facts; ``ledger``: opened by this fork."""
        assert self._held is not None
        store = self._held.store
        for patch in back:
            store.apply(patch.reversed(), 0)
        snapshots = Snapshots(ledger, None, vault)
        reader = snapshots.over(self.store(view.compartments), self._held.pack, view)
        return derived(reader, alone=True)
