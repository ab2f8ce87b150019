"""Derivations run after those whose results they read."""

from itertools import permutations
from random import Random
from typing import Any

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.derive import Derivation, derivations, derived, stratified
from engine.errors import IntegrityError
from engine.knowledge import KnowledgePack, shipped_pack
from engine.rdf import NamedNode, Triple
from engine.snapshot import reader_over
from engine.vocab import DERIVED_GRAPH, RDF_TYPE, shorten
from engine.workspace import Workspace
from tests.example import VIEW

TERMS = st.lists(st.sampled_from("pqrst"), max_size=2, unique=True).map(tuple)


def made(name: str, reads: str = "", writes: str = "") -> Derivation:
    return Derivation(name, tuple(reads), tuple(writes), lambda reader: ())


@given(st.lists(st.tuples(TERMS, TERMS), max_size=5), st.randoms())
def test_each_runs_after_what_it_reads_or_all_are_refused(
    drawn: list[tuple[tuple[str, ...], tuple[str, ...]]], random: Random
) -> None:
    items = [made(f"d{n}", "".join(r), "".join(w)) for n, (r, w) in enumerate(drawn)]
    needs = {(b, a) for a in items for b in items if a is not b and set(a.reads) & set(b.writes)}
    graph: Any = nx.DiGraph()
    graph.add_nodes_from(items)
    graph.add_edges_from(needs)
    if not nx.is_directed_acyclic_graph(graph):
        with pytest.raises(IntegrityError, match="read each other's results"):
            stratified(items)
        return
    ordered = stratified(items)
    assert sorted(ordered, key=lambda d: d.name) == items
    assert all(ordered.index(first) < ordered.index(second) for first, second in needs)
    random.shuffle(items)
    assert stratified(items) == ordered


def test_those_that_wait_for_each_other_are_named_and_no_others() -> None:
    free, one, two = made("free", "", "p"), made("one", "r", "q"), made("two", "q", "r")
    with pytest.raises(IntegrityError, match="one, two") as caught:
        stratified([free, one, two])
    assert "free" not in str(caught.value)


def test_what_reads_its_own_results_waits_for_nobody() -> None:
    alone = made("alone", "p", "p")
    assert stratified([alone]) == (alone,)
    assert stratified([]) == ()


def test_without_needs_the_order_is_by_name() -> None:
    items = [made(name) for name in "abc"]
    assert {stratified(order) for order in permutations(items)} == {tuple(items)}


def test_the_members_of_the_folder_are_found_once_each() -> None:
    found = derivations()
    names = [item.name for item in found]
    assert {"cadence", "in-force", "liveness", "loops", "spans", "verification"} <= set(names)
    assert len(names) == len(set(names))
    assert names.index("verification") < names.index("liveness")
    assert stratified(found) == found


@pytest.mark.parametrize("item", derivations(), ids=lambda item: item.name)
def test_a_second_run_over_everything_derived_changes_nothing(
    item: Derivation, example: Workspace
) -> None:
    """So nothing that it reads was written after it ran."""
    reader = example.reader(VIEW)
    graph = DERIVED_GRAPH[item.name]
    assert {quad.triple for quad in reader.quads(graph)} == set(item.run(reader))


@pytest.mark.parametrize("item", derivations(), ids=lambda item: item.name)
def test_what_it_writes_it_says_and_what_it_says_it_writes(
    item: Derivation, example: Workspace
) -> None:
    written = {term for triple in item.run(example.reader(VIEW)) for term in terms(triple)}
    # The example is brought in at once, so that its ledger knows no earlier receipt.
    assert written == (set() if item.name == "recording" else set(item.writes))


def terms(triple: Triple) -> list[str]:
    """The property, or the class of a typed node, as a CURIE."""
    if triple.predicate != RDF_TYPE:
        return [shorten(triple.predicate)]
    return [shorten(triple.object)] if isinstance(triple.object, NamedNode) else []


def test_a_pack_from_before_a_query_has_no_facts_of_it() -> None:
    shipped = shipped_pack()
    for item in derivations():
        if item.query:
            files = {p: d for p, d in shipped.files.items() if p != f"queries/{item.query}.rq"}
            older = reader_over((), KnowledgePack(files), VIEW)
            assert not list(derived(older).quads(DERIVED_GRAPH[item.name]))
