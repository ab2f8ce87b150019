"""Validates focus nodes against shapes: every component of SHACL Core, and SHACL-SPARQL.

Shapes are judged one focus node at a time over set-wise indexes (``data.Lookup``); whether a node
conforms to a shape is worked out once a run.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from engine.errors import AimsError
from engine.rdf import Literal, Node, Term
from engine.shacl.checks import Hit, Values, check
from engine.shacl.data import Lookup
from engine.shacl.model import (
    AskConstraint,
    Constraint,
    LogicConstraint,
    PropertyConstraint,
    QualifiedConstraint,
    Shape,
    SparqlConstraint,
)
from engine.shacl.offenders import suspects
from engine.shacl.paths import predicate_text
from engine.shacl.results import Finding, RuleRun, filled, preferred, shown
from engine.shacl.shapes import Shapes
from engine.shacl.sparql import check_ask, check_select
from engine.shacl.targets import Population, population
from engine.vocab import SH

# From so many focus nodes on, the store is asked first which of them can have a result.
_MANY = 200
_NOT, _OR = SH.NotConstraintComponent, SH.OrConstraintComponent
_XONE = SH.XoneConstraintComponent
_QUALIFIED_MIN = SH.QualifiedMinCountConstraintComponent
_LOGIC_WORDS = {
    _NOT: "conforms to a shape that it must not conform to",
    SH.AndConstraintComponent: "does not conform to all of the shapes",
    _OR: "conforms to none of the shapes",
    _XONE: "does not conform to exactly one of the shapes",
    SH.NodeConstraintComponent: "does not conform to the shape",
}


class Evaluation:
    """One validation run of ``shapes`` over ``lookup``; remembers who conforms to what."""

    def __init__(self, shapes: Shapes, lookup: Lookup) -> None:
        self._shapes = shapes
        self._lookup = lookup
        self._conforming: dict[tuple[Node, Term], bool] = {}

    def run(self, rule: Node) -> RuleRun:
        """The run of the shape ``rule`` on its targets; a failure is *not validated*."""
        shape = self._shapes[rule]
        if shape.deactivated:
            reason = "the shape is deactivated"
            return RuleRun(rule, (), (), "not validated", reason, deactivated=True)
        focuses: Sequence[Term] = ()
        try:
            focuses = population(shape.targets, self._lookup)
            judged = self.suspected(rule, focuses)
            found = tuple(f for focus in judged for f in self._findings(rule, shape, focus))
        except AimsError as error:
            return RuleRun(rule, focuses, (), "not validated", str(error))
        finally:
            # Rows are as many as results; few shapes share a query.
            self._lookup.by_focus.clear()
        return RuleRun(rule, focuses, found)

    def suspected(self, rule: Node, focuses: Sequence[Term]) -> Iterable[Term]:
        """Those of ``focuses`` that may have a result, where asking is worth a query; by text."""
        if len(focuses) >= _MANY:
            suspected = suspects(self._shapes, rule, self._lookup, focuses)
            if isinstance(suspected, Population):
                focuses = suspected
            elif suspected is not None:
                focuses = tuple(focus for focus in focuses if focus in suspected)
        return sorted(focuses, key=str)

    def judge(
        self, rule: Node, focus: Term, constraints: Collection[int] | None = None
    ) -> dict[int, tuple[Finding, ...]]:
        """The results of ``focus`` by the place of the constraint in the shape ``rule``.

        ``constraints``: only those at these places. Constraints without a result are left out.
        Raises AimsError where one cannot be evaluated.
        """
        shape = self._shapes[rule]
        values = self._values(shape, focus)
        found: dict[int, tuple[Finding, ...]] = {}
        for place, constraint in enumerate(shape.constraints):
            if constraints is None or place in constraints:
                results = tuple(self._of_constraint(rule, shape, constraint, focus, values))
                if results:
                    found[place] = results
        return found

    def _findings(self, rule: Node, shape: Shape, focus: Term) -> Iterator[Finding]:
        """The results of ``focus``, those of nested property shapes included."""
        if not shape.deactivated:
            values = self._values(shape, focus)
            for constraint in shape.constraints:
                yield from self._of_constraint(rule, shape, constraint, focus, values)

    def _of_constraint(
        self, rule: Node, shape: Shape, constraint: Constraint, focus: Term, values: Values
    ) -> Iterator[Finding]:
        if isinstance(constraint, PropertyConstraint):
            nested = self._shapes[constraint.shape]
            for value in values:
                yield from self._findings(rule, nested, value)
        else:
            for hit in self._hits(constraint, shape, focus, values):
                yield _finding(rule, shape, focus, hit)

    def conforms(self, node: Node, focus: Term) -> bool:
        """Whether ``focus`` conforms to the shape ``node``."""
        known = self._conforming.get((node, focus))
        if known is None:
            known = next(self._findings(node, self._shapes[node], focus), None) is None
            self._conforming[node, focus] = known
        return known

    def _values(self, shape: Shape, focus: Term) -> Values:
        return (focus,) if shape.path is None else self._lookup.values(shape.path, focus)

    def _hits(
        self, constraint: Constraint, shape: Shape, focus: Term, values: Values
    ) -> Iterator[Hit]:
        match constraint:
            case LogicConstraint():
                return self._logic(constraint, values)
            case QualifiedConstraint():
                return self._qualified(constraint, values)
            case SparqlConstraint():
                return check_select(constraint, shape, self._lookup, focus)
            case AskConstraint():
                return check_ask(constraint, shape, self._lookup, focus, values)
        return check(constraint, self._lookup, focus, values)

    def _logic(self, constraint: LogicConstraint, values: Values) -> Iterator[Hit]:
        for value in values:
            if not self._holds(constraint, value):
                yield Hit(constraint.component, value, _LOGIC_WORDS[constraint.component])

    def _holds(self, constraint: LogicConstraint, value: Term) -> bool:
        held = (self.conforms(shape, value) for shape in constraint.shapes)
        component = constraint.component
        if component == _NOT:
            return not all(held)
        if component == _OR:
            return any(held)
        return sum(held) == 1 if component == _XONE else all(held)

    def _qualified(self, constraint: QualifiedConstraint, values: Values) -> Iterator[Hit]:
        count = sum(
            self.conforms(constraint.shape, value)
            and not any(self.conforms(sibling, value) for sibling in constraint.siblings)
            for value in values
        )
        minimum = constraint.component == _QUALIFIED_MIN
        if count < constraint.bound if minimum else count > constraint.bound:
            words = "at least" if minimum else "at most"
            text = f"{count} values conform to the shape, not {words} {constraint.bound}"
            yield Hit(constraint.component, None, text)


def _finding(rule: Node, shape: Shape, focus: Term, hit: Hit) -> Finding:
    bindings: dict[str, Term] = {"this": focus, **hit.bindings}
    if hit.value is not None:
        bindings.setdefault("value", hit.value)
    messages = hit.messages or shape.messages
    if hit.bindings:
        # Templates are SHACL-SPARQL's; the W3C report copies the messages of Core as they stand.
        messages = tuple([_told(message, bindings) for message in messages])
    path = predicate_text(hit.path) if hit.path else shape.path_text
    text = preferred(messages)
    if not hit.bindings:
        text = filled(text, bindings)
    text = text or _default_message(focus, path, hit)
    return Finding(
        rule=rule,
        focus=focus,
        path=path,
        value=hit.value,
        shape=shape.node,
        constraint=hit.node,
        component=hit.component,
        severity=shape.severity,
        message=text,
        messages=messages or (Literal(text, language="en"),),
    )


def _told(message: Literal, bindings: Mapping[str, Term]) -> Literal:
    return Literal(filled(message.value, bindings), language=message.language)


def _default_message(focus: Term, path: str | None, hit: Hit) -> str:
    what = hit.text or f"violates {shown(hit.component)}"
    value = "" if hit.value is None or hit.value == focus else f"{shown(hit.value)} "
    return f"{shown(focus)}{f', {path}' if path else ''}: {value}{what}"
