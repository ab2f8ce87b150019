"""What a reader sees: one context, the knowledge, classes, and private extensions."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from engine.errors import InputError, IntegrityError, NotFoundError, QueryError
from engine.knowledge import KnowledgePack
from engine.ledger.patch import Patch
from engine.rdf import Literal, NamedNode, Quad, Triple
from engine.snapshot import CONTEXT, Reader, Step, evaluation_context, reader_over
from engine.store.port import Answer, Solutions
from engine.view import Period, View, format_instant, parse_instant
from engine.vocab import (
    AIMS,
    ASSESSMENT_GRAPH,
    CONTEXT_GRAPH,
    ONTOLOGY_GRAPH,
    PARAMETER,
    RDF_TYPE,
    RDFS,
    SH,
    SHAPES_GRAPH,
    SYSTEM_GRAPH,
    XSD,
)
from tests.ledger.making import adding, graph, node, quad, removing
from tests.snapshot.conftest import PACK, pack_of

AT = parse_instant("2026-07-01T12:00:00Z")
VIEW = View(evaluated_at=AT, period=Period.parse("2026-01-01/2026-07-01"))
EXTRA = SYSTEM_GRAPH["derived/extra"]


def read(*quads: Quad, pack: KnowledgePack = PACK, view: View = VIEW) -> Reader:
    return reader_over(quads, pack, view)


def instant(text: str) -> Literal:
    return Literal(text, datatype=XSD.dateTime)


# The evaluation context


def test_there_is_exactly_one_evaluation_context() -> None:
    reader = read(quad("a"))
    found = [t.subject for t in reader.match(None, RDF_TYPE, AIMS.EvaluationContext)]
    assert found == [CONTEXT]
    assert reader.values(CONTEXT, AIMS.evaluatedAt) == (instant("2026-07-01T12:00:00Z"),)
    assert reader.values(CONTEXT, AIMS.periodFrom) == (instant("2026-01-01T00:00:00Z"),)
    assert reader.values(CONTEXT, AIMS.periodUntil) == (instant("2026-07-01T00:00:00Z"),)
    assert {q.graph_name for q in reader.quads(CONTEXT_GRAPH)} == {CONTEXT_GRAPH}


def test_without_a_period_the_twelve_months_before_are_judged() -> None:
    reader = read(view=View(evaluated_at=AT))
    assert reader.value(CONTEXT, AIMS.periodFrom) == instant(format_instant(AT - timedelta(365)))
    assert reader.value(CONTEXT, AIMS.periodUntil) == instant(format_instant(AT))


@pytest.mark.parametrize(
    ("name", "span"),
    [("reviewInterval", timedelta(days=90)), ("alarmDelay", timedelta(hours=1.5))],
)
def test_each_parameter_of_days_or_hours_has_a_cutoff_and_a_horizon(
    name: str, span: timedelta
) -> None:
    reader = read()
    (holder,) = [t.subject for t in reader.match(None, AIMS.forParameter, PARAMETER[name])]
    assert holder in reader.values(CONTEXT, AIMS.hasCutoff)
    assert isinstance(holder, NamedNode)
    assert reader.values(holder, AIMS.cutoff) == (instant(format_instant(AT - span)),)
    assert reader.values(holder, AIMS.horizon) == (instant(format_instant(AT + span)),)


def test_other_parameters_have_none() -> None:
    assert not read().contains(None, AIMS.forParameter, PARAMETER.errorShare)
    assert len(read().values(CONTEXT, AIMS.hasCutoff)) == 2


def parameter(value: str, unit: str = "unit:DAY") -> KnowledgePack:
    return pack_of(f"aimsp:x a aims:Parameter ; aims:unit {unit} ; aims:parameterValue {value} .")


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("1, 2", r"has 2 values \(1, 2\)"),
        ('"soon"', "no number of days or hours"),
        ("99999999999", "no number of days or hours"),
        ("9999999", "beyond the years"),
    ],
)
def test_a_parameter_without_one_usable_value_is_refused(value: str, message: str) -> None:
    with pytest.raises(IntegrityError, match=message):
        read(pack=parameter(value))


def test_a_parameter_without_a_value_is_refused() -> None:
    with pytest.raises(IntegrityError, match="has 0 values"):
        evaluation_context(pack_of("aimsp:x aims:unit unit:HR ."), VIEW)


@pytest.mark.parametrize("value", ["0.5", "90", "0", "-1"])
def test_spans_may_be_any_number(value: str) -> None:
    reader = read(pack=parameter(value))
    (holder,) = reader.values(CONTEXT, AIMS.hasCutoff)
    assert isinstance(holder, NamedNode)
    cutoff = AT - timedelta(days=float(Decimal(value)))
    assert reader.value(holder, AIMS.cutoff) == instant(format_instant(cutoff))


# Knowledge and classes


def test_the_ontology_takes_part_in_the_default_graph_and_shapes_do_not() -> None:
    reader = read()
    assert reader.contains(node("Cat"), RDFS.subClassOf, node("Animal"))
    assert not reader.contains(None, RDF_TYPE, SH.NodeShape)
    assert {q.predicate for q in reader.quads(SHAPES_GRAPH)} == {RDF_TYPE, SH.targetClass}
    assert reader.query("ASK { GRAPH ?g { ?s a sh:NodeShape } }") == Answer(True)
    assert ONTOLOGY_GRAPH in reader.graphs()


@pytest.mark.parametrize("names", [None, frozenset(), frozenset({"general"})])
def test_the_ontology_always_takes_part_in_resolving_targets(names: frozenset[str] | None) -> None:
    cat = Quad(node("tom"), RDF_TYPE, node("Cat"), graph())
    reader = read(cat, view=replace(VIEW, compartments=names))
    seen = names != frozenset()
    assert reader.instances(node("Animal")) == ((node("tom"),) if seen else ())
    assert reader.is_a(node("tom"), node("Animal")) is seen
    assert reader.types(node("tom")) == ((node("Animal"), node("Cat")) if seen else ())
    assert not reader.is_a(node("Animal"), node("Cat"))


def test_a_cycle_of_classes_ends() -> None:
    pack = pack_of("ex:A rdfs:subClassOf ex:B . ex:B rdfs:subClassOf ex:A .")
    reader = read(Quad(node("x"), RDF_TYPE, node("A"), graph()), pack=pack)
    assert reader.instances(node("A")) == reader.instances(node("B")) == (node("x"),)


def test_each_triple_is_there_once_and_its_sources_are_told() -> None:
    reader = read(quad("a"), quad("a", source="other"), quad("a", compartment="people"))
    assert list(reader.match(node("a"))) == [quad("a").triple]
    assert reader.source_of(quad("a").triple) == (
        graph("other"),
        graph(),
        graph("test", "people"),
    )
    result = reader.query("SELECT (COUNT(*) AS ?n) { ex:a ?p ?o }".replace("ex:a", str(node("a"))))
    assert isinstance(result, Solutions)
    assert list(result.rows) == [(Literal(1),)]


def test_values_are_sorted_and_queries_are_bound() -> None:
    reader = read(quad("a", 2), quad("a", 1))
    assert reader.values(node("a"), node("p")) == (Literal("1"), Literal("2"))
    assert reader.value(node("a"), node("p")) == Literal("1")
    assert reader.value(node("a"), node("q")) is None
    result = reader.query("SELECT ?o { ?s ?p ?o }", {"s": node("a")})
    assert isinstance(result, Solutions)
    assert len(list(result.rows)) == 2
    with pytest.raises(QueryError):
        reader.query("SELECT")
    with pytest.raises(NotFoundError, match="there is no query named"):
        reader.select("nothing")


# Private extensions


def everything(reader: Reader) -> tuple[set[Quad], set[str], tuple[NamedNode, ...]]:
    quads = {q for name in reader.graphs() for q in reader.quads(name)}
    return quads, {str(t) for t in reader.match()}, reader.graphs()


def test_a_graph_can_be_added_and_the_reader_stays_as_it_was() -> None:
    reader = read(quad("a"))
    before = everything(reader)
    triple = Triple(node("x"), RDF_TYPE, node("Cat"))
    for in_default in (True, False):
        grown = reader.with_graph(EXTRA, [triple], in_default=in_default)
        assert grown.contains(node("x")) is in_default
        assert grown.is_a(node("x"), node("Animal")) is in_default
        assert {q.triple for q in grown.quads(EXTRA)} == {triple}
        assert everything(reader) == before
        assert not reader.contains(node("x"))
        assert not reader.is_a(node("x"), node("Animal"))


def test_each_step_sees_the_ones_before() -> None:
    def first(reader: Reader) -> list[Triple]:
        assert not reader.is_a(node("x"), node("Animal"))
        return [Triple(node("x"), RDF_TYPE, node("Cat"))]

    def second(reader: Reader) -> list[Triple]:
        return [
            Triple(each, node("seen"), Literal("yes")) for each in reader.instances(node("Animal"))
        ]

    reader = read(quad("a"))
    before = everything(reader)
    steps = [Step(EXTRA, first), Step(SYSTEM_GRAPH["derived/more"], second)]
    grown = reader.with_graphs(steps)
    assert grown.value(node("x"), node("seen")) == Literal("yes")
    assert everything(reader) == before


def test_a_graph_is_added_once() -> None:
    reader = read(quad("a"))
    for name in (graph(), ONTOLOGY_GRAPH):
        with pytest.raises(InputError, match="has a graph"):
            reader.with_graph(name, [], in_default=True)


def test_a_patch_is_tried_and_the_reader_stays_as_it_was() -> None:
    reader = read(quad("a"), quad("a", source="other"), quad("b"))
    before = everything(reader)
    tried = reader.with_patch(Patch(frozenset({quad("c")}), frozenset({quad("a"), quad("b")})))
    assert everything(reader) == before
    assert tried.contains(node("a"))
    assert not tried.contains(node("b"))
    assert tried.contains(node("c"))
    assert (
        everything(
            tried.with_patch(Patch(frozenset({quad("a"), quad("b")}), frozenset({quad("c")})))
        )
        == before
    )


def test_derived_facts_fall_away_with_a_patch() -> None:
    reader = read(quad("a")).with_graph(
        EXTRA, [Triple(node("x"), node("p"), node("y"))], in_default=True
    )
    assessed = reader.with_graph(ASSESSMENT_GRAPH, [], in_default=False)
    tried = assessed.with_patch(adding(quad("b")))
    assert EXTRA not in tried.graphs()
    assert not tried.contains(node("x"))
    assert tried.contains(node("b"))
    assert len(list(tried.match(None, RDF_TYPE, AIMS.EvaluationContext))) == 1


def test_a_patch_reaches_no_graph_that_the_view_may_not_read() -> None:
    view = replace(VIEW, compartments=frozenset({"general"}))
    hidden = quad("hidden", compartment="people")
    tried = read(quad("a"), view=view).with_patch(adding(hidden, quad("b")))
    assert not tried.contains(node("hidden"))
    assert tried.contains(node("b"))
    assert read(quad("a"), view=view).with_patch(removing(hidden)).contains(node("a"))
