"""The SPARQL page: an editor over our endpoint, with the named queries as a library."""

from itertools import groupby
from typing import Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, PlainTextResponse

from api.deps import WorkspaceDep
from api.pages._site import SiteDep
from engine.sparql.catalog import NamedQuery, catalog, find
from engine.vocab import PREFIXES

router = APIRouter(include_in_schema=False)
# The editor and its tables write styles of their own; scripts stay ours alone.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)


@router.get("/editor", response_class=HTMLResponse)
def editor_page(workspace: WorkspaceDep, site: SiteDep) -> HTMLResponse:
    """Write, run and explain SPARQL; open, change and run named queries."""
    reader = workspace.reader(site.view)
    queries = sorted(catalog(reader.pack).values(), key=lambda query: query.name)
    areas = [
        (area, [_shown(query) for query in found])
        for area, found in groupby(queries, key=lambda query: query.name.partition("/")[0])
    ]
    page = site.page(
        "editor.html",
        reader,
        areas=areas,
        total=len(queries),
        prefixes=sorted(PREFIXES.items()),
    )
    page.headers["Content-Security-Policy"] = _POLICY
    return page


def _shown(query: NamedQuery) -> dict[str, Any]:
    return {
        "name": query.name,
        "title": query.name.partition("/")[2].replace("-", " "),
        "summary": query.summary,
        "params": [
            {
                "name": param.name,
                "help": param.help,
                "value": param.default or param.example,
                "required": param.required,
            }
            for param in query.params
        ],
    }


@router.get("/editor/text", response_class=PlainTextResponse)
def query_text(workspace: WorkspaceDep, site: SiteDep, name: str) -> PlainTextResponse:
    """The text of a named query, with the prefixes that it uses."""
    query = find(workspace.reader(site.view).pack, name)
    used = (
        f"PREFIX {prefix}: <{iri}>\n"
        for prefix, iri in sorted(PREFIXES.items())
        if f"{prefix}:" in query.text and f"PREFIX {prefix}:" not in query.text
    )
    return PlainTextResponse("".join(used) + query.text.strip() + "\n")
