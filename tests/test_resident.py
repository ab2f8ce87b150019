"""A resident that follows edits and the clock gives what validating from scratch gives."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from engine.derive import derived
from engine.ledger.patch import Patch
from engine.rdf import Quad
from engine.resident import Resident
from engine.shacl import Report, run_pack
from engine.snapshot import Reader
from engine.workspace import Workspace
from tests.example import VIEW

Told = dict[str, tuple[set[str], list[str], str]]


def told(report: Report) -> Told:
    return {
        str(run.rule): (set(map(str, run.population)), sorted(map(repr, run.findings)), run.state)
        for run in report.runs
    }


def sources(reader: Reader) -> list[Quad]:
    start = f"{reader.base}graph/"
    graphs = [graph for graph in reader.graphs() if graph.value.startswith(start)]
    return sorted((q for graph in graphs for q in reader.quads(graph)), key=str)


class Edits:
    """Random changes of a register: facts go, come back, and come with another's value."""

    def __init__(self, quads: list[Quad], seed: int) -> None:
        self._random = Random(seed)
        self._quads = quads
        self._present = set(quads)
        self._gone: list[Quad] = []

    def patch(self) -> Patch:
        adds: set[Quad] = set()
        removes: set[Quad] = set()
        for _ in range(self._random.choice([1, 1, 1, 2, 5])):
            draw = self._random.random()
            one = self._random.choice(self._quads)
            if draw < 0.4:
                removes |= {one} & self._present
            elif draw < 0.7 and self._gone:
                adds.add(self._random.choice(self._gone))
            else:
                among = self._random.sample(self._quads, 60)
                alike = [q for q in among if q.predicate == one.predicate] or among[:1]
                value = self._random.choice(alike).object
                adds.add(Quad(one.subject, one.predicate, value, one.graph_name))
        adds -= self._present | removes
        self._present = (self._present | adds) - removes
        self._gone += sorted(removes, key=str)
        return Patch(frozenset(adds), frozenset(removes))

    def days(self) -> timedelta | None:
        """By how much the clock moves with a change; mostly not at all."""
        if self._random.random() > 0.3:
            return None
        draw = self._random
        return timedelta(days=draw.choice([0, 1, -1, draw.randint(-200, 400)]), seconds=1)


def twin(reader: Reader) -> Reader:
    """One like it, for a resident to have for itself."""
    return replace(reader, _store=reader._store.copy())


def follow(ground: Reader, seed: int, steps: int) -> Iterator[tuple[Patch, Told, Told]]:
    """Each change, what the resident says after it, and what validating anew says."""
    resident, edits = Resident(twin(ground)), Edits(sources(ground), seed)
    assert told(resident.report()) == told(run_pack(derived(ground)))
    for _ in range(steps):
        patch, days = edits.patch(), edits.days()
        if days is not None:
            view = replace(ground.view, evaluated_at=ground.view.evaluated_at + days)
            ground = replace(ground, view=view)
            resident.stand(view)
        was = list(resident.report().findings)
        ground = ground.with_patch(patch)
        changed = resident.advance(patch, ground.position)
        anew = run_pack(derived(ground))
        assert {f for f in anew.findings if f not in set(was)} <= set(changed.added)
        yield patch, told(resident.report()), told(anew)


def agrees(example: Workspace, seed: int, steps: int) -> None:
    for patch, kept, anew in follow(example.snapshots().open(VIEW), seed, steps):
        assert kept == anew, patch.rows()


def test_edits_and_the_clock_as_validated_anew(example: Workspace) -> None:
    agrees(example, seed=7, steps=12)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(10))
def test_thousands_of_edits_as_validated_anew(example: Workspace, seed: int) -> None:
    agrees(example, seed=seed, steps=250)


def test_the_derived_facts_follow_too(example: Workspace) -> None:
    ground = example.snapshots().open(VIEW)
    resident, edits = Resident(twin(ground)), Edits(sources(ground), 3)
    for _ in range(15):
        patch = edits.patch()
        ground = ground.with_patch(patch)
        resident.advance(patch, ground.position)
    anew = derived(ground)
    assert resident.reader.graphs() == anew.graphs()
    for graph in anew.graphs():
        assert set(resident.reader.quads(graph)) == set(anew.quads(graph)), graph


def test_a_change_that_no_rule_reads_judges_nothing(example: Workspace) -> None:
    ground = example.snapshots().open(VIEW)
    resident = Resident(ground)
    one = sources(ground)[0]
    note = Quad(one.subject, type(one.predicate)("urn:note"), one.subject, one.graph_name)
    changed = resident.advance(Patch(frozenset([note])), ground.position)
    assert (changed.added, changed.healed, changed.whole) == ((), (), ())
    assert changed.pairs <= 1


def test_a_second_that_passes_nothing_judges_little(example: Workspace) -> None:
    resident = Resident(example.snapshots().open(VIEW))
    was = resident.report().findings
    later = replace(VIEW, evaluated_at=VIEW.evaluated_at + timedelta(seconds=1))
    resident.stand(replace(later, period=VIEW.period))
    moved = resident.stand(later)
    assert moved.whole == ()
    assert resident.report().findings == was
