"""Supporting facts: the recorded triples that the deciding rules looked at.

For a Core constraint these are the triples along its path from the focus nodes; for a SPARQL
constraint those of the focus nodes whose properties the query names. Computed when asked for, and
bounded: the count says how many there are in all.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from engine.conformance.facts import Facts
from engine.conformance.obligations import Obligation
from engine.conformance.rules import Note
from engine.rdf import BlankNode, Literal, NamedNode, Node, Term, Triple
from engine.shacl.paths import Alternative, Inverse, Path, Predicate, Repeated, Sequence
from engine.vocab import PREFIXES, RDF_TYPE

LIMIT = 20
_NAMES = re.compile(r"<([^<>\s]+)>|\b([a-z][a-z0-9]*):([A-Za-z_][\w.-]*\w|\w)")


@dataclass(frozen=True, slots=True)
class Support:
    """At most ``LIMIT`` supporting facts of one obligation, and how many there are."""

    obligation: Node
    facts: tuple[Triple, ...]
    count: int


def support(facts: Facts, obligation: Obligation, focuses: Iterable[tuple[Node, Term]]) -> Support:
    """The facts behind ``obligation``; ``focuses``: rule and focus node of what was checked."""
    rules = {rule.node: rule for rule in obligation.rules}
    found: dict[Triple, None] = {}
    for rule, focus in focuses:
        for note in rules[rule].notes.values():
            for triple in _looked_at(facts, note, focus):
                found[triple] = None
    recorded = [triple for triple in found if facts.reader.source_of(triple)]
    return Support(obligation.node, tuple(recorded[:LIMIT]), len(recorded))


def about(facts: Facts, obligation: Obligation, nodes: Iterable[Node]) -> Support:
    """What is recorded of ``nodes`` themselves, such as the judgements behind an obligation."""
    triples = [triple for node in nodes for triple in facts.reader.match(node, None, None)]
    recorded = sorted((t for t in triples if facts.reader.source_of(t)), key=str)
    return Support(obligation.node, tuple(recorded[:LIMIT]), len(recorded))


def _looked_at(facts: Facts, note: Note, focus: Term) -> Iterator[Triple]:
    starts: Iterable[Term] = (focus,)
    if note.outer is not None:
        yield from walked(facts, note.outer, focus)
        starts = facts.reach(note.outer, focus)
    for start in starts:
        if note.path is not None:
            yield from walked(facts, note.path, start)
        elif not note.query:
            yield from _typed(facts, start)
        if note.query:
            yield from _named(facts, note.query, start)


def walked(facts: Facts, path: Path, start: Term) -> Iterator[Triple]:
    """The triples on the way along ``path`` from ``start``."""
    if isinstance(start, Literal):
        return
    match path:
        case Predicate(iri):
            yield from facts.reader.match(start, iri, None)
        case Inverse(Predicate(iri)):
            yield from facts.reader.match(None, iri, start)
        case Inverse(inner):
            yield from walked(facts, _turned(inner), start)
        case Sequence(steps):
            yield from _steps(facts, steps, start)
        case Alternative(options):
            for option in options:
                yield from walked(facts, option, start)
        case Repeated(inner, _):
            for node in (start, *facts.reach(path, start)):
                yield from walked(facts, inner, node)


def _turned(path: Path) -> Path:
    """The path that walks ``path`` backwards, with inversion pushed down one level."""
    match path:
        case Inverse(inner):
            return inner
        case Sequence(steps):
            return Sequence(tuple(Inverse(step) for step in reversed(steps)))
        case Alternative(options):
            return Alternative(tuple(Inverse(option) for option in options))
        case Repeated(inner, mark):
            return Repeated(Inverse(inner), mark)
        case Predicate():
            return Inverse(path)


def _steps(facts: Facts, steps: tuple[Path, ...], start: Term) -> Iterator[Triple]:
    here: tuple[Term, ...] = (start,)
    for step in steps:
        for node in here:
            yield from walked(facts, step, node)
        here = tuple(dict.fromkeys(end for node in here for end in facts.reach(step, node)))


def _typed(facts: Facts, node: Term) -> Iterator[Triple]:
    if isinstance(node, NamedNode | BlankNode):
        yield from facts.reader.match(node, RDF_TYPE, None)


def _named(facts: Facts, query: str, node: Term) -> Iterator[Triple]:
    """The triples of ``node``, both ways, whose property occurs in the text of ``query``."""
    if not isinstance(node, NamedNode | BlankNode):
        return
    for prop in _properties(query):
        yield from facts.reader.match(node, prop, None)
        yield from facts.reader.match(None, prop, node)


def _properties(query: str) -> list[NamedNode]:
    """Every IRI that ``query`` writes, in order; those that are no property match nothing."""
    found: dict[NamedNode, None] = {}
    for iri, prefix, local in _NAMES.findall(query):
        if iri:
            found[NamedNode(iri)] = None
        elif prefix in PREFIXES:
            found[NamedNode(PREFIXES[prefix] + local)] = None
    return list(found)
