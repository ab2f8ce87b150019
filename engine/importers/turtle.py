"""Turtle files."""

from engine.importers.statements import rdf_importer
from engine.rdf import RdfFormat

importer = rdf_importer("turtle", RdfFormat.TURTLE, ("text/turtle",), (".ttl", ".turtle"))
