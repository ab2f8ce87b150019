"""Whether what must recur did recur: occurrences and gaps within the period, as facts.

For each obligation with ``aims:occurrenceOf`` and ``aims:cadence`` and each of its subjects, the
occurrences up to the end of the period are counted and the longest gap between them measured, in
days. The gap allowed is the cadence plus the tolerance; a tolerance not below the cadence is the
gap itself. Both are parameters, set by the organisation's own document.

Reads obligations, parameters and records; writes ``aims:CadenceRecord`` nodes.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from engine.derive import Derivation
from engine.errors import InputError
from engine.rdf import BlankNode, Literal, NamedNode, Node, Triple
from engine.snapshot import Reader
from engine.view import Period, format_instant, parse_instant
from engine.vocab import AIMS, DERIVED_GRAPH, RDF_TYPE, SCHEME, XSD

# When an occurrence took place: the first of these that it has.
_INSTANTS = (
    AIMS.performedAt,
    AIMS.measuredAt,
    AIMS.decidedAt,
    AIMS.publishedAt,
    AIMS.approvedAt,
    AIMS.collectedAt,
)


@dataclass(frozen=True, slots=True)
class Demand:
    """What recurs: at least every ``cadence`` days, with ``tolerance`` days of grace."""

    cadence: Decimal
    tolerance: Decimal = Decimal(0)

    @property
    def allowed_days(self) -> Decimal:
        """The longest gap allowed, in days."""
        strict = self.tolerance < self.cadence
        return self.cadence + self.tolerance if strict else self.tolerance

    def required(self, days: Decimal) -> int:
        """How many occurrences a stretch of ``days`` needs; the tolerance is granted once."""
        grace = self.tolerance if self.tolerance < self.cadence else Decimal(0)
        every = self.cadence if self.tolerance < self.cadence else self.tolerance
        return max(0, int((days - grace) // every))


@dataclass(frozen=True, slots=True)
class Recurrence:
    """What was found: ``count`` within the period, the ``longest_gap_days``, the ``last`` one.

    ``first_cycle``: nothing has occurred yet, and the first occurrence is not yet due.
    """

    count: int
    required: int
    longest_gap_days: Decimal
    allowed_days: Decimal
    last: datetime | None
    first_cycle: bool

    @property
    def kept(self) -> bool:
        """Whether the cadence was kept."""
        recurring = self.count >= self.required and self.longest_gap_days <= self.allowed_days
        return self.last is not None and recurring


def recurrence(
    instants: Sequence[datetime],
    demand: Demand,
    period: Period,
    now: datetime,
    started: datetime | None = None,
) -> Recurrence:
    """Judge ``instants`` within ``period`` as far as ``now``.

    ``started``: when the duty began; nothing is asked for before. An occurrence before the period
    opens the first gap.
    """
    end = min(period.end, now)
    begin = period.start if started is None else max(period.start, started)
    past = sorted(instant for instant in instants if instant <= end)
    within = [instant for instant in past if instant >= begin]
    before = [instant for instant in past if instant < begin]
    points = [before[-1] if before else begin, *within, max(end, begin)]
    longest = max(later - earlier for earlier, later in pairwise(points))
    age = None if started is None else _days(end - started)
    return Recurrence(
        count=len(within),
        required=demand.required(_days(max(end - begin, timedelta(0)))),
        longest_gap_days=_days(longest),
        allowed_days=demand.allowed_days,
        last=past[-1] if past else None,
        first_cycle=not past and age is not None and age <= demand.allowed_days,
    )


def _days(span: timedelta) -> Decimal:
    return Decimal(span // timedelta(hours=1)) / 24


@dataclass(frozen=True, slots=True)
class Cadence:
    """The recurrence of one obligation on one subject."""

    obligation: Node
    subject: Node
    recurrence: Recurrence


def cadences(reader: Reader) -> Iterator[Cadence]:
    """The recurrence of every obligation that names occurrences and a cadence, on each subject."""
    started = {system: _started(reader, system) for system in _managed(reader)}
    for obligation in reader.instances(AIMS.Obligation):
        demand = _demand(reader, obligation)
        cls = reader.value(obligation, AIMS.occurrenceOf)
        if demand is None or not isinstance(cls, NamedNode):
            continue
        occurrences = reader.instances(cls)
        subjects = _subjects(reader, obligation)
        overall = reader.value(obligation, AIMS.subjectKind) == _MANAGEMENT_SYSTEM
        links = {} if overall else _links(reader, occurrences, frozenset(subjects))
        for subject in subjects:
            mine = occurrences if overall else links.get(subject, ())
            instants = [at for node in mine if (at := _instant(reader, node)) is not None]
            since = (
                started.get(subject)
                if overall
                else min((at for at in started.values() if at is not None), default=None)
            )
            view = reader.view
            found = recurrence(instants, demand, view.judged_period, view.evaluated_at, since)
            yield Cadence(obligation, subject, found)


_MANAGEMENT_SYSTEM = SCHEME["subject-management-system"]


def _managed(reader: Reader) -> tuple[Node, ...]:
    return reader.instances(AIMS.AIManagementSystem)


def _started(reader: Reader, system: Node) -> datetime | None:
    """When the management system began: its first approved scope."""
    found = [
        at
        for statement in reader.instances(AIMS.ScopeStatement)
        if reader.contains(statement, AIMS.scopeFor, system)
        for prop in (AIMS.approvedAt, AIMS.validFrom)
        for at in _instants(reader, statement, prop)
    ]
    return min(found, default=None)


def _demand(reader: Reader, obligation: Node) -> Demand | None:
    cadence = _parameter(reader, obligation, AIMS.cadence)
    if cadence is None or cadence <= 0:
        return None
    return Demand(cadence, _parameter(reader, obligation, AIMS.tolerance) or Decimal(0))


def _parameter(reader: Reader, obligation: Node, role: NamedNode) -> Decimal | None:
    """The parameter in days; hours are turned into days."""
    parameter = reader.value(obligation, role)
    if parameter is None or isinstance(parameter, Literal):
        return None
    value, unit = reader.value(parameter, AIMS.parameterValue), reader.value(parameter, AIMS.unit)
    if not isinstance(value, Literal):
        return None
    hours = isinstance(unit, NamedNode) and unit.value.endswith("/HR")
    return Decimal(value.value) / 24 if hours else Decimal(value.value)


def _subjects(reader: Reader, obligation: Node) -> tuple[Node, ...]:
    kind = reader.value(obligation, AIMS.subjectKind)
    cls = (
        None if kind is None or isinstance(kind, Literal) else reader.value(kind, AIMS.subjectClass)
    )
    return reader.instances(cls) if isinstance(cls, NamedNode) else ()


def _links(
    reader: Reader, occurrences: Sequence[Node], subjects: frozenset[Node]
) -> dict[Node, list[Node]]:
    """The occurrences of each subject: those that name it, or name something that names it."""
    found: dict[Node, list[Node]] = {}
    for node in occurrences:
        near = _objects(reader, node)
        named = [end for end in near if end in subjects]
        if not named:
            named = [end for middle in near for end in _objects(reader, middle) if end in subjects]
        for subject in dict.fromkeys(named):
            found.setdefault(subject, []).append(node)
    return found


def _objects(reader: Reader, node: Node) -> list[Node]:
    ends = (triple.object for triple in reader.match(node, None, None))
    return [end for end in ends if isinstance(end, NamedNode | BlankNode)]


def _instant(reader: Reader, node: Node) -> datetime | None:
    found = (at for prop in _INSTANTS for at in _instants(reader, node, prop))
    return next(found, None)


def _instants(reader: Reader, node: Node, prop: NamedNode) -> Iterator[datetime]:
    for value in reader.values(node, prop):
        if isinstance(value, Literal):
            try:
                yield parse_instant(value.value)
            except InputError:
                # An instant that cannot be read is a rule result of its own, not an occurrence.
                continue


def _records(reader: Reader) -> Iterator[Triple]:
    for cadence in cadences(reader):
        found = cadence.recurrence
        key = f"{cadence.obligation} {cadence.subject}"
        name = hashlib.sha256(key.encode()).hexdigest()[:24]
        node = DERIVED_GRAPH[f"cadence/{name}"]
        yield Triple(node, RDF_TYPE, AIMS.CadenceRecord)
        yield Triple(node, AIMS.onObligation, cadence.obligation)
        yield Triple(node, AIMS.onSubject, cadence.subject)
        yield Triple(node, AIMS.occurrenceCount, Literal(found.count))
        yield Triple(node, AIMS.longestGapDays, Literal(int(found.longest_gap_days)))
        yield Triple(node, AIMS.allowedGapDays, Literal(int(found.allowed_days)))
        yield Triple(node, AIMS.cadenceKept, Literal(found.kept))
        if found.last is not None:
            at = Literal(format_instant(found.last), datatype=XSD.dateTime)
            yield Triple(node, AIMS.lastOccurrenceAt, at)


derivation = Derivation(
    name="cadence",
    reads=("aims:occurrenceOf", "aims:cadence", "aims:tolerance"),
    writes=(
        "aims:CadenceRecord",
        "aims:onObligation",
        "aims:onSubject",
        "aims:occurrenceCount",
        "aims:longestGapDays",
        "aims:allowedGapDays",
        "aims:cadenceKept",
        "aims:lastOccurrenceAt",
    ),
    run=_records,
)
