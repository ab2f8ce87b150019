"""What stands in an EXISTS, in an order in which each part is a look-up.

The store joins the parts of an EXISTS in the order of the text, each read whole for every row
outside (Oxigraph's issue 885: its optimiser does not look into expressions; measured with
pyoxigraph 0.5.13, 31 ms a row at a million triples). But it substitutes what is bound into an
EXISTS before reading anything (SPARQL 1.1, section 18.6), so that

    EXISTS { P1 . P2 . P3 }   and   EXISTS { P1 FILTER EXISTS { P2 FILTER EXISTS { P3 } } }

hold for the same rows, whatever is bound outside, and the second looks each part up by what the
ones before it bound, and stops at the first that fits. That is so because the parts taken apart
here are triple patterns, or groups and unions of nothing else: substituting a solution into one
leaves the solutions compatible with it. A filter stands where everything that it mentions is bound
as it would be at the end; an OPTIONAL after the parts that it hangs on.
"""

from collections.abc import Iterable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, field

from engine.sparql.syntax import Element, Group, Kind, Token
from engine.sparql.triples import NotPlainError, Triple, triples

_CONDITIONS = frozenset({Kind.FILTER, Kind.EXISTS, Kind.NOT_EXISTS})
MOST = 60


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a join: a triple pattern, VALUES, or a UNION of ``branches``.

    ``certain``: the variables that every solution of it binds.
    """

    element: Element
    variables: frozenset[str]
    certain: frozenset[str]
    triple: Triple | None = None
    branches: tuple["Body", ...] = ()

    def cost(self, bound: frozenset[str] | set[str]) -> int:
        """How much is read for one row where ``bound`` is bound; only the order is meant."""
        if self.triple is not None:
            return _cost(self.triple, bound)
        return 1 + sum(min(p.cost(bound) for p in branch.parts) for branch in self.branches)


def _cost(triple: Triple, bound: frozenset[str] | set[str]) -> int:
    subject = triple.subject is None or triple.subject in bound
    value = triple.object is None or triple.object in bound
    if subject and value:
        cost = 1
    elif subject:
        cost = 10
    elif value:
        # What the query names, above all a class, has many; what a row binds has few.
        cost = 100 if triple.object else 20_000 if triple.typing else 10_000
    else:
        cost = 1_000_000
    return cost if triple.bounded else 2 * cost


@dataclass(frozen=True, slots=True)
class Body:
    """A group taken apart: what is joined, what is optional in order, what is demanded."""

    parts: tuple[Part, ...]
    optionals: tuple[Element, ...]
    conditions: tuple[Element, ...]

    @property
    def certain(self) -> frozenset[str]:
        """The variables that every solution binds."""
        return frozenset().union(*(part.certain for part in self.parts))

    @property
    def variables(self) -> frozenset[str]:
        """The variables that a solution can bind."""
        inside = (variables_of([element]) for element in self.optionals)
        return frozenset().union(*(part.variables for part in self.parts), *inside)

    @property
    def size(self) -> int:
        """How many look-ups it is."""
        inside = sum(branch.size for part in self.parts for branch in part.branches)
        return len(self.parts) + len(self.optionals) + inside

    @property
    def looked_up(self) -> bool:
        """Whether it is one look-up as it stands."""
        branches = [branch for part in self.parts for branch in part.branches]
        joined = len(self.parts) + len(self.optionals)
        return joined <= 1 and all(branch.looked_up for branch in branches)


def variables_of(elements: Iterable[Element]) -> frozenset[str]:
    """Every variable anywhere in ``elements``."""
    return Group(list(elements)).variables()


def taken_apart(group: Group, fresh: Iterator[str]) -> Body:
    """The parts of ``group``, at least one. Raises NotPlainError for what is not understood.

    ``fresh``: names for variables that occur nowhere.
    """
    if group.select is not None:
        raise NotPlainError("a SELECT")
    if any(token.kind == "blank" for token in group.tokens()):
        raise NotPlainError("a labelled blank node")
    parts: list[Part] = []
    optionals: list[Element] = []
    conditions: list[Element] = []
    after: set[str] = set()
    for element in group.elements:
        if element.kind in _CONDITIONS:
            conditions.append(element)
        elif element.kind == Kind.OPTIONAL:
            _check_optional(element)
            after |= variables_of([element]).difference(*(part.certain for part in parts))
            optionals.append(element)
        else:
            found, demanded = _joined(element, fresh)
            if any(part.variables & after for part in found):
                raise NotPlainError("a pattern after the OPTIONAL that binds what it mentions")
            parts += found
            conditions += demanded
    if not parts:
        raise NotPlainError("nothing to look up")
    return Body(tuple(parts), tuple(optionals), tuple(conditions))


def _check_optional(element: Element) -> None:
    inside = element.groups[0]
    if inside.select is not None or any(
        inner.kind not in (Kind.PATTERN, Kind.FILTER) or inner.groups for inner in inside.elements
    ):
        raise NotPlainError("an OPTIONAL of more than patterns and filters")


def _joined(element: Element, fresh: Iterator[str]) -> tuple[Sequence[Part], Sequence[Element]]:
    """The parts that ``element`` is, and the conditions that it brings."""
    if element.kind == Kind.PATTERN:
        return [_of_triple(triple) for triple in triples(element.tokens, fresh)], ()
    if element.kind == Kind.VALUES:
        if any(token.word == "UNDEF" for token in element.tokens):
            raise NotPlainError("VALUES with UNDEF")
        names = element.variables()
        return [Part(element, names, names)], ()
    if element.kind == Kind.GRAPH:
        return list(_in_graph(element, fresh)), ()
    if element.kind == Kind.GROUP:
        inside = _closed(element.groups[0], fresh)
        return inside.parts, inside.conditions
    if element.kind == Kind.UNION:
        branches = tuple(_closed(inner, fresh) for inner in element.groups)
        names = variables_of([element])
        certain = frozenset.intersection(*(branch.certain for branch in branches))
        return [Part(element, names, certain, branches=branches)], ()
    raise NotPlainError(f"a {element.kind.name}")


def _of_triple(triple: Triple) -> Part:
    element = Element(Kind.PATTERN, [*triple.tokens, Token(".", kind="other")])
    certain = triple.variables if triple.bounded else frozenset()
    return Part(element, triple.variables, certain, triple)


def _closed(group: Group, fresh: Iterator[str]) -> Body:
    """The parts of a ``group`` whose conditions mean the same wherever its parts are bound."""
    inside = taken_apart(group, fresh)
    if inside.optionals:
        raise NotPlainError("an OPTIONAL in a group of its own")
    if not variables_of(inside.conditions) <= inside.certain:
        raise NotPlainError("a FILTER in a group that does not bind what it mentions")
    return inside


def _in_graph(element: Element, fresh: Iterator[str]) -> Iterator[Part]:
    """The parts of a GRAPH, each in a GRAPH of its own: all bind the same name."""
    name = element.tokens[1]
    inside = taken_apart(element.groups[0], fresh)
    if inside.optionals or inside.conditions:
        raise NotPlainError("a GRAPH of more than patterns")
    names = frozenset({name.variable} if name.variable else ())
    for part in inside.parts:
        if part.triple is None or not part.triple.bounded:
            raise NotPlainError("a GRAPH of more than patterns")
        around = Element(Kind.GRAPH, [Token("GRAPH"), name, Group([part.element])])
        yield Part(around, part.variables | names, part.certain | names, part.triple)


def in_order(parts: Iterable[Part], bound: frozenset[str]) -> list[Part]:
    """``parts`` so that each is cheap to look up by what is bound before it."""
    rest, known, found = list(parts), set(bound), []
    while rest:
        part = min(rest, key=lambda part: part.cost(known))
        rest.remove(part)
        known |= part.variables
        found.append(part)
    return found


@dataclass(slots=True)
class _Level:
    """One look-up, with the conditions that can be decided after it."""

    element: Element
    variables: frozenset[str]
    certain: frozenset[str] = frozenset()
    branches: tuple[Body, ...] = ()
    conditions: list[Element] = field(default_factory=list)


def nested(body: Body, bound: frozenset[str]) -> Group:
    """``body`` with one part a level, cheapest first where ``bound`` is bound outside."""
    return _nested(body, bound, [])


def _nested(body: Body, bound: frozenset[str], last: list[Element]) -> Group:
    levels = [
        _Level(part.element, part.variables, part.certain, part.branches)
        for part in in_order(body.parts, bound)
    ]
    levels += [_Level(element, variables_of([element])) for element in body.optionals]
    for condition in body.conditions:
        _place(levels, condition, variables_of([condition]) & body.variables)
    inside = last
    for number in reversed(range(len(levels))):
        level = levels[number]
        # What only compares is cheaper than what looks up again.
        demanded = sorted(level.conditions, key=lambda condition: bool(condition.groups))
        if not level.branches:
            group = Group([level.element, *demanded, *inside])
        else:
            known = bound.union(*(before.variables for before in levels[:number]))
            group = _branched(level.branches, known, [*demanded, *inside])
        inside = [exists(group)]
    return group


def _branched(branches: Sequence[Body], bound: frozenset[str], last: list[Element]) -> Group:
    """A UNION with what comes after it in each branch."""
    parts: list[Token | Group] = []
    for branch in branches:
        parts += [Token("UNION", kind="word")] if parts else []
        parts.append(_nested(branch, bound, deepcopy(last)))
    return Group([Element(Kind.UNION, parts)])


def _place(levels: Sequence[_Level], condition: Element, wanted: frozenset[str]) -> None:
    """Put ``condition`` on the first level after which nothing binds more of what it mentions."""
    at, known = 0, set[str]()
    for number, level in enumerate(levels):
        if level.variables & wanted - known:
            at = number
        known |= level.certain
    levels[at].conditions.append(condition)


def exists(group: Group, *, absent: bool = False) -> Element:
    """``FILTER EXISTS { … }``, or with ``absent`` NOT EXISTS."""
    words = "FILTER NOT EXISTS" if absent else "FILTER EXISTS"
    return Element(Kind.NOT_EXISTS if absent else Kind.EXISTS, [Token(words), group])
