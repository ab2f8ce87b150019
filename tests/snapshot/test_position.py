"""A position with one more entry tells what the ledger tells once that entry is recorded."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.knowledge import KnowledgePack
from engine.ledger.patch import Patch
from engine.rdf import Quad
from engine.snapshot import Position, Reader, Snapshots, reader_over
from engine.view import View
from tests.facts import small_pack
from tests.ledger.making import AGENT, START, Ticking, adding, hold, node, quad, removing

NAMES, PREDICATES, DAY = "abc", "pq", 86_400
SOME = st.frozensets(
    st.builds(
        lambda s, v, p, g: quad(s, v, predicate=p, source=g),
        st.sampled_from(NAMES),
        st.integers(0, 1),
        st.sampled_from(PREDICATES),
        st.sampled_from(["one", "two"]),
    ),
    max_size=4,
)


def reading(position: Position, compartments: frozenset[str] | None, *quads: Quad) -> Reader:
    """A reader of ``quads`` that stands at ``position``."""
    view = View(compartments=compartments)
    return replace(reader_over(quads, small_pack(""), view), position=position)


def told(reader: Reader) -> object:
    """Everything that the index of the ledger tells of the few nodes and predicates here."""
    look, recorded = reader.position.last_change, reader.position.recorded
    assert look is not None
    assert recorded is not None
    sets = (None, frozenset(), *(frozenset({node(p)}) for p in PREDICATES))
    sets += (frozenset(map(node, PREDICATES)),)
    nodes = [node(name) for name in (*NAMES, "absent")]
    return (
        {(one, some): look(one, some) for one in nodes for some in sets},
        [recorded(nodes, node(p)) for p in PREDICATES],
    )


@settings(max_examples=25, deadline=None)
@given(first=SOME, adds=SOME, removes=SOME, restricted=st.booleans())
def test_what_is_supposed_is_what_the_ledger_tells_afterwards(
    first: frozenset[Quad], adds: frozenset[Quad], removes: frozenset[Quad], restricted: bool
) -> None:
    with TemporaryDirectory() as folder:
        held = hold(Path(folder), ticking=Ticking())
        held.committer.adopt(KnowledgePack({"ontology/a.ttl": b""}), agent=AGENT)
        held.committer.commit(Patch(first), agent=AGENT)
        held.clock.pass_time(DAY)
        compartments = frozenset({"general"}) if restricted else None
        view = View(compartments=compartments, evaluated_at=held.clock.now)
        patch = Patch(adds - removes, removes)
        supposed = told(Snapshots(held.ledger, None, None).open(view).with_patch(patch))
        held.committer.commit(patch, agent=AGENT)
        assert supposed == told(Snapshots(held.ledger, None, None).open(view))
        held.close()


def test_what_a_view_may_not_read_touches_nothing() -> None:
    hidden = quad("a", compartment="people")
    position = Position(3, "x", START, lambda *_: None, lambda *_: {})
    reader = reading(position, frozenset({"general"}))
    assert reader.with_patch(adding(hidden)).last_change(node("a")) is None
    assert reader.with_patch(adding(quad("a"))).last_change(node("a")) == 4


def test_what_changes_nothing_touches_nothing() -> None:
    reader = reading(Position(3, "x", START, lambda *_: 2, lambda *_: {}), None, quad("a"))
    again = reader.with_patch(adding(quad("a")))
    assert (again.last_change(node("a")), again.recorded([node("a")], node("p"))) == (2, {})
    assert reader.with_patch(removing(quad("b"))).last_change(node("b")) == 2


def test_no_entry_is_recorded_before_the_one_that_it_follows() -> None:
    position = Position(3, "x", START, lambda *_: None, lambda *_: {})
    for at, expected in ((START - timedelta(days=9), START), (START + timedelta(days=9), None)):
        supposed = position.supposing(adding(quad("a")), at)
        assert supposed.recorded is not None
        assert supposed.recorded([node("a")], node("p")) == {node("a"): expected or at}
        assert (supposed.sequence, supposed.instant) == (3, START)


def test_of_data_without_a_ledger_nothing_is_known() -> None:
    supposed = Position().supposing(adding(quad("a")), START)
    assert (supposed.last_change, supposed.recorded) == (None, None)
