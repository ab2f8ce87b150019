"""Entries: a header of canonical JSON, and one salted part for each compartment touched.

The format is written down byte for byte in ``docs/ledger-format.md``.
"""

import hashlib
import json
import os
import zlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Final, NoReturn, Self, cast, get_args
from typing import Literal as OneOf

from engine.errors import InputError, IntegrityError, LimitError
from engine.ledger.merkle import leaf_hash
from engine.ledger.patch import Patch
from engine.rdf import Literal, Quad, RdfFormat, parse, serialize
from engine.view import format_instant, parse_instant

FORMAT: Final = "aimsgraph-ledger/1"
NO_PREVIOUS: Final = "0" * 64
SALT_BYTES: Final = 32
MAX_BODY: Final = 1024**3
MAX_REASON: Final = 10_000
HEAD_ROWS: Final = 2

_LEVEL = 3
_HEAD_BYTES = 8 * MAX_REASON + 1024

Kind = OneOf["change", "knowledge", "erasure", "assessment"]
KINDS: Final = frozenset(get_args(Kind))
Json = Mapping[str, object]


def _refuse(text: str) -> NoReturn:
    raise ValueError(f"{text} is no whole number")


_ENCODER = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
)
_DECODER = json.JSONDecoder(parse_float=_refuse, parse_constant=_refuse)
_COMPARTMENT = b"H compartment "
_REASON = b"H reason "


def canonical_json(value: Json) -> bytes:
    """``value`` as JSON of RFC 8785: keys sorted, no blanks, UTF-8. Keys must be ASCII."""
    return _ENCODER.encode(value).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What the hash of an entry covers.

    ``instant``: UTC, canonical xsd:dateTime. ``clock_jump``: seconds by which the clock was found
    to have jumped, 0 for none. ``knowledge``: digest of the pack in force after this entry, empty
    before the first. ``previous``: hash of the entry before, zeros for none. ``parts``: digests,
    ascending. ``detail``: what a kind of entry adds; in entry 1 the base IRI and the public key.
    """

    origin: str
    sequence: int
    instant: str
    agent: str
    face: str
    kind: Kind
    knowledge: str
    previous: str
    parts: tuple[str, ...]
    on_behalf_of: str | None = None
    authentication: str | None = None
    idempotency_key: str | None = None
    clock_jump: int = 0
    detail: Json = field(default_factory=dict)
    format: str = FORMAT

    def to_bytes(self) -> bytes:
        """The canonical JSON that is hashed."""
        return canonical_json({name: getattr(self, name) for name in _FIELDS})

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """The header of which ``data`` are the bytes. Raises IntegrityError for any others."""
        try:
            given = _DECODER.decode(data.decode())
        except (ValueError, RecursionError) as error:
            raise IntegrityError("the header is no JSON text of ours") from error
        if not isinstance(given, dict) or given.keys() != _FIELDS.keys():
            raise IntegrityError("the header has not the fields of a header")
        wrong = [name for name, fits in _FIELDS.items() if type(given[name]) not in fits]
        if wrong or any(type(digest) is not str for digest in given["parts"]):
            raise IntegrityError(f'the header has a field of a wrong kind: "{wrong or "parts"}"')
        given["parts"] = tuple(given["parts"])
        header = cls(**given)
        if not header._is_canonical(data):
            raise IntegrityError("the header is not in canonical form")
        return header

    def _is_canonical(self, data: bytes) -> bool:
        try:
            same = self.to_bytes() == data and format_instant(self.recorded_at) == self.instant
        except (ValueError, InputError):
            return False
        return same and self.kind in KINDS and self.format == FORMAT

    @property
    def recorded_at(self) -> datetime:
        """``instant`` as an aware datetime, UTC."""
        return parse_instant(self.instant)

    @property
    def hash(self) -> str:
        """Hash of the entry in hex: the Merkle leaf hash of the header."""
        return leaf_hash(self.to_bytes()).hex()


def _kinds_of_fields() -> Mapping[str, tuple[type, ...]]:
    other: Mapping[str, tuple[type, ...]] = {
        "sequence": (int,),
        "clock_jump": (int,),
        "parts": (list,),
        "detail": (dict,),
        "on_behalf_of": (str, type(None)),
        "authentication": (str, type(None)),
        "idempotency_key": (str, type(None)),
    }
    return {item.name: other.get(item.name, (str,)) for item in fields(Header)}


_FIELDS: Final = _kinds_of_fields()


@dataclass(frozen=True, slots=True)
class Part:
    """What an entry did in one compartment. Of an erased part, salt and bytes are None.

    ``packed``: the bytes as they are kept, compressed; ``body`` gives them whole.
    """

    compartment: str
    salt: bytes | None
    packed: bytes | None
    digest: str

    @classmethod
    def seal(cls, compartment: str, reason: str, patch: Patch) -> tuple[Self, bytes]:
        """A new part with a fresh salt, and its body. Raises LimitError for too many bytes."""
        body = write_body(compartment, reason, patch)
        if len(body) > MAX_BODY:
            raise LimitError(
                f"the change has {len(patch)} statements for the compartment {compartment}, "
                f"{len(body):,} bytes; one entry holds {MAX_BODY:,}",
                remedy="Split it into several imports.",
            )
        salt = os.urandom(SALT_BYTES)
        return cls(compartment, salt, zlib.compress(body, _LEVEL), part_digest(salt, body)), body

    @property
    def erased(self) -> bool:
        """Whether the bytes are gone by a lawful order."""
        return self.packed is None

    @property
    def body(self) -> bytes | None:
        """The bytes that the digest covers. Raises IntegrityError where it does not fit them."""
        if self.packed is None:
            return None
        body = _unpacked(self.packed)
        if part_digest(self.salt or b"", body) != self.digest:
            raise IntegrityError(f"the bytes of part {self.digest} have another digest")
        return body

    @property
    def reason(self) -> str:
        """Why the change was made; empty for an erased part."""
        # The head rows are enough, so that listing entries does not unpack whole imports.
        return "" if self.packed is None else read_head(_unpacked(self.packed, _HEAD_BYTES))[1]

    def patch(self) -> Patch:
        """The quads added and removed, none for an erased part. Raises IntegrityError."""
        body = self.body
        return Patch() if body is None else _patch_of(body)


def _unpacked(packed: bytes, limit: int = 0) -> bytes:
    """The bytes compressed in ``packed``, all of them or about the first ``limit``."""
    reader = zlib.decompressobj()
    try:
        found = reader.decompress(packed, limit or MAX_BODY)
    except zlib.error as error:
        raise IntegrityError(f"the bytes of a part do not unpack: {error}") from error
    if not limit and (not reader.eof or reader.unused_data):
        raise IntegrityError("the bytes of a part do not unpack to their end")
    return found


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the ledger; ``hash`` in hex."""

    header: Header
    parts: tuple[Part, ...]
    hash: str

    @property
    def sequence(self) -> int:
        """Its place in the ledger, from 1."""
        return self.header.sequence

    @property
    def reason(self) -> str:
        """The reason given, from the first part that is still there."""
        return next((part.reason for part in self.parts if not part.erased), "")

    def patch(self) -> Patch:
        """What it did in all compartments, erased parts left out."""
        patches = [part.patch() for part in self.parts]
        return Patch(
            frozenset().union(*(patch.adds for patch in patches)),
            frozenset().union(*(patch.removes for patch in patches)),
        )


