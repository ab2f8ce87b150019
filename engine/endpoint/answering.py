"""What jobs that read do: run a query or read a graph, and write the answer within its bounds."""

from collections.abc import Iterator
from typing import BinaryIO, TypeVar

from engine.endpoint.confined import size_of
from engine.endpoint.jobs import Bounds, GraphJob, NamesJob, Outcome, QueryJob, nodes
from engine.errors import NotFoundError
from engine.rdf import NamedNode
from engine.snapshot import Reader
from engine.sparql.clauses import from_clauses
from engine.sparql.results import write
from engine.store.port import Answer, Dataset, QueryResult, Solutions, Statements
from engine.vocab import ASSESSMENT_GRAPH

T = TypeVar("T")


class _Counted:
    """Rows up to the bounds of an answer; tells afterwards whether there were more."""

    def __init__(self, bounds: Bounds, out: BinaryIO) -> None:
        self.bounds, self.out = bounds, out
        self.rows = 0
        self.told = ""

    def of(self, rows: Iterator[T]) -> Iterator[T]:
        """``rows`` as far as they go."""
        for row in rows:
            if self.rows >= self.bounds.rows:
                self.told = f"cut after {self.rows} rows, the most that an answer may have"
                return
            if self.out.tell() >= self.bounds.bytes:
                self.told = f"cut after {self.rows} rows at {self.bounds.bytes} bytes"
                return
            self.rows += 1
            yield row

    def cut(self) -> str:
        """Why there are not all rows, empty where there are."""
        return self.told

    def within(self, result: QueryResult) -> QueryResult:
        """``result`` with its rows or triples counted."""
        if isinstance(result, Solutions):
            return Solutions(result.variables, self.of(result.rows))
        if isinstance(result, Statements):
            return Statements(self.of(result.triples))
        return Answer(result.value)


def _written(result: QueryResult, media_type: str, bounds: Bounds, out: BinaryIO) -> Outcome:
    counted = _Counted(bounds, out)
    write(counted.within(result), media_type, out, counted.cut)
    return Outcome(size_of(out), counted.rows, counted.cut())


def query(reader: Reader, job: QueryJob, out: BinaryIO) -> Outcome:
    """Run a query. Raises QueryError, InputError for a result that the format cannot hold."""
    result = reader.answer(job.text, _dataset(job))
    return _written(result, job.media_type, job.bounds, out)


def _dataset(job: QueryJob) -> Dataset | None:
    if job.default is not None or job.named is not None:
        return Dataset(frozenset(nodes(job.default)), frozenset(nodes(job.named)))
    default, named = from_clauses(job.text)
    # One graph, or none, the store reads as the query says; several it would not merge.
    return Dataset(frozenset(default), frozenset(named)) if len(default) > 1 else None


def graph(reader: Reader, job: GraphJob, out: BinaryIO) -> Outcome:
    """Write a graph. Raises NotFoundError for one that is not there, or not for this view."""
    if job.graph is None:
        return _written(Statements(reader.match()), job.media_type, job.bounds, out)
    name = NamedNode(job.graph)
    if name not in reader.graphs():
        raise NotFoundError(
            f"there is no graph <{job.graph[:300]}>",
            remedy="GET /sparql without a query lists the graphs.",
        )
    triples = (quad.triple for quad in reader.quads(name))
    return _written(Statements(triples), job.media_type, job.bounds, out)


def names(reader: Reader, job: NamesJob, out: BinaryIO) -> Outcome:
    """Write the names of the graphs, one a line."""
    # The assessment is made when a query can reach it.
    found = sorted({*reader.graphs(), ASSESSMENT_GRAPH}, key=lambda graph: graph.value)
    for name in found:
        out.write(f"{name.value}\n".encode())
    return Outcome(size_of(out), len(found))
