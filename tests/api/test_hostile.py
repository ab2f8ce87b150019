"""Strings that break software, as everything that a request can carry: answered or refused.

Never a server error, and on a page they are text and nothing else.
"""

import json
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from engine.rdf import Literal, NamedNode, RdfFormat, Triple, serialize
from engine.vocab import AIMS, RDF_TYPE
from engine.workspace import Workspace
from tests.example import AT, PERIOD

JUDGED = {"at": AT, "period": PERIOD}
LABEL = NamedNode("http://www.w3.org/2000/01/rdf-schema#label")
SCRIPTS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'-alert(1)-'",
    "</title><script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "javascript:alert(1)",
    "{{ 7 * 7 }}{% for x in y %}",
    "<!-- --><svg/onload=alert(1)>",
    "&lt;script&gt;",
    "\u2028\u2029\u202e\ufeff",
    "\x00\x01\x7f",
]
ODD = [
    "../../../etc/passwd",
    "..%2f..%2fetc%2fpasswd",
    "....//etc/passwd",
    "/etc/passwd",
    "//etc/passwd",
    "..\\..\\windows\\win.ini",
    "workbench.css/..",
    "vendor",
    "vendor/",
    ".",
    "..",
    "",
    "a\0b",
    "a\nb",
    "a\r\nSet-Cookie: x=1",
    "x" * 300,
    "x/" * 3000,
    "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"),
    "%00",
    "%ff",
    "con",
    "~root",
    "$HOME",
    "é漢字",
]


@pytest.fixture(scope="module")
def strings(material: Path) -> list[str]:
    found = json.loads((material / "hostile" / "naughty-strings.json").read_text("utf-8"))
    assert len(found) == 515
    return [*(text for text in found if isinstance(text, str)), *SCRIPTS]


@pytest.fixture(scope="module")
def some(strings: list[str]) -> list[str]:
    """Every fifth, all short ones, and the scripts."""
    return [t for n, t in enumerate(strings) if n % 5 == 0 or len(t) < 4] + SCRIPTS


# SPARQL


def test_a_literal_comes_back_as_it_was_sent(client: TestClient, strings: list[str]) -> None:
    kind = {"content-type": "application/sparql-query"}
    for start in range(0, len(strings), 50):
        part = strings[start : start + 50]
        rows = " ".join(f"({n} {Literal(text)})" for n, text in enumerate(part))
        query = f"SELECT ?n ?text WHERE {{ VALUES (?n ?text) {{ {rows} }} }} ORDER BY ?n"
        answer = client.post("/sparql", content=query.encode(), headers=kind, params=JUDGED)
        assert answer.status_code == 200, answer.text
        told = [row["text"]["value"] for row in answer.json()["results"]["bindings"]]
        assert told == part
        answer = client.get("/sparql", params=JUDGED | {"query": query})
        assert [row["text"]["value"] for row in answer.json()["results"]["bindings"]] == part


def test_tables_in_every_format_carry_every_literal(client: TestClient, strings: list[str]) -> None:
    rows = " ".join(str(Literal(text)) for text in strings)
    query = f"SELECT ?text WHERE {{ VALUES ?text {{ {rows} }} }}"
    for accept in ("application/sparql-results+xml", "text/csv", "text/tab-separated-values"):
        form = {"query": query}
        answer = client.post("/sparql", data=form, headers={"accept": accept}, params=JUDGED)
        assert answer.status_code == 200, accept
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_text_that_is_no_query_is_refused_as_a_problem(
    client: TestClient, strings: list[str]
) -> None:
    for text in strings:
        for answer in (
            client.get("/sparql", params=JUDGED | {"query": text}),
            client.post("/sparql", data={"query": text}, params=JUDGED),
            client.post(
                "/sparql",
                content=text.encode(),
                headers={"content-type": "application/sparql-query"},
                params=JUDGED,
            ),
        ):
            assert answer.status_code in (400, 413), text
            assert answer.headers["content-type"] == "application/problem+json"


# Parameters

PARAMETERS = [
    ("/v1/traces", "node", {}),
    ("/v1/traces", "to", {"node": "A.7.5"}),
    ("/v1/traces", "direction", {"node": "A.7.5"}),
    ("/v1/cascades", "node", {}),
    ("/v1/cascades", "effect", {"node": "A.7.5"}),
    ("/v1/nodes", "class", {}),
    ("/v1/nodes", "cursor", {"class": "aims:AISystem"}),
    ("/v1/nodes", "limit", {"class": "aims:AISystem"}),
    ("/v1/findings", "rule", {}),
    ("/v1/findings", "severity", {}),
    ("/v1/assessments", "system", {}),
    ("/v1/requirements", "as_of", {}),
    ("/v1/requirements", "at", {}),
    ("/v1/requirements", "period", {}),
    ("/v1/queries/audit/lineage", "version", {}),
    ("/node", "iri", {}),
]


