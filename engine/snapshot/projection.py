"""From quads to a private store in memory: what a view may read, with the reserved graphs."""

from collections.abc import Collection, Iterable, Iterator
from itertools import chain

from engine.errors import InputError
from engine.iri import split_graph_iri
from engine.knowledge import KnowledgePack
from engine.rdf import NamedNode, Quad, Triple
from engine.snapshot.context import evaluation_context
from engine.store.oxigraph import OxigraphStore
from engine.store.private import PrivateStore
from engine.view import View
from engine.vocab import CONTEXT_GRAPH, ONTOLOGY_GRAPH, SHAPES_GRAPH, SYSTEM_GRAPH


def project(
    quads: Iterable[Quad], pack: KnowledgePack, view: View, *, on_disk: bool = False
) -> OxigraphStore:
    """A store of ``quads``, the knowledge and the context of ``view``, all merged.

    In memory, or in files that go with it.

    Raises IntegrityError for an unusable parameter, ParseError for knowledge that does not parse.
    """
    store = OxigraphStore.temporary() if on_disk else OxigraphStore.in_memory()
    reserved = (
        (ONTOLOGY_GRAPH, pack.ontology_triples),
        (SHAPES_GRAPH, pack.shapes_triples),
        (CONTEXT_GRAPH, evaluation_context(pack, view)),
    )
    known = (_named(triples, name) for name, triples in reserved)
    store.load(chain(quads, *known), 0)
    return store


def recorded(quads: Iterable[Quad], pack: KnowledgePack) -> PrivateStore:
    """A store of ``quads`` and the knowledge, with nothing that is computed: what updates see.

    Raises ParseError for knowledge that does not parse.
    """
    store = PrivateStore.in_memory()
    reserved = ((ONTOLOGY_GRAPH, pack.ontology_triples), (SHAPES_GRAPH, pack.shapes_triples))
    store.load(chain(quads, *(_named(triples, name) for name, triples in reserved)), 0)
    return store


def _named(triples: Iterable[Triple], name: NamedNode) -> Iterator[Quad]:
    return (Quad(t.subject, t.predicate, t.object, name) for t in triples)


def ground(store: OxigraphStore) -> Iterator[Quad]:
    """The quads of ``store`` in source graphs: nothing of the knowledge, nothing derived."""
    for graph in store.graphs():
        if graph not in SYSTEM_GRAPH:
            yield from store.match(g=graph)


def readable(quads: Iterable[Quad], view: View, base: str) -> Iterator[Quad]:
    """Those of ``quads`` whose graph lies in a compartment of ``view``.

    A graph that is not of this workspace has no compartment and is read by complete views only.
    """
    if view.compartments is None:
        yield from quads
        return
    known: dict[object, bool] = {}
    for quad in quads:
        graph = quad.graph_name
        if graph not in known:
            known[graph] = in_view(graph, view.compartments, base)
        if known[graph]:
            yield quad


def in_view(graph: object, compartments: Collection[str], base: str) -> bool:
    """Whether ``graph`` lies in one of ``compartments``."""
    if not isinstance(graph, NamedNode):
        return False
    try:
        return split_graph_iri(base, graph)[0] in compartments
    except InputError:
        return False
