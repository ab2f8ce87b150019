"""Columns from N-Triples: the triples that the parser of the store gives, or nothing at all."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.columns import Columns, encode
from engine.columns.terms import term_of, token_of
from engine.rdf import BlankNode, Literal, NamedNode, RdfFormat, Term, Triple, parse
from engine.vocab import XSD

EX = "https://example.org/"
XS = XSD.base
NODES = [
    f"<{EX}a>",
    f"<{EX}a%20b?c=d#e>",
    "<urn:x:y>",
    "<urn:x:>",
    "<mailto:a@b.example>",
    "<http://[::1]/x>",
    "<https://example.org/ü>",
    "<http://a/[>",
    "<no-scheme>",
    "<https://example.org/a b>",
    "_:b",
    "_:b1.c",
    "_:ü",
]
LITERALS = [
    '""',
    '"a"',
    '"a\\"b"',
    '"\\u0041"',
    '"A"',
    '"tab\there"',
    '"\\t"',
    '"ü €"',
    '"a . "',
    '"a"@en',
    '"a"@EN',
    '"a"@en-GB',
    '"a"@nonsense-too-long-tag',
    '"a"@en--ltr',
    f'"1"^^<{XS}integer>',
    f'"01"^^<{XS}integer>',
    f'"x"^^<{XS}string>',
    '"x"',
    '"x"^^<http://www.w3.org/1999/02/22-rdf-syntax-ns#langString>',
    '"x"^^<urn:t:1>',
    '"x"^^<bad>',
    '"\\uD800"',
    "<<( <urn:a> <urn:b> <urn:c> )>>",
]
ENDS = [" .\n", " .\n", " .\n", " .\n", ".\n", " . \n", " .\r\n", " . # said\n", " \n", " .\n\n"]
line = st.builds(
    lambda s, p, o, space, end: space.join([s, p, o]) + end,
    st.sampled_from(NODES + LITERALS[:2]),
    st.sampled_from(NODES[:3] + NODES[-3:-1]),
    st.sampled_from(NODES + LITERALS),
    st.sampled_from([" ", " ", " ", " ", " ", "\t", "  ", ""]),
    st.sampled_from(ENDS),
)
content = st.lists(line, max_size=6).map(lambda lines: "".join(lines).encode())


def agrees(text: bytes) -> bool:
    """Whether columns are made of ``text``; then they hold what the parser reads."""
    encoded = encode(text)
    try:
        triples = {quad.triple for quad in parse(text, format=RdfFormat.N_TRIPLES)}
    except SyntaxError:
        assert encoded is None
        return False
    if encoded is None:
        return False
    columns = Columns(encoded)
    found = list(columns.match(None, None, None))
    assert set(found) == triples
    assert len(found) == len(triples) == columns.size
    again = b"".join(line for p in columns.predicates for line in columns.lines(p))
    assert {quad.triple for quad in parse(again, format=RdfFormat.N_TRIPLES)} == triples
    for triple in triples:
        s, p, o = triple.subject, triple.predicate, triple.object
        assert not isinstance(o, Triple)
        assert not isinstance(s, Triple)
        assert list(columns.match(s, p, o)) == [triple]
        assert triple in set(columns.match(s, None, None)) & set(columns.match(None, None, o))
        assert o in columns.values(s, p)
        assert s in columns.subjects(p, o)
    return True


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(content)
def test_columns_hold_what_the_parser_reads(text: bytes) -> None:
    agrees(text)


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(content, st.integers(0, 400), st.binary(max_size=2), st.integers(0, 2))
def test_a_damaged_text_is_never_taken_for_another(
    text: bytes, at: int, put: bytes, removed: int
) -> None:
    at %= len(text) + 1
    agrees(text[:at] + put + text[at + removed :])


@pytest.mark.long
@settings(max_examples=20_000, deadline=None, suppress_health_check=list(HealthCheck))
@given(content, st.integers(0, 400), st.binary(max_size=2), st.integers(0, 2))
def test_a_damaged_text_is_never_taken_for_another_long(
    text: bytes, at: int, put: bytes, removed: int
) -> None:
    at %= len(text) + 1
    agrees(text[:at] + put + text[at + removed :])


@pytest.mark.parametrize(
    "text",
    [
        "",
        f"<{EX}a> <{EX}p> <{EX}b> .\n",
        f"<{EX}a> <{EX}p> <{EX}b> .",
        f'<{EX}a> <{EX}p> "A" .\n<{EX}a> <{EX}p> "\\u0041" .\n',
        f'<{EX}a> <{EX}p> "a"@EN .\n<{EX}a> <{EX}p> "a"@en .\n',
        f'<{EX}a> <{EX}p> "x" .\n<{EX}a> <{EX}p> "x"^^<{XS}string> .\n',
        f'<{EX}a> <{EX}p> "ü \\" \\\\" .\n',
        f"_:b <{EX}p> _:b .\n",
    ],
)
def test_usual_texts_are_taken(text: str) -> None:
    assert agrees(text.encode())


@pytest.mark.parametrize("text", [" .", " .\n", ".", "\n", " ", "<urn:a:s> <urn:a:p> .\n"])
def test_what_is_no_line_is_not_taken(text: str) -> None:
    assert encode(text.encode()) is None


def test_long_lines_and_many_lines() -> None:
    long = f'<{EX}a> <{EX}p> "{"x" * 5_000_000}" .\n'
    many = "".join(f'<{EX}a{i}> <{EX}p> "{i}" .\n' for i in range(150_000))
    columns = Columns.of_lines((many + long + many).encode())
    assert columns is not None
    assert columns.size == 150_001
    assert list(columns.values(NamedNode(f"{EX}a149999"), NamedNode(f"{EX}p"))) == [
        Literal("149999")
    ]


def test_blank_nodes_get_labels_of_their_own() -> None:
    text = f"_:a <{EX}p> _:b .\n_:b <{EX}p> _:a .\n_:a <{EX}q> <{EX}x> .\n".encode()
    graphs = []
    for _ in range(2):
        encoded = encode(text, rename_blank_nodes=True)
        assert encoded is not None
        triples = set(Columns(encoded).match(None, None, None))
        assert len(triples) == 3
        graphs.append({t.subject for t in triples})
        assert len(graphs[-1]) == 2
        assert BlankNode("a") not in graphs[-1]
    assert not graphs[0] & graphs[1]


texts = st.text(max_size=5)
terms: st.SearchStrategy[Term] = st.one_of(
    texts.map(Literal),
    st.builds(lambda t: Literal(t, language="en-gb"), texts),
    st.builds(lambda t: Literal(t, datatype=NamedNode("urn:x:t")), texts),
    st.sampled_from([NamedNode("urn:x:a"), BlankNode("b0")]),
)


@settings(max_examples=300, deadline=None)
@given(terms)
def test_a_token_stands_for_its_term(term: Term) -> None:
    assert term_of(token_of(term)) == term
