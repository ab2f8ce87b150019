"""Commands about the ledger: log, diff, verify, checkpoint, rebuild, recorded assessments."""

import shutil
import sqlite3
from pathlib import Path

import pytest

from tests.cli.conftest import Aims
from tests.example import AT, PERIOD
from tests.store.served import serving


def test_log_lists_entries_with_their_reasons(aims: Aims, workspace: Path) -> None:
    told = aims("log", "--format", "json", workspace=workspace).json
    assert told[0]["sequence"] == max(entry["sequence"] for entry in told)
    assert "example: organisation" in {entry["reason"] for entry in told}
    assert "example: organisation" in aims("log", workspace=workspace).out


def test_diff_gives_patch_rows(aims: Aims, workspace: Path, tmp_path: Path) -> None:
    (tmp_path / "more.ttl").write_text("<urn:x:a> <urn:x:b> <urn:x:c> .")
    head = len(aims("log", "--limit", "1000", "--format", "json", workspace=workspace).json)
    aims("import", str(tmp_path / "more.ttl"), workspace=workspace)
    rows = aims("diff", str(head), str(head + 1), workspace=workspace).out.splitlines()
    assert any(row.startswith("A <urn:x:a> <urn:x:b> <urn:x:c>") for row in rows), rows


def test_verify_finds_and_names_a_changed_byte(aims: Aims, workspace: Path) -> None:
    assert aims("verify", workspace=workspace).code == 0
    with sqlite3.connect(workspace / "ledger.sqlite") as connection:
        (header,) = connection.execute("SELECT header FROM entry WHERE sequence = 5").fetchone()
        changed = header.replace(b"example", b"elpmaxe", 1)
        connection.execute("UPDATE entry SET header = ? WHERE sequence = 5", (changed,))
    connection.close()
    answer = aims("verify", "--format", "json", workspace=workspace)
    assert answer.code == 1
    first = answer.json["problems"][0]
    assert (first["kind"], first["sequence"], first["where"]) == ("entry", 5, "hash")


def test_a_kept_checkpoint_shows_a_rollback(aims: Aims, workspace: Path, tmp_path: Path) -> None:
    earlier = tmp_path / "earlier"
    shutil.copytree(workspace, earlier)
    (tmp_path / "more.ttl").write_text("<urn:x:a> <urn:x:b> <urn:x:c> .")
    aims("import", str(tmp_path / "more.ttl"), workspace=workspace)
    kept = tmp_path / "kept.txt"
    kept.write_text(aims("checkpoint", workspace=workspace).out)
    assert aims("verify", "--checkpoint", str(kept), workspace=workspace).code == 0
    answer = aims("verify", "--checkpoint", str(kept), workspace=earlier)
    assert answer.code == 1
    assert "rolled back" in answer.out


def test_rebuild_makes_the_store_from_the_ledger(aims: Aims, workspace: Path) -> None:
    shutil.rmtree(workspace / "store")
    assert aims("rebuild", workspace=workspace).code == 0
    assert aims("verify", workspace=workspace).code == 0


def test_rebuild_moves_the_store_to_an_endpoint_and_back(aims: Aims, workspace: Path) -> None:
    with serving() as server:
        there = ("rebuild", "--store", server.address, "--store-update", server.address)
        answer = aims(*there, workspace=workspace)
        assert answer.code == 0
        assert "Rebuilt the store from the ledger" in answer.out
        assert not (workspace / "store").exists()
        assert aims("verify", workspace=workspace).code == 0
        server.store.update("DELETE WHERE { GRAPH ?g { ?s a ?c } }")
        answer = aims("verify", workspace=workspace)
        assert answer.code == 1
        assert "the store does not hold it" in answer.out
        assert aims("rebuild", workspace=workspace).code == 0
        assert aims("verify", workspace=workspace).code == 0
    answer = aims("verify", workspace=workspace)
    assert answer.code == 1
    assert "does not answer" in answer.out
    assert aims("rebuild", "--store", "embedded", workspace=workspace).code == 0
    assert aims("verify", workspace=workspace).code == 0


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (("--store", "http://me:planted-5e@127.0.0.1/"), "carries credentials"),
        (("--store", "no address"), "no address of a SPARQL endpoint"),
        (("--store-update", "http://127.0.0.1/"), "--store-update belongs to"),
        (("--store", "embedded", "--store-update", "http://127.0.0.1/"), "--store-update belongs"),
        (("--store", "http://127.0.0.1:9/sparql"), "does not answer"),
    ],
)
def test_addresses_of_stores_that_do_not_serve(
    aims: Aims, workspace: Path, given: tuple[str, ...], told: str
) -> None:
    answer = aims("rebuild", *given, workspace=workspace)
    assert answer.code == 2
    assert told in answer.err
    assert "planted-5e" not in answer.err
    assert aims("verify", workspace=workspace).code == 0


