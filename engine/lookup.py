"""From what a user writes to the node that is meant: an IRI, a CURIE, or a name that is unique.

A name is a recorded identifier, a number such as A.7.5, or the last part of an IRI.
"""

from engine.errors import InputError, NotFoundError
from engine.iri import expand
from engine.rdf import Literal, NamedNode
from engine.snapshot import Reader
from engine.vocab import AIMS, RDF_TYPE, shorten

_IDENTIFYING = (AIMS.identifier, AIMS.refId)


def find_node(reader: Reader, text: str) -> NamedNode:
    """The node that ``text`` names in ``reader``.

    An IRI or CURIE must occur in the graph; a name must be unique. Raises NotFoundError, or
    InputError when several nodes share the name.
    """
    text = text.strip()
    node = expand(text)
    if node is not None and _known(reader, node):
        return node
    found = _identified(reader, text) or _ending(reader, text)
    if len(found) > 1:
        names = ", ".join(sorted(shorten(n) for n in found)[:5])
        raise InputError(
            f'"{text[:200]}" is the name of {len(found)} nodes',
            remedy=f"Name one by its IRI or CURIE: {names}.",
        )
    if not found:
        raise NotFoundError(
            f'nothing in the graph is named "{text[:200]}"',
            remedy="Give an IRI, a CURIE such as iso42001:A.7.5, an identifier such as A.7.5, or "
            "the last part of an IRI.",
        )
    return found.pop()


def _identified(reader: Reader, text: str) -> set[NamedNode]:
    return {
        triple.subject
        for prop in _IDENTIFYING
        for triple in reader.match(None, prop, Literal(text))
        if isinstance(triple.subject, NamedNode)
    }


def _ending(reader: Reader, text: str) -> set[NamedNode]:
    """Recorded nodes whose IRI ends in ``text``; looked through whole, so the last resort."""
    ends = (f"/{text}", f"#{text}")
    return {
        triple.subject
        for triple in reader.match(None, RDF_TYPE, None)
        if isinstance(triple.subject, NamedNode) and text and triple.subject.value.endswith(ends)
    }


def _known(reader: Reader, node: NamedNode) -> bool:
    return reader.contains(node, None, None) or reader.contains(None, None, node)
