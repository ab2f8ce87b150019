"""``/v1/requirements``: the structure of the standard, in its own order."""

from fastapi import APIRouter

from api.deps import ViewDep, WorkspaceDep
from api.described import answering
from api.schemas.nodes import Requirements
from engine.answers import header_json, rows_json

router = APIRouter(prefix="/v1/requirements", tags=["requirements"])


@router.get("", responses=answering(Requirements, 404))
def requirements(workspace: WorkspaceDep, view: ViewDep) -> dict[str, object]:
    """Every clause, area and control with number, short title, parent and whether assessable."""
    reader = workspace.reader(view)
    rows = reader.select("tool/requirements")
    return header_json(reader) | {"requirements": rows_json(reader, rows)}
