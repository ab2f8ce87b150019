"""Whether the structure of a query may not be what the store reads.

``?a<?b&&?c>?d`` is two comparisons; read by the longest match it holds an IRI, ``<?b&&?c>``, and
two variables are overlooked. No query has an IRI right after an operand inside an expression.
"""

from collections.abc import Iterator

from engine.sparql.syntax import Group, Kind, Query, Token

_OPERANDS = frozenset({"var", "pname", "number", "string", "tag", "iri"})


def misread(query: Query) -> bool:
    """Whether an IRI of ``query`` may be part of two comparisons."""
    return any(_glued(tokens) for tokens in _expressions(query))


def _expressions(query: Query) -> Iterator[list[Token]]:
    for select in query.selects():
        yield select.head
        yield select.tail
        yield from _inside_groups(select.where)


def _inside_groups(group: Group) -> Iterator[list[Token]]:
    for element in group.elements:
        if element.kind in (Kind.FILTER, Kind.BIND):
            yield element.tokens
        for inner in element.groups:
            yield from _inside_groups(inner)


def _glued(tokens: list[Token]) -> bool:
    depth, before = 0, Token("")
    for token in tokens:
        depth += (token.word == "(") - (token.word == ")")
        operand = before.kind in _OPERANDS or before.word == ")"
        if depth and token.kind == "iri" and operand:
            return True
        before = token
    return False
