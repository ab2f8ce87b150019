"""Lists: AI systems, rule results, the Statement of Applicability, the ledger."""

from typing import Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from api.deps import WorkspaceDep
from api.pages._site import Site, SiteDep
from api.paging import PageDep, paged
from engine.answers import finding_json
from engine.rdf import NamedNode
from engine.snapshot import Reader
from engine.vocab import AIMS, shorten

router = APIRouter(include_in_schema=False)

Cell = str | dict[str, str]


def _cell(site: Site, reader: Reader, node: object) -> Cell:
    if not isinstance(node, NamedNode):
        return str(getattr(node, "value", "–")) if node is not None else "–"
    return {"href": site.link("/node", iri=node.value), "text": reader.label(node)}


@router.get("/systems", response_class=HTMLResponse)
def systems_page(workspace: WorkspaceDep, site: SiteDep, page: PageDep) -> HTMLResponse:
    """Every AI system with tier, stage and owner."""
    reader = workspace.reader(page.pin(site.view))
    found = sorted(reader.instances(AIMS.AISystem), key=lambda n: (reader.label(n), str(n)))
    answer = paged(found, page, reader)
    columns = (AIMS.riskTier, AIMS.lifecycleStage, AIMS.ownedBy)
    items = answer["items"]
    rows = [
        [_cell(site, reader, node)] + [_cell(site, reader, reader.value(node, p)) for p in columns]
        for node in (items if isinstance(items, list) else [])
    ]
    return site.page(
        "list.html",
        reader,
        title="AI systems",
        intro="",
        caption=f"{len(found)} AI systems recorded.",
        columns=["AI system", "Risk tier", "Stage", "Owner"],
        rows=rows,
        none="No AI system is recorded.",
        following=_following(site, "/systems", answer),
    )


def _following(site: Site, path: str, answer: dict[str, object]) -> str:
    cursor = answer["next"]
    return site.link(path, cursor=cursor) if isinstance(cursor, str) else ""


@router.get("/results", response_class=HTMLResponse)
def results_page(workspace: WorkspaceDep, site: SiteDep, page: PageDep) -> HTMLResponse:
    """Every rule result, and the rules that had nothing to judge."""
    reader, report = workspace.validate(page.pin(site.view))
    answer = paged(report.findings, page, reader)
    items = answer["items"]
    rows: list[list[Cell]] = []
    for finding in items if isinstance(items, list) else []:
        told = finding_json(reader, finding)
        rows.append(
            [
                str(told["severity"]).removeprefix("sh:"),
                str(told["text"]),
                _cell(site, reader, finding.focus),
                reader.label(finding.rule),
            ]
        )
    idle = sum(not run.population for run in report.runs)
    return site.page(
        "list.html",
        reader,
        title="Rule results",
        intro=f"{len(report.runs)} rules; {idle} had nothing to judge.",
        caption=f"{len(report.findings)} results in the recorded facts.",
        columns=["Severity", "What and how to mend it", "Node", "Rule"],
        rows=rows,
        none="No rule result in the recorded facts.",
        following=_following(site, "/results", answer),
    )


@router.get("/soa", response_class=HTMLResponse)
def soa_page(workspace: WorkspaceDep, site: SiteDep) -> HTMLResponse:
    """Declared beside computed, contradictions named."""
    reader = workspace.reader(site.view)
    answer: dict[str, Any] = workspace.soa(site.view).to_json()
    rows: list[list[Cell]] = [
        [
            {"href": site.link(f"/items/{entry['control']}"), "text": entry["control"]},
            entry["title"],
            entry["declared"],
            entry["computed"],
            "; ".join(entry["problems"]),
        ]
        for entry in answer["entries"]
    ]
    return site.page(
        "list.html",
        reader,
        title="Statement of Applicability",
        intro="; ".join(answer["problems"]),
        caption=f"Version {answer['version'] or 'none recorded'}.",
        columns=["Control", "Title", "Declared", "Computed status", "Remarks"],
        rows=rows,
        none="No statement is recorded.",
        following="",
    )


@router.get("/ledger", response_class=HTMLResponse)
def ledger_page(workspace: WorkspaceDep, site: SiteDep) -> HTMLResponse:
    """The newest entries."""
    reader = workspace.reader(site.view)
    head = reader.sequence
    rows: list[list[Cell]] = [
        [
            str(entry.header.sequence),
            str(entry.header.instant),
            entry.header.kind,
            shorten(entry.header.agent),
            entry.reason,
            str(entry.hash)[:16],
        ]
        for entry in reversed(workspace.entries(max(1, head - 199), head, site.view))
    ]
    return site.page(
        "list.html",
        reader,
        title="Ledger",
        intro="Every change is an entry, chained by its hash.",
        caption=f"Entries up to {head}, newest first.",
        columns=["Entry", "Instant", "Kind", "Agent", "Reason", "Hash"],
        rows=rows,
        none="No entry.",
        following="",
    )
