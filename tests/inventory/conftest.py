"""The federal inventory, imported once a session: only for tests that read."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.conformance import Assessment
from engine.importers import Limits
from engine.intake import Imported
from engine.shacl import Report
from engine.snapshot import Reader
from engine.workspace import Workspace
from tests.inventory.asking import AGENT, VIEW, intake
from tests.inventory.reading import Row, read


@pytest.fixture(scope="session")
def imported(
    material: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Workspace, Imported]]:
    """The workspace and what the import told."""
    root = tmp_path_factory.mktemp("inventory") / "workspace"
    with Workspace.create(root, agent=AGENT) as workspace:
        # A loaded machine may take minutes for what takes seconds; that is not tested here.
        workspace.limits = Limits(seconds=600)
        yield workspace, workspace.import_file(intake(material))


@pytest.fixture(scope="session")
def inventory(imported: tuple[Workspace, Imported]) -> Workspace:
    return imported[0]


@pytest.fixture(scope="session")
def reader(inventory: Workspace) -> Reader:
    return inventory.reader(VIEW)


@pytest.fixture(scope="session")
def report(inventory: Workspace) -> Report:
    return inventory.validate(VIEW)[1]


@pytest.fixture(scope="session")
def assessment(inventory: Workspace) -> Assessment:
    return inventory.assess(VIEW)


@pytest.fixture(scope="session")
def rows(material: Path) -> list[Row]:
    """The rows of the file as the csv module reads them."""
    return read(material)[1]
