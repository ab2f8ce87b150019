"""What an operation answers, for the OpenAPI document: its model, and problems by status."""

from http import HTTPStatus
from typing import Any

from pydantic import BaseModel

from api.problems import MEDIA_TYPE
from api.schemas.problem import Problem

Responses = dict[int | str, dict[str, Any]]
SCHEMA = {"$ref": f"#/components/schemas/{Problem.__name__}"}
_EXAMPLES = {
    400: ('"yesterday" is not an instant', "Write 2026-06-30T00:00:00Z or 2026-06-30."),
    404: (
        'nothing in the graph is named "A.99"',
        "Give an IRI, a CURIE such as iso42001:A.7.5, an identifier such as A.7.5, or the last "
        "part of an IRI.",
    ),
    403: (
        "a page of https://b.example may not write here",
        "Allow its origin with AIMS_CORS_ORIGINS.",
    ),
    405: ("The graph <https://w3id.org/aimsgraph/graph/ontology> is for reading only.", ""),
    406: ("Offered here: text/turtle, application/n-triples, application/ld+json.", ""),
    409: (
        "owners: the change would add 1 rule result of severity violation, first: 4.3: "
        "“Chat assistant” has no scope decision; decide whether it is in scope",
        "Nothing was written; mend the file, or import it without the guard.",
    ),
    412: (
        "the ledger is at entry 17 (9c1f…), and the change was made for another state",
        "Look at what changed in between and try again.",
    ),
    413: (
        "the file is larger than 134217728 bytes",
        "Import it with the command line on the server.",
    ),
    415: ("Send update as application/sparql-update.", ""),
    423: ("another process is writing to the ledger", "Wait for it to end, and try again."),
    429: (
        "as many of your queries run and wait as may do so at the same time",
        "Wait for their answers, and try again in a few seconds.",
    ),
    503: ("the ledger is damaged", "Restore the ledger from a backup."),
    507: (
        "no space is left on the disk; nothing was recorded",
        "Free some space and try again; reading goes on meanwhile.",
    ),
}


def parameter(name: str, description: str, *, several: bool = False) -> dict[str, Any]:
    """An optional query parameter, for operations that read theirs from a form, too."""
    text = {"type": "string"}
    schema = {"type": "array", "items": text} if several else text
    return {"name": name, "in": "query", "description": description, "schema": schema}


DATASET = [
    parameter(
        "default-graph-uri",
        "Graph to be part of the default graph; wins over FROM in the query.",
        several=True,
    ),
    parameter("named-graph-uri", "Graph that may be named; wins over FROM NAMED.", several=True),
]
USING = [
    parameter(
        "using-graph-uri",
        "Graph to be part of the default graph of WHERE; only where no operation says so itself.",
        several=True,
    ),
    parameter("using-named-graph-uri", "Graph that WHERE may name.", several=True),
]
VIEW = [
    parameter("as_of", "What was recorded by then: a ledger sequence or an instant."),
    parameter("at", "The instant that is judged; default: the beginning of this minute."),
    parameter("period", "The audit period FROM/TO; default: the year before `at`."),
]


def problems(*statuses: int) -> Responses:
    """Responses for a bad request, those of ``statuses``, and any other fault."""
    told: Responses = {status: _problem(status) for status in (400, *statuses)}
    return told | {"default": {**_problem(503), "description": "Any other fault"}}


def answering(model: type[BaseModel], *statuses: int) -> Responses:
    """Responses for an answer like ``model``, and for problems of ``statuses``."""
    return {200: {"model": model}} | problems(*statuses)


def _problem(status: int) -> dict[str, Any]:
    detail, remedy = _EXAMPLES[status]
    phrase = HTTPStatus(status).phrase
    example = {"type": "about:blank", "title": phrase, "status": status, "detail": detail}
    example |= {"remedy": remedy} if remedy else {}
    content = {MEDIA_TYPE: {"schema": SCHEMA, "example": example}}
    return {"description": phrase, "content": content}
