"""The SPARQL 1.1 Graph Store HTTP Protocol, one row a requirement.

https://www.w3.org/TR/sparql11-http-rdf-update/
"""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from engine.rdf import RdfFormat, parse
from engine.settings import Settings
from engine.sparql.results import GRAPH_TYPES
from engine.workspace import Workspace
from tests.api.requests import Row, Sent, graph

NT = {"accept": "application/n-triples"}
ONTOLOGY = "https://w3id.org/aimsgraph/graph/ontology"
BOMB = '<!DOCTYPE r [<!ENTITY a "x">]><r xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>'


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    folder = tmp_path_factory.mktemp("graphs")
    with Workspace.create(folder / "w", agent="urn:test:agent", face="server") as workspace:
        yield workspace


@pytest.fixture(scope="module")
def service(opened: Workspace) -> Iterator[TestClient]:
    with TestClient(create_app(opened), raise_server_exceptions=False) as client:
        yield client


def triple(value: str) -> str:
    return f'<urn:x:s> <urn:x:p> "{value}" .'


def put(name: str, value: str, **headers: str) -> Sent:
    told = {key.replace("_", "-"): text for key, text in headers.items()}
    return Sent(
        "PUT", f"/graphs/general/{name}", body=triple(value), kind="text/turtle", headers=told
    )


def post(name: str, value: str, **headers: str) -> Sent:
    told = {key.replace("_", "-"): text for key, text in headers.items()}
    params = {"graph": graph(name)}
    return Sent("POST", "/graphs", params, body=triple(value), kind="text/turtle", headers=told)


def get(name: str) -> Sent:
    return Sent("GET", f"/graphs/general/{name}", headers=NT)


def delete(name: str) -> Sent:
    return Sent("DELETE", f"/graphs/general/{name}")


def patch(name: str, text: str, kind: str = "application/sparql-update") -> Sent:
    return Sent("PATCH", f"/graphs/general/{name}", body=text, kind=kind)


def sent(method: str, params: dict[str, object], body: str = triple("a")) -> Sent:
    return Sent(method, "/graphs", params, body=body, kind="text/turtle")


