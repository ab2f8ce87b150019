"""IRIs that we mint, and what users may write in place of one."""

import re
from urllib.parse import quote

from engine.errors import InputError, NotFoundError
from engine.rdf import NamedNode
from engine.vocab import PREFIXES

DEFAULT_BASE = "https://aims.example/"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def checked_name(name: str, what: str) -> str:
    """``name`` if it can be a compartment's or source's name, else InputError."""
    if not _NAME.fullmatch(name):
        raise InputError(
            f'"{name[:120]}" cannot name a {what}',
            remedy="Use 1 to 100 letters, digits, dots, hyphens and underscores, "
            "starting with a letter or digit.",
        )
    return name


def graph_iri(base: str, compartment: str, source: str) -> NamedNode:
    """The named graph of what ``source`` asserts in ``compartment``."""
    checked_name(compartment, "compartment")
    checked_name(source, "source")
    return NamedNode(f"{base}graph/{compartment}/{source}")


def split_graph_iri(base: str, graph: NamedNode) -> tuple[str, str]:
    """Compartment and source of a graph of ours. Raises InputError for any other IRI."""
    head = f"{base}graph/"
    parts = graph.value.removeprefix(head).split("/")
    if not graph.value.startswith(head) or len(parts) != 2:
        raise InputError(f"<{graph.value}> is not a graph of this workspace")
    return parts[0], parts[1]


def expand(text: str) -> NamedNode | None:
    """The IRI that ``text`` is: ``<iri>``, an absolute IRI or a CURIE of ours, else None."""
    text = text.strip().removeprefix("<").removesuffix(">")
    prefix, colon, local = text.partition(":")
    if not colon:
        return None
    iri = PREFIXES[prefix] + local if prefix in PREFIXES else text
    if re.search(r'[\x00-\x20<>"{}|\\^`]', iri) or not re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", iri):
        return None
    try:
        return NamedNode(iri)
    except ValueError:  # Looks like an IRI, and is none: http://[
        return None


def expand_in(prefix: str, name: str) -> NamedNode:
    """``name`` as ``expand`` reads it, else after ``prefix``. Raises NotFoundError for neither."""
    node = expand(name) or expand(f"{prefix}{name}")
    if node is None:
        raise NotFoundError(
            f'"{name[:100]}" cannot be part of an IRI', remedy="Give an IRI, a CURIE or a name."
        )
    return node


def path_segment(text: str) -> str:
    """``text`` as one IRI path segment, percent-encoded."""
    return quote(text, safe="-._~")
