"""From a file to an entry: a source asserts what its last import said, whole or not at all."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.errors import (
    InputError,
    MappingError,
    NotFoundError,
    ParseError,
    ReservedTermError,
)
from engine.importers import OnError
from engine.intake import Imported, Intake
from engine.iri import DEFAULT_BASE, graph_iri
from engine.rdf import NamedNode, Quad
from engine.view import View
from engine.vocab import AIMS
from engine.workspace import Workspace
from tests.importers.reading import column

AGENT = "urn:test:agent"
P = "<https://example.org/p>"
Put = Callable[..., Path]


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace.create(tmp_path / "workspace", agent=AGENT) as made:
        yield made


@pytest.fixture
def put(tmp_path: Path) -> Put:
    """Writes a file to import."""

    def write(name: str, content: str | bytes) -> Path:
        path = tmp_path / "files" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


@pytest.fixture
def mapping(put: Put) -> str:
    return str(put("mapping.toml", column("Note", 'kind = "integer"')))


def _held(workspace: Workspace, source: str, compartment: str = "general") -> set[Quad]:
    """What a source asserts, without the provenance of the file."""
    graph = graph_iri(DEFAULT_BASE, compartment, source)
    quads = workspace.reader(View()).quads(graph)
    own = (f"<{DEFAULT_BASE}file/", f"<{DEFAULT_BASE}import/")
    return {quad for quad in quads if not str(quad.subject).startswith(own)}


def _take(workspace: Workspace, path: Path, **more: object) -> Imported:
    return workspace.import_file(Intake(path, AGENT, **more))  # type: ignore[arg-type]


def _head(workspace: Workspace) -> int:
    return workspace.ledger.head().sequence


# One source


def test_a_file_becomes_one_entry_with_agent_reason_and_graph(
    workspace: Workspace, put: Put
) -> None:
    told = _take(workspace, put("my register.ttl", f"<urn:a> {P} 1 ."))
    entry = workspace.entries(_head(workspace), _head(workspace), View())[0]
    assert (entry.sequence, entry.header.agent) == (told.sequence, AGENT)
    assert entry.reason == "import of my register.ttl"
    assert told.graph == graph_iri(DEFAULT_BASE, "general", "my-register")
    assert told.patch == entry.patch()
    assert len(_held(workspace, "my-register")) == 1


def test_source_compartment_format_and_reason_may_be_given(workspace: Workspace, put: Put) -> None:
    path = put("data.txt", f"<urn:a> {P} 1 .")
    told = _take(
        workspace, path, source="hr", into="personal", format_name="turtle", reason="yearly"
    )
    assert told.graph == graph_iri(DEFAULT_BASE, "personal", "hr")
    assert workspace.entries(_head(workspace), _head(workspace), View())[0].reason == "yearly"
    assert len(_held(workspace, "hr", "personal")) == 1


def test_importing_a_file_twice_changes_nothing_and_makes_no_entry(
    workspace: Workspace, put: Put
) -> None:
    path = put("a.ttl", f"<urn:a> {P} [ {P} 01 ] .")
    _take(workspace, path)
    before = _head(workspace)
    again = _take(workspace, path)
    assert (again.sequence, len(again.patch)) == (None, 0)
    assert _head(workspace) == before


def test_what_vanished_from_a_file_is_retracted_and_the_rest_is_left_alone(
    workspace: Workspace, put: Put
) -> None:
    _take(workspace, put("a.ttl", f"<urn:a> {P} 1 , 2 , 3 ."))
    told = _take(workspace, put("a.ttl", f"<urn:a> {P} 2 , 4 ."))
    values = {str(quad.object)[1:2] for quad in _held(workspace, "a")}
    assert values == {"2", "4"}
    changed = [quad for quad in told.patch.removes if str(quad.subject) == "<urn:a>"]
    assert len(changed) == 2


def test_sources_are_left_alone_by_each_other_even_where_they_agree(
    workspace: Workspace, put: Put
) -> None:
    _take(workspace, put("a.ttl", f"<urn:a> {P} 1 , 2 ."))
    _take(workspace, put("b.ttl", f"<urn:a> {P} 1 ."))
    _take(workspace, put("a.ttl", ""))
    assert _held(workspace, "a") == set()
    assert len(_held(workspace, "b")) == 1
    reader = workspace.reader(View())
    assert len(list(reader.match(NamedNode("urn:a")))) == 1


def test_the_same_source_in_two_compartments_is_two_graphs(workspace: Workspace, put: Put) -> None:
    path = put("a.ttl", f"<urn:a> {P} 1 .")
    _take(workspace, path)
    _take(workspace, path, into="secret")
    assert len(_held(workspace, "a")) == len(_held(workspace, "a", "secret")) == 1


def test_who_said_it_and_from_which_file_can_be_asked(workspace: Workspace, put: Put) -> None:
    told = _take(workspace, put("a.ttl", f"<urn:a> {P} 1 ."))
    _, node, history = workspace.show(View(), "urn:a")
    assert node == NamedNode("urn:a")
    assert [one.sequence for one in history] == [told.sequence]
    reader = workspace.reader(View())
    (activity,) = reader.instances(AIMS["ImportActivity"])
    assert str(reader.value(activity, AIMS["sourceName"])) == '"a"'


# Tables


def test_a_table_is_imported_through_a_mapping(
    workspace: Workspace, put: Put, mapping: str
) -> None:
    told = _take(workspace, put("t.csv", "Name,Note\nAda,1\nBob,2\n"), mapping=mapping)
    assert told.to_json()["rows_imported"] == 2
    assert told.to_json()["mapping"] == "mapping"


def test_a_row_put_in_between_leaves_the_statements_about_others_alone(
    workspace: Workspace, put: Put, mapping: str
) -> None:
    _take(workspace, put("t.csv", "Name,Note\nAda,1\nBob,2\n"), mapping=mapping)
    told = _take(workspace, put("t.csv", "Name,Note\nAda,1\nEve,9\nBob,2\n"), mapping=mapping)
    touched = {quad.predicate for quad in told.patch.removes if "/thing/" in str(quad.subject)}
    # Which file and row they stand in has changed; what they say has not.
    assert touched <= {AIMS["sourceRow"], NamedNode("http://www.w3.org/ns/prov#wasDerivedFrom")}


FAULTY = "Name,Note\nAda,1\nBob,x\nCyd,3\n"


def test_faulty_rows_stop_the_import_and_nothing_is_written(
    workspace: Workspace, put: Put, mapping: str
) -> None:
    before = _head(workspace)
    with pytest.raises(ParseError, match=r't.csv, line 3.*row 3, line 3, column "Note", value "x"'):
        _take(workspace, put("t.csv", FAULTY), mapping=mapping)
    assert _head(workspace) == before
    assert _held(workspace, "t") == set()


def test_faulty_rows_are_left_out_where_asked_and_each_is_told(
    workspace: Workspace, put: Put, mapping: str
) -> None:
    told = _take(workspace, put("t.csv", FAULTY), mapping=mapping, on_error=OnError.SKIP)
    assert told.errors == 1
    answer = told.to_json()
    assert (answer["rows_read"], answer["rows_imported"]) == (3, 2)
    assert answer["errors"] == [
        {
            "place": 'row 3, line 3, column "Note", value "x"',
            "row": 3,
            "line": 3,
            "column": "Note",
            "value": "x",
            "reason": "it is no whole number",
        }
    ]
    assert not any("Bob" in str(quad) for quad in _held(workspace, "t"))


def test_a_row_that_became_faulty_is_retracted_by_skip_and_kept_by_stop(
    workspace: Workspace, put: Put, mapping: str
) -> None:
    _take(workspace, put("t.csv", FAULTY.replace("x", "2")), mapping=mapping)
    path = put("t.csv", FAULTY)
    with pytest.raises(ParseError):
        _take(workspace, path, mapping=mapping)
    assert any("Bob" in str(quad) for quad in _held(workspace, "t"))
    _take(workspace, path, mapping=mapping, on_error=OnError.SKIP)
    assert not any("Bob" in str(quad) for quad in _held(workspace, "t"))


# Dry run


def test_a_dry_run_tells_what_would_change_and_writes_nothing(
    workspace: Workspace, put: Put
) -> None:
    _take(workspace, put("a.ttl", f"<urn:a> {P} 1 ."))
    before, held = _head(workspace), _held(workspace, "a")
    told = _take(workspace, put("a.ttl", f"<urn:a> {P} 2 ."), dry_run=True)
    assert _head(workspace) == before
    assert _held(workspace, "a") == held
    answer = told.to_json()
    assert (answer["dry_run"], answer["sequence"]) == (True, None)
    sample = answer["sample"]
    assert isinstance(sample, list)
    assert any(row.startswith(f"D <urn:a> {P}") for row in sample)
    done = _take(workspace, put("a.ttl", f"<urn:a> {P} 2 ."))
    assert done.patch == told.patch


def test_a_dry_run_shows_at_most_twenty_statements_and_counts_all(
    workspace: Workspace, put: Put
) -> None:
    values = " , ".join(map(str, range(100)))
    answer = _take(workspace, put("a.ttl", f"<urn:a> {P} {values} ."), dry_run=True).to_json()
    assert len(answer["sample"]) == 20  # type: ignore[arg-type]
    assert isinstance(answer["added"], int)
    assert answer["added"] > 100


def test_a_dry_run_refuses_what_the_import_would_refuse(workspace: Workspace, put: Put) -> None:
    path = put("a.ttl", "<urn:a> a <https://w3id.org/aimsgraph/ns#Parameter> .")
    with pytest.raises(ReservedTermError):
        _take(workspace, path, dry_run=True)


# Refusals


def test_a_table_without_a_mapping_is_refused_with_what_to_do(
    workspace: Workspace, put: Put
) -> None:
    with pytest.raises(InputError, match=r"t.csv is a table .* needs a mapping.*docs/importing.md"):
        _take(workspace, put("t.csv", "Name\nAda\n"))


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.docx", "x", NotFoundError),
        ("a.ttl", "<urn:a> <urn:b> .", ParseError),
        (
            "a.ttl",
            f"<{DEFAULT_BASE}p/x> a <https://w3id.org/aimsgraph/ns#Obligation> .",
            InputError,
        ),
        ("a.ttl", "<https://w3id.org/aimsgraph/ns#Risk> <urn:p> 1 .", ReservedTermError),
        ("a.trig", f"<{DEFAULT_BASE}graph/general/x> {{ <urn:a> <urn:p> 1 }}", InputError),
        ("漢字.ttl", "", InputError),
        ("...ttl", "", (InputError, NotFoundError)),
    ],
)
def test_what_is_refused_writes_nothing(
    workspace: Workspace, put: Put, name: str, content: str, kind: type[Exception]
) -> None:
    before = _head(workspace)
    with pytest.raises(kind):
        _take(workspace, put(name, content))
    assert _head(workspace) == before


def test_a_file_whose_name_names_no_source_can_be_given_one(workspace: Workspace, put: Put) -> None:
    path = put("漢字.ttl", f"<urn:a> {P} 1 .")
    with pytest.raises(InputError, match="Name the source with --source"):
        _take(workspace, path)
    assert _take(workspace, path, source="kanji").sequence
    assert Intake(Path("_x y_.ttl"), AGENT).source_name == "x-y"


def test_a_mapping_that_does_not_fit_writes_nothing(
    workspace: Workspace, put: Put, mapping: str
) -> None:
    with pytest.raises(MappingError, match='has no column "Note"'):
        _take(workspace, put("t.csv", "Name,Comment\nAda,1\n"), mapping=mapping)
    with pytest.raises(NotFoundError, match='no mapping "absent"'):
        _take(workspace, put("t.csv", "Name\nAda\n"), mapping="absent")
    assert _held(workspace, "t") == set()
