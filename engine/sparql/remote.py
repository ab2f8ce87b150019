"""A query as a SELECT that any SPARQL 1.1 endpoint answers, with values for its variables.

Endpoints have no parameters, so a value is a VALUES clause at the start of each group that uses
its variable: a term as the library writes it, never text of a caller's.
"""

from collections.abc import Mapping, Sequence

from engine.rdf import Term
from engine.sparql.syntax import Element, Group, Kind, Query, Token, groups, parse_query
from engine.store.asked import Form, Plan
from engine.vocab import PREFIXES

_OURS = "".join(f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in PREFIXES.items())


def planned(text: str, bindings: Mapping[str, Term]) -> Plan:
    """The plan of ``text``, whose dataset clauses give way to the caller's. Raises QueryError."""
    query = parse_query(text)
    at = next(i for i, token in enumerate(query.head) if token.word in list(Form))
    form = Form(query.head[at].word)
    prologue = _OURS + "".join(map(str, query.head[:at])) + "\n"
    head = _without_dataset(query.head[at + 1 :])
    _bind(query, bindings)
    rest = _rest(query)
    if form is Form.SELECT:
        return Plan(form, prologue, f"SELECT{''.join(map(str, head))}{rest}")
    if form is Form.ASK:
        return Plan(form, prologue, f"SELECT (1 AS ?found){rest}")
    if form is Form.CONSTRUCT:
        template = "".join(map(str, head)) or str(query.where)
        names = dict.fromkeys(
            token.variable for token in (head or list(query.where.tokens())) if token.variable
        )
        shown = " ".join(f"?{name}" for name in names) or "(1 AS ?found)"
        return Plan(form, prologue, f"SELECT {shown}{rest}", template, tuple(names) or ("found",))
    named = " ".join(token.text for token in head if token.kind in ("iri", "pname"))
    asked = [token.variable for token in head if token.variable]
    if any(token.word == "*" for token in head):
        asked = sorted(query.where.variables())
    shown = " ".join(f"?{name}" for name in asked)
    return Plan(form, prologue, f"SELECT DISTINCT {shown}{rest}" if asked else "", named)


def _without_dataset(tokens: Sequence[Token]) -> list[Token]:
    """``tokens`` between the form and the group, without FROM clauses and WHERE."""
    kept: list[Token] = []
    skip = 0
    for number, token in enumerate(tokens):
        if token.word == "FROM":
            following = tokens[number + 1].word if number + 1 < len(tokens) else ""
            skip = 3 if following == "NAMED" else 2
        if skip:
            skip -= 1
        elif token.word != "WHERE":
            kept.append(token)
    return kept


def _rest(query: Query) -> str:
    """The group and what follows, with values given at the end joined to the group.

    One server loses columns that such values have and a nested SELECT does not show (measured).
    """
    depth, at = 0, len(query.tail)
    for number, token in enumerate(query.tail):
        depth += (token.word in "{(") - (token.word in "})") if token.word else 0
        if token.word == "VALUES" and depth == 0:
            at = number
    values = "".join(map(str, query.tail[at:]))
    where = f" {{{query.where}{values}\n}}" if values else str(query.where)
    return where + "".join(map(str, query.tail[:at]))


def _bind(query: Query, bindings: Mapping[str, Term]) -> None:
    for select in query.selects():
        around = {t.variable for t in (*select.head, *select.tail) if t.variable}
        for group in list(groups(select.where)):
            here = {name for element in group.elements for name in element.variables()}
            if group is select.where:
                here |= around
            if group.select is None:
                _give(group, {n: bindings[n] for n in sorted(here & bindings.keys())})


def _give(group: Group, values: Mapping[str, Term]) -> None:
    for name, term in values.items():
        # The mark is the one that queries are not written with here; both name one variable.
        text = Token(f"VALUES ${name} {{ {term} }}")
        group.elements.insert(0, Element(Kind.PATTERN, [text]))
