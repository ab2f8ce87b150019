"""Results as bytes: what each format must keep, compared with an independent reader."""

import csv
import io
import json
import xml.etree.ElementTree as ET

import pytest
import rdflib
from rdflib.query import Result

from engine.errors import InputError
from engine.rdf import BlankNode, Literal, NamedNode, Term, Triple
from engine.sparql.results import Answer, Solutions, Statements, media_types, serialize
from engine.vocab import XSD

IRI = NamedNode("https://aims.example/a?b=<c>&d".replace("<", "%3C").replace(">", "%3E"))
ROWS: list[tuple[Term | None, ...]] = [
    (IRI, Literal("plain")),
    (BlankNode("b1"), Literal('Grüße, "quoted"\tand\nbroken', language="de")),
    (None, Literal("1.50", datatype=XSD.decimal)),
    (Literal("]]> & <x>"), None),
    (Literal("back\\slash"), Literal("true", datatype=XSD.boolean)),
]
NAMES = ("s", "value")
TABLES = ("application/sparql-results+json", "application/sparql-results+xml")


def solutions() -> Solutions:
    return Solutions(NAMES, iter(ROWS))


def told(result: Solutions | Answer | Statements, media_type: str) -> bytes:
    return b"".join(serialize(result, media_type))


def as_rdflib(term: Term | None) -> rdflib.term.Identifier | None:
    if term is None:
        return None
    if isinstance(term, NamedNode):
        return rdflib.URIRef(term.value)
    if isinstance(term, BlankNode):
        return rdflib.BNode(term.value)
    if term.language:
        return rdflib.Literal(term.value, lang=term.language)
    plain = term.datatype == XSD.string
    return rdflib.Literal(
        term.value, datatype=None if plain else term.datatype.value, normalize=False
    )


@pytest.mark.parametrize(("media_type", "format_name"), [(TABLES[0], "json"), (TABLES[1], "xml")])
def test_json_and_xml_are_read_back_by_another_library(media_type: str, format_name: str) -> None:
    read = Result.parse(io.BytesIO(told(solutions(), media_type)), format=format_name)
    assert [str(name) for name in read.vars or ()] == list(NAMES)
    found = [tuple(row.get(rdflib.Variable(name)) for name in NAMES) for row in read.bindings]
    for row, expected in zip(found, ROWS, strict=True):
        for cell, term in zip(row, map(as_rdflib, expected), strict=True):
            if isinstance(term, rdflib.BNode):
                assert isinstance(cell, rdflib.BNode)
            else:
                assert (cell, getattr(cell, "language", None)) == (
                    term,
                    getattr(term, "language", None),
                )


def test_csv_gives_values_and_quotes_them() -> None:
    read = list(csv.reader(io.StringIO(told(solutions(), "text/csv").decode(), newline="")))
    assert read[0] == list(NAMES)
    assert read[1] == [IRI.value, "plain"]
    assert read[2] == ["_:b1", 'Grüße, "quoted"\tand\nbroken']
    assert read[3] == ["", "1.50"]


def test_tsv_gives_terms_one_line_a_row() -> None:
    lines = told(solutions(), "text/tab-separated-values").decode().split("\n")
    assert lines[0] == "?s\t?value"
    assert lines[1] == f'{IRI}\t"plain"'
    assert lines[2] == '_:b1\t"Grüße, \\"quoted\\"\\tand\\nbroken"@de'
    assert lines[3] == '\t"1.50"^^<http://www.w3.org/2001/XMLSchema#decimal>'
    assert len(lines) == len(ROWS) + 2


@pytest.mark.parametrize(
    ("media_type", "expected"),
    [
        ("application/sparql-results+json", '"boolean": true'),
        ("application/sparql-results+xml", "<boolean>true</boolean>"),
        ("text/csv", "true\r\n"),
        ("text/tab-separated-values", "true\n"),
    ],
)
def test_answers_to_yes_no_questions(media_type: str, expected: str) -> None:
    assert expected in told(Answer(True), media_type).decode()


def test_characters_that_xml_cannot_carry_are_replaced() -> None:
    odd = Solutions(("v",), iter([(Literal("a\x00b\x0bc"),)]))
    root = ET.fromstring(told(odd, "application/sparql-results+xml"))
    assert root.findtext(".//{*}literal") == "a\ufffdb\ufffdc"


def test_no_rows_are_still_a_document() -> None:
    for media_type in media_types(solutions()):
        assert told(Solutions(NAMES, iter(())), media_type)
    empty = json.loads(told(Solutions(NAMES, iter(())), "application/json"))
    assert empty == {"head": {"vars": list(NAMES)}, "results": {"bindings": []}}


@pytest.mark.parametrize(
    ("media_type", "format_name"),
    [
        ("text/turtle", "turtle"),
        ("application/n-triples", "nt"),
        ("application/ld+json", "json-ld"),
    ],
)
@pytest.mark.filterwarnings("ignore:ConjunctiveGraph:DeprecationWarning")
def test_graphs_are_read_back_by_another_library(media_type: str, format_name: str) -> None:
    triples = [Triple(IRI, XSD.string, Literal(str(number))) for number in range(2500)]
    graph = rdflib.Graph()
    graph.parse(told(Statements(iter(triples)), media_type), format=format_name)
    assert len(graph) == 2500
    assert told(Statements(iter(())), media_type) is not None


def test_large_tables_come_in_blocks() -> None:
    many = Solutions(("v",), ((Literal("x" * 50),) for _ in range(10_000)))
    blocks = list(serialize(many, "text/csv"))
    assert len(blocks) > 1 or max(map(len, blocks)) < 1_000_000


def test_a_format_that_does_not_fit_is_refused() -> None:
    with pytest.raises(InputError, match="cannot be written as text/turtle"):
        serialize(solutions(), "text/turtle")
    with pytest.raises(InputError, match="cannot be written as text/csv"):
        serialize(Statements(iter(())), "text/csv")
