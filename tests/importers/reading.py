"""Short ways to read something: RDF text, or a table with a mapping."""

from collections.abc import Callable, Iterable

from engine.errors import InputError, LimitError
from engine.importers import ImportResult, MappingText, OnError, Request
from engine.importers.run import parse_here
from engine.rdf import Literal, NamedNode, Node, Term, Triple, terms_of
from engine.vocab import AIMS

BASE = "https://aims.example/"
NAMED = AIMS["identifier"]

# One node a row, named by the column Name; a test adds what it is about.
MAPPING = """
format = "aimsgraph-table/1"

[table]
key = ["Name"]

[[entities]]
name = "thing"
subject = "{base}thing/{key}-{ordinal}"
types = ["aims:AISystem"]

[[entities.properties]]
property = "aims:identifier"
column = "Name"
"""


def here(content: bytes, file_name: str, request: Request, *, name: str) -> ImportResult:
    """Read in this process: for what is not hostile."""
    reply = parse_here(name, content, request)
    return ImportResult(reply.ntriples, reply.facts, reply.errors, reply.error_count, reply.notes)


def rdf(
    text: str | bytes, name: str = "turtle", *, source: str = "s", file_name: str = "input.ttl"
) -> ImportResult:
    """``text`` in the RDF format ``name``."""
    content = text.encode() if isinstance(text, str) else text
    return here(content, file_name, Request(source=source, file_name=file_name), name=name)


def table(
    content: str | bytes,
    mapping: str = MAPPING,
    *,
    name: str = "csv",
    file_name: str = "input.csv",
    on_error: OnError = OnError.STOP,
) -> ImportResult:
    """A table through ``mapping``, UTF-8 where it is given as text."""
    data = content.encode() if isinstance(content, str) else content
    given = MappingText("mapping.toml", mapping.encode())
    request = Request(source="s", file_name=file_name, mapping=given, on_error=on_error)
    return here(data, file_name, request, name=name)


def column(name: str, *lines: str) -> str:
    """``MAPPING`` with one more property, ``aims:note`` from the column ``name``."""
    extra = f'\n[[entities.properties]]\nproperty = "aims:note"\ncolumn = "{name}"\n'
    return MAPPING + extra + "\n".join(lines) + "\n"


def values(result: ImportResult, predicate: NamedNode = AIMS["note"]) -> list[Term]:
    """The objects of ``predicate``, sorted by their text."""
    return sorted((terms_of(t)[2] for t in result.triples if t.predicate == predicate), key=str)


def texts(result: ImportResult, predicate: NamedNode = AIMS["note"]) -> list[str]:
    """The same as plain texts."""
    return [v.value for v in values(result, predicate) if isinstance(v, Literal)]


def facts(result: ImportResult) -> frozenset[Triple]:
    """The triples without the provenance of the file."""
    own = ("file/", "import/")
    return frozenset(
        t
        for t in result.triples
        if not str(t.subject).startswith(f"<{BASE}{own[0]}")
        and not str(t.subject).startswith(f"<{BASE}{own[1]}")
    )


def named(result: ImportResult) -> dict[str, list[Node]]:
    """The subjects of each identifier."""
    found: dict[str, list[Node]] = {}
    for triple in result.triples:
        if triple.predicate == NAMED and isinstance(triple.object, Literal):
            found.setdefault(triple.object.value, []).append(terms_of(triple)[0])
    return {name: sorted(nodes, key=str) for name, nodes in found.items()}


def csv_of(rows: Iterable[Iterable[str]]) -> str:
    """Rows as CSV; every cell quoted."""
    quoted = (",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows)
    return "\r\n".join(quoted) + "\r\n"


def refusal(call: Callable[[], object]) -> InputError | LimitError | None:
    """The error that ``call`` ends in, if it is one that a user may cause."""
    try:
        call()
    except (InputError, LimitError) as error:
        return error
    return None
