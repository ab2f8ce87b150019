"""SHACL property paths (SHACL 1.0, section 2.3.1) as values, in RDF and in SPARQL's notation.

The text form uses our CURIEs where they are legal names and ``<iri>`` elsewhere; it reads back to
the same path, so that a result may carry its path as text and still be reported as RDF.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from engine.errors import ShapeError
from engine.rdf import BlankNode, NamedNode, Node, Term, Triple
from engine.shacl.shapesgraph import ShapesGraph
from engine.vocab import PREFIXES, RDF, SH, shorten


@dataclass(frozen=True, slots=True)
class Predicate:
    """A step over one predicate."""

    iri: NamedNode


@dataclass(frozen=True, slots=True)
class Inverse:
    """The path walked backwards: ``^p``."""

    path: "Path"


@dataclass(frozen=True, slots=True)
class Sequence:
    """The paths one after the other: ``p/q``."""

    steps: "tuple[Path, ...]"


@dataclass(frozen=True, slots=True)
class Alternative:
    """Any of the paths: ``p|q``."""

    options: "tuple[Path, ...]"


@dataclass(frozen=True, slots=True)
class Repeated:
    """The path repeated: ``p*``, ``p+`` or ``p?``, told by ``mark``."""

    path: "Path"
    mark: str


Path = Predicate | Inverse | Sequence | Alternative | Repeated

_REPEATS = {SH.zeroOrMorePath: "*", SH.oneOrMorePath: "+", SH.zeroOrOnePath: "?"}
_LOCAL_NAME = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_-])?")
_TOKEN = re.compile(
    r"\s*(?:<(?P<iri>[^<>\s]*)>|(?P<curie>[\w.-]*:[\w.-]*[\w-])|(?P<mark>[\^/|*+?()]))"
)


def parse_path(graph: ShapesGraph, node: Term, *, within: frozenset[Term] = frozenset()) -> Path:
    """The path that ``node`` of a shapes graph describes.

    Raises ShapeError (without a place) where the node is no well-formed path. Where a node is
    both a list and something else, the list wins, as the W3C suite's path-strange cases ask.
    """
    if isinstance(node, NamedNode):
        return Predicate(node)
    if not isinstance(node, BlankNode) or node in within:
        problem = "is a literal" if not isinstance(node, BlankNode) else "contains itself"
        raise ShapeError(
            f"the property path {problem}",
            remedy="Write a predicate IRI, a list, or a blank node with one path operator.",
        )
    within |= {node}
    if graph.values(node, RDF.first):
        return Sequence(_members(graph, node, within, "sequence path"))
    options = graph.values(node, SH.alternativePath)
    if options:
        return Alternative(_members(graph, options[0], within, "sh:alternativePath"))
    inverse = graph.values(node, SH.inversePath)
    if inverse:
        return Inverse(parse_path(graph, inverse[0], within=within))
    for predicate, mark in _REPEATS.items():
        operand = graph.values(node, predicate)
        if operand:
            return Repeated(parse_path(graph, operand[0], within=within), mark)
    raise ShapeError(
        "the property path is a blank node without a path operator",
        remedy="Give it one of sh:inversePath, sh:alternativePath, sh:zeroOrMorePath, "
        "sh:oneOrMorePath, sh:zeroOrOnePath, or make it a list.",
    )


def _members(
    graph: ShapesGraph, head: Term, within: frozenset[Term], what: str
) -> tuple[Path, ...]:
    members = graph.members(head)
    if len(members) < 2:
        raise ShapeError(
            f"the {what} has {len(members)} members", remedy="List at least two paths."
        )
    return tuple(parse_path(graph, member, within=within) for member in members)


def path_text(path: Path, *, curies: bool = True) -> str:
    """``path`` in SPARQL's notation; with ``curies`` false, with full IRIs throughout."""
    match path:
        case Predicate(iri):
            return predicate_text(iri) if curies else f"<{iri.value}>"
        case Inverse(inner):
            return f"^{_operand(inner, curies)}"
        case Sequence(steps):
            return "/".join(_operand(step, curies) for step in steps)
        case Alternative(options):
            return "|".join(_operand(option, curies) for option in options)
        case Repeated(inner, mark):
            return f"{_operand(inner, curies)}{mark}"


def _operand(path: Path, curies: bool) -> str:
    text = path_text(path, curies=curies)
    return text if isinstance(path, Predicate) else f"({text})"


def predicate_text(iri: NamedNode) -> str:
    """The path of one predicate as text: its CURIE where that is legal, else ``<iri>``."""
    curie = shorten(iri)
    local = curie.partition(":")[2]
    return curie if curie != iri.value and _LOCAL_NAME.fullmatch(local) else f"<{iri.value}>"


