"""The W3C's SPARQL 1.1 cases through HTTP: query forms, updates, formats of results, syntax."""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from engine.iri import DEFAULT_BASE
from engine.rdf import RdfFormat, Triple, parse, serialize
from engine.workspace import Workspace
from tests.api.suite import (
    Case,
    cases,
    result_set,
    same_graph,
    same_rows,
    table,
    triples,
)

KIND = "application/sparql-query"
# Cases that do not come out as the suite has them, and why.
_LOAD = "LOAD is refused, silent or not"
_UTC = "instants are kept in UTC"
_NUMBERS = "numbers are kept in one form"
_STORE = "the store answers so, also when it is asked by itself"
DIFFERENT = {
    "update-silent/load-silent": _LOAD,
    "update-silent/load-into-silent": _LOAD,
    "functions/hours": _UTC,
    "functions/timezone": _UTC,
    "functions/tz": _UTC,
    "csv-tsv-res/csv03": _NUMBERS,
    "functions/bnode01": _STORE,
    "aggregates/agg-groupconcat-04": _STORE,
    "aggregates/agg-groupconcat-06": _STORE,
    "aggregates/agg-empty-group-count-graph": _STORE,
    "bindings/graph": _STORE,
    "negation/graph-minus": _STORE,
    "property-path/zero_or_more_set_start": _STORE,
    "property-path/zero_or_more_set_end": _STORE,
    "property-path/zero_or_one_set_start": _STORE,
    "property-path/zero_or_one_set_end": _STORE,
}
# What the answer to correct syntax may say, because it cannot be carried out here.
REFUSED = (
    "LOAD would reach out",
    "does not exist",
    "is not a graph of this workspace",
    "The custom function",
)
EXAMPLE = "http://example.org/"


@pytest.fixture(scope="module")
def suite(material: Path) -> list[Case]:
    found = cases(material / "suites" / "sparql11")
    assert len(found) > 400
    return found


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder = tmp_path_factory.mktemp("suite")
    with (
        Workspace.create(folder / "w", agent="urn:test:agent", face="server") as workspace,
        TestClient(create_app(workspace), raise_server_exceptions=False) as client,
    ):
        yield client


def graph(folder: str, source: str) -> str:
    return f"{DEFAULT_BASE}graph/{folder}/{source}"


def fill(client: TestClient, folder: str, source: str, found: Sequence[Triple]) -> None:
    """Make ``found`` the statements of a source, through an update."""
    content = (serialize(found, format=RdfFormat.N_TRIPLES) or b"").decode()
    answer = client.post(
        "/update",
        params={"source": source, "into": folder},
        content=f"CLEAR DEFAULT ; INSERT DATA {{ {content} }}".encode(),
        headers={"content-type": "application/sparql-update"},
    )
    assert answer.status_code == 200, answer.text


def fill_all(client: TestClient, chosen: Iterable[Case]) -> None:
    """The data of queries, each file once."""
    files = {
        (case.folder, path)
        for case in chosen
        for path in (*case.before.default, *case.before.named.values())
    }
    for folder, path in sorted(files):
        fill(client, folder, path.name, triples(path, graph(folder, path.name)))


def asked(client: TestClient, case: Case, accept: str) -> bytes:
    base = f"BASE <{graph(case.folder, '')}>"
    text = case.text.read_text("utf-8")
    params = {
        "default-graph-uri": [graph(case.folder, p.name) for p in case.before.default]
        or ["urn:x:nothing"],
        "named-graph-uri": [graph(case.folder, p.name) for p in case.before.named.values()],
    }
    # What a request says wins over what the query says.
    params = {} if "FROM <" in text else params
    answer = client.post(
        "/sparql",
        params=params,
        content=f"{base} {text}".encode(),
        headers={"content-type": KIND, "accept": accept},
    )
    assert answer.status_code == 200, answer.text
    return bytes(answer.content)


def check_query(client: TestClient, case: Case) -> None:
    assert case.result is not None
    suffix = case.result.suffix
    expected = case.result.read_bytes()
    in_rdf = result_set(triples(case.result, "urn:x:")) if suffix == ".ttl" else None
    if in_rdf is not None:
        content = asked(client, case, "application/sparql-results+json")
        got = table(content, ".srj")
        assert not isinstance(got, bool)
        assert same_rows(in_rdf, got), got
    elif suffix == ".csv":
        one, other = (rows(content) for content in (expected, asked(client, case, "text/csv")))
        assert one == other
    elif suffix in (".srx", ".srj", ".tsv"):
        accept = {
            ".srx": "application/sparql-results+xml",
            ".srj": "application/sparql-results+json",
            ".tsv": "text/tab-separated-values",
        }[suffix]
        wanted, got = table(expected, suffix), table(asked(client, case, accept), suffix)
        if isinstance(wanted, bool) or isinstance(got, bool):
            assert wanted == got
        else:
            assert same_rows(wanted, got), got
    else:
        content = asked(client, case, "application/n-triples")
        found = [quad.triple for quad in parse(content, format=RdfFormat.N_TRIPLES)]
        assert same_graph(triples(case.result, graph(case.folder, case.result.name)), found)


