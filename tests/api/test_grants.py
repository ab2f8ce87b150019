"""What a server with grants on some compartments tells, and what it never does."""

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import APIRoute
from httpx2 import Response
from starlette.testclient import TestClient

from api.app import create_app
from engine.intake import Intake
from engine.settings import Settings
from engine.vocab import ASSESSMENT_GRAPH
from engine.workspace import Workspace
from tests.api.requests import graph

AGENT = "urn:example:agent"
AT = "2026-07-01T00:00:00Z"
# Whatever is hidden has this in its name, and so has each of its texts.
CANARY = "xanthous"
SYSTEM = "https://meridian.example/id/system-claims-triage"
HIDDEN = f"""@prefix aims: <https://w3id.org/aimsgraph/ns#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> . @prefix h: <https://{CANARY}.example/> .
h:risk a aims:AIRisk ; skos:prefLabel "{CANARY} risk" ; aims:identifier "{CANARY.upper()}-1" .
h:model a aims:Model ; skos:prefLabel "{CANARY} model" ; aims:version "{CANARY}-7" ;
    aims:suppliedBy h:supplier .
h:supplier a aims:Supplier ; skos:prefLabel "{CANARY} supplier" .
h:incident a aims:Incident ; skos:prefLabel "{CANARY} incident" ;
    aims:detectedAt "2026-05-04T03:02:01Z"^^xsd:dateTime .
h:evidence a aims:Evidence ; skos:prefLabel "{CANARY} evidence" .
<%s> aims:hasRisk h:risk ; aims:usesModel h:model ; skos:altLabel "{CANARY} nickname" .
"""


