"""Writing whole graphs: what a source asserts, replaced, added to or withdrawn.

Each write is one entry of the ledger. The graph of a source is all that may be written: the default
graph is the merge of what all sources assert, and the reserved graphs are computed.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from engine.endpoint.serving import Written
from engine.errors import ConflictError, NotFoundError
from engine.iri import checked_name, split_graph_iri
from engine.ledger.entry import Entry
from engine.ledger.patch import Patch
from engine.rdf import NamedNode, Quad
from engine.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Change:
    """What a write did: whether the graph was not there before, and the entry, None for none."""

    created: bool
    entry: Entry | None


def source_of(workspace: Workspace, graph: NamedNode) -> str:
    """The source whose statements ``graph`` holds. Raises InputError for no graph of a source."""
    compartment, source = split_graph_iri(workspace.ledger.base, graph)
    checked_name(compartment, "compartment")
    return checked_name(source, "source")


def put(workspace: Workspace, graph: NamedNode, quads: Iterable[Quad], written: Written) -> Change:
    """Make ``quads`` all that ``graph`` holds. Raises what ``Committer.replace`` does."""
    committer = workspace.committer
    with committer.lock:
        created = _is_new(workspace, graph, written)
        return Change(created, _replaced(workspace, graph, quads, written, f"PUT {graph}"))


def post(workspace: Workspace, graph: NamedNode, quads: Iterable[Quad], written: Written) -> Change:
    """Add ``quads`` to ``graph``. Raises what ``Committer.commit`` does, ConflictError."""
    committer, key = workspace.committer, written.idempotency_key
    adds = frozenset(quads)
    with committer.lock:
        created = _is_new(workspace, graph, written)
        earlier = None if key is None else committer.ledger.by_key(key)
        if earlier is not None:
            _require_same(earlier, graph, adds)
        else:
            committer.require_head(written.heads)
        entry = committer.commit(
            Patch(adds),
            agent=written.agent,
            reason=written.reason or f"POST {graph}",
            face=workspace.face,
            idempotency_key=key,
        )
        return Change(created, entry)


def delete(workspace: Workspace, graph: NamedNode, written: Written) -> Change:
    """Withdraw all that ``graph`` holds. Raises NotFoundError where it holds nothing."""
    with workspace.committer.lock:
        if _is_absent(workspace, graph) and not _again(workspace, written):
            raise NotFoundError(f"there is no graph {graph}")
        return Change(False, _replaced(workspace, graph, (), written, f"DELETE {graph}"))


def _is_new(workspace: Workspace, graph: NamedNode, written: Written) -> bool:
    """Whether ``graph`` holds nothing. Raises ConflictError where that is not as it must be."""
    absent = _is_absent(workspace, graph)
    if written.exists is not None and written.exists == absent and not _again(workspace, written):
        raise ConflictError(
            f"there is {'no' if absent else 'already a'} graph {graph}",
            remedy="Leave the precondition out, or name another graph.",
        )
    return absent


def _again(workspace: Workspace, written: Written) -> bool:
    key = written.idempotency_key
    return key is not None and workspace.committer.ledger.by_key(key) is not None


def _is_absent(workspace: Workspace, graph: NamedNode) -> bool:
    return next(workspace.committer.store.match(g=graph), None) is None


def _replaced(
    workspace: Workspace, graph: NamedNode, quads: Iterable[Quad], written: Written, told: str
) -> Entry | None:
    return workspace.committer.replace(
        graph,
        quads,
        agent=written.agent,
        reason=written.reason or told,
        face=workspace.face,
        idempotency_key=written.idempotency_key,
        heads=written.heads,
    )


def _require_same(earlier: Entry, graph: NamedNode, adds: frozenset[Quad]) -> None:
    patch = earlier.patch()
    if patch.removes or patch.adds - adds or {q.graph_name for q in patch.adds} - {graph}:
        raise ConflictError(
            f'the idempotency key "{earlier.header.idempotency_key}" was used for another change, '
            f"entry {earlier.header.sequence}",
            remedy="Use a new key for a new change.",
        )
