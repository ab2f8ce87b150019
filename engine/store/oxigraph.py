"""The embedded Oxigraph adapter, on disk (RocksDB) or in memory.

Facts that shaped it, all measured on pyoxigraph 0.5.13: concurrent writes to a disk store lose
data silently, so callers hold the writer lease; a commit is not synced, so the ledger is the
truth and ``apply`` can be repeated; querying several graphs as one default graph returns a triple
once per graph, so the merge is kept as the default graph itself; literals come back folded into
one lexical form, so the ledger writes that form first (``engine.canonical``); after a full disk
nothing can be written until the files are opened anew, which the next use does; removed quads stay
in the files for long, so ``clear`` removes the files.
"""

import errno
import os
import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from tempfile import mkdtemp
from typing import Self
from weakref import finalize

from pyoxigraph import Store as Backend

from engine.errors import IntegrityError, StorageFullError
from engine.rdf import (
    BlankNode,
    DefaultGraph,
    GraphName,
    Literal,
    NamedNode,
    Node,
    Quad,
    RdfFormat,
    Term,
    Triple,
    Variable,
    terms_of,
)
from engine.store._answers import as_it_comes, taken_out
from engine.store._errors import storage_errors
from engine.store._merge import MERGED, add, bulk_add, fill, stream
from engine.store._names import spelled
from engine.store._shared import APPLIED as _APPLIED
from engine.store._shared import Shared
from engine.store.port import NAMED_ONLY, Adapter, Changes, Dataset, QueryResult, Solutions
from engine.vocab import PREFIXES, SYSTEM_GRAPH

_SEQUENCE = SYSTEM_GRAPH["applied/sequence"]
_LITERALS = "SELECT DISTINCT $datatype ?o { ?s ?p ?o FILTER (DATATYPE(?o) = $datatype) }"
_BATCH = 200_000
# Bytes to be free before files that found no space are opened again.
_SPARE = 4 * 1024**2
# From so many quads on, making files of them is faster than one transaction on disk.
_BULK = 5_000


