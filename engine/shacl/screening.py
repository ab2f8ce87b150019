"""Which focus nodes can have a result, told by columns: every component, over all nodes at once.

The verdicts are those of ``checks``, asked once a distinct term; counts, classes, pairs of values
and paths are operations on arrays. As in ``offenders``, who may have a result may be told too many
of, never too few; but here most answers are exact, and so negations and counts of conforming values
can be told as well.
"""

from dataclasses import dataclass

import numpy as np

from engine.columns import Columns, distinct
from engine.errors import AimsError
from engine.rdf import Literal, NamedNode, Node, Term
from engine.shacl.data import Lookup
from engine.shacl.literals import compare
from engine.shacl.model import (
    ClosedConstraint,
    Constraint,
    CountConstraint,
    HasValueConstraint,
    LogicConstraint,
    PairConstraint,
    PropertyConstraint,
    QualifiedConstraint,
    Shape,
    SparqlConstraint,
    UniqueLangConstraint,
)
from engine.shacl.paths import Predicate
from engine.shacl.shapes import Shapes
from engine.shacl.sparql import rows_by_focus
from engine.shacl.steps import Mask, Numbers, Places, Untold, Values, keys, spread, walk
from engine.shacl.targets import Population
from engine.shacl.verdicts import Orders, Verdicts, language
from engine.vocab import SH

# So few pairs of values are compared one by one.
_FEW = 1_000


@dataclass(frozen=True, slots=True)
class _Told:
    """By place of a node: it may offend; ``exact``: and then it does."""

    may: Mask
    exact: bool = True


def screened(
    shapes: Shapes, rule: Node, lookup: Lookup, columns: Columns, focuses: Population
) -> Population | None:
    """Those of ``focuses`` that may have a result of ``rule``; None where each may.

    Raises Untold.
    """
    try:
        told = _Screening(shapes, lookup, columns).shape(
            shapes[rule], focuses.numbers, outermost=True
        )
    except AimsError:
        # A query that fails fails again where each node is judged, and is reported there.
        return None
    # Nodes that the graph does not have have no row, and may lack something all the same.
    return Population(columns.terms, focuses.numbers[told.may], focuses.others)


