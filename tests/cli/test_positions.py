"""Commands that answer as of a position; commands that read the knowledge in force."""

from pathlib import Path

import pytest

from engine.knowledge import KnowledgePack, shipped_pack
from engine.workspace import Workspace
from tests.cli.commands import accepting
from tests.cli.conftest import Aims
from tests.example import AT, PERIOD

PAST = 12
NODE = "https://halden.example/claims-triage"
# How each command is called; those with the option --as-of must all be here.
CALLS = {
    "assess": ["assess", "4.1"],
    "cascade": ["cascade", NODE],
    "evidence list": ["evidence", "list"],
    "evidence verify": ["evidence", "verify"],
    "gaps": ["gaps"],
    "query": ["query", "architect/systems"],
    "show": ["show", NODE],
    "soa": ["soa"],
    "trace": ["trace", NODE],
    "validate": ["validate"],
}
# Its JSON is the W3C's, which has no place for a position; tests/cli/test_ledger.py counts rows.
W3C = {"sparql"}


def test_no_command_with_as_of_is_left_out() -> None:
    assert accepting("--as-of") == CALLS.keys() | W3C


def test_who_takes_a_position_takes_instant_and_period() -> None:
    assert accepting("--as-of") == accepting("--at") == accepting("--period")


@pytest.mark.parametrize("command", CALLS)
def test_an_answer_as_of_a_position_says_so(aims: Aims, workspace: Path, command: str) -> None:
    judged = ("--as-of", str(PAST), "--at", AT, "--period", PERIOD, "--format", "json")
    answer = aims(*CALLS[command], *judged, workspace=workspace)
    assert answer.code in (0, 1), answer.err
    assert answer.json["sequence"] == PAST
    assert answer.json["at"] == AT
    assert answer.json["period"] == "2026-01-01T00:00:00Z/2026-07-01T00:00:00Z"


def test_show_reads_derived_facts_for_the_period_given(aims: Aims, workspace: Path) -> None:
    record = "https://halden.example/evidence-operation-4.1"
    told = []
    for period in ("2025-07-01/2026-07-01", PERIOD):
        judged = ("--at", AT, "--period", period, "--format", "json")
        answer = aims("show", record, *judged, workspace=workspace)
        told.append(str(answer.json["statements"]))
    assert told[0] != told[1], "it covers the second period and only a part of the first"


def test_queries_and_coverage_read_what_is_in_force_in_the_workspace(
    aims: Aims, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = shipped_pack().files
    dropped = ("queries/audit/lineage.rq", "shapes/strategy.ttl")
    older = KnowledgePack({path: shipped[path] for path in shipped if path not in dropped})
    with Workspace.open(workspace) as opened:
        opened.committer.adopt(older, agent="urn:test:agent")
    monkeypatch.delenv("AIMS_WORKSPACE", raising=False)
    told = [_queries_and_rules(aims, workspace), _queries_and_rules(aims, None)]
    monkeypatch.setenv("AIMS_WORKSPACE", str(workspace))
    told.append(_queries_and_rules(aims, None))
    assert told[0] == told[2]
    assert told[1][0] - told[0][0] == {"audit/lineage"}
    assert told[0][1] < told[1][1], "the rules of the file left out are gone"


def _queries_and_rules(aims: Aims, workspace: Path | None) -> tuple[set[str], set[str]]:
    queries = aims("queries", "--format", "json", workspace=workspace).json
    covered = aims("coverage", "--format", "json", workspace=workspace).json
    rules = {rule for one in covered["capabilities"] for rule in one["rules"]}
    return {query["name"] for query in queries}, rules


@pytest.mark.parametrize("command", ["queries", "coverage"])
def test_a_workspace_that_is_named_must_be_there(
    aims: Aims, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    answer = aims(command, workspace=tmp_path / "none")
    assert (answer.code, answer.out) == (2, "")
    assert "holds no workspace" in answer.err
    monkeypatch.setenv("AIMS_WORKSPACE", str(tmp_path / "none"))
    assert aims(command).code == 2


def test_an_absurd_position_is_no_entry(aims: Aims, workspace: Path) -> None:
    answer = aims("assess", "4.1", "--as-of", "9" * 5000, workspace=workspace)
    assert (answer.code, answer.out) == (2, "")
    assert "the ledger has no entry" in answer.err
