"""What requests to the graph store do; ``api.routes.graphs`` says which there are."""

import dataclasses
from functools import partial
from urllib.parse import quote

from fastapi import Request, Response
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from api.answers import answered, attended, standing, tagged, told, unchanged
from api.deps import caller_of, granted
from api.negotiation import choose
from api.protocol import MAX_BYTES, UPDATE, body, content_type
from engine.disclosure import require_covered
from engine.endpoint import Dataset, Endpoint, Gone, Written, graph_store
from engine.endpoint.graph_store import Change
from engine.errors import InputError
from engine.importers import importers, read_graph
from engine.rdf import NamedNode
from engine.settings import Settings
from engine.sparql.results import GRAPH_TYPES
from engine.view import View
from engine.vocab import SYSTEM_GRAPH

_READ = ("GET", "HEAD")


async def read(
    request: Request, endpoint: Endpoint, view: View, graph: NamedNode | None
) -> Response:
    """Answer with a graph, or with 304; the default graph for None."""
    media_type = choose(request.headers.get("accept"), GRAPH_TYPES)
    view = endpoint.fixed(view)
    name = None if graph is None else graph.value
    tag = endpoint.graph_tag(view, name, media_type)
    headers = tagged(tag) | standing(view)
    known = unchanged(request, tag, headers)
    if known is not None:
        return known
    work = partial(endpoint.graph, view, name, media_type, caller=caller_of(request))
    result = await attended(request, work)
    known = unchanged(request, tag, headers, exists=True)
    if known is not None:
        result.close()
        return known
    return answered(request, result, media_type, headers)


def _writable(request: Request, endpoint: Endpoint, graph: NamedNode | None) -> NamedNode:
    """Raises HTTPException 405 for what is merged or computed, NotDisclosedError."""
    if graph is None:
        raise HTTPException(
            405,
            "The default graph is the merge of what all sources assert, and for reading only; "
            "write to the graph of a source, /graphs/COMPARTMENT/SOURCE.",
            {"Allow": ", ".join(_READ)},
        )
    if graph in SYSTEM_GRAPH:
        raise HTTPException(
            405,
            f"The graph <{graph.value}> is for reading only: it is computed or part of the "
            "knowledge pack.",
            {"Allow": ", ".join(_READ)},
        )
    require_covered(View(granted(request)), endpoint.workspace.ledger.base, graph)
    return graph


def _matched(endpoint: Endpoint, graph: NamedNode, written: Written) -> Written:
    """``written`` with the head of now among its heads where the tag of this graph is."""
    if written.heads is None:
        return written
    view = endpoint.fixed(View())
    own = {endpoint.graph_tag(view, graph.value, kind) for kind in GRAPH_TYPES}
    if own.isdisjoint(written.heads):
        return written
    head = endpoint.workspace.ledger.position(view.as_of).hash
    return dataclasses.replace(written, heads=written.heads | {head})


async def _document(request: Request, limit: int) -> tuple[bytes, str]:
    """The body and its media type. Raises HTTPException 415 for what is no RDF."""
    kind, _ = content_type(request)
    known = {k for one in importers().values() if one.quads for k in one.media_types}
    if kind not in known:
        raise HTTPException(415, f"Send a graph as one of: {', '.join(GRAPH_TYPES)}.")
    return await body(request, limit), kind


async def write(
    request: Request,
    endpoint: Endpoint,
    settings: Settings,
    graph: NamedNode | None,
    written: Written,
    *,
    replace: bool,
) -> Response:
    """Make the body all of ``graph``, or add it. Raises HTTPException 405, 415."""
    own = _writable(request, endpoint, graph)
    source = graph_store.source_of(endpoint.workspace, own)
    content, kind = await _document(request, settings.upload_limit_bytes)

    def work(_: object) -> dict[str, object]:
        quads = read_graph(
            content,
            media_type=kind,
            graph=own,
            source=source,
            base=endpoint.workspace.ledger.base,
            limits=endpoint.workspace.limits,
        )
        write = graph_store.put if replace else graph_store.post
        return _told(
            endpoint, write(endpoint.workspace, own, quads, _matched(endpoint, own, written))
        )

    return _response(await attended(request, work), request, own, endpoint)


def _told(endpoint: Endpoint, change: Change) -> dict[str, object]:
    return told(endpoint, change.entry) | {"created": change.created and change.entry is not None}


def _response(
    answer: dict[str, object], request: Request, graph: NamedNode, endpoint: Endpoint
) -> Response:
    """What was written; 201 with the address of a graph that is new."""
    created = answer.pop("created", False)
    if not created:
        return JSONResponse(answer)
    path = graph.value.removeprefix(f"{endpoint.workspace.ledger.base}graph/")
    root = str(request.base_url).rstrip("/")
    return JSONResponse(answer, 201, {"Location": f"{root}/graphs/{quote(path)}"})


async def delete(
    request: Request, endpoint: Endpoint, graph: NamedNode | None, written: Written
) -> Response:
    """Withdraw all of ``graph``. Raises HTTPException 405."""
    own = _writable(request, endpoint, graph)
    graph_store.source_of(endpoint.workspace, own)

    def work(_: object) -> dict[str, object]:
        matched = _matched(endpoint, own, written)
        return _told(endpoint, graph_store.delete(endpoint.workspace, own, matched))

    return _response(await attended(request, work), request, own, endpoint)


async def patch(
    request: Request, endpoint: Endpoint, graph: NamedNode | None, written: Written
) -> Response:
    """Carry out an update of ``graph`` alone. Raises HTTPException 405, 415."""
    own = _writable(request, endpoint, graph)
    graph_store.source_of(endpoint.workspace, own)
    kind, _ = content_type(request)
    if kind != UPDATE:
        raise HTTPException(415, f"Send a change as {UPDATE}.", {"Accept-Patch": UPDATE})
    try:
        text = (await body(request, MAX_BYTES)).decode()
    except UnicodeDecodeError as error:
        raise InputError("the update is not UTF-8", remedy="Encode it as UTF-8.") from error

    def work(gone: Gone) -> dict[str, object]:
        matched = _matched(endpoint, own, written)
        entry = endpoint.update(
            View(granted(request)),
            text,
            Dataset(),
            own,
            matched,
            gone,
            only=True,
            caller=caller_of(request),
        )
        return told(endpoint, entry)

    return JSONResponse(await attended(request, work))
