"""Namespaces, prefixes and the IRIs that the engine itself names.

The meaning of every ``aims:`` term stands in ``ontology/``; only terms that code must name are
reachable here, as attributes of a namespace: ``AIMS.AISystem``, ``ISO42001["A.7.5"]``.
"""

from typing import Final

from engine.rdf import NamedNode


class Namespace:
    """An IRI prefix; attribute or item access gives the NamedNode of a local name.

    >>> Namespace("http://example.org/")["a.b"]
    <NamedNode value=http://example.org/a.b>
    """

    __slots__ = ("base",)

    def __init__(self, base: str) -> None:
        self.base: Final = base

    def __getitem__(self, name: str) -> NamedNode:
        return NamedNode(self.base + name)

    def __getattr__(self, name: str) -> NamedNode:
        if name.startswith("__"):
            raise AttributeError(name)
        return NamedNode(self.base + name)

    def __contains__(self, node: object) -> bool:
        return isinstance(node, NamedNode) and node.value.startswith(self.base)

    def local(self, node: NamedNode) -> str:
        """The local name of ``node``, which must be in this namespace."""
        return node.value.removeprefix(self.base)


AIMS = Namespace("https://w3id.org/aimsgraph/ns#")
ISO42001 = Namespace("https://w3id.org/aimsgraph/std/iso42001-2023#")
SHAPES = Namespace("https://w3id.org/aimsgraph/shapes#")
SCHEME = Namespace("https://w3id.org/aimsgraph/scheme#")
PARAMETER = Namespace("https://w3id.org/aimsgraph/parameter#")
SYSTEM_GRAPH = Namespace("https://w3id.org/aimsgraph/graph/")

RDF = Namespace("http://www.w3.org/1999/02/22-rdf-syntax-ns#")
RDFS = Namespace("http://www.w3.org/2000/01/rdf-schema#")
OWL = Namespace("http://www.w3.org/2002/07/owl#")
XSD = Namespace("http://www.w3.org/2001/XMLSchema#")
SH = Namespace("http://www.w3.org/ns/shacl#")
SKOS = Namespace("http://www.w3.org/2004/02/skos/core#")
PROV = Namespace("http://www.w3.org/ns/prov#")
DCTERMS = Namespace("http://purl.org/dc/terms/")

RDF_TYPE = RDF["type"]

# Reserved named graphs of every reader; never in the ledger.
ONTOLOGY_GRAPH = SYSTEM_GRAPH["ontology"]
SHAPES_GRAPH = SYSTEM_GRAPH["shapes"]
CONTEXT_GRAPH = SYSTEM_GRAPH["context"]
DERIVED_GRAPH = Namespace(SYSTEM_GRAPH.base + "derived/")
ASSESSMENT_GRAPH = SYSTEM_GRAPH["assessment"]

PREFIXES: Final[dict[str, str]] = {
    "aims": AIMS.base,
    "iso42001": ISO42001.base,
    "aimsh": SHAPES.base,
    "aimsc": SCHEME.base,
    "aimsp": PARAMETER.base,
    "rdf": RDF.base,
    "rdfs": RDFS.base,
    "owl": OWL.base,
    "xsd": XSD.base,
    "sh": SH.base,
    "skos": SKOS.base,
    "prov": PROV.base,
    "dcterms": DCTERMS.base,
    "dcat": "http://www.w3.org/ns/dcat#",
    "dqv": "http://www.w3.org/ns/dqv#",
    "org": "http://www.w3.org/ns/org#",
    "odrl": "http://www.w3.org/ns/odrl/2/",
    "sosa": "http://www.w3.org/ns/sosa/",
    "schema": "https://schema.org/",
    "unit": "http://qudt.org/vocab/unit/",
    "earl": "http://www.w3.org/ns/earl#",
}


# The longest first, so that the first that fits is the one.
_BASES: Final = sorted(
    ((base, name) for name, base in PREFIXES.items()), key=lambda one: -len(one[0])
)
_STARTS: Final = tuple(base for base, _ in _BASES)


def shorten(node: NamedNode | str) -> str:
    """The CURIE of ``node`` under ``PREFIXES`` (longest match), else its IRI unchanged."""
    iri = node if isinstance(node, str) else node.value
    # Most IRIs of a graph have none of the prefixes, which one look tells.
    if iri.startswith(_STARTS):
        for base, name in _BASES:
            if iri.startswith(base):
                return f"{name}:{iri[len(base) :]}"
    return iri
