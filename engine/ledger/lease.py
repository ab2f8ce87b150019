"""The writer lease: one process at a time writes to a workspace.

The lock is on the folder itself, so that no deletion of a file can give it to two; the system lets
go of it when the holder ends, however it ends. A file beside it tells who holds it.
"""

import errno
import fcntl
import json
import os
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from engine.errors import WorkspaceError, WorkspaceLockedError
from engine.view import format_instant

HOLDER_FILE = "writer.json"
_WAIT_SECONDS = 1.0
_PAUSE_SECONDS = 0.05
# What can be done depends on who holds it: a server goes on until it is stopped, but takes imports.
_REMEDIES = {
    "server": "Stop the server; or run this as the server's user, or send it what is to be "
    "recorded: POST /v1/imports."
}


class WriterLease:
    """The right to write to the workspace in ``folder``. A context manager, or acquire/release.

    ``face``: what holds it (command line, server), told to others that want it.
    """

    def __init__(self, folder: Path, *, face: str) -> None:
        self.folder = folder
        self.face = face
        self._handle: int | None = None

    @property
    def held(self) -> bool:
        """Whether this object holds the lease."""
        return self._handle is not None

    def acquire(self, *, wait: float = _WAIT_SECONDS) -> None:
        """Take the lease, waiting ``wait`` seconds for another to let go of it.

        Raises WorkspaceLockedError naming the holder, WorkspaceError where there is no folder.
        """
        if self.held:
            return
        try:
            handle = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as error:
            raise WorkspaceError(
                f"the workspace {self.folder} cannot be opened: {error.strerror}",
                remedy="Check that the folder is there and may be read.",
            ) from error
        try:
            self._lock(handle, time.monotonic() + wait)
        except BaseException:
            os.close(handle)
            raise
        self._handle = handle
        self._sign()

    def _lock(self, handle: int, deadline: float) -> None:
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                if error.errno not in (errno.EWOULDBLOCK, errno.EACCES):
                    raise WorkspaceError(
                        f"{self.folder} is on a disk that cannot lock folders ({error.strerror})",
                        remedy="Keep the workspace on a local disk.",
                    ) from error
            else:
                return
            if time.monotonic() >= deadline:
                face, name = self._holder()
                raise WorkspaceLockedError(
                    f"the workspace {self.folder} is being written to by {name}",
                    remedy=_REMEDIES.get(face, "Wait for it to end, or end it."),
                )
            time.sleep(_PAUSE_SECONDS)

    def release(self) -> None:
        """Let go of the lease; nothing happens where it is not held."""
        if self._handle is None:
            return
        with suppress(OSError):
            (self.folder / HOLDER_FILE).unlink(missing_ok=True)
        os.close(self._handle)
        self._handle = None

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.release()

    def _sign(self) -> None:
        since = format_instant(datetime.now(UTC).replace(microsecond=0))
        text = json.dumps({"face": self.face, "process": os.getpid(), "since": since})
        # On a full or read-only disk the lease holds all the same, only without a name.
        with suppress(OSError):
            (self.folder / HOLDER_FILE).write_text(text, encoding="utf-8")

    def _holder(self) -> tuple[str, str]:
        """The face of who holds it, empty where it is not known, and how to name them."""
        try:
            found = json.loads((self.folder / HOLDER_FILE).read_text(encoding="utf-8"))
            face = str(found["face"])
            return face, f"{face} (process {found['process']}, since {found['since']})"
        except (OSError, ValueError, KeyError, TypeError):
            return "", "another process"
