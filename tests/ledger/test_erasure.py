"""Erasure by lawful order: the bytes go, the chain holds, and everybody can see what happened."""

import sqlite3
from pathlib import Path
from random import Random

import pytest

from engine.errors import ConflictError, InputError, NotFoundError, WorkspaceLockedError
from engine.ledger.draft import Draft
from engine.ledger.entry import Entry, Part
from engine.ledger.patch import Patch
from engine.store.oxigraph import OxigraphStore
from engine.verify import verify
from tests.ledger.making import FILE, Held, adding, holding, node, quad, removing

RULE = "Regulation (EU) 2016/679 Article 17, order 4711"
OFFICER = "urn:test:officer"


def erase(held: Held, entry: Entry, part: Part | None = None) -> Entry:
    digest = (part or entry.parts[0]).digest
    return held.committer.erase(
        entry.sequence, digest, rule=RULE, agent=OFFICER, reason="asked for by the person"
    )


def named(held: Held) -> tuple[Entry, Part]:
    """An entry with two parts, of which the one about a person can be erased."""
    entry = held.commit(
        adding(quad("plan"), quad("person-4711", "Erika Mustermann", compartment="people")),
        "hiring of Erika",
    )
    (part,) = (part for part in entry.parts if part.compartment == "people")
    return entry, part


def test_the_entry_says_what_was_erased_by_whom_under_which_rule(held: Held) -> None:
    entry, part = named(held)
    order = held.ledger.entry(erase(held, entry, part).sequence)
    assert order.header.kind == "erasure"
    assert order.header.agent == OFFICER
    assert order.header.detail == {
        "erased": {"part": part.digest, "sequence": 1},
        "rule": RULE,
    }
    assert order.reason == "asked for by the person"


def test_the_chain_holds_and_the_part_is_erased_and_not_tampered_with(held: Held) -> None:
    entry, part = named(held)
    root = held.ledger.root(1)
    erase(held, entry, part)
    assert verify(held.ledger, held.store).consistent
    (kept,) = (p for p in held.ledger.entry(1).parts if p.digest == part.digest)
    assert kept.erased
    assert (kept.salt, kept.body, kept.reason, kept.patch()) == (None, None, "", Patch())
    assert held.ledger.entry(1).header == entry.header
    assert held.ledger.root(1) == root
    assert held.ledger.entry(1).reason == "hiring of Erika"


def test_what_the_part_said_is_gone_from_everything_that_is_read(held: Held) -> None:
    entry, part = named(held)
    held.commit(adding(quad("other")))
    erase(held, entry, part)
    assert held.ledger.state() == set(held.store.quads()) == {quad("plan"), quad("other")}
    assert held.ledger.state(1) == {quad("plan")}
    assert held.ledger.history(node("person-4711")) == ()
    assert held.ledger.last_change(node("person-4711")) is None
    assert held.ledger.last_change(node("plan")) == 1


