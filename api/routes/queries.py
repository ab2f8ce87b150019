"""``/v1/queries``: the named queries as typed operations; values are bound, never pasted.

Rows come as JSON, CSV or XLSX. ``api.named`` describes each query as an operation of its own.
"""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import JSONResponse

from api.deps import StandingViewDep, ViewDep, WorkspaceDep
from api.described import answering, problems
from api.named import FORMATS
from api.negotiation import choose
from api.schemas.nodes import Queries, Rows
from engine import sheets
from engine.answers import header_json, rows_json
from engine.errors import InputError
from engine.sparql.catalog import NamedQuery, find

router = APIRouter(prefix="/v1/queries", tags=["queries"])

_OURS = {"as_of", "at", "period", "format"}
_ANSWERS = answering(Rows, 404) | problems(406)
_ANSWERS[200]["content"] = {sheets.CSV: {}, sheets.XLSX: {}}
# How OpenAPI says that an operation takes parameters of any name.
_ANY = {
    "name": "parameters",
    "in": "query",
    "description": "What the query needs, each under its own name.",
    "style": "form",
    "explode": True,
    "schema": {"type": "object", "additionalProperties": {"type": "string"}},
}


def _described(query: NamedQuery) -> dict[str, object]:
    return {
        "name": query.name,
        "summary": query.summary,
        "question": query.competency,
        "params": [
            {
                "name": param.name,
                "kind": param.kind,
                "required": param.required,
                "default": param.default,
                "help": param.help,
                "example": param.example or None,
            }
            for param in query.params
        ],
    }


@router.get("", responses=answering(Queries, 404))
def queries(workspace: WorkspaceDep, view: ViewDep) -> dict[str, object]:
    """Every named query with its parameters."""
    reader = workspace.reader(view)
    known = workspace.queries(view)
    return header_json(reader) | {"queries": [_described(query) for query in known.values()]}


@router.get(
    "/{area}/{name}",
    responses=_ANSWERS,
    openapi_extra={"parameters": [_ANY]},
)
def run(
    request: Request,
    workspace: WorkspaceDep,
    view: StandingViewDep,
    area: Annotated[str, Path(pattern="^[a-z0-9-]+$")],
    name: Annotated[str, Path(pattern="^[a-z0-9-]+$")],
    format_name: Annotated[
        str | None,
        Query(alias="format", description="json, csv or xlsx; else what `Accept` likes best."),
    ] = None,
) -> Response:
    """Run a named query; its parameters are given as query parameters of the same name."""
    media_type = _media_type(request, format_name)
    given: dict[str, str] = {}
    for key, value in request.query_params.multi_items():
        if key in given:
            raise InputError(f"the parameter {key[:100]} is given twice", remedy="Give it once.")
        given |= {} if key in _OURS else {key: value}
    query = f"{area}/{name}"
    reader, rows = workspace.query(view, query, given)
    headers = {"Vary": "Accept"}
    if media_type == FORMATS["json"]:
        answer = header_json(reader) | {"rows": rows_json(reader, rows)}
        return JSONResponse(answer, headers=headers)
    suffix = "csv" if media_type == sheets.CSV else "xlsx"
    headers["Content-Disposition"] = f'attachment; filename="{area}-{name}.{suffix}"'
    found = sheets.sheet(reader, find(reader.pack, query), rows, given)
    content = sheets.to_csv(found) if media_type == sheets.CSV else sheets.to_xlsx(found)
    return Response(content, media_type=media_type, headers=headers)


def _media_type(request: Request, name: str | None) -> str:
    if name is None:
        return choose(request.headers.get("accept"), tuple(FORMATS.values()))
    if name not in FORMATS:
        raise InputError(
            f'"{name[:100]}" is no format of this answer', remedy=f"Use {', '.join(FORMATS)}."
        )
    return FORMATS[name]
