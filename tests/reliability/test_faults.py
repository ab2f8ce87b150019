"""Faults in the middle of a change, and many at once: a change is done or not done, once."""

from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread

import pytest

from engine.errors import (
    ConflictError,
    IntegrityError,
    StorageFullError,
)
from engine.ledger.patch import Patch
from engine.store.oxigraph import OxigraphStore
from engine.store.port import Changes
from engine.verify import verify
from tests.ledger.making import Held, adding, hold, holding, quad


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Held]:
    made = hold(tmp_path / "workspace", store=OxigraphStore.on_disk)
    yield made
    made.close()


@pytest.mark.parametrize("kind", [StorageFullError, IntegrityError])
def test_what_the_ledger_has_is_done_even_if_the_store_fails(
    held: Held, kind: type[StorageFullError | IntegrityError]
) -> None:
    apply = held.store.apply

    def fail(patch: Changes, sequence: int) -> None:
        raise kind("no")

    held.store.apply = fail  # type: ignore[method-assign]
    assert held.commit(adding(quad("a"))).sequence == 1
    held.store.apply = apply  # type: ignore[method-assign]
    held.commit(adding(quad("b")))
    assert set(held.store.quads()) == {quad("a"), quad("b")}


class Stopped(Exception):
    """Raised in place of ending the process."""


def stopping(at: str) -> Callable[[str], None]:
    def hook(step: str) -> None:
        if step == at:
            raise Stopped(step)

    return hook


@pytest.mark.parametrize(
    ("step", "done"),
    [
        ("accepted", False),
        ("header written", False),
        ("parts written", False),
        ("recorded", True),
        ("applied", True),
    ],
)
def test_a_change_is_done_or_not_done(tmp_path: Path, step: str, done: bool) -> None:
    def change(held: Held) -> int:
        return held.commit(adding(quad("a")), idempotency_key="k").sequence

    with holding(tmp_path, hook=stopping(step)) as held:
        with pytest.raises(Stopped):
            change(held)
        assert held.ledger.head().sequence == int(done)
    with holding(tmp_path) as held:
        assert set(held.store.quads()) == ({quad("a")} if done else set())
        assert change(held) == 1
        assert held.ledger.state() == set(held.store.quads()) == {quad("a")}
        assert held.ledger.head().sequence == 1


def test_threads_share_one_door(held: Held) -> None:
    told: list[object] = []

    def write(name: int) -> None:
        for number in range(10):
            told.append(held.commit(adding(quad(f"{name}-{number}"))).sequence)

    threads = [Thread(target=write, args=(name,)) for name in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told, key=str) == sorted(range(1, 81), key=str)
    assert verify(held.ledger, held.store).consistent


def test_one_key_used_by_many_at_once_gives_one_change(held: Held) -> None:
    told: list[int] = []

    def write(name: int) -> None:
        told.append(held.commit(adding(quad(name)), idempotency_key="k").sequence)

    threads = [Thread(target=write, args=(name,)) for name in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told == [1] * 10
    assert held.ledger.head().sequence == 1


def test_a_change_made_behind_the_door_is_a_conflict(held: Held) -> None:
    held.commit(adding(quad("a")))
    held.store.apply(Patch(), 0)
    monkey = held.committer.heal
    held.committer.heal = lambda: ""  # type: ignore[method-assign]
    with pytest.raises(ConflictError, match="the ledger is at entry 1, not at 0"):
        held.commit(adding(quad("b")))
    held.committer.heal = monkey  # type: ignore[method-assign]
    assert held.commit(adding(quad("b"))).sequence == 2
