"""Turns: nobody runs more than its share, nobody waits for another's queue, long ones yield."""

import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from threading import Event, Thread

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.endpoint.running import Abandoned, SetAside
from engine.endpoint.turns import Share, Turns
from engine.errors import BusyError, CallerBusyError
from tests.endpoint.test_processes import soon


def here() -> bool:
    return False


class Held:
    """A turn taken in a thread of its own, until it is let go."""

    def __init__(self, turns: Turns, caller: str, order: list[str] | None = None) -> None:
        self._turns, self._caller, self._order = turns, caller, order
        self._end = Event()
        self.runs = Event()
        self.error: Exception | None = None
        self._thread = Thread(target=self._hold)
        self._thread.start()

    def _hold(self) -> None:
        try:
            with self._turns.turn(self._caller, here, 5.0):
                if self._order is not None:
                    self._order.append(self._caller)
                self.runs.set()
                self._end.wait(5)
        except BusyError as error:
            self.error = error

    def let_go(self) -> None:
        self._end.set()
        self._thread.join()


def test_one_caller_runs_no_more_than_its_share() -> None:
    turns = Turns(Share(jobs=4, per_caller=2))
    mine = [Held(turns, "a") for _ in range(3)]
    assert soon(lambda: sum(one.runs.is_set() for one in mine) == 2)
    others = [Held(turns, "b") for _ in range(2)]
    assert all(one.runs.wait(1) for one in others), "the rest is for others"
    time.sleep(0.2)
    assert sum(one.runs.is_set() for one in mine) == 2
    for one in (*mine, *others):
        one.let_go()


def test_a_long_queue_of_one_caller_is_no_queue_for_another() -> None:
    turns = Turns(Share(jobs=1, per_caller=1, waiting=8))
    order: list[str] = []
    held = [Held(turns, "first", order)]
    assert held[0].runs.wait(1)
    for caller in ("a", "a", "a", "a", "b", "c", "b"):
        held.append(Held(turns, caller, order))
        time.sleep(0.03)
    for number in range(len(held)):
        assert soon(lambda n=number: len(order) == n + 1)  # type: ignore[misc]
        next(one for one in held if one.runs.is_set() and not one._end.is_set()).let_go()
    assert order[0] == "first"
    assert sorted(order[1:4]) == ["a", "b", "c"]
    assert sorted(order[4:6]) == ["a", "b"]
    assert order[6:] == ["a", "a"]


def test_who_waits_too_long_or_in_too_great_a_number_is_sent_away() -> None:
    turns = Turns(Share(jobs=2, per_caller=1, waiting=1))
    first = Held(turns, "a")
    assert first.runs.wait(1)
    second = Held(turns, "a")
    time.sleep(0.1)
    with pytest.raises(CallerBusyError), turns.turn("a", here, 1.0):
        pass
    with turns.turn("b", here, 1.0):
        others = [Held(turns, "c")]
        time.sleep(0.1)
        with pytest.raises(BusyError) as caught, turns.turn("d", here, 1.0):
            pass
        assert type(caught.value) is BusyError
        first.let_go()
        second.let_go()
        for one in others:
            one.let_go()
    held = Held(turns, "a")
    assert held.runs.wait(1)
    start = time.monotonic()
    with pytest.raises(BusyError), turns.turn("a", here, 0.3):
        pass
    assert 0.2 < time.monotonic() - start < 1.0
    with pytest.raises(Abandoned), turns.turn("a", lambda: True, 5.0):
        pass
    held.let_go()


def test_a_long_one_keeps_its_place_only_within_its_share() -> None:
    turns = Turns(Share(jobs=4, per_caller=4, patience=0.5))
    with ExitStack() as stack:
        mine = [stack.enter_context(turns.turn("a", here, 1.0)) for _ in range(4)]
        assert not any(turns.must_yield(one, 0.4) for one in mine)
        assert not any(turns.must_yield(one, 9.0) for one in mine), "nobody waits"
        assert [one.long for one in mine] == [True, True, False, False]
        waiting = Held(turns, "b")
        time.sleep(0.1)
        assert [turns.must_yield(one, 9.0) for one in mine] == [False, False, True, False]
        waiting._end.set()
    waiting.let_go()


def test_one_place_is_for_long_ones_too() -> None:
    turns = Turns(Share(jobs=1, per_caller=1))
    with turns.turn("a", here, 1.0) as mine:
        waiting = Held(turns, "b")
        time.sleep(0.1)
        assert not turns.must_yield(mine, 60.0)
        assert mine.long
    waiting.let_go()


def work(turns: Turns, caller: str, seconds: float, done: Callable[[], None]) -> int:
    """What the endpoint does with a job that takes so long; gives how often it began."""
    keeps, begun = False, 0
    while True:
        try:
            with turns.turn(caller, here, 20.0, long=keeps) as turn:
                begun += 1
                start = time.monotonic()
                while time.monotonic() < start + seconds:
                    time.sleep(0.002)
                    if turns.must_yield(turn, time.monotonic() - start):
                        raise SetAside
        except SetAside:
            keeps = True
        else:
            done()
            return begun


@settings(max_examples=15, deadline=None)
@given(
    st.integers(1, 4),
    st.integers(1, 4),
    st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from([0.0, 0.005, 0.05])), max_size=12),
)
def test_everybody_is_served_and_no_share_is_exceeded(
    jobs: int, per_caller: int, asked: list[tuple[str, float]]
) -> None:
    share = Share(jobs, per_caller, patience=0.01, waiting=100)
    turns = Turns(share)
    done: list[int] = []
    excess: list[str] = []
    over = Event()

    def look() -> None:
        while not over.is_set():
            with turns._changed:
                running = [one.caller for one in turns._running]
                if len(running) > jobs or any(running.count(c) > per_caller for c in running):
                    excess.append(" ".join(running))
            time.sleep(0.001)

    watching = threading.Thread(target=look)
    watching.start()
    begun: list[int] = []
    threads = [
        Thread(
            target=lambda c=caller, s=seconds: begun.append(
                work(turns, c, s, lambda: done.append(1))
            )
        )
        for caller, seconds in asked
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    over.set()
    watching.join()
    assert len(done) == len(asked)
    assert excess == []
    assert max(begun, default=1) <= 2, "what was set aside once is not set aside again"
    assert (turns._running, turns._waiting, turns._served) == ([], [], {})
