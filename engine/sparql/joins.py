"""Joins that the store would make by comparing every pair, written so that it looks them up.

- ``P(?x) . Q(?y) FILTER (?x = ?y)`` is to it the product of P and Q. Where one of the two is what a
  triple is about, and so no literal, ``=`` holds exactly for the same term (SPARQL 1.1, section
  17.4.1.7), and the other is given its name.
- ``A OPTIONAL { M } OPTIONAL { B }`` where B hangs only on what M may bind compares each row with
  all of B. A left join is the rows that join and those that nothing fits (section 18.5), and the
  operators around it distribute over that union; so it becomes the UNION of ``A M OPTIONAL { B }``
  and ``A FILTER NOT EXISTS { M } OPTIONAL { B }``. It keeps what an unbound ?m means: all of B.
"""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from typing import NamedTuple

from engine.sparql.absence import Scope, occurrences, patterns
from engine.sparql.lookups import exists, taken_apart, variables_of
from engine.sparql.plans import certain
from engine.sparql.syntax import Element, Group, Kind, Token, lexed
from engine.sparql.triples import NotPlainError

_CONDITIONS = frozenset({Kind.FILTER, Kind.EXISTS, Kind.NOT_EXISTS})
_ORDERED = frozenset({Kind.OPTIONAL, Kind.MINUS, Kind.BIND})
# What may differ when it is computed twice, or stand only once.
_ONCE = frozenset({"RAND", "UUID", "STRUUID", "BNODE", "SELECT"})
_STRINGS = (
    "<http://www.w3.org/2001/XMLSchema#string>,"
    " <http://www.w3.org/1999/02/22-rdf-syntax-ns#langString>"
)


class Step(NamedTuple):
    """What is told of ``element``; whether it was changed, and whether that copied its group."""

    element: Element
    told: str
    changed: bool = False
    copied: bool = False


def improve(group: Group, scope: Scope, fresh: Iterator[str], *, copy: bool) -> Iterator[Step]:
    """Rewrite ``group``, with ``copy`` also where that takes its parts twice.

    After a change ``scope`` is out of date: ask again.
    """
    for element in list(group.elements):
        for pair in _equalities(element):
            if _apart(group, *pair[:2]) and not _divided(group, *pair[:2]):
                yield _equal(group, element, pair, scope, copy=copy)
    for element in list(group.elements):
        if element.kind == Kind.OPTIONAL and (hanging := _hanging(group, element)):
            try:
                _check_copied(group, copy=copy)
                _split(group, element, fresh)
            except NotPlainError as error:
                yield Step(hanging, f"left alone: {error}")
                continue
            told = "looked up where what it hangs on is bound, compared with all only elsewhere"
            yield Step(hanging, told, changed=True, copied=True)
            return


# Equality


def _equalities(element: Element) -> Iterator[tuple[str, str, bool]]:
    """The pairs of variables that a FILTER demands to be equal, and whether as the same term."""
    if element.kind != Kind.FILTER or element.groups:
        return
    for conjunct in conjuncts(element.tokens[1:]):
        words = [token.word for token in conjunct]
        names = [token.variable for token in conjunct]
        if words == ["", "=", ""] and names[0] and names[2] and names[0] != names[2]:
            yield names[0], names[2], False
        elif words == ["SAMETERM", "(", "", ",", "", ")"] and names[2] and names[4] != names[2]:
            yield names[2], names[4] or "", True


def _equal(
    group: Group, element: Element, pair: tuple[str, str, bool], scope: Scope, *, copy: bool
) -> Step:
    told = f"joined on ?{pair[0]} instead of comparing every pair"
    try:
        if _same_terms(group, pair):
            _unify(group, pair, scope)
            return Step(element, told, changed=True)
        _check_copied(group, copy=copy)
        _divide(group, pair, scope)
    except NotPlainError as error:
        return Step(element, f"left alone: {error}")
    told += "; only numbers, dates and the like are compared"
    return Step(element, told, changed=True, copied=True)


def conjuncts(tokens: list[Token]) -> Iterator[list[Token]]:
    """What ``tokens`` demand together, brackets around it taken off."""
    while _wrapped(tokens):
        tokens = tokens[1:-1]
    depth, start, cuts = 0, 0, []
    for at, token in enumerate(tokens):
        depth += (token.word == "(") - (token.word == ")")
        if not depth and token.word == "|":
            yield tokens
            return
        if not depth and token.word == "&" and tokens[at - 1].word == "&":
            cuts.append(at)
    if not cuts:
        yield tokens
        return
    for cut in [*cuts, len(tokens) + 1]:
        yield from conjuncts(tokens[start : cut - 1])
        start = cut + 1


def _wrapped(tokens: list[Token]) -> bool:
    if len(tokens) < 2 or tokens[0].word != "(":
        return False
    depth = 0
    for at, token in enumerate(tokens):
        depth += (token.word == "(") - (token.word == ")")
        if not depth:
            return at == len(tokens) - 1
    return False


def _apart(group: Group, left: str, right: str) -> bool:
    """Whether nothing else that is joined in ``group`` connects the two."""
    joined = [variables_of([e]) for e in group.elements if e.kind not in _CONDITIONS]
    reached, grown = {left}, True
    while grown:
        new = frozenset().union(*(names for names in joined if names & reached)) - reached
        reached |= new
        grown = bool(new)
    return right not in reached and any(right in names for names in joined)


