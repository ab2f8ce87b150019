"""A moving reader: what changed, and which recorded instants the clock passed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.iri import DEFAULT_BASE, graph_iri
from engine.rdf import Literal, NamedNode, Quad, Triple
from engine.snapshot import Motion, Reader, Swap
from engine.snapshot.instants import Instants
from engine.view import Period, format_instant
from engine.vocab import AIMS, ASSESSMENT_GRAPH, XSD
from tests.facts import NOW, ex, read, small_pack

PACK = small_pack("aimsp:grace aims:parameterValue 30 ; aims:unit unit:DAY .")
ONE, OTHER = (graph_iri(DEFAULT_BASE, "general", name) for name in ("one", "other"))


def quad(name: str, graph: NamedNode) -> Quad:
    return Quad(ex(name), ex("p"), ex("o"), graph)


def swap(adds: set[Quad] = frozenset(), removes: set[Quad] = frozenset()) -> Swap:  # type: ignore[assignment]
    return Swap(frozenset(adds), frozenset(removes))


def test_a_triple_changes_when_the_last_graph_lets_go_of_it() -> None:
    motion = Motion(read(PACK, ""))
    motion.carry(swap({quad("a", ONE), quad("a", OTHER)}))
    assert motion.changed == {quad("a", ONE).triple}
    motion.settle()
    motion.carry(swap(removes={quad("a", ONE)}))
    assert not motion.changed
    assert motion.carried == {quad("a", ONE).triple}
    motion.carry(swap(removes={quad("a", OTHER)}))
    assert motion.changed == {quad("a", ONE).triple}
    with motion.union() as union:
        assert union.contains(ex("a"), ex("p"), ex("o"))
    assert not motion.reader.contains(ex("a"), None, None)


def test_what_came_and_went_again_is_no_change() -> None:
    motion = Motion(read(PACK, ""))
    motion.carry(swap({quad("a", ONE)}))
    motion.carry(swap(removes={quad("a", ONE)}))
    assert motion.changed == frozenset()


def test_graphs_outside_of_the_merge_change_nothing() -> None:
    motion = Motion(read(PACK, ""))
    motion.carry(swap({quad("a", ASSESSMENT_GRAPH)}))
    assert not motion.changed
    assert not motion.carried


def dated(*days: int) -> Reader:
    lines = (f'ex:n{d} aims:dueAt "{format_instant(NOW + timedelta(days=d))}"^^xsd:dateTime .'
             for d in days)  # fmt: skip
    return read(PACK, " ".join(lines))


def passed(motion: Motion, days: int) -> tuple[bool, set[str]]:
    view = motion.reader.view
    later = replace(view, evaluated_at=view.evaluated_at + timedelta(days=days), period=None)
    on = motion.stand(later, motion.reader.position)
    due = (str(t.subject) for t in motion.changed if t.predicate == AIMS.dueAt)
    return on, {name.strip("<>").rpartition("n")[2] for name in due}


def test_the_clock_passes_instants_of_the_data_and_those_at_a_span_from_it() -> None:
    reader = dated(-31, -30, -29, -1, 0, 1, 2, 29, 30, 31)
    motion = Motion(replace(reader, view=replace(reader.view, period=None)))
    motion.stand(replace(motion.reader.view, period=None), motion.reader.position)
    motion.settle()
    # From now, from the cutoff of thirty days and from the horizon, both ends included.
    assert passed(motion, 1) == (True, {"0", "1", "-30", "-29", "30", "31"})


def test_a_context_whose_instants_change_places_is_told_as_it_is() -> None:
    motion = Motion(dated(0))
    view = motion.reader.view
    period = Period(view.evaluated_at - timedelta(days=10), view.evaluated_at - timedelta(days=5))
    assert not motion.stand(replace(view, period=period), motion.reader.position)
    assert any(t.predicate == AIMS.periodFrom for t in motion.changed)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(-50, 50)), st.lists(st.integers(-50, 50)), st.integers(-60, 60),
       st.integers(-60, 60))  # fmt: skip
def test_instants_between_as_by_looking_at_each(
    first: list[int], more: list[int], one: int, other: int
) -> None:
    start = datetime(2030, 1, 1, tzinfo=UTC)

    def at(hours: int) -> datetime:
        return start + timedelta(hours=hours)

    def literal(hours: int, zone: str = "Z") -> Literal:
        text = at(hours).replace(tzinfo=None).isoformat() + zone
        return Literal(text, datatype=XSD.dateTime)

    lines = (f"ex:a ex:p {literal(h)} , {literal(h, '')} ." for h in first)
    known = Instants(read(PACK, " ".join(lines)))
    known.note(Triple(ex("b"), ex("p"), literal(h)) for h in more)
    low, high = sorted((one, other))
    found = {literal(h) for h in {*first, *more} if low <= h <= high}
    # One without a time zone is later than every instant fourteen hours before it.
    found |= {literal(h, "") for h in first if low <= h - 14 <= high or low <= h + 14 <= high}
    assert set(known.between(at(one), at(other))) == found
