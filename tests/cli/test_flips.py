"""``aims verify`` over a ledger file with one bit flipped: told with its place, or harmless."""

from contextlib import closing
from pathlib import Path
from random import Random
from sqlite3 import connect

import pytest

from engine.workspace import Workspace
from tests.cli.conftest import Aims
from tests.ledger.making import AGENT, FILE, adding, quad

FLIPS = 60


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A closed workspace with a few changes, all of its ledger in one file."""
    root = tmp_path / "small"
    with Workspace.create(root, agent=AGENT) as workspace:
        for number in range(20):
            patch = adding(quad(number), quad("all", number, compartment="people"))
            workspace.committer.commit(patch, agent=AGENT, reason=f"reason {number}")
    assert not (root / f"{FILE}-wal").exists()
    return root


def rows(path: Path) -> dict[str, list[tuple[object, ...]]]:
    with closing(connect(f"file:{path}?mode=ro", uri=True)) as db:
        names = db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
        return {name: db.execute(f"SELECT * FROM {name}").fetchall() for (name,) in names}


def test_a_flipped_bit_is_told_with_its_place_or_in_bytes_that_say_nothing(
    aims: Aims, small: Path
) -> None:
    path = small / FILE
    genuine, whole = path.read_bytes(), rows(path)
    draw = Random(7)
    codes = []
    for _ in range(FLIPS):
        at, bit = draw.randrange(len(genuine)), draw.randrange(8)
        path.write_bytes(genuine[:at] + bytes([genuine[at] ^ 1 << bit]) + genuine[at + 1 :])
        answer = aims("verify", "--format", "json", workspace=small)
        codes.append(answer.code)
        for beside in small.glob(f"{FILE}-*"):
            beside.unlink()
        if answer.code == 1:
            first = answer.json["problems"][0]
            assert first["kind"] in ("file", "entry", "part", "pack", "tree", "index", "erasure")
            assert first["where"] or first["sequence"]
        elif answer.code == 2:
            assert str(path) in answer.err.replace("\n", "")
            assert "is damaged" in " ".join(answer.err.split())
        else:
            assert rows(path) == whole, f"bit {bit} of byte {at} is not found"
    assert codes.count(1) > FLIPS / 4
