"""Property paths: RDF, SPARQL's text and back."""

from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import ShapeError
from engine.rdf import BlankNode, Literal, NamedNode, RdfFormat, parse
from engine.shacl.paths import (
    Alternative,
    Inverse,
    Path,
    Predicate,
    Repeated,
    Sequence,
    parse_path,
    parse_path_text,
    path_text,
    path_triples,
)
from engine.shacl.shapesgraph import ShapesGraph
from engine.vocab import AIMS, PROV, SH

OWNED = Predicate(AIMS.ownedBy)
ODD = Predicate(NamedNode("https://example.org/a(b)/c;d"))

predicates = st.sampled_from([OWNED, ODD, Predicate(PROV.used), Predicate(NamedNode("urn:x:y"))])
paths: st.SearchStrategy[Path] = st.recursive(
    predicates,
    lambda inner: st.one_of(
        st.builds(Inverse, inner),
        st.builds(Sequence, st.lists(inner, min_size=2, max_size=3).map(tuple)),
        st.builds(Alternative, st.lists(inner, min_size=2, max_size=3).map(tuple)),
        st.builds(Repeated, inner, st.sampled_from("*+?")),
    ),
    max_leaves=6,
)


@given(paths)
def test_text_reads_back(path: Path) -> None:
    assert parse_path_text(path_text(path)) == path
    assert parse_path_text(path_text(path, curies=False)) == path


@given(paths)
def test_triples_read_back(path: Path) -> None:
    node, described = path_triples(path, (BlankNode(f"b{n}") for n in count()))
    assert parse_path(ShapesGraph(described), node) == path


def test_text_uses_curies_where_legal() -> None:
    path = Sequence((Inverse(Predicate(AIMS.supports)), OWNED, Predicate(NamedNode("urn:a:b"))))
    assert path_text(path) == "(^aims:supports)/aims:ownedBy/<urn:a:b>"
    assert path_text(Predicate(NamedNode(AIMS.base + "a/b"))) == f"<{AIMS.base}a/b>"


@pytest.mark.parametrize("text", ["", "aims:a/", "(aims:a", "nope:a", "aims:a aims:b", "!aims:a"])
def test_text_that_is_no_path(text: str) -> None:
    with pytest.raises(ShapeError, match="no property path"):
        parse_path_text(text)


def graph(turtle: str) -> tuple[ShapesGraph, BlankNode]:
    text = f"@prefix sh: <{SH.base}> . @prefix aims: <{AIMS.base}> . {turtle}"
    quads = parse(text.encode(), format=RdfFormat.TURTLE)
    found = ShapesGraph(quad.triple for quad in quads)
    (statement,) = found.using(SH.path)
    assert isinstance(statement.object, BlankNode)
    return found, statement.object


@pytest.mark.parametrize(
    ("turtle", "message"),
    [
        ("<urn:s> sh:path [ sh:name 'x' ] .", "without a path operator"),
        ("<urn:s> sh:path [ sh:alternativePath ( aims:a ) ] .", "has 1 members"),
        ("<urn:s> sh:path ( aims:a ) .", "has 1 members"),
        ("<urn:s> sh:path ( aims:a 'b' ) .", "is a literal"),
        ("<urn:s> sh:path _:a . _:a sh:inversePath _:a .", "contains itself"),
        ("<urn:s> sh:path [ sh:alternativePath aims:a ] .", "not a well-formed RDF list"),
    ],
)
def test_ill_formed(turtle: str, message: str) -> None:
    found, node = graph(turtle)
    with pytest.raises(ShapeError, match=message):
        parse_path(found, node)


def test_literal_is_no_path() -> None:
    with pytest.raises(ShapeError, match="is a literal"):
        parse_path(ShapesGraph(()), Literal("x"))
