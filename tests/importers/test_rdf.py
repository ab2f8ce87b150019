"""The six RDF formats: blank nodes, named graphs, literals, relative names, provenance."""

import re

import pytest

from engine.errors import InputError, ParseError
from engine.importers import Request
from engine.importers.run import parse_here
from engine.knowledge import shipped_pack
from engine.rdf import Literal, NamedNode, Triple
from engine.vocab import AIMS, PROV, RDF_TYPE, XSD
from tests.importers.reading import BASE, facts, rdf, texts, values

P = "<https://example.org/p>"


# Blank nodes


def test_blank_nodes_keep_their_names_when_a_file_is_relabelled_and_reordered() -> None:
    one = f"_:a {P} 1 ; {P} _:b . _:b {P} 2 . <urn:x> {P} _:a ."
    two = f"<urn:x> {P} _:q . _:z {P} 2 . _:q {P} _:z , 1 ."
    assert facts(rdf(one)) == facts(rdf(two))


def test_blank_nodes_keep_their_names_when_something_else_changes() -> None:
    before = facts(rdf(f"[] {P} 1 ."))
    assert before <= facts(rdf(f'[] {P} 1 . [] {P} 2 . <urn:x> {P} "new" .'))


def test_equal_blank_nodes_stay_apart_and_sources_share_none() -> None:
    twice = facts(rdf(f"[] {P} 1 . [] {P} 1 ."))
    assert len({t.subject for t in twice}) == 2
    assert not twice & facts(rdf(f"[] {P} 1 . [] {P} 1 .", source="other"))


def test_a_label_that_the_parser_could_mint_itself_is_not_merged_with_another() -> None:
    labels = [f"_:{at:x}" for at in range(1, 20)]
    text = " ".join(f'{label} {P} "{label}" .' for label in labels) + f' [] {P} "minted" .'
    assert len({t.subject for t in facts(rdf(text))}) == 20


# Named graphs


def test_named_graphs_are_merged_into_the_source_and_their_names_kept_with_the_import() -> None:
    result = rdf(f"<urn:g> {{ <urn:a> {P} 1 }} <urn:h> {{ <urn:a> {P} 1 , 2 }}", "trig")
    assert result.facts.graphs == (("urn:g", 1), ("urn:h", 2))
    assert len(facts(result)) == 2
    assert texts(result, AIMS["importedGraph"]) == ["urn:g", "urn:h"]
    assert result.notes[0].startswith("3 statements stand in 2 named graph(s) of the file")


@pytest.mark.parametrize(
    "graph", [f"{BASE}graph/general/other", "https://w3id.org/aimsgraph/graph/assessment"]
)
def test_a_file_cannot_assert_into_a_graph_of_the_workspace(graph: str) -> None:
    with pytest.raises(InputError, match=r"a graph of the workspace itself.*--source and --into"):
        rdf(f"<{graph}> {{ <urn:a> {P} 1 }}", "trig")


# Literals

FOLDED = [
    ("01", "integer", "1", "integer"),
    ("1.10", "decimal", "1.1", "decimal"),
    ("1", "boolean", "true", "boolean"),
    ("2026-01-01T00:00:00.000+00:00", "dateTime", "2026-01-01T00:00:00Z", "dateTime"),
    ("P12M", "duration", "P1Y", "duration"),
    ("007", "int", "7", "integer"),
]


@pytest.mark.parametrize(("text", "datatype", "kept", "kept_as"), FOLDED)
def test_a_literal_is_kept_in_one_spelling_and_the_text_of_the_file_is_noted(
    text: str, datatype: str, kept: str, kept_as: str
) -> None:
    result = rdf(f'<urn:a> <{AIMS["note"].value}> "{text}"^^<{XSD.base}{datatype}> .', "turtle")
    assert values(result) == [Literal(kept, datatype=XSD[kept_as])]
    assert texts(result, AIMS["originalText"]) == [text]
    assert texts(result, AIMS["canonicalText"]) == [kept]
    assert values(result, AIMS["ofDatatype"]) == [XSD[datatype]]
    assert values(result, AIMS["rewrittenOn"]) == [NamedNode("urn:a")]


