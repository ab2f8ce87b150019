"""Whose turn it is: how many jobs run and wait, in all and for each caller, and who is next.

A job that is not done within ``patience`` seconds is *long*. Only so many long ones keep their
place for certain; the others run on while nobody else wants to run, and are set aside as soon as
somebody does: ended, and begun again when there is a place that they keep. So a stream of queries
that never end takes no more than its share, and what is soon done never waits long.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Condition

from engine.endpoint.running import Abandoned
from engine.errors import BusyError, CallerBusyError

_LOOK_SECONDS = 0.1
# For so many waits for each that may run there is room.
WAITING = 8


@dataclass(frozen=True, slots=True)
class Share:
    """What all callers together, and one alone, may run at once; ``patience`` in seconds.

    ``waiting``: how many of one caller may wait for each that it may run.
    """

    jobs: int = 4
    per_caller: int = 3
    patience: float = 0.5
    waiting: int = WAITING

    def for_updates(self) -> "Share":
        """The share of updates, which run one at a time; as many of one caller may be there."""
        return Share(1, 1, self.patience, max(1, self.jobs * (1 + self.waiting) - 1))

    def of(self, *, caller: bool, long: bool) -> int:
        """How many may run; ``long``: for certain, so that others cannot take their place."""
        most = min(self.jobs, self.per_caller) if caller else self.jobs
        return max(1, most // 2 if long else most)

    def room(self, *, caller: bool, long: bool) -> int:
        """How many may wait; there is always room for others beside one caller."""
        own = self.waiting * self.of(caller=True, long=long)
        return own if caller else max(2 * own, self.waiting * self.of(caller=False, long=long))


@dataclass(slots=True, eq=False)
class Turn:
    """One job of a caller. ``long``: it keeps its place, however long it takes."""

    caller: str
    long: bool
    leaving: bool = False


class Turns:
    """The turns of one endpoint; may be shared by threads."""

    def __init__(self, share: Share) -> None:
        self._share = share
        self._changed = Condition()
        # Those in a turn and those that wait, oldest first.
        self._running: list[Turn] = []
        self._waiting: list[Turn] = []
        self._served: dict[str, int] = {}
        self._count = 0

    @contextmanager
    def turn(
        self, caller: str, gone: Callable[[], bool], seconds: float, *, long: bool = False
    ) -> Iterator[Turn]:
        """A turn of ``caller``, waited for ``seconds`` at most; ``long``: one that it keeps.

        Raises CallerBusyError, BusyError where too many wait already or it takes too long,
        Abandoned where ``gone`` says that nobody waits any more.
        """
        mine = Turn(caller, long)
        with self._changed:
            self._admit(mine)
            try:
                self._await(mine, gone, time.monotonic() + seconds)
            finally:
                self._waiting.remove(mine)
                self._changed.notify_all()
            self._running.append(mine)
            self._count += 1
            self._served[caller] = self._count
        try:
            yield mine
        finally:
            with self._changed:
                self._running.remove(mine)
                if not any(one.caller == caller for one in (*self._running, *self._waiting)):
                    self._served.pop(caller, None)
                self._changed.notify_all()

    def must_yield(self, mine: Turn, seconds: float) -> bool:
        """Whether ``mine``, a turn for ``seconds`` by now, has to let others go first."""
        if mine.long or seconds < self._share.patience:
            return False
        with self._changed:
            if self._keeps(mine, self._running):
                mine.long = True
                return False
            # One leaves for each that could then run.
            staying = [one for one in self._running if one is not mine and not one.leaving]
            able = sum(self._fits(one, staying) for one in self._waiting)
            mine.leaving = able > sum(one.leaving for one in self._running)
            return mine.leaving

    def _admit(self, mine: Turn) -> None:
        same = [one for one in self._waiting if one.long == mine.long]
        of_caller = sum(one.caller == mine.caller for one in same)
        share, waits = self._share, not self._fits(mine, self._running)
        if waits and of_caller >= share.room(caller=True, long=mine.long):
            raise CallerBusyError(
                "as many of your queries run and wait as may do so at the same time",
                remedy="Wait for their answers, and try again in a few seconds.",
            )
        if waits and len(same) >= share.room(caller=False, long=mine.long):
            raise busy()
        self._waiting.append(mine)

    def _await(self, mine: Turn, gone: Callable[[], bool], end: float) -> None:
        while not (self._fits(mine, self._running) and self._next() is mine):
            if gone():
                raise Abandoned
            left = end - time.monotonic()
            if left <= 0:
                raise busy()
            self._changed.wait(min(left, _LOOK_SECONDS))

    def _next(self) -> Turn | None:
        """Of those that may run, one of who runs least and was not served for longest."""
        running = Counter(one.caller for one in self._running)
        able = (one for one in self._waiting if self._fits(one, self._running))
        return min(
            able,
            key=lambda one: (running[one.caller], self._served.get(one.caller, 0)),
            default=None,
        )

    def _fits(self, one: Turn, running: list[Turn]) -> bool:
        """Whether ``one`` could run beside ``running``."""
        share = self._share
        own = sum(other.caller == one.caller for other in running)
        if len(running) >= share.jobs or own >= share.of(caller=True, long=False):
            return False
        return not one.long or self._keeps(one, running)

    def _keeps(self, one: Turn, running: list[Turn]) -> bool:
        """Whether there is a place beside ``running`` that ``one`` could keep."""
        kept = [other for other in running if other.long and other is not one]
        own = sum(other.caller == one.caller for other in kept)
        share = self._share
        return len(kept) < share.of(caller=False, long=True) and own < share.of(
            caller=True, long=True
        )


def busy() -> BusyError:
    """As many run as may run, and as many wait as may wait."""
    return BusyError(
        "as many queries are running as may run at the same time",
        remedy="Try again in a few seconds.",
    )
