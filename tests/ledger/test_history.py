"""What the ledger tells about the past: positions, states, the history of a node."""

from datetime import timedelta

import pytest

from engine.errors import NotFoundError
from engine.ledger.patch import Patch
from tests.ledger.making import AGENT, START, Held, adding, graph, node, quad

SECRET = "secret"


def test_positions_by_sequence_and_by_instant(held: Held) -> None:
    for number in range(3):
        held.commit(adding(quad(number)))
        held.clock.pass_time(60)
    ledger = held.ledger
    assert ledger.at(START - timedelta(seconds=1)) == 0
    assert ledger.at(START) == 1
    assert ledger.at(START + timedelta(seconds=119)) == 2
    assert ledger.at(START + timedelta(days=1)) == 3
    assert ledger.position(2).instant == START + timedelta(seconds=60)
    assert ledger.position(START + timedelta(seconds=61)).sequence == 2
    assert ledger.position().sequence == 3
    for wanted in (0, 4, START - timedelta(days=1)):
        with pytest.raises(NotFoundError, match="Its entries are 1 to 3"):
            ledger.position(wanted)
    with pytest.raises(NotFoundError, match="no entry 9"):
        ledger.entry(9)


def test_of_entries_of_one_instant_the_last_is_the_position(held: Held) -> None:
    held.commit(adding(quad("a")))
    held.commit(adding(quad("b")))
    assert held.ledger.at(START) == 2


def test_states_and_patches_at_a_position_and_by_compartment(held: Held) -> None:
    held.commit(adding(quad("a"), quad("s", compartment=SECRET)))
    held.commit(Patch(frozenset({quad("b")}), frozenset({quad("a")})))
    assert held.ledger.state(1) == {quad("a"), quad("s", compartment=SECRET)}
    assert held.ledger.state() == {quad("b"), quad("s", compartment=SECRET)}
    assert held.ledger.state(compartments={SECRET}) == {quad("s", compartment=SECRET)}
    assert dict(held.ledger.patches(compartments={SECRET})) == {
        1: adding(quad("s", compartment=SECRET)),
        2: Patch(),
    }
    assert dict(held.ledger.patches(2)) == {
        2: Patch(frozenset({quad("b")}), frozenset({quad("a")}))
    }


def test_the_history_of_a_node(held: Held) -> None:
    held.commit(adding(quad("a"), quad("ab")), "first")
    held.clock.pass_time(5)
    held.commit(Patch(frozenset({quad("a", 1)}), frozenset({quad("a")})), "second")
    held.commit(adding(quad("a", 2, source="other", compartment=SECRET)), "third")
    found = held.ledger.history(node("a"))
    assert [(f.sequence, f.reason, len(f.added), len(f.removed)) for f in found] == [
        (1, "first", 1, 0),
        (2, "second", 1, 1),
        (3, "third", 1, 0),
    ]
    assert found[1].added == (quad("a", 1).triple,)
    assert found[1].removed == (quad("a").triple,)
    assert found[1].instant == START + timedelta(seconds=5)
    assert found[1].agent == AGENT
    in_secret = held.ledger.history(node("a"), compartments={SECRET})
    assert [f.graph for f in in_secret] == [graph("other", SECRET)]
    assert len(held.ledger.history(node("a"), graph())) == 2
    assert len(held.ledger.history(node("a"), as_of=1)) == 1
    assert held.ledger.history(node("nobody")) == ()


def test_the_last_change_of_a_node(held: Held) -> None:
    held.commit(adding(quad("a"), quad("b")))
    held.commit(adding(quad("a", predicate="q")))
    held.commit(adding(quad("a", compartment=SECRET)))
    last = held.ledger.last_change
    assert (last(node("a")), last(node("b")), last(node("c"))) == (3, 1, None)
    assert last(node("a"), frozenset({node("q")})) == 2
    assert last(node("a"), frozenset({node("never")})) is None
    assert last(node("a"), as_of=2) == 2
    assert last(node("a"), compartments={"general"}) == 2
    assert last(node("a"), compartments=()) is None


def test_when_statements_with_a_predicate_were_last_recorded(held: Held) -> None:
    secret = quad("b", 1, compartment=SECRET)
    held.commit(adding(quad("a"), quad("b")))
    held.clock.pass_time(60)
    held.commit(adding(quad("a", 1), secret, quad("c", predicate="other")))
    held.clock.pass_time(60)
    held.commit(adding(quad("a", 2, predicate="other")))
    ledger, wanted = held.ledger, [node("a"), node("b"), node("c"), node("d")]
    second = START + timedelta(seconds=60)
    assert ledger.recorded(wanted, node("p")) == {node("a"): second, node("b"): second}
    assert ledger.recorded(wanted, node("p"), 1) == {node("a"): START, node("b"): START}
    general = {"general"}
    found = ledger.recorded(wanted, node("p"), compartments=general)
    assert found == {node("a"): second, node("b"): START}
    assert ledger.recorded(wanted, node("never")) == {}
    assert ledger.recorded([], node("p")) == {}
