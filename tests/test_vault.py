"""The evidence vault: whole or absent, and a changed byte shows."""

import errno
import hashlib
import os
from pathlib import Path

import pytest

from engine.errors import InputError, NotFoundError, StorageFullError, WorkspaceError
from engine.vault import Vault, VaultState

DIGEST = hashlib.sha256(b"minutes").hexdigest()


def place(vault: Vault, digest: str) -> Path:
    return vault.root / digest[:2] / digest[2:]


def test_bytes_and_files_are_kept_under_their_digest(tmp_path: Path) -> None:
    vault = Vault(tmp_path / "vault")
    (tmp_path / "minutes.txt").write_bytes(b"minutes")
    assert vault.put(b"minutes") == vault.put(tmp_path / "minutes.txt") == DIGEST
    assert vault.digests() == (DIGEST,)
    with vault.open(DIGEST) as kept:
        assert kept.read() == b"minutes"
    assert vault.verify(DIGEST) is VaultState.VERIFIED
    assert [path.name for path in vault.root.iterdir()] == [DIGEST[:2]]


def test_a_changed_byte_and_a_missing_file_show(tmp_path: Path) -> None:
    vault = Vault(tmp_path)
    vault.put(b"minutes")
    place(vault, DIGEST).write_bytes(b"mInutes")
    assert vault.verify(DIGEST) == "mismatch"
    assert vault.put(b"minutes") == DIGEST
    assert vault.verify(DIGEST) == "verified"
    place(vault, DIGEST).unlink()
    assert vault.verify(DIGEST) == "missing"
    with pytest.raises(NotFoundError, match=DIGEST):
        vault.open(DIGEST)


def test_what_cannot_be_read_back_does_not_agree(tmp_path: Path) -> None:
    vault = Vault(tmp_path)
    place(vault, DIGEST).mkdir(parents=True)
    assert vault.verify(DIGEST) is VaultState.MISMATCH


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "AB" * 32, "ab" * 31, "ab" * 32 + "\n"])
def test_only_digests_name_places(tmp_path: Path, name: str) -> None:
    vault = Vault(tmp_path)
    with pytest.raises(InputError, match="SHA-256"):
        vault.verify(name)
    with pytest.raises(InputError, match="SHA-256"):
        vault.open(name)


def test_an_absent_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"nothing\.pdf"):
        Vault(tmp_path / "vault").put(tmp_path / "nothing.pdf")


def test_a_vault_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "vault").write_bytes(b"a file in the way")
    with pytest.raises(WorkspaceError, match="cannot be written"):
        Vault(tmp_path / "vault").put(b"minutes")


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    vault = Vault(tmp_path)
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageFullError, match="no space"):
        vault.put(b"minutes")
    assert list(tmp_path.iterdir()) == []
    monkeypatch.undo()
    assert vault.put(b"minutes") == DIGEST
