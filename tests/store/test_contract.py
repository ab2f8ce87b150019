"""What every store promises: one contract, run over all adapters that the folder holds."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.canonical import canonical, canonical_quad
from engine.errors import IntegrityError
from engine.ledger.patch import Patch
from engine.rdf import Literal, NamedNode, Quad
from engine.store import oxigraph
from engine.store.port import (
    NAMED_ONLY,
    Adapter,
    Store,
)
from engine.vocab import ASSESSMENT_GRAPH, SHAPES_GRAPH, XSD
from tests.ledger.making import adding, graph, node, quad, removing
from tests.ledger.ram import ram_folder
from tests.store.asking import TWICE, count, rows
from tests.test_canonical import FOLDED


def test_a_new_store_is_empty(store: Store) -> None:
    assert store.applied_sequence() == 0
    assert list(store.quads()) == []
    assert store.graphs() == ()
    assert store.dump() == b""
    assert count(store, "?s ?p ?o") == count(store, "GRAPH ?g { ?s ?p ?o }") == 0


def test_the_merged_default_graph_holds_each_triple_once(store: Store) -> None:
    store.load(TWICE, 1)
    assert count(store, "?s ?p ?o") == 2
    assert count(store, "GRAPH ?g { ?s ?p ?o }") == 3
    assert sorted(map(str, store.merged())) == sorted({str(each.triple) for each in TWICE})
    assert list(store.merged(node("a"))) == [quad("a").triple]
    assert list(store.merged(None, node("q"))) == []


def test_a_triple_stays_until_the_last_graph_lets_go(store: Store) -> None:
    store.load(TWICE, 1)
    store.apply(removing(quad("a")), 2)
    assert count(store, "<https://example.org/a> ?p ?o") == 1
    store.apply(removing(quad("a", source="other")), 3)
    assert count(store, "<https://example.org/a> ?p ?o") == 0
    assert set(store.quads()) == {quad("b")}


def named(subject: str, name: NamedNode) -> Quad:
    return Quad(node(subject), node("p"), Literal("x"), name)


def test_some_graphs_can_be_named_and_are_in_no_merge(store: Store) -> None:
    apart = [named("x", SHAPES_GRAPH), named("x", ASSESSMENT_GRAPH)]
    store.load([*apart, *TWICE], 1)
    assert {each.graph_name for each in apart} == NAMED_ONLY
    assert count(store, "<https://example.org/x> ?p ?o") == 0
    assert count(store, "GRAPH ?g { <https://example.org/x> ?p ?o }") == 2
    store.apply(adding(named("x", graph())), 2)
    assert count(store, "<https://example.org/x> ?p ?o") == 1
    store.apply(removing(named("x", graph())), 3)
    assert count(store, "<https://example.org/x> ?p ?o") == 0
    store.apply(adding(named("y", SHAPES_GRAPH)), 4)
    assert count(store, "<https://example.org/y> ?p ?o") == 0
    store.apply(removing(*apart), 5)
    assert set(store.quads()) == {*TWICE, named("y", SHAPES_GRAPH)}


def test_quads_are_found_by_pattern(store: Store) -> None:
    store.load(TWICE, 1)
    assert set(store.quads()) == set(store.match()) == set(TWICE)
    assert set(store.match(node("a"))) == set(TWICE[:2])
    assert set(store.match(g=graph("other"))) == {TWICE[1]}
    assert set(store.match(node("a"), node("p"), Literal("0"), graph())) == {TWICE[0]}
    assert set(store.match(o=Literal("1"))) == set()
    assert store.held([*TWICE, quad("c")]) == set(TWICE)
    assert store.graphs() == (graph("other"), graph())


def test_a_graph_that_lost_its_last_quad_is_none(store: Store) -> None:
    store.load(TWICE, 1)
    store.apply(removing(TWICE[1]), 2)
    assert store.graphs() == (graph(),)


def test_the_dump_is_sorted_and_holds_named_graphs_alone(store: Store) -> None:
    store.load(TWICE, 7)
    assert store.dump().decode() == "".join(sorted(f"{each} .\n" for each in TWICE))


@pytest.mark.parametrize(("text", "datatype", "expected"), FOLDED)
def test_canonical_literals_come_back_as_they_were_written(
    store: Store, text: str, datatype: str, expected: str
) -> None:
    literal = canonical(Literal(text, datatype=XSD[datatype]))
    assert literal.value == expected
    written = Quad(node("s"), node("p"), literal, graph())
    store.apply(adding(written), 1)
    assert list(store.quads()) == [written]
    assert store.held([written]) == {written}
    assert rows(store, "SELECT ?o { ?s ?p ?o }") == [(literal,)]
    assert store.dump().decode() == f"{written} .\n"
    store.apply(removing(written), 2)
    assert list(store.quads()) == list(store.merged()) == []


TERMS: list[Literal | NamedNode] = [
    Literal('q"\\\n\r\t\x00\x7f \u2028\ufffe\U0001f600'),
    Literal("Größe", language="de-at"),
    Literal(""),
    Literal("x", datatype=NamedNode("urn:own:type")),
    Literal("not a number", datatype=XSD.integer),
    NamedNode("urn:uuid:1"),
    NamedNode("https://example.org/größe?a=%20#x"),
]


def test_any_text_comes_back_as_it_was_written(store: Store) -> None:
    written = {Quad(node("s"), node("p"), term, graph()) for term in TERMS}
    store.load(written, 1)
    assert set(store.quads()) == written
    assert {term for (term,) in rows(store, "SELECT ?o { ?s ?p ?o }")} == set(TERMS)


def test_applying_an_entry_again_changes_nothing(store: Store) -> None:
    store.load(TWICE, 1)
    patch = Patch(frozenset({quad("c"), quad("c", source="other")}), frozenset(TWICE[1:]))
    for _ in range(3):
        store.apply(patch, 2)
        assert set(store.quads()) == {quad("a"), quad("c"), quad("c", source="other")}
        assert count(store, "?s ?p ?o") == 2
        assert store.applied_sequence() == 2


CHANGES = st.lists(
    st.tuples(st.frozensets(st.integers(0, 5)), st.frozensets(st.integers(0, 5))), max_size=5
)


def some(number: int) -> Quad:
    """Two sources that assert the same three triples."""
    return quad(number % 3, source="one" if number < 3 else "two")


@settings(max_examples=25, deadline=None)
@given(changes=CHANGES)
def test_any_changes_leave_what_a_set_would_hold(
    adapter: Adapter, changes: list[tuple[frozenset[int], frozenset[int]]]
) -> None:
    model: set[Quad] = set()
    with ram_folder() as ram:
        store = adapter.open(ram / "store")
        for sequence, (adds, removes) in enumerate(changes, 1):
            patch = Patch(frozenset(map(some, adds)), frozenset(map(some, removes - adds)))
            store.apply(patch, sequence)
            model = (model - patch.removes) | patch.adds
        assert set(store.quads()) == model
        merged = list(store.merged())
        assert sorted(map(str, merged)) == sorted({str(each.triple) for each in model})
        assert store.applied_sequence() == len(changes)
        store.close()


@pytest.mark.parametrize("bulk", [1, 5_000])
def test_many_quads_at_once_are_merged_all_the_same(
    store: Store, monkeypatch: pytest.MonkeyPatch, bulk: int
) -> None:
    monkeypatch.setattr(oxigraph, "_BULK", bulk)
    monkeypatch.setattr(oxigraph, "_BATCH", 3)
    store.load([*TWICE, named("x", SHAPES_GRAPH)], 1)
    patch = Patch(frozenset({quad("a", 1), quad("a", source="third")}), frozenset({quad("b")}))
    for _ in range(2):
        store.apply(patch, 2)
        assert set(store.quads()) == {*TWICE[:2], *patch.adds, named("x", SHAPES_GRAPH)}
        assert count(store, "?s ?p ?o") == 2
    store.load([quad("late"), quad("a")], 3)
    assert count(store, "?s ?p ?o") == 3
    assert store.applied_sequence() == 3


def test_a_cleared_store_is_new(store: Store) -> None:
    store.load(TWICE, 5)
    store.clear()
    test_a_new_store_is_empty(store)
    store.load(TWICE, 6)
    assert count(store, "?s ?p ?o") == 2


def test_a_closed_store_says_so(store: Store) -> None:
    store.close()
    store.close()
    for use in (lambda: list(store.quads()), lambda: store.query("ASK {}"), store.dump):
        with pytest.raises(IntegrityError, match="was closed"):
            use()
    with pytest.raises(IntegrityError, match="was closed"):
        store.apply(adding(quad("a")), 1)


def test_canonical_forms_are_what_equality_is_about(store: Store) -> None:
    given_quads = [
        Quad(node("s"), node("p"), Literal(text, datatype=XSD.integer), graph())
        for text in ("1", "01", "+1")
    ]
    store.load(map(canonical_quad, given_quads), 1)
    assert len(list(store.quads())) == 1
