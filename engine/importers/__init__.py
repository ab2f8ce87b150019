"""Import of RDF and of tables: each module with an ``importer`` is a format."""

from engine.importers.mapping import find_mapping, shipped_mappings
from engine.importers.model import (
    Facts,
    Importer,
    ImportResult,
    Limits,
    MappingText,
    OnError,
    Request,
    RowError,
)
from engine.importers.run import (
    choose,
    importers,
    plain_lines,
    read,
    read_file,
    read_graph,
    read_triples,
)

__all__ = [
    "Facts",
    "ImportResult",
    "Importer",
    "Limits",
    "MappingText",
    "OnError",
    "Request",
    "RowError",
    "choose",
    "find_mapping",
    "importers",
    "plain_lines",
    "read",
    "read_file",
    "read_graph",
    "read_triples",
    "shipped_mappings",
]
