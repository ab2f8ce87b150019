"""Bad input: one paragraph with place and remedy, exit code 2, no traceback, nothing written."""

from pathlib import Path

import pytest

from engine.workspace import Workspace
from tests.cli.conftest import Aims
from tests.example import AT, PERIOD

BROKEN = "@prefix ex: <https://example.org/> .\nex:a ex:b ex:c\nex:d ex:e ex:f ."


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["assess", "A.99"], ["A.99", "identifier"]),
        (["assess", "--at", "yesterday"], ["yesterday", "2026-06-30"]),
        (["assess", "--period", "2026-07-01/2026-01-01"], ["period"]),
        (["assess", "--as-of", "99999"], ["99999"]),
        (["trace", "no-such-node"], ["no-such-node"]),
        (["trace", "A.7.5", "--direction", "sideways"], ["direction"]),
        (["cascade", "A.7.5", "--effect", "boredom"], ["boredom"]),
        (["validate", "--rule", "NoSuchRule"], ["NoSuchRule"]),
        (["validate", "--format", "pdf"], ["pdf", "sarif"]),
        (["query", "audit/none"], ["audit/none", "queries"]),
        (["query", "audit/lineage"], ["needs the parameter"]),
        (["query", "audit/lineage", "--param", "version"], ["name=value"]),
        (["sparql", "SELECT * WHERE { ?s ?p }"], ["line 1", "parse"]),
        (["sparql", "INSERT DATA { <a:b> <a:c> <a:d> }"], ["update", "/update"]),
        (["sparql", "SELECT * { SERVICE <http://127.0.0.1/> { ?s ?p ?o } }"], ["SERVICE"]),
        (["sparql", "@/no/such/file.rq"], ["file.rq"]),
        (["log", "--limit", "0"], ["--limit", "equal to 1"]),
        (["log", "--limit", "-3"], ["--limit", "equal to 1"]),
        (["gaps", "--limit", "-1"], ["--limit", "equal to 1"]),
        (["diff", "1", "99999"], ["99999"]),
        (["diff", "1", "2", "--format", "pdf"], ["pdf"]),
        (["import", "/no/such/file.ttl"], ["file.ttl"]),
        (["import", "x.unknown"], ["unknown"]),
        (["frobnicate"], ["frobnicate"]),
        (["serve", "--host", "0.0.0.0"], ["loopback"]),
        (["init"], ["not an empty folder"]),
    ],
)
def test_each_fault_is_told_in_one_paragraph(
    aims: Aims, workspace: Path, arguments: list[str], words: list[str]
) -> None:
    answer = aims(*arguments, workspace=workspace)
    assert answer.code == 2
    assert answer.out == ""
    for word in words:
        assert word in answer.err
    assert "Traceback" not in answer.err
    assert len(answer.err.strip().splitlines()) == 1


def test_broken_turtle_names_line_and_column_and_writes_nothing(
    aims: Aims, workspace: Path, tmp_path: Path
) -> None:
    (tmp_path / "broken.ttl").write_text(BROKEN)
    head = _head(workspace)
    answer = aims("import", str(tmp_path / "broken.ttl"), workspace=workspace)
    assert answer.code == 2
    assert "broken.ttl, line 3" in answer.err
    assert _head(workspace) == head


def test_a_dry_run_shows_and_writes_nothing(aims: Aims, workspace: Path, tmp_path: Path) -> None:
    (tmp_path / "more.ttl").write_text("<urn:x:a> <urn:x:b> <urn:x:c> .")
    head = _head(workspace)
    answer = aims(
        "import", str(tmp_path / "more.ttl"), "--dry-run", "--format", "json", workspace=workspace
    )
    assert answer.json[0]["added"] > 0
    assert any("urn:x:a" in row for row in answer.json[0]["sample"])
    assert _head(workspace) == head


def test_importing_twice_changes_nothing(aims: Aims, workspace: Path, tmp_path: Path) -> None:
    (tmp_path / "more.ttl").write_text("<urn:x:a> <urn:x:b> [ <urn:x:c> 01 ] .")
    first = aims("import", str(tmp_path / "more.ttl"), "--format", "json", workspace=workspace)
    again = aims("import", str(tmp_path / "more.ttl"), "--format", "json", workspace=workspace)
    assert first.json[0]["sequence"] is not None
    assert (again.json[0]["sequence"], again.json[0]["added"]) == (None, 0)


def test_reserved_words_are_refused(aims: Aims, workspace: Path, tmp_path: Path) -> None:
    (tmp_path / "second.ttl").write_text(
        "<urn:x:c> a <https://w3id.org/aimsgraph/ns#EvaluationContext> ."
    )
    answer = aims("import", str(tmp_path / "second.ttl"), workspace=workspace)
    assert answer.code == 2
    assert "reserved" in answer.err


def test_a_table_without_mapping_says_what_is_needed(
    aims: Aims, workspace: Path, tmp_path: Path
) -> None:
    (tmp_path / "t.csv").write_text("a,b\n1,2\n")
    answer = aims("import", str(tmp_path / "t.csv"), workspace=workspace)
    assert answer.code == 2
    assert "--mapping" in answer.err


def test_a_second_writer_is_told_who_writes(aims: Aims, workspace: Path, tmp_path: Path) -> None:
    (tmp_path / "more.ttl").write_text("<urn:x:a> <urn:x:b> <urn:x:c> .")
    with Workspace.open(workspace, face="server") as holder:
        holder.committer  # noqa: B018
        answer = aims("import", str(tmp_path / "more.ttl"), workspace=workspace)
        assert answer.code == 2
        assert "server (process" in answer.err
        # Reading goes on meanwhile.
        assert aims("assess", "--at", AT, "--period", PERIOD, workspace=workspace).code in (0, 1)


def _head(root: Path) -> int:
    with Workspace.open(root) as opened:
        return opened.ledger.head().sequence


def test_two_files_of_one_name_are_not_imported_over_each_other(
    aims: Aims, workspace: Path, tmp_path: Path
) -> None:
    files = []
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        files.append(tmp_path / folder / "register.ttl")
        files[-1].write_text(f"<urn:x:{folder}> a <urn:x:Thing> .")
    ran = aims("import", *map(str, files), workspace=workspace)
    assert ran.code == 2
    assert "would both be the source register" in ran.err
    assert "--source" in ran.err
