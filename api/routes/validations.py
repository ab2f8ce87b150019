"""``/v1/validations`` and ``/v1/findings``: what the rules say, and over how much."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.deps import ViewDep, WorkspaceDep
from api.described import answering
from api.paging import PageDep, paged
from api.schemas.rules import Changes, Findings, Validation
from engine.answers import changes_json, finding_json, header_json, report_json
from engine.view import parse_position

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


@router.get("/findings/changes", responses=answering(Changes, 404))
def changes(
    workspace: WorkspaceDep,
    view: ViewDep,
    page: PageDep,
    start: Annotated[str, Query(alias="from", description="Ledger sequence or instant.")],
    end: Annotated[str | None, Query(alias="to", description="The same; default the head.")] = None,
) -> dict[str, object]:
    """What became of rule results between two entries, and whether an entry or time did it."""
    reader = workspace.reader(page.pin(view))
    last = parse_position(end) if end else reader.sequence
    span = workspace.timeline.span(parse_position(start), last)
    answer = changes_json(reader, *span, workspace.changes(reader.view, *span))
    items = answer.pop("items")
    assert isinstance(items, list)
    return answer | paged(items, page, reader)
