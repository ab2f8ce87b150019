"""Clients of the application over the example."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from engine.workspace import Workspace


@pytest.fixture(scope="session")
def client(example: Workspace) -> Iterator[TestClient]:
    """Talks to the application in this process; server errors come back as answers."""
    with TestClient(create_app(example), raise_server_exceptions=False) as talking:
        yield talking


@pytest.fixture
def workspace(tmp_path: Path, example_root: Path) -> Iterator[Workspace]:
    """A copy of the example that a test may write to."""
    root = tmp_path / "workspace"
    shutil.copytree(example_root, root)
    with Workspace.open(root, face="server") as opened:
        yield opened


@pytest.fixture
def writing(workspace: Workspace) -> Iterator[TestClient]:
    """Talks to the application over ``workspace``."""
    with TestClient(create_app(workspace), raise_server_exceptions=False) as talking:
        yield talking
