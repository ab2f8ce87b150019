"""Commands that answer: the documented JSON, the tables, the exit codes."""

from pathlib import Path

import pytest

from tests.cli.conftest import Aims
from tests.example import AT, PERIOD

JUDGED = ("--at", AT, "--period", PERIOD)
NODE = "https://halden.example/dsv-claims-clean"


def test_assess_gives_the_70_items_in_the_standards_order(aims: Aims, workspace: Path) -> None:
    answer = aims("assess", *JUDGED, "--format", "json", workspace=workspace)
    ids = [item["id"] for item in answer.json["requirements"]]
    assert (len(ids), ids[0], ids[31], ids[32], ids[-1]) == (70, "4.1", "10.2", "A.2.2", "A.10.4")
    assert answer.json["period"] == "2026-01-01T00:00:00Z/2026-07-01T00:00:00Z"


def test_assess_prints_header_items_and_the_closing_sentence(aims: Aims, workspace: Path) -> None:
    told = aims("assess", *JUDGED, workspace=workspace).out
    assert "AI management system of Halden Mutual" in told
    assert "A.7.5" in told
    assert "it is not an audit conclusion." in " ".join(told.split())


def test_one_item_shows_what_it_rests_on(aims: Aims, workspace: Path) -> None:
    told = aims("assess", "A.7.5", *JUDGED, workspace=workspace).out
    assert "supporting facts (12 of" in told


def test_exit_code_1_says_that_something_was_found(aims: Aims, faulty_root: Path) -> None:
    assert aims("validate", *JUDGED, workspace=faulty_root).code == 1
    assert aims("assess", *JUDGED, workspace=faulty_root).code == 1
    assert aims("gaps", *JUDGED, workspace=faulty_root).code == 1


def test_the_clean_example_gives_no_result(aims: Aims, workspace: Path) -> None:
    answer = aims("validate", *JUDGED, "--format", "json", workspace=workspace)
    assert [result["text"] for result in answer.json["results"]] == []
    assert answer.code == 0
    assert all(rule["state"] == "validated" for rule in answer.json["rules"])
    empty = [rule["rule"]["label"] for rule in answer.json["rules"] if not rule["population"]]
    assert empty == [], "every rule has something to judge in the example"


@pytest.mark.parametrize("form", ["turtle", "sarif", "junit"])
def test_validate_writes_reports_for_other_tools(aims: Aims, faulty_root: Path, form: str) -> None:
    told = aims("validate", *JUDGED, "--format", form, workspace=faulty_root).out
    assert {"turtle": "sh:ValidationReport", "sarif": '"2.1.0"', "junit": "<testsuite"}[
        form
    ] in told


def test_trace_and_cascade_print_and_give_json(aims: Aims, workspace: Path) -> None:
    trace = aims("trace", "A.7.5", "--to", "aims:Evidence", *JUDGED, workspace=workspace)
    assert trace.code == 0
    assert "The chain holds" in trace.out
    told = aims("trace", "A.7.5", *JUDGED, "--format", "json", workspace=workspace).json
    assert {hop["state"] for hop in told["hops"]} == {"live"}
    cascade = aims("cascade", NODE, *JUDGED, workspace=workspace)
    assert "Claims triage" in cascade.out
    told = aims("cascade", NODE, *JUDGED, "--format", "json", workspace=workspace).json
    assert told["effects"][0]["path"]


def test_soa_and_coverage_and_queries_print(aims: Aims, workspace: Path) -> None:
    soa = aims("soa", *JUDGED, "--format", "json", workspace=workspace).json
    # Each reference control, and one of them once more for a system that leaves it out.
    assert len(soa["entries"]) == 39
    assert aims("soa", *JUDGED, workspace=workspace).code == 0
    covered = aims("coverage", "--format", "json").json
    assert len(covered["capabilities"]) == 80
    assert len(covered["requirements"]) == 70
    assert len(aims("queries", "--format", "json", workspace=workspace).json) >= 15
    assert "audit/lineage" in aims("queries", workspace=workspace).out


def test_a_named_query_runs_with_bound_values(aims: Aims, workspace: Path) -> None:
    told = aims(
        "query", "audit/requirement-chain", "--param", "requirement=iso42001:A.7.5",
        "--format", "json", workspace=workspace,
    )  # fmt: skip
    assert told.json["rows"]


@pytest.mark.parametrize(
    ("form", "first"),
    [("json", "{"), ("csv", "n\r\n"), ("tsv", "?n"), ("xml", "<?xml"), ("table", "n\n")],
)
def test_sparql_answers_in_each_format(aims: Aims, workspace: Path, form: str, first: str) -> None:
    query = "SELECT (COUNT(*) AS ?n) WHERE { ?s a aims:AISystem }"
    told = aims("sparql", query, "--format", form, workspace=workspace)
    assert told.code == 0
    assert told.out.startswith(first)


def test_sparql_explains_how_it_is_run(aims: Aims, workspace: Path) -> None:
    query = (
        "SELECT ?s WHERE { ?s a aims:AISystem FILTER NOT EXISTS "
        "{ ?c aims:appliesTo ?s . ?e aims:supports ?c } FILTER EXISTS { ?s aims:ownedBy ?o } }"
    )
    told = aims("sparql", query, "--explain", workspace=workspace)
    assert told.code == 0
    assert "one look-up after another" in told.out
    assert "left alone" in told.out
    assert "run as:" in told.out
    as_json = aims("sparql", query, "--explain", "--format", "json", workspace=workspace).json
    assert [note["changed"] for note in as_json["notes"]] == [True, False]
    assert as_json["run"] in told.out
    plain = aims("sparql", "ASK { ?s ?p ?o }", "--explain", workspace=workspace)
    assert "run as it is written" in plain.out
    assert aims("sparql", query, "--explain", "--format", "csv", workspace=workspace).code == 2


