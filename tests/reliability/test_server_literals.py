"""Literals that stores rewrite (D6), through a server engine: differences are told, no alarm."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest

from engine.canonical import canonical_quad
from engine.intake import Intake
from engine.rdf import Literal, Quad
from engine.vocab import XSD
from engine.workspace import Workspace
from tests.ledger.making import AGENT, graph, node
from tests.reliability.test_literals import SOURCE, WRITTEN, data_of, record
from tests.test_canonical import FOLDED
from tests.virtuoso import Virtuoso

# What Virtuoso 7.2.5 gives back for the form that the ledger records, where it is another text:
# of the same value, of another value, or None where it takes no such literal at all.
SAME_VALUE = {
    ("true", "boolean"): "1",
    ("false", "boolean"): "0",
    ("1", "double"): "1.0",
    ("1000", "double"): "1000.0",
}
OTHER_VALUE = {("PT1M30S", "dayTimeDuration"): "PT90.3S"}
REFUSED = {("P1Y", "duration"): None}
EXPECTED: dict[tuple[str, str], str | None] = {**SAME_VALUE, **OTHER_VALUE, **REFUSED}
# Likewise for the texts before they are in that form.
AS_WRITTEN = {
    ("1.10", "decimal"): "1.1",
    ("01", "integer"): "1",
    ("2026-01-01T00:00:00.000+00:00", "dateTime"): "2026-01-01T00:00:00Z",
    ("P12M", "duration"): None,
    ("1E3", "double"): "1000.0",
    ("+5", "integer"): "5",
    ("-0.0", "decimal"): "0",
    ("2026-01-01+00:00", "date"): "2026-01-01Z",
    ("PT90S", "dayTimeDuration"): "PT90.90000000000001S",
}
PAGE = 5
JSON = {"Accept": "application/sparql-results+json"}


class Client:
    """The protocol spoken plainly, beside the engine's own adapter."""

    def __init__(self, server: Virtuoso) -> None:
        self._endpoint = server.endpoint
        login = httpx2.DigestAuth(server.user, server.password)
        self._http = httpx2.Client(auth=login, timeout=30, trust_env=False)

    def close(self) -> None:
        self._http.close()

    def update(self, text: str) -> int:
        """The status of the answer."""
        return self._http.post(self._endpoint, data={"update": text}).status_code

    def rows(self, text: str) -> list[dict[str, dict[str, str]]]:
        found = self._http.post(self._endpoint, data={"query": text}, headers=JSON)
        assert found.status_code == 200, found.text
        rows: list[dict[str, dict[str, str]]] = found.json()["results"]["bindings"]
        return rows

    def quads(self, name: str) -> set[Quad]:
        """All of the graph ``name``, page by page, as many as there are said to be."""
        where = f"{{ GRAPH <{name}> {{ ?s ?p ?o }} }}"
        (total,) = self.rows(f"SELECT (COUNT(*) AS ?n) {where}")
        count, found = int(total["n"]["value"]), set()
        for start in range(0, count, PAGE):
            page = f"SELECT ?s ?p ?o {where} ORDER BY ?s ?p ?o LIMIT {PAGE} OFFSET {start}"
            found |= {read(row) for row in self.rows(page)}
        assert len(found) == count
        return found


def read(row: dict[str, dict[str, str]]) -> Quad:
    literal = Literal(row["o"]["value"], datatype=XSD[row["o"]["datatype"].rpartition("#")[2]])
    name = row["s"]["value"].rpartition("/")[2]
    return Quad(node(name), node("p"), literal, graph(SOURCE))


@pytest.fixture
def client(virtuoso: Virtuoso) -> Iterator[Client]:
    opened = Client(virtuoso)
    assert opened.update(f"CLEAR SILENT GRAPH {graph(SOURCE)}") == 200
    yield opened
    assert opened.update(f"CLEAR SILENT GRAPH {graph(SOURCE)}") == 200
    opened.close()


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace.create(tmp_path / "workspace", agent=AGENT) as made:
        assert record(made, WRITTEN) == 2
        yield made


