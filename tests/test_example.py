"""The made insurer: nothing to object to as it is, and each planted fault seen for what it is."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from engine.conformance import assess
from engine.derive import derived
from engine.example import fault_list, folder
from engine.iri import expand
from engine.ledger.patch import Patch
from engine.rdf import NamedNode, Term
from engine.shacl import run_pack
from engine.snapshot import Reader
from engine.vocab import shorten
from engine.workspace import Workspace
from tests.example import VIEW

EX = "https://halden.example/"
FAULTS = {str(fault["id"]): fault for fault in fault_list()}
TEXT = (folder() / "faults.rdfp").read_text()
HEAD, *_SECTIONS = TEXT.split("\n# ")
SECTIONS = {section.partition(":")[0]: "# " + section for section in _SECTIONS}

Result = tuple[str, str, str]


def shown(term: Term | None) -> str:
    return (shorten(term) if isinstance(term, NamedNode) else str(term)).replace(EX, "ex:")


def judged(reader: Reader, patch: str) -> tuple[set[Result], dict[str, str]]:
    """The results over the example with ``patch``, and the items that are not satisfied."""
    ground = reader.with_patch(Patch.parse(patch, source_name="faults.rdfp"))
    changed = derived(ground)
    report = run_pack(changed)
    results = {
        (shown(f.focus), shown(f.rule), shown(f.constraint or f.shape)) for f in report.findings
    }
    statuses = {item.item.ref: str(item.status) for item in assess(changed, report).items}
    return results, {ref: status for ref, status in statuses.items() if status != "satisfied"}


def expected(fault: Mapping[str, Any]) -> set[Result]:
    return {(one["focus"], one["rule"], one["constraint"]) for one in fault["findings"]}


@pytest.fixture(scope="module")
def reader(example: Workspace) -> Reader:
    return example.snapshots().open(VIEW)


def test_the_clean_example_satisfies_every_item(example: Workspace) -> None:
    _, report = example.validate(VIEW)
    assert report.findings == ()
    assert report.not_validated == ()
    assert {str(item.status) for item in example.assess(VIEW).items} == {"satisfied"}


def test_every_rule_has_something_to_judge(example: Workspace) -> None:
    _, report = example.validate(VIEW)
    assert [shown(run.rule) for run in report.runs if not run.population] == []


def test_each_section_of_the_patch_is_one_listed_fault() -> None:
    assert list(SECTIONS) == list(FAULTS)
    assert len(FAULTS) >= 12
    for name, section in SECTIONS.items():
        assert f"# {name}: {FAULTS[name]['title']}." == section.splitlines()[0]
    assert all(expected(fault) for fault in FAULTS.values())


def test_the_planted_faults_cause_what_is_listed_and_nothing_else(reader: Reader) -> None:
    results, items = judged(reader, TEXT)
    assert results == set().union(*map(expected, FAULTS.values()))
    assert set(items) == {ref for fault in FAULTS.values() for ref in fault["items"]}  # type: ignore[attr-defined]


@pytest.mark.long
@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_alone_causes_what_is_listed(reader: Reader, name: str) -> None:
    results, items = judged(reader, f"{HEAD}\n{SECTIONS[name]}")
    assert results == expected(FAULTS[name])
    assert items == FAULTS[name]["items"]


def test_each_kind_of_contradiction_is_planted() -> None:
    listed = json.dumps(list(FAULTS.values()))
    for kind in ("action", "duty", "supplier", "customer", "data"):
        assert f"SoaExclusionContradicted-{kind}" in listed
    assert expand("aimsh:SoaExclusionContradicted-action") is not None
