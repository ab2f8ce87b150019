"""One assessable item: obligations, computed status beside the auditor's conclusion, the chain."""

from typing import Annotated, Any

from fastapi import APIRouter, Path
from fastapi.responses import HTMLResponse

from api.deps import WorkspaceDep
from api.pages._drawing import draw_trace
from api.pages._site import SiteDep
from engine.answers import trace_json

router = APIRouter(include_in_schema=False)


@router.get("/items/{item}", response_class=HTMLResponse)
def item_page(workspace: WorkspaceDep, site: SiteDep, item: Annotated[str, Path()]) -> HTMLResponse:
    """The page of one clause or control."""
    assessment: dict[str, Any] = workspace.assess(site.view, items=[item], facts=True).to_json()
    reader, chain = workspace.trace(site.view, item, to="aims:Evidence")
    answer = trace_json(reader, chain)
    found = assessment["requirements"][0]
    return site.page(
        "item.html",
        reader,
        item=found,
        judgements=found["judgement"],
        trace=answer,
        drawing=draw_trace(answer, site.link),
        closing=assessment["closing"],
    )
