"""The bytes of entries: one form of header and part, and nothing else is read as one."""

import json
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import IntegrityError, LimitError
from engine.ledger import entry as format_of
from engine.ledger.entry import (
    FORMAT,
    NO_PREVIOUS,
    Header,
    Part,
    canonical_json,
    part_digest,
    read_head,
    read_patch,
    read_rows,
    split_rows,
    write_body,
)
from engine.ledger.index import touches
from engine.ledger.patch import Patch
from engine.rdf import Literal, NamedNode, Quad
from tests.ledger.making import adding, graph, node, quad

HEADER = Header(
    origin="aims.example/ledger/1",
    sequence=7,
    instant="2026-07-01T12:00:00.5Z",
    agent="urn:test:agent",
    face="cli",
    kind="change",
    knowledge="",
    previous=NO_PREVIOUS,
    parts=("aa", "bb"),
)


def test_a_header_is_json_with_sorted_keys_and_no_blanks() -> None:
    assert HEADER.to_bytes() == (
        b'{"agent":"urn:test:agent","authentication":null,"clock_jump":0,"detail":{},"face":"cli",'
        b'"format":"aimsgraph-ledger/1","idempotency_key":null,"instant":"2026-07-01T12:00:00.5Z",'
        b'"kind":"change","knowledge":"","on_behalf_of":null,"origin":"aims.example/ledger/1",'
        b'"parts":["aa","bb"],"previous":"' + NO_PREVIOUS.encode() + b'","sequence":7}'
    )
    assert Header.from_bytes(HEADER.to_bytes()) == HEADER


def test_canonical_json_escapes_what_rfc_8785_escapes_and_nothing_else() -> None:
    text = '\x00\b\t\n\v\f\r\x1f"\\/\x7f\u2028é\U0001f600'
    assert (
        canonical_json({"b": text, "a": 1})
        == (
            '{"a":1,"b":"\\u0000\\b\\t\\n\\u000b\\f\\r\\u001f\\"\\\\/\x7f\u2028é\U0001f600"}'
        ).encode()
    )


def changed(**fields: object) -> bytes:
    return canonical_json(json.loads(HEADER.to_bytes()) | fields)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"\xff",
        b"[" * 100_000,
        HEADER.to_bytes()[:-1],
        HEADER.to_bytes() + b" ",
        HEADER.to_bytes().replace(b'"agent"', b' "agent"'),
        HEADER.to_bytes().replace(b'"face":"cli",', b'"face":"cli","face":"cli",'),
        HEADER.to_bytes().replace(b'"cli"', b'"\\u0063li"'),
        HEADER.to_bytes().replace(b'"cli"', b'"\\ud800"'),
        HEADER.to_bytes().replace(b'"sequence":7', b'"sequence":7.0'),
        HEADER.to_bytes().replace(b'"sequence":7', b'"sequence":7e0'),
        HEADER.to_bytes().replace(b'"sequence":7', b'"sequence":NaN'),
        HEADER.to_bytes().replace(b'"sequence":7', b'"sequence":' + b"7" * 5_000),
        HEADER.to_bytes().replace(b'"detail":{}', b'"detail":{"a":1.5}'),
        changed(sequence=True),
        changed(sequence="7"),
        changed(clock_jump=None),
        changed(agent=None),
        changed(parts="aa"),
        changed(parts=["aa", 1]),
        changed(detail=[]),
        changed(kind="rewrite"),
        changed(format="aimsgraph-ledger/2"),
        changed(instant="2026-07-01T12:00:00.50Z"),
        changed(instant="2026-07-01T14:00:00+02:00"),
        changed(instant="2026-07-01"),
        changed(instant="yesterday"),
        changed(instant=""),
        changed(surplus=1),
    ],
    ids=lambda data: repr(data[-40:]),
)
def test_nothing_else_is_a_header(data: bytes) -> None:
    with pytest.raises(IntegrityError, match="the header"):
        Header.from_bytes(data)


PATCH = Patch(
    frozenset({quad("b"), quad("a", 'x" <y> .\nA <z>')}),
    frozenset({quad("c"), quad("a", "D ")}),
)


