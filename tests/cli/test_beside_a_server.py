"""Commands beside a running server: what they answer and record is what they do without one."""

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.door import Listening
from engine.workspace import Workspace
from tests.cli.conftest import Aims, Ran

JUDGED = ("--at", "2026-07-01", "--period", "2026-01-01/2026-07-01")
_EACH_TIME = re.compile(r"\d{4}-\d\d-\d\dT[0-9:.]+Z|_:[0-9a-z]+|[0-9a-f]{12,64}")
FACTS = "<urn:x:a> <http://www.w3.org/2004/02/skos/core#prefLabel> "
UNOWNED = "@prefix aims: <https://w3id.org/aimsgraph/ns#> .\n<urn:x:new> a aims:AISystem .\n"


@pytest.fixture
def two(workspace: Path, tmp_path: Path) -> Iterator[tuple[Path, Path]]:
    """Two workspaces alike; on the second a server runs."""
    root = tmp_path / "served" / workspace.name
    shutil.copytree(workspace, root)
    with Workspace.open(root, face="server") as held, Listening(root, held.committer):
        yield workspace, root


def told(ran: Ran, root: Path, *, ordered: bool) -> tuple[int, list[str], str]:
    """What a command told, without what differs each time; the lines of a guard have no order."""
    out = _EACH_TIME.sub("T", ran.out.replace(str(root), "W"))
    lines = [line.rstrip(",") for line in out.splitlines()]
    return ran.code, lines if ordered else sorted(lines), ran.err.replace(str(root), "W")


def without_instants(ran: Ran) -> list[list[str]]:
    return [line.split("│")[0::2][:3] for line in ran.out.splitlines()]


def commands(folder: Path) -> list[tuple[str, ...]]:
    """Each command that writes, in each of its formats, with faults and without."""
    first, second, bad, table = (folder / name for name in ("a.ttl", "b.ttl", "bad.ttl", "t.csv"))
    first.write_text(f'{FACTS} "one" .')
    second.write_text(UNOWNED)
    bad.write_text("<urn:x:a> oops")
    table.write_text("a,b\n1,2\n")
    return [
        ("import", str(first)),
        ("import", str(first), "--format", "json"),
        ("import", str(second), "--dry-run", "--format", "json"),
        ("import", str(second), "--guard", "violation"),
        ("import", str(second), "--guard", "violation", "--format", "json"),
        ("import", str(bad)),
        ("import", str(table)),
        ("import", str(second), "--reason", "why", "--into", "people"),
        ("adopt",),
        ("assess", *JUDGED, "--record", "--format", "json"),
        ("log", "--limit", "100"),
        ("assess", "A.7.5", *JUDGED),
        ("validate", *JUDGED, "--format", "json"),
        ("trace", "A.7.5", *JUDGED),
        ("cascade", "A.7.5", *JUDGED),
        ("query", "architect/residual-risks", *JUDGED),
        ("sparql", "SELECT * { <urn:x:new> ?p ?o } ORDER BY ?p ?o", "--format", "csv"),
        ("diff", "1", "16"),
    ]


def test_commands_answer_and_record_the_same(
    aims: Aims, two: tuple[Path, Path], tmp_path: Path
) -> None:
    alone, served = two
    for arguments in commands(tmp_path):
        expected = aims(*arguments, workspace=alone)
        found = aims(*arguments, workspace=served)
        if arguments[0] == "log":
            assert without_instants(found) == without_instants(expected)
        else:
            ordered = "--guard" not in arguments
            assert told(found, served, ordered=ordered) == (
                told(expected, alone, ordered=ordered)
            ), arguments
    heads = [Workspace.open(root) for root in two]
    states = [workspace.ledger.state() for workspace in heads]
    sequences = [workspace.ledger.head().sequence for workspace in heads]
    for workspace in heads:
        workspace.close()
    assert sequences[0] == sequences[1]
    assert states[0] == states[1]


def test_evidence_is_added_beside_a_server(
    aims: Aims, two: tuple[Path, Path], tmp_path: Path
) -> None:
    _, served = two
    (tmp_path / "proof.txt").write_text("proof")
    options = ("--supports", "A.7.5", "--kind", "design", "--collected-by", "A.7.5")
    added = aims("evidence", "add", str(tmp_path / "proof.txt"), *options, workspace=served)
    assert added.code == 0, added.err
    assert added.out.startswith("Recorded ")


def test_what_needs_the_store_itself_is_refused(aims: Aims, two: tuple[Path, Path]) -> None:
    _, served = two
    refused = aims("rebuild", workspace=served)
    assert refused.code == 2
    assert "server" in refused.err


def test_verify_beside_a_server_reads_the_ledger(
    aims: Aims, two: tuple[Path, Path], fresh: Callable[[], Path]
) -> None:
    _, served = two
    assert aims("verify", workspace=served).code == 0
