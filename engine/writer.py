"""A workspace opened for writing: the writer lease, the store and the committer, together.

Where the store is, the workspace's folder remembers: in it, or at an endpoint whose address is
kept in ``store.json``. Credentials are never kept there.
"""

import json
import logging
import os
import shutil
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from threading import RLock

from engine.commit import Committer, Door
from engine.door import reached
from engine.errors import IntegrityError, WorkspaceError
from engine.ledger.lease import WriterLease
from engine.ledger.ledger import Ledger
from engine.store.oxigraph import OxigraphStore
from engine.store.port import Store

_log = logging.getLogger("aimsgraph.workspace")
STORE_FOLDER = "store"
STORE_FILE = "store.json"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a store is: at the endpoint ``query``, or in the workspace's folder where it is empty.

    ``update``: where updates go, empty for where queries go.
    """

    query: str = ""
    update: str = ""


@dataclass(frozen=True, slots=True)
class Access:
    """Who we are at an endpoint, empty for nobody, and the seconds that a request may take."""

    user: str = ""
    password: str = field(default="", repr=False)
    seconds: float = 60.0


def place_of(root: Path) -> Place:
    """Where the workspace in ``root`` has its store. Raises IntegrityError for a damaged file."""
    path = root / STORE_FILE
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return Place(str(found["query"]), str(found["update"]))
    except FileNotFoundError:
        return Place()
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise IntegrityError(
            f"{path} does not tell where the store is",
            remedy="Choose it again: aims rebuild --store URL, or --store embedded",
        ) from error


def _remember(root: Path, place: Place) -> None:
    path = root / STORE_FILE
    if not place.query:
        path.unlink(missing_ok=True)
        return
    beside = path.with_suffix(".new")
    with beside.open("w", encoding="utf-8") as file:
        json.dump({"query": place.query, "update": place.update}, file)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


class Writer:
    """Opens the workspace in ``root`` for writing when that is asked for, once."""

    def __init__(self, root: Path, ledger: Ledger, *, face: str, access: Access) -> None:
        self._root = root
        self._ledger = ledger
        self._face = face
        self._access = access
        # One thread opens it: a second lease of this process would be refused by the first.
        self._opening = RLock()
        self._lease: WriterLease | None = None
        self.store: Store | None = None
        self.opened: Committer | None = None

    def committer(self) -> Committer:
        """The one door for writing, the store healed when it is opened.

        Raises WorkspaceLockedError, IntegrityError, UnreachableError.
        """
        with self._opening:
            if self.opened is None:
                self._hold()
                self._use(self._store_at(place_of(self._root)))
                self._heal()
            assert self.opened is not None
            return self.opened

    def door(self) -> Door:
        """What a command writes through: the server that runs on the workspace, where one does.

        Else the committer of this process. Raises like ``committer``.
        """
        with self._opening:
            if self.opened is None and self._face == "cli":
                through = reached(self._root, self._ledger)
                if through is not None:
                    return through
            return self.committer()

    def rebuild(self, place: Place | None = None) -> int:
        """Make the store anew from the ledger, at ``place`` where one is given; the sequence.

        The place is remembered once the store there is whole; until then the old one is in use.
        Raises like ``committer``, InputError for an address, WorkspaceError for a place with data
        that no workspace of this ledger put there.
        """
        with self._opening:
            self._hold()
            wanted = place_of(self._root) if place is None else place
            if self.opened is not None and place in (None, place_of(self._root)):
                return self.opened.rebuild()
            with nullcontext() if self.opened is None else self.opened.lock:
                return self._move(wanted)

    def _move(self, place: Place) -> int:
        store = self._store_at(place, anew=True)
        try:
            head = self._ledger.head().sequence
            store.load(self._ledger.state(head), head)
            _remember(self._root, place)
        except BaseException:
            store.close()
            raise
        if self.store is not None:
            self.store.close()
        self._use(store)
        if place.query:
            shutil.rmtree(self._root / STORE_FOLDER, ignore_errors=True)
        return head

    def close(self) -> None:
        """Let go of the store and the lease."""
        if self.store is not None:
            self.store.close()
        if self._lease is not None:
            self._lease.release()
        self.store = self._lease = self.opened = None

    def _hold(self) -> None:
        if self._lease is None:
            lease = WriterLease(self._root, face=self._face)
            lease.acquire()
            self._lease = lease

    def _use(self, store: Store) -> None:
        assert self._lease is not None
        self.store = store
        self.opened = Committer(self._ledger, store, self._lease)

    def _heal(self) -> None:
        assert self.opened is not None
        if told := self.opened.heal():
            _log.warning("%s: %s", self._root, told)

    def _store_at(self, place: Place, *, anew: bool = False) -> Store:
        """The store at ``place``; ``anew``: with nothing in it."""
        if not place.query:
            folder = self._root / STORE_FOLDER
            if anew:
                # One that cannot be opened is removed like any other.
                shutil.rmtree(folder, ignore_errors=True)
            return OxigraphStore.on_disk(folder)
        return self._endpoint_at(place, anew=anew)

    def _endpoint_at(self, place: Place, *, anew: bool) -> Store:
        # What speaks HTTP is loaded only where it is used: most commands start without it.
        from engine.sparql.remote import planned
        from engine.store.endpoint import Address
        from engine.store.sparql11 import Sparql11Store

        access, ledger = self._access, self._ledger
        address = Address(place.query, place.update, access.user, access.password, access.seconds)
        store = Sparql11Store(address, planned, base=ledger.base, owner=ledger.origin)
        if anew:
            if not store.is_ours() and store.graphs():
                raise WorkspaceError(
                    f"the store at {address.shown} has graphs below {ledger.base} that no "
                    "workspace with this ledger put there",
                    remedy="Remove them there, or name another endpoint.",
                )
            store.clear()
        return store
