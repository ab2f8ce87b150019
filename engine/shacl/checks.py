"""SHACL Core's constraint components: what of the value nodes offends (SHACL 1.0, section 4).

Each check takes the constraint, the shape, the focus node and its value nodes, and yields one
``Hit`` a validation result. Checks that look into other shapes stand in ``evaluate``.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from types import MappingProxyType
from typing import NamedTuple

from engine.canonical import canonical
from engine.errors import NotValidatedError
from engine.rdf import BlankNode, Literal, NamedNode, Node, Term
from engine.shacl.core import NODE_KINDS
from engine.shacl.data import Lookup, Row
from engine.shacl.literals import compare, is_true, language_matches, well_formed
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
    NodeKindConstraint,
    PairConstraint,
    PatternConstraint,
    RangeConstraint,
    UniqueLangConstraint,
)
from engine.shacl.results import shown
from engine.vocab import SH

Values = tuple[Term, ...]


class Hit(NamedTuple):
    """One offence: the value and path to report, how to say it, and what a query bound."""

    component: NamedNode
    value: Term | None
    text: str
    path: NamedNode | None = None
    node: Node | None = None
    bindings: Row = MappingProxyType({})
    messages: tuple[Literal, ...] = ()


_MIN_COUNT = SH.MinCountConstraintComponent
_MIN_LENGTH = SH.MinLengthConstraintComponent
_ORDERS: dict[NamedNode, tuple[str, Callable[[int], bool]]] = {
    SH.MinExclusiveConstraintComponent: ("greater than", lambda order: order > 0),
    SH.MinInclusiveConstraintComponent: ("at least", lambda order: order >= 0),
    SH.MaxExclusiveConstraintComponent: ("less than", lambda order: order < 0),
    SH.MaxInclusiveConstraintComponent: ("at most", lambda order: order <= 0),
    SH.LessThanConstraintComponent: ("less than", lambda order: order < 0),
    SH.LessThanOrEqualsConstraintComponent: ("at most", lambda order: order <= 0),
}
_REGEX = "SELECT ?matches ?text ?pattern ?flags {{ BIND(REGEX(?text, ?pattern{}) AS ?matches) }}"


def check(constraint: Constraint, lookup: Lookup, focus: Term, values: Values) -> Iterator[Hit]:
    """The offences of ``values`` at ``focus`` against a Core constraint of its own."""
    match constraint:
        case CountConstraint():
            return _count(constraint, values)
        case UniqueLangConstraint():
            return _unique_language(values)
        case HasValueConstraint():
            return _has_value(constraint, lookup, values)
        case ClosedConstraint():
            return _closed(constraint, lookup, values)
        case PairConstraint():
            return _PAIRS[constraint.component](
                constraint, values, lookup.objects(focus, constraint.predicate)
            )
        case InConstraint():
            return _in(constraint, lookup, values)
        case ClassConstraint():
            return _class(constraint, lookup, values)
        case PatternConstraint():
            return _pattern(constraint, lookup, values)
    return _alone(constraint, values)


def _alone(constraint: Constraint, values: Values) -> Iterator[Hit]:
    """Components whose verdict on a value depends on nothing else."""
    match constraint:
        case DatatypeConstraint(datatype):
            for value in values:
                if not _has_datatype(value, datatype):
                    text = f"is no well-formed literal of {shown(datatype)}"
                    yield Hit(SH.DatatypeConstraintComponent, value, text)
        case NodeKindConstraint(kind):
            for value in values:
                if not isinstance(value, NODE_KINDS[kind]):
                    text = f"is not of kind {shown(kind)}"
                    yield Hit(SH.NodeKindConstraintComponent, value, text)
        case RangeConstraint(component, bound):
            words, holds = _ORDERS[component]
            for value in values:
                order = compare(value, bound) if isinstance(value, Literal) else None
                if order is None or not holds(order):
                    yield Hit(component, value, f"is not {words} {shown(bound)}")
        case LengthConstraint(component, bound):
            for value in values:
                if not _has_length(value, component, bound):
                    words = "shorter" if component == _MIN_LENGTH else "longer"
                    yield Hit(component, value, f"is {words} than {bound} characters")
        case LanguageInConstraint(ranges):
            for value in values:
                tag = value.language if isinstance(value, Literal) else None
                if not tag or not any(language_matches(tag, wanted) for wanted in ranges):
                    text = f"has no language of {', '.join(ranges)}"
                    yield Hit(SH.LanguageInConstraintComponent, value, text)


def _has_datatype(value: Term, datatype: NamedNode) -> bool:
    return isinstance(value, Literal) and value.datatype == datatype and well_formed(value)


def _has_length(value: Term, component: NamedNode, bound: int) -> bool:
    if isinstance(value, BlankNode):
        return False
    size = len(value.value)
    return size >= bound if component == _MIN_LENGTH else size <= bound


def _count(constraint: CountConstraint, values: Values) -> Iterator[Hit]:
    minimum = constraint.component == _MIN_COUNT
    if len(values) < constraint.bound if minimum else len(values) > constraint.bound:
        words = "at least" if minimum else "at most"
        text = f"there are {len(values)} values, not {words} {constraint.bound}"
        yield Hit(constraint.component, None, text)


def _unique_language(values: Values) -> Iterator[Hit]:
    tags = Counter(v.language for v in values if isinstance(v, Literal) and v.language)
    for tag, times in tags.items():
        if times > 1:
            text = f"{times} values have the language {tag}"
            yield Hit(SH.UniqueLangConstraintComponent, None, text)


def _has_value(constraint: HasValueConstraint, lookup: Lookup, values: Values) -> Iterator[Hit]:
    if lookup.same(constraint.value) not in values:
        text = f"the value {shown(constraint.value)} is absent"
        yield Hit(SH.HasValueConstraintComponent, None, text)


def _in(constraint: InConstraint, lookup: Lookup, values: Values) -> Iterator[Hit]:
    members = {lookup.same(member) for member in constraint.members}
    for value in values:
        if value not in members:
            yield Hit(SH.InConstraintComponent, value, "is not one of the listed values")


def _class(constraint: ClassConstraint, lookup: Lookup, values: Values) -> Iterator[Hit]:
    for value in values:
        if not lookup.is_a(value, constraint.cls):
            text = f"is no instance of {shown(constraint.cls)}"
            yield Hit(SH.ClassConstraintComponent, value, text)


def _closed(constraint: ClosedConstraint, lookup: Lookup, values: Values) -> Iterator[Hit]:
    for value in values:
        for triple in lookup.about(value):
            if triple.predicate not in constraint.allowed:
                text = f"{shown(triple.predicate)} is not allowed here"
                yield Hit(SH.ClosedConstraintComponent, triple.object, text, triple.predicate)


def _pattern(constraint: PatternConstraint, lookup: Lookup, values: Values) -> Iterator[Hit]:
    for value in values:
        if isinstance(value, BlankNode) or not _matches(value.value, constraint, lookup):
            text = f"does not match {constraint.pattern}"
            yield Hit(SH.PatternConstraintComponent, value, text)


def _matches(text: str, constraint: PatternConstraint, lookup: Lookup) -> bool:
    # The store's REGEX is SPARQL's, and takes linear time whatever the pattern.
    known = lookup.regex.get((constraint, text))
    if known is None:
        flags = {"flags": Literal(constraint.flags)} if constraint.flags else {}
        given = {"text": Literal(text), "pattern": Literal(constraint.pattern), **flags}
        query = _REGEX.format(", ?flags" if constraint.flags else "")
        row = next(lookup.select(query, given), {})
        if "matches" not in row:
            raise NotValidatedError(
                f'the pattern "{constraint.pattern}" with flags "{constraint.flags}" is no '
                "regular expression",
                remedy="Mend sh:pattern or sh:flags.",
            )
        # Where the graph says "1" for true, so may the answer.
        known = lookup.regex[constraint, text] = is_true(canonical(row["matches"]))
    return known


def _equals(constraint: PairConstraint, values: Values, others: Values) -> Iterator[Hit]:
    name = shown(constraint.predicate)
    for value in values:
        if value not in others:
            yield Hit(constraint.component, value, f"is no value of {name}")
    for other in others:
        if other not in values:
            yield Hit(constraint.component, other, f"is a value of {name} only")


def _disjoint(constraint: PairConstraint, values: Values, others: Values) -> Iterator[Hit]:
    for value in values:
        if value in others:
            text = f"is a value of {shown(constraint.predicate)} too"
            yield Hit(constraint.component, value, text)


def _ordered(constraint: PairConstraint, values: Values, others: Values) -> Iterator[Hit]:
    words, holds = _ORDERS[constraint.component]
    for value in values:
        for other in others:
            order = None
            if isinstance(value, Literal) and isinstance(other, Literal):
                order = compare(value, other)
            if order is None or not holds(order):
                text = f"is not {words} {shown(other)} of {shown(constraint.predicate)}"
                yield Hit(constraint.component, value, text)


_PAIRS: dict[NamedNode, Callable[[PairConstraint, Values, Values], Iterator[Hit]]] = {
    SH.EqualsConstraintComponent: _equals,
    SH.DisjointConstraintComponent: _disjoint,
    SH.LessThanConstraintComponent: _ordered,
    SH.LessThanOrEqualsConstraintComponent: _ordered,
}
