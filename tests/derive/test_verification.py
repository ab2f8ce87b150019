"""The state of evidence: its bytes in the vault against its digest."""

from pathlib import Path

import pytest

from engine.derive.verification import derivation, verification_state
from engine.knowledge import KnowledgePack
from engine.rdf import NamedNode, Quad, RdfFormat, parse
from engine.snapshot import Reader, reader_over
from engine.vault import Vault
from engine.view import View, parse_instant
from engine.vocab import AIMS, PREFIXES, SCHEME

HEAD = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in PREFIXES.items())
HEAD += "@prefix ex: <https://example.org/> .\n"
EVIDENCE = NamedNode("https://example.org/paper")
ABSENT = "0" * 64


def open_reader(facts: str, vault: Vault | None) -> Reader:
    graph = NamedNode("https://aims.example/graph/general/test")
    quads = [
        Quad(q.subject, q.predicate, q.object, graph)
        for q in parse(HEAD + facts, format=RdfFormat.TURTLE)
    ]
    view = View(evaluated_at=parse_instant("2026-07-01"))
    return reader_over(quads, KnowledgePack({}), view, vault=vault)


def paper(digest: str, more: str = "", algorithm: str = "sha256") -> str:
    return f"""
    ex:paper a aims:Evidence ; aims:digestAlgorithm "{algorithm}" ;
        aims:digestValue "{digest}" {more} .
    """


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path / "vault")


def test_bytes_that_agree_are_verified(vault: Vault) -> None:
    digest = vault.put(b"minutes")
    assert verification_state(open_reader(paper(digest), vault), EVIDENCE) == "verified"


def test_bytes_that_changed_are_a_mismatch(vault: Vault) -> None:
    digest = vault.put(b"minutes")
    (vault.root / digest[:2] / digest[2:]).write_bytes(b"minutez")
    assert verification_state(open_reader(paper(digest), vault), EVIDENCE) == "mismatch"


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        (paper(ABSENT), "missing"),
        (paper(ABSENT, '; aims:locator "evidence/minutes.pdf"'), "missing"),
        (paper(ABSENT, '; aims:locator "https://files.example/minutes.pdf"'), "unverified"),
        (paper(ABSENT, "; aims:disposedIn ex:disposal"), "disposed"),
        (paper("not a digest"), "unverified"),
        (paper(ABSENT, algorithm="md5"), "unverified"),
        ("ex:paper a aims:Evidence .", "unverified"),
        ("ex:paper a aims:Evidence ; aims:disposedIn ex:disposal .", "disposed"),
    ],
)
def test_bytes_that_are_not_there(vault: Vault, facts: str, state: str) -> None:
    assert verification_state(open_reader(facts, vault), EVIDENCE) == state


def test_without_a_vault_nothing_is_verified() -> None:
    assert verification_state(open_reader(paper(ABSENT), None), EVIDENCE) == "unverified"


def test_every_digest_must_agree(vault: Vault) -> None:
    digest = vault.put(b"minutes")
    facts = paper(digest, f'; aims:digestValue "{ABSENT}"')
    assert verification_state(open_reader(facts, vault), EVIDENCE) == "missing"


def test_the_facts_written(vault: Vault) -> None:
    digest = vault.put(b"minutes")
    triples = list(derivation.run(open_reader(paper(digest), vault)))
    assert [(t.subject, t.predicate, t.object) for t in triples] == [
        (EVIDENCE, AIMS.verificationState, SCHEME["verification-verified"])
    ]
