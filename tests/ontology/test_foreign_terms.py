"""Terms of other vocabularies that our files name exist in those vocabularies."""

import os
from pathlib import Path

import pytest
import rdflib
from rdflib import namespace
from rdflib.namespace import DefinedNamespace

from engine.assets import assets_root
from engine.rdf import NamedNode, RdfFormat, Triple, parse
from engine.vocab import PREFIXES

_DEFINED: tuple[type[DefinedNamespace], ...] = (
    namespace.DCAT,
    namespace.DCTERMS,
    namespace.ODRL2,
    namespace.ORG,
    namespace.OWL,
    namespace.PROV,
    namespace.RDF,
    namespace.RDFS,
    namespace.SDO,
    namespace.SH,
    namespace.SKOS,
    namespace.SOSA,
    namespace.XSD,
)
# Neither rdflib nor the material holds these two; looked up by hand in their specifications.
_BY_HAND = {
    PREFIXES["dqv"]: {"QualityMeasurement"},
    PREFIXES["unit"]: {"DAY", "HR", "MIN", "SEC", "MilliSEC", "UNITLESS", "NUM", "PERCENT"},
}


def _used(triples: tuple[Triple, ...]) -> set[str]:
    return {
        term.value
        for t in triples
        for term in (t.subject, t.predicate, t.object)
        if isinstance(term, NamedNode)
    }


def test_terms_of_known_vocabularies_exist(statements: tuple[Triple, ...]) -> None:
    unknown = []
    for iri in _used(statements):
        for defined in _DEFINED:
            base = str(defined._NS)
            if iri.startswith(base) and iri != base and rdflib.URIRef(iri) not in defined:
                unknown.append(iri)
        for base, names in _BY_HAND.items():
            if iri.startswith(base) and iri.removeprefix(base) not in names:
                unknown.append(iri)
    assert unknown == []


def _aligned() -> dict[str, list[NamedNode]]:
    """Foreign terms by the file that aligns to them."""
    found: dict[str, list[NamedNode]] = {}
    for path in sorted((assets_root() / "ontology" / "align").glob("*.ttl")):
        quads = parse(path.read_bytes(), format=RdfFormat.TURTLE)
        found[path.name] = [q.object for q in quads if isinstance(q.object, NamedNode)]
    return found


@pytest.mark.parametrize("name", sorted(_aligned()))
def test_aligned_terms_exist(name: str) -> None:
    material = Path(os.environ.get("AIMS_MATERIAL", assets_root().parent / "shared" / "material"))
    vocabulary = material / "vocabularies" / name
    if not vocabulary.is_file():
        pytest.skip(f"no vocabulary to compare with at {vocabulary}")
    quads = parse(vocabulary.read_bytes(), format=RdfFormat.TURTLE)
    subjects = {q.subject for q in quads if isinstance(q.subject, NamedNode)}
    assert [node.value for node in _aligned()[name] if node not in subjects] == []


@pytest.mark.parametrize("name", sorted(_aligned()))
def test_alignments_are_skos_mappings_from_our_terms(
    name: str, ontology: tuple[Triple, ...]
) -> None:
    declared = {t.subject for t in ontology}
    path = assets_root() / "ontology" / "align" / name
    for quad in parse(path.read_bytes(), format=RdfFormat.TURTLE):
        assert quad.predicate.value.startswith(PREFIXES["skos"])
        assert quad.predicate.value.endswith("Match")
        assert quad.subject in declared
