"""Values for the variables of a query, in every scope that uses them.

Values are bound by the store when the query runs, never written into its text. The store's own
substitution reaches a SELECT, nested ones too, only through the variables that it projects; so
these are added to the projection (and to GROUP BY), and taken out of the answer again. It also
reads an expression over a variable that no pattern of its group can bind as unbound, even when the
variable is substituted: ``{ BIND (?given AS ?other) }`` binds nothing. Such groups get an OPTIONAL
that matches nothing and mentions the variable. (All measured, pyoxigraph 0.5.13.)
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import lru_cache

from engine.errors import QueryError
from engine.rdf import Term
from engine.sparql.plans import AGGREGATES, certain
from engine.sparql.rewrite import rewrite, rewritten
from engine.sparql.syntax import Element, Group, Kind, Query, Token, parse_query
from engine.store.oxigraph import OxigraphStore
from engine.store.port import Dataset, QueryResult, Solutions

_NEVER = "<urn:aimsgraph:never>"
_LOOK_OUT = (Kind.OPTIONAL, Kind.EXISTS, Kind.NOT_EXISTS, Kind.FILTER)


def evaluate(store: OxigraphStore, text: str, bindings: Mapping[str, Term]) -> QueryResult:
    """The result of ``text`` over ``store`` with ``bindings``, in the form that fits the store.

    Raises QueryError, with places in ``text`` where there are no bindings.
    """
    if not bindings:
        return _best(text, store.query)
    ready = _prepared(text, frozenset(bindings))
    result = store.query(
        ready.text, substitutions={n: t for n, t in bindings.items() if n in ready.used}
    )
    if not isinstance(result, Solutions) or ready.shown is None:
        return result
    kept = [i for i, name in enumerate(result.variables) if name in ready.shown]
    rows = (tuple(row[i] for i in kept) for row in result.rows)
    return Solutions(tuple(result.variables[i] for i in kept), rows)


def answer(store: OxigraphStore, text: str, dataset: Dataset | None) -> QueryResult:
    """The result of ``text`` over ``dataset`` of a store in memory, for the thread that asks.

    Rows come as they are read. Raises QueryError, also on reading.
    """
    return _best(text, lambda one: store.answer(one, dataset))


def _best(text: str, run: Callable[[str], QueryResult]) -> QueryResult:
    """``text`` in the form that the store answers best, as it was written where it refuses that."""
    better = rewritten(text)
    try:
        return run(better.text)
    except QueryError:
        if not better.changed:
            raise
    # What is wrong is told of the query as it was written.
    return run(text)


@dataclass(frozen=True, slots=True)
class _Prepared:
    """``used``: which names occur; ``shown``: what the query itself projects, None for ``*``."""

    text: str
    used: frozenset[str]
    shown: frozenset[str] | None


@lru_cache(maxsize=256)
def _prepared(text: str, names: frozenset[str]) -> _Prepared:
    query = parse_query(text)
    rewrite(query, names)
    used = frozenset(name for token in query.tokens() if (name := token.variable) in names and name)
    shown: frozenset[str] | None = None
    # Innermost first: a SELECT is moved whole into what stands in for the one around it.
    for select in reversed(list(query.selects())):
        at = select_at(select)
        if at is None:
            continue
        if select is query:
            projected = projection(select.head[at + 1 :])
            shown = None if "*" in projected else projected
        here = {token.variable for token in select.tokens()}
        project(select, at, sorted(used & here))
    mention(query, used)
    return _Prepared(str(query), used, shown)


def select_at(query: Query) -> int | None:
    """Where the projection of ``query`` begins (after DISTINCT and REDUCED), None for no SELECT."""
    at = next((i for i, token in enumerate(query.head) if token.word == "SELECT"), None)
    if at is None:
        return None
    after = query.head[at + 1].word if at + 1 < len(query.head) else ""
    return at + (after in ("DISTINCT", "REDUCED"))


def project(query: Query, at: int, names: Sequence[str]) -> None:
    """Add ``names`` to the projection that begins after ``at``, and to the grouping."""
    projected = projection(query.head[at + 1 :])
    missing = [name for name in names if name not in projected]
    if "*" in projected or not missing:
        return
    extra = [Token(f"${name}", kind="var") for name in missing]
    by = next((i for i, token in enumerate(query.tail) if token.word == "BY"), None)
    if by is not None and query.tail[by - 1].word == "GROUP":
        query.tail[by + 1 : by + 1] = extra
    elif any(token.word in AGGREGATES for token in (*query.head, *query.tail)):
        _group(query, at, extra)
    query.head[at + 1 : at + 1] = extra


def _group(query: Query, at: int, by: Sequence[Token]) -> None:
    """Group a SELECT that aggregates everything ``by`` the given, keeping its one row for nothing.

    ``SELECT (COUNT(?x) AS ?n) { P }`` has a row where P has none, and grouped it has not; so it
    becomes the grouped one, UNION the same over nothing FILTER NOT EXISTS { P }.
    """
    items, dataset = _until_dataset(query.head[at + 1 :])
    select = Token("SELECT", kind="word")
    grouping = [Token("GROUP", kind="word"), Token("BY", kind="word"), *by]
    some = Query([select, *by, *items], query.where, [*grouping, *query.tail])
    nothing = Group([Element(Kind.FILTER, [Token("FILTER (false)")])])
    none = Query([select, *items], nothing, list(query.tail))
    absent = Element(Kind.NOT_EXISTS, [Token("FILTER NOT EXISTS"), deepcopy(query.where)])
    branches = [Group(select=some), Group([Element(Kind.GROUP, [Group(select=none)]), absent])]
    names = dict.fromkeys(_projection(items))
    query.head[at + 1 :] = [*(Token(f"?{name}", kind="var") for name in names), *dataset]
    query.where = Group([Element(Kind.UNION, [branches[0], Token("UNION"), branches[1]])])
    query.tail = []


def _until_dataset(tokens: Sequence[Token]) -> tuple[list[Token], list[Token]]:
    """What is projected, and the FROM and WHERE after it."""
    end = next((i for i, t in enumerate(tokens) if t.word in ("FROM", "WHERE")), len(tokens))
    return list(tokens[:end]), list(tokens[end:])


def columns(text: str) -> tuple[str, ...]:
    """The variables that a SELECT projects, in its order; none for ``*`` and for other forms.

    Raises QueryError where brackets or keywords are out of place.
    """
    query = parse_query(text)
    at = select_at(query)
    found = () if at is None else tuple(_projection(_until_dataset(query.head[at + 1 :])[0]))
    return () if "*" in found else tuple(dict.fromkeys(found))


def projection(tokens: Iterable[Token]) -> frozenset[str]:
    """The variables projected by what follows SELECT, ``*`` among them."""
    return frozenset(_projection(tokens))


def _projection(tokens: Iterable[Token]) -> Iterator[str]:
    depth, previous = 0, ""
    for token in tokens:
        depth += (token.word == "(") - (token.word == ")")
        if token.variable and (depth == 0 or (depth == 1 and previous == "AS")):
            yield token.variable
        elif token.word == "*" and depth == 0:
            yield "*"
        previous = token.word


def mention(query: Query, names: frozenset[str]) -> None:
    """Mention in each group the ``names`` that only its expressions use."""
    for select in list(query.selects()):
        computed = (_computed(select.head) | _computed(select.tail)) & names
        _mention_in(select.where, names, computed - certain(select.where), frozenset())


def _computed(tokens: Iterable[Token]) -> frozenset[str]:
    """The variables that an expression uses."""
    found: set[str] = set()
    depth = 0
    for token in tokens:
        depth += (token.word == "(") - (token.word == ")")
        if depth and token.variable:
            found.add(token.variable)
    return frozenset(found)


def _mention_in(
    group: Group, names: frozenset[str], wanted: frozenset[str], around: frozenset[str]
) -> None:
    """``wanted`` is mentioned anyway; ``around`` is certainly bound where filters look out."""
    bound: set[str] = set()
    needed = set(wanted)
    inside = certain(group)
    for element in group.elements:
        if element.kind == Kind.BIND:
            needed |= element.variables() & names - bound
        elif element.kind == Kind.FILTER:
            needed |= element.variables() & names - inside - around
        seen = bound if element.kind == Kind.OPTIONAL else inside
        for inner in element.groups:
            if inner.select is None:
                outside = around | seen if element.kind in _LOOK_OUT else frozenset()
                _mention_in(inner, names, frozenset(), outside)
        bound |= certain(Group([element]))
    for name in sorted(needed):
        told = [Token("OPTIONAL"), Token(f"{{ ?_{name} {_NEVER} ${name} }}")]
        group.elements.insert(0, Element(Kind.OPTIONAL, list(told)))
