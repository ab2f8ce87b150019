"""What an update changes, against the whole dataset compared before and after each operation."""

import io
import tempfile
from collections.abc import Iterable, Set

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyoxigraph import Store

from engine.endpoint.jobs import Bounds, Outcome, UpdateJob
from engine.endpoint.updating import data_only, effect
from engine.errors import AimsError, InputError, LimitError, QueryError, ReservedTermError
from engine.iri import DEFAULT_BASE
from engine.knowledge import shipped_pack
from engine.rdf import DefaultGraph, Literal, NamedNode, Quad, RdfFormat, parse
from engine.snapshot.projection import recorded
from engine.sparql.update import operations
from engine.store.private import PrivateStore
from engine.vocab import ONTOLOGY_GRAPH

GRAPHS = [f"{DEFAULT_BASE}graph/general/{name}" for name in ("a", "b", "c")]
Change = tuple[Set[Quad], Set[Quad]]


def quad(s: str, p: str, o: int, g: str) -> Quad:
    return Quad(NamedNode(f"urn:x:{s}"), NamedNode(f"urn:x:{p}"), Literal(o), NamedNode(g))


def private(quads: Iterable[Quad]) -> PrivateStore:
    store = PrivateStore.in_memory()
    store.load(quads, 0)
    return store


def change(
    store: PrivateStore,
    text: str,
    *,
    bounds: Bounds | None = None,
    graph: str | None = None,
    default: tuple[str, ...] | None = None,
) -> Change:
    """Removed and added."""
    job = UpdateJob(text, bounds or Bounds(), default=default, graph=graph)
    found = operations(text)
    with tempfile.TemporaryFile() as out:
        if any(operation.reads for operation in found):
            outcome = effect(store, found, job, DEFAULT_BASE, "head", out)
        else:
            outcome = data_only(found, job, DEFAULT_BASE, out)
        return told(outcome, out)


def told(
    outcome: Outcome, out: "io.BufferedRandom | tempfile._TemporaryFileWrapper[bytes]"
) -> Change:
    out.seek(0)
    content = out.read()
    assert len(content) == outcome.size
    split = outcome.removed
    removed, added = (
        frozenset(parse(part, format=RdfFormat.N_QUADS))
        for part in (content[:split], content[split:])
    )
    return removed, added


# Against a slow and obvious reference


def reference(quads: frozenset[Quad], texts: Iterable[str]) -> frozenset[Quad]:
    """The quads after ``texts``, each run over named graphs with their merge as default graph."""
    now = quads
    for text in texts:
        store = Store()
        store.extend(now)
        store.extend(Quad(q.subject, q.predicate, q.object) for q in now)
        store.update(text)
        now = frozenset(q for q in store if not isinstance(q.graph_name, DefaultGraph))
    return now


nodes = st.sampled_from("xyz")
values = st.integers(0, 2)
names = st.sampled_from(GRAPHS)
triples = st.builds(lambda s, p, o: f"<urn:x:{s}> <urn:x:{p}> {o}", nodes, nodes, values)
terms = st.sampled_from(["?s", "?o", "<urn:x:x>", "<urn:x:y>"])
patterns = st.builds(lambda p, o: f"?s <urn:x:{p}> {o}", nodes, st.sampled_from(["?o", "0", "1"]))
places = st.one_of(names.map(lambda g: f"GRAPH <{g}>"), st.just("GRAPH ?g"))


@st.composite
def update(draw: st.DrawFn) -> str:
    """One operation; those with a template bind all that it uses."""
    kind = draw(st.sampled_from(["data", "modify", "with", "where", "graph", "using"]))
    graph, other = draw(names), draw(names)
    if kind == "data":
        verb = draw(st.sampled_from(["INSERT", "DELETE"]))
        body = " . ".join(draw(st.lists(triples, min_size=1, max_size=3)))
        return f"{verb} DATA {{ GRAPH <{graph}> {{ {body} }} }}"
    if kind == "graph":
        return draw(
            st.sampled_from(
                [
                    f"CLEAR SILENT GRAPH <{graph}>",
                    f"DROP SILENT GRAPH <{graph}>",
                    f"COPY SILENT <{graph}> TO <{other}>",
                    f"MOVE SILENT <{graph}> TO <{other}>",
                    f"ADD SILENT GRAPH <{graph}> TO GRAPH <{other}>",
                    "CLEAR NAMED",
                ]
            )
        )
    pattern, predicate = draw(patterns), draw(nodes)
    if kind == "where":
        return f"DELETE WHERE {{ {draw(places)} {{ {pattern} }} }}"
    template = f"?s <urn:x:{predicate}> {draw(st.sampled_from(['?s', '7', '<urn:x:n>']))}"
    if kind == "with":
        return (
            f"WITH <{graph}> DELETE {{ {pattern} }} INSERT {{ {template} }} WHERE {{ {pattern} }}"
        )
    using = f"USING <{other}>" if kind == "using" else ""
    if draw(st.booleans()):
        where = f"GRAPH ?g {{ {pattern} }}"
        insert = f"INSERT {{ GRAPH <{graph}> {{ {template} }} }}"
        return f"DELETE {{ GRAPH ?g {{ {pattern} }} }} {insert} WHERE {{ {where} }}"
    return f"INSERT {{ GRAPH <{graph}> {{ {template} }} }} {using} WHERE {{ {pattern} }}"


