"""``/v1/assessments``: computed statuses of the 32 clauses and 38 reference controls."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from api.deps import ViewDep, WorkspaceDep
from engine.answers import gaps_json

router = APIRouter(prefix="/v1", tags=["assessments"])


@router.get("/assessments")
def assessments(
    workspace: WorkspaceDep,
    view: ViewDep,
    system: Annotated[
        str | None, Query(description="Only this AI system: IRI, CURIE or identifier.")
    ] = None,
) -> dict[str, object]:
    """All 70 items with status, rung, reason and counts; facts come with a single item."""
    return workspace.assess(view, system=system).to_json()


@router.get("/assessments/{item}")
def assessment(
    workspace: WorkspaceDep,
    view: ViewDep,
    item: Annotated[str, Path(description="IRI, CURIE or number, such as A.7.5.")],
    system: Annotated[str | None, Query(description="Only this AI system.")] = None,
) -> dict[str, object]:
    """One item with obligations per subject, supporting facts and what is missing."""
    return workspace.assess(view, items=[item], system=system, facts=True).to_json()


@router.get("/gaps")
def gaps(workspace: WorkspaceDep, view: ViewDep) -> dict[str, object]:
    """Failed and unknown obligations, most pressing first, each with an owner where known."""
    return gaps_json(*workspace.gaps(view))


@router.get("/soa")
def soa(workspace: WorkspaceDep, view: ViewDep) -> dict[str, object]:
    """The Statement of Applicability: declared beside computed, contradictions named."""
    return workspace.soa(view).to_json()