class OxigraphStore(Shared):
    """``engine.store.port.Store`` over pyoxigraph; make one by ``on_disk`` or ``in_memory``."""

    def __init__(self, backend: Backend, path: Path | None) -> None:
        self._backend: Backend | None = backend
        self._path = path
        self._sequence = 0
        # Counting reads every quad; a few that came or went since are no matter.
        self._counted: int | None = None
        self._full = False
        self._closed = False
        self._temporary = False
        self._resting = False

    @classmethod
    def on_disk(cls, path: Path) -> Self:
        """Open or create the store in the folder ``path``.

        Raises WorkspaceLockedError when another process has it open, StorageFullError,
        IntegrityError when its files are damaged.
        """
        with storage_errors(path):
            return cls(Backend(str(path)), path)

    @classmethod
    def in_memory(cls) -> Self:
        """A new empty store that dies with its object."""
        return cls(Backend(), None)

    @classmethod
    def temporary(cls) -> Self:
        """A new empty store in files that go with its object: for what fits in no memory."""
        folder = Path(mkdtemp(prefix="aims-view-"))
        store = cls.on_disk(folder)
        store._temporary = True
        finalize(store, shutil.rmtree, folder, ignore_errors=True)
        return store

    @property
    def _store(self) -> Backend:
        if self._closed:
            raise IntegrityError("this store was closed", remedy="Open the workspace again.")
        if self._backend is None:
            # A disk that is still full could not open the files; it may have space by now.
            with storage_errors(self._path):
                if self._resting:
                    self._backend = Backend.read_only(str(self._path))
                else:
                    self._backend = Backend(str(self._path))
            self._full = False
        return self._backend

    def _writable(self) -> Backend:
        if self._full and self._path is not None:
            # Opening takes space, and what cannot be opened again cannot be read meanwhile.
            if shutil.disk_usage(self._path).free < _SPARE:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            # Dropping the last reference closes the files; opening them again can write.
            self._backend = None
        return self._store

    # Writing

    def apply(self, patch: Changes, sequence: int) -> None:
        """See the port. Removes, then adds, then the marker: each step may be repeated."""
        with self._noticing_full():
            store = self._writable()
            for quad in patch.removes:
                store.remove(quad)
            for quad in patch.removes:
                if quad.graph_name not in NAMED_ONLY and not self._asserted(quad):
                    store.remove(Quad(quad.subject, quad.predicate, quad.object))
            self._add(store, patch.adds)
            self._mark(sequence)

    def _asserted(self, quad: Quad) -> bool:
        found = self.match(*terms_of(quad))
        return any(q.graph_name not in NAMED_ONLY for q in found)

    def _add(self, store: Backend, quads: Collection[Quad]) -> None:
        if self._path is None or len(quads) < _BULK:
            add(store, quads)
        else:
            bulk_add(store, quads)

    def load(self, quads: Iterable[Quad], sequence: int) -> None:
        """See the port. Quads of the default graph go into the merge as they are."""
        with self._noticing_full():
            store = self._writable()
            self._counted = None
            if self._temporary:
                stream(store, quads)
            elif self._path is None and not store:
                fill(store, quads)
            else:
                source = iter(quads)
                while batch := list(islice(source, _BATCH)):
                    self._add(store, batch)
            self._mark(sequence)
            if self._path is not None:
                store.flush()

    @contextmanager
    def _noticing_full(self) -> Iterator[None]:
        try:
            with storage_errors(self._path):
                yield
        except StorageFullError:
            self._full = True
            raise

    def _mark(self, sequence: int) -> None:
        """Record ``sequence``: the new marker first, so that a crash leaves at least one."""
        self._sequence = sequence
        if self._path is None:
            return
        old = list(self._store.quads_for_pattern(None, None, None, _APPLIED))
        new = Quad(_APPLIED, _SEQUENCE, Literal(sequence), _APPLIED)
        self._store.add(new)
        for quad in old:
            if quad != new:
                self._store.remove(quad)

    def add_graph(self, name: NamedNode, triples: Iterable[Triple], *, in_default: bool) -> None:
        """Add ``triples`` as the graph ``name``, merged into the default graph or not."""
        self._wake()
        if self._path is not None:
            # A transaction for each would take longer than making files of many.
            added = [Quad(*terms_of(triple), name) for triple in triples]
            merged = [Quad(*terms_of(quad)) for quad in added] if in_default else []
            self._store.bulk_extend([*added, *merged])
            return
        for triple in triples:
            subject, predicate, value = terms_of(triple)
            self._store.add(Quad(subject, predicate, value, name))
            if in_default:
                self._store.add(Quad(subject, predicate, value))

    @contextmanager
    def lent(self, triples: Iterable[Triple]) -> Iterator[None]:
        """The default graph of this store in memory with ``triples``, which it does not hold."""
        quads = [Quad(*terms_of(triple)) for triple in triples]
        self._store.extend(quads)
        try:
            yield
        finally:
            for quad in quads:
                self._store.remove(quad)

    def fill_default(self, quads: Iterable[Quad]) -> None:
        """Fill this empty store in memory with ``quads`` of the default graph, as they are."""
        self._counted = None
        self._store.bulk_extend(quads)

    def fill_lines(self, content: bytes) -> None:
        """Fill this empty store in memory with N-Triples, in its default graph.

        Raises SyntaxError where they do not parse; part of them may be in the store then.
        """
        self._counted = None
        self._store.bulk_load(content, format=RdfFormat.N_TRIPLES)

    def clear(self) -> None:
        """See the port."""
        self._sequence, self._counted = 0, None
        with self._noticing_full():
            if self._path is None:
                self._store.clear()
            else:
                self._backend = None
                shutil.rmtree(self._path, ignore_errors=True)
                self._backend = Backend(str(self._path))

    def close(self) -> None:
        """See the port. What was written is synced first."""
        backend, self._backend, self._closed = self._backend, None, True
        if backend is not None and self._path is not None and not self._full:
            with storage_errors(self._path):
                backend.flush()

    # Reading

    def copy(self) -> "OxigraphStore":
        """An independent store with the same content: in memory, of a temporary one in files."""
        twin = OxigraphStore.temporary() if self._temporary else OxigraphStore.in_memory()
        twin._store.bulk_extend(self._store)
        twin._store.remove_graph(_APPLIED)
        twin._sequence = self.applied_sequence()
        return twin

    def applied_sequence(self) -> int:
        """See the port."""
        if self._path is None:
            return self._sequence
        with storage_errors(self._path):
            marks = list(self._store.quads_for_pattern(_APPLIED, _SEQUENCE, None, _APPLIED))
        # A crash between writing the new marker and removing the old one leaves both.
        return max((int(q.object.value) for q in marks if isinstance(q.object, Literal)), default=0)

    def held(self, quads: Iterable[Quad]) -> frozenset[Quad]:
        """See the port."""
        with storage_errors(self._path):
            store = self._store
            return frozenset(quad for quad in quads if quad in store)

    def match(
        self,
        s: Node | None = None,
        p: NamedNode | None = None,
        o: Term | None = None,
        g: NamedNode | None = None,
    ) -> Iterator[Quad]:
        """See the port."""
        found = self._found(s, p, o, g)
        if g is not None:
            return found
        return (q for q in found if q.graph_name != MERGED and q.graph_name != _APPLIED)

    def merged(
        self, s: Node | None = None, p: NamedNode | None = None, o: Term | None = None
    ) -> Iterator[Triple]:
        """See the port."""
        return (quad.triple for quad in self._found(s, p, o, MERGED))

    def literals(self, datatype: NamedNode) -> frozenset[Literal]:
        """The objects of the default graph with ``datatype``."""
        result = self.query(_LITERALS, substitutions={"datatype": datatype})
        rows = result.rows if isinstance(result, Solutions) else ()
        return frozenset(row[-1] for row in rows if isinstance(row[-1], Literal))

    def _found(
        self, s: Node | None, p: NamedNode | None, o: Term | None, g: GraphName | None
    ) -> Iterator[Quad]:
        if self._path is None:
            return self._store.quads_for_pattern(s, p, o, g)
        return self._guarded(s, p, o, g)

    def _guarded(
        self, s: Node | None, p: NamedNode | None, o: Term | None, g: GraphName | None
    ) -> Iterator[Quad]:
        with storage_errors(self._path):
            yield from self._store.quads_for_pattern(s, p, o, g)

    def quads(self) -> Iterator[Quad]:
        """See the port."""
        return self.match()

    def size(self) -> int:
        """About how many quads are kept, those of the merged graph too."""
        if self._counted is None:
            self._counted = len(self._store)
        return self._counted

    def graphs(self) -> tuple[NamedNode, ...]:
        """See the port."""
        names = (g for g in self._store.named_graphs() if isinstance(g, NamedNode))
        held = (g for g in names if g != _APPLIED and any(True for _ in self.match(g=g)))
        return tuple(sorted(held, key=lambda g: g.value))

    def dump(self) -> bytes:
        """See the port."""
        twin = self.copy()._store
        twin.clear_graph(MERGED)
        return b"".join(sorted((twin.dump(format=RdfFormat.N_QUADS) or b"").splitlines(True)))

    def query(
        self,
        text: str,
        *,
        substitutions: Mapping[str, Term] | None = None,
        dataset: Dataset | None = None,
    ) -> QueryResult:
        """See the port."""
        default: list[NamedNode | BlankNode | DefaultGraph] | None = None
        named: list[NamedNode | BlankNode] | None = None
        if dataset is not None:
            default = [MERGED] if dataset.default is None else list(dataset.default)
            named = list(dataset.named)
        elif self._path is not None:
            default, named = [MERGED], list(self.graphs())
        query = spelled(text)
        with storage_errors(self._path, query):
            result = self._store.query(
                query.text,
                prefixes=PREFIXES,
                substitutions={Variable(n): t for n, t in (substitutions or {}).items()},
                default_graph=default,
                named_graphs=named,
            )
            return taken_out(result)

    # Private stores in memory

    def answer(self, text: str, dataset: Dataset | None) -> QueryResult:
        """Like ``query``, of this store in memory; rows come as the thread that asks reads them.

        What ``dataset`` names and this store does not hold is nothing. Several graphs together as
        the default graph give each triple once. Raises QueryError, also while rows are read.
        """
        query, source = spelled(text), self
        default: list[NamedNode | BlankNode | DefaultGraph] | None = None
        named: list[NamedNode | BlankNode] | None = None
        if dataset is not None:
            named = [graph for graph in self.graphs() if graph in dataset.named]
            default = [MERGED] if dataset.default is None else list(dataset.default)
            if len(default) > 1:
                source, default = self._part(dataset), [MERGED]
        with storage_errors(None, query):
            result = source._store.query(
                query.text, prefixes=PREFIXES, default_graph=default, named_graphs=named
            )
            return as_it_comes(result, query)

    def _part(self, dataset: Dataset) -> "OxigraphStore":
        part = OxigraphStore.in_memory()
        for graph in dataset.default or ():
            quads = self._store.quads_for_pattern(None, None, None, graph)
            part._store.extend(Quad(*terms_of(quad)) for quad in quads)
        for graph in dataset.named:
            part._store.extend(self._store.quads_for_pattern(None, None, None, graph))
        return part


def _new_in_memory(path: Path) -> OxigraphStore:
    return OxigraphStore.in_memory()


backend = (
    Adapter("oxigraph-disk", OxigraphStore.on_disk, durable=True),
    Adapter("oxigraph-memory", _new_in_memory, durable=False),
)
