"""A store of each kind: those of the folder, and an endpoint of each server that is there."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.sparql.remote import planned
from engine.store.endpoint import Address
from engine.store.port import (
    Adapter,
    Store,
)
from engine.store.sparql11 import Sparql11Store
from tests import oxigraph_server
from tests.store.asking import ADAPTERS
from tests.store.served import Served, serving
from tests.virtuoso import Virtuoso

EMBEDDED = {adapter.name: adapter for adapter in ADAPTERS}
# Each with the fixture that gives its address.
ENDPOINTS = {
    "sparql11-small-server": "small_server",
    "sparql11-oxigraph": "oxigraph_address",
    "sparql11-virtuoso": "virtuoso_address",
}


def opening(address: Address) -> Callable[[Path], Store]:
    """Opens a store at ``address`` that holds nothing."""

    def opened(_folder: Path) -> Store:
        store = Sparql11Store(address, planned)
        store.clear()
        return store

    return opened


@pytest.fixture(scope="session")
def served() -> Iterator[Served]:
    with serving() as running:
        yield running


@pytest.fixture(scope="session")
def small_server(served: Served) -> Address:
    return Address(served.address, seconds=20)


@pytest.fixture(scope="session")
def oxigraph_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Address]:
    with oxigraph_server.running(tmp_path_factory.mktemp("oxigraph") / "store") as address:
        yield Address(f"{address}/query", f"{address}/update", seconds=20)


@pytest.fixture(scope="session")
def virtuoso_address(virtuoso: Virtuoso) -> Address:
    return Address(virtuoso.endpoint, user=virtuoso.user, password=virtuoso.password, seconds=30)


@pytest.fixture(scope="session", params=[*EMBEDDED, *ENDPOINTS])
def adapter(request: pytest.FixtureRequest) -> Adapter:
    name = request.param
    if name in EMBEDDED:
        return EMBEDDED[name]
    address = request.getfixturevalue(ENDPOINTS[name])
    assert isinstance(address, Address)
    return Adapter(name, opening(address), durable=True)


@pytest.fixture
def store(adapter: Adapter, tmp_path: Path) -> Iterator[Store]:
    opened = adapter.open(tmp_path / "store")
    yield opened
    opened.close()
