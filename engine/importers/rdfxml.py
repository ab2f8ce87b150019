"""RDF/XML files; document types are refused before parsing."""

from engine.importers.statements import rdf_importer
from engine.importers.xml_guard import guarded_xml
from engine.rdf import RdfFormat

importer = rdf_importer(
    "rdfxml",
    RdfFormat.RDF_XML,
    ("application/rdf+xml", "application/xml", "text/xml"),
    (".rdf", ".xml", ".owl"),
    guarded_xml,
)
