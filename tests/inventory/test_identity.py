"""One system per row, none merged, nothing made up, and the same when it is read again."""

from collections import Counter, defaultdict
from pathlib import Path

import pytest

from engine.rdf import Literal, NamedNode, Node
from engine.snapshot import Reader
from engine.vocab import AIMS, RDF_TYPE, SCHEME, SKOS
from engine.workspace import Workspace
from tests.inventory.asking import answer, intake
from tests.inventory.reading import (
    AGENCY,
    ASSESSED,
    BUREAU,
    CONTESTED,
    DOCUMENTED,
    MONITORED,
    NAME,
    QUESTIONS,
    Row,
)

COLUMNS = dict(zip(QUESTIONS, (ASSESSED, DOCUMENTED, CONTESTED, MONITORED), strict=True))


@pytest.fixture(scope="module")
def by_row(reader: Reader) -> dict[int, Node]:
    """The system of each row of the file, the first row being 0."""
    systems = set(reader.instances(AIMS.AISystem))
    found: dict[int, Node] = {}
    for triple in reader.match(None, AIMS.sourceRow, None):
        if triple.subject in systems and isinstance(triple.object, Literal):
            number = int(triple.object.value) - 2
            assert number not in found
            found[number] = triple.subject  # type: ignore[assignment]
    return found


def test_there_is_one_system_for_each_row(by_row: dict[int, Node], rows: list[Row]) -> None:
    assert sorted(by_row) == list(range(len(rows)))
    assert len(set(by_row.values())) == len(rows)


def test_identical_rows_stay_distinct(by_row: dict[int, Node], rows: list[Row]) -> None:
    groups: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for number, row in enumerate(rows):
        groups[tuple(row)].append(number)
    twins = [numbers for numbers in groups.values() if len(numbers) > 1]
    assert len(twins) == 3
    assert all(len({by_row[number] for number in twin}) == len(twin) for twin in twins)


def test_rows_of_one_name_or_natural_key_are_not_merged(
    by_row: dict[int, Node], rows: list[Row], reader: Reader
) -> None:
    keys = Counter(
        tuple(" ".join(row[at].split()) for at in (AGENCY, BUREAU, NAME)) for row in rows
    )
    assert sum(count > 1 for count in keys.values()) == 29
    for number, system in by_row.items():
        labels = reader.values(system, SKOS.prefLabel)
        assert [label.value for label in labels if isinstance(label, Literal)] == [
            rows[number][NAME].strip()
        ]


def test_each_system_is_identified_by_a_use_case_of_its_own(
    by_row: dict[int, Node], reader: Reader
) -> None:
    cases = [reader.values(system, AIMS.identifiedBy) for system in by_row.values()]
    assert all(len(found) == 1 for found in cases)
    assert len({found[0] for found in cases}) == len(by_row)
    assert all(reader.is_a(found[0], AIMS.UseCase) for found in cases)


def test_two_systems_share_nothing_but_agency_bureau_file_class_and_concepts(
    by_row: dict[int, Node], reader: Reader
) -> None:
    shared: Counter[NamedNode] = Counter()
    for system in by_row.values():
        shared.update(t.object for t in reader.match(system) if isinstance(t.object, NamedNode))
    for node, count in shared.items():
        if count == 1 or node in SCHEME or node == AIMS.AISystem:
            continue
        kinds = {AIMS.Organization, AIMS.OrganizationalUnit, AIMS.SourceFile}
        assert any(reader.is_a(node, kind) for kind in kinds), node


@pytest.mark.parametrize("question", QUESTIONS)
def test_answers_are_kept_word_for_word(
    inventory: Workspace, rows: list[Row], question: str
) -> None:
    found = answer(inventory, "answers", topic=question)
    assert len(found) == len(rows)
    for one in found:
        cell = rows[int(one["row"]) - 2][COLUMNS[question]]
        if not one["column"]:
            assert one["words"] == (cell if cell.strip() else ""), one["row"]
        else:
            assert one["answer"] == "answer-extension"
            assert not cell.strip()


def test_cells_that_are_no_dates_are_kept_word_for_word(
    inventory: Workspace, rows: list[Row]
) -> None:
    found = answer(inventory, "unread-cells")
    assert len(found) == 109
    assert all(one["words"] in rows[int(one["row"]) - 2] for one in found)


MADE_UP = (
    "ManagementSystem ScopeStatement StatementOfApplicability SoaEntry Risk RiskAssessment "
    "ImpactAssessment ImplementedControl Evidence Supplier ModelVersion DatasetVersion "
    "CompletenessStatement AuditorJudgement Attestation"
).split()


@pytest.mark.parametrize("name", MADE_UP)
def test_nothing_is_made_up(reader: Reader, name: str) -> None:
    assert [n for n in reader.instances(AIMS[name]) if "us-2024" in str(n)] == []
    assert not reader.contains(None, RDF_TYPE, AIMS[name])


def test_no_risk_tier_of_ours_is_asserted(reader: Reader) -> None:
    for name in ("riskTier", "autonomyLevel", "impactOnIndividuals", "inScopeOf", "suppliedBy"):
        assert not reader.contains(None, AIMS[name], None), name


def test_every_term_of_ours_that_the_import_uses_is_defined(
    inventory: Workspace, reader: Reader
) -> None:
    graph = NamedNode(f"{inventory.ledger.base}graph/general/us-inventory")
    used: set[NamedNode] = set()
    for quad in reader.quads(graph):
        terms = (quad.predicate, quad.object)
        used.update(t for t in terms if isinstance(t, NamedNode) and (t in AIMS or t in SCHEME))
    assert len(used) > 40
    assert [term for term in used if not reader.contains(term, SKOS.definition, None)] == []


# Again


@pytest.mark.long
def test_a_dry_run_of_the_same_file_would_change_nothing(
    inventory: Workspace, material: Path
) -> None:
    before = inventory.ledger.head().sequence
    told = inventory.import_file(intake(material, dry_run=True))
    assert len(told.patch) == 0
    assert inventory.ledger.head().sequence == before


def test_importing_it_again_changes_nothing_and_makes_no_entry(
    inventory: Workspace, material: Path
) -> None:
    before = inventory.ledger.head()
    told = inventory.import_file(intake(material))
    assert (told.sequence, len(told.patch)) == (None, 0)
    assert inventory.ledger.head() == before
