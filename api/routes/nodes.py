"""``/v1/nodes``: everything recorded about one node, and who said it, when and why."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from api.deps import ViewDep, WorkspaceDep
from api.described import answering
from api.paging import PageDep, paged
from api.schemas.nodes import NodeAnswer, Nodes
from engine.answers import header_json, history_json, node_json, term_json
from engine.errors import NotFoundError
from engine.iri import expand

router = APIRouter(prefix="/v1/nodes", tags=["nodes"])


@router.get("", responses=answering(Nodes, 404))
def nodes(
    workspace: WorkspaceDep,
    view: ViewDep,
    page: PageDep,
    cls: Annotated[str, Query(alias="class", description="Class, such as aims:AISystem.")],
) -> dict[str, object]:
    """The instances of a class and of its subclasses, by IRI."""
    reader = workspace.reader(page.pin(view))
    node = expand(cls)
    if node is None:
        raise NotFoundError(f'"{cls}" is no IRI or CURIE', remedy="Write aims:AISystem.")
    found = [term_json(reader, item) for item in sorted(reader.instances(node), key=str)]
    return header_json(reader) | paged(found, page, reader)


@router.get("/{node:path}", responses=answering(NodeAnswer, 404))
def node(
    workspace: WorkspaceDep,
    view: ViewDep,
    node: Annotated[str, Path(description="IRI, CURIE or identifier.")],
) -> dict[str, object]:
    """Statements about and mentions of the node, and its history in the ledger."""
    reader, found, history = workspace.show(view, node)
    return node_json(reader, found) | {"history": history_json(history)}
