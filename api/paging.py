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

    @property
    def end(self) -> int:
        """The index after its last item."""
        return self.start + self.limit

    def pin(self, view: View) -> View:
        """``view`` at the position and instant of the first page."""
        if self.sequence is None or self.at is None:
            return view
        return replace(view, as_of=self.sequence, evaluated_at=self.at)

    def following(self, total: int, sequence: int, at: datetime) -> str | None:
        """The cursor of the next page of ``total`` items read there; None on the last page."""
        if self.end >= total:
            return None
        token = json.dumps([sequence, format_instant(at), self.end]).encode()
        return base64.urlsafe_b64encode(token).decode()


def _page(
    limit: Annotated[int, Query(ge=1, le=1000, description="At most this many items.")] = 100,
    cursor: Annotated[
        str | None,
        Query(description="`next` of the page before; leave out for the first.", max_length=200),
    ] = None,
) -> Page:
    if cursor is None:
        return Page(limit)
    try:
        sequence, at, start = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        page = Page(limit, int(start), int(sequence), parse_instant(str(at)))
        if page.start < 0:
            raise ValueError(start)
    except (ValueError, TypeError, OverflowError, binascii.Error, InputError):
        raise InputError(
            "the cursor is not one that this server gave",
            remedy="Leave it out to start again, or send `next` of the page before unchanged.",
        ) from None
    return page


PageDep = Annotated[Page, Depends(_page)]


def counted(total: int, page: Page, reader: Reader) -> dict[str, object]:
    """``{"total", "next"}`` beside one page of ``total`` items; ``next`` is None on the last."""
    following = page.following(total, reader.sequence, reader.view.evaluated_at)
    return {"total": total, "next": following}


def paged(items: Sequence[object], page: Page, reader: Reader) -> dict[str, object]:
    """``{"items", "total", "next"}`` of one page."""
    return {"items": list(items[page.start : page.end])} | counted(len(items), page, reader)
