"""``create_app``: the HTTP face as a function of an open workspace."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from functools import partial
from importlib.metadata import version
from importlib.resources import files

from anyio import CapacityLimiter
from fastapi import APIRouter, Depends, FastAPI
from starlette.datastructures import MutableHeaders
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import api.pages
import api.routes
from api import origins, problems
from api.openapi import Described, operation_id
from api.pages import _site
from api.parameters import known_only
from engine import registry
from engine.endpoint import Bounds, Endpoint, Share
from engine.settings import Settings
from engine.sparql.catalog import NamedQuery, catalog
from engine.view import View
from engine.workspace import Workspace

_ATTENDING = 150
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_DESCRIPTION = (
    "Computed statuses for the clauses and reference controls of ISO/IEC 42001:2023, with the "
    "facts they rest on. `as_of` is what was recorded by then, `at` and `period` what is judged."
)


class _Secured:
    """Adds headers to every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, sending)


def _endpoint(workspace: Workspace, settings: Settings) -> Endpoint:
    bounds = Bounds(
        seconds=settings.query_seconds,
        memory_bytes=settings.query_memory_bytes,
        rows=settings.query_rows,
        bytes=settings.query_bytes,
        quads=settings.update_quads,
    )
    return Endpoint(
        workspace,
        bounds,
        share=Share(settings.query_jobs, settings.query_jobs_per_caller),
        opening_seconds=settings.worker_seconds,
    )


def _queries(workspace: Workspace) -> tuple[str, Iterable[NamedQuery]]:
    """The digest of the knowledge pack in force, and its named queries."""
    pack = workspace.ledger.pack_in_force()
    return pack.digest, catalog(pack).values()


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    yield
    app.state.endpoint.close()


def create_app(workspace: Workspace, settings: Settings | None = None) -> FastAPI:
    """The application over ``workspace``; the caller opens and closes the workspace.

    The processes that answer queries are started by the first query, and end with the application.
    """
    settings = settings or Settings()
    app = Described(
        title="Aimsgraph",
        version=version("aimsgraph"),
        description=_DESCRIPTION,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=operation_id,
        lifespan=_lifespan,
    )
    app.state.workspace = workspace
    app.state.settings = settings
    app.state.endpoint = endpoint = _endpoint(workspace, settings)
    app.state.warm = partial(endpoint.warm, View(settings.granted))
    app.state.failed_page = _site.failed
    # Those who wait for a query take no thread from those who ask for anything else.
    app.state.attending = CapacityLimiter(_ATTENDING)
    app.add_middleware(_Secured)
    origins.install(app, settings.cors_origins.split())
    problems.install(app)
    for package in (api.routes, api.pages):
        for _, router in registry.members(package, "router"):
            if isinstance(router, APIRouter):
                app.include_router(router, dependencies=[Depends(known_only)])
    static = str(files("api") / "static")
    # Made before requests come, because they are checked against it, some at the same time.
    app.base()
    app.queries = partial(_queries, workspace)
    app.mount("/static", StaticFiles(directory=static), name="static")
    return app
