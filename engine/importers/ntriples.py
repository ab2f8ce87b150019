"""N-Triples files."""

from engine.importers.statements import rdf_importer
from engine.rdf import RdfFormat

importer = rdf_importer("ntriples", RdfFormat.N_TRIPLES, ("application/n-triples",), (".nt",))
