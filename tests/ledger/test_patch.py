"""Patches: their arithmetic, and reading RDF Patch text."""

import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.errors import InputError, ParseError, Place
from engine.ledger.patch import Patch
from engine.rdf import Literal, NamedNode, Quad
from engine.vocab import AIMS, RDF_TYPE, XSD
from tests.ledger.making import adding, graph, node, quad, removing

HEAD = "PA ex <https://example.org/> .\nPA g <https://aims.example/graph/general/> .\n"


def test_a_patch_cannot_both_add_and_remove() -> None:
    with pytest.raises(InputError, match="both adds and removes"):
        Patch(frozenset({quad("a")}), frozenset({quad("a")}))


def test_rows_are_removals_then_additions_each_sorted() -> None:
    patch = Patch(frozenset({quad("b"), quad("a")}), frozenset({quad("z"), quad("y")}))
    assert [row[:26] for row in patch.rows()] == [
        "D <https://example.org/y> ",
        "D <https://example.org/z> ",
        "A <https://example.org/a> ",
        "A <https://example.org/b> ",
    ]
    assert len(patch) == 4
    assert not patch.is_empty
    assert Patch().is_empty


def test_the_part_of_each_graph() -> None:
    one, other = quad("a"), quad("a", source="other")
    patch = Patch(frozenset({one}), frozenset({other}))
    assert patch.by_graph() == {graph(): adding(one), graph("other"): removing(other)}
    assert adding(one).by_graph() == {graph(): adding(one)}
    assert Patch().by_graph() == {}


STATES = st.frozensets(st.integers(0, 5))


@given(STATES, STATES, STATES)
def test_two_effective_patches_in_one_do_what_both_do(
    start: frozenset[int], middle: frozenset[int], end: frozenset[int]
) -> None:
    a, b, c = (frozenset(map(quad, state)) for state in (start, middle, end))
    both = Patch(b - a, a - b).then(Patch(c - b, b - c))
    assert both == Patch(c - a, a - c)
    assert both.reversed() == Patch(a - c, c - a)


def test_rows_are_read() -> None:
    text = f"""H id <urn:uuid:1> .
TX .
{HEAD}PA "quoted:" <https://example.org/q/> .
# a comment
D ex:a a aims:AISystem g:test .
A ex:a ex:p "v" g:test . # and another
A quoted:x ex:p 1 g:test .
A <https://example.org/a> ex:p "v\\n\\u00e9"@EN g:test .
\tA ex:a ex:p '1.5'^^xsd:decimal g:test.
A ex:a ex:p true g:test .
A ex:a\\-b ex:p -1.5e3 g:test .
TC .
"""
    value = {
        Literal("v"): "a",
        Literal("v\né", language="en"): "a",
        Literal("1.5", datatype=XSD.decimal): "a",
        Literal("true", datatype=XSD.boolean): "a",
        Literal("-1.5e3", datatype=XSD.double): "a-b",
        Literal("1", datatype=XSD.integer): "q/x",
    }
    assert Patch.parse(text) == Patch(
        frozenset(Quad(node(name), node("p"), v, graph()) for v, name in value.items()),
        frozenset({Quad(node("a"), RDF_TYPE, AIMS.AISystem, graph())}),
    )


def test_bytes_with_a_mark_and_windows_lines_are_read() -> None:
    text = "A ex:a ex:p ex:b g:test .\r\n"
    found = Patch.parse(b"\xef\xbb\xbf" + HEAD.replace("\n", "\r\n").encode() + text.encode())
    assert found == adding(Quad(node("a"), node("p"), node("b"), graph()))


def test_rows_of_three_terms_go_into_the_graph_given() -> None:
    assert Patch.parse(f"{HEAD}A ex:a ex:p '0' .", graph=graph()) == adding(quad("a"))


def test_of_several_rows_about_one_quad_the_last_counts() -> None:
    row = "ex:a ex:p '0' g:test .\n"
    assert Patch.parse(f"{HEAD}A {row}D {row}") == removing(quad("a"))
    assert Patch.parse(f"{HEAD}A {row}D {row}A {row}") == adding(quad("a"))


