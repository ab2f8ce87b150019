"""One node, an AI system above all: everything tied to it, its results, what it cascades to."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from api.deps import WorkspaceDep
from api.pages._drawing import draw_cascade
from api.pages._site import SiteDep
from engine.answers import cascade_json, finding_json, history_json, node_json, outcomes_json

router = APIRouter(include_in_schema=False)


@router.get("/node", response_class=HTMLResponse)
def node_page(workspace: WorkspaceDep, site: SiteDep, iri: Annotated[str, Query()]) -> HTMLResponse:
    """The page of a node."""
    reader, node, history = workspace.show(site.view, iri)
    described = node_json(reader, node)
    _, answer = workspace.cascade(site.view, iri)
    cascade = cascade_json(reader, answer)
    _, report = workspace.validate(site.view)
    tied = {node} | {t.object for t in reader.match(node, None, None)}
    tied |= {t.subject for t in reader.match(None, None, node)}
    results = [finding_json(reader, item) for item in report.findings if item.focus in tied]
    obligations = outcomes_json(workspace.assess(site.view), node)
    return site.page(
        "system.html",
        reader,
        node=described,
        history=history_json(history),
        cascade=cascade,
        reached=len(answer.reached),
        drawing=draw_cascade(cascade, site.link),
        results=results,
        obligations=obligations,
    )
