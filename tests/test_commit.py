"""The one door for writing: guard, ledger, store, and keeping the two in step."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import (
    InputError,
    IntegrityError,
    WorkspaceLockedError,
)
from engine.ledger.patch import Patch
from engine.rdf import NamedNode, Quad
from engine.store.oxigraph import OxigraphStore
from engine.store.port import Changes
from engine.verify import verify
from tests.ledger.making import AGENT, Held, adding, graph, hold, holding, quad, removing
from tests.ledger.ram import ram_folder


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Held]:
    made = hold(tmp_path / "workspace", store=OxigraphStore.on_disk)
    yield made
    made.close()


def test_what_is_recorded_is_carried_out(held: Held) -> None:
    held.commit(adding(quad("a"), quad("b")))
    held.commit(Patch(frozenset({quad("c")}), frozenset({quad("a")})))
    assert set(held.store.quads()) == held.ledger.state() == {quad("b"), quad("c")}
    assert held.store.applied_sequence() == 2
    assert verify(held.ledger, held.store).consistent


def test_a_kind_other_than_change_is_recorded_without_a_change(held: Held) -> None:
    entry = held.committer.commit(
        Patch(), agent=AGENT, kind="assessment", detail={"report": "00", "at": "2026-07-01"}
    )
    assert entry is not None
    assert entry.parts == ()
    assert entry.header.detail["report"] == "00"
    assert held.store.applied_sequence() == 1
    assert held.committer.commit(Patch(), agent=AGENT) is None


# Replacing what a source asserts


def test_a_source_that_is_replaced_loses_what_it_no_longer_says(held: Held) -> None:
    replace = held.committer.replace
    replace(graph(), [quad("a"), quad("b")], agent=AGENT, reason="first")
    replace(graph("other"), [quad("a", source="other")], agent=AGENT, reason="other")
    entry = replace(graph(), [quad("b"), quad("c"), quad("c")], agent=AGENT, reason="second")
    assert entry is not None
    assert entry.patch() == Patch(frozenset({quad("c")}), frozenset({quad("a")}))
    assert set(held.store.quads()) == {quad("b"), quad("c"), quad("a", source="other")}
    assert replace(graph(), [quad("c"), quad("b")], agent=AGENT, reason="again") is None
    assert held.ledger.head().sequence == 3
    replace(graph(), [], agent=AGENT, reason="gone")
    assert set(held.store.quads()) == {quad("a", source="other")}


def test_what_a_replacement_would_change_can_be_asked_for(held: Held) -> None:
    held.commit(adding(quad("a")))
    assert held.committer.replacing(graph(), [quad("b")]) == Patch(
        frozenset({quad("b")}), frozenset({quad("a")})
    )
    assert held.ledger.head().sequence == 1


def test_a_replacement_cannot_reach_into_another_graph(held: Held) -> None:
    strange = quad("a", source="other")
    for attempt in (
        lambda: held.committer.replace(graph(), [strange], agent=AGENT, reason=""),
        lambda: held.committer.replacing(graph(), [quad("b"), strange]),
    ):
        with pytest.raises(InputError, match=r"a quad to be asserted in .*test> is in .*other>"):
            attempt()
    assert held.ledger.head().sequence == 0


QUADS = st.frozensets(st.integers(0, 7).map(quad))


@settings(max_examples=25, deadline=None)
@given(st.lists(QUADS, max_size=6))
def test_after_any_replacements_a_graph_says_what_it_was_last_told(
    told: list[frozenset[Quad]],
) -> None:
    with ram_folder() as ram, holding(ram) as held:
        for wanted in told:
            held.committer.replace(graph(), wanted, agent=AGENT, reason="")
            assert set(held.store.match(g=graph())) == held.ledger.state() == wanted
        assert held.problems() == []


# The lease


def test_nothing_is_written_without_the_lease(held: Held) -> None:
    held.lease.release()
    attempts: list[Callable[[], object]] = [
        lambda: held.commit(adding(quad("a"))),
        lambda: held.committer.erase(1, "00", rule="x", agent=AGENT, reason=""),
    ]
    for attempt in attempts:
        with pytest.raises(WorkspaceLockedError, match="does not hold the writer lease"):
            attempt()
    assert held.ledger.head().sequence == 0


# Healing


def behind(held: Held, entries: int) -> None:
    """Entries that the store did not get, as after a crash."""
    apply = held.store.apply

    def lose(patch: Changes, sequence: int) -> None:
        raise IntegrityError("the process ends here")

    held.store.apply = lose  # type: ignore[method-assign]
    held.commit(adding(quad("behind")))
    held.store.apply = apply  # type: ignore[method-assign]
    assert held.store.applied_sequence() == held.ledger.head().sequence - 1 == entries - 1


def test_a_store_that_lags_is_replayed(held: Held) -> None:
    held.commit(adding(quad("a")))
    behind(held, 2)
    assert held.committer.heal() == "entries 2 to 2 were carried out in the store"
    assert held.committer.heal() == ""
    assert verify(held.ledger, held.store).consistent


def test_the_next_change_heals_first(held: Held) -> None:
    held.commit(adding(quad("a")))
    behind(held, 2)
    entry = held.commit(removing(quad("behind")))
    assert entry.sequence == 3
    assert set(held.store.quads()) == {quad("a")}


def test_a_store_that_is_gone_is_made_anew(held: Held) -> None:
    for name in "abc":
        held.commit(adding(quad(name)))
    held.store.clear()
    assert held.committer.heal() == "entries 1 to 3 were carried out in the store"
    held.store.clear()
    assert held.committer.rebuild() == 3
    assert verify(held.ledger, held.store).consistent


def test_a_store_far_behind_is_made_anew_at_once(
    held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "abc":
        held.commit(adding(quad(name)))
    held.store.clear()
    monkeypatch.setattr("engine.commit._REPLAY_MAX", 2)
    assert held.committer.heal() == "the store was made anew from the 3 entries of the ledger"
    assert verify(held.ledger, held.store).consistent


def test_an_erasure_that_the_store_did_not_see_is_healed_whole(held: Held) -> None:
    first = held.commit(adding(quad("person")))
    held.commit(adding(quad("b")))
    rebuild = held.committer._rebuild

    def lose() -> int:
        return 0

    held.committer._rebuild = lose  # type: ignore[method-assign]
    held.committer.erase(1, first.parts[0].digest, rule="order", agent=AGENT, reason="")
    held.committer._rebuild = rebuild  # type: ignore[method-assign]
    assert quad("person") in set(held.store.quads())
    assert held.committer.heal() == "the store was made anew from the 3 entries of the ledger"
    assert set(held.store.quads()) == {quad("b")}


def test_a_ledger_that_lacks_what_the_store_holds_is_not_written_to(held: Held) -> None:
    held.commit(adding(quad("a")))
    held.store.apply(adding(quad("lost")), 2)
    with pytest.raises(IntegrityError, match="entries that were recorded are missing") as caught:
        held.commit(adding(quad("b")))
    assert "aims rebuild" in caught.value.remedy
    assert held.ledger.head().sequence == 1
    held.committer.rebuild()
    held.commit(adding(quad("b")))
    assert set(held.store.quads()) == {quad("a"), quad("b")}


def test_large_changes_are_whole(held: Held) -> None:
    many = [quad(number, compartment="people") for number in range(12_000)]
    name = many[0].graph_name
    assert isinstance(name, NamedNode)
    held.committer.replace(name, many, agent=AGENT, reason="import")
    held.committer.replace(name, many[6_000:], agent=AGENT, reason="import")
    assert verify(held.ledger, held.store).consistent
    assert len(held.ledger.state()) == 6_000
