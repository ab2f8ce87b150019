"""Lists page by cursor: an opaque token that pins position, instant and the next index.

So that a list does not shift under its reader while others write or the clock moves.
"""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Query

from engine.errors import InputError
from engine.snapshot import Reader
from engine.view import View, format_instant, parse_instant


@dataclass(frozen=True, slots=True)
class Page:
    """What a request asks for: at most ``limit`` items from ``start``.

    ``sequence`` and ``at``: where the first page was read; None on the first page.
    """

    limit: int
    start: int = 0
    sequence: int | None = None
    at: datetime | None = None

    def pin(self, view: View) -> View:
        """``view`` at the position and instant of the first page."""
        if self.sequence is None or self.at is None:
            return view
        return replace(view, as_of=self.sequence, evaluated_at=self.at)


def _page(
    limit: Annotated[int, Query(ge=1, le=1000, description="At most this many items.")] = 100,
    cursor: Annotated[
        str | None, Query(description="`next` of the page before; leave out for the first.")
    ] = None,
) -> Page:
    if cursor is None:
        return Page(limit)
    try:
        sequence, at, start = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        return Page(limit, int(start), int(sequence), parse_instant(str(at)))
    except (ValueError, TypeError, binascii.Error, InputError):
        raise InputError(
            "the cursor is not one that this server gave",
            remedy="Leave it out to start again, or send `next` of the page before unchanged.",
        ) from None


PageDep = Annotated[Page, Depends(_page)]


def paged(items: Sequence[object], page: Page, reader: Reader) -> dict[str, object]:
    """``{"items", "total", "next"}`` of one page; ``next`` is None on the last."""
    end = page.start + page.limit
    following = None
    if end < len(items):
        at = format_instant(reader.view.evaluated_at)
        token = json.dumps([reader.sequence, at, end]).encode()
        following = base64.urlsafe_b64encode(token).decode()
    return {"items": list(items[page.start : end]), "total": len(items), "next": following}
