"""The second verifier and ours give the same verdict on damaged ledgers."""

import ast
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random
from sqlite3 import IntegrityError

import pytest

from engine.errors import AimsError
from engine.knowledge import KnowledgePack
from engine.ledger.check import check
from engine.ledger.entry import Entry
from engine.ledger.ledger import Ledger
from engine.ledger.patch import Patch
from engine.rdf import Literal, NamedNode, Quad
from engine.vocab import XSD
from tests.ledger import second_verifier
from tests.ledger.forging import editing
from tests.ledger.making import AGENT, FILE, Held, adding, graph, holding, node, quad
from tests.ledger.mutations import MUTATIONS
from tests.ledger.ram import ram_folder
from tests.ledger.second_verifier import Verifier

COUNT = 24
# What both look at; the tables that follow from the record are ours alone to compare.
DERIVED = {"tree", "index"}
TERMS: list[Literal | NamedNode] = [
    Literal('q"\\\n\t\x00\x7f\ufffe é\U0001f600'),
    Literal("grün", language="de-AT"),
    Literal("1.5", datatype=XSD.decimal),
    node("o"),
]


def fill(held: Held) -> None:
    """Changes in two compartments, two packs, two erasures, an assessment."""
    made: list[Entry] = []
    for number in range(COUNT - 6):
        adds = {quad(number, compartment="people"), quad("all", number)}
        adds |= {Quad(node(number), node("p"), term, graph()) for term in TERMS[: number % 5]}
        removes = {quad(number - 2, compartment="people")} if number > 1 else set()
        patch = Patch(frozenset(adds), frozenset(removes))
        given = {"idempotency_key": f"k{number}"} if number % 2 else {}
        made.append(held.commit(patch, "because\n" * (number % 3), **given))
        held.clock.pass_time(1.25)
        if number in (2, 9):
            held.committer.adopt(KnowledgePack({"ontology/a.ttl": b"#" * number}), agent=AGENT)
        if number in (5, 12):
            entry = made[-3]
            (part,) = (p for p in entry.parts if p.compartment == "general")
            held.committer.erase(entry.sequence, part.digest, rule="x", agent=AGENT, reason="")
    held.committer.commit(Patch(), agent=AGENT, kind="assessment", detail={"report": "00"})
    held.commit(adding(quad("last")))


@pytest.fixture(scope="module")
def genuine() -> Iterator[Path]:
    with ram_folder() as ram:
        with holding(ram / "genuine") as held:
            fill(held)
            assert held.ledger.head().sequence == COUNT
        yield ram / "genuine"


Verdict = tuple[bool, int | None]


def ours(path: Path) -> Verdict:
    """Whether something is wrong, and the first bad entry."""
    try:
        ledger = Ledger.open(path)
    except AimsError:
        return True, None
    try:
        found = [each for each in check(ledger).problems if each.kind not in DERIVED]
    except AimsError:
        return True, None
    finally:
        ledger.close()
    return bool(found), found[0].sequence if found else None


def theirs(path: Path) -> Verdict:
    verifier = Verifier(path)
    try:
        found = verifier.problems()
    finally:
        verifier.db.close()
    return bool(found), found[0][0] if found else None


def compare(genuine: Path, seeds: range) -> tuple[int, int]:
    """Same verdict for every seed; gives how many logs were damaged and how many still fit."""
    verdicts = []
    path = genuine.with_name("mutated") / FILE
    for seed in seeds:
        shutil.rmtree(path.parent, ignore_errors=True)
        shutil.copytree(genuine, path.parent)
        draw = Random(seed)
        with editing(path) as db:
            try:
                what = MUTATIONS[seed % len(MUTATIONS)](draw, db)
            except IntegrityError as error:
                # The tables refuse it, so there is nothing to find.
                what = f"refused: {error}"
        verdict = ours(path)
        assert verdict == theirs(path), f"seed {seed}: {what}"
        verdicts.append(verdict[0])
    return sum(verdicts), len(verdicts) - sum(verdicts)


def test_a_genuine_ledger_is_found_to_be_one_by_both(genuine: Path) -> None:
    assert ours(genuine / FILE) == theirs(genuine / FILE) == (False, None)


def test_both_give_one_verdict_on_a_thousand_mutated_logs(genuine: Path) -> None:
    damaged, _ = compare(genuine, range(1_000))
    assert damaged > 750


@pytest.mark.parametrize("size", range(COUNT + 2))
def test_both_give_one_verdict_on_checkpoints(genuine: Path, size: int) -> None:
    ledger = Ledger.open(genuine / FILE)
    note = ledger.checkpoint().split("\n")
    ledger.close()
    note[1] = str(size)
    verifier = Verifier(genuine / FILE)
    assert bool(verifier.problems("\n".join(note))) is (size != COUNT)
    verifier.db.close()


def test_the_second_verifier_is_short_and_uses_the_standard_library_alone() -> None:
    text = Path(second_verifier.__file__ or "").read_text(encoding="utf-8")
    assert text.count("\n") <= 150
    imported = {
        name.split(".")[0]
        for each in ast.walk(ast.parse(text))
        if isinstance(each, ast.Import | ast.ImportFrom)
        for name in (
            [alias.name for alias in each.names]
            if isinstance(each, ast.Import)
            else [each.module or ""]
        )
    }
    assert imported <= sys.stdlib_module_names
