"""``/v1/traces`` and ``/v1/cascades``: chains from a node, and what its failure reaches."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.deps import ViewDep, WorkspaceDep
from api.described import answering
from api.schemas.chains import CascadeAnswer, TraceAnswer
from engine.answers import cascade_json, trace_json
from engine.trace import Direction

router = APIRouter(prefix="/v1", tags=["traces"])

NodeQuery = Annotated[str, Query(description="IRI, CURIE or identifier, such as A.7.5.")]


@router.get("/traces", responses=answering(TraceAnswer, 404))
def traces(
    workspace: WorkspaceDep,
    view: ViewDep,
    node: NodeQuery,
    to: Annotated[
        str | None, Query(description="Class to arrive at, such as aims:Evidence.")
    ] = None,
    direction: Direction = "down",
) -> dict[str, object]:
    """Every hop with its state, what was reached, and where the chain breaks."""
    return trace_json(*workspace.trace(view, node, to=to, direction=direction))


@router.get("/cascades", responses=answering(CascadeAnswer, 404))
def cascades(
    workspace: WorkspaceDep,
    view: ViewDep,
    node: NodeQuery,
    effect: Annotated[
        str | None, Query(description="Effect kind, such as quality; default: all it can emit.")
    ] = None,
) -> dict[str, object]:
    """What a failure of the node reaches, how strongly, how late, and along which path."""
    return cascade_json(*workspace.cascade(view, node, effect=effect))
