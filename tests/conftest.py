"""Fixtures that several folders share."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.workspace import Workspace
from tests.virtuoso import Virtuoso, running

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def material() -> Path:
    """The folder of files from the world; skips where it is absent."""
    given = os.environ.get("AIMS_MATERIAL")
    folder = Path(given) if given else ROOT.parent / "shared" / "material"
    if not folder.is_dir():
        pytest.skip(f"no material: {folder} is absent and AIMS_MATERIAL is not set")
    return folder


@pytest.fixture(scope="session")
def virtuoso(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Virtuoso]:
    """A Virtuoso server, shared: a test uses graphs of its own or clears what it wrote."""
    with running(tmp_path_factory.mktemp("virtuoso") / "server") as server:
        yield server


@pytest.fixture(scope="session")
def example_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed workspace with the clean example; to be copied, never written."""
    root = tmp_path_factory.mktemp("example") / "workspace"
    with Workspace.create(root, agent="urn:test:agent") as workspace:
        list(workspace.load_example(agent="urn:test:agent"))
    return root


@pytest.fixture(scope="session")
def faulty_root(tmp_path_factory: pytest.TempPathFactory, example_root: Path) -> Path:
    """A closed workspace with the planted faults."""
    root = tmp_path_factory.mktemp("faulty") / "workspace"
    shutil.copytree(example_root, root)
    with Workspace.open(root) as workspace:
        workspace.plant_faults(agent="urn:test:agent")
    return root


@pytest.fixture(scope="session")
def example(tmp_path_factory: pytest.TempPathFactory, example_root: Path) -> Iterator[Workspace]:
    """The clean example, open; only for tests that read."""
    root = tmp_path_factory.mktemp("shared") / "workspace"
    shutil.copytree(example_root, root)
    with Workspace.open(root) as workspace:
        yield workspace


@pytest.fixture
def fresh(tmp_path: Path, example_root: Path) -> Callable[[], Path]:
    """Makes copies of the example workspace that a test may write to."""

    def copy() -> Path:
        root = tmp_path / f"copy-{len(list(tmp_path.iterdir()))}"
        shutil.copytree(example_root, root)
        return root

    return copy
