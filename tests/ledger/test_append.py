"""Recording changes: what an entry says, and what the ledger tells about it afterwards."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import (
    ConflictError,
    InputError,
    IntegrityError,
    ReservedTermError,
)
from engine.iri import DEFAULT_BASE
from engine.ledger.draft import Draft
from engine.ledger.entry import NO_PREVIOUS
from engine.ledger.ledger import Ledger
from engine.ledger.patch import Patch
from engine.rdf import DefaultGraph, Literal, NamedNode, Quad
from tests.ledger.making import (
    AGENT,
    Held,
    adding,
    graph,
    holding,
    node,
    quad,
    removing,
)
from tests.ledger.ram import ram_folder

SECRET = "secret"


def test_an_entry_says_who_when_why_and_what(held: Held) -> None:
    entry = held.committer.commit(
        adding(quad("a"), quad("b", compartment=SECRET)),
        agent=AGENT,
        reason="yearly review",
        face="rest",
        on_behalf_of="urn:test:board",
        authentication="token",
        idempotency_key="k1",
    )
    assert entry is not None
    header = held.ledger.entry(1).header
    assert (header.sequence, header.previous, header.instant) == (
        1,
        NO_PREVIOUS,
        "2026-07-01T12:00:00Z",
    )
    assert (header.agent, header.face, header.kind) == (AGENT, "rest", "change")
    assert (header.on_behalf_of, header.authentication, header.idempotency_key) == (
        "urn:test:board",
        "token",
        "k1",
    )
    assert header.detail == {"base": DEFAULT_BASE, "key": held.ledger.identity.key}
    assert header.origin == held.ledger.origin
    assert [part.compartment for part in sorted(entry.parts, key=lambda p: p.compartment)] == [
        "general",
        SECRET,
    ]
    assert all(part.reason == "yearly review" for part in entry.parts)
    assert entry.patch() == adding(quad("a"), quad("b", compartment=SECRET))
    assert held.problems() == []


def test_entries_are_chained(held: Held) -> None:
    first, second = held.commit(adding(quad("a"))), held.commit(adding(quad("b")))
    assert second.header.previous == first.hash
    assert "base" not in second.header.detail
    assert held.ledger.head().sequence == 2
    assert held.ledger.head().hash == second.hash
    assert held.ledger.entries(2) == (second,)


def test_neither_reason_nor_statements_are_in_the_header(held: Held) -> None:
    held.commit(adding(quad("a", "rosebud")), "for citizen kane")
    data = held.ledger.entry(1).header.to_bytes()
    assert b"rosebud" not in data
    assert b"kane" not in data


def test_parts_of_equal_changes_have_unequal_digests(held: Held) -> None:
    one = held.commit(adding(quad("a")))
    held.commit(removing(quad("a")))
    other = held.commit(adding(quad("a")))
    assert one.parts[0].digest != other.parts[0].digest


def test_only_what_changes_the_state_is_recorded(held: Held) -> None:
    held.commit(adding(quad("a"), quad("b")))
    entry = held.commit(Patch(frozenset({quad("b"), quad("c")}), frozenset({quad("a"), quad("d")})))
    assert entry.patch() == Patch(frozenset({quad("c")}), frozenset({quad("a")}))
    assert held.committer.commit(adding(quad("b")), agent=AGENT) is None
    assert held.ledger.head().sequence == 2


def test_literals_are_recorded_in_canonical_form(held: Held) -> None:
    number = NamedNode("http://www.w3.org/2001/XMLSchema#integer")
    entry = held.commit(
        adding(
            *(
                Quad(node("a"), node("p"), Literal(t, datatype=number), graph())
                for t in ("01", "+1")
            )
        )
    )
    (found,) = entry.patch().adds
    assert found.object == Literal("1", datatype=number)


def test_a_used_key_gives_the_entry_made_then(held: Held) -> None:
    first = held.commit(adding(quad("a")), idempotency_key="k")
    again = held.committer.commit(adding(quad("b")), agent=AGENT, idempotency_key="k")
    assert again == first
    assert held.ledger.head().sequence == 1
    assert held.ledger.by_key("k") == first
    assert held.ledger.by_key("other") is None
    with pytest.raises(ConflictError, match="another agent"):
        held.committer.commit(adding(quad("b")), agent="urn:test:other", idempotency_key="k")
    with pytest.raises(ConflictError, match="was used for entry 1"):
        held.ledger.append(Draft(agent=AGENT, patch=adding(quad("c")), idempotency_key="k"))


def test_an_unexpected_head_is_a_conflict(held: Held) -> None:
    held.commit(adding(quad("a")))
    draft = Draft(agent=AGENT, patch=adding(quad("b")))
    with pytest.raises(ConflictError, match="at entry 1, not at 0"):
        held.ledger.append(draft, expected_head=0)
    assert held.ledger.append(draft, expected_head=1).sequence == 2


@pytest.mark.parametrize(
    "given_fields",
    [
        {"agent": ""},
        {"agent": "urn:a\nagent: urn:b"},
        {"agent": "x" * 501},
        {"agent": AGENT, "face": "\u2028"},
        {"agent": AGENT, "idempotency_key": "\ud800"},
        {"agent": AGENT, "reason": "x" * 10_001},
        {"agent": AGENT, "reason": "\udfff"},
        {"agent": AGENT, "detail": {"share": 0.5}},
        {"agent": AGENT, "detail": {"größe": 1}},
        {"agent": AGENT, "detail": {"size": 2**60}},
    ],
)
def test_texts_that_would_break_a_line_or_a_reader_are_refused(
    given_fields: dict[str, object],
) -> None:
    with pytest.raises(InputError, match=r"cannot be recorded|is no text"):
        Draft(**given_fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("https://w3id.org/aimsgraph/graph/assessment", "computed and never recorded"),
        (f"{DEFAULT_BASE}graph/assessment/x", "holds computed facts"),
        (f"{DEFAULT_BASE}graph/derived/x", "holds computed facts"),
        (f"{DEFAULT_BASE}graph/general", "not a graph of this workspace"),
        ("https://example.org/graph/general/x", "not a graph of this workspace"),
        (f"{DEFAULT_BASE}graph/-x/y", "cannot name a compartment"),
        (f"{DEFAULT_BASE}graph/x/%20", "cannot name a source"),
    ],
)
def test_only_graphs_of_the_workspace_are_recorded(held: Held, name: str, message: str) -> None:
    strange = Quad(node("a"), node("p"), node("b"), NamedNode(name))
    with pytest.raises((InputError, ReservedTermError), match=message):
        held.commit(adding(strange))
    assert held.ledger.head().sequence == 0


def test_the_unnamed_graph_is_not_recorded(held: Held) -> None:
    with pytest.raises(InputError, match="in no named graph"):
        held.commit(adding(Quad(node("a"), node("p"), node("b"), DefaultGraph())))


def test_what_one_method_gives_another_reads(held: Held) -> None:
    for number in range(450):
        held.committer.commit(adding(quad(number)), agent=AGENT)
    assert [sequence for sequence, _ in held.ledger.patches()] == list(range(1, 451))
    assert [entry.sequence for entry in held.ledger.entries(199, 402)] == list(range(199, 403))
    assert held.ledger.state(300) == {quad(number) for number in range(300)}


def test_the_index_and_the_tree_can_be_made_again(held: Held) -> None:
    for number in range(9):
        held.commit(Patch(frozenset({quad("a", number)}), frozenset({quad("a", number - 1)})))
    root = held.ledger.root()
    with held.ledger.writing() as connection:
        connection.exec_driver_sql("DELETE FROM touch")
        connection.exec_driver_sql("DELETE FROM subtree WHERE level = 3")
    kinds = {problem.split()[0] for problem in held.problems()}
    assert kinds == {"index", "tree"}
    with pytest.raises(IntegrityError, match="aims rebuild"):
        held.ledger.root()
    held.ledger.reindex()
    assert held.problems() == []
    assert held.ledger.root() == root
    assert held.ledger.last_change(node("a")) == 9


def test_a_ledger_opened_again_goes_on(tmp_path: Path) -> None:
    with holding(tmp_path / "w") as held:
        first = held.commit(adding(quad("a")))
    with holding(tmp_path / "w") as held:
        assert held.commit(adding(quad("b"))).header.previous == first.hash
        assert set(held.store.quads()) == {quad("a"), quad("b")}
    with Ledger.open(tmp_path / "w" / "ledger.sqlite", read_only=True).reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM entry").scalar() == 2


OPERATIONS = st.lists(
    st.tuples(
        st.frozensets(st.integers(0, 9), max_size=4),
        st.frozensets(st.integers(0, 9), max_size=4),
    ),
    max_size=12,
)


@settings(max_examples=25, deadline=None)
@given(OPERATIONS)
def test_undoing_every_change_leads_back_to_nothing(
    changes: list[tuple[frozenset[int], frozenset[int]]],
) -> None:
    with ram_folder() as ram, holding(ram) as held:
        model: set[Quad] = set()
        for adds, removes in changes:
            patch = Patch(frozenset(map(quad, adds)), frozenset(map(quad, removes - adds)))
            held.committer.commit(patch, agent=AGENT)
            model = (model - patch.removes) | patch.adds
            assert held.ledger.state() == set(held.store.quads()) == model
        for _, patch in reversed(list(held.ledger.patches())):
            back = patch.reversed()
            assert back.removes <= model
            assert model.isdisjoint(back.adds)
            model = (model - back.removes) | back.adds
        assert not model
        assert held.problems() == []
