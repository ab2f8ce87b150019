"""``create_app``: the HTTP face as a function of an open workspace."""

from importlib.metadata import version
from importlib.resources import files

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from starlette.middleware.base import RequestResponseEndpoint
from starlette.staticfiles import StaticFiles

import api.pages
import api.routes
from api import problems
from api.openapi import Described, operation_id
from api.parameters import known_only
from engine import registry
from engine.settings import Settings
from engine.workspace import Workspace

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


async def _secure(request: Request, call_next: RequestResponseEndpoint) -> Response:
    response = await call_next(request)
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    return response


def create_app(workspace: Workspace, settings: Settings | None = None) -> FastAPI:
    """The application over ``workspace``; the caller opens and closes the workspace."""
    app = Described(
        title="Aimsgraph",
        version=version("aimsgraph"),
        description=_DESCRIPTION,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=operation_id,
    )
    app.state.workspace = workspace
    app.state.settings = settings or Settings()
    app.middleware("http")(_secure)
    problems.install(app)
    for package in (api.routes, api.pages):
        for _, router in registry.members(package, "router"):
            if isinstance(router, APIRouter):
                app.include_router(router, dependencies=[Depends(known_only)])
    static = str(files("api") / "static")
    # Made before requests come, because they are checked against it, some at the same time.
    app.openapi()
    app.mount("/static", StaticFiles(directory=static), name="static")
    return app
