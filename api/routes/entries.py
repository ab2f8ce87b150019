"""``/v1/entries``: the ledger, newest first, and what changed between two points."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from api.deps import WorkspaceDep
from engine.answers import entry_json

router = APIRouter(prefix="/v1/entries", tags=["entries"])


@router.get("")
def entries(
    workspace: WorkspaceDep,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    before: Annotated[int | None, Query(description="Only entries before this sequence.")] = None,
) -> dict[str, object]:
    """Headers of entries, newest first; ``next`` is the ``before`` of the following page."""
    head = workspace.ledger.head().sequence
    newest = min(head, (before or head + 1) - 1)
    oldest = max(1, newest - limit + 1)
    found = workspace.entries(oldest, newest) if newest else []
    return {
        "head": head,
        "items": [entry_json(entry) for entry in reversed(found)],
        "next": oldest if oldest > 1 else None,
    }


@router.get("/{sequence}")
def entry(workspace: WorkspaceDep, sequence: Annotated[int, Path(ge=1)]) -> dict[str, object]:
    """One entry with the changes of each part that is still there."""
    return entry_json(workspace.ledger.entry(sequence), changes=True)
