"""Pre-binding of variables in SHACL-SPARQL queries (SHACL 1.0, appendix A, section 5.2).

What the Recommendation forbids is refused, ``$PATH`` becomes the shape's path, and every other
pre-bound variable is added to the projection (and to GROUP BY), so that the store's own
substitution reaches it in every scope. Values themselves are bound when the query runs, never
written into its text.

Oxigraph reads an expression over a variable that no pattern of its group can bind as unbound, also
when the variable is substituted: ``{ BIND ($this AS ?that) }`` binds nothing. Such groups get an
OPTIONAL that matches nothing and mentions the variable.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from engine.errors import ShapeError
from engine.shacl.plans import AGGREGATES, certain, focus_is_free, without_absence_filters
from engine.shacl.syntax import Element, Group, Kind, Query, Token, parse_query

THIS, VALUE, PATH = "this", "value", "PATH"
CURRENT_SHAPE, SHAPES_GRAPH_NAME = "currentShape", "shapesGraph"
_ALWAYS = frozenset({THIS, CURRENT_SHAPE, SHAPES_GRAPH_NAME})
_NEVER = "<urn:aimsgraph:never>"
_LOOK_OUT = (Kind.OPTIONAL, Kind.EXISTS, Kind.NOT_EXISTS, Kind.FILTER)
_FORBIDDEN = {
    "MINUS": "Use FILTER NOT EXISTS { … }.",
    "VALUES": "Use FILTER (?x IN (…)).",
    "SERVICE": "Record the facts in this graph first.",
}


@dataclass(frozen=True, slots=True)
class Prepared:
    """A query ready to run: its text, and the pre-bound variables that occur in it.

    ``setwise``: run without binding ``$this``, it gives for each focus node the same solutions.
    """

    text: str
    variables: frozenset[str]
    setwise: bool


def prepare(
    text: str,
    *,
    prefixes: str = "",
    path: str | None = None,
    parameters: Sequence[str] = (),
    ask: bool = False,
) -> Prepared:
    """``text``, a sh:select or (``ask``) sh:ask, with what is known of its shape put in.

    ``prefixes``: PREFIX lines; ``path``: SPARQL text for ``$PATH`` of a property shape;
    ``parameters``: further pre-bound names. An ASK becomes a SELECT that has a row when it holds.
    Raises ShapeError for what pre-binding does not allow.
    """
    query = parse_query(text)
    bindable = _ALWAYS | frozenset(parameters) | ({VALUE} if ask else frozenset())
    _refuse(list(query.tokens()), bindable)
    _put_path(query, path)
    used = {token.variable for token in query.tokens()} & bindable
    names = frozenset(name for name in used if name)
    if ask:
        _as_select(query, sorted(names))
    for number, select in enumerate(query.selects()):
        inner = ask or number > 0
        if not ask or number > 0:
            _project(select, sorted(names), required=VALUE if ask else THIS, inner=inner)
    without_absence_filters(query.where, names)
    setwise = not ask and focus_is_free(query, THIS)
    _mention(query, names)
    return Prepared(prefixes + str(query), names, setwise)


def _refuse(tokens: list[Token], bindable: frozenset[str]) -> None:
    previous = ""
    for token in tokens:
        if token.word in _FORBIDDEN:
            raise ShapeError(
                f"the query uses {token.word}, which SHACL does not allow with pre-bound variables",
                remedy=_FORBIDDEN[token.word],
            )
        if previous == "AS" and token.variable in bindable:
            raise ShapeError(
                f"the query assigns to the pre-bound variable {token.text}",
                remedy="Choose another name after AS.",
            )
        previous = token.word


def _put_path(query: Query, path: str | None) -> None:
    for token in query.tokens():
        if token.variable == PATH:
            if path is None:
                raise ShapeError(
                    "$PATH is used in a node shape",
                    remedy="Use it in property shapes only, or name the predicate.",
                )
            token.text, token.lead, token.kind = f"({path})", " ", "path"


def _as_select(query: Query, names: list[str]) -> None:
    form = next((token for token in query.head if token.word == "ASK"), None)
    if form is None:
        raise ShapeError("the sh:ask is no ASK query", remedy="Start it with ASK { … }.")
    projection = " ".join(f"${name}" for name in names) or "(1 AS ?holds)"
    form.text, form.kind = f"SELECT {projection}", "text"


def _project(query: Query, names: list[str], *, required: str, inner: bool) -> None:
    """Add ``names`` to the projection of ``query`` and to its grouping."""
    at = next((i for i, token in enumerate(query.head) if token.word == "SELECT"), None)
    if at is None:
        raise ShapeError("the sh:select is no SELECT query", remedy="Start it with SELECT $this.")
    after = query.head[at + 1].word if at + 1 < len(query.head) else ""
    at += after in ("DISTINCT", "REDUCED")
    projected = _projected(query.head[at + 1 :])
    if required not in projected and ("*" not in projected or inner):
        where = "a nested SELECT" if inner else "the SELECT"
        raise ShapeError(
            f"{where} does not project ${required}", remedy=f"Write SELECT ${required} …."
        )
    missing = [name for name in names if name not in projected]
    if "*" in projected or not missing:
        return
    extra = [Token(f"${name}", kind="var") for name in missing]
    query.head[at + 1 : at + 1] = extra
    by = next((i for i, token in enumerate(query.tail) if token.word == "BY"), None)
    if by is not None and query.tail[by - 1].word == "GROUP":
        query.tail[by + 1 : by + 1] = extra
    elif any(token.word in AGGREGATES for token in query.head):
        query.tail[:0] = [Token("GROUP", kind="word"), Token("BY", kind="word"), *extra]


def _projected(tokens: Iterable[Token]) -> set[str]:
    names: set[str] = set()
    depth, previous = 0, ""
    for token in tokens:
        depth += (token.word == "(") - (token.word == ")")
        if token.variable and (depth == 0 or (depth == 1 and previous == "AS")):
            names.add(token.variable)
        elif token.word == "*" and depth == 0:
            names.add("*")
        previous = token.word
    return names


def _mention(query: Query, names: frozenset[str]) -> None:
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
                outside = frozenset(seen) if element.kind in _LOOK_OUT else frozenset()
                _mention_in(inner, names, frozenset(), outside)
        bound |= certain(Group([element]))
    for name in sorted(needed):
        mention = [Token("OPTIONAL"), Token(f"{{ ?_{name} {_NEVER} ${name} }}")]
        group.elements.insert(0, Element(Kind.OPTIONAL, list(mention)))
