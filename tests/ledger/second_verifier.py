"""A verifier of ledgers from docs/ledger-format.md alone: the standard library, nothing of ours.

Left out are the tables that follow from the record, and the signature of a checkpoint, which any
Ed25519 tool checks; what is signed is checked here. A problem is an entry and what it fails.
"""

import base64
import hashlib
import json
import re
import sqlite3
import zlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

KINDS = dict.fromkeys("agent face format instant kind knowledge origin previous".split(), (str,))
NULLS = {n: (str, type(None)) for n in "authentication idempotency_key on_behalf_of".split()}
OTHER = {"clock_jump": (int,), "sequence": (int,), "parts": (list,), "detail": (dict,)}
FIELDS: dict[str, tuple[type, ...]] = {**KINDS, **NULLS, **OTHER}
IRI = r'<[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>"{}|^`\\]*>'
CODE = r"\\u(?:00(?:0[0-7BEF]|1[0-9A-F]|7F)|FFF[EF])"
TEXT = rf'"(?:[^"\\\x00-\x1f\x7f\ufffe\uffff]|\\["\\btnfr]|{CODE})*"'
TYPE = rf"@[a-z0-9]+(?:-[a-z0-9]+)*|\^\^(?!<http://www\.w3\.org/2001/XMLSchema#string>){IRI}"
ROW = re.compile(rf"([DA]) ({IRI}) ({IRI}) (?:{IRI}|{TEXT}(?:{TYPE})?) ({IRI}) \.")
FAILS = (AssertionError, ArithmeticError, LookupError, TypeError, ValueError, zlib.error)


def sha(*data: bytes) -> bytes:
    return hashlib.sha256(b"".join(data)).digest()


def root(leaves: list[bytes]) -> bytes:
    if len(leaves) < 2:
        return leaves[0] if leaves else sha()
    half = 1 << ((len(leaves) - 1).bit_length() - 1)
    return sha(b"\x01", root(leaves[:half]), root(leaves[half:]))


def unpacked(data: bytes) -> bytes:
    reader = zlib.decompressobj()
    body = reader.decompress(data)
    assert (reader.eof, reader.unused_data) == (True, b"")
    return body


