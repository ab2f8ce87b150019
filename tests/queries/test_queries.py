"""Every named query against its case: exactly these rows, in order where the query orders.

For ``queries/<area>/<name>.rq`` this folder holds ``<area>/<name>/data.ttl`` and ``case.json``:

    bindings   parameters as a user writes them
    at, period the view
    rows       variable → term in N-Triples, null for unbound; or
               null    the rows come from the knowledge pack: some are found, none twice; or
               "ASSESS" the query reads the assessment: one row for each assessable item

Queries of ``hygiene/`` find faults in the knowledge itself and have a test of their own.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from engine.assets import assets_root
from engine.conformance import as_triples, assess
from engine.derive import derived
from engine.iri import DEFAULT_BASE, graph_iri
from engine.knowledge import KnowledgePack, shipped_pack
from engine.rdf import Quad, RdfFormat, Term, parse
from engine.shacl import run_pack
from engine.snapshot import Reader, reader_over
from engine.sparql.catalog import bind, find
from engine.store.port import Solutions
from engine.view import Period, View, parse_instant
from engine.vocab import ASSESSMENT_GRAPH

CASES = Path(__file__).parent
QUERIES = assets_root() / "queries"
APART = "hygiene"
GRAPH = graph_iri(DEFAULT_BASE, "general", "case")
Row = Mapping[str, str | None]


def _named(folder: Path, pattern: str, strip: int) -> list[str]:
    found = [path.relative_to(folder).as_posix() for path in folder.glob(pattern)]
    return sorted(name[: len(name) - strip] for name in found)


NAMES = [name for name in _named(QUERIES, "*/*.rq", 3) if not name.startswith(f"{APART}/")]


@dataclass(frozen=True)
class Case:
    """What ``case.json`` says, and the reader of ``data.ttl``."""

    bindings: dict[str, str]
    rows: list[Row] | str | None
    reader: Reader


@pytest.fixture(scope="module")
def pack() -> KnowledgePack:
    return shipped_pack()


def _case(name: str, pack: KnowledgePack) -> Case:
    folder = CASES / name
    told = json.loads((folder / "case.json").read_text("utf-8"))
    view = View(evaluated_at=parse_instant(told["at"]), period=Period.parse(told["period"]))
    data = parse((folder / "data.ttl").read_bytes(), format=RdfFormat.TURTLE)
    quads = [Quad(q.subject, q.predicate, q.object, GRAPH) for q in data]
    reader = reader_over(quads, pack, view)
    if find(pack, name).reads_assessment:
        reader = derived(reader)
        report = run_pack(reader)
        triples = as_triples(assess(reader, report), report)
        reader = reader.with_graph(ASSESSMENT_GRAPH, triples, in_default=False)
    return Case(told["bindings"], told["rows"], reader)


def _written(row: Mapping[str, Term | None]) -> Row:
    return {name: None if term is None else str(term) for name, term in row.items()}


def _found(name: str, case: Case) -> list[Row]:
    query = find(case.reader.pack, name)
    result = case.reader.query(query.text, bind(query, case.bindings))
    assert isinstance(result, Solutions)
    return [_written(dict(zip(result.variables, row, strict=True))) for row in result.rows]


def _sorted(rows: list[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: json.dumps(row, sort_keys=True))


def test_every_query_has_a_case_and_every_case_a_query() -> None:
    assert len(NAMES) > 30
    assert _named(CASES, "*/*/case.json", 10) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_query_finds_exactly_the_rows_of_its_case(name: str, pack: KnowledgePack) -> None:
    case = _case(name, pack)
    found = _found(name, case)
    if case.rows is None:
        assert found
        assert len({json.dumps(row, sort_keys=True) for row in found}) == len(found)
    elif isinstance(case.rows, str):
        assert case.rows == "ASSESS"
        assert len(found) == 70
    elif re.search(r"\bORDER\s+BY\b", find(pack, name).text):
        assert found == case.rows
    else:
        assert _sorted(found) == _sorted(case.rows)


@pytest.mark.parametrize("name", NAMES)
def test_a_query_says_what_it_answers_and_what_its_parameters_mean(
    name: str, pack: KnowledgePack
) -> None:
    query = find(pack, name)
    assert query.summary
    assert not query.summary.endswith(".")
    for param in query.params:
        assert param.help, param.name
        assert re.search(rf"[?$]{param.name}\b", query.text), f"{param.name} is used nowhere"


@pytest.mark.parametrize("name", NAMES)
def test_a_case_gives_only_parameters_that_the_query_has(name: str, pack: KnowledgePack) -> None:
    told = json.loads((CASES / name / "case.json").read_text("utf-8"))
    assert set(told) == {"bindings", "at", "period", "rows"}
    known = {param.name: param for param in find(pack, name).params}
    assert set(told["bindings"]) <= set(known)
    assert {key for key, param in known.items() if param.required} <= set(told["bindings"])


def test_a_parameter_may_be_called_name(pack: KnowledgePack) -> None:
    case = _case("tool/parameters", pack)
    assert case.reader.select(
        "tool/parameters", **bind(find(pack, "tool/parameters"), case.bindings)
    )
