"""A query over a restricted view, beside one over a store of nothing but what it may read."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.endpoint.ground import Ground
from engine.iri import DEFAULT_BASE, graph_iri
from engine.ledger.patch import Patch
from engine.rdf import NamedNode, Quad
from engine.store.port import Dataset, Solutions
from engine.view import View, parse_instant
from engine.workspace import Workspace

AGENT = "urn:example:agent"
AT = parse_instant("2026-08-01")
COMPARTMENTS = ("general", "legal", "people")
SOURCES = ("one", "two")
NAMES = ("a", "b", "c")
TEXTS = (
    "SELECT * { ?s ?p ?o FILTER (!isBlank(?s) && !isBlank(?o)) }",
    "SELECT (COUNT(*) AS ?n) { ?s <urn:example:p> ?o }",
    "SELECT ?g ?s ?o { GRAPH ?g { ?s <urn:example:p> ?o } }",
    "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s <urn:example:p> ?o } } GROUP BY ?g",
    "SELECT ?x ?y { ?x (<urn:example:p>|^<urn:example:p>)+ ?y }",
    "SELECT ?s { ?s <urn:example:p> ?o FILTER NOT EXISTS { ?o <urn:example:p> ?x } }",
    "SELECT ?s (COUNT(DISTINCT ?o) AS ?n) { ?s <urn:example:p> ?o } "
    "GROUP BY ?s HAVING (COUNT(?o) = 1)",
    "SELECT * { ?s <urn:example:p> ?o OPTIONAL { GRAPH ?g { ?o <urn:example:p> ?s } } }",
)
NAMED = st.tuples(st.sampled_from(COMPARTMENTS), st.sampled_from(SOURCES))
Statement = tuple[str, str, tuple[str, str]]


def quad(one: Statement) -> Quad:
    subject, value, name = one
    ends = (NamedNode(f"urn:example:{end}") for end in (subject, value))
    start, end = ends
    return Quad(start, NamedNode("urn:example:p"), end, graph_iri(DEFAULT_BASE, *name))


def answers(
    folder: Path, statements: Iterable[Statement], view: View, asked: Dataset | None
) -> list[list[str]]:
    """The rows of each of ``TEXTS`` over ``view`` of a ledger with an entry for each statement."""
    with Workspace.create(folder, agent=AGENT) as workspace:
        for one in dict.fromkeys(statements):
            workspace.committer.commit(Patch(frozenset([quad(one)])), agent=AGENT)
        ground = Ground(workspace.ledger)
        ground.follow()
        fixed = workspace.fixed(view)
        back = ground.way_back(fixed)
        assert back is not None
        reader = ground.open(fixed, back, workspace.ledger, workspace.vault)
        found = []
        for text in TEXTS:
            result = reader.answer(text, asked)
            assert isinstance(result, Solutions)
            found.append(sorted(str(row) for row in result.rows))
        return found


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES), NAMED), max_size=9),
    st.sets(st.sampled_from(COMPARTMENTS)),
    st.lists(NAMED, max_size=3),
)
def test_it_equals_a_store_of_what_may_be_read(
    statements: Sequence[Statement], granted: set[str], asked: Sequence[tuple[str, str]]
) -> None:
    """``asked``: graphs that the request names as its dataset; none leaves it to the view."""
    names = frozenset(graph_iri(DEFAULT_BASE, *name) for name in asked)
    dataset = Dataset(names, names) if names else None
    readable = [one for one in statements if one[2][0] in granted]
    restricted, whole = View(frozenset(granted), evaluated_at=AT), View(evaluated_at=AT)
    with TemporaryDirectory() as folder:
        told = answers(Path(folder) / "all", statements, restricted, dataset)
        alone = answers(Path(folder) / "alone", readable, whole, dataset)
    assert told == alone
