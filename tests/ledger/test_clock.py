"""The clock of a ledger: order by sequence holds whatever the clock does, and jumps are flagged."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from engine.ledger.clock import Clock, uptime, wall
from engine.ledger.entry import Header
from tests.ledger.making import START, Held, Ticking, adding, hold, quad

DAY = 86_400


def record(held: Held, name: str) -> Header:
    return held.commit(adding(quad(name))).header


def reopened(held: Held) -> Held:
    held.close()
    return hold(held.root, ticking=held.clock)


def test_time_that_passes_is_no_jump(held: Held) -> None:
    for number, seconds in enumerate([0, 1, 3600, 30 * DAY, 3 * 365 * DAY]):
        held.clock.pass_time(seconds)
        header = record(held, f"a{number}")
        assert header.clock_jump == 0
        assert header.recorded_at == held.clock.now


@pytest.mark.parametrize(
    "days", [pytest.param(-1, id="a day back"), pytest.param(3652, id="ten years ahead")]
)
@pytest.mark.parametrize("restart", [False, True])
def test_a_jump_is_flagged_and_the_order_kept(held: Held, days: int, restart: bool) -> None:
    before = record(held, "before")
    held.clock.now += timedelta(days=days)
    now = reopened(held) if restart else held
    flagged = record(now, "during")
    assert flagged.clock_jump == pytest.approx(days * DAY, abs=1)
    assert flagged.recorded_at == max(before.recorded_at, held.clock.now)
    held.clock.pass_time(60)
    record(now, "after")
    held.clock.now -= timedelta(days=days)
    record(now, "back")
    headers = [entry.header for entry in now.ledger.entries()]
    assert [header.sequence for header in headers] == [1, 2, 3, 4]
    instants = [header.recorded_at for header in headers]
    assert instants == sorted(instants)
    assert now.problems() == []
    assert now.ledger.at(instants[-1]) == 4
    now.close()


def test_a_clock_set_back_between_two_entries_of_one_process_gives_the_instant_before(
    held: Held,
) -> None:
    record(held, "a")
    held.clock.now -= timedelta(days=1)
    header = record(held, "b")
    assert (header.instant, header.clock_jump) == ("2026-07-01T12:00:00Z", -DAY)


def test_every_entry_until_the_clock_catches_up_is_flagged(held: Held) -> None:
    record(held, "a")
    held.clock.now -= timedelta(days=1)
    assert [record(held, name).clock_jump < 0 for name in "bcd"] == [True, True, True]
    held.clock.pass_time(2 * DAY)
    last = record(held, "e")
    assert (last.clock_jump, last.recorded_at) == (0, held.clock.now)


@pytest.mark.parametrize("seconds", [-1.5, 1.5, 100])
def test_a_correction_is_no_jump(held: Held, seconds: float) -> None:
    before = record(held, "a")
    held.clock.now += timedelta(seconds=seconds)
    header = record(held, "b")
    assert header.clock_jump == 0
    assert header.recorded_at >= before.recorded_at


def test_daylight_saving_is_no_jump() -> None:
    summer, winter = timezone(timedelta(hours=2)), timezone(timedelta(hours=1))
    shown = datetime(2026, 10, 25, 2, 59, 59, tzinfo=summer)
    ticks = Ticking(now=shown)
    clock = ticks.clock()
    first, _ = clock.stamp(None)
    ticks.now, ticks.up = datetime(2026, 10, 25, 2, 0, 0, tzinfo=winter), ticks.up + 1
    assert clock.stamp(first) == (datetime(2026, 10, 25, 1, tzinfo=UTC), 0)


def test_an_entry_long_after_the_last_one_is_flagged_when_nothing_ran_meanwhile(
    held: Held,
) -> None:
    record(held, "a")
    held.clock.pass_time(401 * DAY)
    now = reopened(held)
    assert record(now, "b").clock_jump == 401 * DAY
    now.close()


def test_the_real_clocks_go_forward() -> None:
    assert wall().tzinfo is UTC
    assert uptime() <= uptime()
    stamp, jump = Clock().stamp(START - timedelta(days=1))
    assert stamp >= START - timedelta(days=1)
    assert jump >= 0


def test_the_instant_does_not_depend_on_the_zone_of_this_computer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Pacific/Apia")
    held = hold(tmp_path, ticking=Ticking())
    assert record(held, "a").instant == "2026-07-01T12:00:00Z"
    held.close()