def sent(client: Client, quads: set[Quad]) -> set[Quad]:
    """Those of ``quads`` that the server takes."""
    taken = set()
    for quad in quads:
        status = client.update(f"INSERT DATA {{ GRAPH {quad.graph_name} {{ {quad.triple} }} }}")
        assert status in (200, 500), "refused, but not for what it is"
        taken |= {quad} if status == 200 else set()
    return taken


def given_back(client: Client, quads: set[Quad]) -> dict[tuple[str, str], str | None]:
    """What of ``quads`` comes back as another text, and as which; None where it was refused."""
    sent(client, quads)
    back = {quad.subject: quad for quad in client.quads(graph(SOURCE).value)}
    differing: dict[tuple[str, str], str | None] = {}
    for quad in quads - set(back.values()):
        assert isinstance(quad.object, Literal)
        kind = quad.object.datatype.value.rpartition("#")[2]
        found = back[quad.subject].object if quad.subject in back else None
        assert isinstance(found, Literal | None)
        assert found is None or found.datatype == quad.object.datatype
        differing[quad.object.value, kind] = None if found is None else found.value
    return differing


def test_what_the_server_makes_of_each_literal_is_known(client: Client) -> None:
    recorded = {canonical_quad(quad) for quad in WRITTEN}
    assert len(recorded) == len(FOLDED) == 14
    assert given_back(client, recorded) == EXPECTED
    assert client.update(f"CLEAR GRAPH {graph(SOURCE)}") == 200
    assert given_back(client, WRITTEN) == AS_WRITTEN


def test_what_the_server_gives_back_is_a_difference_and_never_an_alarm(
    client: Client, workspace: Workspace, tmp_path: Path
) -> None:
    head, root, note = workspace.ledger.head(), workspace.ledger.root(), workspace.checkpoint()
    recorded = data_of(workspace)
    back = {subject_of(quad): quad for quad in through(client, recorded)}
    assert len(back) == 14 - len(REFUSED)
    lost = {quad for quad in recorded if spelling(quad) in {**OTHER_VALUE, **REFUSED}}
    # Texts of the same value are the same facts: no entry, and every hash as it was.
    kept = {quad for quad in back.values() if subject_of(quad) not in set(map(subject_of, lost))}
    assert record(workspace, kept | lost) is None
    assert (workspace.ledger.head(), workspace.ledger.root()) == (head, root)
    # The rest is told by a dry run, literal by literal, before anything is recorded.
    file = tmp_path / "back.nt"
    file.write_text("".join(sorted(f"{quad.triple} .\n" for quad in back.values())))
    intake = Intake(file, AGENT, source=SOURCE, dry_run=True)
    told = workspace.import_file(intake)
    changed = {quad for quad in back.values() if subject_of(quad) in set(map(subject_of, lost))}
    facts = {quad for quad in told.patch.adds if quad.predicate == node("p")}
    assert facts == {canonical_quad(quad) for quad in changed}
    assert told.patch.removes == lost
    assert [spelling(quad) for quad in facts] == [("PT1M30.3S", "dayTimeDuration")]
    assert {spelling(quad) for quad in lost} == {*OTHER_VALUE, *REFUSED}
    assert workspace.ledger.head() == head
    # Recorded all the same, it is an entry like any other; what was before is as it was.
    done = workspace.import_file(replace(intake, dry_run=False))
    assert done.sequence == 3
    assert (done.patch.adds, done.patch.removes) == (told.patch.adds, told.patch.removes)
    report = workspace.verify(checkpoint=note)
    assert (report.entries, report.problems) == (3, ())


def through(client: Client, quads: set[Quad]) -> set[Quad]:
    sent(client, quads)
    return client.quads(graph(SOURCE).value)


def subject_of(quad: Quad) -> str:
    return str(quad.subject)


def spelling(quad: Quad) -> tuple[str, str]:
    assert isinstance(quad.object, Literal)
    return quad.object.value, quad.object.datatype.value.rpartition("#")[2]
