"""The store port: what the engine asks of any RDF store, and the values that cross it.

A store is a projection of the ledger: it can be thrown away, and knows the sequence it holds. Its
quads lie in named graphs (what one source asserts in one compartment); its default graph is their
RDF merge, each distinct triple once. ``tests/store`` runs one contract over all adapters.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from engine.rdf import NamedNode, Node, Quad, Term, Triple
from engine.vocab import ASSESSMENT_GRAPH, SHAPES_GRAPH

# Graphs that a query can name but that are never merged into the default graph.
NAMED_ONLY = frozenset({SHAPES_GRAPH, ASSESSMENT_GRAPH})


@dataclass(frozen=True, slots=True)
class Solutions:
    """Rows of a SELECT, each as long as ``variables``; None is unbound. Can be read once."""

    variables: tuple[str, ...]
    rows: Iterator[tuple[Term | None, ...]]


@dataclass(frozen=True, slots=True)
class Answer:
    """The result of an ASK."""

    value: bool


@dataclass(frozen=True, slots=True)
class Statements:
    """Triples of a CONSTRUCT or DESCRIBE. Can be read once."""

    triples: Iterator[Triple]


QueryResult = Solutions | Answer | Statements


@dataclass(frozen=True, slots=True)
class Dataset:
    """What a query may see: the graphs that make up its default graph, and those it may name.

    ``default`` None stands for the merge of everything in the store. Several graphs together as
    default graph may give a triple once for each graph that holds it.
    """

    default: frozenset[NamedNode] | None
    named: frozenset[NamedNode]


class Changes(Protocol):
    """Quads to remove and to add; a ``Patch`` of the ledger is one."""

    @property
    def adds(self) -> frozenset[Quad]:
        """Quads that are there afterwards."""
        ...

    @property
    def removes(self) -> frozenset[Quad]:
        """Quads that are gone afterwards."""
        ...


class Store(Protocol):
    """A projection of the ledger; see the module docstring for what every adapter promises."""

    def apply(self, patch: Changes, sequence: int) -> None:
        """Carry out entry ``sequence``; doing so again after a crash in the middle mends it.

        Raises StorageFullError, IntegrityError.
        """
        ...

    def load(self, quads: Iterable[Quad], sequence: int) -> None:
        """Add many quads at once and record ``sequence``. Raises like ``apply``."""
        ...

    def clear(self) -> None:
        """Forget everything, the applied sequence too; nothing of it stays on the disk."""
        ...

    def close(self) -> None:
        """Let go of files and memory; the store cannot be used afterwards."""
        ...

    def applied_sequence(self) -> int:
        """The last entry carried out whole, 0 for none."""
        ...

    def held(self, quads: Iterable[Quad]) -> frozenset[Quad]:
        """Those of ``quads`` that the named graphs hold."""
        ...

    def match(
        self,
        s: Node | None = None,
        p: NamedNode | None = None,
        o: Term | None = None,
        g: NamedNode | None = None,
    ) -> Iterator[Quad]:
        """Quads of the named graphs that fit; None fits everything."""
        ...

    def merged(
        self, s: Node | None = None, p: NamedNode | None = None, o: Term | None = None
    ) -> Iterator[Triple]:
        """Triples of the merged default graph that fit, each once; None fits everything."""
        ...

    def quads(self) -> Iterator[Quad]:
        """Every quad of the named graphs."""
        ...

    def graphs(self) -> tuple[NamedNode, ...]:
        """The named graphs that hold something, by IRI."""
        ...

    def query(
        self,
        text: str,
        *,
        substitutions: Mapping[str, Term] | None = None,
        dataset: Dataset | None = None,
    ) -> QueryResult:
        """The result of a SPARQL query that the guard has let pass; our prefixes are known.

        ``substitutions`` binds variables that ``text`` projects in every scope that uses them
        (``engine.sparql.binding`` sees to that); ``dataset`` narrows what is seen. Raises
        QueryError for text that does not parse.
        """
        ...

    def dump(self) -> bytes:
        """The named graphs as N-Quads, its lines sorted."""
        ...


@dataclass(frozen=True, slots=True)
class Adapter:
    """A kind of store. ``open`` takes the folder for its files; ``durable``: it has some.

    A module of this folder lists its own as ``backend``.
    """

    name: str
    open: Callable[[Path], Store]
    durable: bool