def test_a_recorded_assessment_is_an_entry_with_its_digest(aims: Aims, workspace: Path) -> None:
    judged = ("--at", AT, "--period", PERIOD)
    for _ in range(2):
        aims("assess", *judged, "--as-of", "15", "--record", workspace=workspace)
    entries = aims("log", "--limit", "2", "--format", "json", workspace=workspace).json
    assert [entry["kind"] for entry in entries] == ["assessment", "assessment"]
    details = [entry["detail"] for entry in entries]
    assert details[0] == details[1], "equal facts, instant, pack and version give equal bytes"
    assert details[0]["position"] == 15
    assert len(details[0]["report"]) == 64


def test_as_of_reads_what_was_recorded_by_then(aims: Aims, workspace: Path) -> None:
    query = "SELECT (COUNT(*) AS ?n) WHERE { ?s a aims:AISystem }"
    told = [
        aims("sparql", query, "--as-of", at, "--format", "csv", workspace=workspace).out
        for at in ("2", "15")
    ]
    assert told == ["n\r\n0\r\n", "n\r\n8\r\n"]


def test_a_store_ahead_of_its_ledger_is_told_and_not_healed(
    aims: Aims, workspace: Path, tmp_path: Path
) -> None:
    ledger = workspace / "ledger.sqlite"
    before = ledger.read_bytes()
    (tmp_path / "more.ttl").write_text("<urn:x:a> a <urn:x:Thing> .")
    assert aims("import", str(tmp_path / "more.ttl"), workspace=workspace).code == 0
    ledger.write_bytes(before)
    for found in (aims("verify", workspace=workspace), aims("verify", workspace=workspace)):
        assert found.code == 1
        assert "store" in found.out
        assert "holds entry" in " ".join(found.out.split())
    refused = aims("import", str(tmp_path / "more.ttl"), workspace=workspace)
    assert refused.code == 2
    assert aims("rebuild", workspace=workspace).code == 0
    assert aims("verify", workspace=workspace).code == 0


def test_diff_gives_json_with_the_positions_that_it_found(aims: Aims, workspace: Path) -> None:
    told = aims("diff", "2", "3", "--format", "json", workspace=workspace)
    rows = aims("diff", "2", "3", workspace=workspace).out.splitlines()
    assert (told.code, told.json["from"], told.json["to"]) == (0, 2, 3)
    assert told.json["rows"] == rows
    assert (told.json["added"], told.json["removed"]) == (len(rows), 0)
    back = aims("diff", "3", "2", "--format", "json", workspace=workspace).json
    assert (back["added"], back["removed"]) == (0, len(rows))


def test_diff_tells_what_became_of_rule_results(aims: Aims, workspace: Path) -> None:
    told = aims("diff", "4", "7", "--findings", "--format", "json", workspace=workspace)
    assert (told.code, told.json["from"], told.json["to"]) == (0, 4, 7)
    items = told.json["items"]
    came = sum(item["until"] is None for item in items)
    went = sum(item["since"] is None for item in items)
    assert came
    passing = len(items) - came - went
    shown = aims("diff", "4", "7", "--findings", workspace=workspace).out.splitlines()
    last = f"From entry 4 to 7: {came} new results, {went} gone, {passing} that came and went."
    assert shown[-1] == last
    assert sum(line.startswith("          + entry ") for line in shown) == came + passing
    assert aims("diff", "7", "4", "--findings", workspace=workspace).code == 2
