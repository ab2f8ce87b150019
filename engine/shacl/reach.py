"""How far a triple reaches: from a pattern of a rule back to the focus nodes that it can concern.

A *trigger* says: when a triple of this predicate comes or goes, walk this path from one of its ends
and you pass every focus node whose results it can change. Walks are over the union of the graph
before and after, so that a path that was cut by the same change is still found. A trigger without
a way back concerns every focus node of its rule.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace

from engine.rdf import NamedNode
from engine.shacl.model import (
    AskConstraint,
    ClassConstraint,
    ClosedConstraint,
    Constraint,
    PairConstraint,
    Shape,
    SparqlConstraint,
)
from engine.shacl.paths import Alternative, Inverse, Path, Predicate, Repeated, Sequence
from engine.shacl.patterns import Pattern, Scope, UnreadableError, Var, scopes
from engine.shacl.prebinding import THIS, VALUE
from engine.shacl.shapes import Shapes, referred
from engine.sparql.syntax import parse_query
from engine.vocab import RDF_TYPE, RDFS

# A longer way back would be walked through half of the graph.
_STEPS = 8


@dataclass(frozen=True, slots=True)
class Fact:
    """What else must hold of one end of the triple: it has ``predicate`` with ``value``."""

    of_subject: bool
    predicate: NamedNode
    value: NamedNode


@dataclass(frozen=True, slots=True)
class Trigger:
    """``predicate`` None: any. ``subject``, ``object``: only triples with these ends.

    ``from_subject``: the end where the way ``back`` to the focus begins; ``back`` None: that end is
    the focus. ``whole``: there is no way, each focus node of the rule is concerned; those of type
    ``kind`` alone where that is given.
    """

    predicate: NamedNode | None
    from_subject: bool = True
    back: Path | None = None
    whole: bool = False
    kind: NamedNode | None = None
    subject: NamedNode | None = None
    object: NamedNode | None = None
    facts: frozenset[Fact] = frozenset()


# Every triple concerns every focus node: what is said of a query that cannot be read.
ANYTHING = Trigger(None, whole=True)


def joined(*parts: Path | None) -> Path | None:
    """The paths one after the other; None is the path of no step."""
    steps: list[Path] = []
    for part in parts:
        if isinstance(part, Sequence):
            steps += part.steps
        elif part is not None:
            steps.append(part)
    if len(steps) < 2:
        return steps[0] if steps else None
    return Sequence(tuple(steps))


def inverse(path: Path | None) -> Path | None:
    """``path`` walked backwards, with inversion pushed down to the predicates."""
    match path:
        case None:
            return None
        case Predicate():
            return Inverse(path)
        case Inverse(inner):
            return _plain(inner)
        case Sequence(steps):
            return joined(*(inverse(step) for step in reversed(steps)))
        case Alternative(options):
            return Alternative(tuple(_some(inverse(option)) for option in options))
        case Repeated(inner, mark):
            return Repeated(_some(inverse(inner)), mark)


def _plain(path: Path) -> Path:
    """``path`` with inversion pushed down to the predicates."""
    match path:
        case Inverse(inner):
            return path if isinstance(inner, Predicate) else _some(inverse(inner))
        case Sequence(steps):
            return _some(joined(*map(_plain, steps)))
        case Alternative(options):
            return Alternative(tuple(map(_plain, options)))
        case Repeated(inner, mark):
            return Repeated(_plain(inner), mark)
    return path


def _some(path: Path | None) -> Path:
    if path is None:
        raise UnreadableError("a path has no step")
    return path


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One predicate in a path: what is walked ``before`` and ``after`` it."""

    before: Path | None
    predicate: NamedNode
    forward: bool
    after: Path | None


def occurrences(path: Path) -> Iterator[Occurrence]:
    """Each predicate of ``path`` with the ways to it and on from it."""
    match path:
        case Predicate(iri):
            yield Occurrence(None, iri, True, None)
        case Inverse(Predicate(iri)):
            yield Occurrence(None, iri, False, None)
        case Inverse(inner):
            yield from occurrences(_some(inverse(inner)))
        case Sequence(steps):
            for at, step in enumerate(steps):
                for one in occurrences(step):
                    before = joined(*steps[:at], one.before)
                    yield replace(one, before=before, after=joined(one.after, *steps[at + 1 :]))
        case Alternative(options):
            for option in options:
                yield from occurrences(option)
        case Repeated(inner, mark):
            again = None if mark == "?" else Repeated(inner, "*")
            for one in occurrences(inner):
                before, after = joined(again, one.before), joined(one.after, again)
                yield replace(one, before=before, after=after)


