"""A store of each kind."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.store.port import (
    Adapter,
    Store,
)
from tests.store.asking import ADAPTERS


@pytest.fixture(params=ADAPTERS, ids=lambda adapter: adapter.name)
def adapter(request: pytest.FixtureRequest) -> Adapter:
    found = request.param
    assert isinstance(found, Adapter)
    return found


@pytest.fixture
def store(adapter: Adapter, tmp_path: Path) -> Iterator[Store]:
    opened = adapter.open(tmp_path / "store")
    yield opened
    opened.close()
