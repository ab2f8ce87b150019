"""Knowledge packs: named by their bytes, kept by the ledger, put in force by an entry."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import IntegrityError, NotFoundError, ParseError, Place
from engine.knowledge import KnowledgePack, shipped_pack
from engine.rdf import BlankNode, NamedNode
from tests.ledger.making import AGENT, Held, Ticking, adding, hold, node, quad

TRIPLE = b"<https://example.org/%s> <https://example.org/p> [] .\n"
FILES = {
    "ontology/a.ttl": TRIPLE % b"a",
    "ontology/deep/b.ttl": TRIPLE % b"b",
    "ontology/read.me": b"\xff not read",
    "shapes/c.ttl": TRIPLE % b"c",
    "queries/audit/q.rq": b"ASK {}",
    "overlay/d.ttl": TRIPLE % b"d",
    "overlay/shapes/e.ttl": TRIPLE % b"e",
}
PACK = KnowledgePack(FILES)


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Held]:
    made = hold(tmp_path, ticking=Ticking())
    yield made
    made.close()


def test_the_digest_is_that_of_the_sorted_manifest() -> None:
    lines = [f"{path}\0{hashlib.sha256(FILES[path]).hexdigest()}\n" for path in sorted(FILES)]
    assert PACK.digest == hashlib.sha256("".join(lines).encode()).hexdigest()
    assert KnowledgePack(dict(reversed(FILES.items()))).digest == PACK.digest


@given(st.sampled_from(sorted(FILES)), st.binary(max_size=9), st.booleans())
def test_any_other_byte_or_path_is_another_pack(path: str, data: bytes, moved: bool) -> None:
    files = {**FILES, path: data}
    if moved:
        files = {name + ("x" if name == path else ""): FILES[name] for name in FILES}
    assert (KnowledgePack(files).digest == PACK.digest) is (files == FILES)


def test_each_folder_is_read_for_what_it_is() -> None:
    assert {t.subject for t in PACK.ontology_triples} == {node(name) for name in "abd"}
    assert {t.subject for t in PACK.shapes_triples} == {node(name) for name in "ce"}
    assert PACK.query_texts == {"audit/q": "ASK {}"}


def test_one_label_in_two_files_is_two_blank_nodes() -> None:
    data = b"_:x <https://example.org/p> _:x ."
    pack = KnowledgePack({"ontology/a.ttl": data, "ontology/b.ttl": data})
    subjects = {triple.subject for triple in pack.ontology_triples}
    assert len(subjects) == 2
    assert all(isinstance(subject, BlankNode) for subject in subjects)


@pytest.mark.parametrize("data", [b"@prefix x: .", b"<a> <b> <c> .", b"\xff"])
def test_a_file_that_does_not_parse_is_placed(data: bytes) -> None:
    with pytest.raises(ParseError, match="does not parse") as caught:
        _ = KnowledgePack({"overlay/x.ttl": data}).ontology_triples
    assert isinstance(caught.value.place, Place)
    assert caught.value.place.source == "overlay/x.ttl"


def test_the_shipped_pack_is_read_once_and_grows_by_the_overlay(tmp_path: Path) -> None:
    shipped = shipped_pack()
    assert shipped is shipped_pack(tmp_path / "nowhere") is shipped_pack(tmp_path)
    assert {path.split("/")[0] for path in shipped.files} == {"ontology", "shapes", "queries"}
    (tmp_path / "shapes").mkdir()
    (tmp_path / "own.ttl").write_bytes(TRIPLE % b"own")
    (tmp_path / "shapes" / "rule.ttl").write_bytes(TRIPLE % b"rule")
    (tmp_path / "notes.txt").write_bytes(b"not read")
    grown = shipped_pack(tmp_path)
    assert grown.files.keys() - shipped.files.keys() == {
        "overlay/own.ttl",
        "overlay/shapes/rule.ttl",
    }
    assert NamedNode("https://example.org/own") in {t.subject for t in grown.ontology_triples}
    assert grown.digest != shipped.digest


def test_the_ledger_keeps_the_bytes_of_a_pack(held: Held) -> None:
    entry = held.committer.adopt(PACK, agent=AGENT)
    assert entry is not None
    assert (entry.header.kind, entry.header.knowledge) == ("knowledge", PACK.digest)
    assert PACK.digest[:12] in entry.reason
    assert held.ledger.pack(PACK.digest) == PACK
    assert held.ledger.pack_in_force() == PACK
    assert held.committer.adopt(PACK, agent=AGENT) is None
    assert held.problems() == []


def test_the_pack_in_force_at_each_position(held: Held) -> None:
    other = KnowledgePack({**FILES, "ontology/a.ttl": TRIPLE % b"z"})
    held.commit(adding(quad("a")))
    held.committer.adopt(PACK, agent=AGENT)
    held.commit(adding(quad("b")))
    held.committer.adopt(other, agent=AGENT)
    held.commit(adding(quad("c")))
    held.committer.adopt(PACK, agent=AGENT)
    in_force = [held.ledger.knowledge_at(sequence) for sequence in range(7)]
    assert in_force == ["", "", PACK.digest, PACK.digest, other.digest, other.digest, PACK.digest]
    assert held.ledger.pack_in_force(5) == other
    with pytest.raises(NotFoundError, match="was ever in force here"):
        held.ledger.pack_in_force(1)
    assert held.problems() == []


def test_a_file_of_two_packs_is_kept_once(held: Held) -> None:
    held.committer.adopt(PACK, agent=AGENT)
    held.committer.adopt(KnowledgePack({**FILES, "ontology/new.ttl": b""}), agent=AGENT)
    with held.ledger.reading() as connection:
        count = connection.exec_driver_sql("SELECT count(*) FROM blob").scalar()
    assert count == len(set(FILES.values())) + 1


def test_a_pack_that_does_not_parse_is_not_adopted(held: Held) -> None:
    for path in ("ontology/x.ttl", "shapes/x.ttl", "overlay/x.ttl", "overlay/shapes/x.ttl"):
        with pytest.raises(ParseError):
            held.committer.adopt(KnowledgePack({path: b"nonsense"}), agent=AGENT)
    assert held.ledger.head().sequence == 0


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE blob SET body = x'00'",
        "UPDATE blob SET body = (SELECT manifest FROM pack)",
        "DELETE FROM blob WHERE rowid = 1",
        "UPDATE pack SET manifest = x'00'",
        "UPDATE pack SET manifest = (SELECT body FROM blob LIMIT 1)",
    ],
)
def test_a_damaged_pack_is_found_and_not_used(held: Held, statement: str) -> None:
    held.commit(adding(quad("a")))
    held.committer.adopt(PACK, agent=AGENT)
    with held.ledger.writing() as connection:
        connection.exec_driver_sql(statement)
    with pytest.raises(IntegrityError, match="is damaged"):
        held.ledger.pack_in_force()
    (problem,) = held.problems()
    assert problem.startswith(f"pack 2 {PACK.digest}: ")


def test_a_pack_that_is_gone_is_found(held: Held) -> None:
    held.committer.adopt(PACK, agent=AGENT)
    with held.ledger.writing() as connection:
        connection.exec_driver_sql("DELETE FROM pack")
    (problem,) = held.problems()
    assert problem.startswith(f"pack 1 {PACK.digest}: no knowledge pack")
