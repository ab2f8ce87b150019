"""Results of queries as bytes: SPARQL 1.1 JSON, XML, CSV, TSV; Turtle, N-Triples, JSON-LD.

Each serialiser is an iterator of bytes that reads its result once, so a face can stream it.
https://www.w3.org/TR/sparql11-results-json/, /TR/rdf-sparql-XMLres/,
/TR/sparql11-results-csv-tsv/
"""

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from xml.sax.saxutils import escape, quoteattr

from engine.errors import InputError
from engine.rdf import BlankNode, NamedNode, RdfFormat, Term, Triple
from engine.rdf import serialize as serialize_rdf
from engine.store.port import Answer, QueryResult, Solutions, Statements
from engine.vocab import PREFIXES, XSD

__all__ = ["Answer", "QueryResult", "Solutions", "Statements", "media_types", "serialize"]

Row = tuple[Term | None, ...]
_BLOCK = 1000
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


def _json(result: Solutions | Answer) -> Iterator[str]:
    if isinstance(result, Answer):
        yield json.dumps({"head": {}, "boolean": result.value})
        return
    head = json.dumps({"vars": list(result.variables)}, ensure_ascii=False)
    yield f'{{"head":{head},"results":{{"bindings":['
    separator = ""
    for row in result.rows:
        pairs = zip(result.variables, row, strict=True)
        told = {name: _json_term(term) for name, term in pairs if term is not None}
        yield f"{separator}\n{json.dumps(told, ensure_ascii=False)}"
        separator = ","
    yield "\n]}}\n"


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


def _xml(result: Solutions | Answer) -> Iterator[str]:
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
    yield "\n</results></sparql>\n"


def _csv_cell(term: Term | None) -> str:
    if term is None:
        return ""
    return f"_:{term.value}" if isinstance(term, BlankNode) else term.value


def _csv(result: Solutions | Answer) -> Iterator[str]:
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


def _tsv(result: Solutions | Answer) -> Iterator[str]:
    if isinstance(result, Answer):
        yield f"{str(result.value).lower()}\n"
        return
    yield "\t".join(f"?{name}" for name in result.variables) + "\n"
    for row in result.rows:
        # N-Triples syntax escapes tabs and line ends, as TSV asks.
        cells = ("" if term is None else str(term).replace("\t", "\\t") for term in row)
        yield "\t".join(cells) + "\n"


def _graph(form: RdfFormat) -> Callable[[Statements], Iterator[bytes]]:
    # Turtle and JSON-LD need one document; N-Triples can go out block by block.
    def whole(result: Statements) -> Iterator[bytes]:
        prefixes = PREFIXES if form == RdfFormat.TURTLE else None
        yield serialize_rdf(result.triples, format=form, prefixes=prefixes) or b""

    def blocks(result: Statements) -> Iterator[bytes]:
        triples: Iterable[Triple] = result.triples
        iterator = iter(triples)
        while block := list(islice(iterator, _BLOCK)):
            yield serialize_rdf(block, format=form) or b""

    return blocks if form == RdfFormat.N_TRIPLES else whole


_TABLES: dict[str, Callable[[Solutions | Answer], Iterator[str]]] = {
    "application/sparql-results+json": _json,
    "application/sparql-results+xml": _xml,
    "text/csv": _csv,
    "text/tab-separated-values": _tsv,
    # Names that clients send for the same two formats.
    "application/json": _json,
    "application/xml": _xml,
}
_GRAPHS: dict[str, Callable[[Statements], Iterator[bytes]]] = {
    "text/turtle": _graph(RdfFormat.TURTLE),
    "application/n-triples": _graph(RdfFormat.N_TRIPLES),
    "application/ld+json": _graph(RdfFormat.JSON_LD),
}


def media_types(result: QueryResult) -> tuple[str, ...]:
    """The media types in which ``result`` can be written, the usual one first."""
    return tuple(_GRAPHS if isinstance(result, Statements) else _TABLES)


def serialize(result: QueryResult, media_type: str) -> Iterator[bytes]:
    """``result`` as bytes. Raises InputError where the type does not fit the query form."""
    if media_type not in media_types(result):
        raise InputError(
            f"this query's result cannot be written as {media_type}",
            remedy=f"Use one of: {', '.join(media_types(result))}.",
        )
    if isinstance(result, Statements):
        return _GRAPHS[media_type](result)
    return _encoded(_TABLES[media_type](result))


def _encoded(parts: Iterator[str]) -> Iterator[bytes]:
    """UTF-8 in blocks, so that a million rows are not a million writes."""
    while block := list(islice(parts, _BLOCK)):
        yield "".join(block).encode()
