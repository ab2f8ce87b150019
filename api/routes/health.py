"""``/v1/health``: open to all; alive and ready told apart."""

from http import HTTPStatus

from fastapi import APIRouter, Response

from api.deps import WorkspaceDep
from engine.errors import AimsError

router = APIRouter(prefix="/v1/health", tags=["health"])


@router.get("/live")
def live() -> dict[str, str]:
    """The process answers."""
    return {"status": "alive"}


@router.get("")
def ready(workspace: WorkspaceDep, response: Response) -> dict[str, object]:
    """The ledger can be read, and whether it can be written; 503 while it cannot be read."""
    try:
        head = workspace.ledger.head()
    except AimsError as error:
        response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
        return {"status": "not ready", "reason": error.message}
    return {"status": "ready", "sequence": head.sequence, "head": head.hash}
