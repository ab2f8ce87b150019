"""Turns: never more than may run, nobody behind the queue of somebody else, nothing lost."""

import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event, Lock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.endpoint.turns import Turns
from engine.errors import BusyError


def soon(true: Callable[[], bool]) -> bool:
    end = time.monotonic() + 5
    while not true() and time.monotonic() < end:
        time.sleep(0.002)
    return true()


class Office:
    """Callers that hold their turn until they are let go."""

    def __init__(self, turns: Turns, threads: int = 20) -> None:
        self.turns = turns
        self.pool = ThreadPoolExecutor(threads)
        self.at_work: list[str] = []
        self._lock = Lock()

    def come(self, caller: str, leave: Event) -> "Future[None]":
        def work() -> None:
            with self.turns.admitted(caller), self.turns.running(caller):
                with self._lock:
                    self.at_work.append(caller)
                leave.wait(10)

        return self.pool.submit(work)


def test_the_queue_of_one_caller_is_nobody_elses() -> None:
    office = Office(Turns(2, 20, 2, seconds=5))
    leave = [Event() for _ in range(8)]
    first = [office.come("greedy", event) for event in leave[:6]]
    assert soon(lambda: len(office.at_work) == 2)
    time.sleep(0.05)
    late = office.come("late", leave[6])
    time.sleep(0.05)
    assert office.at_work == ["greedy", "greedy"]
    for event in leave[:2]:
        event.set()
    assert soon(lambda: "late" in office.at_work)
    assert office.at_work.index("late") <= 3
    for event in leave:
        event.set()
    for each in (*first, late):
        each.result(5)


def test_one_caller_has_only_so_many_places() -> None:
    office = Office(Turns(3, 5, 1, seconds=5))
    leave = Event()
    waiting = [office.come("a", leave) for _ in range(4)]
    assert soon(lambda: office.at_work == ["a"])
    time.sleep(0.05)
    assert office.at_work == ["a"], "one turn each"
    with pytest.raises(BusyError):
        office.come("a", leave).result(5)
    other = office.come("b", leave)
    assert soon(lambda: office.at_work == ["a", "b"])
    leave.set()
    for each in (*waiting, other):
        each.result(5)
    office.come("a", leave).result(5)


def test_who_waits_too_long_is_sent_away_and_leaves_nothing_behind() -> None:
    office = Office(Turns(1, 5, 1, seconds=0.05))
    leave = Event()
    holding = office.come("a", leave)
    assert soon(lambda: office.at_work == ["a"])
    with pytest.raises(BusyError):
        office.come("b", leave).result(5)
    leave.set()
    holding.result(5)
    office.come("b", leave).result(5)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.sampled_from("abc"), max_size=25), st.integers(1, 3), st.integers(1, 3))
def test_never_more_than_may_and_everybody_comes(callers: list[str], jobs: int, each: int) -> None:
    turns = Turns(jobs, 100, each, seconds=10)
    lock, now, most = Lock(), Counter[str](), Counter[str]()

    def work(caller: str) -> None:
        with turns.admitted(caller), turns.running(caller):
            with lock:
                now[caller] += 1
                most[caller] = max(most[caller], now[caller])
                most["all"] = max(most["all"], now.total())
            time.sleep(0.001)
            with lock:
                now[caller] -= 1

    with ThreadPoolExecutor(30) as pool:
        list(pool.map(work, callers))
    assert most["all"] <= jobs
    assert all(most[caller] <= each for caller in "abc")
    assert turns._inside == turns._running == Counter()
    assert turns._queue == []