def bytes_of(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def test_the_bytes_are_gone_from_the_files_of_ledger_and_store(ram: Path) -> None:
    with holding(ram, store=OxigraphStore.on_disk) as held:
        # Enough rows for pages of their own, in a text that does not compress.
        draw = Random(7)
        rows = {
            quad(f"person-4711-{n}", draw.randbytes(16).hex(), compartment="people")
            for n in range(400)
        }
        entry = held.commit(adding(quad("plan"), *rows), "hiring")
        (part,) = (p for p in entry.parts if p.compartment == "people")
        assert part.packed is not None
        assert part.salt is not None
        chunks = [part.packed[at : at + 64] for at in range(0, len(part.packed) - 64, 64)]
        assert any(chunk in bytes_of(ram) for chunk in chunks)
        assert b"person-4711" in bytes_of(ram)
        erase(held, entry, part)
        left = bytes_of(ram)
        assert not [chunk for chunk in chunks if chunk in left]
        assert part.salt not in left
        assert b"person-4711" not in left
    assert b"person-4711" not in bytes_of(ram)


def test_what_is_still_being_read_stays_in_the_log_and_this_is_said(held: Held) -> None:
    entry, part = named(held)
    assert part.salt is not None
    reader = sqlite3.connect(held.root / FILE)
    try:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM part").fetchall()
        with pytest.raises(WorkspaceLockedError, match="another process is reading"):
            erase(held, entry, part)
    finally:
        reader.close()
    assert set(held.store.quads()) == {quad("plan")}
    held.close()
    assert part.salt not in bytes_of(held.root)


@pytest.mark.parametrize("rule", ["", "  "])
def test_an_erasure_without_a_rule_is_refused(held: Held, rule: str) -> None:
    entry = held.commit(adding(quad("a")))
    with pytest.raises(InputError, match="names the order or rule"):
        held.committer.erase(1, entry.parts[0].digest, rule=rule, agent=OFFICER, reason="")


def test_an_erasure_changes_nothing_else(held: Held) -> None:
    entry = held.commit(adding(quad("a")))
    draft = Draft(agent=OFFICER, patch=adding(quad("b")), detail={"rule": RULE})
    with pytest.raises(InputError, match="changes nothing else"):
        held.ledger.erase(1, entry.parts[0].digest, draft)


def test_only_what_is_there_can_be_erased_and_only_once(held: Held) -> None:
    entry, part = named(held)
    with pytest.raises(NotFoundError, match="entry 9 has no part"):
        held.committer.erase(9, part.digest, rule=RULE, agent=OFFICER, reason="")
    with pytest.raises(NotFoundError, match="entry 1 has no part"):
        held.committer.erase(1, "0" * 64, rule=RULE, agent=OFFICER, reason="")
    erase(held, entry, part)
    with pytest.raises(ConflictError, match="erased already"):
        erase(held, entry, part)
    assert held.ledger.head().sequence == 2


def test_an_erasure_never_brings_facts_back(held: Held) -> None:
    added = held.commit(adding(quad("a")))
    removed = held.commit(removing(quad("a")))
    with pytest.raises(ConflictError, match="would be asserted again") as caught:
        erase(held, removed)
    assert "entry 1 that added it first" in str(caught.value)
    erase(held, added)
    erase(held, removed)
    assert held.ledger.state() == set()
    assert verify(held.ledger, held.store).consistent


def test_what_was_erased_can_be_said_again_and_taken_back(held: Held) -> None:
    erase(held, held.commit(adding(quad("a"))))
    held.commit(adding(quad("a")))
    assert held.ledger.state() == {quad("a")}
    held.commit(removing(quad("a")))
    assert held.ledger.state() == set(held.store.quads()) == set()
    assert verify(held.ledger, held.store).consistent


def test_a_later_removal_of_what_was_erased_is_no_fault(held: Held) -> None:
    added = held.commit(adding(quad("a")))
    held.commit(removing(quad("a")))
    erase(held, added)
    assert held.ledger.state(1) == set()
    assert verify(held.ledger, held.store).consistent


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("UPDATE part SET salt = NULL, body = NULL WHERE sequence = 2", "no entry orders it"),
        ("UPDATE part SET body = NULL WHERE sequence = 2", "its salt is still there"),
        ("DELETE FROM part WHERE sequence = 2", "missing"),
    ],
)
def test_bytes_that_go_without_an_order_are_tampering(
    held: Held, statement: str, told: str
) -> None:
    for number in range(3):
        held.commit(adding(quad(number)))
    with held.ledger.writing() as connection:
        connection.exec_driver_sql(statement)
    first = held.problems()[0]
    assert first.split()[1] == "2"
    assert any(told in problem for problem in held.problems())


def test_bytes_that_stay_in_spite_of_an_order_are_found(held: Held) -> None:
    entry, part = named(held)
    erase(held, entry, part)
    with held.ledger.writing() as connection:
        connection.exec_driver_sql(
            "UPDATE part SET salt = ?, body = ? WHERE compartment = 'people'",
            (part.salt, part.packed),
        )
    assert any("orders its erasure, and its bytes" in problem for problem in held.problems())
