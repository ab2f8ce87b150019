"""``/sparql``: SPARQL 1.1 Protocol, query by GET and by both POST forms; service description.

https://www.w3.org/TR/sparql11-protocol/ section 2.1. Results in SPARQL JSON, XML, CSV and TSV, or
graphs in the six RDF formats, by ``Accept``. The query runs in a process of its own.
``explain=true`` asks how it is run instead, as JSON.
"""

from collections.abc import Callable
from functools import partial
from io import BytesIO
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

from api.answers import answered, attended, standing, tagged, unchanged
from api.deps import EndpointDep, caller_of
from api.described import DATASET, VIEW, Responses, parameter, problems
from api.negotiation import choose
from api.protocol import FORM, QUERY, Asked, in_body, in_url
from api.schemas.explanation import Explanation
from engine.answers import explained_json
from engine.endpoint import Endpoint, Gone, Result
from engine.endpoint.description import service_description
from engine.errors import InputError
from engine.sparql.clauses import same_each_time
from engine.sparql.guard import QueryForm, inspect
from engine.sparql.results import GRAPH_TYPES, TABLE_TYPES, write
from engine.store.port import Statements

router = APIRouter(tags=["sparql"])
_JSON = "application/json"
_FOUND: Responses = {
    200: {
        "description": "A table for SELECT and ASK, a graph for CONSTRUCT and DESCRIBE; "
        "without a query the service description; with explain, how the query is run",
        "model": Explanation,
        "content": {media_type: {} for media_type in (*TABLE_TYPES[:4], *GRAPH_TYPES)},
    },
    304: {"description": "The client has it"},
}
_RESPONSES = _FOUND | problems(404, 406, 413, 429, 503)
_FIELD = {"type": "string", "description": "A SPARQL 1.1 query."}
_FIELDS = {"type": "object", "required": ["query"], "properties": {"query": _FIELD}}
_BODY: dict[str, Any] = {
    "required": True,
    "content": {QUERY: {"schema": {"type": "string"}}, FORM: {"schema": _FIELDS}},
}
_EXPLAIN = [parameter("explain", "true: tell how the query is run, and why, without running it.")]
_ASKED: list[Any] = [
    parameter("query", "A SPARQL 1.1 query; without it, the service description."),
    *_EXPLAIN,
    *DATASET,
    *VIEW,
]


@router.head("/sparql", include_in_schema=False)
@router.get(
    "/sparql",
    response_class=Response,
    responses=_RESPONSES,
    openapi_extra={"parameters": _ASKED},
)
async def get_query(request: Request, endpoint: EndpointDep) -> Response:
    """Query by GET; without a query, what the service is."""
    asked = in_url(request)
    if asked.is_empty:
        return await attended(request, partial(_describe, request, endpoint, asked))
    return await _answer(request, endpoint, asked)


@router.post(
    "/sparql",
    response_class=Response,
    responses=_RESPONSES | problems(415),
    openapi_extra={"requestBody": _BODY, "parameters": [*_EXPLAIN, *DATASET, *VIEW]},
)
async def post_query(request: Request, endpoint: EndpointDep) -> Response:
    """Query by POST, direct (``application/sparql-query``) or as a form (``query=``)."""
    return await _answer(request, endpoint, await in_body(request, "query", QUERY))


async def _answer(request: Request, endpoint: Endpoint, asked: Asked) -> Response:
    if "update" in asked.fields:
        raise InputError(
            "this is an update, and /sparql only answers queries", remedy="Send it to /update."
        )
    text, dataset = asked.required("query"), asked.dataset()
    if asked.flag("explain"):
        choose(request.headers.get("accept"), (_JSON,))
        told = await run_in_threadpool(endpoint.workspace.explain, text)
        return JSONResponse(explained_json(*told), headers={"Vary": "Accept"})
    table = inspect(text) in (QueryForm.SELECT, QueryForm.ASK)
    media_type = choose(request.headers.get("accept"), TABLE_TYPES if table else GRAPH_TYPES)
    view = endpoint.fixed(asked.view())
    key = ""
    if request.method != "POST" and same_each_time(text):
        key = endpoint.key(view, text, str(dataset.default), str(dataset.named), media_type)
    return await _tagged(
        request,
        endpoint,
        partial(endpoint.query, view, text, media_type, dataset, caller=caller_of(request)),
        key,
        media_type,
        standing(view),
    )


async def _tagged(
    request: Request,
    endpoint: Endpoint,
    work: Callable[[Gone], Result],
    key: str,
    media_type: str,
    headers: dict[str, str],
) -> Response:
    """What ``work`` gives; nothing, and without it where possible, where the client has it."""
    found = endpoint.remembered(key)
    known = unchanged(request, found, tagged(found) | headers)
    if known is not None:
        return known
    result = await attended(request, work)
    if request.method == "POST":
        return answered(request, result, media_type, tagged(None) | headers)
    tag = await run_in_threadpool(endpoint.tag, result, key)
    known = unchanged(request, tag, tagged(tag) | headers, exists=True)
    if known is not None:
        result.close()
        return known
    return answered(request, result, media_type, tagged(tag) | headers)


def _describe(request: Request, endpoint: Endpoint, asked: Asked, gone: Gone) -> Response:
    media_type = choose(request.headers.get("accept"), GRAPH_TYPES)
    view = endpoint.fixed(asked.view())
    here = str(request.url.replace(query=""))
    tag = endpoint.key(view, "description", here, media_type)
    headers = tagged(tag) | standing(view)
    known = unchanged(request, tag, headers, exists=True)
    if known is not None:
        return known
    names = endpoint.graph_names(view, gone, caller=caller_of(request))
    updates = here.removesuffix("/sparql") + "/update"
    told, out = Statements(service_description(here, updates, names)), BytesIO()
    write(told, media_type, out)
    return Response(out.getvalue(), media_type=media_type, headers=headers)
