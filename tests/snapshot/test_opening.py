"""Opening views over a ledger: what was recorded by then, and what may be read of it."""

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from threading import Thread

import pytest

from engine.errors import NotFoundError
from engine.knowledge import KnowledgePack
from engine.rdf import Quad
from engine.snapshot import Reader, Snapshots, reader_over
from engine.view import View, parse_instant
from engine.vocab import SYSTEM_GRAPH
from tests.ledger.making import AGENT, START, Held, adding, graph, hold, node, quad
from tests.snapshot.conftest import COUNT, PACK, pack_of

AT = parse_instant("2026-08-01")
VIEW = View(evaluated_at=AT)


def sources(reader: Reader) -> set[Quad]:
    """The quads of the source graphs of ``reader``."""
    return {
        each for name in reader.graphs() if name not in SYSTEM_GRAPH for each in reader.quads(name)
    }


def rebuilt(held: Held, sequence: int) -> set[Quad]:
    """The state after ``sequence``, from the rows of the log alone."""
    state: set[Quad] = set()
    for entry in held.ledger.entries(1, sequence):
        for part in entry.parts:
            patch = part.patch()
            state = (state - patch.removes) | patch.adds
    return state


def opened(held: Held, as_of: int | datetime | None, *, store: bool = False) -> Reader:
    view = replace(VIEW, as_of=as_of)
    return Snapshots(held.ledger, held.store if store else None, None).open(view)


def test_as_of_a_hundred_random_sequences_the_reader_sees_what_the_log_says(past: Held) -> None:
    draw = Random(7)
    for sequence in draw.choices(range(1, COUNT + 1), k=100):
        reader = opened(past, sequence, store=bool(sequence % 2))
        assert sources(reader) == rebuilt(past, sequence)
        assert reader.sequence == sequence
        assert reader.head_hash == past.ledger.entry(sequence).hash


def test_as_of_an_instant_is_as_of_the_last_entry_by_then(past: Held) -> None:
    draw = Random(8)
    for _ in range(25):
        seconds = draw.randrange(120, 120 * COUNT)
        reader = opened(past, START + timedelta(seconds=seconds))
        assert reader.sequence == past.ledger.at(START + timedelta(seconds=seconds))
        assert sources(reader) == rebuilt(past, reader.sequence)
        assert reader.instant is not None
        assert reader.instant <= START + timedelta(seconds=seconds)


def test_the_head_is_read_from_the_store_and_from_the_ledger_alike(past: Held) -> None:
    with_store, without = opened(past, None, store=True), opened(past, None)
    assert sources(with_store) == sources(without) == rebuilt(past, COUNT)
    assert with_store.sequence == without.sequence == COUNT


