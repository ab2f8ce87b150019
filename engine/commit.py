"""The one door for writing: guard, ledger, store.

``commit`` holds the writer lease, brings literals into canonical form, refuses reserved words,
makes the patch effective, records it in one durable transaction of the ledger, and then carries it
out in the store. What the ledger has is done: a process killed in between loses nothing, because
``heal`` carries out the rest at the next opening.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from threading import RLock
from typing import Protocol

from engine.canonical import canonical_quad
from engine.errors import (
    ConflictError,
    InputError,
    IntegrityError,
    StorageFullError,
    UnreachableError,
    WorkspaceLockedError,
)
from engine.knowledge import KnowledgePack
from engine.ledger.draft import Draft
from engine.ledger.entry import Entry, Json, Kind
from engine.ledger.lease import WriterLease
from engine.ledger.ledger import Ledger
from engine.ledger.patch import Patch
from engine.ledger.reading import Head
from engine.ledger.reserved import checked
from engine.ledger.writing import Hook, no_hook
from engine.rdf import NamedNode, Quad
from engine.store.port import Store

# A store further behind than this many entries is made anew at once.
_REPLAY_MAX = 1_000


class Door(Protocol):
    """What writes: a committer of this process, or one that is reached through another."""

    @property
    def ledger(self) -> Ledger:
        """The ledger that is written to, for reading."""

    def commit(
        self,
        patch: Patch,
        *,
        agent: str,
        reason: str = "",
        face: str = "cli",
        kind: Kind = "change",
        detail: Json | None = None,
    ) -> Entry | None:
        """See ``Committer.commit``."""

    def replace(
        self,
        graph: NamedNode,
        quads: Iterable[Quad],
        *,
        agent: str,
        reason: str,
        face: str = "cli",
        idempotency_key: str | None = None,
        heads: Collection[str] | None = None,
    ) -> Entry | None:
        """See ``Committer.replace``."""

    def replacing(self, graph: NamedNode, quads: Iterable[Quad]) -> Patch:
        """See ``Committer.replacing``."""

    def proposed(
        self, graph: NamedNode, quads: Iterable[Quad], *, heads: Collection[str] | None = None
    ) -> tuple[Head, Patch]:
        """See ``Committer.proposed``."""

    def require_head(self, heads: Collection[str] | None) -> None:
        """See ``Committer.require_head``."""

    def adopt(self, pack: KnowledgePack, *, agent: str, face: str = "cli") -> Entry | None:
        """See ``Committer.adopt``."""


class Committer:
    """Writes to one workspace; may be shared by threads.

    ``hook`` is called with the name of each step; tests end the process there: *accepted*,
    *planned*, *begun*, *header written*, *parts written*, *recorded*, *applied*.
    ``full``: the error of the last write that found no space, None once one was whole again.
    """

    def __init__(
        self, ledger: Ledger, store: Store, lease: WriterLease, *, hook: Hook = no_hook
    ) -> None:
        self.ledger = ledger
        self.store = store
        self.lock = RLock()
        self.full: StorageFullError | None = None
        self._lease = lease
        self._hook = hook

    def commit(
        self,
        patch: Patch,
        *,
        agent: str,
        reason: str = "",
        face: str = "cli",
        kind: Kind = "change",
        detail: Json | None = None,
        on_behalf_of: str | None = None,
        authentication: str | None = None,
        idempotency_key: str | None = None,
    ) -> Entry | None:
        """Record and carry out what ``patch`` changes; None where it changes nothing.

        A ``kind`` other than *change* is recorded even without a change. An ``idempotency_key``
        that the same agent used before gives the entry made then. Raises ReservedTermError,
        InputError, ConflictError for another agent's key, StorageFullError (then nothing was
        recorded), WorkspaceLockedError without the lease.
        """
        draft = Draft(
            agent=agent,
            patch=_checked(patch),
            reason=reason,
            face=face,
            kind=kind,
            on_behalf_of=on_behalf_of,
            authentication=authentication,
            idempotency_key=idempotency_key,
            detail=detail or {},
        )
        return self._record(draft, lambda: self._effective(draft.patch))

    def replace(
        self,
        graph: NamedNode,
        quads: Iterable[Quad],
        *,
        agent: str,
        reason: str,
        face: str = "cli",
        idempotency_key: str | None = None,
        heads: Collection[str] | None = None,
    ) -> Entry | None:
        """Make ``quads`` all that ``graph`` asserts; None where it asserts just that already.

        ``heads``: hashes, of which the ledger's head must be one. Raises like ``commit``,
        ConflictError for another head, and for a key that another replacement used.
        """
        wanted = _all_of(graph, quads)
        draft = Draft(agent=agent, reason=reason, face=face, idempotency_key=idempotency_key)
        with self._writing():
            earlier = self._earlier(draft)
            if earlier is not None:
                _require_outcome(earlier, graph, wanted)
                return earlier
            self.require_head(heads)
            return self._record(draft, lambda: self._replacing(graph, wanted))

    def require_head(self, heads: Collection[str] | None) -> None:
        """Raises ConflictError unless the ledger's head has one of these hashes; None for any."""
        require_head(self.ledger, heads)

    def replacing(self, graph: NamedNode, quads: Iterable[Quad]) -> Patch:
        """What ``replace`` would change; nothing is written. Raises like ``commit``."""
        wanted = _all_of(graph, quads)
        with self.lock:
            return self._replacing(graph, wanted)

    def proposed(
        self, graph: NamedNode, quads: Iterable[Quad], *, heads: Collection[str] | None = None
    ) -> tuple[Head, Patch]:
        """The ledger's head, and what ``replace`` would change after it; nothing is written.

        Raises like ``replace``.
        """
        wanted = _all_of(graph, quads)
        with self._writing():
            self._ready()
            self.require_head(heads)
            return self.ledger.head(), self._replacing(graph, wanted)

    def adopt(self, pack: KnowledgePack, *, agent: str, face: str = "cli") -> Entry | None:
        """Keep ``pack`` and put it in force; None where it is. Raises like ``commit``.

        A pack that does not parse is refused, because nothing could be judged with it.
        """
        with self._writing():
            self._ready()
            if self.ledger.knowledge_at() == pack.digest:
                return None
            _ = pack.ontology_triples, pack.shapes_triples
            self.ledger.put_pack(pack)
            draft = Draft(
                agent=agent,
                face=face,
                kind="knowledge",
                knowledge=pack.digest,
                reason=f"knowledge pack {pack.digest[:12]} in force",
            )
            return self._append(draft, Patch())

    def erase(self, sequence: int, digest: str, *, rule: str, agent: str, reason: str) -> Entry:
        """Erase a part of an entry by lawful order, from the ledger and from the store.

        Raises NotFoundError, ConflictError, InputError, WorkspaceLockedError like
        ``Ledger.erase``.
        """
        with self._writing():
            self._ready()
            draft = Draft(agent=agent, reason=reason, detail={"rule": rule})
            try:
                return self.ledger.erase(sequence, digest, draft, hook=self._hook)
            finally:
                # What the part had added must go from the store, too; only a replay tells what.
                if self.ledger.head().sequence > self.store.applied_sequence():
                    self._rebuild()

    # Keeping the store in step

    def heal(self) -> str:
        """Bring the store to the ledger's head; says what was done, empty for nothing.

        Raises StorageFullError, IntegrityError for a damaged ledger and for one that lacks
        entries which the store holds: going on would put others in their places.
        """
        with self.lock:
            head, applied = self.ledger.head().sequence, self.store.applied_sequence()
            if applied == head:
                return ""
            if applied > head:
                raise IntegrityError(
                    f"the store holds entry {applied}, the ledger ends at entry {head}: entries "
                    "that were recorded are missing from the ledger",
                    remedy="Restore the ledger from a backup, or go on without these entries "
                    "after: aims rebuild",
                )
            if head - applied > _REPLAY_MAX or self.ledger.has_erasure(applied + 1, head):
                self._rebuild()
                return f"the store was made anew from the {head} entries of the ledger"
            for sequence, patch in self.ledger.patches(applied + 1, head):
                self.store.apply(patch, sequence)
            return f"entries {applied + 1} to {head} were carried out in the store"

    def rebuild(self) -> int:
        """Make the store anew from the ledger; gives the sequence reached."""
        with self.lock:
            return self._rebuild()

    def _rebuild(self) -> int:
        head = self.ledger.head().sequence
        self.store.clear()
        self.store.load(self.ledger.state(head), head)
        return head

    # One entry

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """The lock for a write, which remembers that no space was left for it."""
        with self.lock:
            try:
                yield
            except StorageFullError as error:
                self.full = error
                raise

    def _ready(self) -> None:
        if not self._lease.held:
            raise WorkspaceLockedError(
                "this process does not hold the writer lease",
                remedy="Open the workspace for writing first.",
            )
        # After a full disk the store may lag behind; nothing is built on top of that.
        self.heal()

    def _record(self, draft: Draft, change: Callable[[], Patch]) -> Entry | None:
        with self._writing():
            self._hook("accepted")
            self._ready()
            earlier = self._earlier(draft)
            if earlier is not None:
                return earlier
            patch = change()
            self._hook("planned")
            if patch.is_empty and draft.kind == "change":
                return None
            return self._append(draft, patch)

    def _earlier(self, draft: Draft) -> Entry | None:
        key = draft.idempotency_key
        found = None if key is None else self.ledger.by_key(key)
        if found is not None and found.header.agent != draft.agent:
            raise ConflictError(
                f'the idempotency key "{key}" was used by another agent for entry {found.sequence}',
                remedy="Use a new key for a new change.",
            )
        return found

    def _effective(self, patch: Patch) -> Patch:
        """Only what changes the state: adds that are absent, removes that are present."""
        held = self.store.held
        return Patch(patch.adds - held(patch.adds), held(patch.removes))

    def _replacing(self, graph: NamedNode, wanted: frozenset[Quad]) -> Patch:
        current = frozenset(self.store.match(g=graph))
        return Patch(wanted - current, current - wanted)

    def _append(self, draft: Draft, patch: Patch) -> Entry:
        final = draft.with_patch(patch)
        entry = self.ledger.append(
            final, expected_head=self.store.applied_sequence(), hook=self._hook
        )
        self._hook("recorded")
        try:
            self.store.apply(patch, entry.sequence)
        except (StorageFullError, UnreachableError, IntegrityError) as error:
            # The change is recorded and durable; the store is healed before the next one, and
            # readers replay the ledger while it lags.
            self.full = error if isinstance(error, StorageFullError) else None
            return entry
        self.full = None
        self._hook("applied")
        return entry


