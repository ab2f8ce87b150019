"""The clock of a ledger: instants that never go back, and jumps that are noticed."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

# Beyond this many seconds a difference is a jump and no correction or rounding.
_STEP_BACK = 2.0
_DRIFT = 120.0
# So long after the last entry is flagged even where nothing ran in between to compare with.
_LONG_AFTER = 400 * 86_400.0


def wall() -> datetime:
    """The time of day by this computer, UTC."""
    return datetime.now(UTC)


def uptime() -> float:
    """Seconds since some instant, sleep included, untouched by setting the clock."""
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boot is None else time.clock_gettime(boot)


@dataclass
class Clock:
    """Gives the instant of each entry. ``now`` and ``elapsed`` are replaced in tests."""

    now: Callable[[], datetime] = wall
    elapsed: Callable[[], float] = uptime
    _last: tuple[datetime, float] | None = field(default=None, init=False)

    def stamp(self, previous: datetime | None) -> tuple[datetime, int]:
        """The instant of an entry after one at ``previous``, and the jump found, in seconds.

        The jump is positive when the clock leapt forward, negative when it was set back (the
        instant is then that of the entry before), 0 for none.
        """
        now, elapsed = self.now().astimezone(UTC), self.elapsed()
        last, self._last = self._last, (now, elapsed)
        drift = (now - last[0]).total_seconds() - (elapsed - last[1]) if last else 0.0
        jump = round(drift) if abs(drift) > _DRIFT else 0
        if previous is None:
            return now, jump
        since = (now - previous).total_seconds()
        if since < -_STEP_BACK:
            return previous, jump if jump < 0 else round(since)
        if last is None and since > _LONG_AFTER:
            jump = round(since)
        return max(now, previous), jump
