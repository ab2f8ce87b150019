"""What a server does with literals, found out by trying: no table of engines grows old."""

from engine.rdf import Literal, NamedNode
from engine.store._carried import Forms
from engine.store.endpoint import Endpoint, RefusedError
from engine.vocab import SYSTEM_GRAPH, XSD

PROBE = SYSTEM_GRAPH["applied/probe"]
# Each of another node, since several types beside each other end the process of one server.
_TRIED = (
    Literal("true", datatype=XSD.boolean),
    Literal("0.1234567890123456", datatype=XSD.double),
    Literal("0.12345678", datatype=XSD.float),
    Literal("P1Y", datatype=XSD.duration),
    Literal("PT1M30S", datatype=XSD.dayTimeDuration),
    Literal("1", datatype=XSD.decimal),
    Literal("2026-01-01T00:00:00", datatype=XSD.dateTime),
    Literal("2026-01-01Z", datatype=XSD.date),
    Literal("2026", datatype=XSD.gYear),
    Literal("100000000000000000000", datatype=XSD.integer),
    Literal("no number", datatype=XSD.integer),
)


def found_out(endpoint: Endpoint) -> Forms:
    """How the server at ``endpoint`` keeps literals; what was tried is taken away again.

    Raises UnreachableError.
    """
    trial = {(NamedNode(f"{PROBE.value}/{n}"), term) for n, term in enumerate(_TRIED)}
    lines = " ".join(f"{node} {PROBE} {term} ." for node, term in trial)
    try:
        endpoint.update(f"INSERT DATA {{ GRAPH {PROBE} {{ {lines} }} }}")
        rows = endpoint.select(f"SELECT ?s ?o {{ ?s {PROBE} ?o }}", [PROBE], [])
    except RefusedError:
        return Forms.CAREFUL
    finally:
        endpoint.update(f"CLEAR SILENT GRAPH {PROBE}")
    return Forms.EXACT if {(row["s"], row["o"]) for row in rows} == trial else Forms.CAREFUL