def require_head(ledger: Ledger, heads: Collection[str] | None) -> None:
    """Raises ConflictError unless the head of ``ledger`` has one of these hashes; None for any."""
    head = ledger.head()
    if heads is not None and head.hash not in heads:
        raise ConflictError(
            f"the ledger is at entry {head.sequence} ({head.hash}), and the change was made "
            "for another state",
            remedy="Look at what changed in between and try again.",
        )


def _checked(patch: Patch) -> Patch:
    """``patch`` in canonical form, with nothing in it that may not be recorded."""
    return Patch(checked(patch.adds), frozenset(map(canonical_quad, patch.removes)))


def _all_of(graph: NamedNode, quads: Iterable[Quad]) -> frozenset[Quad]:
    """``quads`` in canonical form. Raises like ``commit``, InputError for one of another graph."""
    wanted = checked(quads)
    strange = {quad.graph_name for quad in wanted} - {graph}
    if strange:
        raise InputError(f"a quad to be asserted in {graph} is in {min(map(str, strange))}")
    return wanted


def _require_outcome(earlier: Entry, graph: NamedNode, wanted: frozenset[Quad]) -> None:
    """Raises ConflictError where ``earlier`` cannot have made ``wanted`` all of ``graph``."""
    patch = earlier.patch()
    touched = {quad.graph_name for quad in patch.adds | patch.removes}
    if touched - {graph} or patch.adds - wanted or patch.removes & wanted:
        raise ConflictError(
            f'the idempotency key "{earlier.header.idempotency_key}" was used for another change, '
            f"entry {earlier.header.sequence}",
            remedy="Use a new key for a new change.",
        )
