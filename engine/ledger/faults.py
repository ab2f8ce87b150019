"""From errors of the database and the disk to ours, with what to do about them."""

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from engine.errors import (
    IntegrityError,
    StorageFullError,
    WorkspaceError,
    WorkspaceLockedError,
)

_BACKUP = "Keep the folder as it is for examination and restore the ledger from a backup."


@contextmanager
def ledger_errors(path: Path) -> Iterator[None]:
    """Raise what goes wrong with the ledger file ``path`` as an error of ours."""
    try:
        yield
    except DBAPIError as error:
        # A transaction may find out on a full disk that its own clean-up cannot be written.
        raise _translated(path, error.orig) from error
    except sqlite3.Error as error:
        raise _translated(path, error) from error
    except UnicodeDecodeError as error:
        # What SQLite says about a damaged schema quotes it, whatever its bytes are now.
        raise damaged(path, "a text in it is no UTF-8") from error
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise storage_full(path) from error
        raise WorkspaceError(
            f"{path} cannot be used: {error.strerror}",
            remedy="Check that it is there and that its folder may be read and written.",
        ) from error


def storage_full(path: Path) -> StorageFullError:
    """The error for a full disk under ``path``."""
    return StorageFullError(
        f"no space is left on the disk of {path}; nothing was recorded",
        remedy="Free some space and try again; reading goes on meanwhile.",
    )


def damaged(path: Path, what: str) -> IntegrityError:
    """The error for a ledger file that cannot be what it should be."""
    return IntegrityError(f"the ledger {path} is damaged: {what}", remedy=_BACKUP)


def _translated(path: Path, error: BaseException | None) -> WorkspaceError:
    name = getattr(error, "sqlite_errorname", "") or ""
    text = str(error)
    if name == "SQLITE_FULL" or (name.startswith("SQLITE_IOERR") and _no_space(path)):
        return storage_full(path)
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return WorkspaceLockedError(
            f"another process is writing to the ledger {path}",
            remedy="Wait for it to end, or end it, and try again.",
        )
    if name.startswith("SQLITE_READONLY"):
        return WorkspaceError(
            f"the ledger {path} is on a disk or in a folder that cannot be written",
            remedy="Give write access to it, or copy the workspace elsewhere.",
        )
    if name.startswith("SQLITE_CANTOPEN"):
        return WorkspaceError(
            f"the ledger {path} cannot be opened ({text})",
            remedy="Check that it is there and that its folder may be read and written.",
        )
    damage = ("SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_IOERR", "SQLITE_ERROR")
    if name.startswith(damage) or "Could not decode to UTF-8" in text:
        return damaged(path, text)
    return WorkspaceError(f"the ledger {path} cannot be used: {text}")


def _no_space(path: Path) -> bool:
    """Whether an I/O error is likely to come from a full disk: SQLite does not always tell."""
    try:
        state = os.statvfs(path.parent)
    except OSError:
        return False
    return state.f_bavail * state.f_frsize < 64 * 1024