# Shapes


def shape_triggers(shapes: Shapes, constraint: Constraint, shape: Shape) -> frozenset[Trigger]:
    """The triggers of ``constraint`` of ``shape``, whose focus nodes are those of its rule."""
    return frozenset(_of_constraint(shapes, constraint, shape, None))


def target_triggers(shape: Shape) -> frozenset[Trigger]:
    """The triggers by which a node becomes, or ceases to be, a focus node of ``shape``."""
    targets = shape.targets
    found = {Trigger(predicate) for predicate in targets.subjects_of}
    found |= {Trigger(predicate, from_subject=False) for predicate in targets.objects_of}
    if targets.classes:
        found |= _class_triggers(None)
    return frozenset(found)


def _class_triggers(to: Path | None) -> set[Trigger]:
    """Those of being an instance; ``to`` leads from the focus to the instance."""
    hierarchy = Trigger(RDFS.subClassOf, whole=True)
    return {Trigger(RDF_TYPE, back=inverse(to)), hierarchy}


def _of_constraint(
    shapes: Shapes, constraint: Constraint, shape: Shape, to: Path | None
) -> Iterator[Trigger]:
    """``to`` leads from the rule's focus to the focus nodes of ``shape``."""
    values = joined(to, _plain(shape.path)) if shape.path else to
    if shape.path is not None:
        yield from _of_path(shape.path, to)
    match constraint:
        case ClassConstraint():
            yield from _class_triggers(values)
        case ClosedConstraint():
            yield Trigger(None, back=inverse(values))
        case PairConstraint(_, predicate):
            yield Trigger(predicate, back=inverse(to))
        case SparqlConstraint(written=text):
            yield from _of_query(text, {THIS: to})
        case AskConstraint(written=text):
            yield from _of_query(text, {THIS: to, VALUE: values})
    for node in referred(constraint):
        inner = shapes[node]
        for nested in inner.constraints:
            yield from _of_constraint(shapes, nested, inner, values)


def _of_path(path: Path, to: Path | None) -> Iterator[Trigger]:
    for one in occurrences(path):
        back = joined(inverse(one.before), inverse(to))
        yield Trigger(one.predicate, from_subject=one.forward, back=back)


# Queries


def query_triggers(text: str, focus: str) -> frozenset[Trigger]:
    """The triggers of a query that is asked for each value of its variable ``focus``."""
    return frozenset(_of_query(text, {focus: None}))


def _of_query(text: str, ways: dict[str, Path | None]) -> Iterator[Trigger]:
    """``ways``: pre-bound variables, and how the rule's focus leads to each."""
    try:
        outermost = scopes(parse_query(text))
    except UnreadableError:
        yield ANYTHING
        return
    kind = next((_kind(outermost, focus) for focus, to in ways.items() if to is None), None)
    for scope in outermost.all():
        for pattern in scope.patterns:
            for trigger in _of_pattern(pattern, scope, ways):
                yield replace(trigger, kind=kind) if trigger.whole else trigger


def _kind(outermost: Scope, focus: str) -> NamedNode | None:
    """The class that every solution asks of the focus."""
    for scope in outermost.needed():
        for pattern in scope.patterns:
            typed = pattern.subject == Var(focus) and pattern.path == Predicate(RDF_TYPE)
            if typed and isinstance(pattern.object, NamedNode):
                return pattern.object
    return None


def _of_pattern(pattern: Pattern, scope: Scope, ways: dict[str, Path | None]) -> Iterator[Trigger]:
    found = [
        (from_subject, way)
        for from_subject, end in ((True, pattern.subject), (False, pattern.object))
        if isinstance(end, Var)
        for way in [_way(end.name, scope, ways)]
        if way is not None
    ]
    # The shorter way is as good as the other, and passes fewer nodes.
    best = min(found, key=lambda one: one[1].steps, default=None)
    conditions = Trigger(
        None,
        subject=pattern.subject if isinstance(pattern.subject, NamedNode) else None,
        object=pattern.object if isinstance(pattern.object, NamedNode) else None,
        facts=frozenset(_facts(pattern, scope)),
    )
    if pattern.path is None or isinstance(pattern.path, Predicate):
        predicate = pattern.path.iri if isinstance(pattern.path, Predicate) else None
        if best is None:
            yield replace(conditions, predicate=predicate, whole=True)
        else:
            from_subject, way = best
            yield replace(conditions, predicate=predicate, from_subject=from_subject, back=way.back)
        return
    for one in occurrences(pattern.path):
        if best is None:
            yield Trigger(one.predicate, whole=True)
            continue
        from_subject, way = best
        there = inverse(one.before) if from_subject else one.after
        start = one.forward if from_subject else not one.forward
        yield Trigger(one.predicate, from_subject=start, back=joined(there, way.back))


