"""``/sparql``: SPARQL 1.1 Protocol, query by GET and by both POST forms.

https://www.w3.org/TR/sparql11-protocol/ section 2.1. Results in SPARQL JSON, XML, CSV and TSV, or
Turtle, N-Triples and JSON-LD, by ``Accept``; they stream. ``explain=true`` in the address asks how
the query is run instead, as JSON.
"""

from typing import Annotated, Any
from urllib.parse import parse_qs

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, StreamingResponse

from api.deps import ViewDep, WorkspaceDep
from api.described import Responses, problems
from api.negotiation import choose
from api.schemas.explanation import Explanation
from engine.answers import explained_json
from engine.errors import InputError, LimitError
from engine.sparql.results import media_types, serialize
from engine.view import View
from engine.workspace import Workspace

router = APIRouter(tags=["sparql"])
_QUERY = "application/sparql-query"
_FORM = "application/x-www-form-urlencoded"
_MAX_BYTES = 1 << 20
_RESULTS = (
    "application/sparql-results+json",
    "application/sparql-results+xml",
    "text/csv",
    "text/tab-separated-values",
    "text/turtle",
    "application/n-triples",
    "application/ld+json",
)
_JSON = "application/json"
_FOUND: Responses = {
    200: {
        "description": "A table for SELECT and ASK, a graph for CONSTRUCT and DESCRIBE; with "
        "explain, how the query is run",
        "model": Explanation,
        "content": {media_type: {} for media_type in _RESULTS},
    }
}
_RESPONSES = _FOUND | problems(404, 406, 413)
_FIELD = {"type": "string", "description": "A SPARQL 1.1 query."}
_FIELDS = {"type": "object", "required": ["query"], "properties": {"query": _FIELD}}
_BODY: dict[str, Any] = {
    "required": True,
    "content": {_QUERY: {"schema": {"type": "string"}}, _FORM: {"schema": _FIELDS}},
}


ExplainParam = Annotated[
    bool, Query(description="Tell how the query is run, and why, without running it.")
]


def _answer(
    workspace: Workspace, view: View, text: str, accept: str | None, *, explain: bool
) -> Response:
    if explain:
        choose(accept, (_JSON,))
        told = explained_json(*workspace.explain(text))
        return JSONResponse(told, headers={"Vary": "Accept"})
    result = workspace.sparql(view, text)
    media_type = choose(accept, media_types(result))
    return StreamingResponse(
        serialize(result, media_type),
        media_type=media_type,
        headers={"Vary": "Accept"},
    )


@router.get("/sparql", response_class=Response, responses=_RESPONSES)
def get_query(
    request: Request,
    workspace: WorkspaceDep,
    view: ViewDep,
    query: Annotated[str, Query(description="A SPARQL 1.1 query.")],
    explain: ExplainParam = False,
) -> Response:
    """Query by GET."""
    _refuse_dataset(request)
    return _answer(workspace, view, query, request.headers.get("accept"), explain=explain)


@router.post(
    "/sparql",
    response_class=Response,
    responses=_RESPONSES,
    openapi_extra={"requestBody": _BODY},
)
async def post_query(
    request: Request, workspace: WorkspaceDep, view: ViewDep, explain: ExplainParam = False
) -> Response:
    """Query by POST, direct (``application/sparql-query``) or as a form (``query=``)."""
    _refuse_dataset(request)
    text = await _text(request)
    accept = request.headers.get("accept")
    return await run_in_threadpool(_answer, workspace, view, text, accept, explain=explain)


def _refuse_dataset(request: Request) -> None:
    for name in ("default-graph-uri", "named-graph-uri"):
        if name in request.query_params:
            raise InputError(
                f"{name} is not offered here", remedy="Write FROM or FROM NAMED in the query."
            )


async def _text(request: Request) -> str:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MAX_BYTES:
            raise LimitError(
                f"the query is longer than {_MAX_BYTES} bytes", remedy="Send a shorter one."
            )
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise InputError("the query is not UTF-8", remedy="Encode it as UTF-8.") from error
    if kind == _QUERY:
        return text
    if kind != _FORM:
        raise InputError(
            f'"{kind}" is no way to send a query',
            remedy=f"Send it as {_QUERY}, or as {_FORM} with a field named query.",
        )
    fields = parse_qs(text, keep_blank_values=True)
    if "update" in fields:
        raise InputError(
            "this is an update, and /sparql only answers queries",
            remedy="Changes go through imports.",
        )
    if len(fields.get("query", [])) != 1:
        raise InputError("the form needs exactly one field named query")
    if fields.keys() & {"default-graph-uri", "named-graph-uri"}:
        raise InputError("name the dataset with FROM or FROM NAMED in the query")
    return fields["query"][0]
