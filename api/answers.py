"""Answers of the endpoint over HTTP: waited for, tagged, and sent block by block."""

import asyncio
import re
from collections.abc import Callable, Mapping
from threading import Event
from typing import TypeVar

from anyio import to_thread
from fastapi import Request, Response
from starlette.exceptions import HTTPException
from starlette.responses import StreamingResponse

from engine.endpoint import Abandoned, Endpoint, Gone, Result
from engine.ledger.entry import Entry
from engine.view import View, format_instant

T = TypeVar("T")
_LOOK_SECONDS = 0.25
_AT_ONCE = 1 << 20
_TAGS = re.compile(r'(?:W/)?"([^"]*)"')


async def attended(request: Request, work: Callable[[Gone], T]) -> T:
    """What ``work`` gives, which is told when the client is gone.

    Raises HTTPException 408 in that case, for nobody.
    """
    left = Event()
    limiter = request.app.state.attending
    task = asyncio.ensure_future(to_thread.run_sync(work, left.is_set, limiter=limiter))
    try:
        while not (await asyncio.wait({task}, timeout=_LOOK_SECONDS))[0]:
            if await request.is_disconnected():
                left.set()
        return task.result()
    except Abandoned:
        raise HTTPException(408, "The client went away.") from None
    finally:
        left.set()


def standing(view: View) -> dict[str, str]:
    """Headers that say where a fixed view stands."""
    return {
        "Aims-Sequence": str(view.as_of),
        "Aims-Evaluated-At": format_instant(view.evaluated_at),
    }


def tagged(tag: str | None) -> dict[str, str]:
    """Headers for caches: what varies, and the tag of the answer, where it has one."""
    headers = {"Vary": "Accept", "Cache-Control": "private, no-cache"}
    return headers | ({"ETag": f'"{tag}"'} if tag else {})


def unchanged(
    request: Request, tag: str | None, headers: Mapping[str, str], *, exists: bool = False
) -> Response | None:
    """304 where the client says that it has what ``tag`` stands for (RFC 9110 section 13.1.2).

    ``exists``: whether there is an answer for certain, so that ``*`` stands for it.
    """
    given = request.headers.get("if-none-match")
    if given is None or tag is None or request.method not in ("GET", "HEAD"):
        return None
    if tag not in _TAGS.findall(given) and not (exists and given.strip() == "*"):
        return None
    return Response(status_code=304, headers=dict(headers))


def answered(
    request: Request, result: Result, media_type: str, headers: Mapping[str, str]
) -> Response:
    """``result`` as a response, with ``Aims-Cut`` where it is not whole."""
    told = dict(headers) | {"Content-Length": str(result.outcome.size)}
    if result.outcome.cut:
        told["Aims-Cut"] = result.outcome.cut
    if request.method == "HEAD":
        result.close()
        return Response(media_type=media_type, headers=told)
    if result.outcome.size <= _AT_ONCE:
        return Response(result.read(), media_type=media_type, headers=told)
    return StreamingResponse(result.blocks(), media_type=media_type, headers=told)


def told(endpoint: Endpoint, entry: Entry | None) -> dict[str, object]:
    """``{"sequence", "head", "added", "removed"}``: what was written, null and 0 for nothing."""
    patch = None if entry is None else entry.patch()
    return {
        "sequence": None if entry is None else entry.sequence,
        "head": endpoint.workspace.ledger.head().hash if entry is None else entry.hash,
        "added": 0 if patch is None else len(patch.adds),
        "removed": 0 if patch is None else len(patch.removes),
    }
