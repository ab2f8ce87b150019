"""The worked example of docs/ledger-format.md: every value in it is computed here."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from engine.commit import Committer
from engine.knowledge import KnowledgePack
from engine.ledger.clock import Clock
from engine.ledger.lease import WriterLease
from engine.ledger.ledger import Ledger
from engine.ledger.patch import Patch
from engine.ledger.signing import Signer, Verifier
from engine.store.oxigraph import OxigraphStore
from engine.verify import verify
from tests.ledger.making import adding, quad

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "ledger-format.md"
HEADING = "## 13. An example\n"
SEED = bytes(range(32))
ORIGIN = "aims.example/ledger/0123"
PACK = KnowledgePack({"ontology/a.ttl": b"# nothing\n"})
INSTANTS = [datetime(2026, 7, 1, 12, 0, second, tzinfo=UTC) for second in range(3)]


@pytest.fixture
def ledger(ram: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ledger]:
    """The example's ledger: salts that count up, a key from a known seed, a clock of seconds."""
    salts = iter(bytes([number]) * 32 for number in range(1, 256))
    monkeypatch.setattr(os, "urandom", lambda size: next(salts)[:size])
    key = Ed25519PrivateKey.from_private_bytes(SEED)
    monkeypatch.setattr(Signer, "generate", lambda name: Signer(name, key))
    instants = iter(INSTANTS)
    clock = Clock(now=lambda: next(instants), elapsed=lambda: 0.0)
    made = Ledger.create(ram / "ledger.sqlite", origin=ORIGIN, clock=clock)
    with WriterLease(ram, face="cli") as lease:
        committer = Committer(made, OxigraphStore.in_memory(), lease)
        committer.adopt(PACK, agent="urn:example:ann")
        patch = adding(quad("model", 'a "small" one'), quad("ann", "Ann", compartment="people"))
        committer.commit(patch, agent="urn:example:ann", reason="first facts", idempotency_key="k1")
        (people,) = (p for p in made.entry(2).parts if p.compartment == "people")
        committer.erase(2, people.digest, rule="order 7", agent="urn:example:bob", reason="")
    yield made
    made.close()


def example(ledger: Ledger) -> str:
    """The section as it has to be."""
    lines = [
        HEADING,
        "Salts are 01 01 …, 02 02 … in order of sealing; the key's seed is 00 01 02 … 1F. The pack",
        "in force has the one file `ontology/a.ttl` with the bytes `# nothing LF`.",
        "",
    ]
    body_of = {part.digest: part.body for entry in ledger.entries() for part in entry.parts}
    for entry in ledger.entries():
        lines += [f"Entry {entry.sequence}, header and hash:", ""]
        lines += ["    " + entry.header.to_bytes().decode(), f"    {entry.hash}", ""]
        for part in entry.parts:
            body = body_of[part.digest]
            told = "erased by entry 3" if body is None else f"salt {(part.salt or b'').hex()}"
            lines += [f"Its part {part.digest}, {told}:", ""]
            lines += [f"    {row}" for row in (body or b"").decode().splitlines()]
            lines += [""] if body else []
    lines += ["Manifest of the pack (␀ for NUL) and its digest:", ""]
    lines += [f"    {path}␀{digest}" for path, digest in PACK.manifest]
    lines += [f"    {PACK.digest}", "", "Public key and checkpoint:", ""]
    lines += [
        f"    {row}".rstrip() for row in [ledger.identity.key, *ledger.checkpoint().split("\n")]
    ]
    return "\n".join(lines).rstrip() + "\n"


def test_the_document_shows_the_example_as_it_is(ledger: Ledger) -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert HEADING in text
    assert text[text.index(HEADING) :] == example(ledger)


def test_the_example_verifies(ledger: Ledger) -> None:
    report = verify(ledger, checkpoint=ledger.checkpoint())
    assert (report.entries, report.problems) == (3, ())
    assert Verifier.parse(ledger.identity.key).verified(ledger.checkpoint()).size == 3
    assert ledger.state() == {quad("model", 'a "small" one')}
    assert ledger.entry(2).patch() == Patch(frozenset({quad("model", 'a "small" one')}))
