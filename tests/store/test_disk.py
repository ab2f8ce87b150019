"""Stores with files: what they keep, and what they say when the files are damaged or taken."""

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.errors import (
    AimsError,
    IntegrityError,
    QueryError,
    StorageFullError,
    WorkspaceError,
    WorkspaceLockedError,
)
from engine.rdf import Literal, Quad
from engine.store._errors import storage_error, storage_errors
from engine.store._names import spelled
from engine.store.oxigraph import OxigraphStore
from engine.store.port import Adapter, Store
from engine.vocab import SYSTEM_GRAPH
from tests.ledger.making import adding, quad
from tests.store.asking import ADAPTERS, TWICE, count

DURABLE = [adapter for adapter in ADAPTERS if adapter.durable]
HOLD = """
import sys
from pathlib import Path
from engine.store.oxigraph import OxigraphStore
store = OxigraphStore.on_disk(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture(params=DURABLE, ids=lambda adapter: adapter.name)
def adapter(request: pytest.FixtureRequest) -> Adapter:
    found = request.param
    assert isinstance(found, Adapter)
    return found


@pytest.fixture
def folder(adapter: Adapter, tmp_path: Path) -> Path:
    store = adapter.open(tmp_path / "store")
    store.load(TWICE, 4)
    store.apply(adding(quad("c")), 5)
    store.close()
    return tmp_path / "store"


@pytest.fixture
def reopened(adapter: Adapter, folder: Path) -> Iterator[Store]:
    store = adapter.open(folder)
    yield store
    store.close()


def test_what_was_applied_survives(reopened: Store) -> None:
    assert reopened.applied_sequence() == 5
    assert set(reopened.quads()) == {*TWICE, quad("c")}
    assert count(reopened, "?s ?p ?o") == 3


def test_the_marker_of_the_sequence_is_no_data(reopened: Store) -> None:
    assert SYSTEM_GRAPH["applied"] not in reopened.graphs()
    assert count(reopened, "GRAPH ?g { ?s ?p ?o }") == 4
    assert b"applied" not in reopened.dump()


def test_of_two_markers_left_by_a_crash_the_later_counts(folder: Path) -> None:
    store = OxigraphStore.on_disk(folder)
    applied = SYSTEM_GRAPH["applied"]
    store._store.add(Quad(applied, SYSTEM_GRAPH["applied/sequence"], Literal(9), applied))
    assert store.applied_sequence() == 9
    store.apply(adding(quad("d")), 10)
    assert store.applied_sequence() == 10
    assert len(list(store._store.quads_for_pattern(None, None, None, applied))) == 1
    store.close()


def test_a_cleared_store_leaves_nothing_on_the_disk(adapter: Adapter, tmp_path: Path) -> None:
    store = adapter.open(tmp_path / "store")
    store.load([quad(f"person-{number}") for number in range(500)], 1)
    store.clear()
    store.load([quad("other")], 2)
    store.close()
    left = b"".join(path.read_bytes() for path in (tmp_path / "store").iterdir())
    assert b"person-" not in left
    assert b"other" in left


def test_a_store_that_another_process_has_open_is_locked(adapter: Adapter, folder: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(folder)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(WorkspaceLockedError, match="another process has the store"):
            adapter.open(folder)
        holder.kill()
    adapter.open(folder).close()


def outcome(adapter: Adapter, folder: Path) -> str:
    """What opening and reading a store comes to: the kind of error, or what it holds."""
    try:
        store = adapter.open(folder)
    except AimsError as error:
        return type(error).__name__
    try:
        position, held = store.applied_sequence(), set(store.quads())
        return "whole" if (position, held) == (5, {*TWICE, quad("c")}) else "lacking"
    except AimsError as error:
        return type(error).__name__
    finally:
        store.close()


def test_damaged_files_are_refused_or_harmless(
    adapter: Adapter, folder: Path, tmp_path: Path
) -> None:
    seen = set()
    for name in sorted(path.name for path in folder.iterdir()):
        whole = (folder / name).read_bytes()
        for number, damaged in enumerate((b"", whole[: len(whole) // 2], b"\x00" * len(whole))):
            copy = tmp_path / f"{name}-{number}"
            shutil.copytree(folder, copy)
            (copy / name).write_bytes(damaged)
            start = time.monotonic()
            seen.add(outcome(adapter, copy))
            assert time.monotonic() - start < 5
    assert seen == {"whole", "IntegrityError"}


def test_a_file_in_the_place_of_the_folder(adapter: Adapter, tmp_path: Path) -> None:
    (tmp_path / "store").write_bytes(b"a file")
    with pytest.raises(WorkspaceError, match="the store in"):
        adapter.open(tmp_path / "store")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("IO error: No space left on device: While appending to file", StorageFullError),
        ("IO error: Disk quota exceeded", StorageFullError),
        ("IO error: lock hold by current process, acquire time 1", WorkspaceLockedError),
        (
            "IO error: While lock file: /x/LOCK: Resource temporarily unavailable",
            WorkspaceLockedError,
        ),
        ("IO error: While open a file for appending: Permission denied", WorkspaceError),
        ("IO error: Read-only file system", WorkspaceError),
        ("IO error: While open a file for random read: Too many open files", WorkspaceError),
        ("Corruption: block checksum mismatch", IntegrityError),
        ("IO error: No such file or directory: /x/000007.sst", IntegrityError),
    ],
)
def test_messages_of_the_files_become_errors_of_ours(text: str, kind: type[AimsError]) -> None:
    found = storage_error(OSError(text), Path("/x"))
    assert type(found) is kind
    assert "/x" in found.message
    assert found.remedy


def test_damage_found_in_a_query_is_no_fault_of_the_query() -> None:
    query = spelled("ASK {}")
    with pytest.raises(IntegrityError, match="damaged"), storage_errors(Path("/x"), query):
        raise RuntimeError("Corruption: block checksum mismatch")
    with pytest.raises(QueryError, match="cannot be evaluated"), storage_errors(None, query):
        raise RuntimeError("The custom function <urn:f> is not supported")


def test_errors_raised_in_between_are_told_apart() -> None:
    with pytest.raises(StorageFullError, match="in memory"), storage_errors(None):
        raise OSError(28, "No space left on device")