def part_digest(salt: bytes, body: bytes) -> str:
    """SHA-256 over salt and body, in hex."""
    digest = hashlib.sha256(salt)
    digest.update(body)
    return digest.hexdigest()


def write_body(compartment: str, reason: str, patch: Patch) -> bytes:
    """The bytes of a part: two head rows, then the rows of the patch, each ended by LF."""
    head = f"H compartment {Literal(compartment)} .\nH reason {Literal(reason)} .\n"
    return b"".join([head.encode(), *_rows(b"D ", patch.removes), *_rows(b"A ", patch.adds)])


def _rows(letter: bytes, quads: Collection[Quad]) -> list[bytes]:
    if not quads:
        return []
    rows = (serialize(quads, format=RdfFormat.N_QUADS) or b"").split(b"\n")
    # The order of the bytes is that of the code points; the empty text after the last row is first.
    return [letter, (b"\n" + letter).join(sorted(rows)[1:]), b"\n"]


def read_patch(body: bytes) -> tuple[str, str, Patch]:
    """Compartment, reason and patch of a part. Raises IntegrityError, InputError."""
    return *read_head(body), _patch_of(body)


def _patch_of(body: bytes) -> Patch:
    removes, adds = split_rows(body)
    return Patch(frozenset(read_rows(adds)), frozenset(read_rows(removes)))


def read_head(body: bytes) -> tuple[str, str]:
    """Compartment and reason. Raises IntegrityError."""
    lines = body.split(b"\n", 2)
    if (
        len(lines) < 3
        or not lines[0].startswith(_COMPARTMENT)
        or not lines[1].startswith(_REASON)
        or not (lines[0].endswith(b'" .') and lines[1].endswith(b'" .'))
    ):
        raise IntegrityError("the part does not begin with its head rows")
    texts = [lines[0].removeprefix(_COMPARTMENT), lines[1].removeprefix(_REASON)]
    rows = b"".join(b"<urn:x> <urn:x> " + text + b"\n" for text in texts)
    compartment, reason = (cast(Literal, quad.object).value for quad in read_rows(rows))
    return compartment, reason


def split_rows(body: bytes) -> tuple[bytes, bytes]:
    """The rows of removals and of additions, as N-Quads."""
    start = body.find(b"\n", body.find(b"\n") + 1) + 1
    # A row's text holds no line feed, so that these bytes occur at the beginnings of rows only.
    first_add = body.find(b"\nA ", start - 1) + 1 or len(body)
    removes = body[start:first_add].replace(b"\nD ", b"\n").removeprefix(b"D ")
    return removes, body[first_add:].replace(b"\nA ", b"\n").removeprefix(b"A ")


def read_rows(rows: bytes) -> list[Quad]:
    """The quads of N-Quads text. Raises IntegrityError."""
    if not rows:
        return []
    try:
        return list(parse(rows, format=RdfFormat.N_QUADS))
    except SyntaxError as error:
        raise IntegrityError(f"the part has a row that does not parse: {error.msg}") from error
