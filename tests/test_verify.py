"""Verification of store and vault against the ledger."""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest

from engine.ledger.patch import Patch
from engine.rdf import Literal, NamedNode, Quad
from engine.store.oxigraph import OxigraphStore
from engine.vault import Vault
from engine.verify import verify
from engine.vocab import AIMS, RDF_TYPE
from tests.ledger.making import Held, adding, graph, hold, node, quad

COUNT = 100


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Held]:
    made = hold(tmp_path_factory.mktemp("verify"), store=OxigraphStore.on_disk)
    for number in range(COUNT // 5):
        subjects = range(number * 5, number * 5 + 5)
        made.commit(adding(*(quad(s, number, source=f"s{number % 3}") for s in subjects)))
    assert verify(made.ledger, made.store).consistent
    yield made
    made.close()


def quads_of(held: Held) -> list[Quad]:
    return sorted(held.ledger.state(), key=str)


def put(held: Held, adds: Quad | None, removes: Quad | None) -> None:
    """Change the store directly, as somebody with another program would."""
    assert isinstance(held.store, OxigraphStore)
    backend = held.store._store
    if removes is not None:
        backend.remove(removes)
    if adds is not None:
        backend.add(adds)


def found(held: Held) -> list[str]:
    return [f"{p.where} {p.message}" for p in verify(held.ledger, held.store).problems]


@pytest.mark.parametrize("number", range(COUNT))
def test_a_triple_added_removed_or_changed_in_the_store_is_found_and_named(
    held: Held, number: int
) -> None:
    present = quads_of(held)[number]
    absent = quad("stranger", number)
    changed = Quad(present.subject, present.predicate, Literal("changed"), present.graph_name)
    for adds, removes in ((absent, None), (None, present), (changed, present)):
        put(held, adds, removes)
        told = found(held)
        for each, message in ((adds, "no entry added it"), (removes, "does not hold it")):
            assert each is None or any(str(each) in t and message in t for t in told)
        put(held, removes, adds)
    assert found(held) == []


def test_a_merge_that_does_not_follow_from_the_graphs_is_found(held: Held) -> None:
    present = quads_of(held)[7]
    stranger = Quad(node("x"), node("p"), node("y"))
    merged = Quad(present.subject, present.predicate, present.object)
    put(held, stranger, merged)
    told = found(held)
    assert len(told) == 2
    assert all("default graph and named graphs disagree" in each for each in told)
    put(held, merged, stranger)
    assert found(held) == []


def test_a_store_at_another_position_is_found(held: Held) -> None:
    head = held.ledger.head().sequence
    held.store.apply(Patch(), head - 1)
    assert found(held) == [f"position it holds entry {head - 1} of {head}"]
    held.store.apply(Patch(), head)
    assert found(held) == []


def test_of_many_differences_some_are_named_and_the_rest_counted(held: Held) -> None:
    store = OxigraphStore.in_memory()
    store.load((quad(f"n{number}") for number in range(250)), held.ledger.head().sequence)
    problems = verify(held.ledger, store).problems
    assert any(p.where == "150 more quads" for p in problems)
    assert sum(p.message.startswith("the store holds it") for p in problems) == 101


# The vault

MINUTES = b"minutes"
DIGEST = hashlib.sha256(MINUTES).hexdigest()


def evidence(digest: str, *more: tuple[NamedNode, NamedNode | Literal]) -> Patch:
    paper = node("paper")
    facts: list[tuple[NamedNode, NamedNode | Literal]] = [
        (RDF_TYPE, AIMS.Evidence),
        (AIMS.digestValue, Literal(digest)),
        *more,
    ]
    return adding(*(Quad(paper, predicate, value, graph()) for predicate, value in facts))


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Held]:
    made = hold(tmp_path)
    yield made
    made.close()


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    kept = Vault(tmp_path / "vault")
    kept.put(MINUTES)
    return kept


def in_vault(held: Held, vault: Vault) -> list[str]:
    report = verify(held.ledger, held.store, vault)
    assert all(problem.kind == "vault" for problem in report.problems)
    return [f"{problem.where}: {problem.message}" for problem in report.problems]


def place(vault: Vault) -> Path:
    return vault.root / DIGEST[:2] / DIGEST[2:]


def test_evidence_whose_bytes_are_kept_is_fine(fresh: Held, vault: Vault) -> None:
    fresh.commit(evidence(DIGEST))
    assert in_vault(fresh, vault) == []


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda path: path.write_bytes(b"Minutes"), "the bytes kept under this digest"),
        (lambda path: path.unlink(), "the bytes of <https://example.org/paper> are missing"),
        (lambda path: (path.parent / "stray").touch(), "a file that the vault did not put there"),
    ],
)
def test_damage_in_the_vault_is_found(
    fresh: Held, vault: Vault, damage: Callable[[Path], object], message: str
) -> None:
    fresh.commit(evidence(DIGEST))
    damage(place(vault))
    (told,) = in_vault(fresh, vault)
    assert message in told


@pytest.mark.parametrize(
    "more",
    [
        (AIMS.disposedIn, node("disposal")),
        (AIMS.locator, Literal("https://files.example/minutes.pdf")),
    ],
)
def test_bytes_disposed_of_or_kept_elsewhere_are_not_missed(
    fresh: Held, vault: Vault, more: tuple[NamedNode, NamedNode | Literal]
) -> None:
    place(vault).unlink()
    fresh.commit(evidence(DIGEST, more))
    assert in_vault(fresh, vault) == []


def test_every_changed_byte_of_the_vault_is_found(fresh: Held, vault: Vault) -> None:
    draw = Random(1)
    for _ in range(50):
        data = bytearray(MINUTES)
        data[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
        place(vault).write_bytes(bytes(data))
        assert len(in_vault(fresh, vault)) == 1
