"""What validation asks of a graph, and the indexes over it that checks look into.

``Data`` is met by ``engine.snapshot.Reader`` and by ``GraphData``. ``Lookup`` answers the same
question for many focus nodes from one pass over a predicate, so that judging a shape costs a few
dictionary look-ups a node; a predicate asked for only a few nodes is never read whole.
"""

import sys
from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping
from typing import Protocol, TypeVar

from engine.columns import Columns
from engine.errors import QueryError
from engine.rdf import Literal, NamedNode, Node, Term, Triple
from engine.shacl.paths import Alternative, Inverse, Path, Predicate, Repeated, Sequence
from engine.shacl.shapesgraph import Statement, statement
from engine.store.port import QueryResult, Solutions
from engine.vocab import RDF_TYPE, RDFS

Row = Mapping[str, Term]
# A predicate is indexed whole after so many look-ups, more in a large graph: reading one of its
# values costs about as much as reading this many triples of it takes in an index.
_FEW, _TRIPLES_PER_LOOKUP = 32, 500
_COUNT = "SELECT (COUNT(*) AS ?n) {{ {{ SELECT ?s {{ ?s {predicate} ?o }} LIMIT {limit} }} }}"
_TYPED = "SELECT ?s {{ ?s <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> {kind} }}"
K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Data(Protocol):
    """A graph that can be matched and queried."""

    def match(
        self, subject: Node | None, predicate: NamedNode | None, obj: Term | None, /
    ) -> Iterator[Triple]:
        """The triples that fit; None fits everything."""

    def run(self, text: str, bindings: Mapping[str, Term], /) -> QueryResult:
        """The result of a query that brings each of ``bindings`` into every scope itself."""

    @property
    def size(self) -> int:
        """About how many triples there are."""

    @property
    def unfolded(self) -> Collection[Triple]:
        """The triples whose literal queries see in another form than ``match`` gives it."""

    @property
    def columns(self) -> Columns | None:
        """The same triples as columns, where those are made already."""


