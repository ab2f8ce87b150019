"""Leaving things out satisfies nothing: deleted statements lift no item of the faulty example.

One group of statements is all that the example says with one property of the members of one class.
"""

from collections import defaultdict
from collections.abc import Iterator
from random import Random

import pytest

from engine.conformance import assess
from engine.derive import derived
from engine.example import folder
from engine.ledger.patch import Patch
from engine.rdf import NamedNode, Quad
from engine.shacl import run_pack
from engine.snapshot import Reader
from engine.vocab import AIMS, RDF_TYPE, SKOS, shorten
from engine.workspace import Workspace
from tests.example import VIEW

Group = tuple[str, str]
SAMPLE, SEED = 40, 42001
_NAMES = frozenset({SKOS.prefLabel, SKOS.definition, AIMS.identifier})
# Groups that hold the recorded contradiction itself, so that without them there is none; by item.
_CONTRADICTIONS: dict[Group, dict[str, str]] = {
    ("aims:Supplier", "rdf:type"): {
        "A.10.3": "what is no supplier is no subject; 7.5.3 fails of it (KindRecorded-supplier)"
    },
    ("aims:Risk", "aims:treatedBy"): {
        "A.9.2": "the action that needs the control, which is left out, treats the risk"
    },
    ("aims:Nonconformity", "aims:against"): {"8.1": "the open nonconformity is against 8.1"},
}


def _faulty(example: Workspace) -> Reader:
    text = (folder() / "faults.rdfp").read_text()
    reader = example.snapshots().open(VIEW)
    return reader.with_patch(Patch.parse(text, source_name="faults.rdfp"))


def _groups(reader: Reader) -> dict[Group, frozenset[Quad]]:
    """What the sources say, by class of the subject and property."""
    start = f"{reader.base}graph/"
    sources = [graph for graph in reader.graphs() if graph.value.startswith(start)]
    found: dict[Group, set[Quad]] = defaultdict(set)
    for quad in (quad for graph in sources for quad in reader.quads(graph)):
        if quad.predicate in _NAMES:
            continue
        for cls in reader.values(quad.subject, RDF_TYPE):  # type: ignore[arg-type]
            if isinstance(cls, NamedNode):
                found[shorten(cls), shorten(quad.predicate)].add(quad)
    return {group: frozenset(quads) for group, quads in found.items()}


def _satisfied(ground: Reader) -> set[str]:
    reader = derived(ground)
    items = assess(reader, run_pack(reader)).items
    return {item.item.ref for item in items if str(item.status) == "satisfied"}


def lifted(ground: Reader) -> Iterator[tuple[Group, set[str]]]:
    """Each group in order, with the items that are satisfied only without it."""
    before = _satisfied(ground)
    groups = _groups(ground)
    for group in Random(SEED).sample(sorted(groups), len(groups)):
        without = ground.with_patch(Patch(removes=groups[group]))
        yield group, _satisfied(without) - before


@pytest.mark.long
def test_what_is_deleted_lifts_no_item(example: Workspace) -> None:
    faults: dict[Group, set[str]] = {}
    walk = lifted(_faulty(example))
    for _, (group, items) in zip(range(SAMPLE), walk, strict=False):
        if unexpected := items - _CONTRADICTIONS.get(group, {}).keys():
            faults[group] = unexpected
    assert faults == {}
