"""Which focus nodes can have a result at all: one SELECT per constraint, over the whole target.

The store runs through a target in a fraction of the time that judging each node takes, and a graph
that people keep has few offenders. So each constraint becomes graph patterns of which every
offender is a solution (and perhaps some others), and only their solutions are judged. What cannot
be said so makes every focus node a suspect. The rules per component follow SHACL 1.0, section 4:
a comparison that has no result does not hold, a term is itself and not its value.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from itertools import count, islice, product

from engine.canonical import canonical
from engine.errors import AimsError
from engine.rdf import BlankNode, Literal, NamedNode, Node, Term
from engine.shacl.data import Lookup
from engine.shacl.literals import can_be_malformed, well_formed
from engine.shacl.model import (
    ClassConstraint,
    ClosedConstraint,
    Constraint,
    CountConstraint,
    DatatypeConstraint,
    HasValueConstraint,
    InConstraint,
    LanguageInConstraint,
    LengthConstraint,
    LogicConstraint,
    NodeKindConstraint,
    PairConstraint,
    PatternConstraint,
    PropertyConstraint,
    QualifiedConstraint,
    RangeConstraint,
    Shape,
    SparqlConstraint,
    UniqueLangConstraint,
)
from engine.shacl.paths import Predicate, path_text
from engine.shacl.screening import screened
from engine.shacl.shapes import Shapes, referred
from engine.shacl.shapesgraph import statement
from engine.shacl.sparql import rows_by_focus
from engine.shacl.steps import Untold
from engine.shacl.targets import Population
from engine.vocab import RDF_TYPE, SH, XSD

_THIS = "?this"
# So many ways in which all members of an sh:or can fail together are asked for one by one.
_COMBINATIONS = 16
_KINDS = {
    SH.IRI: "isIRI({0})",
    SH.BlankNode: "isBlank({0})",
    SH.Literal: "isLiteral({0})",
    SH.BlankNodeOrIRI: "(isBlank({0}) || isIRI({0}))",
    SH.BlankNodeOrLiteral: "(isBlank({0}) || isLiteral({0}))",
    SH.IRIOrLiteral: "(isIRI({0}) || isLiteral({0}))",
}
_CASTS = frozenset(
    XSD[name]
    for name in (
        *("boolean", "integer", "decimal", "float", "double", "string"),
        *("date", "time", "dateTime", "duration", "yearMonthDuration", "dayTimeDuration"),
    )
)
_COMPARISONS = {
    SH.MinExclusiveConstraintComponent: ">",
    SH.MinInclusiveConstraintComponent: ">=",
    SH.MaxExclusiveConstraintComponent: "<",
    SH.MaxInclusiveConstraintComponent: "<=",
    SH.MinLengthConstraintComponent: ">=",
    SH.MaxLengthConstraintComponent: "<=",
}


# How a group begins that reaches out over one predicate, and one that asks only for its absence.
_STEP = r"\?this <([^>]*)> \?v\d+ \."
_OVER = re.compile(f"{_STEP} ")
_ABSENT = re.compile(rf"FILTER NOT EXISTS \{{ {_STEP} \}}")
_SCAN = 3


class _Everything(Exception):
    """Every focus node is a suspect."""


def suspects(
    shapes: Shapes, rule: Node, lookup: Lookup, focuses: Collection[Term]
) -> frozenset[Term] | Population | None:
    """Those that may have a result, the offenders among ``focuses``, the targets of ``rule``, and
    perhaps others; None where each of ``focuses`` may."""
    shape = shapes[rule]
    found = set(map(lookup.same, shape.targets.nodes))
    if isinstance(focuses, Population) and lookup.columns is not None:
        with suppress(Untold):
            return screened(shapes, rule, lookup, lookup.columns, focuses)
    try:
        found |= _written_otherwise(shapes, rule, lookup)
        patterns = _Patterns(shapes, lookup)
        for group in patterns.of_shape(shape, _THIS):
            found |= _solutions(group, shape, lookup, focuses)
    except (_Everything, AimsError):
        # A query that fails fails again where each node is judged, and is reported there.
        return None
    return frozenset(found | patterns.offending)


def _solutions(group: str, shape: Shape, lookup: Lookup, focuses: Collection[Term]) -> set[Term]:
    """The focus nodes of ``group``, perhaps some that are not of the target."""
    # Reading a predicate whole takes a fifth of the time of looking it up at each focus node.
    absent, over = _ABSENT.fullmatch(group), _OVER.match(group)
    if absent and lookup.at_most(NamedNode(absent[1]), _SCAN * len(focuses)):
        return set(focuses).difference(lookup.starts(NamedNode(absent[1])))
    scanned = over and lookup.at_most(NamedNode(over[1]), _SCAN * len(focuses))
    targets = [""] if scanned else _targets(shape, lookup)
    texts = (f"SELECT DISTINCT {_THIS} WHERE {{ {t} {group} }}" for t in targets)
    return {row["this"] for text in texts for row in lookup.select(text, {})}


def _targets(shape: Shape, lookup: Lookup) -> Iterator[str]:
    kinds = {kind for cls in shape.targets.classes for kind in lookup.subclasses(cls)}
    for kind in sorted(kinds, key=str):
        yield f"{_THIS} {RDF_TYPE} {_constant(kind)} ."
    for predicate in shape.targets.subjects_of:
        yield f"{_THIS} {predicate} ?any ."
    for predicate in shape.targets.objects_of:
        yield f"?any {predicate} {_THIS} ."


def _written_otherwise(shapes: Shapes, rule: Node, lookup: Lookup) -> set[Term]:
    """Ends of triples whose literal the store holds in another form than it was written in."""
    odd = lookup.data.unfolded
    if not odd:
        return set()
    paths = [shapes[node].path for node in shapes.closure(rule)]
    nested = any(referred(c) for node in shapes.closure(rule)[1:] for c in shapes[node].constraints)
    if nested or any(path is not None and not isinstance(path, Predicate) for path in paths):
        raise _Everything
    return {end for triple in odd for end in (statement(triple).subject, statement(triple).object)}


def _constant(term: Term) -> str:
    # The store would take a literal in another form for the value that it folds into.
    if isinstance(term, BlankNode) or canonical(term) != term:
        raise _Everything
    return str(term)


class _Patterns:
    """Graph patterns of the offenders of shapes; ``offending``: those found by whole queries."""

    def __init__(self, shapes: Shapes, lookup: Lookup) -> None:
        self._shapes = shapes
        self._lookup = lookup
        self._numbers = count()
        self.offending: set[Term] = set()

    def of_shape(self, shape: Shape, focus: str) -> list[str]:
        """Patterns over the variable ``focus``, of which each offender of ``shape`` fits one."""
        if shape.deactivated:
            return []
        if shape.path is None:
            value, step = focus, ""
        else:
            value = self._fresh()
            step = f"{focus} {path_text(shape.path, curies=False)} {value} . "
        found: list[str] = []
        conditions: list[str] = []
        for constraint in shape.constraints:
            condition = self._condition(constraint, value)
            if condition:
                conditions.append(condition)
            else:
                found += self._offenders(constraint, shape, focus, value, step)
        if conditions:
            # One pass over the values tells who fails any of them.
            found.append(f"{step}FILTER (!COALESCE({' && '.join(conditions)}, false))")
        return found

    def _fresh(self) -> str:
        return f"?v{next(self._numbers)}"

    def _offenders(
        self, constraint: Constraint, shape: Shape, focus: str, value: str, step: str
    ) -> Iterable[str]:
        match constraint:
            case PropertyConstraint(nested):
                return [step + text for text in self.of_shape(self._shapes[nested], value)]
            case LogicConstraint():
                return [step + text for text in self._logic(constraint, value)]
            case CountConstraint(component, bound):
                return self._count(component, bound, focus, value, step)
            case HasValueConstraint(wanted):
                return [self._lacks(wanted, shape, focus)]
            case PairConstraint():
                return self._pair(constraint, focus, value, step)
            case UniqueLangConstraint():
                other = self._fresh()
                again = step.replace(f"{value} . ", f"{other} . ")
                same = f"LANG({value}) != '' && LCASE(LANG({value})) = LCASE(LANG({other}))"
                return [f"{step}{again}FILTER (!sameTerm({value}, {other}) && {same})"]
            case ClosedConstraint(allowed):
                predicate, any_ = self._fresh(), self._fresh()
                known = ", ".join(sorted(map(str, allowed)))
                closed = f"FILTER ({predicate} NOT IN ({known}))" if known else ""
                return [f"{step}{value} {predicate} {any_} . {closed}"]
            case QualifiedConstraint(component):
                if component == SH.QualifiedMaxCountConstraintComponent and step:
                    return [step]
            case SparqlConstraint():
                if focus == _THIS and constraint.setwise:
                    self.offending |= rows_by_focus(constraint, shape.node, self._lookup).keys()
                    return []
            case ClassConstraint():
                return [step + self._outside(constraint, value)]
        raise _Everything

    def _logic(self, constraint: LogicConstraint, value: str) -> list[str]:
        inner = [self.of_shape(self._shapes[node], value) for node in constraint.shapes]
        if constraint.component in (SH.NodeConstraintComponent, SH.AndConstraintComponent):
            return [text for texts in inner for text in texts]
        if constraint.component == SH.OrConstraintComponent:
            together = list(islice(product(*inner), _COMBINATIONS + 1))
            return inner[0] if len(together) > _COMBINATIONS else list(map(" ".join, together))
        # Who conforms to a shape is not told by who may not.
        if value == _THIS:
            raise _Everything
        return [""]

    def _count(
        self, component: NamedNode, bound: int, focus: str, value: str, step: str
    ) -> list[str]:
        values = step.strip()
        if component == SH.MaxCountConstraintComponent:
            if bound == 0:
                return [step]
            if bound == 1:
                other = self._fresh()
                again = step.replace(f"{value} . ", f"{other} . ")
                return [f"{step}{again}FILTER (!sameTerm({value}, {other}))"]
            having = f"HAVING (COUNT(DISTINCT {value}) > {bound})"
            return [f"{{ SELECT {focus} WHERE {{ {values} }} GROUP BY {focus} {having} }}"]
        if bound == 1:
            return [f"FILTER NOT EXISTS {{ {values} }}"]
        number = self._fresh()
        counted = f"SELECT {focus} (COUNT(DISTINCT {value}) AS {number})"
        grouped = f"{{ {counted} WHERE {{ {values} }} GROUP BY {focus} }}"
        few = f"FILTER (COALESCE({number}, 0) < {bound})"
        return [f"OPTIONAL {{ {grouped} }} {few}"] if bound else []

    def _lacks(self, wanted: Term, shape: Shape, focus: str) -> str:
        term = _constant(self._lookup.same(wanted))
        if shape.path is None:
            return f"FILTER (!sameTerm({focus}, {term}))"
        return f"FILTER NOT EXISTS {{ {focus} {path_text(shape.path, curies=False)} {term} }}"

    def _pair(self, constraint: PairConstraint, focus: str, value: str, step: str) -> Iterator[str]:
        other = f"{focus} {constraint.predicate}"
        if constraint.component == SH.DisjointConstraintComponent:
            yield f"{step}{other} {value} ."
        elif constraint.component == SH.EqualsConstraintComponent:
            missing = self._fresh()
            yield f"{step}FILTER NOT EXISTS {{ {other} {value} }}"
            back = step.strip().replace(f" {value} .", f" {missing} .")
            if not back:
                raise _Everything
            yield f"{other} {missing} . FILTER NOT EXISTS {{ {back} }}"
        else:
            against = self._fresh()
            ordered = f"{value} < {against}"
            if constraint.component == SH.LessThanOrEqualsConstraintComponent:
                # The store takes a term for equal to itself, also one that has no value.
                ordered += f" || ({value} = {against} && !sameTerm({value}, {against}))"
            yield f"{step}{other} {against} . FILTER (!COALESCE({ordered}, false))"

    def _condition(self, constraint: Constraint, value: str) -> str:
        """What a value must meet that is judged by itself; empty for other constraints."""
        match constraint:
            case DatatypeConstraint(datatype):
                typed = f"isLiteral({value}) && DATATYPE({value}) = {datatype}"
                if not can_be_malformed(datatype):
                    return typed
                # A cast of what is no value of its datatype fails.
                return (
                    f"{typed} && {datatype}({value}) = {value}" if datatype in _CASTS else "false"
                )
            case NodeKindConstraint(kind):
                return _KINDS[kind].format(value)
            case RangeConstraint(component, bound) if well_formed(bound):
                return f"{value} {_COMPARISONS[component]} {bound}"
            case LengthConstraint(component, length):
                return (
                    f"!isBlank({value}) && STRLEN(STR({value})) {_COMPARISONS[component]} {length}"
                )
            case PatternConstraint(pattern, flags):
                text = f"REGEX(STR({value}), {Literal(pattern)}, {Literal(flags)})"
                return f"!isBlank({value}) && {text}"
            case LanguageInConstraint(ranges):
                return _any(f"LANGMATCHES(LANG({value}), {Literal(one)})" for one in ranges)
            case InConstraint(members):
                same = (_constant(self._lookup.same(member)) for member in members)
                return _any(f"sameTerm({value}, {member})" for member in same)
        return ""

    def _outside(self, constraint: ClassConstraint, value: str) -> str:
        kinds = sorted(map(_constant, self._lookup.subclasses(constraint.cls)))
        return " ".join(f"FILTER NOT EXISTS {{ {value} {RDF_TYPE} {kind} }}" for kind in kinds)


def _any(conditions: Iterable[str]) -> str:
    return f"({' || '.join(conditions) or 'false'})"
