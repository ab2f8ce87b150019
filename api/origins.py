"""Pages of other origins: what they may send here, and read of the answers.

A browser sends a form of any page to any address, this machine's too. So what could change
something is refused where its ``Origin`` is neither this server nor one that the settings name;
those may read answers as well (CORS, https://fetch.spec.whatwg.org/#http-cors-protocol).
"""

from collections.abc import Collection
from http import HTTPStatus
from urllib.parse import urlsplit

from fastapi import FastAPI, Request, Response
from starlette.middleware.base import RequestResponseEndpoint
from starlette.middleware.cors import CORSMiddleware

from api.problems import problem

_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
_SENT = ("Content-Type", "If-Match", "If-None-Match", "Idempotency-Key")
_SHOWN = ("ETag", "Location", "Aims-Sequence", "Aims-Evaluated-At", "Aims-Cut")


def install(app: FastAPI, allowed: Collection[str]) -> None:
    """Guard ``app``; ``allowed``: origins such as ``https://a.example``."""

    async def guard(request: Request, call_next: RequestResponseEndpoint) -> Response:
        origin = request.headers.get("origin")
        own = urlsplit(origin or "").netloc == request.headers.get("host")
        if request.method in _READING or origin is None or own or origin in allowed:
            return await call_next(request)
        return problem(
            HTTPStatus.FORBIDDEN,
            f"a page of {origin[:200]} may not write here",
            remedy="Allow its origin with AIMS_CORS_ORIGINS.",
        )

    app.middleware("http")(guard)
    if allowed:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(allowed),
            allow_methods=_METHODS,
            allow_headers=_SENT,
            expose_headers=_SHOWN,
        )
