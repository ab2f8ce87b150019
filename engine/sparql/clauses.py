"""What the clauses of a SPARQL text name: namespaces and graphs. Decided on tokens."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urljoin

from engine.rdf import NamedNode
from engine.sparql.tokens import Token, tokens
from engine.vocab import PREFIXES

_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)")


@dataclass(slots=True)
class Names:
    """BASE and PREFIX declarations so far; ours are known."""

    base: str = ""
    prefixes: dict[str, str] = field(default_factory=lambda: dict(PREFIXES))

    def declare(self, found: Sequence[Token], at: int) -> int:
        """Take in the declaration at ``at``; gives where the next begins."""
        if found[at].word == "BASE":
            self.base = self._resolved(found[at + 1]) if at + 1 < len(found) else ""
            return at + 2
        if at + 2 < len(found):
            self.prefixes[found[at + 1].text[:-1]] = self._resolved(found[at + 2])
        return at + 3

    def declarations(self, found: Sequence[Token]) -> int:
        """Take in all declarations that ``found`` begins with; gives where what follows begins."""
        at = 0
        while at < len(found) and found[at].word in ("BASE", "PREFIX"):
            at = self.declare(found, at)
        return at

    def _resolved(self, token: Token) -> str:
        try:
            return urljoin(self.base, _iri(token))
        except ValueError:
            return ""  # The parser will say so.

    def node(self, token: Token) -> NamedNode | None:
        """The IRI that ``token`` stands for, None for anything else."""
        try:
            if token.kind == "iri":
                return NamedNode(self._resolved(token))
            prefix, colon, local = token.text.partition(":")
            if token.kind == "pname" and colon and prefix in self.prefixes:
                return NamedNode(self.prefixes[prefix] + _ESCAPE.sub(r"\1", local))
        except ValueError:
            return None
        return None


def _iri(token: Token) -> str:
    if token.kind != "iri":
        return ""
    return _ESCAPE.sub(lambda m: chr(int(m[1][1:], 16)), token.text[1:-1])


def from_clauses(text: str) -> tuple[tuple[NamedNode, ...], tuple[NamedNode, ...]]:
    """What FROM and FROM NAMED of a query say."""
    found = tokens(text)
    names = Names()
    at = names.declarations(found)
    default: list[NamedNode] = []
    named: list[NamedNode] = []
    for token, following in zip(found[at:], found[at + 1 :], strict=False):
        node = names.node(following)
        if node is not None and token.mode == "clause":
            if token.word == "FROM":
                default.append(node)
            elif token.word == "NAMED":
                named.append(node)
    return tuple(default), tuple(named)


_CHANGING = frozenset({"RAND", "NOW", "UUID", "STRUUID", "BNODE"})


def same_each_time(text: str) -> bool:
    """Whether a query over the same data gives the same answer whenever it is asked."""
    return not any(token.word in _CHANGING for token in tokens(text))