class Lookup:
    """Values, paths, classes and queries over ``data``, which must not change meanwhile.

    ``same`` maps a term of a shape to the form in which ``data`` holds it. Without ``whole`` no
    predicate is ever read whole: for a few nodes of a large graph.
    """

    def __init__(
        self, data: Data, same: Callable[[Term], Term] = lambda term: term, *, whole: bool = True
    ) -> None:
        self.data = data
        self.same = same
        self.whole = whole
        self.columns = data.columns if whole else None
        self._objects: dict[NamedNode, dict[Node, tuple[Term, ...]]] = {}
        self._subjects: dict[NamedNode, dict[Term, tuple[Term, ...]]] = {}
        self._asked: dict[tuple[NamedNode, bool], int] = {}
        self._few = max(_FEW, data.size // _TRIPLES_PER_LOOKUP) if whole else sys.maxsize
        self._counts: dict[NamedNode, tuple[int, int]] = {}
        self._above: dict[Term, frozenset[Term]] = {}
        self._instances: dict[Term, tuple[Term, ...]] = {}
        self._paths: dict[tuple[Path, Term], tuple[Term, ...]] = {}
        # Kept for the checks: texts judged by a pattern, and rows of queries run set-wise.
        self.by_focus: dict[int, dict[Term, list[Row]]] = {}
        self.asked: Counter[int] = Counter()
        self.regex: dict[tuple[Hashable, str], bool] = {}

    def objects(self, subject: Term, predicate: NamedNode) -> tuple[Term, ...]:
        """The values of ``predicate`` at ``subject``; none for a literal."""
        if isinstance(subject, Literal):
            return ()
        index = self._objects.get(predicate)
        if index is None:
            if self._rarely(predicate, inverse=False):
                if self.columns is not None:
                    return self.columns.values(subject, predicate)
                return tuple(t.object for t in self._match(subject, predicate, None))
            index = self._objects[predicate] = _grouped(
                (t.subject, t.object) for t in self._match(None, predicate, None)
            )
        return index.get(subject, ())

    def subjects(self, predicate: NamedNode, value: Term) -> tuple[Term, ...]:
        """The nodes whose ``predicate`` has ``value``."""
        index = self._subjects.get(predicate)
        if index is None:
            if self._rarely(predicate, inverse=True):
                if self.columns is not None:
                    return self.columns.subjects(predicate, value)
                return tuple(t.subject for t in self._match(None, predicate, value))
            index = self._subjects[predicate] = _grouped(
                (t.object, t.subject) for t in self._match(None, predicate, None)
            )
        return index.get(value, ())

    def at_most(self, predicate: NamedNode, bound: int) -> bool:
        """Whether no more than ``bound`` triples have ``predicate``; counts no further."""
        counted, limit = self._counts.get(predicate, (0, 0))
        if counted == limit <= bound:
            text = _COUNT.format(predicate=predicate, limit=bound + 1)
            counted = int(next(self.select(text, {}))["n"].value)
            self._counts[predicate] = (counted, bound + 1)
        return counted <= bound

    def starts(self, predicate: NamedNode) -> Iterator[Term]:
        """The subjects of ``predicate``, once for each value."""
        return (t.subject for t in self.data.match(None, predicate, None))  # type: ignore[misc]

    def _rarely(self, predicate: NamedNode, *, inverse: bool) -> bool:
        asked = self._asked.get((predicate, inverse), 0) + 1
        self._asked[predicate, inverse] = asked
        return asked <= self._few

    def values(self, path: Path, node: Term) -> tuple[Term, ...]:
        """The value nodes of ``path`` at ``node``: a set, in a stable order."""
        if isinstance(path, Predicate):
            return self.objects(node, path.iri)
        known = self._paths.get((path, node))
        if known is None:
            known = self._paths[path, node] = tuple(dict.fromkeys(self._walk(path, node)))
        return known

    def _walk(self, path: Path, node: Term) -> Iterable[Term]:
        match path:
            case Predicate(iri):
                return self.objects(node, iri)
            case Inverse(inner):
                return self._back(inner, node)
            case Sequence(steps):
                reached: Iterable[Term] = (node,)
                for step in steps:
                    onward = (v for start in reached for v in self.values(step, start))
                    reached = dict.fromkeys(onward)
                return reached
            case Alternative(options):
                return [v for option in options for v in self.values(option, node)]
            case Repeated(inner, mark):
                return self._repeat(node, mark, lambda start: self.values(inner, start))

    def _back(self, path: Path, node: Term) -> Iterable[Term]:
        match path:
            case Predicate(iri):
                return self.subjects(iri, node)
            case Inverse(inner):
                return self.values(inner, node)
            case Sequence(steps):
                return self.values(Sequence(tuple(Inverse(s) for s in reversed(steps))), node)
            case Alternative(options):
                return self.values(Alternative(tuple(Inverse(o) for o in options)), node)
            case Repeated(inner, mark):
                return self._repeat(node, mark, lambda start: self.values(Inverse(inner), start))

    @staticmethod
    def _repeat(node: Term, mark: str, step: Callable[[Term], tuple[Term, ...]]) -> Iterable[Term]:
        found: dict[Term, None] = {} if mark == "+" else {node: None}
        frontier: tuple[Term, ...] = step(node)
        while frontier:
            new = tuple(value for value in frontier if value not in found)
            found.update(dict.fromkeys(new))
            frontier = () if mark == "?" else tuple(v for value in new for v in step(value))
        return found

    def superclasses(self, cls: Term) -> frozenset[Term]:
        """``cls`` and all above it by rdfs:subClassOf."""
        known = self._above.get(cls)
        if known is None:
            above = Repeated(Predicate(RDFS.subClassOf), "*")
            known = self._above[cls] = frozenset(self.values(above, cls))
        return known

    def is_a(self, node: Term, cls: Term) -> bool:
        """Whether ``node`` is a SHACL instance of ``cls`` in this graph."""
        return any(cls in self.superclasses(kind) for kind in self.objects(node, RDF_TYPE))

    def instances(self, cls: Term) -> tuple[Term, ...]:
        """The SHACL instances of ``cls`` in this graph."""
        known = self._instances.get(cls)
        if known is None:
            found: dict[Term, None] = {}
            for kind in self.subclasses(cls):
                found.update(dict.fromkeys(self._typed(kind)))
            known = self._instances[cls] = tuple(found)
        return known

    def _typed(self, kind: Term) -> Iterable[Term]:
        """The nodes that have the type ``kind`` itself."""
        if not self.whole or not isinstance(kind, NamedNode):
            return (t.subject for t in self._match(None, RDF_TYPE, kind))
        # Rows cost a third of what triples do, and there may be as many as nodes.
        found = self.data.run(_TYPED.format(kind=kind), {})
        assert isinstance(found, Solutions)
        return (row[0] for row in found.rows if row[0] is not None)

    def subclasses(self, cls: Term) -> tuple[Term, ...]:
        """``cls`` and all below it by rdfs:subClassOf."""
        return self.values(Repeated(Inverse(Predicate(RDFS.subClassOf)), "*"), cls)

    def using(self, predicate: NamedNode) -> Iterator[Statement]:
        """All triples with ``predicate``."""
        return self._match(None, predicate, None)

    def has(self, subject: Node, predicate: NamedNode, value: Term) -> bool:
        """Whether there is this triple."""
        return next(self.data.match(subject, predicate, value), None) is not None

    def about(self, node: Term) -> Iterator[Statement]:
        """All triples whose subject is ``node``."""
        return iter(()) if isinstance(node, Literal) else self._match(node, None, None)

    def _match(self, s: Node | None, p: NamedNode | None, o: Term | None) -> Iterator[Statement]:
        return map(statement, self.data.match(s, p, o))

    def select(self, text: str, bindings: Mapping[str, Term]) -> Iterator[Row]:
        """The solutions of a SELECT, without unbound names. Raises what the store raises."""
        result = self.data.run(text, bindings)
        if not isinstance(result, Solutions):
            raise QueryError("the query is no SELECT", remedy="Start it with SELECT.")
        names = result.variables
        for row in result.rows:
            if None in row:
                yield {n: term for n, term in zip(names, row, strict=True) if term is not None}
            else:
                yield dict(zip(names, row, strict=True))  # type: ignore[arg-type]


def _grouped(pairs: Iterable[tuple[K, V]]) -> dict[K, tuple[V, ...]]:
    found: dict[K, dict[V, None]] = {}
    for key, value in pairs:
        found.setdefault(key, {})[value] = None
    return {key: tuple(values) for key, values in found.items()}