@pytest.fixture(scope="module")
def roots(example_root: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A workspace without the hidden compartment, and one with it."""
    folder = tmp_path_factory.mktemp("grants")
    for name in ("open", "both"):
        shutil.copytree(example_root, folder / name)
    (folder / "hidden.ttl").write_text(HIDDEN % system_of(folder / "open"))
    with Workspace.open(folder / "both") as workspace:
        workspace.import_file(
            Intake(
                folder / "hidden.ttl",
                agent=AGENT,
                source=f"{CANARY}-source",
                into=f"{CANARY}-board",
                reason=f"{CANARY} reason",
            )
        )
    return folder / "open", folder / "both"


def system_of(root: Path) -> str:
    from engine.view import View
    from engine.vocab import AIMS

    with Workspace.open(root) as workspace:
        return str(workspace.reader(View()).instances(AIMS.AISystem)[0].value)


@contextmanager
def talking(root: Path, compartments: str) -> Iterator[TestClient]:
    with Workspace.open(root, face="server") as workspace:
        app = create_app(workspace, Settings(compartments=compartments))
        with TestClient(app, raise_server_exceptions=False) as client:
            yield client


def asked(system: str) -> list[tuple[str, dict[str, str]]]:
    """Each operation that reads, and each page."""
    queries = (
        "SELECT * { ?s ?p ?o } ORDER BY ?s ?p ?o LIMIT 5000",
        "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g ORDER BY ?g",
        f"SELECT * FROM <{graph(CANARY + '-source', CANARY + '-board')}> {{ ?s ?p ?o }}",
        f"SELECT * FROM NAMED <{graph(CANARY + '-source', CANARY + '-board')}> "
        "{ GRAPH ?g { ?s ?p ?o } }",
        f"DESCRIBE <{system}>",
        f"SELECT ?x {{ <{system}> (!<urn:none>)+ ?x }} ORDER BY ?x",
        f"ASK {{ <{system}> ?p ?o FILTER (CONTAINS(STR(?o), SUBSTR('{CANARY[1:]}', 1))) }}",
    )
    return [
        *(("/sparql", {"query": text}) for text in queries),
        ("/sparql", {"query": "SELECT * { ?s ?p ?o } LIMIT 1", "explain": "true"}),
        ("/sparql", {}),
        ("/graphs", {"default": ""}),
        (f"/graphs/{CANARY}-board/{CANARY}-source", {}),
        ("/graphs", {"graph": ASSESSMENT_GRAPH.value}),
        ("/v1/nodes", {"class": "aims:AISystem"}),
        ("/v1/nodes", {"class": "aims:AIRisk"}),
        ("/v1/nodes", {"class": "aims:Incident"}),
        (f"/v1/nodes/{system}", {}),
        (f"/v1/nodes/{CANARY.upper()}-1", {}),
        (f"/v1/nodes/https://{CANARY}.example/risk", {}),
        ("/v1/requirements", {}),
        ("/v1/queries", {}),
        ("/systems", {}),
    ]


CHAINS = [
    ("/v1/traces", {"node": "A.7.5"}),
    ("/v1/traces", {"node": f"https://{CANARY}.example/risk"}),
    ("/v1/traces", {"node": "6.1.2", "direction": "down"}),
]
PAGES: list[tuple[str, dict[str, str]]] = [
    ("/ledger", {}),
    ("/editor", {}),
    ("/editor/text", {"name": "audit/lineage"}),
    ("/interface", {}),
    ("/openapi.json", {}),
    ("/v1/cascades", {"node": "%s"}),
]
RECORDS: list[tuple[str, dict[str, str]]] = [
    ("/v1/entries", {}),
    ("/v1/health", {}),
    ("/v1/health/live", {}),
]
JUDGED = [
    ("/v1/assessments", {}),
    ("/v1/assessments/6.1.2", {}),
    ("/v1/assessments/A.10.3", {}),
    ("/v1/gaps", {"limit": "500"}),
    ("/v1/soa", {}),
    ("/v1/validations", {}),
    ("/v1/findings", {"limit": "500"}),
    ("/v1/findings/changes", {"from": "1", "limit": "500"}),
    ("/", {}),
    ("/results", {}),
    ("/soa", {}),
    ("/items/6.1.2", {}),
]


def test_every_operation_that_reads_is_tried(roots: tuple[Path, Path]) -> None:
    with Workspace.open(roots[0], face="server") as workspace:
        routes = [r for r in create_app(workspace).routes if isinstance(r, APIRoute)]
        paths = [p for p, _ in (*asked("urn:x"), *CHAINS, *PAGES, *RECORDS, *JUDGED)]
        paths += ["/v1/entries/1", "/node", "/v1/queries/audit/lineage"]
        for route in routes:
            if "GET" in (route.methods or ()):
                assert any(route.path_regex.match(path) for path in paths), route.path


def timed(path: str, params: dict[str, str]) -> dict[str, str]:
    dated = not path.startswith(("/v1/entries", "/v1/health", "/openapi"))
    return params | ({"at": AT} if dated else {})


def get(client: TestClient, path: str, params: dict[str, str]) -> Response:
    answer: Response = client.get(path, params=timed(path, params))
    assert answer.status_code < 500, (path, params, answer.text[:500])
    return answer


def everything(answer: Response) -> str:
    return answer.text + str(answer.headers)


def known_words(path: str, params: dict[str, str]) -> str:
    return path + json.dumps(params)


def leaks(answer: Response, path: str, params: dict[str, str]) -> bool:
    """Whether a hidden name is told that the request itself did not say."""
    text = everything(answer)
    if CANARY in known_words(path, params).lower():
        text = re.sub(r"https?://testserver\S*", "", text)
        named = f"https://{CANARY}.example/risk", f"{CANARY.upper()}-1", CANARY[1:]
        for word in (graph(f"{CANARY}-source", f"{CANARY}-board"), *named):
            text = text.replace(word, "")
    return CANARY in text.lower()


def standing(answer: Response) -> Any:
    """An answer without where the ledger stands, which everybody may know."""
    text = re.sub(r'"(sequence|head)": ?("[0-9a-f]+"|\d+)', "", answer.text)
    text = re.sub(r"sequence \d+", "", text)
    # Blank nodes of the knowledge have other labels each time it is read.
    text = re.sub(r"_:[0-9a-f]+|\b[0-9a-f]{24,32}\b", "", text)
    return answer.status_code, sorted(re.sub(r'"next": ?"[^"]*"', "", text).splitlines())


def test_without_the_grant_all_is_as_if_the_rest_were_not_there(roots: tuple[Path, Path]) -> None:
    alone, both = roots
    system = system_of(alone)
    with talking(alone, "general") as expected, talking(both, "general") as client:
        for path, params in asked(system):
            told = get(client, path, params)
            assert standing(told) == standing(get(expected, path, params)), (path, params)
            assert not leaks(told, path, params), (path, params)
        for path, params in (*CHAINS, *RECORDS, (f"/v1/entries/{last(client)}", {})):
            assert not leaks(get(client, path, params), path, params), path
        for path, params in PAGES:
            given = {key: value.replace("%s", system) for key, value in params.items()}
            told = get(client, path, given)
            assert told.status_code == 200, (path, told.text[:300])
            assert not leaks(told, path, given), path
        page = client.get("/", headers={"accept": "text/html"})
        assert page.status_code == 403
        assert "not disclosed to this view" in page.text
        page = get(client, "/node", {"iri": system})
        assert "Not disclosed to this view" in page.text
        assert not leaks(page, "/node", {"iri": system})
        for path, params in JUDGED:
            told = get(client, path, params)
            assert told.status_code == 403, path
            assert not leaks(told, path, params), path


def last(client: TestClient) -> int:
    return int(client.get("/v1/health").json()["sequence"])


def test_with_the_grant_statuses_are_those_of_everything(roots: tuple[Path, Path]) -> None:
    _, both = roots
    system = system_of(both)
    with talking(both, "") as whole, talking(both, "general assessment") as client:
        complete = get(whole, "/v1/assessments", {}).json()
        told = get(client, "/v1/assessments", {}).json()
        for ours, theirs in zip(told["requirements"], complete["requirements"], strict=True):
            for key in ("id", "status", "rung", "counts", "subjects"):
                assert ours[key] == theirs[key], ours["id"]
        assert CANARY in json.dumps(complete).lower(), "the hidden part has to matter"
        for path, params in (*asked(system), *CHAINS, *RECORDS, *JUDGED, ("/ledger", {})):
            answer = get(client, path, params)
            assert not leaks(answer, path, params), (path, params, answer.text[:300])
        counts = [get(c, "/v1/findings", {}).json()["total"] for c in (whole, client)]
        assert counts[0] == counts[1]
        page = get(client, "/node", {"iri": system})
        assert page.status_code == 200
        assert not leaks(page, "/node", {"iri": system})


def test_statuses_in_sparql_are_told_with_what_may_not_be_read_withheld(
    roots: tuple[Path, Path],
) -> None:
    _, both = roots
    text = f"SELECT * {{ GRAPH <{ASSESSMENT_GRAPH.value}> {{ ?s ?p ?o }} }}"
    with talking(both, "general assessment") as client:
        answer = get(client, "/sparql", {"query": text})
        assert "withheld" in answer.text
        assert not leaks(answer, "/sparql", {})
    with talking(both, "general") as client:
        assert get(client, "/sparql", {"query": text}).json()["results"]["bindings"] == []


def test_named_queries_tell_nothing_from_outside(roots: tuple[Path, Path]) -> None:
    alone, both = roots
    with talking(alone, "general") as expected, talking(both, "general") as client:
        listed = client.get("/v1/queries", params={"at": AT}).json()["queries"]
        for query in listed:
            params = {p["name"]: p["example"] for p in query["params"] if p["required"]}
            path = f"/v1/queries/{query['name']}"
            told = get(client, path, params)
            assert standing(told) == standing(get(expected, path, params)), path
            assert not leaks(told, path, params), path


@pytest.mark.parametrize("compartment", [f"{CANARY}-board", "not-there"])
def test_nothing_is_written_outside(roots: tuple[Path, Path], compartment: str) -> None:
    """What is there and what is not are refused alike."""
    _, both = roots
    target = graph(f"{CANARY}-source", compartment)
    turtle = {"content-type": "text/turtle"}
    with talking(both, "general assessment") as client:
        before = last(client)
        insert = f"INSERT DATA {{ GRAPH <{target}> {{ <urn:a> <urn:b> 1 }} }}"
        answers = [
            client.post("/update", data={"update": insert}),
            client.put("/graphs", params={"graph": target}, content="", headers=turtle),
            client.delete("/graphs", params={"graph": target}),
            client.post(
                "/v1/imports",
                files={"file": ("a.ttl", b"<urn:a> <urn:b> 1 .")},
                data={"into": compartment},
            ),
        ]
        assert [answer.status_code for answer in answers] == [403] * 4
        kept = client.post(
            "/update", data={"update": f"DELETE WHERE {{ GRAPH <{target}> {{ ?s ?p ?o }} }}"}
        )
        assert kept.status_code == 200
        assert kept.json()["removed"] == 0
        copied = client.post(
            "/update",
            data={"update": f"COPY <{target}> TO <{graph('mine')}>"},
        )
        assert copied.status_code in (200, 400)
        assert last(client) == before
