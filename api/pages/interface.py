"""The REST interface as a page, made from its own OpenAPI document: nothing is fetched for it."""

from collections.abc import Iterator
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api.deps import WorkspaceDep
from api.pages._site import SiteDep

router = APIRouter(include_in_schema=False)


@router.get("/interface", response_class=HTMLResponse)
def interface_page(request: Request, workspace: WorkspaceDep, site: SiteDep) -> HTMLResponse:
    """Every operation with its parameters."""
    reader = workspace.reader(site.view)
    return site.page("interface.html", reader, operations=list(_operations(request.app.openapi())))


def _operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    schemas = document.get("components", {}).get("schemas", {})
    for path, methods in document["paths"].items():
        for method, told in methods.items():
            found = [_parameter(one) for one in told.get("parameters", ())]
            found += _fields(told.get("requestBody", {}), schemas)
            yield {
                "method": method.upper(),
                "path": path,
                "what": told.get("description") or told.get("summary", ""),
                "parameters": found,
            }


def _parameter(one: dict[str, Any]) -> dict[str, str]:
    required = "required" if one.get("required") else ""
    return {"name": one["name"], "what": one.get("description", ""), "required": required}


def _fields(body: dict[str, Any], schemas: dict[str, Any]) -> Iterator[dict[str, str]]:
    for content in body.get("content", {}).values():
        name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
        schema = schemas.get(name, {})
        for field, told in schema.get("properties", {}).items():
            required = "required" if field in schema.get("required", ()) else ""
            yield {"name": field, "what": told.get("description", ""), "required": required}