MOVE = "DELETE { ?s ?p 'old' } INSERT { ?s ?p 'new' } WHERE { ?s ?p 'old' }"
ELSEWHERE = f"INSERT {{ GRAPH <{graph('else')}> {{ ?s ?p ?o }} }} WHERE {{ ?s ?p ?o }}"
ROWS = [
    Row(
        "4.1",
        "direct: the address names the graph",
        get("d1"),
        200,
        ["one"],
        before=[put("d1", "one")],
    ),
    Row("4.1", "an address of no source", Sent("GET", "/graphs/general"), 404),
    Row("4.1", "a name that cannot be one", Sent("GET", "/graphs/general/a b"), 400),
    Row(
        "4.2",
        "indirect: the parameter names the graph",
        Sent("GET", "/graphs", {"graph": graph("i1")}, headers=NT),
        200,
        ["one"],
        before=[put("i1", "one")],
    ),
    Row(
        "4.2",
        "the default graph is the merge",
        Sent("GET", "/graphs", {"default": ""}, headers=NT),
        200,
        ["merged"],
        before=[put("i2", "merged")],
    ),
    Row("4.2", "neither is refused", Sent("GET", "/graphs"), 400, ["graph"]),
    Row(
        "4.2",
        "both are refused",
        Sent("GET", "/graphs", {"graph": graph("i1"), "default": ""}),
        400,
    ),
    Row(
        "4.2",
        "two graphs are refused",
        Sent("GET", "/graphs", {"graph": [graph("i1"), graph("i2")]}),
        400,
        ["2 times"],
    ),
    Row(
        "4.2",
        "a relative IRI is refused",
        Sent("GET", "/graphs", {"graph": "i1"}),
        400,
        ["absolute IRI"],
    ),
    Row("5.1", "a graph that is not there", get("none"), 404),
    Row(
        "5.1",
        "relative IRIs are resolved against the graph",
        Sent("PUT", "/graphs/general/b1", body="<#a> <urn:x:p> <b> .", kind="text/turtle"),
        201,
        after=get("b1"),
        then=[f"<{graph('b1')}#a>", f"<{graph('b')[:-1]}b>"],
    ),
    Row(
        "5.2",
        "GET in the format asked for",
        Sent("GET", "/graphs/general/f1", headers={"accept": "application/ld+json"}),
        200,
        ['"@id"'],
        headers={"content-type": "application/ld+json", "vary": "Accept"},
        before=[put("f1", "one")],
    ),
    Row(
        "5.2",
        "GET in a format that is not offered",
        Sent("GET", "/graphs/general/f1", headers={"accept": "text/html"}),
        406,
        before=[put("f1", "one")],
    ),
    Row(
        "5.3",
        "PUT of a new graph is 201",
        put("p1", "one"),
        201,
        ['"added":1'],
        headers={"location": "/graphs/general/p1"},
        after=get("p1"),
        then=["one"],
    ),
    Row(
        "5.3",
        "PUT of a graph that is there is 200",
        put("p2", "two"),
        200,
        ['"removed":1'],
        before=[put("p2", "one")],
        after=get("p2"),
        then=["two"],
        never=["one"],
    ),
    Row(
        "5.3",
        "PUT of the same writes nothing",
        put("p3", "one"),
        200,
        ['"sequence":null'],
        before=[put("p3", "one")],
    ),
    Row(
        "5.3",
        "PUT of nothing empties the graph",
        Sent("PUT", "/graphs/general/p4", body="", kind="text/turtle"),
        200,
        ['"removed":1'],
        before=[put("p4", "one")],
        after=get("p4"),
        never=["one"],
    ),
    Row(
        "5.3",
        "PUT of what does not parse",
        Sent("PUT", "/graphs/general/p5", body="<a", kind="text/turtle"),
        400,
        ["line 1"],
    ),
    Row(
        "5.3",
        "PUT of another type is 415",
        Sent("PUT", "/graphs/general/p5", body="x", kind="text/plain"),
        415,
        ["text/turtle"],
    ),
    Row(
        "5.3", "PUT without a type is 415", Sent("PUT", "/graphs/general/p5", body=triple("x")), 415
    ),
    Row(
        "5.3",
        "PUT of graphs that have names",
        Sent(
            "PUT",
            "/graphs/general/p5",
            body="<urn:x:g> { <urn:x:a> <urn:x:b> 1 }",
            kind="application/trig",
        ),
        400,
        ["graph of its own"],
    ),
    Row(
        "5.3",
        "PUT of a document type",
        Sent("PUT", "/graphs/general/p5", body=BOMB, kind="application/rdf+xml"),
        400,
        ["document type"],
    ),
    Row(
        "5.3",
        "PUT of the default graph is refused",
        sent("PUT", {"default": ""}),
        405,
        ["merge"],
        headers={"allow": "GET, HEAD"},
    ),
    Row(
        "5.3",
        "PUT of a reserved graph is refused",
        sent("PUT", {"graph": ONTOLOGY}),
        405,
        ["reading only"],
        headers={"allow": "GET, HEAD"},
    ),
    Row(
        "5.3",
        "PUT of a graph of nobody is refused",
        sent("PUT", {"graph": "urn:x:g"}),
        400,
        ["not a graph of this workspace"],
    ),
    Row(
        "5.3",
        "PUT of a reserved word is refused",
        Sent(
            "PUT",
            "/graphs/general/p6",
            body="<urn:x:a> a <https://w3id.org/aimsgraph/ns#Parameter> .",
            kind="text/turtle",
        ),
        400,
        ["reserved"],
    ),
    Row(
        "5.3",
        "PUT into a reserved compartment is refused",
        Sent("PUT", "/graphs/derived/p6", body=triple("x"), kind="text/turtle"),
        400,
        ["never recorded"],
    ),
    Row(
        "5.4",
        "DELETE of a graph",
        delete("x1"),
        200,
        ['"removed":1'],
        before=[put("x1", "one")],
        after=get("x1"),
        never=["one"],
    ),
    Row("5.4", "DELETE of a graph that is not there", delete("x2"), 404),
    Row(
        "5.4",
        "DELETE of the default graph is refused",
        Sent("DELETE", "/graphs", {"default": ""}),
        405,
    ),
    Row(
        "5.4",
        "DELETE of a reserved graph is refused",
        Sent("DELETE", "/graphs", {"graph": ONTOLOGY}),
        405,
    ),
    Row(
        "5.5",
        "POST adds",
        post("a1", "two"),
        200,
        ['"added":1'],
        before=[put("a1", "one")],
        after=get("a1"),
        then=["one", "two"],
    ),
    Row(
        "5.5",
        "POST to a graph that is new is 201",
        post("a2", "one"),
        201,
        headers={"location": "/graphs/general/a2"},
    ),
    Row(
        "5.5",
        "POST to the store makes a graph",
        sent("POST", {}),
        201,
        headers={"location": "/graphs/general/posted-"},
    ),
    Row(
        "5.5",
        "POST to the store, into a compartment",
        sent("POST", {"into": "legal"}),
        201,
        headers={"location": "/graphs/legal/posted-"},
    ),
    Row("5.5", "POST to the default graph is refused", sent("POST", {"default": ""}), 405),
    Row(
        "5.6",
        "HEAD has the headers of GET and no body",
        Sent("HEAD", "/graphs/general/h1", headers=NT),
        200,
        headers={"content-length": "28", "etag": '"'},
        before=[put("h1", "one")],
    ),
    Row("5.6", "HEAD of a graph that is not there", Sent("HEAD", "/graphs/general/none"), 404),
    Row(
        "5.7",
        "PATCH by an update of the graph",
        patch("m1", MOVE),
        200,
        ['"added":1,"removed":1'],
        before=[put("m1", "old")],
        after=get("m1"),
        then=["new"],
        never=["old"],
    ),
    Row(
        "5.7",
        "PATCH changes no other graph",
        patch("m2", ELSEWHERE),
        400,
        ["only one graph"],
        before=[put("m2", "old")],
        after=get("else"),
        never=["old"],
    ),
    Row(
        "5.7",
        "PATCH of another type is 415",
        patch("m3", MOVE, "application/json"),
        415,
        headers={"accept-patch": "application/sparql-update"},
    ),
    Row(
        "5.7",
        "PATCH of the default graph is refused",
        Sent("PATCH", "/graphs", {"default": ""}, body=MOVE, kind="application/sparql-update"),
        405,
    ),
    Row(
        "HTTP",
        "If-Match of another state",
        put("c1", "two", if_match='"other"'),
        412,
        before=[put("c1", "one")],
        after=get("c1"),
        then=["one"],
    ),
    Row(
        "HTTP",
        "If-Match: * of a graph that is not there",
        put("c2", "one", if_match="*"),
        412,
        after=get("c2"),
        never=["one"],
    ),
    Row(
        "HTTP",
        "If-Match: * of a graph that is there",
        put("c3", "two", if_match="*"),
        200,
        before=[put("c3", "one")],
    ),
    Row(
        "HTTP",
        "If-None-Match: * makes only new graphs",
        put("c4", "two", if_none_match="*"),
        412,
        before=[put("c4", "one")],
        after=get("c4"),
        then=["one"],
    ),
    Row("HTTP", "If-None-Match: * of a new graph", post("c5", "one", if_none_match="*"), 201),
    Row("HTTP", "a compressed body is not read", put("c6", "one", content_encoding="gzip"), 415),
]


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_requirements(service: TestClient, row: Row) -> None:
    row.check(service)


