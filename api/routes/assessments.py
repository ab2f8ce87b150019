"""``/v1/assessments``: computed statuses of the 32 clauses and 38 reference controls."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from api.deps import ViewDep, WorkspaceDep
from api.described import answering
from api.paging import PageDep, counted
from api.schemas.assessments import AssessmentAnswer, Gaps, Soa
from engine.answers import gaps_json

router = APIRouter(prefix="/v1", tags=["assessments"])


@router.get("/assessments", responses=answering(AssessmentAnswer, 404))
def assessments(
    workspace: WorkspaceDep,
    view: ViewDep,
    system: Annotated[
        str | None, Query(description="Only this AI system: IRI, CURIE or identifier.")
    ] = None,
) -> dict[str, object]:
    """All 70 items with status, rung, reason and counts; facts come with a single item."""
    return workspace.assess(view, system=system).to_json()


@router.get("/assessments/{item}", responses=answering(AssessmentAnswer, 404))
def assessment(
    workspace: WorkspaceDep,
    view: ViewDep,
    item: Annotated[str, Path(description="IRI, CURIE or number, such as A.7.5.")],
    system: Annotated[str | None, Query(description="Only this AI system.")] = None,
) -> dict[str, object]:
    """One item with obligations per subject, supporting facts and what is missing."""
    return workspace.assess(view, items=[item], system=system, facts=True).to_json()


@router.get("/gaps", responses=answering(Gaps, 404))
def gaps(workspace: WorkspaceDep, view: ViewDep, page: PageDep) -> dict[str, object]:
    """Failed and unknown obligations, most pressing first, each with an owner where known."""
    reader = workspace.reader(page.pin(view))
    assessment, found = workspace.gaps(reader.view)
    return gaps_json(assessment, found[page.start : page.end]) | counted(len(found), page, reader)


@router.get("/soa", responses=answering(Soa, 404))
def soa(workspace: WorkspaceDep, view: ViewDep) -> dict[str, object]:
    """The Statement of Applicability: declared beside computed, contradictions named."""
    return workspace.soa(view).to_json()
