"""Pages of other origins: what they may send here, and read of the answers.

A browser sends a form of any page to any address, this machine's too. So what could change
something is refused where its ``Origin`` is neither this server nor one that the settings name;
those may read answers as well (CORS, https://fetch.spec.whatwg.org/#http-cors-protocol).
"""

from collections.abc import Collection
from http import HTTPStatus
from urllib.parse import urlsplit

from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from api.problems import problem

_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
_SENT = ("Content-Type", "If-Match", "If-None-Match", "Idempotency-Key")
_SHOWN = ("ETag", "Location", "Aims-Sequence", "Aims-Evaluated-At", "Aims-Cut")


class _Guarded:
    """Refuses what a page of an origin that is not ``allowed`` would write."""

    def __init__(self, app: ASGIApp, allowed: Collection[str]) -> None:
        self._app = app
        self._allowed = frozenset(allowed)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self._app
        if scope["type"] == "http" and scope["method"] not in _READING:
            headers = Headers(scope=scope)
            origin = headers.get("origin")
            if origin is not None and not self._may(origin, headers.get("host", "")):
                app = problem(
                    HTTPStatus.FORBIDDEN,
                    f"a page of {origin[:200]} may not write here",
                    remedy="Allow its origin with AIMS_CORS_ORIGINS.",
                )
        await app(scope, receive, send)

    def _may(self, origin: str, host: str) -> bool:
        return origin in self._allowed or (bool(host) and urlsplit(origin).netloc == host)


def install(app: FastAPI, allowed: Collection[str]) -> None:
    """Guard ``app``; ``allowed``: origins such as ``https://a.example``."""
    app.add_middleware(_Guarded, allowed=allowed)
    if allowed:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(allowed),
            allow_methods=_METHODS,
            allow_headers=_SENT,
            expose_headers=_SHOWN,
        )
