"""Names of blank nodes: stable under order and labels, local to their component, distinct."""

import random
import time
from collections.abc import Iterable, Sequence
from itertools import pairwise

import pytest
import rdflib
from hypothesis import given, settings
from hypothesis import strategies as st
from rdflib.compare import isomorphic

from engine.errors import LimitError
from engine.importers.skolem import skolemise
from engine.rdf import BlankNode, Literal, NamedNode, RdfFormat, Triple, serialize

P, Q = NamedNode("http://example.org/p"), NamedNode("http://example.org/q")
A, ONE = NamedNode("http://example.org/a"), Literal("1")
BASE = "https://aims.example/"
GENID = f"{BASE}.well-known/genid/"

NODES = [BlankNode(f"n{at}") for at in range(6)]
_subjects = st.sampled_from([*NODES, A])
_objects = st.sampled_from([*NODES, A, ONE])
_triples = st.lists(st.builds(Triple, _subjects, st.sampled_from([P, Q]), _objects), max_size=14)


def _named(triples: Iterable[Triple], source: str = "s") -> frozenset[Triple]:
    return frozenset(skolemise(triples, base=BASE, source=source))


def _relabelled(triples: Sequence[Triple], order: random.Random) -> list[Triple]:
    labels = [f"z{at}" for at in range(len(NODES))]
    order.shuffle(labels)
    other = dict(zip(NODES, map(BlankNode, labels), strict=True))

    def swap(term: object) -> object:
        return other[term] if isinstance(term, BlankNode) else term

    made = [Triple(swap(t.subject), t.predicate, swap(t.object)) for t in triples]  # type: ignore[arg-type]
    order.shuffle(made)
    return made


def _graph(triples: Iterable[Triple]) -> rdflib.Graph:
    text = serialize(triples, format=RdfFormat.N_TRIPLES)
    assert text is not None
    return rdflib.Graph().parse(data=text.decode(), format="nt")


def _unnamed(triples: Iterable[Triple]) -> list[Triple]:
    def back(term: object) -> object:
        named = isinstance(term, NamedNode) and term.value.startswith(GENID)
        return BlankNode("b" + str(term)[-33:-1]) if named else term

    return [Triple(back(t.subject), t.predicate, back(t.object)) for t in triples]  # type: ignore[arg-type]


def _blanks(triples: Iterable[Triple]) -> set[BlankNode]:
    return {x for t in triples for x in (t.subject, t.object) if isinstance(x, BlankNode)}


@settings(deadline=None, max_examples=300)
@given(_triples, st.randoms(use_true_random=False))
def test_order_and_labels_do_not_matter(triples: list[Triple], order: random.Random) -> None:
    assert _named(triples) == _named(_relabelled(triples, order))


@settings(deadline=None, max_examples=200)
@given(_triples)
def test_nothing_is_merged_or_lost(triples: list[Triple]) -> None:
    named = _named(triples)
    assert not _blanks(named)
    back = _unnamed(named)
    assert len(_blanks(back)) == len(_blanks(triples))
    assert isomorphic(_graph(back), _graph(set(triples)))


@settings(deadline=None, max_examples=100)
@given(_triples)
def test_a_change_elsewhere_leaves_a_component_alone(triples: list[Triple]) -> None:
    apart = BlankNode("apart")
    more = [Triple(apart, P, Literal("elsewhere")), Triple(A, Q, apart)]
    assert _named(triples) <= _named([*triples, *more])


@settings(deadline=None, max_examples=50)
@given(_triples)
def test_sources_share_no_name(triples: list[Triple]) -> None:
    first = {t for t in _named(triples, "one") if GENID in str(t)}
    assert not first & _named(triples, "two")


def test_equal_components_stay_distinct() -> None:
    triples = [Triple(A, P, node) for node in NODES] + [Triple(node, Q, ONE) for node in NODES]
    assert len({t.subject for t in _named(triples)} - {A}) == len(NODES)


def test_what_speaks_about_a_blank_node_does_not_name_it() -> None:
    node = BlankNode("x")
    plain = skolemise([Triple(node, P, ONE)], base=BASE, source="s")
    noted = skolemise([Triple(node, P, ONE)], base=BASE, source="s", about=[Triple(A, Q, node)])
    assert noted[0] == plain[0]
    assert noted[1].object == plain[0].subject


def _ring(size: int) -> list[Triple]:
    nodes = [BlankNode(f"r{at}") for at in range(size)]
    return [Triple(nodes[at], P, nodes[(at + 1) % size]) for at in range(size)]


def _listed(size: int) -> list[Triple]:
    nodes = [BlankNode(f"l{at}") for at in range(size)]
    links = [Triple(a, P, b) for a, b in pairwise(nodes)]
    return links + [Triple(node, Q, ONE) for node in nodes]


def _star(size: int) -> list[Triple]:
    hub = BlankNode("hub")
    return [Triple(hub, P, BlankNode(f"s{at}")) for at in range(size)]


def _everyone(size: int) -> list[Triple]:
    nodes = [BlankNode(f"k{at}") for at in range(size)]
    return [Triple(a, P, b) for a in nodes for b in nodes if a != b]


def _nested(size: int) -> list[Triple]:
    hub, made = BlankNode("hub"), list[Triple]()
    for at in range(size):
        made += [Triple(hub, P, BlankNode(f"x{at}"))]
        made += [Triple(BlankNode(f"x{at}"), P, BlankNode(f"y{at}"))]
    return made


@pytest.mark.parametrize(
    "triples",
    [_ring(60), _listed(5_000), _star(5_000), _everyone(40), _nested(25)],
    ids=["ring", "list", "star", "everyone", "nested"],
)
def test_symmetric_components_are_named_in_bounded_time(triples: list[Triple]) -> None:
    started = time.monotonic()
    named = _named(triples)
    assert time.monotonic() - started < 5
    random.Random(7).shuffle(triples)
    assert _named(triples) == named
    assert len({t.subject for t in named} | {t.object for t in named if t.object != ONE}) == len(
        _blanks(triples)
    )


def test_a_component_without_end_is_refused_with_a_remedy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("engine.importers.skolem._BUDGET", 200_000)
    with pytest.raises(LimitError, match="too alike to be told apart"):
        _named(_ring(2_000))
