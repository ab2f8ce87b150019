"""``aims import --guard``: exit codes, what people and programs are told, what stays imported."""

import json
from pathlib import Path

import pytest

from engine.workspace import Workspace
from tests.cli.conftest import Aims, Ran
from tests.facts import HEAD
from tests.guarding import OWNED, PACK, UNOWNED


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A closed workspace with a few rules, and files beside it."""
    root = tmp_path / "w"
    with Workspace.create(root, agent="urn:test:agent") as workspace:
        workspace.committer.adopt(PACK, agent="urn:test:agent")
    facts = {"good": OWNED, "bad": UNOWNED.replace("ex:a", "ex:b"), "fine": "ex:c ex:p 1 ."}
    for name, text in facts.items():
        (tmp_path / f"{name}.ttl").write_text(HEAD + text)
    (tmp_path / "poison.ttl").write_text(f"{HEAD} ex:p a ex:Poison ; ex:poisoned true .")
    return root


def bring(aims: Aims, root: Path, *names: str, guard: str = "violation", form: str = "") -> Ran:
    files = [str(root.parent / f"{name}.ttl") for name in names]
    more = ["--format", form] if form else []
    return aims("import", *files, "--guard", guard, *more, workspace=root)


def head(root: Path) -> int:
    with Workspace.open(root) as workspace:
        return workspace.ledger.head().sequence


def test_a_refusal_is_a_finding_and_shown_with_its_remedy(aims: Aims, root: Path) -> None:
    before = head(root)
    ran = bring(aims, root, "bad")
    assert ran.code == 1
    assert "VIOLATION nobody owns it; name an owner" in ran.out
    assert "b  path <https://example.org/owner>  by aimsh:Owned" in ran.out
    assert "bad: the change would add 1 rule result of severity violation" in ran.err
    assert len(ran.err.strip().splitlines()) == 1
    assert head(root) == before


def test_what_passes_is_imported(aims: Aims, root: Path) -> None:
    before = head(root)
    ran = bring(aims, root, "good", guard="info")
    assert (ran.code, ran.err) == (0, "")
    assert head(root) == before + 1


def test_files_before_the_refused_one_stay_and_those_after_it_are_left_alone(
    aims: Aims, root: Path
) -> None:
    before = head(root)
    ran = bring(aims, root, "good", "bad", "fine", form="json")
    assert ran.code == 1
    good, bad = ran.json
    assert (good["source"], good["sequence"], good["guard"]) == ("good", before + 1, "violation")
    assert "refused" not in good
    assert (bad["source"], bad["sequence"], bad["guard"]) == ("bad", None, "violation")
    assert bad["refused"]["total"] == 1
    (result,) = bad["refused"]["results"]
    assert result["focus"]["iri"] == "https://example.org/b"
    assert result["remedy"] == "name an owner"
    assert bad["refused"]["sequence"] == before + 1 == head(root)


def test_a_dry_run_is_refused_the_same(aims: Aims, root: Path) -> None:
    before = head(root)
    path = str(root.parent / "bad.ttl")
    ran = aims("import", path, "--dry-run", "--guard", "violation", workspace=root)
    assert (ran.code, head(root)) == (1, before)


def test_a_rule_that_could_not_be_judged_is_told(aims: Aims, root: Path) -> None:
    ran = bring(aims, root, "poison")
    assert ran.code == 1
    assert "not validated: aimsh:Poison" in ran.out
    assert "the guard could not judge 1 rule" in ran.err


@pytest.mark.parametrize("guard", ["", "Violation", "error"])
def test_a_guard_that_is_none_imports_nothing(aims: Aims, root: Path, guard: str) -> None:
    before = head(root)
    ran = bring(aims, root, "good", guard=guard)
    assert (ran.code, head(root)) == (2, before)
    assert "'violation', 'warning', 'info'" in ran.err


def test_the_guard_works_with_the_shipped_rules(aims: Aims, workspace: Path) -> None:
    before = head(workspace)
    (workspace.parent / "new.ttl").write_text(
        f'{HEAD} ex:s a aims:AISystem ; aims:identifier "S" .'
    )
    ran = aims(
        *("import", str(workspace.parent / "new.ttl"), "--guard", "violation"),
        *("--format", "json"),
        workspace=workspace,
    )
    assert (ran.code, head(workspace)) == (1, before)
    rules = {r["rule"]["label"] for r in json.loads(ran.out)[0]["refused"]["results"]}
    assert "aimsh:ScopeDecided" in rules
    (workspace.parent / "note.ttl").write_text(f'{HEAD} ex:note a ex:Note ; ex:text "x" .')
    assert (
        aims(
            *("import", str(workspace.parent / "note.ttl"), "--guard", "info"), workspace=workspace
        ).code
        == 0
    )
