"""What a SPARQL text is and whether it may run: decided on its tokens, before any parser sees it.

The parser behind us crashes the process, uncatchably, on about 2,000 nested braces, 2,440 BINDs or
8,700 ``||``; its optimiser takes 1.3 s for 100 triple patterns joined and 30 s for 200; SERVICE and
LOAD go out to the network, with no switch to stop them (all measured, pyoxigraph 0.5.13, stack of
8 MB). The limits below stay under half of each.
"""

from enum import StrEnum
from functools import lru_cache

from engine.errors import QueryError
from engine.sparql.tokens import Token, refused, tokens

CHARACTERS, OPERATORS, PATTERNS = 200_000, 1_000, 100
_OPERATOR = frozenset(
    "|| && ! = != < > <= >= + - * / | ^ UNION BIND MINUS FILTER OPTIONAL GRAPH IN NOT EXISTS AS"
    " VALUES".split()
)
_JOINING = frozenset({".", ";", ",", "[", "(", "{", "/", "VALUES"})
_MEMBERS = frozenset({"iri", "pname", "var", "blank", "string", "number"})
_QUERIES = frozenset({"SELECT", "ASK", "CONSTRUCT", "DESCRIBE"})
_UPDATES = frozenset("INSERT DELETE LOAD CLEAR DROP CREATE ADD MOVE COPY WITH".split())
_OUTWARD = frozenset({"SERVICE", "LOAD"})


class QueryForm(StrEnum):
    """What kind of operation a text is."""

    SELECT = "SELECT"
    ASK = "ASK"
    CONSTRUCT = "CONSTRUCT"
    DESCRIBE = "DESCRIBE"
    UPDATE = "UPDATE"


@lru_cache(maxsize=1024)
def inspect(text: str, *, update: bool = False) -> QueryForm:
    """The form of ``text``, a query (or with ``update`` an update) that may be run.

    Raises QueryError with line and column for SERVICE and LOAD, for an update sent as a query and
    the other way round, for text that is too long, deep or wide, and for text that is no SPARQL.
    """
    found = _tokens(text)
    form, first = _form(text, found)
    if update and form is not QueryForm.UPDATE:
        raise refused(
            text, first.start, "this is a query, and an update was expected", "Send it to /sparql."
        )
    if not update and form is QueryForm.UPDATE:
        raise refused(
            text,
            first.start,
            "this is an update, and only queries are answered here",
            "Send it to /update, or ask with SELECT, ASK, CONSTRUCT or DESCRIBE.",
        )
    _check(text, found)
    return form


def reaches_named_graphs(text: str) -> bool:
    """Whether ``text`` says GRAPH, FROM or USING anywhere. Raises QueryError like ``inspect``."""
    return any(token.word in ("GRAPH", "FROM", "USING") for token in _tokens(text))


def form_of(text: str) -> QueryForm:
    """The form of ``text``, whether it may be run or not. Raises QueryError where it has none."""
    return _form(text, _tokens(text))[0]


@lru_cache(maxsize=256)
def _tokens(text: str) -> tuple[Token, ...]:
    if len(text) > CHARACTERS:
        raise QueryError(
            f"the query is longer than {CHARACTERS:,} characters", remedy="Send a shorter one."
        )
    return tuple(tokens(text))


def _form(text: str, found: tuple[Token, ...]) -> tuple[QueryForm, Token]:
    """The form, and the token that says so: the first after BASE and PREFIX declarations."""
    at = 0
    while at < len(found) and found[at].word in ("BASE", "PREFIX"):
        at += 2 if found[at].word == "BASE" else 3
    if at >= len(found):
        raise QueryError("the query is empty", remedy="Start it with SELECT, ASK or CONSTRUCT.")
    first = found[at]
    if first.word in _QUERIES:
        return QueryForm(first.word), first
    if first.word in _UPDATES:
        return QueryForm.UPDATE, first
    raise refused(
        text,
        first.start,
        f'a query cannot start with "{first.text[:80]}"',
        "Start it with SELECT, ASK, CONSTRUCT or DESCRIBE, after any PREFIX lines.",
    )


def _check(text: str, found: tuple[Token, ...]) -> None:
    operators = patterns = 0
    before = ""
    for token in found:
        word = token.word
        if word in _OUTWARD:
            raise refused(
                text,
                token.start,
                f"{word} would reach out of this graph",
                "Import what you need first, then ask here.",
            )
        if word in ("<<", "{|"):
            raise refused(
                text,
                token.start,
                "statements about statements are not part of SPARQL 1.1",
                "Ask for the node that describes the statement.",
            )
        operators += word in _OPERATOR
        patterns += _joins(token, before)
        if operators > OPERATORS or patterns > PATTERNS:
            what = "operators" if operators > OPERATORS else "patterns to join"
            limit = OPERATORS if operators > OPERATORS else PATTERNS
            raise refused(
                text,
                token.start,
                f"the query has more than {limit:,} {what}",
                "Use VALUES or IN for lists, or ask in several queries.",
            )
        before = word


def _joins(token: Token, before: str) -> bool:
    """Whether ``token`` adds something to join, given the keyword or mark before it."""
    if token.mode == "list":
        return token.kind in _MEMBERS or token.word in ("(", "[", "/")
    return token.mode == "pattern" and token.word in _JOINING and before != "UNION"
