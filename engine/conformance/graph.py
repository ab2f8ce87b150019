"""An assessment as triples for the assessment graph.

IRIs hash what they name, so that the same judgement of the same facts gives the same graph; there
are no blank nodes. Subjects outside the scope are left out: they have no status.
"""

import hashlib
from collections.abc import Iterator

from engine.conformance.assessment import Assessment, ItemAssessment, ObligationAssessment
from engine.conformance.status import Computed, RolledUp
from engine.rdf import BlankNode, Literal, NamedNode, Node, Triple
from engine.shacl import Finding, Report
from engine.vocab import AIMS, ASSESSMENT_GRAPH, RDF_TYPE


def as_triples(assessment: Assessment, report: Report | None = None) -> Iterator[Triple]:
    """The statuses and outcomes of ``assessment``, and the results of ``report`` where given."""
    for item in assessment.items:
        yield from _item(item)
        for part in item.obligations:
            yield from _obligation(part)
    if report is not None:
        for result in report.findings:
            yield from _result(result)


def _named(kind: str, *parts: object) -> NamedNode:
    text = "\0".join(str(part) for part in parts)
    digest = hashlib.sha256(text.encode()).hexdigest()[:32]
    return NamedNode(f"{ASSESSMENT_GRAPH.value}/{kind}/{digest}")


def _item(item: ItemAssessment) -> Iterator[Triple]:
    overall = _named("status", item.item.ref)
    yield from _status(overall, item, item.rolled.status.concept, item.rolled)
    for one in item.subjects:
        node = _named("status", item.item.ref, one.subject)
        yield from _status(node, item, one.computed.status.concept, one.computed)
        yield Triple(node, AIMS.onSubject, one.subject)


def _status(
    node: NamedNode, item: ItemAssessment, status: NamedNode, computed: Computed | RolledUp
) -> Iterator[Triple]:
    yield Triple(node, RDF_TYPE, AIMS.ItemStatus)
    yield Triple(node, AIMS.ofItem, item.item.node)
    yield Triple(node, AIMS.itemStatus, status)
    yield Triple(node, AIMS.reason, Literal(computed.reason))
    yield Triple(node, AIMS.heldCount, Literal(computed.counts.held))
    yield Triple(node, AIMS.failedCount, Literal(computed.counts.failed))
    yield Triple(node, AIMS.unknownCount, Literal(computed.counts.unknown))
    yield Triple(node, AIMS.notExercisedCount, Literal(computed.counts.not_exercised))
    if computed.rung is not None:
        yield Triple(node, AIMS.reachedRung, computed.rung.concept)


def _obligation(part: ObligationAssessment) -> Iterator[Triple]:
    for one in part.outcomes:
        node = _named("outcome", part.obligation.name, part.obligation.item, one.subject)
        yield Triple(node, RDF_TYPE, AIMS.ObligationOutcome)
        yield Triple(node, AIMS.onObligation, part.obligation.node)
        yield Triple(node, AIMS.ofItem, part.obligation.item)
        yield Triple(node, AIMS.onSubject, one.subject)
        yield Triple(node, AIMS.obligationOutcome, one.outcome.concept)
        yield Triple(node, AIMS.reason, Literal(one.reason))
        yield Triple(node, AIMS.populationSize, Literal(one.population))


def _result(result: Finding) -> Iterator[Triple]:
    key = (result.rule, result.focus, result.path, result.value, result.shape, result.constraint)
    node = _named("result", *key, result.component, result.message)
    yield Triple(node, RDF_TYPE, AIMS.RuleResult)
    yield Triple(node, AIMS.resultSeverity, result.severity)
    yield Triple(node, AIMS.resultMessage, Literal(result.message))
    yield from _link(node, AIMS.resultOfRule, result.rule)
    if not isinstance(result.focus, Literal):
        yield from _link(node, AIMS.focusNode, result.focus)
    if result.path is not None:
        yield Triple(node, AIMS.resultPath, Literal(result.path))
    if result.value is not None and not isinstance(result.value, BlankNode):
        yield Triple(node, AIMS.resultValue, result.value)


def _link(node: NamedNode, predicate: NamedNode, target: Node) -> Iterator[Triple]:
    # Data and rules have IRIs throughout; a blank node would not mean the same elsewhere.
    if isinstance(target, NamedNode):
        yield Triple(node, predicate, target)
