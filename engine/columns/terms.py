"""Terms as canonical N-Triples tokens, numbered: one token a term, one number a token."""

import re
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from engine.rdf import BlankNode, Literal, NamedNode, RdfFormat, Term, parse
from engine.vocab import XSD

_ESCAPED = re.compile('[\x00-\x1f\x7f"\\\\]')
_SHORT = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}
_LINE = b"<urn:s> <urn:p> %s .\n"
IRI, BLANK, LITERAL = b'<_"'


def token_of(term: Term) -> bytes:
    """The one token of ``term``: escapes only where no other spelling is legal."""
    if isinstance(term, NamedNode):
        return b"<%s>" % term.value.encode()
    if isinstance(term, BlankNode):
        return b"_:%s" % term.value.encode()
    text = b'"%s"' % _ESCAPED.sub(_escape, term.value).encode()
    if term.language is not None:
        return b"%s@%s" % (text, term.language.encode())
    if term.datatype == XSD.string:
        return text
    return b"%s^^<%s>" % (text, term.datatype.value.encode())


def _escape(found: "re.Match[str]") -> str:
    return _SHORT.get(found[0]) or f"\\u{ord(found[0]):04X}"


def term_of(token: bytes) -> Term:
    """The term of a canonical ``token``."""
    if token[0] == IRI:
        return NamedNode(token[1:-1].decode())
    if token[0] == BLANK:
        return BlankNode(token[2:].decode())
    if b"\\" in token:
        return read_tokens([token])[0]
    end = token.rfind(b'"')
    text, suffix = token[1:end].decode(), token[end + 1 :].decode()
    if not suffix:
        return Literal(text)
    if suffix[0] == "@":
        return Literal(text, language=suffix[1:])
    return Literal(text, datatype=NamedNode(suffix[3:-1]))


def read_tokens(tokens: list[bytes]) -> list[Term]:
    """The terms that ``tokens`` stand for, as the parser of the store reads them.

    Raises SyntaxError for one that is no term, ValueError for one of RDF 1.2.
    """
    found: list[Term] = []
    for quad in parse(b"".join(_LINE % t for t in tokens), format=RdfFormat.N_TRIPLES):
        term = quad.object
        plain = isinstance(term, NamedNode | BlankNode | Literal)
        if not plain or getattr(term, "direction", None) is not None:
            raise ValueError(f"{term} is a term of RDF 1.2")
        found.append(term)
    if len(found) != len(tokens):
        raise ValueError("a token is more or less than a term")
    return found


class Terms:
    """The terms of a graph by number, made when they are asked for."""

    def __init__(self, tokens: list[bytes], numbers: Mapping[bytes, int]) -> None:
        self.tokens = tokens
        self._numbers = numbers
        self._made: list[Term | None] = [None] * len(tokens)
        # The first byte of its token tells the kind of a term.
        self.kinds: NDArray[np.uint8] = np.frombuffer(
            b"".join([token[:1] for token in tokens]), np.uint8
        )

    def __len__(self) -> int:
        return len(self.tokens)

    def number(self, term: Term) -> int | None:
        """The number of ``term``, None where the graph does not have it."""
        return self._numbers.get(token_of(term))

    def __getitem__(self, number: int) -> Term:
        made = self._made[number]
        if made is None:
            made = self._made[number] = term_of(self.tokens[number])
        return made
