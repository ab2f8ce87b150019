"""A workspace whose lease is held as a server holds it, with its door open."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.door import Listening
from engine.workspace import Workspace


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A workspace that nobody has open."""
    Workspace.create(tmp_path / "w", agent="urn:test:agent").close()
    return tmp_path / "w"


@pytest.fixture
def held(root: Path) -> Iterator[Workspace]:
    """The workspace in ``root``, held and listening."""
    with (
        Workspace.open(root, face="server") as workspace,
        Listening(root, workspace.committer),
    ):
        yield workspace
