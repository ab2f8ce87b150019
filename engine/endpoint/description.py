"""What the service says of itself: https://www.w3.org/TR/sparql11-service-description/."""

from collections.abc import Iterable, Iterator

from engine.rdf import NamedNode, Triple
from engine.vocab import RDF_TYPE, Namespace

SD = Namespace("http://www.w3.org/ns/sparql-service-description#")
_FORMATS = Namespace("http://www.w3.org/ns/formats/")
_TABLES = ("SPARQL_Results_JSON", "SPARQL_Results_XML", "SPARQL_Results_CSV", "SPARQL_Results_TSV")
_DOCUMENTS = ("Turtle", "TriG", "N-Triples", "N-Quads", "JSON-LD", "RDF_XML")
_SIMPLE = NamedNode("http://www.w3.org/ns/entailment/Simple")


def service_description(queries: str, updates: str, graphs: Iterable[str]) -> Iterator[Triple]:
    """Two services, over one dataset: ``queries`` and ``updates`` are their addresses.

    ``graphs``: the names of the graphs that may be read. The default graph holds the statements of
    all of them but those that are only ever named, so that it is no plain union.
    """
    asking, writing = NamedNode(queries), NamedNode(updates)
    dataset, default = NamedNode(f"{queries}#dataset"), NamedNode(f"{queries}#default")
    for service, language in ((asking, SD.SPARQL11Query), (writing, SD.SPARQL11Update)):
        yield Triple(service, RDF_TYPE, SD.Service)
        yield Triple(service, SD.endpoint, service)
        yield Triple(service, SD.supportedLanguage, language)
        yield Triple(service, SD.defaultDataset, dataset)
    for name in (*_TABLES, *_DOCUMENTS):
        yield Triple(asking, SD.resultFormat, _FORMATS[name])
    yield Triple(asking, SD.defaultEntailmentRegime, _SIMPLE)
    yield Triple(dataset, RDF_TYPE, SD.Dataset)
    yield Triple(dataset, SD.defaultGraph, default)
    yield Triple(default, RDF_TYPE, SD.Graph)
    for number, name in enumerate(graphs, 1):
        held = NamedNode(f"{queries}#named-{number}")
        graph = NamedNode(f"{queries}#graph-{number}")
        yield Triple(dataset, SD.namedGraph, held)
        yield Triple(held, RDF_TYPE, SD.NamedGraph)
        yield Triple(held, SD.name, NamedNode(name))
        yield Triple(held, SD.graph, graph)
        yield Triple(graph, RDF_TYPE, SD.Graph)
