"""``/v1/entries``: the ledger, newest first, and the changes of one entry."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Response

from api.deps import WorkspaceDep, WritingViewDep
from api.described import answering
from api.paging import PageDep
from api.preconditions import tag
from api.schemas.ledger import Entries, Entry
from engine.answers import entry_json

router = APIRouter(prefix="/v1/entries", tags=["entries"])


@router.get("", responses=answering(Entries))
def entries(
    workspace: WorkspaceDep, view: WritingViewDep, page: PageDep, response: Response
) -> dict[str, object]:
    """Headers of entries, newest first; the ETag is the one that `If-Match` of a write takes."""
    head = workspace.ledger.position(page.sequence)
    newest = head.sequence - page.start
    oldest = max(1, newest - page.limit + 1)
    found = workspace.entries(oldest, newest, view) if newest > 0 else []
    now = page.at or datetime.now(UTC).replace(microsecond=0)
    if page.sequence is None:
        response.headers["ETag"] = tag(head.hash)
    return {
        "sequence": head.sequence,
        "head": head.hash,
        "items": [entry_json(entry) for entry in reversed(found)],
        "total": head.sequence,
        "next": page.following(head.sequence, head.sequence, now),
    }


@router.get("/{sequence}", responses=answering(Entry, 404))
def entry(
    workspace: WorkspaceDep,
    view: WritingViewDep,
    sequence: Annotated[int, Path(ge=1, le=2**63 - 1)],
) -> dict[str, object]:
    """One entry with the changes of each part that is still there."""
    return entry_json(workspace.entries(sequence, sequence, view)[0], changes=True)
