"""A client of the application over the example."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from engine.workspace import Workspace


@pytest.fixture(scope="session")
def client(example: Workspace) -> Iterator[TestClient]:
    """Talks to the application in this process; server errors come back as answers."""
    with TestClient(create_app(example), raise_server_exceptions=False) as talking:
        yield talking