@dataclass(frozen=True, slots=True)
class _Way:
    back: Path | None
    steps: int


_Union = list[Scope]


def _way(
    name: str, scope: Scope, ways: dict[str, Path | None], passed: tuple[_Union, ...] = ()
) -> _Way | None:
    """The shortest way from the variable ``name`` at ``scope`` to the rule's focus.

    ``passed``: unions that a way may not pass again.
    """
    waiting: deque[tuple[str, Scope, Path | None, int]] = deque([(name, scope, None, 0)])
    seen = {(name, scope)}
    visited: list[tuple[str, Scope, Path | None, int]] = []
    while waiting:
        at, here, back, steps = waiting.popleft()
        if at in ways:
            return _Way(joined(back, inverse(ways[at])), steps)
        visited.append((at, here, back, steps))
        onward: list[tuple[str, Scope, Path | None]] = []
        if here.around is not None and at in here.shared:
            onward.append((at, here.around, None))
        if steps < _STEPS:
            onward += _linked(at, here)
        for other, there, path in onward:
            if (other, there) not in seen:
                seen.add((other, there))
                walked = steps if path is None else steps + 1
                waiting.append((other, there, joined(back, path), walked))
    found = [_across(one, union, ways, passed) for one in visited for union in _unions(one, passed)]
    return min(filter(None, found), key=lambda way: way.steps, default=None)


def _unions(
    visited: tuple[str, Scope, Path | None, int], passed: tuple[_Union, ...]
) -> Iterator[_Union]:
    """The unions each of whose branches binds the variable."""
    name, here = visited[:2]
    for there in here.needed():
        for union in there.unions:
            known = _reaches(name, there, here) and all(name in scope.shared for scope in union)
            if known and not any(union is one for one in passed):
                yield union


def _across(
    visited: tuple[str, Scope, Path | None, int],
    union: _Union,
    ways: dict[str, Path | None],
    passed: tuple[_Union, ...],
) -> _Way | None:
    """The ways through all branches of ``union``: a solution comes from one of them."""
    name, _, back, steps = visited
    found = [_way(name, scope, ways, (*passed, union)) for scope in union]
    onward = [way for way in found if way is not None]
    if len(onward) < len(found):
        return None
    longest = max(way.steps for way in onward)
    if any(way.back is None for way in onward):
        return None
    options = tuple(dict.fromkeys(_some(way.back) for way in onward))
    path = options[0] if len(options) == 1 else Alternative(options)
    return _Way(joined(back, path), steps + longest)


def _linked(name: str, scope: Scope) -> Iterator[tuple[str, Scope, Path | None]]:
    """Variables one pattern away from ``name`` that every solution of ``scope`` binds with it."""
    for there in scope.needed():
        if not _reaches(name, there, scope):
            continue
        for pattern in there.patterns:
            subject, value = pattern.subject, pattern.object
            if pattern.path and isinstance(subject, Var) and isinstance(value, Var):
                if subject.name == name:
                    yield value.name, there, _plain(pattern.path)
                if value.name == name:
                    yield subject.name, there, inverse(_plain(pattern.path))


def _reaches(name: str, inner: Scope, outer: Scope) -> bool:
    """Whether ``name`` is the same in ``inner``, joined somewhere inside ``outer``, as there."""
    current: Scope | None = inner
    while current is not None and current is not outer:
        if name not in current.shared:
            return False
        current = current.around
    return True


def _facts(pattern: Pattern, scope: Scope) -> Iterator[Fact]:
    """What the patterns needed beside ``pattern`` ask of its ends with constants."""
    for of_subject, end in ((True, pattern.subject), (False, pattern.object)):
        here: Scope | None = scope
        while isinstance(end, Var) and here is not None:
            for there in here.needed():
                if _reaches(end.name, there, here):
                    yield from _constants(end, of_subject, pattern, there)
            here = here.around if end.name in here.shared else None


def _constants(end: Var, of_subject: bool, pattern: Pattern, scope: Scope) -> Iterator[Fact]:
    for other in scope.patterns:
        beside = other is not pattern and other.subject == end
        if beside and isinstance(other.path, Predicate) and isinstance(other.object, NamedNode):
            yield Fact(of_subject, other.path.iri, other.object)
