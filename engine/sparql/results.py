"""Results of queries as bytes: SPARQL 1.1 JSON, XML, CSV, TSV; and the six formats of RDF 1.1.

Each serialiser is an iterator of bytes that reads its result once, so a face can stream it. The
function ``cut`` is called when all rows are read; what it tells then stands in the result, too: as
a member ``cut`` in JSON, as a comment in XML and the formats of graphs, as a last line that begins
with ``#`` in CSV and TSV.
https://www.w3.org/TR/sparql11-results-json/, /TR/rdf-sparql-XMLres/,
/TR/sparql11-results-csv-tsv/
"""

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import BinaryIO
from xml.sax.saxutils import escape, quoteattr

from engine.errors import InputError
from engine.rdf import BlankNode, NamedNode, RdfFormat, Term, Triple
from engine.rdf import serialize as serialize_rdf
from engine.store.port import Answer, QueryResult, Solutions, Statements
from engine.vocab import PREFIXES, XSD

__all__ = ["Answer", "QueryResult", "Solutions", "Statements", "media_types", "serialize"]

Row = tuple[Term | None, ...]
Cut = Callable[[], str]
_BLOCK = 1000
_CHARACTERS = 64 * 1024
# What an IRI must end with for XML to split it into a namespace and a name.
_ELEMENT = re.compile(r"[^\W\d][\w.\-\u00b7]*\Z")
# Characters that XML 1.0 cannot carry at all.
_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _json_term(term: Term) -> dict[str, str]:
    if isinstance(term, NamedNode):
        return {"type": "uri", "value": term.value}
    if isinstance(term, BlankNode):
        return {"type": "bnode", "value": term.value}
    told = {"type": "literal", "value": term.value}
    if term.language:
        told["xml:lang"] = term.language
    elif term.datatype != XSD.string:
        told["datatype"] = term.datatype.value
    return told


def not_cut() -> str:
    """Of a result that is whole."""
    return ""


def _json(result: Solutions | Answer, cut: Cut) -> Iterator[str]:
    if isinstance(result, Answer):
        yield json.dumps({"head": {}, "boolean": result.value})
        return
    head = json.dumps({"vars": list(result.variables)}, ensure_ascii=False)
    yield f'{{"head":{head},"results":{{"bindings":['
    separator = ""
    for row in result.rows:
        pairs = zip(result.variables, row, strict=True)
        bound = {name: _json_term(term) for name, term in pairs if term is not None}
        yield f"{separator}\n{json.dumps(bound, ensure_ascii=False)}"
        separator = ","
    told = cut()
    yield f'\n]}},"cut":{json.dumps(told)}}}\n' if told else "\n]}}\n"


def _xml_text(text: str) -> str:
    return escape(_NOT_XML.sub("\ufffd", text))


def _xml_term(term: Term) -> str:
    if isinstance(term, NamedNode):
        return f"<uri>{_xml_text(term.value)}</uri>"
    if isinstance(term, BlankNode):
        return f"<bnode>{term.value}</bnode>"
    kind = ""
    if term.language:
        kind = f" xml:lang={quoteattr(term.language)}"
    elif term.datatype != XSD.string:
        kind = f" datatype={quoteattr(term.datatype.value)}"
    return f"<literal{kind}>{_xml_text(term.value)}</literal>"


def _xml(result: Solutions | Answer, cut: Cut) -> Iterator[str]:
    yield '<?xml version="1.0"?>\n<sparql xmlns="http://www.w3.org/2005/sparql-results#">'
    if isinstance(result, Answer):
        yield f"<head/><boolean>{str(result.value).lower()}</boolean></sparql>\n"
        return
    names = "".join(f"<variable name={quoteattr(name)}/>" for name in result.variables)
    yield f"<head>{names}</head><results>"
    for row in result.rows:
        pairs = zip(result.variables, row, strict=True)
        cells = (
            f"<binding name={quoteattr(name)}>{_xml_term(term)}</binding>"
            for name, term in pairs
            if term is not None
        )
        yield f"\n<result>{''.join(cells)}</result>"
    told = cut()
    yield f"\n</results>{f'<!-- {told} -->' if told else ''}</sparql>\n"


def _csv_cell(term: Term | None) -> str:
    if term is None:
        return ""
    return f"_:{term.value}" if isinstance(term, BlankNode) else term.value


def _csv(result: Solutions | Answer, cut: Cut) -> Iterator[str]:
    if isinstance(result, Answer):
        yield f"{str(result.value).lower()}\r\n"
        return
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(result.variables)
    for row in result.rows:
        writer.writerow([_csv_cell(term) for term in row])
        if buffer.tell() > 65536:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()
    yield _last_line(cut(), "\r\n")


def _last_line(told: str, end: str) -> str:
    return f"# {told}{end}" if told else ""


def _tsv(result: Solutions | Answer, cut: Cut) -> Iterator[str]:
    if isinstance(result, Answer):
        yield f"{str(result.value).lower()}\n"
        return
    yield "\t".join(f"?{name}" for name in result.variables) + "\n"
    for row in result.rows:
        # N-Triples syntax escapes tabs and line ends, as TSV asks.
        cells = ("" if term is None else str(term).replace("\t", "\\t") for term in row)
        yield "\t".join(cells) + "\n"
    yield _last_line(cut(), "\n")


