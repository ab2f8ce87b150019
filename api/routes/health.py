"""``/v1/health``: open to all; alive and ready told apart."""

from http import HTTPStatus

from fastapi import APIRouter, Response

from api.deps import WorkspaceDep
from api.described import answering
from api.preconditions import tag
from api.schemas.health import Health, Live
from engine.errors import AimsError

router = APIRouter(prefix="/v1/health", tags=["health"])


@router.get("/live", responses=answering(Live))
def live() -> dict[str, str]:
    """The process answers."""
    return {"status": "alive"}


@router.get("", responses=answering(Health) | {503: {"model": Health, "description": "Not ready"}})
def ready(workspace: WorkspaceDep, response: Response) -> dict[str, object]:
    """Ready, unless the ledger cannot be read, or the last write found no space on the disk.

    Then 503 with the reason. After a full disk it stays so until a write succeeds; reading goes on.
    """
    try:
        head = workspace.ledger.head()
    except AimsError as error:
        response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
        return {"status": "not ready", "reason": error.message}
    told: dict[str, object] = {"sequence": head.sequence, "head": head.hash}
    if fault := workspace.storage_fault:
        response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
        return {"status": "not ready", "reason": str(fault)} | told
    response.headers["ETag"] = tag(head.hash)
    return {"status": "ready"} | told
