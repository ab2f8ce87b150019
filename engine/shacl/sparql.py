"""Runs SHACL-SPARQL constraints with their variables pre-bound.

A query is run once a focus node; one that ``plans.focus_is_free`` allows is run once over all
nodes as soon as that is cheaper. Solutions become results as SHACL 1.0 sections 5.3 and
6.2 say.
"""

from collections.abc import Iterable, Iterator, Mapping

from engine.canonical import canonical
from engine.errors import NotValidatedError
from engine.rdf import Literal, NamedNode, Node, Term
from engine.shacl.checks import Hit, Values
from engine.shacl.data import Lookup, Row
from engine.shacl.literals import is_true
from engine.shacl.model import AskConstraint, Shape, SparqlConstraint
from engine.shacl.prebinding import CURRENT_SHAPE, SHAPES_GRAPH_NAME, THIS, VALUE
from engine.vocab import SHAPES_GRAPH

# A query over all nodes costs about as much as one over this many triples takes per focus node.
_FEW, _TRIPLES_PER_FOCUS = 3, 20_000


def _prebound(
    constraint: SparqlConstraint | AskConstraint, shape: Node, focus: Term | None
) -> dict[str, Term]:
    known: dict[str, Term] = {
        **({THIS: focus} if focus is not None else {}),
        CURRENT_SHAPE: shape,
        SHAPES_GRAPH_NAME: SHAPES_GRAPH,
        **constraint.parameters,
    }
    wanted = constraint.bound | set(constraint.parameters)
    return {name: term for name, term in known.items() if name in wanted}


def rows_by_focus(
    constraint: SparqlConstraint, shape: Node, lookup: Lookup
) -> Mapping[Term, list[Row]]:
    """The rows of a set-wise ``constraint`` of ``shape`` by focus node, asked for once a run."""
    known = lookup.by_focus.get(id(constraint))
    if known is None:
        found: dict[Term, list[Row]] = {}
        given = _prebound(constraint, shape, None)
        for row in lookup.select(constraint.text, given):
            found.setdefault(row[THIS], []).append(row)
        # Kept when it is whole: a query that failed must fail again, not look as if it found none.
        known = lookup.by_focus[id(constraint)] = found
    return known


def _rows(constraint: SparqlConstraint, shape: Node, lookup: Lookup, focus: Term) -> Iterable[Row]:
    # The store may fold a literal into another term, so that its rows could not be found again.
    if not constraint.setwise or isinstance(focus, Literal):
        return lookup.select(constraint.text, _prebound(constraint, shape, focus))
    if id(constraint) not in lookup.by_focus:
        lookup.asked[id(constraint)] += 1
        few = min(_FEW, lookup.data.size // _TRIPLES_PER_FOCUS)
        if not lookup.whole or lookup.asked[id(constraint)] <= few:
            return lookup.select(constraint.text, _prebound(constraint, shape, focus))
    return rows_by_focus(constraint, shape, lookup).get(focus, ())


def check_select(
    constraint: SparqlConstraint, shape: Shape, lookup: Lookup, focus: Term
) -> Iterator[Hit]:
    """One hit for each solution of the query at ``focus``."""
    rows = _rows(constraint, shape.node, lookup, focus)
    if not rows:
        return
    # A row of a query over all nodes has its focus node in it, and mostly nothing else is bound.
    complete = isinstance(rows, list) and not constraint.parameters and constraint.bound <= {THIS}
    given = {} if complete else _prebound(constraint, shape.node, focus)
    default = focus if shape.path is None else None
    for row in rows:
        if "failure" in row and is_true(canonical(row["failure"])):
            raise NotValidatedError(
                "the query reported a failure (?failure is true)",
                remedy="See the query of the constraint for the case that it refuses.",
            )
        path, message = row.get("path"), row.get("message")
        yield Hit(
            component=constraint.component,
            value=row.get("value", default),
            text="",
            path=path if isinstance(path, NamedNode) else None,
            node=constraint.node,
            bindings=row if complete else {**given, **row, THIS: focus},
            messages=(message,) if isinstance(message, Literal) else constraint.messages,
        )


def check_ask(
    constraint: AskConstraint, shape: Shape, lookup: Lookup, focus: Term, values: Values
) -> Iterator[Hit]:
    """One hit for each value node for which the ASK does not hold."""
    given = _prebound(constraint, shape.node, focus)
    for value in values:
        bound = {**given, VALUE: value} if VALUE in constraint.bound else given
        if next(lookup.select(constraint.text, bound), None) is None:
            yield Hit(
                component=constraint.component,
                value=value,
                text="",
                bindings={**bound, THIS: focus, VALUE: value},
                messages=constraint.messages,
            )
