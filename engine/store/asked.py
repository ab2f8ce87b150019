"""Answers of a query whose rows come from a SPARQL endpoint, all of them or none."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from engine.rdf import NamedNode, Term, Triple
from engine.store._carried import received_row
from engine.store._paging import Ask, all_rows, counted
from engine.store.endpoint import Row
from engine.store.oxigraph import OxigraphStore
from engine.store.port import Answer, QueryResult, Solutions, Statements

# Rows that a template is filled in with at once.
_LOCAL = 1_000


class Form(StrEnum):
    """What a query asks for."""

    SELECT = "SELECT"
    ASK = "ASK"
    CONSTRUCT = "CONSTRUCT"
    DESCRIBE = "DESCRIBE"


@dataclass(frozen=True, slots=True)
class Plan:
    """A query as a SELECT of what it needs: ``prologue`` and ``body``.

    ``outcome``: the template of a CONSTRUCT with its ``variables``, or the resources that a
    DESCRIBE names, as text.
    """

    form: Form
    prologue: str
    body: str
    outcome: str = ""
    variables: tuple[str, ...] = ()


# Makes the plan of a query, its variables bound to values; the SPARQL layer has one.
Planner = Callable[[str, Mapping[str, Term]], Plan]


def answer(plan: Plan, shape: QueryResult, ask: Ask, where: str) -> QueryResult:
    """What ``plan`` comes to. ``shape``: the query's result over nothing; ``where``: of the store.

    Raises UnreachableError.
    """
    if plan.form is Form.ASK:
        return Answer(counted(ask, plan.prologue, plan.body) > 0)
    rows: list[Row] = []
    if plan.body:
        found = all_rows(ask, plan.prologue, plan.body, distinct=False, where=where)
        rows = [received_row(row) for row in found]
    if isinstance(shape, Solutions):
        names = shape.variables
        return Solutions(names, iter([tuple(row.get(n) for n in names) for row in rows]))
    if plan.form is Form.CONSTRUCT:
        return Statements(iter(_constructed(plan, rows)))
    return Statements(iter(_described(plan, rows, ask, where)))


def _constructed(plan: Plan, rows: Sequence[Row]) -> list[Triple]:
    """The template filled in here, so that blank nodes and literals are as everywhere."""
    found: dict[Triple, None] = {}
    names = plan.variables
    variables = " ".join(f"?{name}" for name in names)
    for start in range(0, len(rows), _LOCAL):
        lines = (
            f"({' '.join(str(row[n]) if n in row else 'UNDEF' for n in names)})"
            for row in rows[start : start + _LOCAL]
        )
        data = f"VALUES ({variables}) {{ {' '.join(lines)} }}"
        made = _here(f"{plan.prologue}CONSTRUCT {plan.outcome} WHERE {{ {data} }}")
        assert isinstance(made, Statements)
        found.update(dict.fromkeys(made.triples))
    return list(found)


def _described(plan: Plan, rows: Sequence[Row], ask: Ask, where: str) -> list[Triple]:
    """The triples of which a described node is the subject; there are no blank nodes."""
    nodes = {term for row in rows for term in row.values() if isinstance(term, NamedNode)}
    if plan.outcome:
        named = _here(f"{plan.prologue}SELECT ?node {{ VALUES ?node {{ {plan.outcome} }} }}")
        assert isinstance(named, Solutions)
        nodes |= {term for (term,) in named.rows if isinstance(term, NamedNode)}
    found: list[Triple] = []
    for node in sorted(nodes, key=str):
        body = f"SELECT DISTINCT ?p ?o {{ {node} ?p ?o }}"
        for row in map(received_row, all_rows(ask, "", body, distinct=True, where=where)):
            predicate = row["p"]
            assert isinstance(predicate, NamedNode)
            found.append(Triple(node, predicate, row["o"]))
    return found


def _here(text: str) -> QueryResult:
    return OxigraphStore.in_memory().query(text)