def test_two_texts_of_one_value_are_one_statement_and_two_notes() -> None:
    result = rdf(f'<urn:a> {P} "01"^^<{XSD.base}integer> , "1"^^<{XSD.base}integer> , 001 .')
    assert len([t for t in facts(result) if t.subject == NamedNode("urn:a")]) == 1
    assert texts(result, AIMS["originalText"]) == ["001", "01"]


def test_a_version_that_is_a_string_stays_as_it_stands() -> None:
    result = rdf(f'<urn:a> <{AIMS["note"].value}> "1.10" , "01" , " x " .')
    assert texts(result) == [" x ", "01", "1.10"]
    assert texts(result, AIMS["originalText"]) == []


def test_terms_of_rdf_1_2_are_refused_with_the_way_out() -> None:
    with pytest.raises(ParseError, match=r"triple term \(RDF 1.2\).*a node of its own"):
        rdf(f"<urn:a> {P} <<( <urn:a> {P} 1 )>> .")
    with pytest.raises(ParseError, match=r"base direction \(RDF 1.2\).*the language tag stays"):
        rdf(f'<urn:a> {P} "x"@ar--rtl .')


# Names and provenance


@pytest.mark.parametrize(
    ("relative", "absolute"),
    [("#a", "source/s#a"), ("a", "source/a"), ("", "source/s"), ("/a", "a"), ("../a", "a")],
)
def test_relative_names_mean_the_same_wherever_the_file_lies(relative: str, absolute: str) -> None:
    result = rdf(f"<{relative}> {P} 1 .")
    assert Triple(NamedNode(BASE + absolute), NamedNode(P[1:-1]), Literal(1)) in result.triples


def test_relative_names_are_refused_in_formats_of_lines() -> None:
    for name in ("ntriples", "nquads"):
        with pytest.raises(ParseError, match="line 1"):
            rdf(f"<a> {P} <urn:b> .", name)


def test_an_import_says_file_source_format_and_agent_and_no_time() -> None:
    reply = parse_here("turtle", b"", Request(source="reg", file_name="r.ttl", agent="Ada Bee"))
    told = reply.ntriples.decode()
    sha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert f'<{BASE}file/{sha256}> <{AIMS["fileName"].value}> "r.ttl"' in told
    assert f'<{AIMS["digestValue"].value}> "{sha256}"' in told
    assert f"<{PROV['wasAssociatedWith'].value}> <{BASE}agent/Ada%20Bee>" in told
    assert f'<{AIMS["sourceName"].value}> "reg"' in told
    assert f"<{RDF_TYPE.value}> <{AIMS['ImportActivity'].value}>" in told
    assert not re.search(r"20\d\d-\d\d-\d\d", told)


@pytest.mark.parametrize(
    ("agent", "node"),
    [
        ("urn:test:agent", "urn:test:agent"),
        ("aims:Agent", AIMS["Agent"].value),
        ("Ada", f"{BASE}agent/Ada"),
        ("http://[", f"{BASE}agent/http%3A%2F%2F%5B"),
        ("a:%zz", f"{BASE}agent/a%3A%25zz"),
        ("", f"{BASE}agent/unknown"),
        ("\udc92", f"{BASE}agent/%3F"),
    ],
)
def test_an_agent_is_an_iri_or_gets_one(agent: str, node: str) -> None:
    request = Request(source="s", agent=agent, file_name="\udc92.ttl")
    reply = parse_here("turtle", b"", request)
    assert f"<{PROV['wasAssociatedWith'].value}> <{node}>" in reply.ntriples.decode()
    assert '"?.ttl"' in reply.ntriples.decode()


@pytest.mark.parametrize("source", ["", "a b", "../x", "x" * 101, "-x", "é", "a/b", "a\n"])
def test_what_cannot_name_a_source_is_refused(source: str) -> None:
    with pytest.raises(InputError, match="cannot name a source"):
        Request(source=source)


def test_every_term_of_the_provenance_is_defined() -> None:
    defined = {triple.subject for triple in shipped_pack().ontology_triples}
    result = rdf(f"<urn:g> {{ <urn:a> {P} 01 }}", "trig")
    own = [t for t in result.triples if t not in facts(result)]
    used = {term for t in own for term in (t.predicate, t.object) if term in AIMS}
    assert len(used) > 12
    assert used <= defined
