"""RDF text to triples: what the six RDF formats share.

A file's named graphs are merged into what the source asserts, and their names are kept with the
import: in a workspace a named graph says who asserts something, which the file cannot know.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from engine.errors import InputError, LimitError, ParseError, Place
from engine.importers.literals import Canonicaliser
from engine.importers.model import Facts, Importer, Parsed, Request
from engine.importers.provenance import activity_node
from engine.iri import path_segment
from engine.rdf import BlankNode, DefaultGraph, Literal, Quad, RdfFormat, Triple, parse
from engine.vocab import SYSTEM_GRAPH

_MARK = b"\xef\xbb\xbf"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_WHERE = re.compile(r"^Parser error (at|between) [^:]*: ?|\s*\(line \d+\)$")
LINE_BASED = (RdfFormat.N_TRIPLES, RdfFormat.N_QUADS)


def rdf_importer(
    name: str,
    format: RdfFormat,
    media_types: tuple[str, ...],
    suffixes: tuple[str, ...],
    guard: Callable[[bytes, str], bytes] | None = None,
) -> Importer:
    """The importer of one RDF format; ``guard`` takes bytes and file name, and gives safe bytes.

    Relative IRIs are resolved against ``<base>source/<source>``, so that a file means the same
    wherever it lies.
    """

    def quads(content: bytes, base_iri: str, file_name: str) -> list[Quad]:
        safe = guard(content, file_name) if guard else content
        return list(read_quads(safe, format, base_iri=base_iri, file_name=file_name))

    def parse_as_source(content: bytes, request: Request, sha256: str) -> Parsed:
        base_iri = f"{request.base}source/{path_segment(request.source)}"
        return _as_source(quads(content, base_iri, request.file_name), request, sha256, name)

    return Importer(name, format.name, media_types, suffixes, parse_as_source, quads=quads)


def _as_source(quads: Sequence[Quad], request: Request, sha256: str, name: str) -> Parsed:
    graphs = Counter(_graph_name(quad, request) for quad in quads)
    named = tuple(sorted((graph, count) for graph, count in graphs.items() if graph))
    literals = Canonicaliser()
    triples = literals.apply(quad.triple for quad in quads)
    parsed = Parsed(triples, Facts(name, request.file_name, sha256, graphs=named))
    parsed.provenance += literals.provenance(activity_node(request, sha256, ""))
    if named:
        total = sum(count for _, count in named)
        parsed.notes.append(
            f"{total} statements stand in {len(named)} named graph(s) of the file; they are "
            "asserted by the source like the rest, and the names are kept with the import"
        )
    return parsed


def utf8(content: bytes) -> bytes:
    """``content`` without byte order mark, from UTF-16 where its mark says so."""
    if content.startswith(_UTF16):
        try:
            return content.decode("utf-16").encode()
        except UnicodeDecodeError as error:
            raise ParseError(f"the text is not UTF-16 as its mark says: {error.reason}") from None
    return content.removeprefix(_MARK)


def read_quads(
    content: bytes,
    format: RdfFormat,
    *,
    base_iri: str = "",
    file_name: str,
    rename_blank_nodes: bool = False,
) -> Iterator[Quad]:
    """The quads of RDF text as they stand, within RDF 1.1. Raises ParseError with its place."""
    base = None if format in LINE_BASED else base_iri
    try:
        for quad in parse(
            utf8(content), format=format, base_iri=base, rename_blank_nodes=rename_blank_nodes
        ):
            _check_version(quad, file_name)
            yield quad
    except SyntaxError as error:
        raise _refused(error, file_name, format) from None
    except MemoryError as error:
        if "buffer" not in str(error):
            raise
        raise LimitError(
            f"one term of the {format.name} is longer than 16 MiB, which its parser does not hold",
            place=Place(file_name),
            remedy="Put what is that long into the evidence vault, and its digest into the file.",
        ) from None
    except ValueError as error:
        raise ParseError(
            f"the {format.name} does not parse: {error}", place=Place(file_name)
        ) from None


def _check_version(quad: Quad, file_name: str) -> None:
    if isinstance(quad.object, Triple) or isinstance(quad.subject, Triple):
        raise ParseError(
            "the file holds a triple term (RDF 1.2), which the ledger does not keep",
            place=Place(file_name),
            remedy="Write the statement about the statement as a node of its own.",
        )
    if isinstance(quad.object, Literal) and quad.object.direction:
        raise ParseError(
            f'"{quad.object.value[:80]}" has a base direction (RDF 1.2), '
            "which the ledger does not keep",
            place=Place(file_name),
            remedy="Leave the direction out; the language tag stays.",
        )


def _refused(error: SyntaxError, file_name: str, format: RdfFormat) -> ParseError:
    place = Place(file_name, error.lineno, error.offset)
    message = str(error.msg)
    if "LoadDocumentCallback" in message:
        return ParseError(
            "the JSON-LD names a remote context, and nothing is fetched",
            place=place,
            remedy="Put the context itself into the file, or convert the file to Turtle.",
        )
    plain = _WHERE.sub("", message)
    return ParseError(
        f"the {format.name} does not parse: {plain}",
        place=place,
        remedy="Mend the file at that place; nothing of it is imported.",
    )


def _graph_name(quad: Quad, request: Request) -> str:
    graph = quad.graph_name
    if isinstance(graph, DefaultGraph):
        return ""
    if isinstance(graph, BlankNode):
        return "_:"
    if graph.value.startswith((f"{request.base}graph/", SYSTEM_GRAPH.base)):
        raise InputError(
            f"the file asserts into <{graph.value[:200]}>, a graph of the workspace itself",
            place=Place(request.file_name),
            remedy="Import the statements without that graph name, "
            "and name the source and compartment with --source and --into.",
        )
    return graph.value
