"""One answer for every face: engine, REST, command line and the table of a page say the same."""

import json
import shutil
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from engine.answers import trace_json
from engine.cli._program import run
from engine.rdf import Literal, NamedNode, Quad
from engine.sparql.results import Solutions
from engine.vocab import AIMS, ISO42001, RDF_TYPE, XSD
from engine.workspace import Workspace
from tests.example import AT, PERIOD, VIEW
from tests.ledger.making import AGENT, adding, graph, node

DECISIONS = Path(__file__).resolve().parents[2] / "docs" / "decisions"
JUDGED = {"at": AT, "period": PERIOD}
CONTROL = NamedNode("https://halden.example/control-a.7.3")
# A whole chain; one with evidence missing below a suspect link; one with stale evidence; a clause.
ITEMS = ("A.7.4", "A.7.3", "A.8.2", "6.1.2")
EVIDENCE = "aims:Evidence"


@pytest.fixture(scope="module")
def doubted(tmp_path_factory: pytest.TempPathFactory, faulty_root: Path) -> Iterator[Workspace]:
    """The example with its faults, and a link reviewed before its target changed."""
    root = tmp_path_factory.mktemp("doubted") / "workspace"
    shutil.copytree(faulty_root, root)
    review: dict[NamedNode, NamedNode | Literal] = {
        RDF_TYPE: AIMS.LinkReview,
        AIMS.reviewOf: ISO42001["A.7.3"],
        AIMS.reviewedLinkTo: CONTROL,
        AIMS.viaProperty: AIMS.implementsRequirement,
        AIMS.reviewedAtSequence: Literal("1", datatype=XSD.integer),
    }
    facts = (Quad(node("review"), p, o, graph("reviews")) for p, o in review.items())
    with Workspace.open(root) as workspace:
        workspace.committer.commit(adding(*facts), agent=AGENT, reason="review")
        yield workspace


@pytest.fixture(scope="module")
def client(doubted: Workspace) -> Iterator[TestClient]:
    with TestClient(create_app(doubted)) as talking:
        yield talking


@pytest.mark.parametrize(
    ("item", "direction"),
    [("A.7.4", "down"), ("A.7.3", "both"), ("A.8.2", "down"), ("EV-operation-a.7.3", "up")],
)
def test_rest_and_command_line_say_what_the_engine_says(
    doubted: Workspace,
    client: TestClient,
    capfd: pytest.CaptureFixture[str],
    item: str,
    direction: Any,
) -> None:
    expected = trace_json(*doubted.trace(VIEW, item, direction=direction))
    told = client.get("/v1/traces", params=JUDGED | {"node": item, "direction": direction})
    assert told.json() == expected
    asked = [f"--{name}={value}" for name, value in {**JUDGED, "direction": direction}.items()]
    capfd.readouterr()
    code = run(["--workspace", str(doubted.root), "trace", item, *asked, "--format", "json"])
    assert json.loads(capfd.readouterr().out) == expected
    assert code == (1 if expected["breaks"] else 0)


class Tables(HTMLParser):
    """The texts of the cells of each table of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tables: list[list[list[str]]] = []
        self._inside = False

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self.tables[-1][-1].append("")
            self._inside = True

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self._inside = False

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.tables[-1][-1][-1] += data


def table_of(page: str) -> list[list[str]]:
    """The rows of the table of links, with single blanks."""
    parser = Tables()
    parser.feed(page)
    (found,) = (each for each in parser.tables if each[0][:2] == ["From", "Link"])
    return [[" ".join(cell.split()) for cell in row] for row in found[1:]]


def row_of(hop: dict[str, Any]) -> list[str]:
    """What the page should show for a hop."""
    state = hop["state"]
    if hop["replaced"]:
        state += ", replaced"
    elif state != "live":
        state = f"✗ {state} (break)"
    target = hop["target"]["label"] if hop["target"] else f"[{hop['expects']['label']}]"
    row = [hop["source"]["label"], hop["over"], target, state, hop["reason"]]
    return [" ".join(cell.split()) for cell in row]


@pytest.mark.parametrize("item", ITEMS)
def test_the_table_of_a_page_says_what_the_engine_says(
    doubted: Workspace, client: TestClient, item: str
) -> None:
    hops: Any = trace_json(*doubted.trace(VIEW, item, to=EVIDENCE))["hops"]
    page = client.get(f"/items/{item}", params=JUDGED)
    assert page.status_code == 200
    assert table_of(page.text) == [row_of(hop) for hop in hops]


def test_the_chains_compared_hold_and_break_in_several_ways(doubted: Workspace) -> None:
    states = {
        (hop.state.value, hop.inherited_from is not None)
        for item in ITEMS
        for hop in doubted.trace(VIEW, item)[1].hops
    }
    assert states >= {("live", False), ("stale", False), ("missing", False)}
    assert states >= {("suspect", False), ("suspect", True)}


def test_the_query_of_the_decision_gives_what_a_trace_reaches(
    example: Workspace, faulty_root: Path
) -> None:
    text = (DECISIONS / "0007-traces-in-sparql.md").read_text("utf-8")
    query = text.split("```sparql\n")[1].split("```")[0]

    def evidence(workspace: Workspace, item: str) -> set[str]:
        result = workspace.sparql(VIEW, query.replace("A.7.3", item))
        assert isinstance(result, Solutions)
        return {str(row[0]) for row in result.rows}

    with Workspace.open(faulty_root) as faulty:
        for workspace, item in ((example, "A.7.3"), (faulty, "A.7.3"), (faulty, "A.8.2")):
            _, answer = workspace.trace(VIEW, item, to=EVIDENCE)
            assert evidence(workspace, item) == set(map(str, answer.reached))


def test_a_review_that_makes_links_suspect_changes_no_status(
    doubted: Workspace, faulty_root: Path
) -> None:
    """What counts as proof is decided by rules; a trace says only where to look again."""
    with Workspace.open(faulty_root) as before:
        expected = {i.item.ref: i.status for i in before.assess(VIEW).items}
    assert {i.item.ref: i.status for i in doubted.assess(VIEW).items} == expected
