"""RDF terms, quads, parsing and serialising: the one place that names the term classes we use.

Terms are pyoxigraph's immutable, hashable classes. Everything above imports them from here, so
that the store's own API stays behind ``engine.store``.
"""

from typing import TypeGuard, cast

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
    "terms_of",
]


def is_node(term: object) -> TypeGuard[Node]:
    """Whether ``term`` is an IRI or a blank node (no literal, no triple term)."""
    return isinstance(term, NamedNode | BlankNode)


def terms_of(statement: Triple | Quad) -> tuple[Node, NamedNode, Term]:
    """Subject, predicate and object of a statement that holds no triple term.

    What goes into the ledger or the knowledge pack never holds one; the types of the term library
    allow for it.
    """
    return (
        cast(Node, statement.subject),
        statement.predicate,
        cast(Term, statement.object),
    )
