"""From results of pyoxigraph to ours."""

from collections.abc import Iterator
from typing import cast

from pyoxigraph import QueryBoolean, QuerySolutions, QueryTriples

from engine.rdf import Term, Triple
from engine.store._errors import storage_errors
from engine.store._names import Spelled
from engine.store.port import Answer, QueryResult, Solutions, Statements

Result = QuerySolutions | QueryBoolean | QueryTriples


def taken_out(result: Result) -> QueryResult:
    """All of ``result``, at once: it may not leave the thread that made it."""
    if isinstance(result, QuerySolutions):
        rows = iter([tuple(row) for row in result])
        return Solutions(tuple(v.value for v in result.variables), rows)
    if isinstance(result, QueryBoolean):
        return Answer(bool(result))
    return Statements(iter(list(result)))


def as_it_comes(result: Result, query: Spelled) -> QueryResult:
    """``result`` row by row, for the thread that made it."""
    if isinstance(result, QuerySolutions):
        return Solutions(tuple(v.value for v in result.variables), _rows(result, query))
    if isinstance(result, QueryBoolean):
        return Answer(bool(result))
    return Statements(_triples(result, query))


def _rows(result: QuerySolutions, query: Spelled) -> Iterator[tuple[Term | None, ...]]:
    with storage_errors(None, query):
        for row in result:
            yield cast(tuple[Term | None, ...], tuple(row))


def _triples(result: QueryTriples, query: Spelled) -> Iterator[Triple]:
    with storage_errors(None, query):
        yield from result
