"""The values that go into and come out of an importer."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from engine.errors import InputError, ParseError, Place
from engine.iri import DEFAULT_BASE, checked_name
from engine.rdf import NamedNode, Quad, RdfFormat, Triple, parse

_SHOWN = 10


class OnError(StrEnum):
    """What faulty rows of a table do to the rest: refuse the whole file, or be left out."""

    STOP = "stop"
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on one input file; the defaults suit a machine of 2 cores and 4 GB.

    ``bytes`` of the file itself, ``unpacked_bytes`` of a zipped one, ``memory_bytes`` and
    ``seconds`` of the process that parses it.
    """

    bytes: int = 128 * 1024 * 1024
    unpacked_bytes: int = 256 * 1024 * 1024
    memory_bytes: int = 2 * 1024 * 1024 * 1024
    seconds: float = 120.0


@dataclass(frozen=True, slots=True)
class MappingText:
    """A table mapping as it stands in its file."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Request:
    """What a caller asks of an importer.

    ``source``: the name under which the facts are asserted. ``base``: base IRI of the workspace.
    ``file_name``: for messages and provenance, never opened. ``agent``: IRI or name of who
    imports. ``mapping``: needed for tables. Raises InputError for a source that cannot be a name.
    """

    source: str
    base: str = DEFAULT_BASE
    file_name: str = "input"
    agent: str = "unknown"
    mapping: MappingText | None = None
    on_error: OnError = OnError.STOP
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        checked_name(self.source, "source")


@dataclass(frozen=True, slots=True)
class RowError:
    """One fault of one row. ``row`` counts rows of the table from 1, the header being one;
    ``line`` is the line of the text on which the row starts; ``value`` is cut to 200 characters.
    """

    row: int
    line: int | None
    column: str | None
    value: str
    reason: str

    @property
    def place(self) -> str:
        """``row 7, line 9, column "Date", value "31/31/2024"``, leaving out what is unknown."""
        parts = [f"row {self.row}"]
        parts += [f"line {self.line}"] if self.line is not None else []
        parts += [f'column "{self.column}"'] if self.column is not None else []
        parts += [f'value "{self.value}"'] if self.value else []
        return ", ".join(parts)

    def __str__(self) -> str:
        """The place, a colon and the reason."""
        return f"{self.place}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one import: the file, the mapping, and how many rows or triples.

    ``rows_read`` and ``rows_imported`` are 0 where the file is no table; ``graphs`` are the graph
    names that the file uses, with their numbers of triples.
    """

    importer: str
    file_name: str
    sha256: str
    mapping_name: str = ""
    mapping_digest: str = ""
    encoding: str = ""
    rows_read: int = 0
    rows_imported: int = 0
    graphs: tuple[tuple[str, int], ...] = ()


@dataclass(slots=True)
class Parsed:
    """What a ``parse`` function gives back, inside the process that parses.

    ``provenance`` speaks about ``triples`` and may use their blank nodes. ``error_count`` counts
    all faults of rows; ``errors`` holds the first thousand.
    """

    triples: list[Triple]
    facts: Facts
    provenance: list[Triple] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)
    error_count: int = 0
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Importer:
    """One format: its name, what recognises it, and the function that reads it.

    ``parse`` takes the bytes, the request and the SHA-256 of the bytes in hexadecimal, and runs
    in a process that may be killed. ``tabular``: whether it needs a mapping. ``quads``: for RDF,
    the statements as they stand; takes the bytes, a base IRI and the file name.
    """

    name: str
    title: str
    media_types: tuple[str, ...]
    suffixes: tuple[str, ...]
    parse: Callable[[bytes, Request, str], Parsed]
    tabular: bool = False
    quads: Callable[[bytes, str, str], list[Quad]] | None = None


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What a file asserts: canonical triples without blank nodes, provenance included.

    ``ntriples`` is their serialisation, sorted and each once. ``errors`` are the first thousand
    of ``error_count`` row faults; where there are any and the request says stop, there are no
    triples. ``notes`` say what the reader of the file should know.
    """

    ntriples: bytes
    facts: Facts
    errors: tuple[RowError, ...] = ()
    error_count: int = 0
    notes: tuple[str, ...] = ()

    @property
    def triples(self) -> tuple[Triple, ...]:
        """The triples, in order of their serialisation."""
        return tuple(quad.triple for quad in parse(self.ntriples, format=RdfFormat.N_TRIPLES))

    def quads(self, graph: NamedNode) -> list[Quad]:
        """The triples as quads of ``graph``."""
        found = parse(self.ntriples, format=RdfFormat.N_TRIPLES)
        return [Quad(quad.subject, quad.predicate, quad.object, graph) for quad in found]

    def require_rows(self, on_error: OnError) -> None:
        """Raise ParseError naming the first faulty rows, if there are any and none may be."""
        if not self.error_count or on_error is OnError.SKIP:
            return
        shown = "; ".join(str(error) for error in self.errors[:_SHOWN])
        more = self.error_count - min(len(self.errors), _SHOWN)
        first = self.errors[0]
        raise ParseError(
            f"{self.error_count} fault(s) in its rows, nothing is imported: {shown}"
            + (f"; and {more} more" if more else ""),
            place=Place(self.facts.file_name, first.line, None, first.column),
            remedy="Mend the rows or the mapping, or leave faulty rows out with --on-error skip.",
        )


def absolute(iri: str, what: str) -> NamedNode:
    """``iri`` as a node. Raises InputError when it is not an absolute IRI."""
    try:
        return NamedNode(iri)
    except ValueError as error:
        raise InputError(f'"{iri[:200]}" is not an IRI for {what}: {error}') from None
