"""Every place that may parse XML is known here, with what guards it; a new one fails this test.

Libraries that parse XML were attacked again through the entry point that nobody had looked at, so
the list is made from the code itself.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("engine", "api", "benchmarks")

# Names by which some library parses XML, HTML with an XML parser, or RDF of a format found out.
WORDS = frozenset(
    "ParserCreate XMLParser XMLPullParser fromstring fromstringlist iterparse parseString XMLID "
    "make_parser create_parser load_workbook RDF_XML parse_query_results from_media_type "
    "from_extension HTMLParser ET etree".split()
)
MODULES = frozenset(
    "xml.etree.ElementTree xml.etree xml.dom xml.dom.minidom xml.dom.pulldom xml.sax "
    "xml.parsers.expat xml.parsers pyexpat lxml lxml.etree lxml.html defusedxml xmltodict bs4 "
    "html5lib rdflib openpyxl docx pptx odf svglib feedparser html.parser xmlrpc "
    "xmlrpc.client plistlib".split()
)

KNOWN = {
    # The guard itself; expat can declare no entity, because a document type was refused before.
    ("engine/importers/xml_guard.py", "xml.parsers"),
    ("engine/importers/xml_guard.py", "ParserCreate"),
    # RDF/XML goes through guarded_xml in ``rdf_importer``.
    ("engine/importers/rdfxml.py", "RDF_XML"),
    # Every part of a spreadsheet goes through guarded_xml before openpyxl opens it.
    ("engine/importers/xlsx.py", "openpyxl"),
    ("engine/importers/xlsx.py", "openpyxl.workbook"),
    ("engine/importers/xlsx.py", "load_workbook"),
    # For the error that openpyxl lets through.
    ("engine/importers/xlsx.py", "xml.etree.ElementTree"),
    # Write spreadsheets and results of queries, read nothing.
    ("engine/sheets.py", "openpyxl"),
    ("engine/sheets.py", "openpyxl.cell"),
    ("engine/sheets.py", "openpyxl.worksheet._write_only"),
    ("engine/sparql/results.py", "RDF_XML"),
    # Results of stores at endpoints, in JSON alone.
    ("engine/store/endpoint.py", "parse_query_results"),
    # Writes JUnit reports, reads nothing.
    ("engine/shacl/report.py", "xml.etree"),
}


def _sources() -> list[Path]:
    found = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]
    assert len(found) > 100
    return found


def _modules(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module:
        yield node.module


def _uses(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        for module in _modules(node):
            if module in MODULES or module.partition(".")[0] in ("openpyxl", "lxml", "rdflib"):
                yield module
        if isinstance(node, ast.ImportFrom):
            yield from (alias.name for alias in node.names if alias.name in WORDS)
        elif isinstance(node, ast.Attribute) and node.attr in WORDS:
            yield node.attr
        elif isinstance(node, ast.Name) and node.id in WORDS:
            yield node.id


def _found() -> set[tuple[str, str]]:
    return {
        (path.relative_to(ROOT).as_posix(), use)
        for path in _sources()
        for use in _uses(ast.parse(path.read_text("utf-8")))
    }


def test_no_parser_of_xml_is_called_that_is_not_known_and_guarded() -> None:
    new = _found() - KNOWN
    assert new == set(), "guard it (engine/importers/xml_guard.py), test it, then list it here"


def test_what_is_listed_is_still_there() -> None:
    assert KNOWN - _found() == set()


@pytest.mark.parametrize(
    "code",
    [
        "import xml.dom.minidom",
        "from lxml import html",
        "from xml.etree import ElementTree as E\nE.fromstring(x)",
        "parse(x, format=RdfFormat.RDF_XML)",
        "parse(x, format=RdfFormat.from_media_type(y))",
        "from pyoxigraph import parse_query_results",
        "def late():\n    import rdflib",
    ],
)
def test_a_new_call_would_be_found(code: str) -> None:
    assert list(_uses(ast.parse(code))) != []
