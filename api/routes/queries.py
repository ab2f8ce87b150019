"""``/v1/queries``: the named queries as typed operations; values are bound, never pasted."""

from typing import Annotated

from fastapi import APIRouter, Path, Request

from api.deps import ViewDep, WorkspaceDep
from api.described import answering
from api.schemas.nodes import Queries, Rows
from engine.answers import header_json, rows_json
from engine.sparql.catalog import NamedQuery

router = APIRouter(prefix="/v1/queries", tags=["queries"])

_VIEW = {"as_of", "at", "period"}
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


@router.get("/{area}/{name}", responses=answering(Rows, 404), openapi_extra={"parameters": [_ANY]})
def run(
    request: Request,
    workspace: WorkspaceDep,
    view: ViewDep,
    area: Annotated[str, Path(pattern="^[a-z0-9-]+$")],
    name: Annotated[str, Path(pattern="^[a-z0-9-]+$")],
) -> dict[str, object]:
    """Run a named query; its parameters are given as query parameters of the same name."""
    given = {key: value for key, value in request.query_params.items() if key not in _VIEW}
    reader, rows = workspace.query(view, f"{area}/{name}", given)
    return header_json(reader) | {"rows": rows_json(reader, rows)}
