"""Processes that are killed (A1, A2): nothing acknowledged is lost, nothing is done by half."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.reliability.conftest import Program
from tests.reliability.kill_points import POINTS

Results = list[dict[str, Any]]


def two_at_once(program: Program, name: str, arguments: list[tuple[object, ...]]) -> Results:
    """What two runs of a program give, on two cores."""
    with ThreadPoolExecutor(2) as runs:
        return list(runs.map(lambda given: program(name, *given), arguments))


def test_thirty_kills_at_random_lose_nothing(ram: Path, program: Program) -> None:
    runs = two_at_once(program, "kill_anywhere", [(ram / "a", 15, 1), (ram / "b", 15, 2)])
    assert [run["faults"] for run in runs] == [[], []]
    assert sum(run["kills"] for run in runs) == 30
    assert all(run["acknowledged"] > 15 for run in runs)
    changes = {"insert", "update", "delete", "import", "assessment"}
    assert {kind for run in runs for kind in run["done"]} >= changes | {"snapshot", "checkpoint"}


def test_a_change_killed_at_any_point_is_done_once_when_it_is_tried_again(
    ram: Path, program: Program
) -> None:
    runs = two_at_once(program, "kill_points", [(ram / "a", 10), (ram / "b", 10)])
    assert [run["faults"] for run in runs] == [[], []]
    assert len(POINTS) == 8
    assert sum(run["kills"] for run in runs) == 20 * len(POINTS)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(3, 8))
def test_five_hundred_kills_at_random_lose_nothing(ram: Path, program: Program, seed: int) -> None:
    assert program("kill_anywhere", ram, 100, seed)["faults"] == []
