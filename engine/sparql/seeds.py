"""A nested SELECT told what the query around it is about.

The store computes a nested SELECT whole before it joins it, also where the rest names one node.
What patterns of the rest demand of a ?v that the SELECT gives, each ?v once, takes inside away
only rows that find no partner outside. Nothing else is changed by that where the SELECT binds ?v in
every row by its patterns, gives it as it is, cuts off no rows (LIMIT, OFFSET, REDUCED), and groups
by ?v where it aggregates (SPARQL 1.1, sections 12 and 18.2.4). It is told what names something: a
pattern whose only variable is ?v, or the way over patterns from ?v to such a one.
"""

from collections.abc import Iterator, Mapping, Sequence

from engine.sparql.absence import Scope, patterns
from engine.sparql.plans import AGGREGATES, certain, grouped_by, projected
from engine.sparql.syntax import Element, Group, Kind, Query, Token, lexed
from engine.sparql.triples import NotPlainError, Triple

# How many patterns a way may take.
_FAR = 3
_CUTS = frozenset({"LIMIT", "OFFSET", "VALUES"})


def seed(group: Group, scope: Scope) -> Iterator[Element]:
    """Tell the nested SELECTs of ``group`` what it is about; gives those that were told."""
    for number, element in enumerate(group.elements):
        if element.kind not in (Kind.GROUP, Kind.OPTIONAL):
            continue
        select = element.groups[0].select
        if select is None or not _open(select):
            continue
        # An OPTIONAL is joined to what stands before it alone.
        beside = group.elements if element.kind == Kind.GROUP else group.elements[:number]
        given = _given(select) & certain(Group([e for e in beside if e is not element]))
        if _tell(select, Group(beside), given, scope):
            yield element


def _open(select: Query) -> bool:
    words = {token.word for token in (*select.head, *select.tail)}
    # What was put in by a rewriting is about the right nodes already.
    written = select.head[0].at >= 0 and select.where.select is None
    return written and words.isdisjoint(_CUTS | {"REDUCED"})


def _given(select: Query) -> frozenset[str]:
    """The variables that each row gives as the patterns inside bind them."""
    names = projected(select) & certain(select.where)
    words = {token.word for token in (*select.head, *select.tail)}
    return names & grouped_by(select) if words & (AGGREGATES | {"GROUP"}) else names


def _tell(select: Query, beside: Group, given: frozenset[str], scope: Scope) -> bool:
    inside = {triple.text for triple in _read(select.where)}
    outside = [triple for triple in _read(beside) if triple.bounded and triple.verb is None]
    named = {
        next(iter(names)): triple
        for triple in outside
        if len(names := triple.variables - scope.prebound) == 1 and not triple.typing
    }
    told = False
    for name in sorted(given):
        way = _way(name, outside, named, scope)
        if not way or any(triple.text in inside for triple in way):
            continue
        told = _begin(select, name, way) or told
    return told


def _begin(select: Query, name: str, way: Sequence[Triple]) -> bool:
    """Begin ``select`` with ``way``, where the store then really begins there."""
    where = select.where
    if len(way) == 1:
        where.elements.append(_pattern(way[0]))
        return True
    words = [Token(word, kind="word") for word in ("SELECT", "DISTINCT")]
    head = [*words, Token(f"?{name}", kind="var")]
    demanded = Query(head, Group([_pattern(triple) for triple in way]), [])
    begun = Element(Kind.GROUP, [Group(select=demanded)])
    single = [triple for triple in _read(where) if len(where.elements) == 1]
    others = sorted(single[0].variables - {name}) if len(single) == 1 else []
    if others:
        # Of a left join the store keeps the order; of a join it would begin with the pattern.
        optional = Element(Kind.OPTIONAL, [Token("OPTIONAL", kind="word"), Group(where.elements)])
        bound = Element(Kind.FILTER, list(lexed(f" FILTER (bound(?{others[0]}))")))
        where.elements = [begun, optional, bound]
        return True
    if all(triple.object == at for triple, at in zip(way, _ends(name, way), strict=False)):
        where.elements.append(begun)
        return True
    return False


def _ends(name: str, way: Sequence[Triple]) -> Iterator[str]:
    """Where each pattern of ``way`` but the last is left for the next, beginning with ?name."""
    at = name
    for triple in way[:-1]:
        yield at
        at = next(iter({triple.subject or "", triple.object or ""} - {at}))


def _way(
    name: str, outside: list[Triple], named: Mapping[str, Triple], scope: Scope
) -> list[Triple]:
    """The shortest way over ``outside`` from ?name to what is ``named``; nothing for none."""
    ways: dict[str, list[Triple]] = {name: []}
    while ways:
        for at, way in ways.items():
            if at in named:
                return [*way, named[at]]
        ways = {
            next(iter(names - {at})): [*way, triple]
            for at, way in ways.items()
            for triple in outside
            if len(way) < _FAR
            and triple not in way
            and at in (names := triple.variables - scope.prebound)
            and len(names) == 2
        }
    return []


def _pattern(triple: Triple) -> Element:
    return Element(Kind.PATTERN, [*triple.tokens, Token(".", kind="other")])


def _read(group: Group) -> list[Triple]:
    try:
        return patterns(group)
    except NotPlainError:
        return []
