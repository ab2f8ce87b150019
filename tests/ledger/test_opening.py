"""Making and opening a ledger file: an empty one never takes the place of a damaged one."""

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.errors import (
    IntegrityError,
    NotFoundError,
    WorkspaceError,
    WorkspaceLockedError,
)
from engine.ledger.draft import Draft
from engine.ledger.ledger import Ledger
from tests.ledger.making import AGENT, FILE, adding, holding, quad


@pytest.fixture
def path(ram: Path) -> Path:
    with holding(ram) as held:
        held.commit(adding(quad("a")))
    return ram / FILE


def test_a_ledger_has_a_name_of_its_own(tmp_path: Path) -> None:
    names = set()
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        ledger = Ledger.create(tmp_path / name / FILE, base="https://x.example/a/")
        names.add(ledger.origin)
        assert ledger.origin.startswith("x.example/a/ledger/")
        assert ledger.base == "https://x.example/a/"
        ledger.close()
    assert len(names) == 2


@pytest.mark.parametrize("left", [FILE, "ledger.key", f"{FILE}-wal"])
def test_no_ledger_is_made_where_something_of_one_is_left(path: Path, left: str) -> None:
    folder = path.parent
    for file in folder.iterdir():
        if file.name != left:
            file.unlink()
    (folder / left).touch()
    with pytest.raises(WorkspaceError, match="is there already, so no new ledger is made"):
        Ledger.create(path)
    assert [file.name for file in folder.iterdir()] == [left]


def test_a_half_made_ledger_is_made_again(tmp_path: Path) -> None:
    (tmp_path / f"{FILE}.new").write_bytes(b"left by a process that was killed")
    Ledger.create(tmp_path / FILE).close()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["ledger.key", FILE]


def test_opening_never_makes_a_ledger(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="there is no ledger at"):
        Ledger.open(tmp_path / FILE)
    assert not list(tmp_path.iterdir())


def test_a_ledger_in_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="cannot be opened"):
        Ledger.create(tmp_path / "nowhere" / FILE)


def text(path: Path) -> object:
    return path.write_bytes(b"this is no database, but long enough to be one" * 99)


def other_database(path: Path) -> None:
    path.unlink()
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE other (a)")
    connection.commit()
    connection.close()


def statement(sql: str) -> Callable[[Path], object]:
    def run(path: Path) -> None:
        connection = sqlite3.connect(path)
        connection.execute(sql)
        connection.commit()
        connection.close()

    return run


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda path: path.write_bytes(b""), "the file is empty"),
        (lambda path: path.write_bytes(path.read_bytes()[:100]), "damaged"),
        (text, "damaged"),
        (other_database, "no such table: setting"),
        (statement("DELETE FROM setting"), 'its format is "None"'),
        (statement("UPDATE setting SET value = 'x/9' WHERE name = 'format'"), 'format is "x/9"'),
        (statement("DELETE FROM setting WHERE name = 'key'"), "lacks the setting key"),
        (statement("UPDATE setting SET value = CAST(x'ff' AS TEXT)"), "UTF-8"),
    ],
)
def test_what_is_no_ledger_is_told_from_one(
    path: Path, damage: Callable[[Path], object], message: str
) -> None:
    damage(path)
    with pytest.raises(IntegrityError, match="is damaged") as caught:
        Ledger.open(path)
    assert message in caught.value.message
    assert "restore the ledger from a backup" in caught.value.remedy


def test_a_folder_in_the_place_of_a_ledger(path: Path) -> None:
    path.unlink()
    path.mkdir()
    with pytest.raises(NotFoundError, match="there is no ledger at"):
        Ledger.open(path)


def test_reading_only_writes_nothing(path: Path) -> None:
    before = path.read_bytes()
    ledger = Ledger.open(path, read_only=True)
    assert ledger.state() == {quad("a")}
    with pytest.raises(WorkspaceError, match="cannot be written"):
        ledger.append(Draft(agent=AGENT, patch=adding(quad("b"))))
    ledger.close()
    assert path.read_bytes() == before


def test_another_process_in_the_middle_of_writing_is_waited_for_and_then_told(path: Path) -> None:
    ledger = Ledger.open(path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(WorkspaceLockedError, match="another process is writing"):
        ledger.append(Draft(agent=AGENT, patch=adding(quad("b"))))
    assert ledger.state() == {quad("a")}
    other.execute("ROLLBACK")
    other.close()
    assert ledger.append(Draft(agent=AGENT, patch=adding(quad("b")))).sequence == 2
    ledger.close()


def test_values_of_a_wrong_kind_are_refused_by_the_tables(path: Path) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="cannot store TEXT value in BLOB column"):
        statement("UPDATE entry SET hash = 'text'")(path)


def test_a_copy_of_the_folder_is_a_ledger(path: Path, tmp_path: Path) -> None:
    shutil.copytree(path.parent, tmp_path / "copy")
    ledger = Ledger.open(tmp_path / "copy" / FILE)
    assert ledger.state() == {quad("a")}
    ledger.close()
