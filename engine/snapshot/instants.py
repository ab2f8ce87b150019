"""The recorded instants of a graph in order, to tell which of them the clock passes."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from engine.errors import InputError
from engine.rdf import Literal, Triple, terms_of
from engine.snapshot.reader import Reader
from engine.view import parse_instant
from engine.vocab import XSD

# An instant without a time zone lies within so much of either side of the clock.
_ZONES = timedelta(hours=14)


class Instants:
    """Every xsd:dateTime of ``reader``; those that go stay, since they do no harm."""

    def __init__(self, reader: Reader) -> None:
        self._known = set(reader.literals(XSD.dateTime))
        entries = (entry for literal in self._known for entry in _entries(literal))
        self._ordered = sorted(entries, key=lambda entry: entry[0])

    def note(self, triples: Iterable[Triple]) -> None:
        """Learn the instants of ``triples``."""
        for term in (terms_of(triple)[2] for triple in triples):
            if not isinstance(term, Literal) or term.datatype != XSD.dateTime:
                continue
            if term not in self._known:
                self._known.add(term)
                for entry in _entries(term):
                    insort(self._ordered, entry, key=lambda known: known[0])

    def between(self, one: datetime, other: datetime) -> Iterator[Literal]:
        """Those from the earlier to the later of two instants, both included."""
        first, last = sorted((one, other))
        start = bisect_left(self._ordered, first, key=lambda known: known[0])
        end = bisect_right(self._ordered, last, key=lambda known: known[0])
        yield from (literal for _, literal in self._ordered[start:end])


def _entries(literal: Literal) -> Iterator[tuple[datetime, Literal]]:
    """Where on the clock ``literal`` begins or ends to be later than the instant judged."""
    text = literal.value
    try:
        local = datetime.fromisoformat(text.replace("Z", "+00:00"))
        if local.tzinfo is not None:
            yield parse_instant(text), literal
        else:
            yield local.replace(tzinfo=UTC) - _ZONES, literal
            yield local.replace(tzinfo=UTC) + _ZONES, literal
    except (ValueError, OverflowError, InputError):
        # Ill-typed, or beyond every year that is judged: no comparison with it ever changes.
        return
