"""Reading one file: choose the format, parse in a process that may be killed, check, hand over."""

import hashlib
import stat
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import engine.workers as workers
from engine.canonical import canonical_quad
from engine.errors import InputError, LimitError, NotFoundError, Place
from engine.importers.model import (
    Facts,
    Importer,
    ImportResult,
    Limits,
    OnError,
    Request,
    RowError,
)
from engine.importers.provenance import describe
from engine.importers.skolem import skolemise
from engine.importers.statements import LINE_BASED, read_quads
from engine.rdf import DefaultGraph, NamedNode, Quad, RdfFormat, Triple, parse, serialize
from engine.registry import members


@dataclass(frozen=True, slots=True)
class _Reply:
    """What the parsing process sends back: plain values that pickle fast."""

    ntriples: bytes
    facts: Facts
    errors: tuple[RowError, ...]
    error_count: int
    notes: tuple[str, ...]


def importers() -> Mapping[str, Importer]:
    """The importers of this folder, by name."""
    from engine import importers as package  # itself: the folder is the registry

    found = (member for _, member in members(package, "importer"))
    return {member.name: member for member in found if isinstance(member, Importer)}


def choose(file_name: str, *, name: str = "", media_type: str = "") -> Importer:
    """The importer named, else the one for the media type, else the one for the suffix.

    Raises NotFoundError listing what there is.
    """
    known = importers()
    if name in known:
        return known[name]
    plain = media_type.partition(";")[0].strip().lower()
    suffix = Path(file_name).suffix.lower()
    for importer in known.values():
        fits = plain in importer.media_types if plain else suffix in importer.suffixes
        if fits and not name:
            return importer
    asked = name or plain or suffix or file_name
    raise NotFoundError(
        f'nothing here reads "{asked[:100]}"',
        place=Place(file_name),
        remedy=f"Say what it is with --as: {', '.join(known)}.",
    )


def read_file(path: Path, request: Request, *, name: str = "") -> ImportResult:
    """Read the ordinary file at ``path``, and then as ``read``.

    Raises InputError for what cannot be read, LimitError for an oversized file.
    """
    return read(_content(path, request.limits), request, name=name)


def read(content: bytes, request: Request, *, name: str = "", media_type: str = "") -> ImportResult:
    """What ``content`` asserts, as canonical triples with IRIs in place of blank nodes.

    The parsing runs in a child process under the request's limits. Raises ParseError,
    MappingError, LimitError or another InputError; faulty rows are in the result instead, which
    then has no triples unless the request says skip.
    """
    _check_size(len(content), request.limits, request.file_name)
    reply = workers.run(
        parse_here,
        choose(request.file_name, name=name, media_type=media_type).name,
        content,
        request,
        memory_bytes=request.limits.memory_bytes,
        seconds=request.limits.seconds,
    )
    return ImportResult(reply.ntriples, reply.facts, reply.errors, reply.error_count, reply.notes)


def read_graph(
    content: bytes, *, media_type: str, graph: NamedNode, source: str, base: str, limits: Limits
) -> list[Quad]:
    """The statements of an RDF document as quads of ``graph``, with nothing about the reading.

    Relative IRIs are resolved against the graph's. Blank nodes get IRIs as ``source`` would have
    them. The parsing runs in a child process. Raises NotFoundError for a media type that is not
    read, ParseError, LimitError, InputError for statements in named graphs of the document.
    """
    _check_size(len(content), limits, "the document")
    reply = workers.run(
        _graph_here,
        choose("the document", media_type=media_type).name,
        content,
        graph.value,
        source,
        base,
        memory_bytes=limits.memory_bytes,
        seconds=limits.seconds,
    )
    found = parse(reply, format=RdfFormat.N_TRIPLES)
    return [Quad(quad.subject, quad.predicate, quad.object, graph) for quad in found]


