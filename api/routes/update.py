"""``/update``: SPARQL 1.1 Protocol, update by both POST forms; one request is one ledger entry.

https://www.w3.org/TR/sparql11-protocol/ section 2.2.
"""

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from api.answers import attended, told
from api.deps import EndpointDep, WritingViewDep, caller_of
from api.described import USING, answering, problems
from api.preconditions import HeadsDep, KeyDep
from api.protocol import FORM, UPDATE, Asked, in_body
from api.routes.imports import AGENT
from api.schemas.ledger import Updated
from engine.endpoint import Endpoint, Gone, Written
from engine.errors import InputError
from engine.iri import graph_iri
from engine.ledger.draft import DEFAULT_COMPARTMENT
from engine.rdf import NamedNode
from engine.view import View

router = APIRouter(tags=["sparql"])
_FIELD = {"type": "string", "description": "A SPARQL 1.1 update."}
_FIELDS = {"type": "object", "required": ["update"], "properties": {"update": _FIELD}}
_BODY: dict[str, Any] = {
    "required": True,
    "content": {UPDATE: {"schema": {"type": "string"}}, FORM: {"schema": _FIELDS}},
}
_TEXT = Annotated[str | None, Query()]


@router.post(
    "/update",
    responses=answering(Updated, 412, 413, 423, 429, 503, 507) | problems(415),
    openapi_extra={"requestBody": _BODY, "parameters": USING},
)
async def post_update(
    request: Request,
    endpoint: EndpointDep,
    heads: HeadsDep,
    key: KeyDep,
    view: WritingViewDep,
    source: Annotated[
        str | None,
        Query(description="Whose statements those outside of GRAPH are; see `into`."),
    ] = None,
    into: Annotated[str | None, Query(description="Compartment of `source`.")] = None,
    reason: Annotated[str | None, Query(description="Why; kept in the ledger.")] = None,
) -> dict[str, object]:
    """Carry out an update, direct (``application/sparql-update``) or as a form (``update=``).

    All of it is one entry of the ledger, or nothing is written. A key that was used before gives
    the first answer again and writes nothing.
    """
    asked = await in_body(request, "update", UPDATE)
    _refuse_view(asked)
    if "query" in asked.fields:
        raise InputError(
            "this is a query, and /update only takes updates", remedy="Send it to /sparql."
        )
    written = Written(
        agent=AGENT,
        reason=asked.one("reason") or "",
        idempotency_key=key,
        heads=heads,
    )
    work = partial(
        _update,
        endpoint,
        view,
        asked.required("update"),
        asked,
        _own_graph(endpoint, asked),
        written,
        caller_of(request),
    )
    return await attended(request, work)


def _refuse_view(asked: Asked) -> None:
    for name in ("as_of", "at", "period"):
        if name in asked.fields:
            raise InputError(
                f"an update changes what is, and {name} is for reading", remedy=f"Leave {name} out."
            )


def _own_graph(endpoint: Endpoint, asked: Asked) -> NamedNode | None:
    """The graph that takes the place of the default graph. Raises InputError."""
    source, into = asked.one("source"), asked.one("into")
    if source is None:
        if into is not None:
            raise InputError("into is given without source", remedy="Name the source, too.")
        return None
    base = endpoint.workspace.ledger.base
    return graph_iri(base, DEFAULT_COMPARTMENT if into is None else into, source)


def _update(
    endpoint: Endpoint,
    view: View,
    text: str,
    asked: Asked,
    graph: NamedNode | None,
    written: Written,
    caller: str,
    gone: Gone,
) -> dict[str, object]:
    entry = endpoint.update(view, text, asked.dataset("using"), graph, written, gone, caller=caller)
    return told(endpoint, entry)
