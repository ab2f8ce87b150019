"""What a query binds for certain, and whether it may run once over all nodes.

A query per focus node costs its parsing each time. Both leave alone what they do not recognise.
"""

from engine.sparql.syntax import Element, Group, Kind, Query

AGGREGATES = frozenset({"COUNT", "SUM", "MIN", "MAX", "AVG", "SAMPLE", "GROUP_CONCAT"})
_SLICES = frozenset({"LIMIT", "OFFSET"})


def certain(group: Group) -> frozenset[str]:
    """The variables that every solution of ``group`` binds, to a node of the graph or as given."""
    if group.select is not None:
        return projected(group.select) & certain(group.select.where)
    found: set[str] = set()
    for element in group.elements:
        if element.kind in (Kind.PATTERN, Kind.VALUES) and not _open(element):
            found |= element.variables()
        elif element.kind in (Kind.GROUP, Kind.GRAPH):
            found |= element.variables() | certain(element.groups[0])
        elif element.kind == Kind.UNION:
            found |= frozenset.intersection(*(certain(branch) for branch in element.groups))
    return frozenset(found)


def projected(query: Query) -> frozenset[str]:
    """The variables that stand alone in the projection, all of the pattern for ``*``."""
    found: set[str] = set()
    depth = 0
    for token in query.head:
        depth += (token.word == "(") - (token.word == ")")
        if token.variable and not depth:
            found.add(token.variable)
        elif token.word == "*" and not depth:
            found |= query.where.variables()
    return frozenset(found)


def _open(element: Element) -> bool:
    # A path that may have length zero also matches terms that are not in the graph.
    return any(token.word in ("*", "?", "UNDEF") for token in element.tokens)


def focus_is_free(query: Query, focus: str) -> bool:
    """Whether ``query`` run over all nodes gives, for each value of ``focus``, what it gives when
    ``focus`` is pre-bound to that value.

    So where nothing is sliced, every SELECT that aggregates groups by ``focus``, and in every group
    that mentions ``focus`` a required pattern of that group binds it, before any OPTIONAL that
    mentions it too. An EXISTS is evaluated with the solution substituted, so its inside does not
    matter; neither do the filters of an OPTIONAL.
    """
    if any(token.word in _SLICES for token in query.tail):
        return False
    if any(token.word == "REDUCED" for token in query.head):
        return False
    if _aggregates(query) and focus not in grouped_by(query):
        return False
    return focus in certain(query.where) and _free(query.where, focus, around=False)


def _aggregates(query: Query) -> bool:
    words = {token.word for token in (*query.head, *query.tail)}
    return not words.isdisjoint(AGGREGATES | {"GROUP", "HAVING"})


def grouped_by(query: Query) -> frozenset[str]:
    """The variables that stand alone among the keys of GROUP BY."""
    found: set[str] = set()
    depth, inside = 0, False
    for token in query.tail:
        inside = token.word == "GROUP" or (inside and token.word not in ("HAVING", "ORDER"))
        depth += (token.word == "(") - (token.word == ")")
        if inside and depth == 0 and token.variable:
            found.add(token.variable)
    return frozenset(found)


def _free(group: Group, focus: str, *, around: bool) -> bool:
    """``around``: the group is an OPTIONAL whose filters see the focus outside."""
    if group.select is not None:
        return focus_is_free(group.select, focus)
    if focus not in group.variables():
        return all(_free(inner, focus, around=False) for e in group.elements for inner in e.groups)
    bound = focus in certain(group)
    seen = False
    for element in group.elements:
        if element.kind in (Kind.EXISTS, Kind.NOT_EXISTS, Kind.FILTER):
            inside = any(focus in inner.variables() for inner in element.groups)
            if (inside or focus in element.variables()) and not (bound or around):
                return False
            continue
        if element.kind == Kind.BIND and focus in element.variables() and not seen:
            return False
        optional = element.kind == Kind.OPTIONAL
        for inner in element.groups:
            # An OPTIONAL sees what stands before it; the other groups are joined in any order.
            if focus in _patterns(inner) and not (seen if optional else bound):
                return False
            if not _free(inner, focus, around=optional and seen):
                return False
        seen = seen or focus in certain(Group([element]))
    return True


def _patterns(group: Group) -> frozenset[str]:
    """The variables of patterns anywhere in ``group``."""
    found: set[str] = set()
    for element in group.elements:
        if element.kind == Kind.PATTERN:
            found |= element.variables()
        for inner in element.groups:
            found |= _patterns(inner)
    return frozenset(found)
