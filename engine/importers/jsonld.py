"""JSON-LD files; contexts stand in the file itself, remote ones are refused."""

from engine.importers.json_guard import check_depth
from engine.importers.statements import rdf_importer, utf8
from engine.rdf import RdfFormat


def _guard(content: bytes, file_name: str) -> bytes:
    text = utf8(content)
    check_depth(text, file_name)
    return text


importer = rdf_importer(
    "jsonld",
    RdfFormat.JSON_LD,
    ("application/ld+json", "application/json"),
    (".jsonld", ".json"),
    _guard,
)
