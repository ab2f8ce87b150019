"""From what a user writes to the node that is meant: an IRI, a CURIE or a unique identifier."""

from engine.errors import InputError, NotFoundError
from engine.iri import expand
from engine.rdf import Literal, NamedNode
from engine.snapshot import Reader
from engine.vocab import AIMS, shorten

_IDENTIFYING = (AIMS.identifier, AIMS.refId)


def find_node(reader: Reader, text: str) -> NamedNode:
    """The node that ``text`` names in ``reader``.

    An IRI or CURIE must occur in the graph; an identifier must be unique. Raises NotFoundError,
    or InputError when several nodes share the identifier.
    """
    node = expand(text)
    if node is not None and _known(reader, node):
        return node
    found = {
        triple.subject
        for prop in _IDENTIFYING
        for triple in reader.match(None, prop, Literal(text.strip()))
        if isinstance(triple.subject, NamedNode)
    }
    if len(found) > 1:
        names = ", ".join(sorted(shorten(n) for n in found)[:5])
        raise InputError(
            f'"{text}" is the identifier of {len(found)} nodes',
            remedy=f"Name one by its IRI or CURIE: {names}.",
        )
    if not found:
        raise NotFoundError(
            f'nothing in the graph is named "{text[:200]}"',
            remedy="Give an IRI, a CURIE such as iso42001:A.7.5, or an identifier such as A.7.5.",
        )
    return found.pop()


def _known(reader: Reader, node: NamedNode) -> bool:
    return reader.contains(node, None, None) or reader.contains(None, None, node)
