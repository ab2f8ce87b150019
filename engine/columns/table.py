"""The columns of a graph: per predicate its subjects and values, sorted both ways."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from engine.columns.encoding import Encoded, Numbers, encode
from engine.columns.terms import Terms
from engine.rdf import NamedNode, Node, Term, Triple

_LINE = b"%s %s %s .\n"


N = TypeVar("N", np.int32, np.int64)


def distinct(numbers: NDArray[N]) -> NDArray[N]:
    """``numbers`` sorted, each once; cheap where they come in order."""
    if len(numbers) < 2:
        return numbers
    if (numbers[1:] < numbers[:-1]).any():
        numbers = np.sort(numbers)
    first = np.empty(len(numbers), np.bool_)
    first[0] = True
    np.not_equal(numbers[1:], numbers[:-1], out=first[1:])
    return numbers if first.all() else numbers[first]


@dataclass(frozen=True)
class Pairs:
    """Pairs of numbers, each once, sorted by ``starts`` and then by ``ends``."""

    starts: Numbers
    ends: Numbers

    def __len__(self) -> int:
        return len(self.starts)

    @classmethod
    def of(cls, starts: Numbers, ends: Numbers) -> "Pairs":
        """Of pairs in any order, perhaps repeated."""
        keys = distinct((starts.astype(np.int64) << 32) | ends)
        return cls((keys >> 32).astype(np.int32), keys.astype(np.int32))

    @cached_property
    def turned(self) -> "Pairs":
        """The same pairs, ends first."""
        return Pairs.of(self.ends, self.starts)

    def at(self, start: int) -> Numbers:
        """The ends of ``start``."""
        # Of the type of the column, which would be copied into another otherwise.
        low, high = np.searchsorted(self.starts, np.array((start, start + 1), np.int32))
        return self.ends[low:high]


_NONE = Pairs(np.empty(0, np.int32), np.empty(0, np.int32))


class Columns:
    """A graph of which every term has a number; immutable, but for what it remembers."""

    def __init__(self, encoded: Encoded) -> None:
        self.terms = Terms(encoded.tokens, encoded.numbers)
        self._pairs: dict[NamedNode, Pairs] = {}
        for number, rows in _by_predicate(encoded.predicates):
            predicate = self.terms[number]
            assert isinstance(predicate, NamedNode)  # The encoding took nothing else.
            self._pairs[predicate] = Pairs.of(encoded.subjects[rows], encoded.objects[rows])
        self.size = sum(map(len, self._pairs.values()))
        # Verdicts on terms by what is asked of them; filled by those who ask.
        self.verdicts: dict[object, NDArray[np.int8]] = {}

    @classmethod
    def of_lines(cls, content: bytes) -> "Columns | None":
        """Of N-Triples as they stand; None where they are not plain (``encode``)."""
        encoded = encode(content)
        return None if encoded is None else cls(encoded)

    @property
    def predicates(self) -> Iterable[NamedNode]:
        """Every predicate that is used."""
        return self._pairs.keys()

    def pairs(self, predicate: NamedNode) -> Pairs:
        """Subjects and values of ``predicate``."""
        return self._pairs.get(predicate, _NONE)

    def values(self, subject: Term, predicate: NamedNode) -> tuple[Term, ...]:
        """The values of ``predicate`` at ``subject``."""
        return self._at(self.pairs(predicate), subject)

    def subjects(self, predicate: NamedNode, value: Term) -> tuple[Term, ...]:
        """The nodes whose ``predicate`` has ``value``."""
        return self._at(self.pairs(predicate).turned, value)

    def _at(self, pairs: Pairs, term: Term) -> tuple[Term, ...]:
        number = self.terms.number(term) if len(pairs) else None
        if number is None:
            return ()
        return tuple([self.terms[end] for end in pairs.at(number).tolist()])

    def match(self, s: Node | None, p: NamedNode | None, o: Term | None) -> Iterator[Triple]:
        """The triples that fit; None fits everything."""
        start = None if s is None else self.terms.number(s)
        end = None if o is None else self.terms.number(o)
        if (s is not None and start is None) or (o is not None and end is None):
            return
        for predicate in self._pairs if p is None else (p,):
            pairs = self.pairs(predicate)
            for one, other in _fitting(pairs, start, end):
                yield Triple(self.terms[one], predicate, self.terms[other])  # type: ignore[arg-type]

    def lines(self, predicate: NamedNode, values: Iterable[Term] | None = None) -> Iterator[bytes]:
        """N-Triples of ``predicate``, where ``values`` is given of these alone."""
        pairs = self.pairs(predicate)
        tokens, middle = self.terms.tokens, b"<%s>" % predicate.value.encode()
        if values is not None:
            known = [n for n in map(self.terms.number, values) if n is not None]
            chosen = np.isin(pairs.ends, known)
            pairs = Pairs(pairs.starts[chosen], pairs.ends[chosen])
        for start, end in zip(pairs.starts.tolist(), pairs.ends.tolist(), strict=True):
            yield _LINE % (tokens[start], middle, tokens[end])


def _fitting(pairs: Pairs, start: int | None, end: int | None) -> Iterator[tuple[int, int]]:
    if start is not None:
        ends = pairs.at(start).tolist()
        return ((start, other) for other in ends if end is None or other == end)
    if end is not None:
        return ((other, end) for other in pairs.turned.at(end).tolist())
    return zip(pairs.starts.tolist(), pairs.ends.tolist(), strict=True)


def _by_predicate(predicates: Numbers) -> Iterator[tuple[int, NDArray[np.intp]]]:
    """Each number of ``predicates`` with the places where it stands, in their order."""
    if not len(predicates):
        return
    order = np.argsort(predicates, kind="stable")
    sorted_ = predicates[order]
    cuts = np.flatnonzero(np.diff(sorted_)) + 1
    for rows in np.split(order, cuts):
        yield int(predicates[rows[0]]), rows