quads_ = st.frozensets(st.builds(quad, nodes, nodes, values, names), max_size=12)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(quads_, st.lists(update(), min_size=1, max_size=4))
def test_the_patch_is_the_difference(quads: frozenset[Quad], texts: list[str]) -> None:
    removed, added = change(private(quads), " ;\n".join(texts))
    assert (quads - removed) | added == reference(quads, texts)
    if any(operation.reads for operation in operations(" ;\n".join(texts))):
        assert removed <= quads
        assert added.isdisjoint(quads)


# One by one

A, B, C = GRAPHS
DATA = [quad("x", "p", 1, A), quad("x", "p", 2, B)]


def test_several_graphs_of_using_hold_each_triple_once() -> None:
    quads = [quad("x", "p", 1, A), quad("x", "p", 1, B)]
    count = "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }"
    text = f"INSERT {{ GRAPH <{C}> {{ <urn:x:c> <urn:x:n> ?n }} }} {{using}} WHERE {{ {count} }}"
    using = f"USING <{A}> USING <{B}>"
    for one, default in ((using, None), ("", (A, B))):
        _, added = change(private(quads), text.replace("{using}", one), default=default)
        assert {q.object for q in added} == {Literal(1)}


def test_a_source_takes_the_place_of_the_default_graph() -> None:
    text = "DELETE { ?s ?p ?o } INSERT { ?s <urn:x:q> ?o } WHERE { ?s ?p ?o }"
    removed, added = change(private(DATA), text, graph=A)
    assert removed == {quad("x", "p", 1, A)}
    assert added == {quad("x", "q", 1, A)}
    assert change(private(DATA), "CLEAR DEFAULT", graph=A) == ({quad("x", "p", 1, A)}, frozenset())
    assert change(private(DATA), "CLEAR NAMED", graph=A) == ({quad("x", "p", 2, B)}, frozenset())
    assert change(private(DATA), "CLEAR ALL", graph=A) == (set(DATA), frozenset())
    assert change(private(DATA), f"COPY DEFAULT TO <{B}>", graph=A) == (
        {quad("x", "p", 2, B)},
        {quad("x", "p", 1, B)},
    )
    data = "INSERT DATA { <urn:x:x> <urn:x:p> 3 }"
    assert change(private(DATA), data, graph=A) == (frozenset(), {quad("x", "p", 3, A)})


@pytest.mark.parametrize(
    "text",
    [
        "INSERT DATA { <urn:x:x> <urn:x:p> 3 }",
        "DELETE DATA { <urn:x:x> <urn:x:p> 1 }",
        "DELETE WHERE { ?s ?p ?o }",
        "DELETE WHERE { ?s ?p ?o . GRAPH ?g { ?s ?q ?o } }",
        "INSERT { ?s ?p 4 } WHERE { ?s ?p ?o }",
        "DELETE { ?s ?p ?o } WHERE { GRAPH ?g { ?s ?p ?o } }",
        "DELETE { GRAPH ?g { ?s ?p ?o } ?s ?p ?o } WHERE { GRAPH ?g { ?s ?p ?o } }",
        "CLEAR DEFAULT",
        "DROP SILENT DEFAULT",
        f"COPY DEFAULT TO <{A}>",
        f"MOVE <{A}> TO DEFAULT",
        f"ADD <{A}> TO DEFAULT",
    ],
)
def test_the_default_graph_is_not_changed_without_a_source(text: str) -> None:
    with pytest.raises(InputError, match="default graph"):
        change(private(DATA), text)


@pytest.mark.parametrize(
    "text",
    [
        f"INSERT DATA {{ GRAPH <{A}> {{ <urn:x:x> <urn:x:p> 3 }} }}",
        f"WITH <{A}> DELETE {{ ?s ?p ?o }} WHERE {{ ?s ?p ?o }}",
        f"CLEAR GRAPH <{A}>",
    ],
)
def test_naming_the_source_twice_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="takes the place"):
        change(private(DATA), text, graph=A)


def test_blank_nodes_get_the_iris_that_an_import_gives() -> None:
    data = f"INSERT DATA {{ GRAPH <{A}> {{ _:b <urn:x:p> 1 ; <urn:x:q> [ <urn:x:r> 2 ] }} }}"
    _, once = change(private([]), data)
    _, again = change(private([]), data)
    assert once == again
    assert len(once) == 3
    assert all("/.well-known/genid/" in str(q.subject) for q in once)
    _, elsewhere = change(private([]), data.replace(A, B))
    assert {q.subject for q in once}.isdisjoint(q.subject for q in elsewhere)
    _, where = change(
        private(DATA), f"INSERT {{ GRAPH <{A}> {{ _:b <urn:x:of> ?s }} }} WHERE {{ ?s ?p ?o }}"
    )
    assert len({q.subject for q in where}) == 2, "one for each solution"


