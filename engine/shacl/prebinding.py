"""Pre-binding of variables in SHACL-SPARQL queries (SHACL 1.0, appendix A, section 5.2).

What the Recommendation forbids is refused, ``$PATH`` becomes the shape's path, and every other
pre-bound variable is brought into every scope as ``engine.sparql.binding`` does it. Values
themselves are bound when the query runs, never written into its text.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from engine.errors import QueryError, ShapeError
from engine.sparql.binding import mention, project, projection, select_at
from engine.sparql.plans import focus_is_free
from engine.sparql.rewrite import rewrite
from engine.sparql.syntax import Query, Token, parse_query

THIS, VALUE, PATH = "this", "value", "PATH"
CURRENT_SHAPE, SHAPES_GRAPH_NAME = "currentShape", "shapesGraph"
_ALWAYS = frozenset({THIS, CURRENT_SHAPE, SHAPES_GRAPH_NAME})
_FORBIDDEN = {
    "MINUS": "Use FILTER NOT EXISTS { … }.",
    "VALUES": "Use FILTER (?x IN (…)).",
    "SERVICE": "Record the facts in this graph first.",
}


@dataclass(frozen=True, slots=True)
class Prepared:
    """A query ready to run: its text, and the pre-bound variables that occur in it.

    ``written``: the same before it was put in the form that the store answers best.
    ``setwise``: run without binding ``$this``, it gives for each focus node the same solutions.
    """

    text: str
    written: str
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
    try:
        query = parse_query(text)
    except QueryError as error:
        raise ShapeError(error.message, remedy=error.remedy) from error
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
    setwise = not ask and focus_is_free(query, THIS)
    written = prefixes + str(query)
    rewrite(query, names - {THIS} if setwise else names, given=names)
    mention(query, names)
    return Prepared(prefixes + str(query), written, names, setwise)


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
    """Add ``names`` to the projection of ``query``, which must have ``required`` already."""
    at = select_at(query)
    if at is None:
        raise ShapeError("the sh:select is no SELECT query", remedy="Start it with SELECT $this.")
    projected = projection(query.head[at + 1 :])
    if required not in projected and ("*" not in projected or inner):
        where = "a nested SELECT" if inner else "the SELECT"
        raise ShapeError(
            f"{where} does not project ${required}", remedy=f"Write SELECT ${required} …."
        )
    project(query, at, names)
