"""``/graphs``: the SPARQL 1.1 Graph Store HTTP Protocol over the graphs of sources.

https://www.w3.org/TR/sparql11-http-rdf-update/. A graph is named indirectly, ``/graphs?graph=IRI``
or ``/graphs?default``, or directly: ``/graphs/COMPARTMENT/SOURCE`` is the graph of that source.
Every write is one entry of the ledger.
"""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Depends, Query, Request, Response

from api.deps import EndpointDep, SettingsDep, StandingViewDep
from api.described import Responses, answering, problems
from api.graph_store import delete, patch, read, write
from api.preconditions import HeadsDep, KeyDep
from api.protocol import UPDATE, absolute_iri, in_url
from api.routes.imports import AGENT
from api.schemas.ledger import Updated
from engine.endpoint import Written
from engine.errors import InputError
from engine.iri import graph_iri
from engine.ledger.draft import DEFAULT_COMPARTMENT
from engine.rdf import NamedNode
from engine.sparql.results import GRAPH_TYPES

router = APIRouter(prefix="/graphs", tags=["graphs"])
_FOUND: Responses = {
    200: {"description": "The graph", "content": {kind: {} for kind in GRAPH_TYPES}},
    304: {"description": "The client has it"},
}
_READING = _FOUND | problems(404, 406, 413, 429, 503)
_WRITING = answering(Updated, 403, 404, 405, 412, 413, 415, 423, 429, 503, 507) | {
    201: {"description": "The graph is new", "model": Updated}
}
_DOCUMENT: dict[str, Any] = {
    "requestBody": {"required": True, "content": {kind: {} for kind in GRAPH_TYPES}}
}
_CHANGE: dict[str, Any] = {"requestBody": {"required": True, "content": {UPDATE: {}}}}


def _indirect(
    request: Request,
    graph: Annotated[str | None, Query(description="IRI of the graph.")] = None,
    default: Annotated[
        str | None, Query(description="The default graph: the merge of all sources.")
    ] = None,
) -> NamedNode | None:
    """The graph that the query string names, None for the default graph."""
    asked = in_url(request)
    if (graph is None) == (default is None):
        raise InputError(
            "one of graph and default must be given",
            remedy="Ask for /graphs?graph=IRI, /graphs?default or /graphs/COMPARTMENT/SOURCE.",
        )
    named = asked.one("graph")
    return None if named is None else absolute_iri(named, "graph")


def _direct(endpoint: EndpointDep, compartment: str, source: str) -> NamedNode:
    """The graph that the path names."""
    return graph_iri(endpoint.workspace.ledger.base, compartment, source)


def _written(
    request: Request,
    heads: HeadsDep,
    key: KeyDep,
    reason: Annotated[str, Query(description="Why; kept in the ledger.")] = "",
) -> Written:
    return Written(
        agent=AGENT,
        reason=reason,
        idempotency_key=key,
        heads=heads,
        exists=_existing(request.headers),
    )


def _existing(headers: Mapping[str, str]) -> bool | None:
    """Whether the graph must be there (``If-Match: *``) or not (``If-None-Match: *``)."""
    if headers.get("if-match", "").strip() == "*":
        return True
    given = headers.get("if-none-match")
    if given is not None and given.strip() != "*":
        raise InputError(
            "If-None-Match of a write is not *",
            remedy="Send * to write a new graph only, or If-Match with a tag.",
        )
    return None if given is None else False


IndirectDep = Annotated[NamedNode | None, Depends(_indirect)]
DirectDep = Annotated[NamedNode, Depends(_direct)]
WrittenDep = Annotated[Written, Depends(_written)]


# Reading


@router.head("", include_in_schema=False)
@router.get("", response_class=Response, responses=_READING)
async def get_graph(
    request: Request, endpoint: EndpointDep, view: StandingViewDep, graph: IndirectDep
) -> Response:
    """A graph, by its IRI or as the default graph."""
    return await read(request, endpoint, view, graph)


@router.head("/{compartment}/{source}", include_in_schema=False)
@router.get("/{compartment}/{source}", response_class=Response, responses=_READING)
async def get_graph_of_source(
    request: Request, endpoint: EndpointDep, view: StandingViewDep, graph: DirectDep
) -> Response:
    """What a source asserts."""
    return await read(request, endpoint, view, graph)


# Writing


@router.put("", responses=_WRITING, openapi_extra=_DOCUMENT)
async def put_graph(
    request: Request,
    endpoint: EndpointDep,
    settings: SettingsDep,
    graph: IndirectDep,
    written: WrittenDep,
) -> Response:
    """Make a document all that a graph holds."""
    return await write(request, endpoint, settings, graph, written, replace=True)


@router.put("/{compartment}/{source}", responses=_WRITING, openapi_extra=_DOCUMENT)
async def put_graph_of_source(
    request: Request,
    endpoint: EndpointDep,
    settings: SettingsDep,
    graph: DirectDep,
    written: WrittenDep,
) -> Response:
    """Make a document all that a source asserts."""
    return await write(request, endpoint, settings, graph, written, replace=True)


@router.post("", responses=_WRITING, openapi_extra=_DOCUMENT)
async def post_graph(
    request: Request,
    endpoint: EndpointDep,
    settings: SettingsDep,
    written: WrittenDep,
    graph: Annotated[str | None, Query(description="IRI of the graph.")] = None,
    default: Annotated[str | None, Query(description="Refused: it cannot be written.")] = None,
    into: Annotated[str, Query(description="Compartment of a new graph.")] = DEFAULT_COMPARTMENT,
) -> Response:
    """Add a document to a graph; without a graph, to one that gets a name of its own."""
    if graph is None and default is None:
        name = graph_iri(endpoint.workspace.ledger.base, into, f"posted-{uuid4().hex[:12]}")
        return await write(request, endpoint, settings, name, written, replace=False)
    named = _indirect(request, graph, default)
    return await write(request, endpoint, settings, named, written, replace=False)


@router.post("/{compartment}/{source}", responses=_WRITING, openapi_extra=_DOCUMENT)
async def post_graph_of_source(
    request: Request,
    endpoint: EndpointDep,
    settings: SettingsDep,
    graph: DirectDep,
    written: WrittenDep,
) -> Response:
    """Add a document to what a source asserts."""
    return await write(request, endpoint, settings, graph, written, replace=False)


@router.delete("", responses=_WRITING)
async def delete_graph(
    request: Request, endpoint: EndpointDep, graph: IndirectDep, written: WrittenDep
) -> Response:
    """Withdraw all that a graph holds."""
    return await delete(request, endpoint, graph, written)


@router.delete("/{compartment}/{source}", responses=_WRITING)
async def delete_graph_of_source(
    request: Request, endpoint: EndpointDep, graph: DirectDep, written: WrittenDep
) -> Response:
    """Withdraw all that a source asserts."""
    return await delete(request, endpoint, graph, written)


@router.patch("", responses=_WRITING, openapi_extra=_CHANGE)
async def patch_graph(
    request: Request, endpoint: EndpointDep, graph: IndirectDep, written: WrittenDep
) -> Response:
    """Change a graph by an update in which it is the default graph, and the only one changed."""
    return await patch(request, endpoint, graph, written)


@router.patch("/{compartment}/{source}", responses=_WRITING, openapi_extra=_CHANGE)
async def patch_graph_of_source(
    request: Request, endpoint: EndpointDep, graph: DirectDep, written: WrittenDep
) -> Response:
    """Change what a source asserts by an update over its graph alone."""
    return await patch(request, endpoint, graph, written)