def test_one_blank_node_in_two_graphs_is_one() -> None:
    both = f"GRAPH <{A}> {{ _:b <urn:x:p> 1 }} GRAPH <{B}> {{ _:b <urn:x:p> 2 }}"
    for text in (f"INSERT DATA {{ {both} }}", f"INSERT {{ {both} }} WHERE {{}}"):
        _, added = change(private([]), text)
        assert len(added) == 2
        assert len({q.subject for q in added}) == 1


def test_computed_graphs_are_not_changed() -> None:
    store = recorded(DATA, shipped_pack(None))
    for text in (
        f"INSERT DATA {{ GRAPH <{ONTOLOGY_GRAPH.value}> {{ <urn:x:x> <urn:x:p> 3 }} }}",
        f"DELETE WHERE {{ GRAPH <{ONTOLOGY_GRAPH.value}> {{ ?s ?p ?o }} }}",
        "DELETE { GRAPH ?g { ?s ?p ?o } } WHERE { GRAPH ?g { ?s a owl:Class ; ?p ?o } }",
        f"CLEAR GRAPH <{ONTOLOGY_GRAPH.value}>",
        f"MOVE <{ONTOLOGY_GRAPH.value}> TO <{A}>",
        f"BASE <{ONTOLOGY_GRAPH.value}> CLEAR GRAPH <>",
    ):
        with pytest.raises(ReservedTermError, match="computed"):
            change(store, text)
    removed, _ = change(recorded(DATA, shipped_pack(None)), "CLEAR ALL")
    assert removed == set(DATA)
    copied = (
        f"INSERT {{ GRAPH <{A}> {{ ?s <urn:x:is> ?o }} }} WHERE {{ ?s a owl:Ontology ; ?p ?o }}"
    )
    _, added = change(recorded(DATA, shipped_pack(None)), copied)
    assert added


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (f"INSERT DATA {{ GRAPH <{A}> {{ <urn:x:x> <urn:x:p> }} }}", QueryError),
        (f"CREATE GRAPH <{A}> ; NONSENSE", QueryError),
        (f"DROP GRAPH <{C}>", QueryError),
        (f"LOAD <http://127.0.0.1:1/> INTO GRAPH <{A}>", QueryError),
        (
            f"INSERT {{ GRAPH <{A}> {{ ?s ?p ?o }} }} WHERE {{ SERVICE <urn:x:s> {{ ?s ?p ?o }} }}",
            QueryError,
        ),
        ("SELECT * WHERE { ?s ?p ?o }", QueryError),
        (";", QueryError),
        (f"CLEAR SILENT GRAPH <{A}> ;" * 1_001, AimsError),
        (f"CLEAR SILENT GRAPH <{A}> ;" * 100_000, AimsError),
    ],
)
def test_what_is_refused(text: str, error: type[AimsError]) -> None:
    with pytest.raises(error):
        change(private(DATA), text)


@pytest.mark.parametrize("text", ["", "  # nothing\n", "PREFIX x: <urn:x:>", "BASE <urn:x:>"])
def test_nothing_to_do_is_nothing(text: str) -> None:
    assert change(private(DATA), text) == (frozenset(), frozenset())


def test_the_place_of_a_fault_is_that_in_the_request() -> None:
    text = f"PREFIX x: <urn:x:>\nCLEAR SILENT GRAPH <{A}> ;\n\n  DROP GRAPH <{C}>"
    with pytest.raises(QueryError, match="does not exist"):
        change(private(DATA), text)
    with pytest.raises(QueryError) as caught:
        change(
            private(DATA),
            f"PREFIX x: <urn:x:>\nCLEAR SILENT GRAPH <{A}> ;\n\nDELETE WHERE {{ ?s ?p }}",
        )
    assert caught.value.place is not None
    assert caught.value.place.line == 4


def test_too_many_changes_are_refused() -> None:
    store = private([quad("x", "p", n, A) for n in range(20)])
    where = "?s ?p ?a . ?t ?q ?b BIND(IRI(CONCAT('urn:x:', STR(?a))) AS ?made)"
    cross = f"INSERT {{ GRAPH <{B}> {{ ?s ?made ?b }} }} WHERE {{ {where} }}"
    with pytest.raises(LimitError, match="more than 300"):
        change(store, cross, bounds=Bounds(quads=300))
    data = " . ".join(f"<urn:x:s> <urn:x:p> {n}" for n in range(20))
    with pytest.raises(LimitError, match="more than 10"):
        change(private([]), f"INSERT DATA {{ GRAPH <{A}> {{ {data} }} }}", bounds=Bounds(quads=10))
