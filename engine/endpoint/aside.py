"""Checkpoints of a store that fits in no memory: files shared with it, made when they are read.

A checkpoint is made of the store of the process that serves, while nobody writes; whoever gets it
has it for himself. All lie in one folder for temporary files, which goes with the endpoint.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from engine.endpoint.jobs import Checkpoint
from engine.snapshot import fitting
from engine.store.oxigraph import OxigraphStore
from engine.workspace import Workspace

_PREFIX = ".views-"


class Aside:
    """Makes checkpoints of the store of ``workspace``; may be shared by threads. Close it."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._lock = Lock()
        self._folder: Path | None = None
        self._made = 0

    def checkpoint(self) -> Checkpoint | None:
        """A checkpoint at the head of the ledger; None where memory takes what is recorded.

        None, too, where this process has no store on this disk. Raises what healing it raises.
        """
        committer = self._workspace.opened
        store = None if committer is None else committer.store
        if committer is None or not isinstance(store, OxigraphStore) or not store.on_files:
            return None
        # Each is there twice, in its graph and in the merge.
        if store.size() // 2 <= fitting(self._workspace.memory_bytes):
            return None
        with committer.lock:
            committer.heal()
            folder = self._named()
            store.checkpoint(folder)
            return Checkpoint(folder, store.applied_sequence())

    @contextmanager
    def lent(self) -> Iterator[Checkpoint | None]:
        """Like ``checkpoint``, and it goes afterwards."""
        made = self.checkpoint()
        try:
            yield made
        finally:
            if made is not None:
                shutil.rmtree(made.folder, ignore_errors=True)

    def _named(self) -> Path:
        with self._lock:
            if self._folder is None:
                # On the disk of the store, where its files can be shared. Who holds the lease is
                # the only one who makes any: those of other processes were left behind.
                near, ours = self._workspace.root, f"{_PREFIX}{os.getpid()}-"
                for left in near.glob(f"{_PREFIX}*"):
                    if not left.name.startswith(ours):
                        shutil.rmtree(left, ignore_errors=True)
                self._folder = Path(tempfile.mkdtemp(prefix=ours, dir=near))
            self._made += 1
            return self._folder / str(self._made)

    def close(self) -> None:
        """Remove all of them."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
