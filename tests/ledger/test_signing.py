"""Checkpoints: signed by the ledger's key, and refused in any other form."""

import base64
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.errors import IntegrityError, ParseError, WorkspaceError
from engine.ledger.check import check
from engine.ledger.signing import Checkpoint, Signer, Verifier
from tests.ledger.making import Held, adding, hold, quad

SIGNER = Signer.generate("example.org/log")
ROOT = bytes(range(32))
CHECKPOINT = Checkpoint("example.org/log", 42, ROOT)
NOTE = SIGNER.sign(CHECKPOINT)


def test_a_checkpoint_is_a_signed_note_of_three_lines() -> None:
    assert NOTE.startswith(f"example.org/log\n42\n{base64.b64encode(ROOT).decode()}\n\n— ")
    assert SIGNER.verifier.verified(NOTE) == CHECKPOINT


def test_a_verifier_key_is_read_as_it_is_told() -> None:
    assert Verifier.parse(SIGNER.verifier.text) == SIGNER.verifier


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name",
        "name+00000000+",
        SIGNER.verifier.text.replace("+", "-"),
        SIGNER.verifier.text[:-4],
        "other" + SIGNER.verifier.text,
        SIGNER.verifier.text + "\n",
        "\ud800" + SIGNER.verifier.text,
    ],
    ids=["empty", "name", "no key", "dashes", "cut", "prefixed", "ended", "surrogate"],
)
def test_other_texts_are_no_verifier_keys(text: str) -> None:
    with pytest.raises(ParseError, match="verifier key"):
        Verifier.parse(text)


def replaced(old: str, new: str) -> str:
    assert old in NOTE
    return NOTE.replace(old, new, 1)


SIGNATURE = NOTE.split("\n")[4]
MALFORMED = {
    "empty": "",
    "no signature": NOTE.split("\n\n")[0] + "\n\n",
    "no blank line": replaced("\n\n", "\n"),
    "no end of line": NOTE[:-1],
    "one more line": NOTE + "\n",
    "windows lines": NOTE.replace("\n", "\r\n"),
    "a hundred thousand hashes": NOTE + f"{base64.b64encode(ROOT).decode()}\n" * 100_000,
    "a hundred thousand signatures": NOTE + f"{SIGNATURE}\n" * 100_000,
    "65 signatures": NOTE + f"{SIGNATURE}\n" * 64,
    "negative size": replaced("\n42\n", "\n-42\n"),
    "signed size": replaced("\n42\n", "\n+42\n"),
    "leading zero": replaced("\n42\n", "\n042\n"),
    "no size": replaced("\n42\n", "\n\n"),
    "size of letters": replaced("\n42\n", "\nforty-two\n"),
    "size of other digits": replaced("\n42\n", "\n٤٢\n"),
    "size of a million digits": replaced("\n42\n", f"\n{'9' * 60_000}\n"),
    "no origin": replaced("example.org/log\n42", "\n42"),
    "root too short": replaced(base64.b64encode(ROOT).decode(), "AAAA"),
    "root of wrong base64": replaced("AAECAwQF", "AAE-AwQF"),
    "root of another base64": replaced("Hh8=", "Hh9="),
    "root with a blank": replaced("AAECAwQF", "AAEC wQF"),
    "signature of wrong base64": replaced("— example.org/log ", "— example.org/log !"),
    "signature too short": NOTE.replace(SIGNATURE, "— example.org/log AAAA"),
    "signature by nobody": replaced("— example.org/log", "—"),
    "hyphen for dash": replaced("— ", "- "),
    "half a character": replaced("\n42\n", "\n42\n\ud800\n"),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_checkpoints_are_refused_at_once(name: str) -> None:
    start = time.process_time()
    with pytest.raises(ParseError, match="the checkpoint"):
        SIGNER.verifier.verified(MALFORMED[name])
    assert time.process_time() - start < 0.1


@pytest.mark.parametrize(
    "note",
    [
        replaced("\n42\n", "\n43\n"),
        replaced("example.org/log\n", "example.org/other\n"),
        replaced("AAECAwQF", "BAECAwQF"),
        Signer.generate("example.org/log").sign(CHECKPOINT),
        Signer.generate("example.org/other").sign(CHECKPOINT),
    ],
    ids=["size", "origin", "root", "another key", "another name"],
)
def test_what_the_key_did_not_sign_is_refused(note: str) -> None:
    with pytest.raises(IntegrityError, match="is not signed by the key"):
        SIGNER.verifier.verified(note)


def test_signatures_of_other_keys_and_further_lines_are_passed_over() -> None:
    other = Signer.generate("example.org/witness").sign(CHECKPOINT).split("\n")[4]
    assert SIGNER.verifier.verified(NOTE.replace(SIGNATURE, f"{other}\n{SIGNATURE}")) == CHECKPOINT


@given(st.text(max_size=200), st.integers(0, len(NOTE)))
@example("\x00", 3)
@example("\n\n", 18)
def test_no_insertion_into_a_checkpoint_is_accepted(text: str, at: int) -> None:
    changed = NOTE[:at] + text + NOTE[at:]
    if changed != NOTE:
        with pytest.raises((ParseError, IntegrityError)):
            SIGNER.verifier.verified(changed)


def test_a_ledger_signs_its_head(held: Held) -> None:
    for name in "abc":
        held.commit(adding(quad(name)))
    note = held.ledger.checkpoint()
    kept = Verifier.parse(held.ledger.identity.key).verified(note)
    assert kept == Checkpoint(held.ledger.origin, 3, held.ledger.root())
    held.commit(adding(quad("d")))
    assert check(held.ledger, note).problems == ()


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda key: key.unlink(), "cannot be read"),
        (lambda key: key.write_bytes(b"no key"), "cannot be read"),
        (lambda key: key.write_bytes(b""), "cannot be read"),
    ],
)
def test_without_its_key_a_ledger_works_but_for_checkpoints(
    held: Held, damage: Callable[[Path], object], message: str
) -> None:
    damage(held.root / "ledger.key")
    held.commit(adding(quad("a")))
    with pytest.raises(WorkspaceError, match=message):
        held.ledger.checkpoint()
    assert held.problems() == []


def test_the_key_is_for_its_owner_alone(held: Held) -> None:
    assert (held.root / "ledger.key").stat().st_mode & 0o777 == 0o600


def test_a_checkpoint_of_another_ledger_does_not_fit(held: Held, tmp_path: Path) -> None:
    held.commit(adding(quad("a")))
    other = hold(tmp_path / "other")
    other.commit(adding(quad("a")))
    (problem,) = check(held.ledger, other.ledger.checkpoint()).problems
    assert (problem.kind, problem.where) == ("checkpoint", "signature")
    other.close()
