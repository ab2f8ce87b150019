"""One node, an AI system above all: its statuses and results, what it cascades to, what it ties."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from api.deps import WorkspaceDep
from api.pages._drawing import draw_cascade
from api.pages._site import Site, SiteDep, statement
from engine.answers import cascade_json, finding_json, history_json, node_json, outcomes_json
from engine.rdf import NamedNode
from engine.snapshot import Reader
from engine.workspace import Workspace

router = APIRouter(include_in_schema=False)
Json = dict[str, Any]


@router.get("/node", response_class=HTMLResponse)
def node_page(workspace: WorkspaceDep, site: SiteDep, iri: Annotated[str, Query()]) -> HTMLResponse:
    """The page of a node."""
    reader, node, history = workspace.show(site.view, iri)
    described: Json = node_json(reader, node)
    _, answer = workspace.cascade(site.view, iri)
    cascade: Json = cascade_json(reader, answer)
    tied = {node} | {t.object for t in reader.match(node, None, None)}
    tied |= {t.subject for t in reader.match(None, None, node)}
    told = _judged(workspace, site, reader, node, tied) if site.view.discloses else {}
    return site.page(
        "system.html",
        reader,
        node=described,
        ties=list(_ties(described)),
        history=history_json(history),
        cascade=cascade,
        effects=_by_node(cascade["effects"]),
        drawing=draw_cascade(cascade, site.link),
        disclosed=site.view.discloses,
        **{"results": [], "obligations": [], "closing": statement(reader)} | told,
    )


def _judged(
    workspace: Workspace, site: Site, reader: Reader, node: NamedNode, tied: Collection[object]
) -> Json:
    """Rule results about a node and its ties, its obligations, the closing sentence."""
    _, report = workspace.validate(site.view)
    assessment = workspace.assess(site.view)
    return {
        "results": [finding_json(reader, item) for item in report.findings if item.focus in tied],
        "obligations": outcomes_json(assessment, node),
        "closing": assessment.header.closing,
    }


def _ties(described: Json) -> Iterable[Json]:
    """Everything tied to a node, grouped by property, its own first: ``name`` and ``ends``."""
    own: dict[str, list[Json]] = defaultdict(list)
    other: dict[str, list[Json]] = defaultdict(list)
    for one in described["statements"]:
        own[one["predicate"]].append(one["object"])
    for one in described["mentioned_by"]:
        other[f"is {one['predicate']} of"].append(one["subject"])
    for groups in (own, other):
        for name, ends in groups.items():
            yield {"name": name, "ends": ends}


def _by_node(effects: Iterable[Mapping[str, Any]]) -> list[Json]:
    """One row a node reached: its kinds of effect, and the strongest one's figures and path."""
    rows: dict[str, Json] = {}
    for effect in effects:
        row = rows.setdefault(effect["node"]["iri"], {**effect, "kinds": []})
        row["kinds"].append(effect["kind"].rpartition("effect-")[2])
        row["probability"] = max(row["probability"], effect["probability"])
    return list(rows.values())
