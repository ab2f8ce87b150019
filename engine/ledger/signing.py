"""Checkpoints: who signed which tree head, as a C2SP tlog-checkpoint in a signed note.

    <origin>
    <number of entries>
    <root of the Merkle tree, base64>

    — <name of the key> <base64 of key id and Ed25519 signature>

Anybody who keeps such a text can later show that the ledger was rewritten or cut.
"""

import base64
import binascii
import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, Self

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from engine.errors import IntegrityError, ParseError, WorkspaceError

_ED25519 = b"\x01"
_MAX_TEXT = 64 * 1024
_MAX_SIGNATURES = 64
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")
_SIGNATURE = re.compile(r"— ([^\s+]+) ([A-Za-z0-9+/=]+)")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The head of a tree: whose, how many entries, and the root over them."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """The text that is signed, ended by a line feed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key with its name."""

    name: str
    public: bytes

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the form that ``text`` gives. Raises ParseError."""
        name, _, rest = text.partition("+")
        number, _, encoded = rest.partition("+")
        key = _base64(encoded)
        if not _encodable(text) or key is None or len(key) != 33 or key[:1] != _ED25519 or not name:
            _refuse(f'"{text[:120]}" is no Ed25519 verifier key')
        verifier = cls(name, key[1:])
        if verifier.key_id.hex() != number:
            _refuse(f'the verifier key of "{name[:120]}" has another number than it says')
        return verifier

    @property
    def key_id(self) -> bytes:
        """Four bytes that tell keys apart."""
        return hashlib.sha256(self.name.encode() + b"\n" + _ED25519 + self.public).digest()[:4]

    @property
    def text(self) -> str:
        """``<name>+<key id>+<key>``, to be given to others."""
        key = base64.b64encode(_ED25519 + self.public).decode()
        return f"{self.name}+{self.key_id.hex()}+{key}"

    def verified(self, note: str) -> Checkpoint:
        """The checkpoint of a signed note; signatures of other keys are passed over.

        Raises ParseError for what is no such note, IntegrityError where this key did not sign it.
        """
        text, signatures = _split(note)
        checkpoint = _checkpoint(text)
        key = Ed25519PublicKey.from_public_bytes(self.public)
        for name, value in signatures:
            if name == self.name and value[:4] == self.key_id:
                try:
                    key.verify(value[4:], text.encode())
                except InvalidSignature:
                    break
                return checkpoint
        raise IntegrityError(
            f"the checkpoint of {checkpoint.origin} at {checkpoint.size} is not signed by the key "
            f"{self.name}+{self.key_id.hex()}",
            remedy="Use a checkpoint that this ledger printed, and take its key from where it "
            "was noted.",
        )


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key with its name."""

    name: str
    private: Ed25519PrivateKey

    @classmethod
    def generate(cls, name: str) -> Self:
        """A new key."""
        return cls(name, Ed25519PrivateKey.generate())

    @classmethod
    def load(cls, path: Path, name: str) -> Self:
        """Read a key file. Raises WorkspaceError."""
        try:
            key = serialization.load_pem_private_key(path.read_bytes(), password=None)
        except (OSError, ValueError, UnsupportedAlgorithm) as error:
            raise WorkspaceError(
                f"the signing key {path} cannot be read",
                remedy="Restore it from a backup; everything but new checkpoints works without.",
            ) from error
        if not isinstance(key, Ed25519PrivateKey):
            raise WorkspaceError(f"the signing key {path} is no Ed25519 key")
        return cls(name, key)

    def save(self, path: Path) -> None:
        """Write a key file that only its owner may read. Raises FileExistsError."""
        data = self.private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())

    @property
    def verifier(self) -> Verifier:
        """The public half."""
        return Verifier(self.name, self.private.public_key().public_bytes_raw())

    def sign(self, checkpoint: Checkpoint) -> str:
        """The signed note of ``checkpoint``."""
        value = self.verifier.key_id + self.private.sign(checkpoint.text.encode())
        return f"{checkpoint.text}\n— {self.name} {base64.b64encode(value).decode()}\n"


def _split(note: str) -> tuple[str, list[tuple[str, bytes]]]:
    text, blank, tail = note.rpartition("\n\n")
    lines = tail.split("\n")
    if (
        len(note) > _MAX_TEXT
        or not _encodable(note)
        or not blank
        or not text
        or lines.pop()
        or not lines
    ):
        _refuse("the checkpoint is no signed note")
    if len(lines) > _MAX_SIGNATURES:
        _refuse(f"the checkpoint has more than {_MAX_SIGNATURES} signatures")
    signatures: list[tuple[str, bytes]] = []
    for line in lines:
        found = _SIGNATURE.fullmatch(line)
        value = _base64(found[2]) if found else None
        if found is None or value is None or len(value) < 5:
            _refuse(f"the checkpoint has a malformed signature line: {line[:80]!r}")
        signatures.append((found[1], value))
    return text + "\n", signatures


def _checkpoint(text: str) -> Checkpoint:
    lines = text.split("\n")
    if len(lines) < 4 or not lines[0] or not all(lines[:-1]):
        _refuse("the checkpoint has not the three lines origin, size and root")
    root = _base64(lines[2])
    if not _SIZE.fullmatch(lines[1]) or root is None or len(root) != 32:
        _refuse("the checkpoint has a malformed size or root")
    return Checkpoint(lines[0], int(lines[1]), root)


def _encodable(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _base64(text: str) -> bytes | None:
    """The bytes of ``text`` if that is their one base64 form."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if base64.b64encode(data).decode() == text else None


def _refuse(message: str) -> NoReturn:
    raise ParseError(message, remedy="Give the text as `aims checkpoint` printed it.")
