"""Derived facts: what graph algorithms compute from a view, as facts that rules can read.

A member of this folder is a module with ``derivation``: a pure function from a Reader to the
triples of its own reserved graph, with the names of what it reads and writes. Derived facts are
computed anew for each view and are never in the ledger.
"""

import sys
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from functools import lru_cache, partial

from engine.errors import IntegrityError
from engine.rdf import Node, Triple
from engine.registry import members
from engine.snapshot import Reader, Step
from engine.vocab import DERIVED_GRAPH


@dataclass(frozen=True, slots=True)
class Derivation:
    """One kind of derived facts.

    ``name``: of its graph under ``DERIVED_GRAPH``. ``reads``, ``writes``: CURIEs of properties and
    classes; what one derivation writes and another reads makes the second run later. ``query``:
    the named query that says what it means; a view of a time when the knowledge pack had no such
    query has no such facts, as its rules ask for none. ``touched``: of which nodes the facts can
    change when triples come or go, told on a graph that holds all of them; None for all nodes.
    ``clock``: it calculates with the instant judged, so that each moves its facts.
    ``about``: what ``run`` gives with one of these nodes as subject. Without these two all facts
    are computed anew after each change.
    """

    name: str
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    run: Callable[[Reader], Iterable[Triple]]
    query: str = ""
    clock: bool = False
    touched: Callable[[Reader, Collection[Triple]], Collection[Node] | None] | None = None
    about: Callable[[Reader, Collection[Node]], Iterable[Triple]] | None = None


def stratified(derivations: Iterable[Derivation]) -> tuple[Derivation, ...]:
    """``derivations`` in an order in which each runs after those whose results it reads.

    Equal inputs give equal orders. Raises IntegrityError naming those that wait for each other.
    """
    waiting = sorted(derivations, key=lambda item: item.name)
    ordered: list[Derivation] = []
    while waiting:
        ready = next((item for item in waiting if not _needed(item, waiting)), None)
        if ready is None:
            names = ", ".join(item.name for item in waiting)
            raise IntegrityError(
                f"the derivations {names} read each other's results",
                remedy="Let one of them do without what the other writes.",
            )
        ordered.append(ready)
        waiting.remove(ready)
    return tuple(ordered)


def _needed(item: Derivation, others: Iterable[Derivation]) -> bool:
    """Whether ``item`` reads what one of ``others`` still has to write."""
    return any(set(item.reads) & set(other.writes) for other in others if other is not item)


@lru_cache(maxsize=1)
def derivations() -> tuple[Derivation, ...]:
    """The members of this folder, stratified."""
    found = (member for _, member in members(sys.modules[__name__], "derivation"))
    return stratified(item for item in found if isinstance(item, Derivation))


def derived(reader: Reader, *, alone: bool = False) -> Reader:
    """``reader`` with every derived graph, each also part of its default graph.

    ``alone``: the caller has its store for himself, so that it need not be copied. Raises what a
    derivation raises: a failure is never an empty result.
    """
    steps = (Step(DERIVED_GRAPH[item.name], partial(facts, item)) for item in derivations())
    return reader.grown(steps) if alone else reader.with_graphs(steps)


def facts(
    item: Derivation, reader: Reader, nodes: Collection[Node] | None = None
) -> Iterable[Triple]:
    """What ``item`` gives on ``reader``; with ``nodes`` only the facts about these."""
    if item.query and item.query not in reader.pack.query_texts:
        return ()
    if nodes is None or item.about is None:
        return item.run(reader)
    return item.about(reader, nodes)