def rows(content: bytes) -> "Counter[frozenset[tuple[str, str]]]":
    """Rows of CSV, blank nodes all alike; what SELECT * gives has no order of columns."""
    return Counter(
        frozenset((name, "_:" if is_blank(cell) else cell) for name, cell in row.items())
        for row in csv.DictReader(io.StringIO(content.decode()))
    )


def is_blank(cell: str) -> bool:
    return cell.startswith(("_:", f"{DEFAULT_BASE}.well-known/genid/"))


# Updates: everything under http://example.org/ is moved under the compartment of the case.


def moved(case: Case, path: Path) -> tuple[Triple, ...]:
    target = graph(case.name, "")
    content = path.read_bytes().replace(EXAMPLE.encode(), target.encode())
    found = parse(content, format=RdfFormat.TURTLE, base_iri=target, rename_blank_nodes=True)
    return tuple(quad.triple for quad in found)


def source_of(name: str) -> str:
    return name.removeprefix(EXAMPLE)


def check_update(client: TestClient, case: Case) -> None:
    for path in case.before.default:
        fill(client, case.name, "default", moved(case, path))
    for name, path in case.before.named.items():
        fill(client, case.name, source_of(name), moved(case, path))
    text = case.text.read_text("utf-8").replace(EXAMPLE, graph(case.name, ""))
    answer = client.post("/update", data={"update": text, "source": "default", "into": case.name})
    assert answer.status_code == 200, answer.text
    try:
        check_state(client, case)
    finally:
        client.post("/update", data={"update": "CLEAR ALL"})


def check_state(client: TestClient, case: Case) -> None:
    wanted: dict[str, tuple[Triple, ...]] = {}
    for path in case.after.default:
        wanted["default"] = moved(case, path)
    for name, path in case.after.named.items():
        wanted[source_of(name)] = moved(case, path)
    for source in {"default", *map(source_of, case.before.named), *wanted}:
        answer = client.get(
            f"/graphs/{case.name}/{source}", headers={"accept": "application/n-triples"}
        )
        assert answer.status_code in (200, 404), answer.text
        content = answer.content if answer.status_code == 200 else b""
        found = [quad.triple for quad in parse(content, format=RdfFormat.N_TRIPLES)]
        assert same_graph(wanted.get(source, ()), found), f"{source}: {found}"


# Syntax


def check_syntax(client: TestClient, case: Case) -> None:
    update = "Update" in case.kind
    text = case.text.read_bytes()
    if b"BASE" not in text.upper():
        text = f"BASE <{graph('syntax', '')}> ".encode() + text
    answer = client.post(
        "/update" if update else "/sparql",
        params={"source": "own", "into": "syntax"} if update else {},
        content=text,
        headers={"content-type": "application/sparql-update" if update else KIND},
    )
    if case.kind.startswith("Negative"):
        assert answer.status_code == 400, answer.text
        return
    assert answer.status_code == 200 or any(why in answer.text for why in REFUSED), answer.text


def failures(client: TestClient, chosen: Sequence[Case]) -> dict[str, str]:
    """What is wrong with each case that fails."""
    fill_all(client, [case for case in chosen if case.result is not None])
    found = {}
    # Updates clear everything.
    for case in sorted(chosen, key=lambda case: "Update" in case.kind):
        check = check_query
        if "Syntax" in case.kind:
            check = check_syntax
        elif case.kind == "UpdateEvaluationTest":
            check = check_update
        try:
            check(client, case)
        except AssertionError as error:
            found[str(case)] = f"{error}"[:300]
    return found


def test_some_cases(service: TestClient, suite: list[Case]) -> None:
    seen: Counter[tuple[str, str]] = Counter()
    chosen = []
    for case in suite:
        key = (case.folder, case.kind)
        every = 4 if case.kind.endswith("EvaluationTest") else 2
        if seen[key] % every == 0 or "Result" in case.kind or case.folder == "json-res":
            chosen.append(case)
        seen[key] += 1
    assert len(chosen) > 150
    assert {n: why for n, why in failures(service, chosen).items() if n not in DIFFERENT} == {}


@pytest.mark.long
def test_all_cases(service: TestClient, suite: list[Case]) -> None:
    found = failures(service, suite)
    assert {name: why for name, why in found.items() if name not in DIFFERENT} == {}
    assert set(DIFFERENT) - set(found) == set(), "it comes out now: take it from the list"
