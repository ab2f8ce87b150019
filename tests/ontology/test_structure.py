"""The structure of ISO/IEC 42001:2023: counts, order, parents and attestations."""

import csv
import os
from pathlib import Path

import pytest

from engine.assets import assets_root
from engine.rdf import Literal, NamedNode, Term, Triple
from engine.vocab import AIMS, ISO42001, RDF_TYPE

Structure = dict[NamedNode, dict[NamedNode, list[Term]]]


@pytest.fixture(scope="module")
def structure(ontology: tuple[Triple, ...]) -> Structure:
    entries: Structure = {}
    for triple in ontology:
        if isinstance(triple.subject, NamedNode) and triple.subject in ISO42001:
            values = entries.setdefault(triple.subject, {})
            assert not isinstance(triple.object, Triple)
            values.setdefault(triple.predicate, []).append(triple.object)
    return {node: values for node, values in entries.items() if AIMS.refId in values}


def _text(structure: Structure, node: NamedNode, predicate: NamedNode) -> str:
    (value,) = structure[node][predicate]
    assert isinstance(value, Literal)
    return value.value


def _parent(structure: Structure, node: NamedNode) -> NamedNode | None:
    parents = structure[node].get(AIMS.parentRequirement, [])
    assert len(parents) <= 1
    return parents[0] if parents and isinstance(parents[0], NamedNode) else None


def _of(structure: Structure, kind: NamedNode, *, assessable: bool, top: bool) -> list[NamedNode]:
    return [
        node
        for node, values in structure.items()
        if kind in values[RDF_TYPE]
        and (AIMS.assessable in values) == assessable
        and (_parent(structure, node) is None) == top
    ]


@pytest.mark.parametrize(
    ("kind", "assessable", "top", "count"),
    [
        ("Clause", False, True, 7),
        ("Clause", False, False, 4),
        ("Clause", True, False, 32),
        ("ControlArea", False, True, 9),
        ("ControlArea", False, False, 2),
        ("Control", True, False, 38),
    ],
)
def test_counts(structure: Structure, kind: str, assessable: bool, top: bool, count: int) -> None:
    assert len(_of(structure, AIMS[kind], assessable=assessable, top=top)) == count


def test_nothing_else_is_in_the_structure(structure: Structure) -> None:
    assert len(structure) == 7 + 4 + 32 + 9 + 2 + 38


def test_names_follow_numbers(structure: Structure) -> None:
    for node in structure:
        number = _text(structure, node, AIMS.refId)
        assert ISO42001.local(node) == (number if number.startswith("A.") else f"c{number}")


def test_parents_follow_numbers(structure: Structure) -> None:
    for node in structure:
        parent = _parent(structure, node)
        if parent is not None:
            number = _text(structure, node, AIMS.refId)
            assert number.rpartition(".")[0] == _text(structure, parent, AIMS.refId)


def test_order_is_that_of_the_standard(structure: Structure) -> None:
    def natural(number: str) -> tuple[bool, list[int]]:
        return number.startswith("A."), [int(p) for p in number.removeprefix("A.").split(".")]

    by_key = sorted(structure, key=lambda node: int(_text(structure, node, AIMS.sortKey)))
    numbers = [_text(structure, node, AIMS.refId) for node in by_key]
    assert numbers == sorted(numbers, key=natural)
    keys = [int(_text(structure, node, AIMS.sortKey)) for node in by_key]
    assert keys == sorted(set(keys))


def test_two_publications_attest_every_entry(structure: Structure) -> None:
    for node, values in structure.items():
        assert len(set(values[AIMS.attestedBy])) >= 2, node


def test_agrees_with_the_outline_of_another_product(structure: Structure) -> None:
    """Numbers and headings, with those of the entries above, string by string."""
    material = Path(os.environ.get("AIMS_MATERIAL", assets_root().parent / "shared" / "material"))
    outline = material / "frameworks" / "iso42001-2023_outline.tsv"
    if not outline.is_file():
        pytest.skip(f"no outline to compare with at {outline}")
    ours = {
        _text(structure, node, AIMS.refId): " - ".join(_headings(structure, node))
        for node, values in structure.items()
        if AIMS.assessable in values
    }
    with outline.open(newline="") as file:
        theirs = {row[0]: row[1] for row in csv.reader(file, delimiter="\t") if row[0] in ours}
    assert len(theirs) == 70
    assert theirs == ours


def _headings(structure: Structure, node: NamedNode) -> list[str]:
    """Headings from the top down to ``node``; one that repeats the one above is left out."""
    chain: list[str] = []
    here: NamedNode | None = node
    while here is not None:
        chain.append(_text(structure, here, AIMS.shortTitle))
        here = _parent(structure, here)
    chain.reverse()
    return [title for i, title in enumerate(chain) if i == 0 or title != chain[i - 1]]
