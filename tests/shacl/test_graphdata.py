"""A graph as it was written, over a store that folds literals; line by line and as a whole."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.rdf import Literal, NamedNode, RdfFormat, parse
from engine.shacl.graphdata import GraphData
from engine.shacl.linedata import LineData
from engine.vocab import XSD

EX = "https://example.org/"
XS = XSD.base
PLAIN = [
    '"1"^^<{xs}integer>',
    '"true"^^<{xs}boolean>',
    '"text with ^^< and \\" inside"',
    '"a"@en',
    "<{ex}n>",
    '"x"^^<{xs}date>',
    '"2026-01-01T00:00:00Z"^^<{xs}dateTime>',
    '"2026-01-01T05:00:00+05:00"^^<{xs}dateTime>',
]
# The last is another form of an instant above, in its time zone.
FOLDED = [
    '"01"^^<{xs}integer>',
    '"1.50"^^<{xs}decimal>',
    '"1"^^<{xs}boolean>',
    '"5"^^<{xs}int>',
    '"2026-01-01T05:00:00.0+05:00"^^<{xs}dateTime>',
]
line = st.builds(
    lambda s, p, o: f"<{EX}s{s}> <{EX}p{p}> {o.format(xs=XS, ex=EX)} .\n",
    st.integers(0, 3),
    st.integers(0, 2),
    st.sampled_from(PLAIN + FOLDED),
)


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(line, max_size=12))
def test_matching_gives_what_was_written_and_queries_the_same_graph(lines: list[str]) -> None:
    content = "".join(lines).encode()
    triples = {quad.triple for quad in parse(content, format=RdfFormat.N_TRIPLES)}
    data = GraphData(triples)
    assert set(data.match(None, None, None)) == triples
    for triple in triples:
        assert list(data.match(triple.subject, triple.predicate, triple.object)) == [triple]
    whole = LineData.of_lines(content)
    folds = any(text.split("> ", 2)[2][:-3] in _written(FOLDED) for text in lines)
    assert (whole is None) is folds
    if whole is not None:
        assert set(whole.match(None, None, None)) == triples
        assert whole.size == len(triples)
        assert whole.unfolded == ()


def _written(terms: list[str]) -> set[str]:
    return {term.format(xs=XS, ex=EX) for term in terms}


@pytest.mark.parametrize(
    "text",
    [
        f'<{EX}s> <{EX}p> "\\u0030\\u0031"^^<{XS}integer> .',
        f'<{EX}s> <{EX}p> "01"^^<http://www.w3.org/2001/XMLSchema\\u0023integer> .',
        f"<{EX}s> <{EX}p> <<( <{EX}a> <{EX}b> <{EX}c> )>> .",
        f'<{EX}s> <{EX}p> "a"@en--ltr .',
        f"<{EX}s> <{EX}p> .",
        f'<{EX}s> <{EX}p> "x"^^<no iri> .',
    ],
    ids=["escape", "escaped-datatype", "triple-term", "direction", "broken", "no-iri"],
)
def test_what_is_not_plain_is_read_one_by_one(text: str) -> None:
    assert LineData.of_lines(f"{text}\n".encode()) is None


def test_a_query_gives_the_written_form_where_there_is_but_one() -> None:
    text = f'<{EX}s> <{EX}p> "01"^^<{XS}integer> .\n'
    asked = f"SELECT ?v {{ <{EX}s> <{EX}p> ?v }}"
    for more, expected in (("", "01"), (f'<{EX}t> <{EX}p> "1"^^<{XS}integer> .\n', "1")):
        content = (text + more).encode()
        data = GraphData(quad.triple for quad in parse(content, format=RdfFormat.N_TRIPLES))
        rows = list(data.run(asked, {}).rows)  # type: ignore[union-attr]
        assert rows == [(Literal(expected, datatype=NamedNode(f"{XS}integer")),)]
