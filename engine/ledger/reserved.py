"""Words that ordinary data may not use: they belong to the knowledge pack or are computed.

An imported second EvaluationContext would silence rules, a second value of a parameter would move
its limit, a subclass axiom would change what a class means. Such quads are refused at the door.
"""

from collections.abc import Iterable
from typing import Final, NoReturn

from engine.canonical import canonical_quad, nquad
from engine.errors import InputError, ReservedTermError
from engine.rdf import BlankNode, Literal, NamedNode, Quad
from engine.vocab import (
    AIMS,
    ISO42001,
    OWL,
    PARAMETER,
    RDF_TYPE,
    RDFS,
    SCHEME,
    SH,
    SHAPES,
    SYSTEM_GRAPH,
)

KNOWLEDGE_CLASSES: Final = frozenset(
    AIMS[name]
    for name in (
        "EvaluationContext",
        "Parameter",
        "PropagationRule",
        "TraceRule",
        "Obligation",
        "JudgementObligation",
    )
)
COMPUTED_CLASSES: Final = frozenset(
    AIMS[name]
    for name in (
        "ItemStatus",
        "ObligationOutcome",
        "RuleResult",
        "FeedbackCycle",
        "CadenceRecord",
    )
)
KNOWLEDGE_PREDICATES: Final = frozenset(
    AIMS[name]
    for name in (
        "parameterKey",
        "parameterValue",
        "evaluatedAt",
        "periodFrom",
        "periodUntil",
        "hasCutoff",
        "forParameter",
        "cutoff",
        "horizon",
        # of propagation and trace rules
        "attenuation",
        "blockedByClass",
        "combinator",
        "direction",
        "effectKind",
        "fromClass",
        "latencyHours",
        "overProperty",
        "toClass",
        # of parameters and obligations
        "basis",
        "cadence",
        "decider",
        "decisive",
        "expected",
        "occurrenceOf",
        "ofItem",
        "populationClass",
        "rung",
        "setBy",
        "subjectKind",
        "tolerance",
        "watchedPredicate",
    )
)
COMPUTED_PREDICATES: Final = frozenset(
    AIMS[name]
    for name in (
        "itemStatus",
        "reachedRung",
        "heldCount",
        "failedCount",
        "unknownCount",
        "notExercisedCount",
        "obligationOutcome",
        "reason",
        "resultOfRule",
        "focusNode",
        "resultPath",
        "resultValue",
        "resultSeverity",
        "resultMessage",
        "verificationState",
        "livenessState",
        "livenessReason",
        "receiptDelayDays",
        "recordingDelayDays",
        "retentionSpanDays",
        "inFeedbackLoop",
        "inForce",
        "includedNow",
        "useState",
        "loopMember",
        "cadenceKept",
        "occurrenceCount",
        "longestGapDays",
        "allowedGapDays",
        "lastOccurrenceAt",
    )
)
_AXIOMS = frozenset(
    {
        *(RDFS[name] for name in ("subClassOf", "subPropertyOf", "domain", "range")),
        *(OWL[name] for name in ("inverseOf", "equivalentClass", "equivalentProperty", "sameAs")),
    }
)
_OURS = (
    AIMS.base,
    ISO42001.base,
    SHAPES.base,
    SCHEME.base,
    PARAMETER.base,
    SYSTEM_GRAPH.base,
    "https://w3id.org/aimsgraph/ontology/",
)
_OVERLAY = "Put it into the workspace's overlay folder, from which the knowledge pack is made."
_DROP = "Leave it out: it is computed whenever it is asked for."


def checked(quads: Iterable[Quad]) -> frozenset[Quad]:
    """``quads`` with canonical literals, none of which ordinary data may not assert.

    Raises ReservedTermError naming the first such quad, InputError for blank nodes and other
    terms that the ledger does not keep.
    """
    found = frozenset(map(canonical_quad, quads))
    # Predicates are few and quads many, so most predicates are looked at once.
    plain: set[NamedNode] = set()
    for quad in found:
        if not is_kept(quad):
            _refuse_term(quad)
        subject, predicate, _, _ = quad
        if predicate not in plain and _harmless(quad):
            plain.add(predicate)
        if subject.value.startswith(_OURS):
            raise _error(quad, f"<{subject.value}> is defined by the knowledge pack", _OVERLAY)
    return found


def _harmless(quad: Quad) -> bool:
    """Whether the predicate is in every quad. Raises ReservedTermError."""
    predicate = quad.predicate
    if predicate in KNOWLEDGE_PREDICATES or predicate in SH:
        raise _error(quad, f"<{predicate.value}> is reserved for the knowledge pack", _OVERLAY)
    if predicate in COMPUTED_PREDICATES:
        raise _error(quad, f"<{predicate.value}> is computed and never recorded", _DROP)
    if predicate == RDF_TYPE:
        _check_type(quad)
        return False
    if predicate in _AXIOMS:
        ends = (quad.subject, quad.object)
        if any(isinstance(end, NamedNode) and end.value.startswith(_OURS) for end in ends):
            raise _error(quad, "it would change what a term of ours means", _OVERLAY)
        return False
    return True


def _check_type(quad: Quad) -> None:
    cls = quad.object
    if cls in KNOWLEDGE_CLASSES or cls in SH:
        raise _error(quad, f"{cls} is reserved for the knowledge pack", _OVERLAY)
    if cls in COMPUTED_CLASSES:
        raise _error(quad, f"what is {cls} is computed and never recorded", _DROP)


def is_kept(quad: Quad) -> bool:
    """Whether the ledger keeps such terms: no blank nodes, no triple terms, no base direction."""
    subject, _, value, _ = quad
    if isinstance(value, Literal):
        return isinstance(subject, NamedNode) and not (value.language and value.direction)
    return isinstance(subject, NamedNode) and isinstance(value, NamedNode)


def _refuse_term(quad: Quad) -> NoReturn:
    blank = isinstance(quad.subject, BlankNode) or isinstance(quad.object, BlankNode)
    what = "a blank node" if blank else "a term of RDF 1.2"
    raise InputError(
        f"{nquad(quad)} has {what}, which the ledger does not keep",
        remedy="Import it from a file, which gives blank nodes IRIs, or write an IRI.",
    )


def _error(quad: Quad, why: str, remedy: str) -> ReservedTermError:
    return ReservedTermError(f"{why}: {nquad(quad)}", remedy=remedy)