def parse_path_text(text: str) -> Path:
    """The path that ``text`` (SPARQL's notation, our CURIEs, no negated sets) stands for.

    Raises ShapeError where it is none.
    """
    tokens: list[str | NamedNode] = []
    position = 0
    while position < len(text.rstrip()):
        found = _TOKEN.match(text, position)
        if not found:
            raise _unreadable(text, position)
        position = found.end()
        tokens.append(found["mark"] or _iri(found["iri"], found["curie"], text, position))
    path, rest = _alternative(tokens, 0, text)
    if rest != len(tokens):
        raise _unreadable(text, position)
    return path


def _iri(iri: str | None, curie: str | None, text: str, position: int) -> NamedNode:
    if iri is not None:
        return NamedNode(iri)
    prefix, _, local = (curie or "").partition(":")
    if prefix not in PREFIXES:
        raise _unreadable(text, position)
    return NamedNode(PREFIXES[prefix] + local)


def _unreadable(text: str, position: int) -> ShapeError:
    return ShapeError(
        f'"{text}" is no property path: it cannot be read at character {position + 1}',
        remedy="Write it as in SPARQL, e.g. ^aims:supports/(aims:ownedBy|prov:wasAttributedTo)?.",
    )


Tokens = list[str | NamedNode]
_Reader = Callable[[Tokens, int, str], tuple[Path, int]]


def _separated(
    tokens: Tokens, at: int, text: str, mark: str, inner: _Reader
) -> tuple[tuple[Path, ...], int]:
    first, at = inner(tokens, at, text)
    found = [first]
    while at < len(tokens) and tokens[at] == mark:
        following, at = inner(tokens, at + 1, text)
        found.append(following)
    return tuple(found), at


def _alternative(tokens: Tokens, at: int, text: str) -> tuple[Path, int]:
    options, at = _separated(tokens, at, text, "|", _sequence)
    return (options[0] if len(options) == 1 else Alternative(options)), at


def _sequence(tokens: Tokens, at: int, text: str) -> tuple[Path, int]:
    steps, at = _separated(tokens, at, text, "/", _step)
    return (steps[0] if len(steps) == 1 else Sequence(steps)), at


def _step(tokens: Tokens, at: int, text: str) -> tuple[Path, int]:
    if at < len(tokens) and tokens[at] == "^":
        inner, at = _step(tokens, at + 1, text)
        return Inverse(inner), at
    return _repeated(tokens, at, text)


def _repeated(tokens: Tokens, at: int, text: str) -> tuple[Path, int]:
    if at >= len(tokens):
        raise _unreadable(text, len(text))
    token = tokens[at]
    path: Path
    if isinstance(token, NamedNode):
        path, at = Predicate(token), at + 1
    elif token == "(":
        path, at = _alternative(tokens, at + 1, text)
        if at >= len(tokens) or tokens[at] != ")":
            raise _unreadable(text, len(text))
        at += 1
    else:
        raise _unreadable(text, text.find(token))
    while at < len(tokens) and tokens[at] in ("*", "+", "?"):
        path, at = Repeated(path, str(tokens[at])), at + 1
    return path, at


def path_triples(path: Path, fresh: Iterator[BlankNode]) -> tuple[Node, list[Triple]]:
    """A node that describes ``path`` in RDF, with its triples; ``fresh`` gives blank nodes."""
    match path:
        case Predicate(iri):
            return iri, []
        case Sequence(steps):
            return _list_triples(steps, fresh)
        case Alternative(options):
            return _operator(SH.alternativePath, _list_triples(options, fresh), fresh)
        case Inverse(inner):
            return _operator(SH.inversePath, path_triples(inner, fresh), fresh)
        case Repeated(inner, mark):
            predicate = next(p for p, m in _REPEATS.items() if m == mark)
            return _operator(predicate, path_triples(inner, fresh), fresh)


def _operator(
    predicate: NamedNode, operand: tuple[Node, list[Triple]], fresh: Iterator[BlankNode]
) -> tuple[Node, list[Triple]]:
    node = next(fresh)
    return node, [Triple(node, predicate, operand[0]), *operand[1]]


def _list_triples(paths: tuple[Path, ...], fresh: Iterator[BlankNode]) -> tuple[Node, list[Triple]]:
    triples: list[Triple] = []
    head: Node = RDF.nil
    for path in reversed(paths):
        member, described = path_triples(path, fresh)
        node = next(fresh)
        triples += [Triple(node, RDF.first, member), Triple(node, RDF.rest, head), *described]
        head = node
    return head, triples
