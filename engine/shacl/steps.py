"""Property paths over columns: the value nodes of many focus nodes at once."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.columns import Columns, Pairs, distinct
from engine.shacl.paths import Alternative, Inverse, Path, Predicate, Repeated, Sequence

Numbers = NDArray[np.int32]
Places = NDArray[np.intp]
Mask = NDArray[np.bool_]
# Of a predicate with fewer triples than so many times the nodes, all are read.
_SCAN = 8
# More pairs than that take more memory than asking the store.
MOST = 20_000_000


class Untold(Exception):
    """Columns do not tell, or would need too much memory for it; ask otherwise."""


@dataclass(frozen=True, slots=True)
class Values:
    """Value nodes: ``values[i]`` is one of the node at place ``at[i]``; each pair once."""

    at: Places
    values: Numbers

    @property
    def keys(self) -> NDArray[np.int64]:
        """Each pair as one number."""
        return keys(self.at, self.values)


def keys(at: Places, values: Numbers) -> NDArray[np.int64]:
    """Pairs of a place and a term, each as one number."""
    return (at.astype(np.int64) << 32) | values


def of_keys(found: NDArray[np.int64]) -> Values:
    """The pairs of ``keys``, which must be distinct."""
    return Values((found >> 32).astype(np.intp), found.astype(np.int32))


def walk(columns: Columns, path: Path, nodes: Numbers) -> Values:
    """The value nodes of ``path`` at ``nodes``, sorted and distinct. Raises Untold."""
    match path:
        case Predicate(iri):
            return _over(columns.pairs(iri), nodes)
        case Inverse(inner):
            return _back(columns, inner, nodes)
        case Sequence(steps):
            reached = _here(nodes)
            for step in steps:
                reached = _onward(columns, step, reached)
            return reached
        case Alternative(options):
            found = [walk(columns, option, nodes).keys for option in options]
            return of_keys(distinct(np.concatenate(found)))
        case Repeated(inner, mark):
            return _repeat(columns, inner, mark, nodes)


def _here(nodes: Numbers) -> Values:
    return Values(np.arange(len(nodes)), nodes)


def _back(columns: Columns, path: Path, nodes: Numbers) -> Values:
    match path:
        case Predicate(iri):
            return _over(columns.pairs(iri).turned, nodes)
        case Inverse(inner):
            return walk(columns, inner, nodes)
        case Sequence(steps):
            return walk(columns, Sequence(tuple(map(Inverse, reversed(steps)))), nodes)
        case Alternative(options):
            return walk(columns, Alternative(tuple(map(Inverse, options))), nodes)
        case Repeated(inner, mark):
            return walk(columns, Repeated(Inverse(inner), mark), nodes)


def _over(pairs: Pairs, nodes: Numbers) -> Values:
    """The ends of ``pairs`` that start at ``nodes``, which are sorted and distinct."""
    if not len(pairs) or not len(nodes):
        return Values(np.empty(0, np.intp), np.empty(0, np.int32))
    if len(pairs) <= _SCAN * len(nodes):
        place = np.searchsorted(nodes, pairs.starts)
        place[place == len(nodes)] = 0
        chosen = nodes[place] == pairs.starts
        return Values(place[chosen], pairs.ends[chosen])
    low = np.searchsorted(pairs.starts, nodes, "left")
    counts = np.searchsorted(pairs.starts, nodes, "right") - low
    return Values(np.repeat(np.arange(len(nodes)), counts), pairs.ends[spread(low, counts)])


def spread(low: Places, counts: Places) -> Places:
    """The places ``low[i]`` … ``low[i] + counts[i] - 1`` for each i. Raises Untold."""
    total = int(counts.sum())
    if total > MOST:
        raise Untold
    ends = np.cumsum(counts)
    return np.arange(total) + np.repeat(low - ends + counts, counts)


def _onward(columns: Columns, path: Path, reached: Values) -> Values:
    """One step of ``path`` from all that is ``reached``."""
    nodes = distinct(reached.values)
    place = np.searchsorted(nodes, reached.values)
    further = walk(columns, path, nodes)
    low = np.searchsorted(further.at, place, "left")
    counts = np.searchsorted(further.at, place, "right") - low
    values = further.values[spread(low, counts)]
    return of_keys(distinct(keys(np.repeat(reached.at, counts), values)))


def _repeat(columns: Columns, path: Path, mark: str, nodes: Numbers) -> Values:
    found = np.empty(0, np.int64) if mark == "+" else _here(nodes).keys
    new = np.setdiff1d(walk(columns, path, nodes).keys, found, assume_unique=True)
    while len(new):
        found = np.union1d(found, new)
        if mark == "?":
            break
        if len(found) > MOST:
            raise Untold
        new = np.setdiff1d(_onward(columns, path, of_keys(new)).keys, found, assume_unique=True)
    return of_keys(found)
