"""A small workspace to write to."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ledger.making import Held, Ticking, hold
from tests.ledger.ram import ram_folder


@pytest.fixture
def ram() -> Iterator[Path]:
    """A folder in memory."""
    with ram_folder() as folder:
        yield folder


@pytest.fixture
def held(ram: Path) -> Iterator[Held]:
    """An empty ledger with a store in memory; its clock stands still unless told otherwise."""
    made = hold(ram / "workspace", ticking=Ticking())
    yield made
    made.close()
