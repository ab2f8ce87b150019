"""Files that are cut, flipped or gone (A4): healed by replay, or clearly said what is damaged."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

from engine.errors import AimsError, IntegrityError
from engine.ledger.check import check
from engine.rdf import Quad
from engine.store.oxigraph import OxigraphStore
from engine.store.port import Store
from engine.verify import verify
from tests.ledger.making import FILE, Held, adding, hold, quad
from tests.ledger.ram import ram_folder

# Small pages make small frames, so that every byte of several can be cut.
PAGE = 512
FRAME = 24 + PAGE
COUNT = 12
WAL = f"{FILE}-wal"
# One phrase of each thing that may be said.
CLEAR = (
    "is damaged",
    "entries that were recorded are missing from the ledger",
    "there is no ledger",
)


@dataclass
class Crashed:
    """The files of a process that was killed, and what each of its entries led to.

    ``ends``: the size of the log after each of the last entries.
    """

    root: Path
    states: list[frozenset[Quad]]
    ends: list[int]


def shrink_pages(path: Path) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = DELETE")
    connection.execute(f"PRAGMA page_size = {PAGE}")
    connection.execute("VACUUM")
    connection.close()


@pytest.fixture(scope="module")
def crashed() -> Iterator[Crashed]:
    with ram_folder() as ram:
        hold(ram / "live").close()
        shrink_pages(ram / "live" / FILE)
        held = hold(ram / "live")
        states, ends = [frozenset[Quad]()], []
        for number in range(COUNT):
            if number == COUNT // 2:
                with held.ledger.writing():
                    pass
                held.ledger.close()
                held.lease.release()
                held = hold(ram / "live")
            held.commit(adding(quad(number), quad("all", number)))
            states.append(frozenset(held.ledger.state()))
            wal = ram / "live" / WAL
            ends.append(wal.stat().st_size if wal.exists() else 0)
        shutil.copytree(ram / "live", ram / "crashed")
        held.close()
        yield Crashed(ram / "crashed", states, ends)


def reopen(
    crashed: Crashed, name: str, data: bytes | None, *, look: bool = True
) -> tuple[str, int]:
    """What is said when ``name`` has ``data`` after the crash, and the entries that are left.

    The store is one that holds every entry: what the ledger lost, it shows. Without ``look`` the
    entries that are left are not counted.
    """
    root = crashed.root.with_name("cut")
    shutil.rmtree(root, ignore_errors=True)
    shutil.copytree(crashed.root, root)
    if data is None:
        (root / name).unlink()
    else:
        (root / name).write_bytes(data)

    def whole(path: Path) -> Store:
        store = OxigraphStore.in_memory()
        store.load(crashed.states[-1], COUNT)
        return store

    held = tried(root, whole)
    if isinstance(held, AimsError):
        assert any(phrase in held.message for phrase in CLEAR), held.message
        assert held.remedy
        return held.message, left(crashed, root) if look else -1
    head = held.ledger.head().sequence
    assert (head, held.committer.heal()) == (COUNT, "")
    assert verify(held.ledger, held.store).consistent
    held.close()
    return "", head


def tried(root: Path, store: Callable[[Path], Store] | None = None) -> Held | AimsError:
    try:
        return hold(root, store=store)
    except AimsError as error:
        return error


def left(crashed: Crashed, root: Path) -> int:
    """How many entries a ledger of which something was lost still has, each of them whole."""
    held = tried(root)
    if isinstance(held, AimsError):
        return -1
    try:
        head = held.ledger.head().sequence
        checked = check(held.ledger)
        if not checked.problems:
            assert checked.state == crashed.states[head]
        return head
    except IntegrityError:
        return -1
    finally:
        held.close()


def test_the_files_of_a_killed_process_are_whole(crashed: Crashed) -> None:
    data = (crashed.root / WAL).read_bytes()
    assert len(data) > 3 * FRAME
    assert (len(data) - 32) % FRAME == 0
    assert reopen(crashed, WAL, data) == ("", COUNT)


def assert_cuts_are_told(crashed: Crashed, cuts: list[int]) -> None:
    data = (crashed.root / WAL).read_bytes()
    for cut in cuts:
        # To count what is left takes as long as all else, and is the same within a frame.
        look = (cut - 32) % FRAME in (0, 1, FRAME - 1) or cut % 128 == 0
        said, entries = reopen(crashed, WAL, data[:cut], look=look)
        # An entry is there if all of its frames are.
        expected = COUNT - sum(end > cut for end in crashed.ends[COUNT // 2 :])
        assert not look or entries == expected, f"cut at {cut}: {said}"
        assert bool(said) is (expected < COUNT), f"cut at {cut}: {said}"


def test_the_log_cut_at_every_frame_of_its_last_entries(crashed: Crashed) -> None:
    size = (crashed.root / WAL).stat().st_size
    edges = range(32, size, FRAME)
    assert_cuts_are_told(crashed, sorted({0, 1, 31, *(e + d for e in edges for d in (-1, 0, 1))}))


def test_the_log_cut_at_every_byte_of_its_last_three_entries(crashed: Crashed) -> None:
    size = (crashed.root / WAL).stat().st_size
    assert_cuts_are_told(crashed, list(range(crashed.ends[-4], size)))


def test_a_log_with_a_flipped_byte_loses_entries_and_this_is_told(crashed: Crashed) -> None:
    data = (crashed.root / WAL).read_bytes()
    draw = Random(3)
    seen = set()
    for _ in range(60):
        at = draw.randrange(len(data))
        flipped = data[:at] + bytes([data[at] ^ 1 << draw.randrange(8)]) + data[at + 1 :]
        said, entries = reopen(crashed, WAL, flipped)
        assert bool(said) is (entries < COUNT)
        seen.add(entries)
    assert len(seen) > 3


def test_a_log_that_is_gone_is_told(crashed: Crashed) -> None:
    said, entries = reopen(crashed, WAL, None)
    assert "entries that were recorded are missing" in said
    assert entries == COUNT // 2


def test_the_index_of_the_log_can_be_made_again(crashed: Crashed) -> None:
    data = (crashed.root / f"{FILE}-shm").read_bytes()
    for damaged in (None, b"", b"\xff" * len(data), data[: len(data) // 2]):
        assert reopen(crashed, f"{FILE}-shm", damaged) == ("", COUNT)


@pytest.fixture(scope="module")
def closed(crashed: Crashed) -> Crashed:
    """The same ledger, closed, so that all is in one file."""
    root = crashed.root.with_name("closed")
    shutil.copytree(crashed.root, root)
    hold(root).close()
    assert not (root / WAL).exists()
    return Crashed(root, crashed.states, [])


def test_the_file_cut_at_every_byte_of_its_last_three_pages(closed: Crashed) -> None:
    data = (closed.root / FILE).read_bytes()
    for cut in range(len(data) - 3 * PAGE, len(data)):
        said, _ = reopen(closed, FILE, data[:cut])
        assert "is damaged" in said or not said, f"cut at {cut}: {said}"
        # The store holds every entry, so what is opened without a word must have them all, too.
        assert said, f"cut at {cut} and nothing was said"


def test_the_file_cut_anywhere_is_told(closed: Crashed) -> None:
    data = (closed.root / FILE).read_bytes()
    for cut in [*range(0, 120), *range(120, len(data), 499)]:
        assert reopen(closed, FILE, data[:cut])[0], f"cut at {cut} and nothing was said"


# The store's own files


@pytest.fixture(scope="module")
def with_store() -> Iterator[Held]:
    """A ledger and a store on disk, both as a killed process left them."""
    with ram_folder() as ram:
        held = hold(ram / "live", store=OxigraphStore.on_disk)
        for number in range(30):
            held.commit(adding(quad(number), quad("all", number)))
        shutil.copytree(ram / "live", ram / "crashed")
        held.close()
        held.root = ram / "crashed"
        yield held


def mended(root: Path) -> str:
    """What is said on opening a workspace whose store is damaged; it is whole afterwards."""
    held = tried(root, OxigraphStore.on_disk)
    said = ""
    if isinstance(held, AimsError):
        said = held.message
        assert "aims rebuild" in held.remedy
        shutil.rmtree(root / "store")
        held = hold(root, store=OxigraphStore.on_disk)
    assert verify(held.ledger, held.store).consistent
    assert held.store.applied_sequence() == held.ledger.head().sequence
    held.close()
    return said


def test_the_log_of_the_store_cut_flipped_or_gone_is_healed_by_replay(with_store: Held) -> None:
    draw = Random(5)
    name = max(path.name for path in (with_store.root / "store").glob("*.log"))
    data = (with_store.root / "store" / name).read_bytes()
    cuts: list[bytes | None] = [data[: draw.randrange(len(data))] for _ in range(30)]
    for _ in range(30):
        at = draw.randrange(len(data))
        cuts.append(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
    for number, damaged in enumerate([*cuts, b"", None]):
        root = with_store.root.with_name(f"cut-{number}")
        shutil.copytree(with_store.root, root)
        path = root / "store" / name
        if damaged is None:
            path.unlink()
        else:
            path.write_bytes(damaged)
        assert mended(root) == "" or damaged is None
        shutil.rmtree(root)