def _graph_here(name: str, content: bytes, base_iri: str, source: str, base: str) -> bytes:
    read = importers()[name].quads
    if read is None:
        raise InputError("a table is no RDF document", remedy="Send it to /v1/imports.")
    found = read(content, base_iri, "the document")
    named = next((quad for quad in found if not isinstance(quad.graph_name, DefaultGraph)), None)
    if named is not None:
        raise InputError(
            f"the document has statements in a graph of its own, {named.graph_name}",
            place=Place("the document"),
            remedy="Send the statements of one graph, without its name.",
        )
    triples = [canonical_quad(quad).triple for quad in found]
    return _sorted(skolemise(triples, base=base, source=source))


def plain_lines(path: Path) -> bytes | None:
    """The bytes of an N-Triples file, None for a file of another format.

    Raises InputError for what cannot be read.
    """
    if choose(path.name).title != RdfFormat.N_TRIPLES.name:
        return None
    return _content(path, Limits(bytes=sys.maxsize))


def read_triples(path: Path, *, name: str = "", limits: Limits | None = None) -> Iterable[Triple]:
    """The triples of an RDF file as they stand, named graphs merged, for tools that only read.

    Blank nodes stay blank, with labels of their own for each call. Those of N-Triples and N-Quads
    come as they are read. Raises what ``read_file`` raises, and InputError for a table.
    """
    bounds = limits or Limits()
    importer = choose(path.name, name=name)
    flat = next((f for f in LINE_BASED if f.name == importer.title), None)
    # What is read as it comes has no need of a limit.
    content = _content(path, replace(bounds, bytes=sys.maxsize) if flat else bounds)
    # Lines without triple terms nest nothing, so that no text of them ends the process.
    if flat is not None and b"<<" not in content:
        quads = read_quads(content, flat, file_name=path.name, rename_blank_nodes=True)
        return (quad.triple for quad in quads)
    reply = workers.run(
        _triples_here,
        importer.name,
        content,
        path.absolute().as_uri(),
        path.name,
        memory_bytes=bounds.memory_bytes,
        seconds=bounds.seconds,
    )
    found = parse(reply, format=RdfFormat.N_TRIPLES, rename_blank_nodes=True)
    return tuple(quad.triple for quad in found)


def parse_here(name: str, content: bytes, request: Request) -> _Reply:
    """Parse in this very process; for the child, and for files of the product itself."""
    sha256 = hashlib.sha256(content).hexdigest()
    parsed = importers()[name].parse(content, request, sha256)
    triples: list[Triple] = []
    if not parsed.error_count or request.on_error is OnError.SKIP:
        triples = skolemise(
            parsed.triples, base=request.base, source=request.source, about=parsed.provenance
        )
        triples += describe(request, parsed.facts)
    return _Reply(
        _sorted(triples),
        parsed.facts,
        tuple(parsed.errors),
        parsed.error_count,
        tuple(parsed.notes),
    )


def _triples_here(name: str, content: bytes, base_iri: str, file_name: str) -> bytes:
    quads = importers()[name].quads
    if quads is None:
        raise InputError(
            "a table is no RDF file",
            place=Place(file_name),
            remedy="Give Turtle, TriG, N-Triples, N-Quads, JSON-LD or RDF/XML.",
        )
    found = [quad.triple for quad in quads(content, base_iri, file_name)]
    return serialize(found, format=RdfFormat.N_TRIPLES) or b""


def _content(path: Path, limits: Limits) -> bytes:
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise InputError(f'"{path}" is not an ordinary file')
        _check_size(found.st_size, limits, path.name)
        return path.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f'"{path}" cannot be read: {reason}') from None


def _check_size(size: int, limits: Limits, file_name: str) -> None:
    if size > limits.bytes:
        raise LimitError(
            f"the file has {size:,} bytes, the limit is {limits.bytes:,}",
            place=Place(file_name),
            remedy="Split it, or raise AIMS_UPLOAD_LIMIT_BYTES.",
        )


def _sorted(triples: list[Triple]) -> bytes:
    text = serialize(triples, format=RdfFormat.N_TRIPLES)
    lines = sorted(set((text or b"").split(b"\n")) - {b""})
    return b"".join(line + b"\n" for line in lines)
