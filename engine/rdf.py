"""RDF terms, quads, parsing and serialising: the one place that names the term classes we use.

Terms are pyoxigraph's immutable, hashable classes. Everything above imports them from here, so
that the store's own API stays behind ``engine.store``.
"""

from typing import TypeGuard

from pyoxigraph import (
    BlankNode,
    DefaultGraph,
    Literal,
    NamedNode,
    Quad,
    RdfFormat,
    Triple,
    Variable,
    parse,
    serialize,
)

Term = NamedNode | BlankNode | Literal
Node = NamedNode | BlankNode
GraphName = NamedNode | DefaultGraph

__all__ = [
    "BlankNode",
    "DefaultGraph",
    "GraphName",
    "Literal",
    "NamedNode",
    "Node",
    "Quad",
    "RdfFormat",
    "Term",
    "Triple",
    "Variable",
    "is_node",
    "parse",
    "serialize",
]


def is_node(term: object) -> TypeGuard[Node]:
    """Whether ``term`` is an IRI or a blank node (no literal, no triple term)."""
    return isinstance(term, NamedNode | BlankNode)