def _same_terms(group: Group, pair: tuple[str, str, bool]) -> bool:
    """Whether the ``pair`` is equal only as the same term: as told, or because one is no literal.

    Raises NotPlainError where patterns of ``group`` do not bind both.
    """
    left, right, same = pair
    held = Group([e for e in group.elements if e.kind == Kind.PATTERN])
    if not {left, right} <= certain(held):
        raise NotPlainError(f"?{left} and ?{right} are not both bound by patterns beside it")
    about = {name for triple in patterns(held) for name in (triple.subject, triple.verb)}
    return same or bool({left, right} & about)


def _unify(group: Group, pair: tuple[str, str, bool], scope: Scope) -> None:
    """Give one of ``pair`` the name of the other. Raises NotPlainError."""
    for kept, gone in (pair[:2], pair[1::-1]):
        if gone not in scope.given and _only_matched(group, gone) and seen_first(group, kept):
            outside = scope.occurrences[gone] > occurrences(group)[gone]
            for token in group.tokens():
                if token.variable == gone:
                    token.text = f"?{kept}"
            if outside or scope.everything:
                group.elements.append(_named(kept, gone))
            return
    raise NotPlainError("both are used in other groups")


def _named(kept: str, gone: str) -> Element:
    """``BIND (?kept AS ?gone)``."""
    return Element(Kind.BIND, list(lexed(f" BIND (?{kept} AS ?{gone})")))


def _divide(group: Group, pair: tuple[str, str, bool], scope: Scope) -> None:
    """Put the UNION of those that are the same and those that are equal otherwise in ``group``.

    Equal without being the same are only literals that are neither strings nor tagged with a
    language. Raises NotPlainError.
    """
    joined = Group([e for e in group.elements if e.kind not in _CONDITIONS])
    demanded = [e for e in group.elements if e.kind in _CONDITIONS]
    if scope.shared(demanded) - joined.variables():
        raise NotPlainError("a FILTER beside it looks out of its group")
    left, right = pair[:2]
    other = deepcopy(group)
    for name in (left, right):
        kinds = f"isLiteral(?{name}) && DATATYPE(?{name}) NOT IN ({_STRINGS})"
        other.elements.append(Element(Kind.FILTER, list(lexed(f" FILTER ({kinds})"))))
    other.elements.append(Element(Kind.FILTER, list(lexed(_different(left, right)))))
    same = Group(list(group.elements))
    _unify(same, pair, replace(scope, everything=True))
    group.elements[:] = [Element(Kind.UNION, [same, Token("UNION", kind="word"), other])]


def _different(left: str, right: str) -> str:
    return f" FILTER (!sameTerm(?{left}, ?{right}))"


def _divided(group: Group, left: str, right: str) -> bool:
    """Whether ``group`` is already what is compared pair by pair."""
    return any(str(e) == _different(left, right) for e in group.elements)


def _check_copied(group: Group, *, copy: bool) -> None:
    if not copy:
        raise NotPlainError("the query would grow too long")
    if any(t.word in _ONCE or t.kind == "blank" for t in group.tokens()):
        raise NotPlainError("the group has a SELECT, a labelled blank node or chance in it")


def _only_matched(group: Group, name: str) -> bool:
    """Whether only patterns and plain filters of ``group`` itself mention ``name``."""
    return all(
        e.kind == Kind.PATTERN or (e.kind == Kind.FILTER and not e.groups)
        for e in group.elements
        if name in variables_of([e])
    )


def seen_first(group: Group, name: str) -> bool:
    """Whether ``name`` is certainly bound before all whose place matters that mention it."""
    return all(
        name in certain(Group(group.elements[:number]))
        for number, e in enumerate(group.elements)
        if e.kind in _ORDERED and name in variables_of([e])
    )


# Optional chains


def _hanging(group: Group, optional: Element) -> Element | None:
    """The later element of ``group`` that is tied to the rest only by what ``optional`` binds."""
    number = group.place(optional)
    before = Group(group.elements[:number])
    if not variables_of([optional]) & certain(before):
        return None
    binds = variables_of([optional]) - certain(before)
    for at in range(number + 1, len(group.elements)):
        element = group.elements[at]
        if element.kind not in (Kind.OPTIONAL, Kind.PATTERN):
            continue
        # An OPTIONAL sees what stands before it; patterns are joined in any order.
        last = at if element.kind == Kind.OPTIONAL else len(group.elements)
        others = Group([e for e in group.elements[:last] if e is not element])
        names = _matched(element)
        if names & binds and not names & certain(others):
            return element
    return None


def _matched(element: Element) -> frozenset[str]:
    """The variables that ``element`` is joined on, not those that only its filters mention."""
    if element.kind == Kind.PATTERN:
        return element.variables()
    inside = element.groups[0]
    return variables_of(e for e in inside.elements if e.kind not in _CONDITIONS)


def _split(group: Group, optional: Element, fresh: Iterator[str]) -> None:
    """Put the union of the rows that ``optional`` fits and the others in place of ``group``."""
    number = group.place(optional)
    before = [e for e in group.elements[:number] if e.kind not in _CONDITIONS]
    after = [e for e in group.elements[number + 1 :] if e.kind not in _CONDITIONS]
    conditions = [e for e in group.elements if e.kind in _CONDITIONS]
    body = taken_apart(optional.groups[0], fresh)
    if body.optionals:
        raise NotPlainError("what it hangs on has an OPTIONAL inside")
    absent = exists(deepcopy(optional.groups[0]), absent=True)
    fits = Group([Element(Kind.GROUP, [Group([*before, *optional.groups[0].elements])]), *after])
    none = Group([Element(Kind.GROUP, [Group([*deepcopy(before), absent])]), *deepcopy(after)])
    union = Element(Kind.UNION, [fits, Token("UNION", kind="word"), none])
    group.elements[:] = [union, *conditions]
