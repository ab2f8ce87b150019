"""Three ways of asking what is there or not, brought to the one that the store answers best.

``MINUS { B }`` and ``OPTIONAL { B } FILTER (!bound(?v))`` read the whole of B even for one row;
``FILTER NOT EXISTS { B }`` looks B up for each row once it is nested (``engine.sparql.lookups``).
For the same rows they stand where every variable that B shares with the rest of the query is
certainly bound on both sides before (by a pattern, not by an OPTIONAL, one branch of a UNION, BIND
or UNDEF), so that compatible (SPARQL 1.1, section 18.5) and substituted (18.6) mean the same.

A look-up for each row reads as much as there is, unless what is shared is only ever a value that
many things have, such as a tier: then every row reads all that have it, the square of the data.
There B is read once, as a set of the shared values.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count

from engine.sparql.lookups import Body, exists, taken_apart, variables_of
from engine.sparql.plans import certain
from engine.sparql.syntax import Element, Group, Kind, Query, Token
from engine.sparql.triples import NotPlainError, Triple, triples


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a group stands: how often each variable occurs in the whole query, which variables
    are constants (``prebound``) or may be when it runs (``given``), and whether a SELECT of
    everything makes a new variable show.
    """

    occurrences: Mapping[str, int]
    prebound: frozenset[str]
    given: frozenset[str]
    everything: bool

    def shared(self, elements: Iterable[Element]) -> frozenset[str]:
        """The variables of ``elements`` that occur outside of them too."""
        inside = occurrences(Group(list(elements)))
        return frozenset(name for name, n in inside.items() if self.occurrences[name] > n)


def occurrences(part: Group | Query) -> Counter[str]:
    """How often each variable occurs anywhere in ``part``."""
    return Counter(token.variable for token in part.tokens() if token.variable)


def scope_of(query: Query, prebound: frozenset[str], given: frozenset[str]) -> Scope:
    """The scope of the groups of ``query``."""
    everything = any("*" in _shown(select) for select in query.selects())
    return Scope(occurrences(query), prebound, prebound | given, everything)


def _shown(query: Query) -> set[str]:
    depth, found = 0, set()
    for token in query.head:
        depth += (token.word == "(") - (token.word == ")")
        if not depth:
            found.add(token.word)
    return found


def from_minus(group: Group, number: int, scope: Scope, fresh: Iterator[str]) -> Element:
    """What stands for the MINUS at ``number`` of ``group``. Raises NotPlainError saying why not."""
    element = group.elements[number]
    body = taken_apart(element.groups[0], fresh)
    shared = scope.shared([element])
    if not shared - scope.prebound:
        raise NotPlainError("it shares no variable with the rest")
    _check_bound(shared, group.elements[:number], body, scope)
    if not variables_of(body.conditions) <= body.certain | scope.prebound:
        raise NotPlainError("a FILTER in it mentions what it does not bind")
    return exists(element.groups[0], absent=True)


def from_optional(
    group: Group, number: int, scope: Scope, fresh: Iterator[str]
) -> tuple[Element, Element] | None:
    """What stands for the OPTIONAL at ``number`` with a later FILTER (!bound(?v)), and that FILTER.

    None where no such FILTER asks for what it binds; raises NotPlainError saying why not.
    """
    element = group.elements[number]
    inside = certain(element.groups[0])
    test = next((e for e in group.elements if _unbound(e) in inside), None)
    if test is None:
        return None
    if scope.everything:
        raise NotPlainError("SELECT * shows the variables that it would lose")
    body = taken_apart(element.groups[0], fresh)
    shared = scope.shared([element, test])
    if (name := _unbound(test)) in shared | scope.given:
        raise NotPlainError(f"?{name} is used elsewhere")
    _check_bound(shared, group.elements[:number], body, scope, both=False)
    return exists(element.groups[0], absent=True), test


def _unbound(element: Element) -> str | None:
    """The variable of a ``FILTER (!bound(?v))``."""
    if element.kind != Kind.FILTER or element.groups:
        return None
    tokens = [token for token in element.tokens if token.word not in ("(", ")")]
    words = [token.word for token in tokens]
    return tokens[3].variable if words == ["FILTER", "!", "BOUND", ""] else None


def _check_bound(
    shared: frozenset[str],
    before: list[Element],
    body: Body,
    scope: Scope,
    *,
    both: bool = True,
) -> None:
    for name in sorted(shared - scope.prebound):
        if name not in certain(Group(before)):
            raise NotPlainError(f"?{name} may be unbound before it")
        if both and name not in body.certain:
            raise NotPlainError(f"?{name} may be unbound in it")


def as_set(group: Group, element: Element, body: Body, scope: Scope) -> list[Element] | None:
    """What stands at the end of ``group`` for the EXISTS or NOT EXISTS ``element`` whose rows
    would each read what many share; None where a look-up for each is as well or nothing is shared.
    """
    shared = scope.shared([element])
    names = shared - scope.prebound
    rest = Group([other for other in group.elements if other is not element])
    if not names or not names <= certain(rest) & body.certain:
        return None
    if body.looked_up and not body.conditions:
        return None
    constants = element.groups[0].variables() & scope.prebound
    if scope.everything and not constants <= rest.variables():
        return None
    mine = [part.triple for part in body.parts if part.triple is not None]
    if not all(_only_value(n, mine) and _only_value(n, patterns(rest)) for n in names):
        return None
    wanted = sorted(names | constants)
    words = [Token("SELECT", kind="word"), Token("DISTINCT", kind="word")]
    head = [*words, *(Token(f"?{n}", kind="var") for n in wanted)]
    inner = Group(select=Query(head, element.groups[0], []))
    if element.kind == Kind.NOT_EXISTS:
        return [Element(Kind.MINUS, [Token("MINUS"), inner])]
    return [Element(Kind.GROUP, [inner])]


def patterns(group: Group) -> list[Triple]:
    """The triple patterns that stand in ``group`` itself."""
    unnamed = (f"_{number}" for number in count(1))
    found: list[Triple] = []
    for element in group.elements:
        if element.kind == Kind.PATTERN:
            found += triples(element.tokens, unnamed)
    return found


def _only_value(name: str, patterns: Iterable[Triple]) -> bool:
    """Whether ``name`` stands in ``patterns``, and never as what they are about."""
    held = [triple for triple in patterns if name in triple.variables]
    return bool(held) and all(t.object == name and t.subject != name for t in held)