@pytest.mark.parametrize(("path", "name", "more"), PARAMETERS)
def test_a_parameter_is_taken_or_refused(
    client: TestClient, some: list[str], path: str, name: str, more: dict[str, str]
) -> None:
    taken = 0
    for text in some:
        answer = client.get(path, params=JUDGED | more | {name: text})
        assert answer.status_code < 500, f"{name}={text!r}: {answer.text}"
        taken += answer.status_code == 200
        if answer.status_code != 200:
            assert answer.headers["content-type"] == "application/problem+json"
    assert taken < len(some) / 2


def test_a_parameter_of_any_name_is_refused(client: TestClient, strings: list[str]) -> None:
    for text in strings:
        answer = client.get("/v1/health/live", params={text: "1"})
        assert answer.status_code == 400, text
        # A name that is empty or blank cannot be told from none.
        assert answer.json()["detail"].startswith("there is no query parameter")


# Paths


@pytest.mark.parametrize("before", ["/static/", "/v1/nodes/", "/v1/assessments/", "/items/"])
def test_no_name_in_a_path_is_a_server_error_or_leaves_the_folder(
    client: TestClient, some: list[str], before: str
) -> None:
    for text in [*some, *ODD]:
        for name in (quote(text, safe=""), quote(text, safe="/%")):
            answer = client.get(f"{before}{name}", params=JUDGED, follow_redirects=False)
            assert answer.status_code < 500, f"{before}{name}: {answer.text}"
            assert "root:" not in answer.text
            assert "set-cookie" not in answer.headers


# Pages


class _Page(HTMLParser):
    """Tags with their attributes, and the text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


@pytest.fixture(scope="module")
def labelled(tmp_path_factory: pytest.TempPathFactory, strings: list[str]) -> Iterator[TestClient]:
    """A node tied to one node for each string, which is its label."""
    folder = tmp_path_factory.mktemp("labelled")
    with (
        Workspace.create(folder / "workspace", agent="urn:test:agent") as workspace,
        TestClient(create_app(workspace), raise_server_exceptions=False) as client,
    ):
        nodes = [NamedNode(f"urn:x:n{number}") for number in range(len(strings))]
        hub = NamedNode("urn:x:hub")
        triples = [Triple(hub, AIMS.dependsOn, node) for node in nodes]
        triples += [Triple(node, RDF_TYPE, AIMS.AISystem) for node in [hub, *nodes]]
        triples += [Triple(n, LABEL, Literal(t)) for n, t in zip(nodes, strings, strict=True)]
        content = serialize(triples, format=RdfFormat.N_TRIPLES) or b""
        answer = client.post("/v1/imports", files={"file": ("labels.nt", content)})
        assert answer.status_code == 200, answer.text
        yield client


def plain(text: str) -> str:
    """``text`` as HTML shows it: NUL is not there, line ends are one."""
    return text.replace("\x00", "\ufffd").replace("\r\n", "\n").replace("\r", "\n")


def assert_only_ours(page: _Page) -> None:
    """Nothing of a label became a tag, an attribute or an address that does something."""
    sources = [attributes.get("src") or "" for tag, attributes in page.tags if tag == "script"]
    assert all(source.startswith("/static/") for source in sources)
    for tag, attributes in page.tags:
        assert tag not in ("img", "iframe", "object", "embed", "base"), attributes
        assert [name for name in attributes if name.startswith("on")] == []
        for name in ("href", "src", "action"):
            assert not (attributes.get(name) or "").strip().lower().startswith("javascript:")


def test_every_label_is_shown_as_text_on_the_page_of_a_neighbour(
    labelled: TestClient, strings: list[str]
) -> None:
    answer = labelled.get("/node", params=JUDGED | {"iri": "urn:x:hub"})
    assert answer.status_code == 200
    page = _Page(answer.text)
    assert_only_ours(page)
    shown = {plain(text) for text in page.texts}
    missing = [text for text in strings if text.strip() and plain(text) not in shown]
    assert missing == []


def test_a_label_is_shown_as_text_on_its_own_page(labelled: TestClient, strings: list[str]) -> None:
    chosen = [*range(0, 515, 40), *range(len(strings) - len(SCRIPTS), len(strings))]
    for number in chosen:
        answer = labelled.get("/node", params=JUDGED | {"iri": f"urn:x:n{number}"})
        assert answer.status_code == 200, strings[number]
        page = _Page(answer.text)
        assert_only_ours(page)
        text = plain(strings[number])
        assert not text.strip() or text in {plain(one) for one in page.texts}
        told = labelled.get(f"/v1/nodes/urn:x:n{number}", params=JUDGED).json()
        assert told["node"]["label"] == strings[number]


def test_a_list_of_all_labels_is_text(labelled: TestClient) -> None:
    answer = labelled.get("/systems", params=JUDGED | {"limit": "1000"})
    assert answer.status_code == 200
    assert_only_ours(_Page(answer.text))
