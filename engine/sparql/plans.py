"""Plans that fit the store, for queries of shapes, under stated conditions that keep the answer.

Oxigraph evaluates ``FILTER NOT EXISTS { join }`` as a full join per row (its issue 885: 2.6 ms a
focus node at 6,000 records, where the same test as OPTIONAL and !bound() takes 0.05 ms), and a
query per focus node costs its parsing each time. Both functions leave alone what they do not
recognise.
"""

from itertools import count

from engine.sparql.syntax import Element, Group, Kind, Query, Token

_SIMPLE = frozenset({Kind.PATTERN, Kind.FILTER, Kind.EXISTS, Kind.NOT_EXISTS})
AGGREGATES = frozenset({"COUNT", "SUM", "MIN", "MAX", "AVG", "SAMPLE", "GROUP_CONCAT"})
_SLICES = frozenset({"LIMIT", "OFFSET"})


def certain(group: Group) -> frozenset[str]:
    """The variables that every solution of ``group`` binds to a node of the graph."""
    if group.select is not None:
        return _projected(group.select) & certain(group.select.where)
    found: set[str] = set()
    for element in group.elements:
        if element.kind == Kind.PATTERN and not _zero_length(element):
            found |= element.variables()
        elif element.kind in (Kind.GROUP, Kind.GRAPH):
            found |= element.variables() | certain(element.groups[0])
        elif element.kind == Kind.UNION:
            found |= frozenset.intersection(*(certain(branch) for branch in element.groups))
    return frozenset(found)


def _projected(query: Query) -> frozenset[str]:
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


def _zero_length(pattern: Element) -> bool:
    # A path that may have length zero also matches terms that are not in the graph.
    return any(token.word in ("*", "?") for token in pattern.tokens)


def without_absence_filters(where: Group, prebound: frozenset[str]) -> None:
    """Turn ``FILTER NOT EXISTS { G }`` of ``where`` into OPTIONAL { G } … FILTER (!bound(…)).

    Only where G is triple patterns with filters, so that G joined to a solution is G with the
    solution substituted, and G's filters, as the condition of the OPTIONAL, see that solution;
    and where no variable of G is bound by an expression outside and used in a zero-length path.
    A solution survives both forms exactly when nothing of G fits it, and then once. The rest of
    the group goes into a group of its own, so that several absences do not multiply each other.
    ``prebound`` variables are constants. Nested groups are treated alike, where what they share
    with the outside is bound inside too.
    """
    _rewrite(where, frozenset(), prebound, count(1))


def _rewrite(
    group: Group, outside: frozenset[str], prebound: frozenset[str], numbers: "count[int]"
) -> None:
    for element in group.elements:
        if element.kind in (Kind.GROUP, Kind.UNION):
            for inner in element.groups:
                if inner.select is None:
                    others = _outside(group, element, inner)
                    _rewrite(inner, outside | others, prebound, numbers)
    shared = outside - certain(group) - prebound
    absences = [e for e in group.elements if _replaceable(e, group, shared)]
    rest = [e for e in group.elements if e not in absences]
    for element in absences:
        marker = f"?_absent{next(numbers)}"
        inner = element.groups[0]
        inner.elements.append(Element(Kind.BIND, [Token(f"BIND (true AS {marker})")]))
        rest = [
            Element(Kind.GROUP, [Group(rest)]),
            Element(Kind.OPTIONAL, [Token("OPTIONAL"), inner]),
            Element(Kind.FILTER, [Token(f"FILTER (!bound({marker}))")]),
        ]
    group.elements = rest


def _outside(group: Group, element: Element, inner: Group) -> frozenset[str]:
    found: set[str] = set()
    for other in group.elements:
        found |= other.variables() if other is not element else set()
        for branch in other.groups:
            found |= branch.variables() if branch is not inner else set()
    return frozenset(found)


def _replaceable(element: Element, group: Group, shared: frozenset[str]) -> bool:
    if element.kind != Kind.NOT_EXISTS:
        return False
    inner = element.groups[0]
    kinds = {part.kind for part in inner.elements}
    if inner.select is not None or not kinds <= _SIMPLE or Kind.PATTERN not in kinds:
        return False
    if inner.variables() & shared:
        return False
    computed = any(
        part.kind == Kind.BIND or part.groups for part in group.elements if part is not element
    )
    return not computed or not any(_zero_length(part) for part in inner.elements)


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
    if _aggregates(query) and focus not in _grouped_by(query):
        return False
    return focus in certain(query.where) and _free(query.where, focus, around=False)


def _aggregates(query: Query) -> bool:
    words = {token.word for token in (*query.head, *query.tail)}
    return not words.isdisjoint(AGGREGATES | {"GROUP", "HAVING"})


def _grouped_by(query: Query) -> frozenset[str]:
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
