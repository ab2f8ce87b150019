"""N-Quads files."""

from engine.importers.statements import rdf_importer
from engine.rdf import RdfFormat

importer = rdf_importer("nquads", RdfFormat.N_QUADS, ("application/n-quads",), (".nq",))