def test_a_body_is_two_head_rows_then_removals_then_additions() -> None:
    in_graph = str(graph())
    p = "<https://example.org/p>"
    assert write_body("general", 'why "so"\n', PATCH).decode() == (
        'H compartment "general" .\n'
        'H reason "why \\"so\\"\\n" .\n'
        f'D <https://example.org/a> {p} "D " {in_graph} .\n'
        f'D <https://example.org/c> {p} "0" {in_graph} .\n'
        f'A <https://example.org/a> {p} "x\\" <y> .\\nA <z>" {in_graph} .\n'
        f'A <https://example.org/b> {p} "0" {in_graph} .\n'
    )


def test_a_part_is_salted_compressed_and_read_back() -> None:
    part, body = Part.seal("general", "why", PATCH)
    assert body == write_body("general", "why", PATCH) == part.body
    assert part.salt is not None
    assert len(part.salt) == 32
    assert part.digest == part_digest(part.salt, body)
    assert part.patch() == PATCH
    assert part.reason == "why"
    assert Part.seal("general", "why", PATCH)[0].salt != part.salt


TEXTS = st.text(max_size=30)
NODES = st.integers(0, 3).map(node)
OBJECTS = st.one_of(
    NODES,
    TEXTS.map(Literal),
    TEXTS.map(lambda text: Literal(text, language="de")),
    TEXTS.map(lambda text: Literal(text, datatype=node("t"))),
)
QUADS = st.builds(Quad, NODES, NODES, OBJECTS, st.sampled_from([graph("one"), graph("two")]))


@given(st.frozensets(QUADS, max_size=8), st.frozensets(QUADS, max_size=8), TEXTS)
def test_any_patch_and_reason_are_read_back(
    adds: frozenset[Quad], removes: frozenset[Quad], reason: str
) -> None:
    patch = Patch(adds, removes - adds)
    body = write_body("general", reason, patch)
    assert read_patch(body) == ("general", reason, patch)
    assert body.count(b"\n") == 2 + len(patch)
    rows = [row[2:-2] for row in body.decode().split("\n")[2:-1]]
    removed = sorted(map(str, patch.removes))
    assert rows == removed + sorted(map(str, adds))
    removed_rows, added_rows = split_rows(body)
    assert frozenset(read_rows(removed_rows)) == patch.removes
    assert frozenset(read_rows(added_rows)) == adds
    expected: dict[tuple[str, str], set[str]] = {}
    for each in adds | patch.removes:
        assert isinstance(each.subject, NamedNode)
        assert isinstance(each.graph_name, NamedNode)
        key = (each.subject.value, each.graph_name.value)
        expected.setdefault(key, set()).add(each.predicate.value)
    assert touches(body) == expected


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"H compartment",
        b'H compartment "a" .\n',
        b'H reason "a" .\nH compartment "a" .\n',
        b'H compartment a .\nH reason "b" .\n',
        b'H compartment "a" .\nH reason "\\q" .\n',
        b'H compartment "a" .\nH reason "b" .\nA nonsense\n',
        b'H compartment "a" .\nH reason "b" .\nX <urn:a> <urn:b> <urn:c> <urn:d> .\n',
        b'H compartment "a" .\nH reason "\xff" .\n',
    ],
)
def test_nothing_else_is_a_body(body: bytes) -> None:
    with pytest.raises((IntegrityError, ValueError)):
        read_patch(body)


@pytest.mark.parametrize(
    ("packed", "message"),
    [
        (b"no zlib", "do not unpack"),
        (zlib.compress(b"x")[:-2], "to their end"),
        (zlib.compress(b"x") + b"y", "to their end"),
        (zlib.compress(b"x"), "another digest"),
    ],
)
def test_bytes_that_do_not_fit_a_part_are_refused(packed: bytes, message: str) -> None:
    with pytest.raises(IntegrityError, match=message):
        _ = Part("general", bytes(32), packed, "00").body


def test_a_change_that_is_too_large_is_refused_with_its_size(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(format_of, "MAX_BODY", 100)
    with pytest.raises(LimitError, match="has 1 statements for the compartment general"):
        Part.seal("general", "x" * 100, adding(quad("a")))


def test_the_reason_is_read_without_unpacking_the_rest() -> None:
    reason = "é\n" * 5_000
    part, _ = Part.seal("general", reason, adding(*(quad(number) for number in range(2_000))))
    assert part.reason == reason
    assert read_head(part.body or b"") == ("general", reason)


def test_the_format_is_named() -> None:
    assert FORMAT == HEADER.format == "aimsgraph-ledger/1"
