"""``/v1/validations`` and ``/v1/findings``: what the rules say, and over how much."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.deps import ViewDep, WorkspaceDep
from api.described import answering
from api.paging import PageDep, paged
from api.schemas.rules import Findings, Validation
from engine.answers import finding_json, header_json, report_json

router = APIRouter(prefix="/v1", tags=["validations"])

RulesQuery = Annotated[
    list[str] | None, Query(alias="rule", description="Only this rule; may be repeated.")
]


@router.get("/validations", responses=answering(Validation, 404))
def validations(
    workspace: WorkspaceDep, view: ViewDep, rules: RulesQuery = None
) -> dict[str, object]:
    """Every rule with its population and results."""
    reader, report = workspace.validate(view, rules or ())
    return report_json(reader, report)


@router.get("/findings", responses=answering(Findings, 404))
def findings(
    workspace: WorkspaceDep,
    view: ViewDep,
    page: PageDep,
    rules: RulesQuery = None,
    severity: Annotated[
        str | None, Query(description="violation, warning or info", pattern="^[A-Za-z]+$")
    ] = None,
) -> dict[str, object]:
    """Rule results, page by page, in a stable order."""
    reader, report = workspace.validate(page.pin(view), rules or ())
    results = [
        finding_json(reader, item)
        for item in report.findings
        if severity is None or item.severity.value.lower().endswith(f"#{severity.lower()}")
    ]
    return header_json(reader) | paged(results, page, reader)
