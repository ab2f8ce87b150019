"""Branches of a UNION, and groups with filters, that begin with what they are joined to.

The store makes each of them without regard to the rest and does so again for each row of the rest,
so that the cost is the product of the two. A join distributes over a UNION, and a filter may be
applied after a join where it sees the same solution (SPARQL 1.1, sections 18.2.2 and 18.5): so the
patterns beside are moved into every branch, where the store orders all patterns together. This is
done where a branch is patterns, data and filters alone, no OPTIONAL, MINUS or BIND stands before
it, and every variable that the branch's filters share with what is moved is bound by the branch.
"""

from collections.abc import Iterator
from copy import deepcopy

from engine.sparql.plans import certain
from engine.sparql.syntax import Element, Group, Kind

# How many branches, and how many tokens of patterns that each of them begins with.
_BRANCHES, _TOKENS = 4, 120
_MOVED = frozenset({Kind.PATTERN, Kind.VALUES})
_TESTS = frozenset({Kind.FILTER, Kind.EXISTS, Kind.NOT_EXISTS})
_ORDERED = frozenset({Kind.OPTIONAL, Kind.MINUS, Kind.BIND})
# What may differ when it is computed twice is in no pattern; blank nodes stand in one block alone.
_ONCE = frozenset({"blank"})


def spread(group: Group) -> Iterator[Element]:
    """Move patterns of ``group`` into its unions and groups; gives those that received some."""
    for element in list(group.elements):
        if element.kind not in (Kind.UNION, Kind.GROUP):
            continue
        beside = _beside(group, element)
        if beside and all(_fits(branch, beside, element.kind) for branch in element.groups):
            _begin(element, beside)
            group.elements = [e for e in group.elements if all(e is not b for b in beside)]
            yield element


def _beside(group: Group, element: Element) -> list[Element]:
    """The patterns and data that ``element`` is joined with, before anything whose place counts."""
    joined: list[Element] = []
    seen = False
    for other in group.elements:
        if other.kind in _ORDERED:
            break
        seen = seen or other is element
        if other.kind in _MOVED:
            joined.append(other)
    tokens = [token for one in joined for token in one.tokens]
    movable = seen and len(element.groups) <= _BRANCHES and len(tokens) <= _TOKENS
    if not movable or any(token.kind in _ONCE for token in tokens):
        return []
    return joined if any(one.kind == Kind.PATTERN for one in joined) else []


def _fits(branch: Group, beside: list[Element], kind: Kind) -> bool:
    kinds = {element.kind for element in branch.elements}
    if branch.select is not None or not kinds <= _MOVED | _TESTS or Kind.PATTERN not in kinds:
        return False
    if kind == Kind.GROUP and not kinds & _TESTS:
        # The store takes such a group apart itself.
        return False
    others = Group(beside).variables()
    bound = certain(branch)
    tests = Group([element for element in branch.elements if element.kind in _TESTS])
    return bool(bound & others) and tests.variables() & others <= bound


def _begin(element: Element, beside: list[Element]) -> None:
    for number, branch in enumerate(element.groups):
        moved = beside if not number else deepcopy(beside)
        branch.elements[:0] = moved
