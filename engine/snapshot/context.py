"""The evaluation context: the instant and period judged, as facts that a reader supplies.

Rules compare instants and never calculate, because date arithmetic has no form that every SPARQL
engine computes; so each parameter counted in days or hours gets its instants either way here.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation

from engine.errors import IntegrityError
from engine.knowledge import KnowledgePack
from engine.rdf import Literal, NamedNode, Node, Triple, terms_of
from engine.view import View, format_instant, parse_instant
from engine.vocab import AIMS, CONTEXT_GRAPH, PREFIXES, RDF_TYPE, XSD, shorten

CONTEXT = NamedNode(f"{CONTEXT_GRAPH.value}/now")
_HOURS = {
    NamedNode(f"{PREFIXES['unit']}DAY"): Decimal(24),
    NamedNode(f"{PREFIXES['unit']}HR"): Decimal(1),
}


def evaluation_context(pack: KnowledgePack, view: View) -> tuple[Triple, ...]:
    """The one EvaluationContext of ``view``, with a cutoff and a horizon per span parameter.

    Raises IntegrityError for a parameter of ``pack`` without exactly one usable value.
    """
    now, period = view.evaluated_at, view.judged_period
    found = [
        Triple(CONTEXT, RDF_TYPE, AIMS.EvaluationContext),
        Triple(CONTEXT, AIMS.evaluatedAt, _instant(now)),
        Triple(CONTEXT, AIMS.periodFrom, _instant(period.start)),
        Triple(CONTEXT, AIMS.periodUntil, _instant(period.end)),
    ]
    for key, parameter, span in _spans(pack):
        node = NamedNode(f"{CONTEXT_GRAPH.value}/{key}")
        found += [
            Triple(CONTEXT, AIMS.hasCutoff, node),
            Triple(node, AIMS.forParameter, parameter),
            Triple(node, AIMS.cutoff, _shifted(now, -span, key)),
            Triple(node, AIMS.horizon, _shifted(now, span, key)),
        ]
    return tuple(found)


def moved_instants(
    old: Iterable[Triple], new: Iterable[Triple]
) -> list[tuple[datetime, datetime]] | None:
    """From where to where each instant of one evaluation context moved to be that of another.

    None where that is not all that changed, or where the order of the instants is another.
    """
    before, after = _placed(old), _placed(new)
    if before is None or after is None or before.keys() != after.keys():
        return None
    keys = sorted(before)
    if _order([before[key] for key in keys]) != _order([after[key] for key in keys]):
        return None
    return [(before[key], after[key]) for key in keys if before[key] != after[key]]


def _placed(context: Iterable[Triple]) -> dict[tuple[str, str], datetime] | None:
    """The instants of a context by subject and predicate, its other triples as they are."""
    found: dict[tuple[str, str], datetime] = {}
    for subject, predicate, value in map(terms_of, context):
        key = (str(subject), str(predicate))
        if not isinstance(value, Literal):
            key, at = (f"{subject} {value}", str(predicate)), datetime.min.replace(tzinfo=UTC)
        else:
            at = parse_instant(value.value)
        if key in found:
            return None
        found[key] = at
    return found


def _order(instants: list[datetime]) -> list[int]:
    """The rank of each instant, equal for equal ones."""
    ranks = {at: rank for rank, at in enumerate(sorted(set(instants)))}
    return [ranks[at] for at in instants]


def _instant(value: datetime) -> Literal:
    return Literal(format_instant(value), datatype=XSD.dateTime)


def _shifted(now: datetime, span: timedelta, key: str) -> Literal:
    try:
        return _instant(now + span)
    except OverflowError as error:
        raise IntegrityError(
            f"the parameter {key} reaches beyond the years 1 to 9999",
            remedy="Give it a shorter span.",
        ) from error


def _spans(pack: KnowledgePack) -> Iterator[tuple[str, NamedNode, timedelta]]:
    """Local name, IRI and length of each parameter counted in days or hours, by IRI."""
    hours: dict[Node, Decimal] = {}
    values: dict[Node, set[str]] = defaultdict(set)
    for triple in pack.ontology_triples:
        subject, predicate, obj = terms_of(triple)
        if predicate == AIMS.unit and isinstance(obj, NamedNode) and obj in _HOURS:
            hours[subject] = _HOURS[obj]
        elif predicate == AIMS.parameterValue and isinstance(obj, Literal):
            values[subject].add(obj.value)
    for subject in sorted(hours, key=str):
        if isinstance(subject, NamedNode):
            key = shorten(subject).rpartition(":")[2].rpartition("/")[2]
            yield key, subject, _span(subject, values[subject], hours[subject])


def _span(parameter: NamedNode, values: set[str], hours: Decimal) -> timedelta:
    name = shorten(parameter)
    if len(values) != 1:
        raise IntegrityError(
            f"the parameter {name} has {len(values)} values ({', '.join(sorted(values))})",
            remedy="Give it exactly one aims:parameterValue.",
        )
    text = next(iter(values))
    try:
        return timedelta(hours=float(Decimal(text) * hours))
    except (InvalidOperation, OverflowError) as error:
        raise IntegrityError(
            f'the parameter {name} has the value "{text}", which is no number of days or hours',
            remedy="Write a number as its aims:parameterValue.",
        ) from error