@pytest.mark.parametrize(
    ("row", "column", "message"),
    [
        ("X ex:a ex:p ex:b g:test .", 1, '"X ex:a ex:p ex:b g:t" starts no row'),
        ("Aex:a ex:p ex:b g:test .", 1, "starts no row"),
        ("PA ex https://example.org/ .", 1, "starts no row"),
        ("A _:b ex:p ex:b g:test .", 3, "blank nodes cannot be named"),
        ("A ex:a ex:p [] g:test .", 13, "blank nodes cannot be named"),
        ("A ex:a ex:p ex:b g:test", 23, "does not end with a dot"),
        ("A ex:a ex:p ex:b .", None, "3 terms instead of four"),
        ("A ex:a ex:p ex:b g:test g:test .", 25, "more than 4 terms"),
        ("A ex:a ex:p ex:b 'graph' .", 18, "the graph, the fourth term, is no IRI"),
        ("A ex:a ex:p ex:b a .", 18, "the graph, the fourth term, is no IRI"),
        ("A ex:a ex:p <no iri> g:test .", 13, '"<no iri> g:test ." is no term'),
        ("A ex:a ex:p <<( ex:a ex:b ex:c )>> g:test .", 13, "is no term"),
        ("A ex:a ex:p ex:b g:test . junk", 25, "is no term"),
        ('A ex:a ex:p "open g:test .', 13, "is no term"),
        ("A ex:a no:p ex:b g:test .", None, "does not parse"),
        ("A 'a' ex:p ex:b g:test .", None, "does not parse"),
        ("A ex:a 'p' ex:b g:test .", None, "does not parse"),
        ('A ex:a ex:p "\\q" g:test .', None, "does not parse"),
        ("A ex:a ex:p <relative> g:test .", None, "does not parse"),
        ("A ex:a ex:p \ud800 g:test .", None, "not UTF-8"),
    ],
)
def test_errors_are_placed(row: str, column: int | None, message: str) -> None:
    good = "A ex:a ex:p ex:b g:test .\n"
    with pytest.raises(ParseError) as caught:
        Patch.parse(f"{HEAD}{good}{row}\n{good}", source_name="change.rdfp")
    assert message in caught.value.message
    assert caught.value.place == Place("change.rdfp", 4, column)


def test_bytes_that_are_no_text_are_placed() -> None:
    with pytest.raises(ParseError, match="line 2: the patch is not UTF-8"):
        Patch.parse(b"# caf\xc3\xa9\nA caf\xe9")


@pytest.mark.parametrize(
    "text",
    [
        "A" + " " * 200_000 + "<urn:a> .",
        "PA x <urn:a>" + " " * 200_000 + "x",
        "A " + "a" * 200_000,
        'A "' + "x" * 200_000,
        'A "' + "\\" * 200_001,
        "A ex:" + "a." * 100_000,
        "A " + "<urn:a> " * 50_000,
    ],
)
def test_no_row_takes_long_to_refuse(text: str) -> None:
    start = time.process_time()
    with pytest.raises(ParseError):
        Patch.parse(text)
    assert time.process_time() - start < 1


ROWISH = st.text(alphabet="AD PAH<>:.urnex\"'\\@^#_[]{}();,a1-+é\n\r\t", max_size=60)


@settings(max_examples=400, deadline=None)
@given(ROWISH)
@example("A a:a a:a a:a a:a .")
@example('A <urn:a> <urn:b> """x""" <urn:g> .')
@example("A <urn:a> <urn:b> 1. <urn:g> .")
@example("PA ex <urn:a> . <urn:b> <urn:c> <urn:d> .")
@example('A <urn:a> <urn:b> "x"@en--ltr <urn:g> .')
def test_any_text_is_a_patch_or_a_parse_error(text: str) -> None:
    found = read("A <urn:a> <urn:b> <urn:c> <urn:g> .\n" + text)
    if isinstance(found, Patch):
        assert all(isinstance(q.graph_name, NamedNode) for q in found.adds | found.removes)
    else:
        assert found.line is not None


def read(text: str) -> Patch | Place:
    try:
        return Patch.parse(text)
    except ParseError as error:
        return error.place or Place()


TERMS = st.sampled_from(
    [node("a"), Literal('q"\\\n\t é\U0001f600'), Literal("x", language="de"), Literal(5), AIMS.a]
)


@given(st.frozensets(TERMS), st.frozensets(TERMS))
def test_rows_written_are_read_back(adds: frozenset[object], removes: frozenset[object]) -> None:
    made = [
        frozenset(Quad(node("s"), node("p"), term, graph()) for term in terms)  # type: ignore[arg-type]
        for terms in (adds, removes - adds)
    ]
    patch = Patch(*made)
    assert Patch.parse("\n".join(patch.rows()) + "\n") == patch
