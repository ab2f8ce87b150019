"""Every figure from the graph, by named queries, against an independent reading of the file."""

from collections import Counter
from pathlib import Path

import pytest

from engine.intake import Imported
from engine.workspace import Workspace
from tests.inventory.asking import answer, totals
from tests.inventory.reading import (
    AGENCY,
    ASSESSED,
    QUESTIONS,
    Row,
    counted,
    impact,
    in_operation,
    on_people,
    stage,
)

COLUMNS = "yes no inProgress extension waived notApplicable unanswered otherReading".split()
GROUP = "aimsc:declared-impact-rights-or-safety"
OPERATION = "aimsc:declared-stage-operation"


def _counts(row: dict[str, str]) -> Counter[str]:
    return +Counter({key: int(row[key]) for key in COLUMNS})


def test_all_rows_are_imported_without_a_fault(imported: tuple[Workspace, Imported]) -> None:
    told = imported[1].to_json()
    assert (told["rows_read"], told["rows_imported"], told["error_count"]) == (2_133, 2_133, 0)
    assert told["removed"] == 0
    assert len(imported[1].patch.adds) == told["added"]


def test_there_are_2133_use_cases_and_one_system_for_each(inventory: Workspace) -> None:
    found = totals(answer(inventory, "use-cases"))
    assert found == {"useCases": 2_133, "systems": 2_133}


def test_use_cases_per_agency_impact_type_and_stage_are_those_of_the_file(
    inventory: Workspace, rows: list[Row]
) -> None:
    by_agency: Counter[str] = Counter()
    by_impact: Counter[str] = Counter()
    in_use = 0
    for row in answer(inventory, "use-cases"):
        count = int(row["useCases"])
        by_agency[row["reporter"]] += count
        by_impact[row["impact"].removeprefix("declared-impact-")] += count
        in_use += count if row["stage"] == "declared-stage-operation" else 0
    assert by_agency == Counter(row[AGENCY].strip() for row in rows)
    assert by_impact == Counter(map(impact, rows))
    assert in_use == sum(map(in_operation, rows))


def test_351_systems_are_stated_to_bear_on_rights_or_safety(
    inventory: Workspace, rows: list[Row]
) -> None:
    found = totals(answer(inventory, "declarations-by-stage", topic="appeal", impact=GROUP))
    assert found["systems"] == sum(map(on_people, rows)) == 351
    by_type = answer(inventory, "declarations-by-impact-type", topic="appeal")
    each = {row["impact"].removeprefix("declared-impact-"): int(row["systems"]) for row in by_type}
    assert each == Counter(map(impact, rows))


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_answers_about_those_in_operation_are_the_stated_ones(
    inventory: Workspace, rows: list[Row], question: str
) -> None:
    chosen = [row for row in rows if in_operation(row) and on_people(row)]
    found = answer(inventory, "operational-minimum-practices")
    (about,) = (row for row in found if row["question"] == f"question-{question}")
    assert int(about["systems"]) == len(chosen) == 253
    assert _counts(about) == counted(chosen, question)


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_answers_of_each_agency_are_the_stated_ones(
    inventory: Workspace, rows: list[Row], question: str
) -> None:
    for about in answer(inventory, "declarations-by-agency", topic=question):
        own = [row for row in rows if row[AGENCY].strip() == about["agency"]]
        assert int(about["systems"]) == len(own), about["agency"]
        assert _counts(about) == counted(own, question), about["agency"]


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_answers_of_each_impact_type_are_the_stated_ones(
    inventory: Workspace, rows: list[Row], question: str
) -> None:
    found = answer(inventory, "declarations-by-impact-type", topic=question, stage=OPERATION)
    for about in found:
        own = [r for r in rows if f"declared-impact-{impact(r)}" == about["impact"]]
        assert _counts(about) == counted([r for r in own if in_operation(r)], question)


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("people", [False, True])
def test_the_answers_of_each_stage_are_the_stated_ones(
    inventory: Workspace, rows: list[Row], question: str, people: bool
) -> None:
    chosen = {"impact": GROUP} if people else {}
    found = answer(inventory, "declarations-by-stage", topic=question, **chosen)
    told = [row for row in rows if on_people(row) or not people]
    names = [about["stage"].removeprefix("declared-stage-") for about in found]
    assert sorted(names) == sorted({stage(row) for row in told})
    for name, about in zip(names, found, strict=True):
        own = [row for row in told if stage(row) == name]
        assert int(about["systems"]) == len(own), name
        assert _counts(about) == counted(own, question), name


@pytest.mark.parametrize(
    "name", ["declarations-by-agency", "declarations-by-impact-type", "declarations-by-stage"]
)
def test_every_question_is_counted_over_every_system_and_no_answer_is_lost(
    inventory: Workspace, name: str
) -> None:
    found = answer(inventory, name)
    asked = {row["question"] for row in found}
    assert len(asked) == 27
    for question in asked:
        about = totals([row for row in found if row["question"] == question])
        assert about["systems"] == 2_133, question
    assert all(sum(_counts(row).values()) == int(row["systems"]) for row in found)


def test_a_count_leads_to_its_rows_and_their_words(inventory: Workspace, rows: list[Row]) -> None:
    found = answer(
        inventory,
        "answers",
        topic="impact-assessment",
        reading="aimsc:answer-no",
        impact=GROUP,
        stage=OPERATION,
    )
    assert len(found) == 4
    for row in found:
        original = rows[int(row["row"]) - 2]
        assert original[AGENCY].strip() == row["reporter"]
        assert original[ASSESSED] == row["words"]
    covered = answer(inventory, "answers", topic="monitoring", reading="aimsc:answer-extension")
    assert covered
    assert all("requested an extension" in row["column"] for row in covered)


def test_no_query_of_the_inventory_gives_a_percentage_or_a_ranking() -> None:
    folder = Path(__file__).resolve().parents[2] / "queries" / "inventory"
    texts = {path.stem: path.read_text("utf-8") for path in folder.glob("*.rq")}
    assert len(texts) >= 5
    for name, text in texts.items():
        plain = text.lower()
        assert not any(word in plain for word in ("percent", "ratio ", "avg(", "desc(")), name
        assert "/ ?" not in plain, name
