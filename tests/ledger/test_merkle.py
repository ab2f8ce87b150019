"""The Merkle tree against a naive one, and against the examples of RFC 9162."""

import hashlib
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import NotFoundError
from engine.ledger import merkle
from engine.ledger.merkle import leaf_hash, node_hash, nodes_of
from tests.ledger.making import Held, adding, quad


def naive_root(leaves: Sequence[bytes]) -> bytes:
    """RFC 9162, 2.1.1, word for word."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    k = 1
    while 2 * k < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + naive_root(leaves[:k]) + naive_root(leaves[k:])).digest()


def naive_path(m: int, leaves: Sequence[bytes]) -> list[bytes]:
    """RFC 9162, 2.1.3.1."""
    if len(leaves) == 1:
        return []
    k = 1
    while 2 * k < len(leaves):
        k *= 2
    if m < k:
        return [*naive_path(m, leaves[:k]), naive_root(leaves[k:])]
    return [*naive_path(m - k, leaves[k:]), naive_root(leaves[:k])]


def naive_subproof(m: int, leaves: Sequence[bytes], whole: bool) -> list[bytes]:
    """RFC 9162, 2.1.4.1."""
    if m == len(leaves):
        return [] if whole else [naive_root(leaves)]
    k = 1
    while 2 * k < len(leaves):
        k *= 2
    if m <= k:
        return [*naive_subproof(m, leaves[:k], whole), naive_root(leaves[k:])]
    return [*naive_subproof(m - k, leaves[k:], False), naive_root(leaves[:k])]


def data(size: int) -> list[bytes]:
    return [f"d{number}".encode() for number in range(size)]


def tree(size: int) -> merkle.Nodes:
    return nodes_of([leaf_hash(each) for each in data(size)])


SIZES = st.integers(1, 80)


@given(SIZES)
def test_roots_and_every_inclusion_proof(size: int) -> None:
    root = merkle.root(size, tree(size))
    assert root == naive_root(data(size))
    for index in range(size):
        proof = merkle.inclusion_proof(index, size, tree(size))
        assert list(proof) == naive_path(index, data(size))
        assert merkle.verify_inclusion(leaf_hash(data(size)[index]), index, size, proof, root)


@given(SIZES)
def test_consistency_with_every_smaller_tree(size: int) -> None:
    root = merkle.root(size, tree(size))
    for old in range(1, size + 1):
        proof = merkle.consistency_proof(old, size, tree(size))
        assert list(proof) == naive_subproof(old, data(size), True)
        assert merkle.verify_consistency(old, size, proof, naive_root(data(old)), root)


@settings(max_examples=300)
@given(st.data(), SIZES)
def test_changed_proofs_are_refused(draw: st.DataObject, size: int) -> None:
    index = draw.draw(st.integers(0, size - 1))
    old = draw.draw(st.integers(1, size))
    root, leaf = merkle.root(size, tree(size)), leaf_hash(data(size)[index])
    inclusion = merkle.inclusion_proof(index, size, tree(size))
    consistency = merkle.consistency_proof(old, size, tree(size))
    changed = draw.draw(MUTATIONS)(list(inclusion))
    if changed != list(inclusion):
        assert not merkle.verify_inclusion(leaf, index, size, changed, root)
    changed = draw.draw(MUTATIONS)(list(consistency))
    if changed != list(consistency):
        assert not merkle.verify_consistency(old, size, changed, naive_root(data(old)), root)
    other = draw.draw(st.integers(-1, size + 1))
    if other != index:
        assert not merkle.verify_inclusion(leaf, other, size, inclusion, root)
    if other not in (old, 0):
        assert not merkle.verify_consistency(other, size, consistency, naive_root(data(old)), root)


MUTATIONS = st.sampled_from(
    [
        lambda proof: proof[:-1],
        lambda proof: proof[1:],
        lambda proof: proof[::-1],
        lambda proof: [*proof, bytes(32)],
        lambda proof: [bytes(32), *proof],
        lambda proof: [bytes([proof[0][0] ^ 1]) + proof[0][1:], *proof[1:]] if proof else proof,
        lambda proof: [each[:-1] for each in proof],
        lambda proof: proof + proof,
    ]
)


def test_the_seven_leaves_of_rfc_9162() -> None:
    """Section 2.1.5 draws the tree over seven leaves, and three proofs in it."""
    a, b, c, d, e, f, j = (leaf_hash(each) for each in data(7))
    g, h, i = node_hash(a, b), node_hash(c, d), node_hash(e, f)
    k, right = node_hash(g, h), node_hash(i, j)
    assert merkle.root(7, tree(7)) == node_hash(k, right)
    assert merkle.inclusion_proof(0, 7, tree(7)) == (b, h, right)
    assert merkle.inclusion_proof(3, 7, tree(7)) == (c, g, right)
    assert merkle.inclusion_proof(4, 7, tree(7)) == (f, j, k)
    assert merkle.inclusion_proof(6, 7, tree(7)) == (i, k)
    assert merkle.consistency_proof(3, 7, tree(7)) == (c, d, g, right)
    assert merkle.consistency_proof(4, 7, tree(7)) == (right,)
    assert merkle.consistency_proof(6, 7, tree(7)) == (i, j, k)


def test_the_roots_of_the_test_vectors_of_certificate_transparency() -> None:
    """The eight leaves that the reference implementations of RFC 6962 and 9162 share."""
    leaves = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657"]
    leaves.append("606162636465666768696a6b6c6d6e6f")
    roots = {
        0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        4: "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        5: "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        6: "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        7: "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    }
    nodes = nodes_of([leaf_hash(bytes.fromhex(each)) for each in leaves])
    assert {size: merkle.root(size, nodes).hex() for size in range(9)} == roots


def test_an_empty_tree_is_consistent_with_every_other() -> None:
    assert merkle.verify_consistency(0, 3, (), merkle.EMPTY_ROOT, naive_root(data(3)))
    assert merkle.verify_consistency(0, 0, (), merkle.EMPTY_ROOT, merkle.EMPTY_ROOT)
    assert not merkle.verify_consistency(0, 3, (), bytes(32), naive_root(data(3)))
    assert not merkle.verify_consistency(3, 2, (), naive_root(data(3)), naive_root(data(2)))


def test_proofs_of_a_hundred_thousand_hashes_are_refused() -> None:
    proof = [bytes(32)] * 100_000
    assert not merkle.verify_inclusion(bytes(32), 0, 2**63, proof, bytes(32))
    assert not merkle.verify_consistency(1, 2**63, proof, bytes(32), bytes(32))


def test_a_ledger_proves_its_entries(held: Held) -> None:
    for number in range(11):
        held.commit(adding(quad(number)))
    ledger = held.ledger
    roots = [ledger.root(size) for size in range(12)]
    assert roots[0] == merkle.EMPTY_ROOT
    assert ledger.root() == roots[11]
    for size in range(1, 12):
        for sequence in range(1, size + 1):
            leaf = bytes.fromhex(ledger.entry(sequence).hash)
            proof = ledger.inclusion_proof(sequence, size)
            assert merkle.verify_inclusion(leaf, sequence - 1, size, proof, roots[size])
        for old in range(1, size + 1):
            proof = ledger.consistency_proof(old, size)
            assert merkle.verify_consistency(old, size, proof, roots[old], roots[size])


@pytest.mark.parametrize("number", [0, 3, -1])
def test_proofs_about_what_is_not_there(held: Held, number: int) -> None:
    for name in "ab":
        held.commit(adding(quad(name)))
    with pytest.raises(NotFoundError):
        held.ledger.inclusion_proof(number)
    with pytest.raises(NotFoundError):
        held.ledger.consistency_proof(number)
    with pytest.raises(NotFoundError):
        held.ledger.inclusion_proof(1, 3)
