"""TriG files."""

from engine.importers.statements import rdf_importer
from engine.rdf import RdfFormat

importer = rdf_importer("trig", RdfFormat.TRIG, ("application/trig",), (".trig",))