def test_sparql_reads_a_file(aims: Aims, workspace: Path, tmp_path: Path) -> None:
    (tmp_path / "q.rq").write_text("ASK { ?s a aims:AISystem }")
    assert aims("sparql", f"@{tmp_path / 'q.rq'}", workspace=workspace).out.strip() == "yes"


def test_show_says_who_said_what(aims: Aims, workspace: Path) -> None:
    told = aims("show", "https://halden.example/claims-triage", workspace=workspace).out
    assert "aims:AISystem" in told
    assert "urn:test:agent" in told


SHAPE = """@prefix sh: <http://www.w3.org/ns/shacl#> .
<urn:s> a sh:NodeShape ; sh:targetNode <urn:a> ; sh:property <urn:s1> .
<urn:s1> sh:path <urn:p> ; sh:maxCount 0 ."""


@pytest.mark.parametrize(("data", "code"), [("<urn:a> <urn:q> 1 .", 0), ("<urn:a> <urn:p> 1 .", 1)])
def test_shacl_judges_any_data(aims: Aims, tmp_path: Path, data: str, code: int) -> None:
    (tmp_path / "d.ttl").write_text(data)
    (tmp_path / "s.ttl").write_text(SHAPE)
    files = (str(tmp_path / "d.ttl"), "--shapes", str(tmp_path / "s.ttl"))
    assert aims("shacl", *files).code == code
    turtle = aims("shacl", *files, "--format", "turtle")
    assert turtle.code == code
    assert f"sh:conforms {'false' if code else 'true'}" in turtle.out
    told = aims("shacl", *files, "--format", "json")
    assert (told.code, told.json["conforms"]) == (code, not code)
    assert [result["focus"] for result in told.json["results"]] == ["urn:a"] * code
    # The same file as lines, and the reference engine, say the same.
    (tmp_path / "d.nt").write_text(data.replace(" 1 ", ' "1" ') + "\n")
    for more in (["--engine", "pyshacl"], []):
        lines = (str(tmp_path / "d.nt"), *files[1:], "--format", "json", *more)
        same = aims("shacl", *lines)
        assert (same.code, same.json["conforms"]) == (code, not code)
        assert [result["focus"] for result in same.json["results"]] == ["urn:a"] * code


@pytest.mark.parametrize(
    "given",
    [
        ["d.ttl", "--shapes", "absent.ttl"],
        ["absent.ttl", "--shapes", "s.ttl"],
        ["broken.ttl", "--shapes", "s.ttl"],
        ["d.ttl", "--shapes", "s.ttl", "--format", "pdf"],
        ["d.ttl", "--shapes", "s.ttl", "--engine", "unheard-of"],
        ["d.ttl"],
    ],
)
def test_shacl_exits_2_where_it_cannot_judge(
    aims: Aims, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "d.ttl").write_text("<urn:a> <urn:p> 1 .")
    (tmp_path / "broken.ttl").write_text("<urn:a> <urn:p>")
    (tmp_path / "s.ttl").write_text(SHAPE)
    answer = aims("shacl", *given)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("error:")


def test_evidence_is_listed_and_verified(aims: Aims, workspace: Path) -> None:
    listed = aims("evidence", "list", *JUDGED, "--format", "json", workspace=workspace).json
    assert {row["state"]["value"] for row in listed["rows"]} == {"live"}
    verified = aims("evidence", "verify", "--format", "json", workspace=workspace)
    assert (verified.code, verified.json["records"]) == (0, [])


def test_evidence_without_its_bytes_is_named(aims: Aims, faulty_root: Path) -> None:
    found = aims("evidence", "verify", "--format", "json", workspace=faulty_root)
    assert found.code == 1
    assert {"missing"} <= {record["state"] for record in found.json["records"]}
    # Before the faults were planted nothing was missing.
    head = found.json["sequence"]
    before = aims("evidence", "verify", "--as-of", str(head - 1), workspace=faulty_root)
    assert before.code == 0, before.out


def test_rows_of_a_query_go_into_files(aims: Aims, workspace: Path, tmp_path: Path) -> None:
    asked = ["--workspace", str(workspace), "query", "architect/systems"]
    text = aims(*asked, "--format", "csv").out
    assert text.splitlines()[0].startswith("system,system IRI,")
    for form in ("csv", "xlsx", "json"):
        target = tmp_path / f"systems.{form}"
        assert aims(*asked, "--format", form, "-o", str(target)).code == 0
        assert target.stat().st_size > 100
    assert (tmp_path / "systems.csv").read_text("utf-8") == text.replace("\r\n", "\n")
    nowhere = aims(*asked, "--format", "csv", "-o", str(tmp_path / "no" / "x.csv"))
    assert (nowhere.code, "cannot be written" in nowhere.err) == (2, True)
    table = aims(*asked, "-o", str(tmp_path / "x"))
    assert (table.code, "json, csv or xlsx" in table.err) == (2, True)