@pytest.mark.parametrize("media_type", GRAPH_TYPES)
def test_what_is_put_comes_back_in_every_format(service: TestClient, media_type: str) -> None:
    form = RdfFormat.from_media_type(media_type)
    assert form is not None
    nested = '<urn:x:s> <urn:x:p> "é\\n\\"x\\"", 01, "a"@en ; <urn:x:q> [ <urn:x:r> "b" ] .'
    address = "/graphs/general/round"
    kind = {"content-type": "text/turtle"}
    assert service.put(address, content=nested.encode(), headers=kind).status_code < 300
    answer = service.get(address, headers={"accept": media_type})
    assert answer.headers["content-type"].split(";")[0] == media_type
    found = {quad.triple for quad in parse(answer.content, format=form)}
    assert len(found) == 5
    again = service.put(address, content=answer.content, headers={"content-type": media_type})
    assert again.json()["sequence"] is None, "it is the same graph"


def test_each_write_is_an_entry_with_agent_and_reason(
    service: TestClient, opened: Workspace
) -> None:
    answer = service.put(
        "/graphs/general/told",
        params={"reason": "the register was reviewed"},
        content=triple("a"),
        headers={"content-type": "text/turtle"},
    )
    entry = opened.ledger.entry(answer.json()["sequence"])
    assert entry.reason == "the register was reviewed"
    assert entry.header.agent == "urn:aimsgraph:agent:http"
    assert entry.header.face == "server"
    without = service.delete("/graphs/general/told").json()
    assert opened.ledger.entry(without["sequence"]).reason == f"DELETE <{graph('told')}>"


