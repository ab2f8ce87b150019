"""The SPARQL 1.1 Protocol, one row a requirement: https://www.w3.org/TR/sparql11-protocol/."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from engine.workspace import Workspace
from tests.api.requests import Row, Sent, graph

ONE, TWO = graph("one"), graph("two")
QUERY, UPDATE = "application/sparql-query", "application/sparql-update"
CSV = {"accept": "text/csv"}
NAMES = "SELECT ?o WHERE { <urn:x:s> <urn:x:name> ?o } ORDER BY ?o"
COUNT = "SELECT (COUNT(*) AS ?n) WHERE { <urn:x:s> <urn:x:shared> ?o }"
BOTH = "SELECT ?a ?b WHERE { <urn:x:s> <urn:x:name> ?a GRAPH ?g { ?s <urn:x:name> ?b } }"
IN_GRAPHS = "SELECT ?g ?o WHERE { GRAPH ?g { <urn:x:s> <urn:x:name> ?o } } ORDER BY ?o"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """Two graphs, each with a name and with a triple that both hold."""
    folder = tmp_path_factory.mktemp("protocol")
    with (
        Workspace.create(folder / "w", agent="urn:test:agent", face="server") as workspace,
        TestClient(create_app(workspace), raise_server_exceptions=False) as client,
    ):
        for source in ("one", "two"):
            turtle = f'<urn:x:s> <urn:x:name> "{source}" ; <urn:x:shared> true .'
            sent = Sent("PUT", f"/graphs/general/{source}", body=turtle, kind="text/turtle")
            assert sent.to(client).status_code == 201
        yield client


def _named(given: dict[str, object]) -> dict[str, object]:
    return {
        name if name == "as_of" else name.replace("_", "-"): value for name, value in given.items()
    }


def get(query: str, /, accept: str = "text/csv", **params: object) -> Sent:
    names = _named(params)
    return Sent("GET", "/sparql", {"query": query} | names, headers={"accept": accept})


def form(query: str, **fields: object) -> Sent:
    names = _named(fields)
    return Sent("POST", "/sparql", form={"query": query} | names, headers=CSV)


def direct(query: str, kind: str = QUERY, **params: object) -> Sent:
    names = _named(params)
    return Sent("POST", "/sparql", names, body=query, kind=kind, headers=CSV)


def update(text: str, **fields: object) -> Sent:
    names = _named(fields)
    return Sent("POST", "/update", form={"update": text} | names)


def updated(text: str, kind: str = UPDATE, **params: object) -> Sent:
    names = _named(params)
    return Sent("POST", "/update", names, body=text, kind=kind)


def in_graph(name: str) -> Sent:
    query = f"SELECT ?s ?p ?o WHERE {{ GRAPH <{graph(name)}> {{ ?s ?p ?o }} }}"
    return get(query)


QUERIES = [
    Row("2.1.1", "query by GET", get(NAMES), 200, ["o\r\none\r\ntwo\r\n"]),
    Row(
        "2.1.1",
        "GET without a query is no query",
        Sent("GET", "/sparql", {"format": "x", "default-graph-uri": ONE}),
        400,
        ["query"],
    ),
    Row("2.1.2", "query by POST of a form", form(NAMES), 200, ["one", "two"]),
    Row(
        "2.1.2",
        "a form of another type is refused",
        Sent("POST", "/sparql", body="query=ASK{}", kind="multipart/form-data; boundary=x"),
        415,
    ),
    Row(
        "2.1.2",
        "a form without a query",
        Sent("POST", "/sparql", form={"other": "x"}),
        400,
        ["query"],
    ),
    Row("2.1.3", "query by POST directly", direct(NAMES), 200, ["one", "two"]),
    Row("2.1.3", "with a charset", direct(NAMES, f"{QUERY}; charset=UTF-8"), 200, ["one"]),
    Row("2.1.3", "in UTF-8 and nothing else", direct(NAMES, f"{QUERY}; charset=utf-16"), 415),
    Row(
        "2.1.3",
        "bytes that are no UTF-8",
        Sent("POST", "/sparql", body=b"ASK { ?s ?p \xff }", kind=QUERY),
        400,
        ["UTF-8"],
    ),
    Row("2.1.3", "a body without a type", Sent("POST", "/sparql", body="ASK {}"), 415),
    Row(
        "2.1",
        "PUT is no way to ask",
        Sent("PUT", "/sparql", {"query": NAMES}),
        405,
        headers={"allow": "GET"},
    ),
    Row("2.1", "DELETE is no way to ask", Sent("DELETE", "/sparql", {"query": NAMES}), 405),
    Row(
        "2.1",
        "exactly one query, in the URL",
        Sent("GET", "/sparql", {"query": [NAMES, COUNT]}),
        400,
        ["2 times"],
    ),
    Row(
        "2.1",
        "exactly one query, in a form",
        Sent("POST", "/sparql", form={"query": [NAMES, COUNT]}),
        400,
        ["2 times"],
    ),
    Row(
        "2.1",
        "exactly one query, in URL and form",
        Sent("POST", "/sparql", {"query": NAMES}, form={"query": COUNT}),
        400,
        ["2 times"],
    ),
    Row("2.1", "other parameters do no harm", get(NAMES, format="json", timeout="1"), 200, ["one"]),
    Row(
        "2.1.4",
        "default-graph-uri by GET",
        get(NAMES, default_graph_uri=ONE),
        200,
        ["one"],
        ["two"],
    ),
    Row(
        "2.1.4",
        "default-graph-uri in a form",
        form(NAMES, default_graph_uri=ONE),
        200,
        ["one"],
        ["two"],
    ),
    Row(
        "2.1.4",
        "default-graph-uri beside a body",
        direct(NAMES, default_graph_uri=ONE),
        200,
        ["one"],
        ["two"],
    ),
    Row(
        "2.1.4", "several are merged", get(NAMES, default_graph_uri=[ONE, TWO]), 200, ["one", "two"]
    ),
    Row(
        "2.1.4",
        "a merge holds each triple once",
        get(COUNT, default_graph_uri=[ONE, TWO]),
        200,
        ["n\r\n1\r\n"],
    ),
    Row(
        "2.1.4",
        "named-graph-uri by GET",
        get(IN_GRAPHS, named_graph_uri=TWO),
        200,
        ["two"],
        ["one"],
    ),
    Row(
        "2.1.4", "several named graphs", get(IN_GRAPHS, named_graph_uri=[ONE, TWO]), 200, [ONE, TWO]
    ),
    Row(
        "2.1.4",
        "named graphs in a form",
        form(IN_GRAPHS, named_graph_uri=TWO),
        200,
        ["two"],
        ["one"],
    ),
    Row(
        "2.1.4",
        "named graphs alone: the default graph is empty",
        get(NAMES, named_graph_uri=ONE),
        200,
        ["o\r\n"],
        ["one"],
    ),
    Row(
        "2.1.4",
        "default graphs alone: nothing can be named",
        get(IN_GRAPHS, default_graph_uri=ONE),
        200,
        ["g,o\r\n"],
        ["one"],
    ),
    Row("2.1.4", "both", get(BOTH, default_graph_uri=ONE, named_graph_uri=TWO), 200, ["one,two"]),
    Row(
        "2.1.4",
        "they win over FROM",
        get(NAMES.replace("WHERE", f"FROM <{TWO}> WHERE"), default_graph_uri=ONE),
        200,
        ["one"],
        ["two"],
    ),
    Row(
        "2.1.4",
        "they win over FROM NAMED",
        get(IN_GRAPHS.replace("WHERE", f"FROM NAMED <{TWO}> WHERE"), named_graph_uri=ONE),
        200,
        ["one"],
        ["two"],
    ),
    Row(
        "2.1.4",
        "FROM counts without them",
        get(NAMES.replace("WHERE", f"FROM <{TWO}> WHERE")),
        200,
        ["two"],
        ["one"],
    ),
    Row(
        "2.1.4",
        "several FROM hold each triple once",
        get(COUNT.replace("WHERE", f"FROM <{ONE}> FROM <{TWO}> WHERE")),
        200,
        ["n\r\n1\r\n"],
    ),
    Row(
        "2.1.4",
        "FROM NAMED counts without them",
        get(IN_GRAPHS.replace("WHERE", f"FROM NAMED <{TWO}> WHERE")),
        200,
        ["two"],
        ["one"],
    ),
    Row("2.1.4", "the default dataset holds each triple once", get(COUNT), 200, ["n\r\n1\r\n"]),
    Row(
        "2.1.4",
        "a graph that is not there is empty",
        get(NAMES, default_graph_uri="urn:x:none"),
        200,
        ["o\r\n"],
        ["one"],
    ),
    Row(
        "2.1.4",
        "a named graph that is not there has no name",
        get("SELECT ?g WHERE { GRAPH ?g {} }", named_graph_uri=["urn:x:none", ONE]),
        200,
        [ONE],
        ["urn:x:none"],
    ),
    Row(
        "2.1.4",
        "what is no IRI is refused",
        get(NAMES, default_graph_uri="no iri"),
        400,
        ["default-graph-uri"],
    ),
    Row(
        "2.1.5",
        "SELECT gives a table",
        get(NAMES, "application/sparql-results+json"),
        200,
        ["bindings"],
        headers={"content-type": "application/sparql-results+json"},
    ),
    Row(
        "2.1.5",
        "ASK gives a truth value",
        get("ASK { <urn:x:s> ?p ?o }", "application/sparql-results+xml"),
        200,
        ["<boolean>true"],
    ),
    Row(
        "2.1.5",
        "CONSTRUCT gives a graph",
        get("CONSTRUCT WHERE { <urn:x:s> <urn:x:name> ?o }", "text/turtle"),
        200,
        ['"one"'],
        headers={"content-type": "text/turtle; charset=utf-8"},
    ),
    Row(
        "2.1.5",
        "DESCRIBE gives a graph",
        get("DESCRIBE <urn:x:s>", "application/n-triples"),
        200,
        ["<urn:x:s> <urn:x:name>"],
    ),
    Row(
        "2.1.5",
        "CSV says its charset",
        get(NAMES),
        200,
        headers={"content-type": "text/csv; charset=utf-8"},
    ),
    Row("2.1.6", "a query that does not parse", get("SELECT * WHERE { ?s ?p }"), 400, ["line 1"]),
    Row(
        "2.1.6",
        "a query that is refused",
        get("SELECT * WHERE { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }"),
        400,
        ["SERVICE"],
    ),
    Row("2.1.6", "an update sent as a query", form("DELETE WHERE { ?s ?p ?o }"), 400, ["update"]),
    Row(
        "2.1.6",
        "the form of an update sent to the queries",
        Sent("POST", "/sparql", form={"update": "CLEAR ALL"}),
        400,
        ["/update"],
    ),
    Row("2.1.6", "an update sent directly to the queries", direct("CLEAR ALL", UPDATE), 415),
    Row("2.1.6", "a type that is not offered", get(NAMES, "image/png"), 406, ["sparql-results"]),
    Row(
        "2.1.6",
        "a graph asked for as a table",
        get("CONSTRUCT WHERE { ?s ?p ?o }", "text/csv"),
        406,
        ["text/turtle"],
    ),
    Row(
        "4 / HTTP",
        "HEAD has the headers of GET and no body",
        Sent("HEAD", "/sparql", {"query": NAMES}, headers=CSV),
        200,
        headers={"content-type": "text/csv", "etag": '"', "content-length": "13"},
    ),
    Row(
        "HTTP",
        "what an answer depends on is told",
        get(NAMES),
        200,
        headers={"vary": "Accept", "etag": '"'},
    ),
    Row(
        "HTTP",
        "a compressed body is not read",
        Sent("POST", "/sparql", body=NAMES, kind=QUERY, headers={"content-encoding": "gzip"}),
        415,
    ),
]

DATA = "INSERT DATA { GRAPH <%s> { <urn:x:s> <urn:x:name> 'here' } }"
COPY = "INSERT { GRAPH <%s> { ?s <urn:x:copied> ?o } } WHERE { ?s <urn:x:name> ?o }"
COUNTED = (
    "INSERT { GRAPH <%s> { <urn:x:c> <urn:x:n> ?n } } "
    "WHERE { SELECT (COUNT(*) AS ?n) WHERE { ?s <urn:x:shared> ?o } }"
)
SEEN = (
    "INSERT { GRAPH <%s> { ?s <urn:x:seen> ?o } } WHERE { ?s <urn:x:name> ?o FILTER(?o = 'here') }"
)
CLASSES = "DELETE { GRAPH ?g { ?s ?p ?o } } WHERE { GRAPH ?g { ?s ?p ?o . ?s a owl:Class } }"
FROM_NAMED = (
    "INSERT { GRAPH <%s> { ?s <urn:x:copied> ?o } } WHERE { GRAPH ?g { ?s <urn:x:name> ?o } }"
)
UPDATES = [
    Row(
        "2.2.1",
        "update by POST of a form",
        update(DATA % graph("f1")),
        200,
        ['"added":1'],
        after=in_graph("f1"),
        then=["here"],
    ),
    Row(
        "2.2.1",
        "a form without an update",
        Sent("POST", "/update", form={"other": "x"}),
        400,
        ["update"],
    ),
    Row(
        "2.2.2",
        "update by POST directly",
        updated(DATA % graph("d1")),
        200,
        ['"added":1'],
        after=in_graph("d1"),
        then=["here"],
    ),
    Row("2.2.2", "with a charset", updated(DATA % graph("d2"), f"{UPDATE};charset=utf-8"), 200),
    Row(
        "2.2.2",
        "in UTF-8 and nothing else",
        updated(DATA % graph("d3"), f"{UPDATE};charset=latin-1"),
        415,
        after=in_graph("d3"),
        never=["here"],
    ),
    Row(
        "2.2.2",
        "bytes that are no UTF-8",
        Sent("POST", "/update", body=b"INSERT DATA { \xff }", kind=UPDATE),
        400,
    ),
    Row(
        "2.2",
        "GET writes nothing",
        Sent("GET", "/update", {"update": DATA % graph("g1")}),
        405,
        headers={"allow": "POST"},
        after=in_graph("g1"),
        never=["here"],
    ),
    Row("2.2", "HEAD writes nothing", Sent("HEAD", "/update", {"update": DATA % graph("g2")}), 405),
    Row(
        "2.2",
        "PUT writes nothing",
        Sent("PUT", "/update", form={"update": DATA % graph("g3")}),
        405,
    ),
    Row(
        "2.2",
        "exactly one update",
        Sent("POST", "/update", form={"update": [DATA % graph("t1"), DATA % graph("t2")]}),
        400,
        ["2 times"],
        after=in_graph("t1"),
        never=["here"],
    ),
    Row("2.2", "a body of another type", updated(DATA % graph("k1"), "text/plain"), 415),
    Row("2.2", "a query sent as an update", update("ASK { ?s ?p ?o }"), 400, ["query"]),
    Row(
        "2.2",
        "the form of a query sent to the updates",
        Sent("POST", "/update", form={"query": NAMES}),
        400,
        ["/sparql"],
    ),
    Row(
        "2.2.3",
        "using-graph-uri",
        update(COPY % graph("u1"), using_graph_uri=ONE),
        200,
        ['"added":1'],
        after=in_graph("u1"),
        then=["one"],
        never=["two"],
    ),
    Row(
        "2.2.3",
        "using-graph-uri beside a body",
        updated(COPY % graph("u2"), using_graph_uri=TWO),
        200,
        after=in_graph("u2"),
        then=["two"],
        never=["one"],
    ),
    Row(
        "2.2.3",
        "several are merged",
        update(COUNTED % graph("u3"), using_graph_uri=[ONE, TWO]),
        200,
        after=in_graph("u3"),
        then=["urn:x:n,1"],
    ),
    Row(
        "2.2.3",
        "using-named-graph-uri",
        update(FROM_NAMED % graph("u4"), using_named_graph_uri=TWO),
        200,
        after=in_graph("u4"),
        then=["two"],
        never=["one"],
    ),
    Row(
        "2.2.3",
        "named graphs alone: the default graph is empty",
        update(COPY % graph("u5"), using_named_graph_uri=ONE),
        200,
        ['"added":0'],
    ),
    Row(
        "2.2.3",
        "default graphs alone: nothing can be named",
        update(FROM_NAMED % graph("u6"), using_graph_uri=ONE),
        200,
        ['"added":0'],
    ),
    Row(
        "2.2.3",
        "with USING in the update it is an error",
        update((COPY % graph("u7")).replace("WHERE", f"USING <{ONE}> WHERE"), using_graph_uri=ONE),
        400,
        ["twice"],
        after=in_graph("u7"),
        never=["one"],
    ),
    Row(
        "2.2.3",
        "with USING NAMED it is an error",
        update(
            (FROM_NAMED % graph("u8")).replace("WHERE", f"USING NAMED <{ONE}> WHERE"),
            using_named_graph_uri=ONE,
        ),
        400,
        ["twice"],
    ),
    Row(
        "2.2.3",
        "with WITH it is an error",
        update(
            f"WITH <{graph('u9')}> INSERT {{ ?s ?p ?o }} WHERE {{ ?s ?p ?o }}", using_graph_uri=ONE
        ),
        400,
        ["twice"],
    ),
    Row(
        "2.2.3",
        "USING counts without it",
        update((COPY % graph("u10")).replace("WHERE", f"USING <{ONE}> WHERE")),
        200,
        after=in_graph("u10"),
        then=["one"],
        never=["two"],
    ),
    Row(
        "2.2.3",
        "several USING are merged",
        update((COPY % graph("u11")).replace("WHERE", f"USING <{ONE}> USING <{TWO}> WHERE")),
        200,
        ['"added":2'],
    ),
    Row(
        "2.2.3",
        "it holds for DELETE WHERE",
        update(
            f"DELETE WHERE {{ GRAPH <{graph('u12')}> {{ ?s ?p ?o }} }}", using_named_graph_uri=ONE
        ),
        200,
        ['"removed":0'],
        before=[updated(DATA % graph("u12"))],
        after=in_graph("u12"),
        then=["here"],
    ),
    Row(
        "2.2.3",
        "what is no IRI is refused",
        update(COPY % graph("u13"), using_graph_uri="no iri"),
        400,
        ["using-graph-uri"],
    ),
    Row(
        "2.2.4",
        "an update that does not parse",
        update("INSERT DATA { <urn:x:a> }"),
        400,
        ["line 1"],
    ),
    Row(
        "2.2.4",
        "an update that is refused",
        update(f"LOAD <http://127.0.0.1:1/> INTO GRAPH <{graph('l1')}>"),
        400,
        ["LOAD"],
    ),
    Row(
        "2.2.4",
        "all operations, or none",
        update(f"{DATA % graph('a1')} ; DROP GRAPH <{graph('a2')}>"),
        400,
        after=in_graph("a1"),
        never=["here"],
    ),
    Row(
        "2.2.4",
        "operations see what those before did",
        update(f"{DATA % graph('o1')} ; {SEEN % graph('o1')}"),
        200,
        after=in_graph("o1"),
        then=["urn:x:seen,here"],
    ),
    Row(
        "4 / policy",
        "the default graph is no source",
        update("INSERT DATA { <urn:x:a> <urn:x:b> 1 }"),
        400,
        ["default graph", "source"],
    ),
    Row(
        "4 / policy",
        "the default graph stands for a source that is named",
        update("INSERT DATA { <urn:x:a> <urn:x:b> 'mine' }", source="mine"),
        200,
        after=in_graph("mine"),
        then=["mine"],
    ),
    Row("4 / policy", "reserved graphs are for reading", update(CLASSES), 400, ["computed"]),
    Row(
        "4 / policy",
        "reserved words are refused",
        update(f"INSERT DATA {{ GRAPH <{graph('r1')}> {{ <urn:x:a> a aims:EvaluationContext }} }}"),
        400,
        ["reserved"],
    ),
    Row(
        "4 / policy",
        "graphs of nobody are refused",
        update(DATA % "urn:x:elsewhere"),
        400,
        ["not a graph of this workspace"],
    ),
    Row(
        "4 / policy",
        "the past is not changed",
        update(DATA % graph("p1"), as_of="1"),
        400,
        ["as_of"],
    ),
]


@pytest.mark.parametrize("row", [*QUERIES, *UPDATES], ids=str)
def test_requirements(service: TestClient, row: Row) -> None:
    row.check(service)
