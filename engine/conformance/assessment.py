"""An assessment as a value, and its documented JSON.

``to_json`` keeps the 70 items in the standard's order; keys never change meaning between releases
(``docs/statuses.md``).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from engine.conformance.header import Header, Json, Named
from engine.conformance.judgements import Judgement
from engine.conformance.nonconformities import Nonconformity
from engine.conformance.obligations import Item, Obligation
from engine.conformance.soa import Soa
from engine.conformance.status import Computed, RolledUp, count
from engine.conformance.supporting import Support
from engine.conformance.values import Counts, Missing, Status, SubjectOutcome
from engine.errors import NotFoundError
from engine.ledger.entry import canonical_json
from engine.rdf import BlankNode, Literal, NamedNode, Node, Term, Triple
from engine.view import format_instant
from engine.vocab import shorten


@dataclass(frozen=True, slots=True)
class SubjectStatus:
    """The status of an item on one subject in scope."""

    subject: Node
    kind: str
    computed: Computed


@dataclass(frozen=True, slots=True)
class ObligationAssessment:
    """One obligation on its subjects: those that count, and those ``outside`` the scope.

    ``support`` is None unless facts were asked for.
    """

    obligation: Obligation
    outcomes: tuple[SubjectOutcome, ...]
    outside: tuple[SubjectOutcome, ...]
    missing: tuple[Missing, ...]
    support: Support | None

    @property
    def counts(self) -> Counts:
        """Outcomes on subjects in scope."""
        return count(one.outcome for one in self.outcomes)

    @property
    def outside_counts(self) -> Counts:
        """Outcomes on subjects outside; they change nothing."""
        return count(one.outcome for one in self.outside)


@dataclass(frozen=True, slots=True)
class ItemAssessment:
    """One item: the roll-up, the status on each subject, and what both rest on.

    ``judgements`` and ``nonconformities`` are those on the item, beside the computed status.
    """

    item: Item
    rolled: RolledUp
    subjects: tuple[SubjectStatus, ...]
    outside: int
    obligations: tuple[ObligationAssessment, ...]
    judgements: tuple[Judgement, ...]
    nonconformities: tuple[Nonconformity, ...]

    @property
    def status(self) -> Status:
        """The computed status over all subjects in scope."""
        return self.rolled.status


@dataclass(frozen=True, slots=True)
class Assessment:
    """Computed statuses of items.

    ``soa``: the Statement of Applicability that they rest on; ``labels``: what to call every node
    that is shown.
    """

    header: Header
    items: tuple[ItemAssessment, ...]
    nonconformities: tuple[Nonconformity, ...]
    soa: Soa
    labels: Mapping[Node, str]

    def item(self, ref: str) -> ItemAssessment:
        """The item numbered ``ref``, such as ``A.7.5``. Raises NotFoundError."""
        for item in self.items:
            if item.item.ref == ref:
                return item
        raise NotFoundError(
            f'the assessment has no item "{ref[:100]}"',
            remedy="Give a number such as 6.1.2 or A.7.5 that the assessment covers.",
        )

    def counts(self) -> dict[Status, int]:
        """How many items have each status."""
        return {s: sum(item.status is s for item in self.items) for s in Status}

    def to_json(self) -> Json:
        """The documented form: the header's keys, then what was judged."""
        opened = [one for one in self.nonconformities if one.open]
        return self.header.to_json() | {
            "items": {status.value: number for status, number in self.counts().items()},
            "nonconformities": [self._nonconformity(one) for one in opened],
            "requirements": [self._item(item) for item in self.items],
        }

    def record(self, engine_version: str) -> Json:
        """What is put on record of this assessment: what it judged, by what, and its digest.

        The digest is the SHA-256 of the JSON in canonical form; equal facts, instants, packs and
        engine versions give equal bytes.
        """
        header, told = self.header, canonical_json(self.to_json())
        return {
            "at": header.at,
            "engine": engine_version,
            "pack": header.pack,
            "period": header.period,
            "position": header.sequence,
            "report": hashlib.sha256(told).hexdigest(),
        }

    def named(self, node: Node) -> Json:
        """``{"iri", "label"}`` of ``node``."""
        return Named(node, self.labels.get(node, str(node))).to_json()

    def _item(self, item: ItemAssessment) -> Json:
        rolled = item.rolled
        subjects = {status.value: number for status, number in rolled.subjects.items()}
        facts = [one.support for one in item.obligations if one.support is not None]
        judgements = [self._judgement(one, rolled.status) for one in item.judgements]
        return {
            "id": item.item.ref,
            "iri": item.item.node.value,
            "title": item.item.title,
            "control": item.item.control,
            "status": rolled.status.value,
            "rung": rolled.rung.label if rolled.rung else None,
            "ratio": _rounded(rolled.counts.ratio),
            "reason": rolled.reason,
            "counts": rolled.counts.to_json(),
            "subjects": subjects | {"outside": item.outside},
            "statuses": [self._status(one) for one in item.subjects],
            "obligations": [self._obligation(one) for one in item.obligations],
            "supporting": [
                triple_json(t) for t in dict.fromkeys(t for s in facts for t in s.facts)
            ],
            "supporting_count": sum(support.count for support in facts),
            "missing": [self._missing(m) for one in item.obligations for m in one.missing],
            "judgement": judgements,
            "nonconformities": [self._nonconformity(one) for one in item.nonconformities],
        }

    def _status(self, one: SubjectStatus) -> Json:
        computed = one.computed
        return {
            "subject": self.named(one.subject),
            "kind": one.kind,
            "status": computed.status.value,
            "rung": computed.rung.label if computed.rung else None,
            "ratio": _rounded(computed.counts.ratio),
            "reason": computed.reason,
            "counts": computed.counts.to_json(),
        }

    def _obligation(self, one: ObligationAssessment) -> Json:
        obligation = one.obligation
        return {
            "id": obligation.name,
            "iri": obligation.node.value,
            "title": obligation.title,
            "kind": obligation.decider,
            "subject_kind": obligation.kind.name,
            "basis": obligation.basis.value,
            "rung": obligation.rung.label,
            "decisive": obligation.decisive,
            "rules": [rule.name for rule in obligation.rules],
            "counts": one.counts.to_json(),
            "outside": one.outside_counts.to_json(),
            "outcomes": [self._outcome(outcome) for outcome in one.outcomes],
        }

    def _outcome(self, one: SubjectOutcome) -> Json:
        return {
            "subject": self.named(one.subject),
            "outcome": one.outcome.value,
            "reason": one.reason,
            "population": one.population,
            "declared": one.declared,
            "results": [result.message for result in one.results],
        }

    def _missing(self, one: Missing) -> Json:
        return {
            "facts": one.pattern,
            "focus": self.named(one.focus) if one.focus is not None else None,
            "rule": shorten(one.rule) if isinstance(one.rule, NamedNode) else None,
        }

    def _judgement(self, one: Judgement, status: Status) -> Json:
        return {
            "iri": self.named(one.node)["iri"],
            "subject": self.named(one.subject) if one.subject is not None else None,
            "obligation": self.named(one.obligation) if one.obligation is not None else None,
            "conclusion": one.conclusion,
            "rationale": one.rationale,
            "method": one.method,
            "auditor": self.named(one.auditor) if one.auditor is not None else None,
            "made_at": format_instant(one.made_at) if one.made_at else None,
            "counts": one.counts,
            "objection": one.objection or None,
            "suspect": one.suspect or None,
            "superseded": one.superseded,
            "disagrees": one.counts and one.disagrees(status),
        }

    def _nonconformity(self, one: Nonconformity) -> Json:
        return {
            "iri": self.named(one.node)["iri"],
            "label": one.label,
            "item": self.named(one.item) if one.item is not None else None,
            "subject": self.named(one.subject) if one.subject is not None else None,
            "grade": one.grade,
            "open": one.open,
            "lacking": list(one.lacking),
            "outside": one.outside or None,
            "raised_at": format_instant(one.raised_at) if one.raised_at else None,
            "due_at": format_instant(one.due_at) if one.due_at else None,
        }


def _rounded(ratio: float | None) -> float | None:
    return None if ratio is None else round(ratio, 6)


def triple_json(triple: Triple) -> Json:
    """``{"s", "p", "o"}`` with IRIs, literals as N-Triples writes them."""
    return {"s": _n3(triple.subject), "p": triple.predicate.value, "o": _n3(triple.object)}


def _n3(term: Term | Triple) -> str:
    if isinstance(term, NamedNode):
        return term.value
    return str(term) if isinstance(term, Literal | BlankNode) else f"<<{term}>>"
