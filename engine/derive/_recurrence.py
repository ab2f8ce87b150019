"""Whether something recurred as often as it must: pure arithmetic on instants."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from engine.view import Period


@dataclass(frozen=True, slots=True)
class Demand:
    """What recurs: at least every ``cadence`` days, with ``tolerance`` days of grace."""

    cadence: Decimal
    tolerance: Decimal = Decimal(0)

    @property
    def allowed_days(self) -> Decimal:
        """The longest gap allowed, in days."""
        strict = self.tolerance < self.cadence
        return self.cadence + self.tolerance if strict else self.tolerance

    def required(self, days: Decimal) -> int:
        """How many occurrences a stretch of ``days`` needs; the tolerance is granted once."""
        grace = self.tolerance if self.tolerance < self.cadence else Decimal(0)
        every = self.cadence if self.tolerance < self.cadence else self.tolerance
        return max(0, int((days - grace) // every))


@dataclass(frozen=True, slots=True)
class Recurrence:
    """What was found: ``count`` within the period, the ``longest_gap_days``, the ``last`` one.

    ``first_cycle``: nothing has occurred yet, and the first occurrence is not yet due.
    """

    count: int
    required: int
    longest_gap_days: Decimal
    allowed_days: Decimal
    last: datetime | None
    first_cycle: bool

    @property
    def kept(self) -> bool:
        """Whether the cadence was kept."""
        recurring = self.count >= self.required and self.longest_gap_days <= self.allowed_days
        return self.last is not None and recurring


def recurrence(
    instants: Sequence[datetime],
    demand: Demand,
    period: Period,
    now: datetime,
    started: datetime | None = None,
) -> Recurrence:
    """Judge ``instants`` within ``period`` as far as ``now``.

    ``started``: when the duty began; nothing is asked for before. An occurrence before the period
    opens the first gap.
    """
    end = min(period.end, now)
    begin = period.start if started is None else max(period.start, started)
    past = sorted(instant for instant in instants if instant <= end)
    within = [instant for instant in past if instant >= begin]
    before = [instant for instant in past if instant < begin]
    points = [before[-1] if before else begin, *within, max(end, begin)]
    longest = max(later - earlier for earlier, later in pairwise(points))
    age = None if started is None else days_of(end - started)
    return Recurrence(
        count=len(within),
        required=demand.required(days_of(max(end - begin, timedelta(0)))),
        longest_gap_days=days_of(longest),
        allowed_days=demand.allowed_days,
        last=past[-1] if past else None,
        first_cycle=not past and age is not None and age <= demand.allowed_days,
    )


def days_of(span: timedelta) -> Decimal:
    """``span`` in days, in whole hours."""
    return Decimal(span // timedelta(hours=1)) / 24