def test_the_tag_of_a_graph_is_good_for_the_next_write_and_no_longer(service: TestClient) -> None:
    address = "/graphs/general/tagged"
    assert put("tagged", "0").to(service).status_code == 201
    tag = service.get(address).headers["etag"]
    assert service.get(address, headers={"if-none-match": tag}).status_code == 304
    assert service.get(address, headers=NT | {"if-none-match": tag}).status_code == 200
    kind = {"content-type": "text/turtle", "if-match": tag}
    assert service.put(address, content=triple("1"), headers=kind).status_code == 200
    assert service.put(address, content=triple("2"), headers=kind).status_code == 412
    assert service.get(address, headers={"if-none-match": tag}).status_code == 200


def test_the_tag_tells_nothing_of_other_compartments(service: TestClient) -> None:
    address = "/graphs/quiet/source"
    kind = {"content-type": "text/turtle"}
    assert service.put(address, content=triple("0"), headers=kind).status_code == 201
    tag = service.get(address).headers["etag"]
    assert put("loud", "0").to(service).status_code == 201
    assert service.get(address).headers["etag"] == tag
    kind["if-match"] = tag
    assert service.put(address, content=triple("1"), headers=kind).status_code == 200


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE"])
def test_a_key_that_was_used_gives_the_first_answer(service: TestClient, method: str) -> None:
    address = f"/graphs/general/key-{method.lower()}"
    assert service.put(address, content=triple("0"), headers={"content-type": "text/turtle"})
    headers = {"content-type": "text/turtle", "idempotency-key": f"key of {method}"}
    content = None if method == "DELETE" else triple("1")
    first = service.request(method, address, content=content, headers=headers).json()
    assert first["sequence"] is not None
    again = service.request(method, address, content=content, headers=headers)
    assert again.json()["sequence"] == first["sequence"]
    other = service.request("POST", "/graphs/general/other", content=triple("9"), headers=headers)
    assert other.status_code == 412


def test_the_past_of_a_graph_can_be_read(service: TestClient) -> None:
    first = put("past", "before").to(service).json()["sequence"]
    assert put("past", "after").to(service).status_code == 200
    now = get("past").to(service).text
    then = service.get("/graphs/general/past", params={"as_of": first}, headers=NT)
    assert ("after" in now, "before" in now) == (True, False)
    assert "before" in then.text
    assert then.headers["aims-sequence"] == str(first)
    assert service.get("/graphs/general/past", params={"as_of": 1}).status_code == 404


def test_a_document_over_the_limit_is_refused(opened: Workspace) -> None:
    with TestClient(create_app(opened, Settings(upload_limit_bytes=100))) as client:
        answer = Sent(
            "PUT", "/graphs/general/large", body=triple("x" * 200), kind="text/turtle"
        ).to(client)
    assert answer.status_code == 413