def test_a_view_beyond_the_memory_is_in_files_that_go_with_it(
    past: Held, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    for store, as_of in ((past.store, None), (None, None), (past.store, COUNT // 2)):
        view = replace(VIEW, as_of=as_of)
        inside = Snapshots(past.ledger, store, None).open(view)
        assert not list(tmp_path.glob("aims-view-*"))
        reader = Snapshots(past.ledger, store, None, memory_bytes=0).open(view)
        assert list(tmp_path.glob("aims-view-*"))
        for name in {*inside.graphs()} | {*reader.graphs()}:
            count = sum(1 for _ in inside.quads(name))
            assert sum(1 for _ in reader.quads(name)) == count
        assert sources(reader) == sources(inside)
        assert len(list(reader.match())) == len(list(inside.match()))
        more = reader.with_graph(SYSTEM_GRAPH["more"], [], in_default=False)
        assert sources(more) == sources(inside)
        assert len(list(tmp_path.glob("aims-view-*"))) == 2
        del reader, more
        gc.collect()
        assert not list(tmp_path.glob("aims-view-*"))


def test_a_store_that_lags_is_not_read(past: Held) -> None:
    class Lagging:
        def applied_sequence(self) -> int:
            return COUNT - 1

        def quads(self) -> Iterable[Quad]:
            raise AssertionError("read")

    view = replace(VIEW, as_of=None)
    reader = Snapshots(past.ledger, Lagging(), None).open(view)  # type: ignore[arg-type]
    assert sources(reader) == rebuilt(past, COUNT)


def test_writers_are_kept_out_while_the_store_is_read(past: Held) -> None:
    steps: list[str] = []

    @contextmanager
    def guard() -> Iterator[None]:
        steps.append("in")
        yield
        steps.append("out")

    Snapshots(past.ledger, past.store, None, guard()).open(VIEW)
    assert steps == ["in", "out"]


def test_readers_see_whole_entries_while_somebody_writes(held_apart: Held) -> None:
    """Each entry adds two quads; no reader sees one of them alone."""
    held = held_apart
    seen: list[int] = []

    def write() -> None:
        for number in range(30):
            held.commit(adding(quad("a", number), quad("b", number)))

    writer = Thread(target=write)
    writer.start()
    while writer.is_alive():
        reader = Snapshots(held.ledger, held.store, None, held.committer.lock).open(VIEW)
        seen.append(len(sources(reader)))
        assert seen[-1] == 2 * (reader.sequence - 1)
    writer.join()
    assert seen


@pytest.fixture
def held_apart(tmp_path: Path) -> Iterator[Held]:
    """Another workspace, to write to."""
    made = hold(tmp_path / "apart")
    made.committer.adopt(PACK, agent=AGENT)
    yield made
    made.close()


@pytest.mark.parametrize("as_of", [0, COUNT + 1, START - timedelta(days=1)])
def test_there_is_nothing_before_the_first_entry_or_after_the_last(
    past: Held, as_of: int | datetime
) -> None:
    with pytest.raises(NotFoundError, match="the ledger has no entry"):
        opened(past, as_of)


# Restricted views


@pytest.mark.parametrize("names", [(), ("general",), ("people",), ("general", "people")])
def test_a_restricted_view_sees_its_compartments_and_nothing_else(
    past: Held, names: tuple[str, ...]
) -> None:
    for sequence in (2, 40, COUNT):
        view = replace(VIEW, compartments=frozenset(names), as_of=sequence)
        for store in (past.store, None):
            reader = Snapshots(past.ledger, store, None).open(view)
            expected = past.ledger.state(sequence, names)
            assert sources(reader) == expected
            assert expected == {
                each
                for each in past.ledger.state(sequence)
                if any(f"/graph/{name}/" in str(each.graph_name) for name in names)
            }
            told = {str(each.triple) for each in expected}
            seen = {str(t) for t in reader.match(None, node("p"))}
            assert seen == told


def test_the_last_change_of_a_node_is_that_of_the_readable_parts(past: Held) -> None:
    for sequence in (10, 60, COUNT):
        for names in (None, frozenset({"people"}), frozenset[str]()):
            view = replace(VIEW, as_of=sequence, compartments=names)
            reader = Snapshots(past.ledger, None, None).open(view)
            for number in range(12):
                expected = past.ledger.last_change(node(number), None, sequence, names)
                assert reader.last_change(node(number)) == expected
                assert reader.last_change(node(number), frozenset({node("q")})) is None
    assert expected is None


def test_a_restricted_view_of_quads_without_a_ledger() -> None:
    foreign = Quad(node("x"), node("p"), node("y"), node("graph"))
    quads = [quad("a"), quad("b", compartment="people"), foreign]
    view = replace(VIEW, compartments=frozenset({"people"}))
    assert sources(reader_over(quads, PACK, view)) == {quads[1]}
    reader = reader_over(quads, PACK, VIEW)
    assert sources(reader) == set(quads)
    assert (reader.sequence, reader.head_hash, reader.instant) == (0, "", None)
    assert reader.last_change(node("a")) is None


# The pack


def test_a_view_is_judged_with_the_pack_in_force_then(held_apart: Held) -> None:
    other = pack_of(ontology="ex:Dog rdfs:subClassOf ex:Animal .")
    held_apart.commit(adding(quad("a")))
    held_apart.committer.adopt(other, agent=AGENT)
    assert opened(held_apart, 2).pack == PACK
    assert opened(held_apart, 3).pack == opened(held_apart, None).pack == other
    view = replace(VIEW, as_of=2, knowledge=other.digest)
    assert Snapshots(held_apart.ledger, None, None).open(view).pack == other
    with pytest.raises(NotFoundError, match="no knowledge pack"):
        Snapshots(held_apart.ledger, None, None).open(replace(VIEW, knowledge="00"))


def test_without_a_pack_nothing_is_opened(tmp_path: Path) -> None:
    empty = hold(tmp_path / "empty")
    with pytest.raises(NotFoundError, match="no knowledge pack"):
        Snapshots(empty.ledger, empty.store, None).open(VIEW)
    empty.close()


def test_graphs_are_named_apart(past: Held) -> None:
    reader = opened(past, None)
    names = {name.value for name in reader.graphs()}
    assert {str(graph(f"s{n}", c)) for n in range(3) for c in ("general", "people")} <= {
        f"<{name}>" for name in names
    }
    reserved = {name for name in names if name.startswith(SYSTEM_GRAPH.base)}
    assert reserved == {SYSTEM_GRAPH.base + name for name in ("ontology", "shapes", "context")}
    assert isinstance(reader.pack, KnowledgePack)
