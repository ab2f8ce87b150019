"""The posture: where the management system stands, in the order an auditor asks for it."""

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from api.deps import WorkspaceDep
from api.pages._site import Site, SiteDep, brief
from engine.answers import term_json
from engine.snapshot import Reader

router = APIRouter(include_in_schema=False)

Json = dict[str, Any]
Cell = str | dict[str, str]
_ORDER = ("unsatisfied", "partial", "not-evaluable", "satisfied", "not-applicable")


@dataclass(frozen=True, slots=True)
class Section:
    """One block of the posture: a table, or the sentence that says why there is none."""

    id: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    none: str
    all: str
    limit: int = 25


@router.get("/", response_class=HTMLResponse)
def posture_page(workspace: WorkspaceDep, site: SiteDep) -> HTMLResponse:
    """The first page."""
    reader = workspace.reader(site.view)
    answer: Json = workspace.assess(site.view).to_json()
    items: list[Json] = answer["requirements"]
    counts = [(s, sum(item["status"] == s for item in items)) for s in _ORDER]
    return site.page(
        "posture.html",
        reader,
        answer=answer,
        header=_header(answer),
        counts=counts,
        sections=_sections(answer, _late(reader), site),
        groups=_groups(reader, items),
    )


def _header(answer: Json) -> list[tuple[str, str]]:
    scope = answer["scope"]
    return [
        ("Scope version", scope["version"] or "no approved scope statement"),
        ("AI systems in scope", str(len(scope["systems_in"]))),
        ("AI systems outside", str(len(scope["systems_out"]))),
        ("Units in, out", f"{len(scope['units_in'])}, {len(scope['units_out'])}"),
        ("Edition", answer["edition"]),
        ("SoA version", answer["soa"]["version"] or "none recorded"),
        ("Audit period", brief(answer["period"]).replace("/", " to ")),
        ("Judged at", brief(answer["at"])),
        ("Ledger entry", f"{answer['sequence']} ({answer['head'][:12]})"),
        ("View", answer["view"]),
        ("Rule pack", answer["pack"][:12]),
        ("Last reconciliation", brief(answer["reconciled"] or "no completeness statement")),
    ]


Rows = tuple[tuple[Cell, ...], ...]


def _sections(answer: Json, evidence: list[Json], site: Site) -> list[Section]:
    """Nonconformities, unsatisfied, not evaluable, judgements pending, suspect or late evidence."""
    items: list[Json] = answer["requirements"]
    every = site.link("/v1/assessments")

    def of_status(status: str) -> Rows:
        chosen = (item for item in items if item["status"] == status)
        return tuple((_item(site, i["id"]), i["title"], i["reason"]) for i in chosen)

    raised = sorted(answer["nonconformities"], key=lambda one: one["grade"] != "major")
    return [
        Section(
            "nonconformities",
            "Open nonconformities",
            ("Grade", "Nonconformity", "Against", "What is lacking"),
            tuple((n["grade"], _node(site, n), _label(n["item"]), _lacking(n)) for n in raised),
            "No nonconformity is open in the recorded facts.",
            every,
        ),
        Section(
            "unsatisfied",
            "Unsatisfied",
            ("Item", "Title", "Why"),
            of_status("unsatisfied"),
            "No item is unsatisfied on the recorded facts.",
            every,
        ),
        Section(
            "not-evaluable",
            "Not evaluable",
            ("Item", "Title", "Why"),
            of_status("not-evaluable"),
            "Every item could be evaluated.",
            every,
        ),
        Section(
            "pending",
            "Judgements pending",
            ("Item", "Obligation", "On", "Why"),
            _pending(items, site),
            "No judgement is pending.",
            every,
        ),
        Section(
            "evidence",
            "Suspect or late evidence",
            ("Evidence", "State", "Why"),
            tuple((_node(site, e["evidence"]), e["state"], e["reason"]) for e in evidence),
            "No evidence is stale, unverified or late.",
            site.link("/v1/queries/tool/evidence-liveness"),
        ),
    ]


def _pending(items: list[Json], site: Site) -> Rows:
    return tuple(
        (_item(site, item["id"]), part["title"], one["subject"]["label"], one["reason"])
        for item in items
        for part in item["obligations"]
        if part["kind"] == "judgement"
        for one in part["outcomes"]
        if one["outcome"] == "unknown"
    )


def _lacking(raised: Json) -> str:
    return ", ".join(raised["lacking"])


def _label(named: Json | None) -> str:
    return named["label"] if named else "–"


def _late(reader: Reader) -> list[Json]:
    return [
        {
            "evidence": term_json(reader, row["evidence"]),
            "state": str(getattr(row["state"], "value", "")),
            "reason": str(getattr(row["reason"], "value", "")),
        }
        for row in reader.select("tool/evidence-liveness")
        if getattr(row["state"], "value", "") != "live"
    ]


def _item(site: Site, ref: str) -> Cell:
    return {"href": site.link(f"/items/{ref}"), "text": ref}


def _node(site: Site, told: Json) -> Cell:
    return {"href": site.link("/node", iri=told["iri"]), "text": told["label"]}


def _groups(reader: Reader, items: list[Json]) -> list[Json]:
    """Items under their clause or area, titles from the structure itself."""
    titles = {
        str(row["id"].value): str(row["title"].value)
        for row in reader.select("tool/requirements")
        if row["id"] is not None and row["title"] is not None
    }
    groups: dict[str, list[Json]] = {}
    for item in items:
        head = item["id"].split(".")
        groups.setdefault(".".join(head[:2]) if head[0] == "A" else head[0], []).append(item)
    return [{"id": ref, "title": titles.get(ref, ""), "items": g} for ref, g in groups.items()]
