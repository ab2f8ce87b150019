"""From results of pyoxigraph to ours."""

from pyoxigraph import QueryBoolean, QuerySolutions, QueryTriples

from engine.store.port import Answer, QueryResult, Solutions, Statements


def taken_out(result: QuerySolutions | QueryBoolean | QueryTriples) -> QueryResult:
    """All of ``result``, at once: it may not leave the thread that made it."""
    if isinstance(result, QuerySolutions):
        rows = iter([tuple(row) for row in result])
        return Solutions(tuple(v.value for v in result.variables), rows)
    if isinstance(result, QueryBoolean):
        return Answer(bool(result))
    return Statements(iter(list(result)))
