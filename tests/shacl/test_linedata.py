"""A graph of N-Triples as columns: the findings of the graph as triples, queries included."""

from collections import Counter
from collections.abc import Iterable
from unittest.mock import patch

import pytest

from benchmarks.governance_graph import Register
from engine.canonical import canonical
from engine.errors import QueryError
from engine.knowledge import shipped_pack
from engine.rdf import NamedNode, RdfFormat, Triple, parse, terms_of
from engine.shacl import validate_graph
from engine.shacl.linedata import LineData
from engine.shacl.model import SparqlConstraint
from engine.shacl.pack import pack_shapes
from engine.store.oxigraph import OxigraphStore
from engine.store.port import Solutions
from tests.shacl.test_against_pyshacl import PREFIXES, triples

EX = "https://example.org/"
DATA = "".join(
    f"<{EX}m{i}> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <{EX}C> .\n"
    f'<{EX}m{i}> <{EX}p> "{i % 9}" .\n_:b{i} <{EX}of> <{EX}m{i}> .\n'
    for i in range(300)
).encode()
SHAPES = f"""{PREFIXES}
ex:S a sh:NodeShape ; sh:targetClass ex:C ;
    sh:property [ sh:path ex:p ; sh:pattern "^[0-7]$" ] ;
    sh:sparql [
        sh:select "SELECT $this ?of {{ ?of <{EX}of> $this ; ?p $this . $this <{EX}p> '5' }}" ] ;
    sh:sparql [ sh:select "SELECT $this {{ $this <{EX}p> '4' }}" ] ;
    sh:sparql [ sh:select "SELECT $this {{ GRAPH $shapesGraph {{ ?s <{EX}none> $this }} }}" ] .
ex:T a sh:NodeShape ; sh:targetSubjectsOf ex:of ; sh:nodeKind sh:IRI ."""


def rows(text: str, graph: LineData | OxigraphStore) -> Counter[object]:
    found = graph.run(text, {}) if isinstance(graph, LineData) else graph.query(text)
    assert isinstance(found, Solutions)
    return Counter(found.rows)


def counted(data: Iterable[Triple] | LineData) -> Counter[object]:
    report = validate_graph(data, triples(SHAPES))
    assert not report.not_validated
    return Counter(
        (f.shape.__class__, str(f.value)[:2], f.component, f.severity, str(f.focus)[:2])
        for f in report.findings
    ) + Counter(str(run.rule) for run in report.runs for _ in run.population)


def test_the_findings_of_the_same_graph_as_triples() -> None:
    lines = LineData.of_lines(DATA, triples(SHAPES))
    assert lines is not None
    plain = [quad.triple for quad in parse(DATA, format=RdfFormat.N_TRIPLES)]
    assert counted(lines) == counted(plain)
    assert sum(counted(lines).values()) == 600 + 33 + 33 + 33 + 300


def test_a_query_is_given_only_what_it_can_see_until_that_is_half_of_the_graph() -> None:
    lines = LineData.of_lines(DATA)
    assert lines is not None
    filled: list[int] = []
    with patch.object(
        OxigraphStore, "fill_default", lambda self, quads: filled.append(len([*quads]))
    ):
        for text in (
            f"SELECT ?s {{ ?s <{EX}p> '1' }}",
            f"SELECT ?s {{ ?s <{EX}p> '2' }}",
            f"SELECT ?s {{ ?s <{EX}none> '1' }}",
        ):
            lines.run(text, {})
    assert filled == [300, 0]
    assert rows(f"SELECT ?s {{ ?s <{EX}of> ?o }}", lines).total() == 300
    assert rows(f"SELECT ?s {{ ?s <{EX}of>|a ?o }}", lines).total() == 600
    assert rows("SELECT ?s { ?s ?p ?o }", lines).total() == 900


def test_a_wrong_query_is_refused() -> None:
    lines = LineData.of_lines(DATA)
    assert lines is not None
    with pytest.raises(QueryError):
        lines.run("SELECT ?s {", {})


@pytest.mark.long
def test_queries_of_our_rules_see_the_same() -> None:
    """Each query of the rule pack over what it can see, and over the whole graph."""
    pack = shipped_pack()
    content = "".join(Register(8).lines()).encode()
    held = (Triple(s, p, canonical(o)) for s, p, o in map(terms_of, pack.ontology_triples))
    content += "".join(f"{t} .\n" for t in held).encode()
    store = OxigraphStore.in_memory()
    store.fill_default(parse(content, format=RdfFormat.N_TRIPLES))
    lines = LineData.of_lines(content)
    assert lines is not None
    shapes = pack_shapes(pack)
    asked = 0
    for node in shapes.by_node:
        for constraint in shapes[node].constraints:
            if isinstance(constraint, SparqlConstraint):
                assert rows(constraint.text, LineData(lines.columns)) == rows(
                    constraint.text, store
                )
                asked += 1
    assert asked > 500


def test_the_absent_predicate() -> None:
    lines = LineData.of_lines(DATA)
    assert lines is not None
    assert list(lines.match(None, NamedNode(f"{EX}none"), None)) == []
