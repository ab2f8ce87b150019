"""The evidence vault: bytes kept under their own SHA-256, so that a changed byte shows.

``<root>/ab/cdef…`` holds the bytes whose digest is ``abcdef…``. A file appears whole or not at
all: it is written beside its place, synced, then renamed.
"""

import errno
import hashlib
import io
import os
import re
import tempfile
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from engine.errors import InputError, NotFoundError, StorageFullError, WorkspaceError

_DIGEST = re.compile(r"[0-9a-f]{64}")
_KEPT = re.compile(r"[0-9a-f]{2}/[0-9a-f]{62}")
_INCOMING = ".incoming-"
_BLOCK = 1024 * 1024


class VaultState(StrEnum):
    """What a look at the bytes of a digest finds."""

    VERIFIED = "verified"
    MISSING = "missing"
    MISMATCH = "mismatch"


class Vault:
    """The vault in the folder ``root``, which is made at the first ``put``."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, content: Path | bytes) -> str:
        """Keep the bytes given, or those of the file given; gives their SHA-256 in hex.

        The bytes are on disk when this returns. What is there already and agrees is left alone,
        what is there and does not agree is replaced. Raises NotFoundError for a file that cannot
        be read, StorageFullError, WorkspaceError.
        """
        with io.BytesIO(content) if isinstance(content, bytes) else _source(content) as source:
            try:
                return self._keep(source)
            except OSError as error:
                raise _vault_error(self.root, error) from error

    def open(self, digest: str) -> BinaryIO:
        """The bytes of ``digest``, to be read and closed. Raises NotFoundError, InputError.

        They are not compared with the digest; ``verify`` does that.
        """
        try:
            return self._place(digest).open("rb")
        except FileNotFoundError:
            raise NotFoundError(
                f"the vault has no bytes of {digest}", remedy="Restore them from a backup."
            ) from None

    def verify(self, digest: str) -> VaultState:
        """Whether the bytes kept under ``digest`` are there and still have it."""
        place = self._place(digest)
        try:
            with place.open("rb") as source:
                found = hashlib.file_digest(source, "sha256").hexdigest()
        except FileNotFoundError:
            return VaultState.MISSING
        except OSError:
            # Bytes that the disk cannot give back are as good as changed ones.
            return VaultState.MISMATCH
        return VaultState.VERIFIED if found == digest else VaultState.MISMATCH

    def digests(self) -> tuple[str, ...]:
        """Every digest under which bytes are kept, sorted."""
        found = (path.parent.name + path.name for path in self.root.glob("??/*"))
        return tuple(sorted(digest for digest in found if _DIGEST.fullmatch(digest)))

    def strays(self) -> tuple[str, ...]:
        """Paths in the vault's folder that it did not put there, sorted.

        What a killed ``put`` left behind is no stray: it was never kept under a digest.
        """
        found = (path.relative_to(self.root) for path in self.root.rglob("*") if path.is_file())
        names = (path.as_posix() for path in found if not path.name.startswith(_INCOMING))
        return tuple(sorted(n for n in names if not _KEPT.fullmatch(n)))

    def _place(self, digest: str) -> Path:
        if not _DIGEST.fullmatch(digest):
            raise InputError(
                f'"{digest[:80]}" is not a SHA-256 digest',
                remedy="Write 64 hexadecimal digits in lower case.",
            )
        return self.root / digest[:2] / digest[2:]

    def _keep(self, source: BinaryIO) -> str:
        self.root.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self.root, prefix=_INCOMING)
        incoming = Path(name)
        try:
            digest = hashlib.sha256()
            with os.fdopen(handle, "wb") as out:
                while block := source.read(_BLOCK):
                    digest.update(block)
                    out.write(block)
                out.flush()
                os.fsync(out.fileno())
            return self._settle(incoming, digest.hexdigest())
        finally:
            incoming.unlink(missing_ok=True)

    def _settle(self, incoming: Path, digest: str) -> str:
        place = self._place(digest)
        if self.verify(digest) is not VaultState.VERIFIED:
            place.parent.mkdir(exist_ok=True)
            incoming.replace(place)
            for folder in (place.parent, self.root):
                _sync(folder)
        return digest


def _source(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise NotFoundError(
            f"{path} cannot be read: {error.strerror}", remedy="Name a readable file."
        ) from error


def _vault_error(root: Path, error: OSError) -> WorkspaceError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StorageFullError(
            f"no space is left for evidence in {root}",
            remedy="Free some space and add it again; nothing was recorded.",
        )
    return WorkspaceError(f"the evidence vault {root} cannot be written: {error.strerror}")


def _sync(folder: Path) -> None:
    """Make a rename in ``folder`` durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
