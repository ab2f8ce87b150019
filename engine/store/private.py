"""A store in memory that one process has for itself, to try out on it what an update would do."""

from collections.abc import Iterable, Iterator

from engine.rdf import NamedNode, Quad
from engine.store._errors import storage_errors
from engine.store._merge import MERGED
from engine.store._names import spelled
from engine.store.oxigraph import OxigraphStore
from engine.vocab import PREFIXES


class PrivateStore(OxigraphStore):
    """An ``OxigraphStore`` that takes SPARQL Update; make one by ``in_memory``."""

    def update(self, text: str) -> None:
        """Carry out ``text``, an update that the guard has let pass.

        What it does to named graphs is not merged into the default graph. Raises QueryError.
        """
        query = spelled(text)
        with storage_errors(None, query):
            self._store.update(query.text, prefixes=PREFIXES)

    def parses(self, text: str) -> None:
        """Raises QueryError, with its place, where ``text`` is no SPARQL Update."""
        query = spelled(text)
        with storage_errors(None, query):
            try:
                type(self).in_memory()._store.update(query.text, prefixes=PREFIXES)
            except RuntimeError:
                # It can be read; that it cannot be carried out on nothing is no matter.
                return

    def exchange(self, removes: Iterable[Quad], adds: Iterable[Quad]) -> None:
        """Take ``removes`` out and put ``adds`` in, as they are and without merging."""
        for quad in removes:
            self._store.remove(quad)
        self._store.extend(adds)

    def held_in(self, graph: NamedNode | None) -> frozenset[Quad]:
        """The quads of a named graph, of the default graph for None."""
        return frozenset(self._store.quads_for_pattern(None, None, None, graph or MERGED))

    def names(self) -> frozenset[NamedNode]:
        """The named graphs, those that hold nothing, too."""
        return frozenset(g for g in self._store.named_graphs() if isinstance(g, NamedNode))

    def become_default(self, graph: NamedNode) -> None:
        """Make what ``graph`` holds all of the default graph; it is no named graph any more."""
        held = [Quad(q.subject, q.predicate, q.object) for q in self.held_in(graph)]
        self._store.clear_graph(MERGED)
        self._store.remove_graph(graph)
        self._store.extend(held)

    def gather(self, name: NamedNode, graphs: Iterable[NamedNode]) -> None:
        """Make a graph ``name`` of the triples of ``graphs``, each once."""
        self._store.clear_graph(name) if name in self.names() else None
        self._store.extend(self._renamed(name, graphs))

    def _renamed(self, name: NamedNode, graphs: Iterable[NamedNode]) -> Iterator[Quad]:
        for graph in graphs:
            for quad in self.held_in(graph):
                yield Quad(quad.subject, quad.predicate, quad.object, name)
