"""Whose turn it is: so many run at once, some more wait, everybody else is sent away.

One caller has only so many places, and among those who wait the one comes next of whose caller the
fewest run, then who came first: so nobody waits behind the queue of somebody else.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Condition

from engine.errors import BusyError


@dataclass(frozen=True, slots=True)
class Client:
    """Who waits for an answer: whether nobody does any more, and by what name it is counted."""

    gone: Callable[[], bool]
    caller: str = ""


@dataclass(eq=False, slots=True)
class _Waiting:
    caller: str
    number: int


class Turns:
    """``jobs`` may run at once and ``waiting`` more wait; of one caller ``each`` may run."""

    def __init__(self, jobs: int, waiting: int, each: int, *, seconds: float) -> None:
        """``seconds``: so long does one wait. A caller may have half of all places."""
        self._free = jobs
        self._places = jobs + waiting
        self._each = each
        self._most = max(each, self._places // 2)
        self._seconds = seconds
        self._changed = Condition()
        self._inside: Counter[str] = Counter()
        self._running: Counter[str] = Counter()
        self._queue: list[_Waiting] = []
        self._came = 0

    @contextmanager
    def admitted(self, caller: str) -> Iterator[None]:
        """A place among those that run or wait. Raises BusyError at once where there is none."""
        with self._changed:
            if self._inside.total() >= self._places or self._inside[caller] >= self._most:
                raise _busy()
            self._inside[caller] += 1
        try:
            yield
        finally:
            with self._changed:
                self._left(self._inside, caller)

    @contextmanager
    def running(self, caller: str) -> Iterator[None]:
        """A turn. Raises BusyError where none comes in time."""
        with self._changed:
            self._came += 1
            mine = _Waiting(caller, self._came)
            self._queue.append(mine)
            try:
                self._wait(mine)
            finally:
                self._queue.remove(mine)
                self._changed.notify_all()
            self._free -= 1
            self._running[caller] += 1
        try:
            yield
        finally:
            with self._changed:
                self._free += 1
                self._left(self._running, caller)
                self._changed.notify_all()

    def _wait(self, mine: _Waiting) -> None:
        end = time.monotonic() + self._seconds
        while not self._free or self._next() is not mine:
            if not self._changed.wait(end - time.monotonic()) and time.monotonic() >= end:
                raise _busy()

    def _next(self) -> _Waiting | None:
        able = [one for one in self._queue if self._running[one.caller] < self._each]
        return min(able, key=lambda one: (self._running[one.caller], one.number), default=None)

    @staticmethod
    def _left(counted: Counter[str], caller: str) -> None:
        counted[caller] -= 1
        if not counted[caller]:
            del counted[caller]


def _busy() -> BusyError:
    return BusyError(
        "as many queries are running as may run at the same time",
        remedy="Try again in a few seconds.",
    )
