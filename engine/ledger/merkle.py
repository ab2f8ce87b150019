"""The Merkle tree of RFC 9162 over entry headers: root, inclusion and consistency proofs.

``Nodes`` gives the hash of the complete subtree ``index`` of ``2 ** level`` leaves; a ledger keeps
these, so that a root or a proof needs about as many look-ups as the tree has levels.
"""

import hashlib
from collections.abc import Callable, Sequence

Nodes = Callable[[int, int], bytes]
Proof = tuple[bytes, ...]

EMPTY_ROOT = hashlib.sha256(b"").digest()
_MAX_PROOF = 64  # hashes; enough for any tree of less than 2 ** 64 leaves


def leaf_hash(data: bytes) -> bytes:
    """Hash of a leaf."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of a node over two others."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def nodes_of(leaves: Sequence[bytes]) -> Nodes:
    """Subtrees of leaf hashes in memory, each computed once."""
    levels = [list(leaves)]

    def node(level: int, index: int) -> bytes:
        while len(levels) <= level:
            below = levels[-1]
            pairs = zip(below[::2], below[1::2], strict=False)
            levels.append([node_hash(left, right) for left, right in pairs])
        return levels[level][index]

    return node


def new_subtrees(size: int, leaf: bytes, node: Nodes) -> list[tuple[int, int, bytes]]:
    """Level, index and hash of the subtrees that the leaf ``size - 1`` completes."""
    found: list[tuple[int, int, bytes]] = []
    level, index = 0, size - 1
    while index % 2:
        leaf = node_hash(node(level, index - 1), leaf)
        level, index = level + 1, index // 2
        found.append((level, index, leaf))
    return found


def root(size: int, node: Nodes) -> bytes:
    """Root of the tree over the first ``size`` leaves."""
    return _range(0, size, node) if size else EMPTY_ROOT


def inclusion_proof(index: int, size: int, node: Nodes) -> Proof:
    """That leaf ``index`` (from 0) is in the tree of ``size`` leaves. ``index < size``."""
    return tuple(_path(index, 0, size, node))


def consistency_proof(old: int, new: int, node: Nodes) -> Proof:
    """That the tree of ``new`` leaves extends the one of ``old``. ``0 < old <= new``."""
    return tuple(_subproof(old, 0, new, True, node))


def _split(size: int) -> int:
    """The largest power of two below ``size``."""
    return 1 << ((size - 1).bit_length() - 1)


def _range(start: int, size: int, node: Nodes) -> bytes:
    if size & (size - 1) == 0:
        level = size.bit_length() - 1
        return node(level, start >> level)
    left = _split(size)
    return node_hash(_range(start, left, node), _range(start + left, size - left, node))


def _path(index: int, start: int, size: int, node: Nodes) -> list[bytes]:
    if size == 1:
        return []
    left = _split(size)
    if index < left:
        other = _range(start + left, size - left, node)
        return [*_path(index, start, left, node), other]
    other = _range(start, left, node)
    return [*_path(index - left, start + left, size - left, node), other]


def _subproof(old: int, start: int, size: int, whole: bool, node: Nodes) -> list[bytes]:
    if old == size:
        return [] if whole else [_range(start, size, node)]
    left = _split(size)
    if old <= left:
        other = _range(start + left, size - left, node)
        return [*_subproof(old, start, left, whole, node), other]
    other = _range(start, left, node)
    return [*_subproof(old - left, start + left, size - left, False, node), other]


def _well_formed(proof: Sequence[bytes]) -> bool:
    return len(proof) <= _MAX_PROOF and all(len(item) == 32 for item in proof)


def verify_inclusion(
    leaf: bytes, index: int, size: int, proof: Sequence[bytes], root_hash: bytes
) -> bool:
    """Whether ``proof`` shows the leaf hash ``leaf`` at ``index`` under ``root_hash``."""
    if not 0 <= index < size or not _well_formed(proof):
        return False
    number, last, result = index, size - 1, leaf
    for item in proof:
        if last == 0:
            return False
        if number % 2 or number == last:
            result = node_hash(item, result)
            while not number % 2 and number:
                number, last = number >> 1, last >> 1
        else:
            result = node_hash(result, item)
        number, last = number >> 1, last >> 1
    return last == 0 and result == root_hash


def verify_consistency(
    old: int, new: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes
) -> bool:
    """Whether ``proof`` shows that the tree of ``new_root`` extends the one of ``old_root``."""
    if not 0 <= old <= new or not _well_formed(proof):
        return False
    if old == new or old == 0:
        return not proof and (old_root == new_root if old else old_root == EMPTY_ROOT)
    items = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    if not items:
        return False
    number, last = old - 1, new - 1
    while number % 2:
        number, last = number >> 1, last >> 1
    first = second = items[0]
    for item in items[1:]:
        if last == 0:
            return False
        if number % 2 or number == last:
            first, second = node_hash(item, first), node_hash(item, second)
            while not number % 2 and number:
                number, last = number >> 1, last >> 1
        else:
            second = node_hash(second, item)
        number, last = number >> 1, last >> 1
    return last == 0 and first == old_root and second == new_root
