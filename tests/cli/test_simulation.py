"""``aims cascade --rounds``: how often each effect arrives."""

from pathlib import Path

import pytest

from tests.cli.conftest import Aims
from tests.example import AT, PERIOD

ASKED = ("cascade", "dsv-telematics-2026", "--at", AT, "--period", PERIOD)


def test_equal_seeds_give_equal_answers(aims: Aims, example_root: Path) -> None:
    def told(seed: str) -> str:
        given = ("--rounds", "200", "--seed", seed, "--format", "json")
        return aims(*ASKED, *given, workspace=example_root).out

    assert told("7") == told("7")
    assert told("7") != told("8")


def test_the_table_shows_the_shares_and_how_exact_they_are(aims: Aims, example_root: Path) -> None:
    out = aims(*ASKED, "--rounds", "400", workspace=example_root).out
    assert "simulated: 400 rounds, seed 0, ±0.050" in out
    assert "simulated" in out.split("simulated:")[0]
    assert "simulated" not in aims(*ASKED, workspace=example_root).out


@pytest.mark.parametrize("rounds", ["0", "-1", "many"])
def test_rounds_that_say_nothing_are_refused(aims: Aims, example_root: Path, rounds: str) -> None:
    assert aims(*ASKED, "--rounds", rounds, workspace=example_root).code == 2
