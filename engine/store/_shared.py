"""Files of a store that several processes read: checkpoints, and stores that rest between forks."""

from abc import abstractmethod
from pathlib import Path

from pyoxigraph import Store as Backend

from engine.store._errors import storage_errors
from engine.vocab import SYSTEM_GRAPH

# The graph of the marker that tells up to where a store in files holds the ledger.
APPLIED = SYSTEM_GRAPH["applied"]


class Shared:
    """What a store can do whose files, if it has any, other processes read, too."""

    _path: Path | None
    _backend: Backend | None
    _resting: bool

    @property
    @abstractmethod
    def _store(self) -> Backend:
        """The store, opened where it is not open."""

    @property
    def on_files(self) -> bool:
        """Whether it is kept in files."""
        return self._path is not None

    def checkpoint(self, folder: Path) -> None:
        """Make ``folder``, which is not there yet, a store of its own that holds what this does.

        Files are shared where the disk allows it, which takes no time and no space. Raises
        StorageFullError.
        """
        with storage_errors(self._path):
            self._store.flush()
            self._store.backup(str(folder))

    def rest(self) -> None:
        """Close the files, so that this process may fork; each opens them for reading when asked.

        Nothing but ``add_graph`` may write from then on. A store in memory needs no rest.
        """
        if self._path is None or (self._resting and self._backend is None):
            return
        if self._backend is not None and not self._resting:
            with storage_errors(self._path):
                # Who only reads has no use for the marker, which is no data.
                self._backend.remove_graph(APPLIED)
                self._backend.flush()
        self._backend, self._resting = None, True

    def _wake(self) -> None:
        if self._resting:
            self._backend, self._resting = None, False
