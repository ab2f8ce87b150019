"""What a reader sees: the value behind ``as_of``, ``--at``, ``--period`` and grants.

Three axes of time, never mixed: ``as_of`` is what was recorded by then, ``evaluated_at`` with
the period is the instant and audit period being judged, and valid time is in the data.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from engine.errors import InputError, NotFoundError

# No ledger is longer; Python refuses to read numbers of thousands of digits.
_MAX_DIGITS = 18
# Its grant discloses rule results and statuses; nothing is recorded in it.
ASSESSMENT = "assessment"


def parse_instant(text: str) -> datetime:
    """An xsd:dateTime with zone, or a date (its first instant, UTC), as an aware UTC datetime.

    Raises InputError when ``text`` is neither.
    """
    try:
        value = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise InputError(
            f'"{text}" is not an instant', remedy="Write 2026-06-30T00:00:00Z or 2026-06-30."
        ) from None
    if value.tzinfo is None:
        if "T" in text:
            raise InputError(f'"{text}" has no time zone', remedy="Add Z for UTC.")
        value = value.replace(tzinfo=UTC)
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise InputError(
            f'"{text}" lies outside of the years 1 to 9999 in UTC', remedy="Write another instant."
        ) from None


def format_instant(value: datetime) -> str:
    """Canonical xsd:dateTime in UTC ending in Z, without needless fraction digits."""
    text = value.astimezone(UTC).replace(tzinfo=None).isoformat()
    return (text.rstrip("0").rstrip(".") if "." in text else text) + "Z"


@dataclass(frozen=True, slots=True)
class Period:
    """An audit period, from its first instant to its end (exclusive)."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start >= self.end:
            raise InputError("the period ends before it starts", remedy="Write FROM/TO.")

    @classmethod
    def parse(cls, text: str) -> "Period":
        """Read ``FROM/TO``, both instants or dates. Raises InputError."""
        start, slash, end = text.partition("/")
        if not slash:
            raise InputError(f'"{text}" is not a period', remedy="Write 2026-01-01/2026-07-01.")
        return cls(parse_instant(start), parse_instant(end))

    def __str__(self) -> str:
        """``FROM/TO`` in canonical instants."""
        return f"{format_instant(self.start)}/{format_instant(self.end)}"


@dataclass(frozen=True, slots=True)
class View:
    """One way of looking at a workspace.

    ``compartments``: those that may be read, None for all. ``as_of``: a ledger sequence or an
    instant, None for the head. ``evaluated_at`` and ``period``: what is judged. ``knowledge``:
    digest of the pack to judge with, None for the one in force at ``as_of``.
    """

    compartments: frozenset[str] | None = None
    as_of: int | datetime | None = None
    evaluated_at: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))
    period: Period | None = None
    knowledge: str | None = None

    @property
    def judged_period(self) -> Period:
        """The period given, else the twelve months that end at ``evaluated_at``."""
        if self.period is not None:
            return self.period
        return Period(self.evaluated_at - timedelta(days=365), self.evaluated_at)

    @property
    def restricted(self) -> bool:
        """Whether some compartments are left out."""
        return self.compartments is not None

    @property
    def discloses(self) -> bool:
        """Whether rule results and statuses may be told, which are computed on everything."""
        return self.compartments is None or ASSESSMENT in self.compartments

    def covers(self, compartment: str) -> bool:
        """Whether ``compartment`` may be read and written."""
        return self.compartments is None or compartment in self.compartments


def parse_position(text: str) -> int | datetime:
    """A ledger sequence or an instant. Raises NotFoundError for an absurd one, InputError."""
    if not text.isdecimal():
        return parse_instant(text)
    if len(text) > _MAX_DIGITS:
        raise NotFoundError(f"the ledger has no entry {text[:_MAX_DIGITS]}…")
    return int(text)
