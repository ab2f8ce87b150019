"""Each file of a workspace deleted once (B4): healed, or told; nothing empty in its place."""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.errors import AimsError, NotFoundError, WorkspaceError
from engine.rdf import Literal, Quad
from engine.vocab import AIMS, RDF_TYPE
from engine.workspace import Workspace
from tests.ledger.making import AGENT, adding, graph, node, quad
from tests.ledger.ram import ram_folder

SECONDS = 5


@pytest.fixture(scope="module")
def whole() -> Iterator[Path]:
    """A closed workspace with evidence in its vault and an overlay."""
    with ram_folder() as ram:
        root = ram / "whole"
        with Workspace.create(root, agent=AGENT) as workspace:
            digest = workspace.vault.put(b"minutes")
            (root / "overlay").mkdir()
            (root / "overlay" / "own.ttl").write_text("<urn:a> <urn:b> <urn:c> .")
            paper = node("paper")
            quads = [
                Quad(paper, RDF_TYPE, AIMS.Evidence, graph()),
                Quad(paper, AIMS.digestValue, Literal(digest), graph()),
            ]
            workspace.committer.commit(adding(quad("a"), *quads), agent=AGENT, reason="because")
            workspace.committer.commit(adding(quad("b")), agent=AGENT, reason="because")
            assert workspace.verify().consistent
        yield root


def files(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def outcome(root: Path) -> str:
    """What a user is told who opens, verifies and writes: empty if all is well."""
    try:
        with Workspace.open(root) as workspace:
            report = workspace.verify()
            if report.problems:
                return f"found {report.problems[0].kind}: {report.problems[0].message}"
            workspace.committer.commit(adding(quad("new")), agent=AGENT)
            assert workspace.verify().consistent
            assert workspace.ledger.state() >= {quad("a"), quad("b"), quad("new")}
    except AimsError as error:
        return f"{type(error).__name__} {error}"
    return ""


def test_each_file_deleted_once_is_healed_or_told(whole: Path) -> None:
    told: dict[str, str] = {}
    names = files(whole)
    assert {"ledger.sqlite", "ledger.key", "overlay/own.ttl"} <= set(names)
    assert sum(name.startswith("store/") for name in names) > 5
    for name in names:
        root = whole.with_name("copy")
        shutil.copytree(whole, root)
        (root / name).unlink()
        start = time.monotonic()
        told[name] = outcome(root)
        assert time.monotonic() - start < SECONDS, name
        if name == "ledger.sqlite":
            assert not (root / name).exists()
            with pytest.raises(WorkspaceError):
                Workspace.create(root, agent=AGENT)
        shutil.rmtree(root)
    assert told.pop("ledger.sqlite").startswith(f"{NotFoundError.__name__} ")
    for name, said in told.items():
        if name.startswith("vault/"):
            assert said.startswith("found vault: the bytes of <https://example.org/paper>"), said
        elif name.startswith("store/"):
            assert said == "" or "aims rebuild" in said, f"{name}: {said}"
        else:
            assert said == "", f"{name}: {said}"


def test_a_store_that_is_told_to_be_damaged_is_rebuilt(whole: Path) -> None:
    root = whole.with_name("damaged")
    shutil.copytree(whole, root)
    for path in (root / "store").glob("*.sst"):
        path.unlink()
    assert "aims rebuild" in outcome(root)
    with Workspace.open(root) as workspace:
        assert workspace.rebuild() == workspace.ledger.head().sequence
    assert outcome(root) == ""


@pytest.mark.parametrize("name", ["store", "vault", "overlay"])
def test_each_folder_deleted_once_is_healed_or_told(whole: Path, name: str) -> None:
    root = whole.with_name(f"without-{name}")
    shutil.copytree(whole, root)
    shutil.rmtree(root / name)
    said = outcome(root)
    assert said == "" if name != "vault" else said.startswith("found vault: ")


def test_without_its_key_a_workspace_works_but_for_checkpoints(whole: Path) -> None:
    root = whole.with_name("without-key")
    shutil.copytree(whole, root)
    with Workspace.open(root) as workspace:
        note = workspace.checkpoint()
    (root / "ledger.key").unlink()
    assert outcome(root) == ""
    with Workspace.open(root) as workspace:
        assert workspace.verify(checkpoint=note).consistent
        with pytest.raises(WorkspaceError, match="the signing key"):
            workspace.checkpoint()
    assert not (root / "ledger.key").exists()