_TABLES: dict[str, Callable[[Solutions | Answer, Cut], Iterator[str]]] = {
    "application/sparql-results+json": _json,
    "application/sparql-results+xml": _xml,
    "text/csv": _csv,
    "text/tab-separated-values": _tsv,
    # Names that clients send for the same two formats.
    "application/json": _json,
    "application/xml": _xml,
}
_GRAPHS: dict[str, RdfFormat] = {
    "text/turtle": RdfFormat.TURTLE,
    "application/n-triples": RdfFormat.N_TRIPLES,
    "application/ld+json": RdfFormat.JSON_LD,
    "application/rdf+xml": RdfFormat.RDF_XML,
    "application/trig": RdfFormat.TRIG,
    "application/n-quads": RdfFormat.N_QUADS,
}
_PREFIXED = frozenset({RdfFormat.TURTLE, RdfFormat.TRIG})
TABLE_TYPES, GRAPH_TYPES = tuple(_TABLES), tuple(_GRAPHS)


def media_types(result: QueryResult) -> tuple[str, ...]:
    """The media types in which ``result`` can be written, the usual one first."""
    return GRAPH_TYPES if isinstance(result, Statements) else TABLE_TYPES


def serialize(result: QueryResult, media_type: str) -> Iterator[bytes]:
    """``result`` as bytes. Raises InputError where the type does not fit the query form."""
    _require_type(result, media_type)
    if isinstance(result, Statements):
        return _graph(result, _GRAPHS[media_type])
    return _encoded(_TABLES[media_type](result, not_cut))


def write(result: QueryResult, media_type: str, out: BinaryIO, cut: Cut = not_cut) -> None:
    """Write ``result`` to ``out``, a file that can be read again, and nothing of it kept.

    Raises InputError like ``serialize``, QueryError where reading the result does.
    """
    _require_type(result, media_type)
    if not isinstance(result, Statements):
        for block in _encoded(_TABLES[media_type](result, cut)):
            out.write(block)
        return
    form = _GRAPHS[media_type]
    triples = _named_elements(result.triples) if form == RdfFormat.RDF_XML else result.triples
    prefixes = PREFIXES if form in _PREFIXED else None
    serialize_rdf(triples, output=out, format=form, prefixes=prefixes)
    if prefixes:
        _sort_prefixes(out)
    if told := cut():
        _mark(out, form, told)


def _require_type(result: QueryResult, media_type: str) -> None:
    if media_type not in media_types(result):
        raise InputError(
            f"this query's result cannot be written as {media_type}",
            remedy=f"Use one of: {', '.join(media_types(result))}.",
        )


def _graph(result: Statements, form: RdfFormat) -> Iterator[bytes]:
    if form not in (RdfFormat.N_TRIPLES, RdfFormat.N_QUADS):
        # One document; lines can go out block by block.
        prefixes = PREFIXES if form in _PREFIXED else None
        yield serialize_rdf(result.triples, format=form, prefixes=prefixes) or b""
        return
    while block := list(islice(result.triples, _BLOCK)):
        yield serialize_rdf(block, format=form) or b""


def _named_elements(triples: Iterable[Triple]) -> Iterator[Triple]:
    """``triples``. Raises InputError for a predicate that cannot be the name of an element."""
    for triple in triples:
        if not _ELEMENT.search(triple.predicate.value):
            raise InputError(
                f"{triple.predicate} cannot be written in RDF/XML, where it names an element",
                remedy="Ask for text/turtle or another format.",
            )
        yield triple


def _sort_prefixes(out: BinaryIO) -> None:
    """The serialiser declares prefixes in an order of chance; equal graphs get equal bytes."""
    out.seek(0)
    lines = [out.readline() for _ in PREFIXES]
    if all(line.startswith(b"@prefix ") for line in lines):
        out.seek(0)
        out.writelines(sorted(lines))
    out.seek(0, io.SEEK_END)


def _mark(out: BinaryIO, form: RdfFormat, told: str) -> None:
    """Say in the document just written to ``out`` that something is not in it."""
    if form == RdfFormat.RDF_XML:
        out.write(f"<!-- {told} -->\n".encode())
    elif form == RdfFormat.JSON_LD:
        # A value that stands for itself is read over; the array was closed by one character.
        out.seek(-1, io.SEEK_END)
        out.write(f',{{"@value":{json.dumps(told)}}}]'.encode())
    else:
        out.write(f"# {told}\n".encode())


def _encoded(parts: Iterator[str]) -> Iterator[bytes]:
    """UTF-8 in blocks, so that a million rows are not a million writes."""
    block: list[str] = []
    size = 0
    for part in parts:
        block.append(part)
        size += len(part)
        if size > _CHARACTERS:
            yield "".join(block).encode()
            block, size = [], 0
    yield "".join(block).encode()
