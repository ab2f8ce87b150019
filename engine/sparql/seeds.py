"""A nested SELECT told what the query around it is about.

The store computes a nested SELECT whole before it joins it, also where the rest names one node. A
triple pattern of the rest whose only variable ?v the SELECT gives holds once or not at all for each
?v; so inside it takes away only rows that find no partner outside. Nothing else is changed by that
where the SELECT binds ?v in every row by its patterns, gives it as it is, cuts off no rows (LIMIT,
OFFSET, REDUCED), and groups by ?v where it aggregates (SPARQL 1.1, sections 12 and 18.2.4).
"""

from collections.abc import Iterator

from engine.sparql.absence import Scope, patterns
from engine.sparql.plans import AGGREGATES, certain, grouped_by, projected
from engine.sparql.syntax import Element, Group, Kind, Query, Token
from engine.sparql.triples import NotPlainError, Triple

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
    return select.where.select is None and words.isdisjoint(_CUTS | {"REDUCED"})


def _given(select: Query) -> frozenset[str]:
    """The variables that each row gives as the patterns inside bind them."""
    names = projected(select) & certain(select.where)
    words = {token.word for token in (*select.head, *select.tail)}
    return names & grouped_by(select) if words & (AGGREGATES | {"GROUP"}) else names


def _tell(select: Query, beside: Group, given: frozenset[str], scope: Scope) -> bool:
    told = False
    inside = {triple.text for triple in _read(select.where)}
    for triple in _read(beside):
        names = triple.variables - scope.prebound
        known = triple.bounded and not triple.typing and triple.text not in inside
        if known and len(names) == 1 and names <= given:
            tokens = list(triple.tokens)
            select.where.elements.append(Element(Kind.PATTERN, [*tokens, Token(".", kind="other")]))
            told = True
    return told


def _read(group: Group) -> list[Triple]:
    try:
        return patterns(group)
    except NotPlainError:
        return []