def header_of(data: bytes) -> tuple[dict[str, Any], int]:
    given = json.loads(data, parse_float=lambda _: 1 / 0, parse_constant=lambda _: 1 / 0)
    text = json.dumps(given, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert (text.encode(), given.keys()) == (data, FIELDS.keys())
    assert all(type(given[name]) in FIELDS[name] for name in FIELDS)
    assert all(type(part) is str for part in given["parts"])
    assert given["format"] == "aimsgraph-ledger/1"
    assert given["kind"] in ("change", "knowledge", "erasure", "assessment")
    assert re.fullmatch(r"[0-9T:-]{19}(\.\d{0,5}[1-9])?Z", given["instant"], re.ASCII)
    since = datetime.fromisoformat(given["instant"][:-1]) - datetime(1970, 1, 1)
    return given, since // timedelta(microseconds=1)


def body_of(body: str, compartment: str, base: str) -> list[re.Match[str]]:
    assert re.match(rf'H compartment "{re.escape(compartment)}" \.\nH reason {TEXT} \.\n', body)
    rows = [ROW.fullmatch(row) for row in body.removesuffix("\n").split("\n")[2:]]
    graph = re.compile(rf"<{re.escape(base)}graph/{re.escape(compartment)}/[^/]+>")
    found = [row for row in rows if row and graph.fullmatch(row[4])]
    texts = [row[0] for row in found]
    assert len(found) == len(rows) == len({text[2:] for text in texts})
    assert texts == sorted(texts, key=lambda text: (text[0] == "A", text))
    return found


class Verifier:
    def __init__(self, path: object) -> None:
        self.db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        self.ask = self.db.execute
        self.setting: dict[str, str] = dict(self.ask("SELECT name, value FROM setting"))
        self.leaves, self.state, self.packs = list[bytes](), set[str](), dict[str, int]()
        self.erased, self.orders = set[tuple[int, str]](), set[tuple[int, str]]()
        self.last: tuple[int, str, int, str] = (0, "0" * 64, -(2**63), "")

    def problems(self, checkpoint: str | None = None) -> list[tuple[int | None, str]]:
        whole = self.ask("PRAGMA integrity_check").fetchall()
        if whole != [("ok",)]:
            return [(None, str(whole))]
        found: list[tuple[int | None, str]] = []
        for entry in self.ask("SELECT * FROM entry ORDER BY sequence"):
            try:
                self.parts(entry[0], self.header(*entry))
            except FAILS as error:
                found.append((entry[0], f"entry: {error!r}"))
            self.last = (entry[0], self.leaves[-1].hex(), *self.last[2:])
        found += self.beside()
        if checkpoint is not None:
            origin, size, digest = checkpoint.split("\n")[:3]
            kept = root(self.leaves[: int(size)]) == base64.b64decode(digest)
            if origin != self.setting["origin"] or int(size) > len(self.leaves) or not kept:
                found.append((None, "checkpoint"))
        return sorted(found, key=lambda each: (each[0] is None, each[0]))

    def header(self, sequence: int, digest: bytes, micros: int, key: str, data: bytes) -> object:
        at, previous, before, pack = self.last
        self.leaves.append(sha(b"\x00", data))
        given, instant = header_of(data)
        self.last = (at, previous, micros, given["knowledge"])
        self.packs.setdefault(given["knowledge"], sequence)
        if given["kind"] == "erasure":
            order = given["detail"]["erased"]["sequence"], given["detail"]["erased"]["part"]
            assert [*map(type, (*order, given["detail"]["rule"]))] == [int, str, str]
            assert order[0] < sequence
            self.orders.add(order)
        told = [given[name] for name in ("sequence", "origin", "previous", "idempotency_key")]
        assert told == [at + 1, self.setting["origin"], previous, key]
        assert (sequence, digest) == (at + 1, self.leaves[-1])
        assert instant == micros >= before
        assert given["kind"] == "knowledge" or given["knowledge"] == pack
        assert at or all(given["detail"][name] == self.setting[name] for name in ("base", "key"))
        return given["parts"]

    def parts(self, sequence: int, named: object) -> None:
        query = "SELECT digest, compartment, salt, body FROM part WHERE sequence = ? ORDER BY 1"
        rows = self.ask(query, (sequence,)).fetchall()
        assert [row[0].hex() for row in rows] == named
        assert len({row[1] for row in rows}) == len(rows)
        sides: dict[str, set[str]] = {"D": set(), "A": set()}
        for digest, compartment, salt, packed in rows:
            if packed is None:
                assert salt is None
                self.erased.add((sequence, digest.hex()))
                continue
            body = unpacked(packed)
            assert sha(salt or b"", body) == digest
            for row in body_of(body.decode(), compartment, self.setting["base"]):
                sides[row[1]].add(row[0][2:])
        assert not sides["A"] & self.state
        assert self.erased or sides["D"] <= self.state
        self.state = (self.state - sides["D"]) | sides["A"]

    def beside(self) -> Iterator[tuple[int, str]]:
        for (sequence,) in self.ask("SELECT sequence FROM part EXCEPT SELECT sequence FROM entry"):
            yield sequence, "part without entry"
        for sequence, _ in self.erased ^ self.orders:
            yield sequence, "erasure"
        blobs, packs = dict(self.ask("SELECT * FROM blob")), dict(self.ask("SELECT * FROM pack"))
        for digest, sequence in filter(all, self.packs.items()):
            try:
                manifest = unpacked(packs[digest])
                assert sha(manifest).hex() == digest
                files = [line.split("\0")[1] for line in manifest.decode().splitlines()]
                assert all(sha(unpacked(blobs[file])).hex() == file for file in files)
            except FAILS:
                yield sequence, "pack"
