"""Names that try to leave the folder: as source, compartment, format, mapping and upload."""

import tempfile
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from engine.errors import InputError, NotFoundError
from engine.importers import find_mapping
from engine.intake import Intake
from engine.iri import DEFAULT_BASE
from engine.workspace import Workspace

AGENT = "urn:test:agent"
TEXT = "<urn:a> <urn:p> 1 ."
WORDS = (
    "../x ../../etc/passwd /etc/passwd //host/x ./x x/../y .. . ... ~ ~/x C:\\x C:/x \\\\host\\x "
    "..\\x file:///etc/passwd file:x http://127.0.0.1/x %2e%2e%2fx ..%2fx x%00y con nul aux prn "
    "com1 x: x* x? x| x< x> -x .x x/ $HOME `id` ;id |id"
)
NAMES = [*WORDS.split(), "x\0y", "x\ny", "x\ry", "x y", "é/..", "x" * 200]


def _files(root: Path) -> set[Path]:
    return {path for path in root.rglob("*") if "workspace" not in path.parts}


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace.create(tmp_path / "workspace", agent=AGENT)


@pytest.fixture
def client(workspace: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> TestClient:
    (tmp_path / "uploads").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "uploads"))
    return TestClient(create_app(workspace), raise_server_exceptions=False)


def _upload(client: TestClient, name: str) -> int:
    form = {"as": "turtle", "source": "upload", "mapping": name.replace("\0", "")}
    return client.post("/v1/imports", files={"file": (name, TEXT)}, data=form).status_code


def test_there_are_forty_names() -> None:
    assert len(set(NAMES)) >= 40


@pytest.mark.parametrize("field", ["source", "into", "format_name"])
def test_no_source_compartment_or_format_reaches_outside(
    workspace: Workspace, tmp_path: Path, field: str
) -> None:
    path = tmp_path / "a.ttl"
    path.write_text(TEXT)
    before = _files(tmp_path)
    taken: list[str] = []
    for name in NAMES:
        try:
            told = workspace.import_file(Intake(path, AGENT, **{field: name}))  # type: ignore[arg-type]
        except (InputError, NotFoundError):
            continue
        taken.append(told.graph.value.removeprefix(f"{DEFAULT_BASE}graph/"))
    workspace.close()
    assert all(graph.count("/") == 1 and ".." not in graph for graph in taken)
    assert _files(tmp_path) == before


def test_a_mapping_that_is_no_file_is_not_found_whatever_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in [*NAMES, "x" * 300]:
        if name != "/etc/passwd":
            with pytest.raises(NotFoundError):
                find_mapping(name)


def test_uploads_of_forty_names_are_taken_or_refused_and_stay_inside(
    client: TestClient, tmp_path: Path
) -> None:
    before = _files(tmp_path)
    with client:
        found = {name: _upload(client, name) for name in NAMES}
    assert {name: status for name, status in found.items() if status >= 500} == {}
    assert _files(tmp_path) == before


def test_an_upload_of_a_name_that_no_file_can_have_is_taken_or_refused(client: TestClient) -> None:
    with client:
        assert _upload(client, "x" * 300) < 500
