"""The one exception tree.

    AimsError                     every error that a caller may handle
    ├── InputError                something the user gave is wrong (exit code 2, HTTP 400)
    │   ├── ParseError            text that does not parse; carries place
    │   ├── MappingError          a mapping that does not fit its table
    │   ├── QueryError            a query that is refused or does not parse
    │   ├── ShapeError            a malformed shapes graph
    │   └── ReservedTermError     data that uses a word reserved for the knowledge pack
    ├── NotFoundError             a node, item, query or entry that is not there (exit 2, HTTP 404)
    ├── NotDisclosedError         a grant does not cover what was asked (exit 2, HTTP 403)
    ├── ConflictError             the state changed since the caller looked (HTTP 412)
    ├── GuardError                a guarded change would add rule results (exit 1, HTTP 409)
    ├── LimitError                a bound on size, depth, time or memory was reached (HTTP 413)
    │   └── TimeLimitError        it took longer than it may (HTTP 503)
    ├── BusyError                 as much is being done as may be done at once (HTTP 503)
    │   └── CallerBusyError       as much is being done for this caller (HTTP 429)
    ├── WorkspaceError            the workspace cannot be used as asked (exit 2, HTTP 503)
    │   ├── WorkspaceLockedError  another process holds the writer lease (HTTP 423)
    │   ├── StorageFullError      no space left for a durable write (HTTP 507)
    │   ├── UnreachableError      a server that holds the store does not answer as it should
    │   └── IntegrityError        ledger, vault or projection are damaged or disagree
    └── NotValidatedError         a rule could not be run; its obligations stay unknown

Every message is one paragraph: what is wrong, where, and how to mend it.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """Where in an input the fault is; unknown parts are None. Lines and columns count from 1."""

    source: str | None = None
    line: int | None = None
    column: int | None = None
    field: str | None = None

    def __str__(self) -> str:
        """``file, line 3, column 7, field "x"``, leaving out what is unknown."""
        parts = [self.source] if self.source else []
        parts += [f"line {self.line}"] if self.line is not None else []
        parts += [f"column {self.column}"] if self.column is not None else []
        parts += [f'field "{self.field}"'] if self.field else []
        return ", ".join(parts)


class AimsError(Exception):
    """Base of all errors that a caller may handle.

    ``message`` says what is wrong, ``place`` where, ``remedy`` how to mend it.
    """

    def __init__(self, message: str, *, place: Place | None = None, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.place = place
        self.remedy = remedy

    def __str__(self) -> str:
        """One paragraph: place, message and remedy."""
        where = f"{self.place}: " if self.place and str(self.place) else ""
        text = f"{where}{self.message}"
        return f"{text.rstrip('.')}. {self.remedy}" if self.remedy else text


class InputError(AimsError):
    """Something that the user gave is wrong."""


class ParseError(InputError):
    """Text that does not parse."""


class MappingError(InputError):
    """A table mapping that is malformed or does not fit its table."""


class QueryError(InputError):
    """A query that is refused or does not parse."""


class ShapeError(InputError):
    """A malformed shapes graph."""


class ReservedTermError(InputError):
    """Data that uses a word reserved for the knowledge pack."""


class NotFoundError(AimsError):
    """A node, item, query or entry that does not exist."""


class NotDisclosedError(AimsError):
    """The grants of the caller do not cover what was asked for."""


class ConflictError(AimsError):
    """The state changed since the caller looked at it."""


class GuardError(AimsError):
    """A change that its own guard refused; nothing was written.

    ``refused``: the rule results that it would add, and rules that could not be judged, as JSON.
    ``answer``: what the change would have done, as JSON.
    """

    def __init__(
        self,
        message: str,
        *,
        refused: Mapping[str, object],
        answer: Mapping[str, object],
        remedy: str = "",
    ) -> None:
        super().__init__(message, remedy=remedy)
        self.refused = refused
        self.answer = answer


class LimitError(AimsError):
    """A bound on size, depth, time or memory was reached."""


class TimeLimitError(LimitError):
    """Something took longer than it may and was stopped."""


class BusyError(AimsError):
    """As much is being done already as may be done at the same time."""


class CallerBusyError(BusyError):
    """As much is being done for this caller already as may be done at the same time."""


class WorkspaceError(AimsError):
    """The workspace cannot be used as asked."""


class WorkspaceLockedError(WorkspaceError):
    """Another process holds the writer lease."""


class StorageFullError(WorkspaceError):
    """No space is left for a durable write."""


class UnreachableError(WorkspaceError):
    """A server that holds the store does not answer, or not as it should."""


class IntegrityError(WorkspaceError):
    """Ledger, vault or projection are damaged or disagree."""


class NotValidatedError(AimsError):
    """A rule could not be run; its obligations stay unknown."""
