"""Whether what must recur did recur: occurrences and gaps within the period, as facts.

For each obligation with ``aims:occurrenceOf`` and ``aims:cadence`` and each of its subjects, the
occurrences up to the end of the period are counted and the longest gap between them measured, in
days. The gap allowed is the cadence plus the tolerance; a tolerance not below the cadence is the
gap itself. Both are parameters, set by the organisation's own document.

Reads obligations, parameters and records; writes ``aims:CadenceRecord`` nodes.
"""

import hashlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from engine.derive import Derivation
from engine.derive._recurrence import Demand, Recurrence, recurrence
from engine.errors import InputError
from engine.rdf import BlankNode, Literal, NamedNode, Node, Term, Triple, terms_of
from engine.snapshot import Reader
from engine.view import format_instant, parse_instant
from engine.vocab import AIMS, DERIVED_GRAPH, RDF_TYPE, RDFS, SCHEME, XSD

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


# What obligations and parameters say is knowledge, and the clock is the context's: where these
# change everything is told anew.
_KNOWLEDGE = frozenset(
    {
        *(AIMS.occurrenceOf, AIMS.cadence, AIMS.tolerance, AIMS.subjectKind, AIMS.subjectClass),
        *(AIMS.parameterValue, AIMS.unit, AIMS.evaluatedAt, AIMS.periodFrom, AIMS.periodUntil),
        *(AIMS.scopeFor, RDFS.subClassOf),
    }
)


def _touched(reader: Reader, triples: Collection[Triple]) -> Collection[Node] | None:
    """Nothing, where none of ``triples`` is of an occurrence, or between one and a subject."""
    told = any(_tells(reader, terms_of(triple)) for triple in triples)
    return None if told else ()


def _tells(reader: Reader, triple: tuple[Node, NamedNode, Term]) -> bool:
    subject, predicate, value = triple
    occurring = {AIMS.ScopeStatement, *_named(reader, AIMS.occurrenceOf)}
    subjects = _named(reader, AIMS.subjectClass)
    if predicate in _KNOWLEDGE or any(reader.is_a(subject, cls) for cls in occurring):
        return True
    if predicate == RDF_TYPE:
        above = () if isinstance(value, Literal) else reader.superclasses(value)
        return not (occurring | subjects).isdisjoint(above)
    if not any(reader.is_a(value, cls) for cls in subjects):
        return False
    # What lies between: an occurrence names the node that names the subject.
    links = (terms_of(link)[0] for link in reader.match(None, None, subject))
    return any(reader.is_a(node, cls) for node in links for cls in occurring)


def _named(reader: Reader, prop: NamedNode) -> set[Node]:
    ends = (terms_of(triple)[2] for triple in reader.match(None, prop, None))
    return {end for end in ends if not isinstance(end, Literal)}


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
    clock=True,
    touched=_touched,
)