class _Screening:
    def __init__(self, shapes: Shapes, lookup: Lookup, columns: Columns) -> None:
        self._shapes = shapes
        self._lookup = lookup
        self._columns = columns
        self._verdicts = Verdicts(columns, lookup)

    def shape(self, shape: Shape, nodes: Numbers, *, outermost: bool = False) -> _Told:
        may, exact = np.zeros(len(nodes), np.bool_), True
        if shape.deactivated or not len(nodes):
            return _Told(may)
        reached = (
            Values(np.arange(len(nodes)), nodes)
            if shape.path is None
            else walk(self._columns, shape.path, nodes)
        )
        for constraint in shape.constraints:
            if outermost and isinstance(constraint, SparqlConstraint) and constraint.setwise:
                may |= self._asked(constraint, shape, nodes)
                continue
            failing = self._verdicts.failing(constraint, reached.values)
            if failing is not None:
                may[reached.at[failing]] = True
                continue
            told = self._told(constraint, shape, nodes, reached)
            may |= told.may
            exact &= told.exact
        return _Told(may, exact)

    def _asked(self, constraint: SparqlConstraint, shape: Shape, nodes: Numbers) -> Mask:
        found = rows_by_focus(constraint, shape.node, self._lookup)
        # A query run over all nodes is not looked up by literals, which it may have folded.
        literals: Mask = self._columns.terms.kinds[nodes] == ord('"')
        return np.isin(nodes, self._verdicts.numbers(found)) | literals

    def _told(self, constraint: Constraint, shape: Shape, nodes: Numbers, reached: Values) -> _Told:
        match constraint:
            case PropertyConstraint(nested):
                return self._any(self._of_values(nested, reached), nodes, reached)
            case LogicConstraint():
                return self._any(self._logic(constraint, reached), nodes, reached)
            case QualifiedConstraint():
                return self._qualified(constraint, nodes, reached)
            case CountConstraint(component, bound):
                counts = np.bincount(reached.at, minlength=len(nodes))
                least = component == SH.MinCountConstraintComponent
                return _Told(counts < bound if least else counts > bound)
            case HasValueConstraint(wanted):
                number = self._columns.terms.number(self._lookup.same(wanted))
                lacking = np.ones(len(nodes), np.bool_)
                if number is not None:
                    lacking[reached.at[reached.values == number]] = False
                return _Told(lacking)
            case PairConstraint(component, predicate):
                others = walk(self._columns, Predicate(predicate), nodes)
                return _marked(self._pairs(component, reached, others), nodes)
            case UniqueLangConstraint():
                return _marked(self._repeated_language(reached), nodes)
            case ClosedConstraint(allowed):
                return self._closed(allowed, nodes, reached)
        raise Untold  # A constraint is not told by columns.

    def _any(self, told: _Told, nodes: Numbers, reached: Values) -> _Told:
        """From verdicts on values to those on nodes: any value that may offend."""
        return _Told(_marked(reached.at[told.may], nodes).may, told.exact)

    def _of_values(self, node: Node, reached: Values) -> _Told:
        """The verdicts of a shape on each of the values ``reached``."""
        values = distinct(reached.values)
        place = np.searchsorted(values, reached.values)
        told = self.shape(self._shapes[node], values)
        return _Told(told.may[place], told.exact)

    def _logic(self, constraint: LogicConstraint, reached: Values) -> _Told:
        told = [self._of_values(node, reached) for node in constraint.shapes]
        exact = all(one.exact for one in told)
        failed = np.zeros(len(reached.values), np.intp)
        for one in told:
            failed += one.may
        if constraint.component in (SH.NodeConstraintComponent, SH.AndConstraintComponent):
            return _Told(failed > 0, exact)
        if constraint.component == SH.OrConstraintComponent:
            return _Told(failed == len(told), exact)
        if not exact:
            raise Untold  # Who conforms to a shape is not told by who may not.
        if constraint.component == SH.NotConstraintComponent:
            return _Told(failed == 0)
        return _Told(failed != len(told) - 1)

    def _qualified(self, constraint: QualifiedConstraint, nodes: Numbers, reached: Values) -> _Told:
        told = self._of_values(constraint.shape, reached)
        counted, exact = ~told.may, told.exact
        for sibling in constraint.siblings:
            other = self._of_values(sibling, reached)
            counted &= other.may
            exact &= other.exact
        if not exact:
            raise Untold  # Who conforms to a shape is not told by who may not.
        counts = np.bincount(reached.at[counted], minlength=len(nodes))
        least = constraint.component == SH.QualifiedMinCountConstraintComponent
        return _Told(counts < constraint.bound if least else counts > constraint.bound)

    def _pairs(self, component: NamedNode, reached: Values, others: Values) -> Places:
        if component == SH.DisjointConstraintComponent:
            return reached.at[np.isin(reached.keys, others.keys)]
        if component == SH.EqualsConstraintComponent:
            missing = reached.at[~np.isin(reached.keys, others.keys)]
            return np.concatenate([missing, others.at[~np.isin(others.keys, reached.keys)]])
        return self._disordered(component, reached, others)

    def _disordered(self, component: NamedNode, reached: Values, others: Values) -> Places:
        low = np.searchsorted(others.at, reached.at, "left")
        counts = np.searchsorted(others.at, reached.at, "right") - low
        left, right = np.repeat(reached.values, counts), others.values[spread(low, counts)]
        both = keys(left.astype(np.intp), right)
        pairs = distinct(both)
        place = np.searchsorted(pairs, both)
        lefts, rights = (pairs >> 32).astype(np.int32), pairs.astype(np.int32)
        holds = np.zeros(len(pairs), np.bool_)
        if len(pairs) > _FEW:
            holds = self._surely_less(lefts, rights)
        equal = component == SH.LessThanOrEqualsConstraintComponent
        for index in np.flatnonzero(~holds).tolist():
            one, other = self._columns.terms[lefts[index]], self._columns.terms[rights[index]]
            order = _order(one, other)
            holds[index] = order is not None and (order < 0 or (equal and order == 0))
        return np.repeat(reached.at, counts)[~holds[place]]

    def _surely_less(self, lefts: Numbers, rights: Numbers) -> Mask:
        both = np.concatenate([lefts, rights])
        terms = distinct(both)
        place = np.searchsorted(terms, both)
        families, order = Orders(self._columns).of(terms)
        one, other = place[: len(lefts)], place[len(lefts) :]
        known = (families[one] == families[other]) & (families[one] >= 0)
        less: Mask = known & (order[one] < order[other])
        return less

    def _repeated_language(self, reached: Values) -> Places:
        values = distinct(reached.values)
        place = np.searchsorted(values, reached.values)
        tags: dict[str, int] = {"": 0}
        found = [
            tags.setdefault(language(self._columns.terms[value]), len(tags))
            for value in values.tolist()
        ]
        tagged = np.array(found, np.int32)[place]
        spoken = tagged > 0
        each, counts = np.unique(keys(reached.at[spoken], tagged[spoken]), return_counts=True)
        return (each[counts > 1] >> 32).astype(np.intp)

    def _closed(self, allowed: frozenset[NamedNode], nodes: Numbers, reached: Values) -> _Told:
        open_ = np.zeros(len(self._columns.terms), np.bool_)
        for predicate in self._columns.predicates:
            if predicate not in allowed:
                open_[self._columns.pairs(predicate).starts] = True
        return _marked(reached.at[open_[reached.values]], nodes)


def _order(one: Term, other: Term) -> int | None:
    if isinstance(one, Literal) and isinstance(other, Literal):
        return compare(one, other)
    return None


def _marked(places: Places, nodes: Numbers) -> _Told:
    found = np.zeros(len(nodes), np.bool_)
    found[places] = True
    return _Told(found)
