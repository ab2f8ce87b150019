"""From what the embedded store raises to our errors: one table, by message and number."""

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engine.errors import (
    AimsError,
    IntegrityError,
    Place,
    QueryError,
    StorageFullError,
    WorkspaceError,
    WorkspaceLockedError,
)
from engine.store._names import Spelled

_PLACE = re.compile(r"error at (\d+):(\d+): (.*)", re.DOTALL)
_LOCKED = re.compile(r"lock hold|LOCK: |No locks available|Resource temporarily unavailable")
_FULL = re.compile(r"No space left|Disk quota exceeded|File too large", re.IGNORECASE)
_FULL_NUMBERS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_SCARCE = re.compile(r"Too many open files|Cannot allocate memory", re.IGNORECASE)
_FILES = re.compile(r"Corruption|IO error")
_DENIED = re.compile(r"Permission denied|Read-only file system|Not a directory", re.IGNORECASE)


@contextmanager
def storage_errors(path: Path | None, query: Spelled | None = None) -> Iterator[None]:
    """Turn errors of the backend whose files lie in ``path`` (None: memory) into ours.

    ``query``: what is being run, so that places can be told as they are in the original.
    """
    try:
        yield
    except SyntaxError as error:
        raise syntax_error(str(error.msg), query) from error
    except RuntimeError as error:
        # The backend tells of damaged files, too, by this kind of error.
        if query is None or _FILES.match(str(error)):
            raise storage_error(error, path) from error
        raise QueryError(
            f"the query cannot be evaluated: {error}", remedy="Correct the query and run it again."
        ) from error
    except OSError as error:
        raise storage_error(error, path) from error


def syntax_error(message: str, query: Spelled | None) -> QueryError:
    """The QueryError for what the parser of the backend says, with line and column."""
    found = _PLACE.match(message)
    place = Place("query")
    if found:
        line, column = int(found[1]), int(found[2])
        place = Place("query", line, query.column(line, column) if query else column)
    told = found[3] if found else message
    return QueryError(
        f"the query does not parse: {' '.join(told.split())[:300]}",
        place=place,
        remedy="Correct it at that place; https://www.w3.org/TR/sparql11-query/ has the grammar.",
    )


def storage_error(error: OSError | RuntimeError, path: Path | None) -> AimsError:
    """What ``error`` means: no space, another process, no permission, or damaged files."""
    text, number = str(error), getattr(error, "errno", None)
    where = str(path) if path else "memory"
    if number in _FULL_NUMBERS or _FULL.search(text):
        return StorageFullError(
            f"no space is left for the store in {where}",
            remedy="Free some space and try again; nothing that the ledger holds is lost.",
        )
    if _LOCKED.search(text):
        return WorkspaceLockedError(
            f"another process has the store in {where} open",
            remedy="Close that process, or use the server that it runs.",
        )
    if number in (errno.EACCES, errno.EROFS) or _DENIED.search(text):
        return WorkspaceError(
            f"the store in {where} cannot be opened: {text[:300]}",
            remedy="Give this user the right to write there.",
        )
    if number in (errno.EMFILE, errno.ENFILE, errno.ENOMEM) or _SCARCE.search(text):
        return WorkspaceError(
            f"the store in {where} cannot be used: {text[:300]}",
            remedy="Give this process more files and memory, and try again.",
        )
    return IntegrityError(
        f"the store in {where} is damaged: {text[:300]}",
        remedy="Rebuild it from the ledger with: aims rebuild",
    )
