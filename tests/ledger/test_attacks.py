"""Tampering: every attack is found, at every position, and the first bad entry is named."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from engine.ledger import merkle
from engine.ledger.draft import Draft
from engine.ledger.ledger import Ledger
from engine.ledger.patch import Patch
from engine.ledger.signing import Checkpoint, Signer
from engine.vault import Vault
from engine.verify import VerifyReport, verify
from tests.ledger.attacks import ATTACKS, NEED_A_CHECKPOINT, Target
from tests.ledger.making import AGENT, FILE, Ticking, quad
from tests.ledger.ram import ram_folder

COUNT = 1_000
# Spread over the ledger, the first and the last but one among them.
POSITIONS = [1 + round(number * (COUNT - 2) / 99) for number in range(100)]
SOME = POSITIONS[::10] + POSITIONS[-1::-11][:10]


def make(root: Path, count: int) -> Ledger:
    """A ledger of ``count`` entries, a minute apart, each removing what the last but one added."""
    root.mkdir()
    ticking = Ticking()
    ledger = Ledger.create(root / FILE, clock=ticking.clock())
    for number in range(count):
        removes = {quad(number - 2, compartment="people")} if number > 1 else set()
        patch = Patch(
            frozenset({quad(number, compartment="people"), quad("all", number)}), frozenset(removes)
        )
        key = f"k{number}" if number % 3 else None
        ledger.append(Draft(agent=AGENT, patch=patch, reason="because", idempotency_key=key))
        ticking.pass_time(60)
    for number in range(5):
        Vault(root / "vault").put(f"minutes {number}".encode())
    return ledger


@pytest.fixture(scope="module")
def genuine() -> Iterator[Target]:
    """The ledger to be attacked, in copies."""
    with ram_folder() as ram:
        make(ram / "other", COUNT).close()
        ledger = make(ram / "genuine", COUNT)
        checkpoint = ledger.checkpoint()
        assert verify(
            ledger, vault=Vault(ram / "genuine" / "vault"), checkpoint=checkpoint
        ).consistent
        ledger.close()
        yield Target(ram / "genuine", COUNT, ram / "other", checkpoint)


def attacked(genuine: Target, name: str, position: int) -> tuple[Target, frozenset[int | None]]:
    root = genuine.root.with_name("attacked")
    shutil.rmtree(root, ignore_errors=True)
    shutil.copytree(genuine.root, root)
    target = replace(genuine, root=root)
    return target, ATTACKS[name](target, position)


def report_of(target: Target, checkpoint: str | None) -> VerifyReport:
    ledger = Ledger.open(target.path)
    try:
        return verify(ledger, vault=Vault(target.root / "vault"), checkpoint=checkpoint)
    finally:
        ledger.close()


def assert_found(genuine: Target, name: str, position: int) -> None:
    target, named = attacked(genuine, name, position)
    report = report_of(target, target.checkpoint if name in NEED_A_CHECKPOINT else None)
    assert not report.consistent, f"{name} at {position} is not found"
    first = report.problems[0]
    assert first.sequence in named, f"{name} at {position}: {first}"


@pytest.mark.parametrize("name", ATTACKS)
def test_every_attack_is_found_and_placed(genuine: Target, name: str) -> None:
    for position in SOME:
        assert_found(genuine, name, position)


@pytest.mark.long
@pytest.mark.commit
@pytest.mark.parametrize("name", ATTACKS)
def test_every_attack_is_found_and_placed_at_a_hundred_positions(
    genuine: Target, name: str
) -> None:
    for position in POSITIONS:
        assert_found(genuine, name, position)


@pytest.mark.parametrize("name", sorted(NEED_A_CHECKPOINT))
def test_what_was_rewritten_whole_is_consistent_with_itself_only(
    genuine: Target, name: str
) -> None:
    target, _ = attacked(genuine, name, COUNT // 2)
    assert report_of(target, None).consistent
    assert {problem.kind for problem in report_of(target, target.checkpoint).problems} == {
        "checkpoint"
    }


def test_an_old_checkpoint_shows_no_more_than_it_saw(genuine: Target) -> None:
    target, _ = attacked(genuine, "old_checkpoint", 500)
    ledger = Ledger.open(target.path)
    shown = ledger.checkpoint()
    ledger.close()
    assert report_of(target, shown).consistent
    (problem,) = report_of(target, target.checkpoint).problems
    assert problem.message == "the ledger had 1000 entries and has 499: it was cut or rolled back"


def test_a_checkpoint_signed_by_another_key_is_refused(genuine: Target) -> None:
    ledger = Ledger.open(genuine.path)
    root = ledger.root()
    ledger.close()
    forged = Signer.generate(ledger.origin).sign(Checkpoint(ledger.origin, COUNT, root))
    (problem,) = report_of(genuine, forged).problems
    assert (problem.kind, problem.where) == ("checkpoint", "signature")


def test_a_ledger_that_went_on_fits_its_checkpoints(genuine: Target) -> None:
    target, _ = attacked(genuine, "edit_evidence", 1)
    ledger = Ledger.open(target.path)
    ledger.append(Draft(agent=AGENT, patch=Patch(frozenset({quad("new")}))))
    proof = ledger.consistency_proof(COUNT)
    old = merkle.root(COUNT, merkle.nodes_of([bytes.fromhex(e.hash) for e in ledger.entries()]))
    assert merkle.verify_consistency(COUNT, COUNT + 1, proof, old, ledger.root())
    ledger.close()
    assert {p.kind for p in report_of(target, target.checkpoint).problems} == {"vault"}
