"""Auditor's judgements: which one counts, whether it still stands, and what it says.

A judgement obligation is unknown until a competent auditor, independent of the subject, has judged
it. When a fact under the judgement changes, it is *suspect* and stops counting until somebody
reconfirms it. The computed status and the auditor's conclusion stay two fields.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from engine.conformance.facts import Facts
from engine.conformance.obligations import Obligation
from engine.conformance.values import Missing, Outcome, Status, SubjectOutcome, summed
from engine.rdf import NamedNode, Node
from engine.vocab import AIMS, ISO42001, SCHEME, shorten

PENDING = "judgement pending"
_AUDITING = SCHEME["competence-ai-audit"]
_WORKING = frozenset({SCHEME["raci-accountable"], SCHEME["raci-responsible"]})
_BROKEN = frozenset({SCHEME["liveness-missing"], SCHEME["liveness-mismatch"]})
_SCOPE_ITEM = ISO42001["c4.3"]
_CONCLUSIONS = {
    SCHEME["conclusion-conforms"]: Outcome.HELD,
    SCHEME["conclusion-opportunity"]: Outcome.HELD,
    SCHEME["conclusion-minor"]: Outcome.FAILED,
    SCHEME["conclusion-major"]: Outcome.FAILED,
    SCHEME["conclusion-unable"]: Outcome.UNKNOWN,
}


@dataclass(frozen=True, slots=True)
class Judgement:
    """One recorded judgement with what keeps it from counting.

    ``subject`` and ``obligation`` are None where it speaks about the whole item. ``objection``:
    why it cannot count at all (not competent, not independent, incomplete); ``suspect``: which
    facts changed since. ``superseded``: whether a later one that counts replaces it.
    """

    node: Node
    item: Node | None
    subject: Node | None
    obligation: Node | None
    conclusion: str
    outcome: Outcome
    rationale: str
    method: str
    auditor: Node | None
    made_at: datetime | None
    at_sequence: int | None
    objection: str
    suspect: str
    superseded: bool

    @property
    def counts(self) -> bool:
        """Whether it may decide an obligation."""
        return not (self.objection or self.suspect or self.superseded)

    def follows(self, earlier: "Judgement") -> bool:
        """Whether it was made later than ``earlier``, on the same thing."""
        same = (self.item, self.subject) == (earlier.item, earlier.subject)
        parts = (None, earlier.obligation)
        times = self.made_at, earlier.made_at
        later = times[0] is not None and times[1] is not None and times[0] > times[1]
        return same and self.obligation in parts and later

    def disagrees(self, status: Status) -> bool:
        """Whether its conclusion and the computed ``status`` point different ways."""
        if self.outcome is Outcome.HELD:
            return status in (Status.UNSATISFIED, Status.PARTIAL)
        return self.outcome is Outcome.FAILED and status is Status.SATISFIED


class Judgements:
    """All judgements recorded by the instant judged."""

    def __init__(self, facts: Facts, management_system: Node | None) -> None:
        self._facts = facts
        self._system = management_system
        self._changed: dict[Node, int | None] = {}
        read = [self._read(node) for node in facts.instances(AIMS.AuditorJudgement)]
        past = [one for one in read if one.made_at is not None and one.made_at <= facts.now]
        # Only one that could count itself replaces another; a suspect one still does.
        known = {one.node: one for one in past}
        replaced = {
            old
            for one in past
            if not one.objection
            for old in facts.nodes(one.node, AIMS.supersedes)
            if old in known and one.follows(known[old])
        }
        self.all = tuple(replace(one, superseded=one.node in replaced) for one in past)

    def on_item(self, item: NamedNode) -> tuple[Judgement, ...]:
        """Every judgement on ``item``, newest first."""
        return _newest(one for one in self.all if one.item == item)

    def outcome(self, obligation: Obligation, subject: Node) -> SubjectOutcome:
        """What the newest judgement that is competent, independent and unsuperseded says."""
        named = shorten(obligation.node)
        wanted = Missing(
            f"an auditor's judgement on {named} by a competent and independent auditor", subject
        )
        about = [one for one in self.all if self._speaks(one, obligation, subject)]
        standing = _newest(one for one in about if not one.objection and not one.superseded)
        if not standing:
            objections = [
                f"{self._facts.label(o.node)} does not count: {o.objection}"
                for o in about
                if o.objection
            ]
            reason = f"{PENDING}: {summed(objections)}" if objections else PENDING
            return SubjectOutcome(subject, Outcome.UNKNOWN, reason, missing=(wanted,))
        newest = standing[0]
        if newest.suspect:
            again = Missing(
                f"a judgement on {named} that supersedes {self._facts.label(newest.node)}, made "
                f"at ledger sequence {self._facts.reader.sequence} or later",
                subject,
            )
            reason = f"judgement suspect: {newest.suspect}"
            return SubjectOutcome(subject, Outcome.UNKNOWN, reason, 1, missing=(again,))
        reason = f"the auditor's conclusion is “{newest.conclusion}”: {newest.rationale}"
        missing = () if newest.outcome is Outcome.HELD else (wanted,)
        return SubjectOutcome(subject, newest.outcome, reason, 1, missing=missing)

    def _speaks(self, one: Judgement, obligation: Obligation, subject: Node) -> bool:
        if one.obligation is None:
            speaks = one.item == obligation.item
        else:
            speaks = one.obligation == obligation.node and one.item in (None, obligation.item)
        about = one.subject if one.subject is not None else self._system
        return speaks and about == subject

    def _read(self, node: Node) -> Judgement:
        facts = self._facts
        conclusion = facts.node(node, AIMS.conclusion)
        item = facts.node(node, AIMS.onItem)
        subject = facts.node(node, AIMS.onSubject)
        obligation = facts.node(node, AIMS.onObligation)
        if item is None and obligation is not None:
            item = facts.node(obligation, AIMS.ofItem)
        auditors = facts.nodes(node, AIMS.auditor)
        made_at = facts.instant(node, AIMS.madeAt)
        sequence = facts.number(node, AIMS.atSequence)
        method = facts.node(node, AIMS.method)
        at = None if sequence is None else int(sequence)
        about = subject if subject is not None else self._system
        return Judgement(
            node=node,
            item=item,
            subject=subject,
            obligation=obligation,
            conclusion="none" if conclusion is None else facts.label(conclusion),
            outcome=_outcome(conclusion),
            rationale=facts.text(node, AIMS.rationale) or "no rationale recorded",
            method="" if method is None else facts.label(method),
            auditor=auditors[0] if auditors else None,
            made_at=made_at,
            at_sequence=at,
            objection=self._objection(node, auditors, made_at, at, item, about),
            suspect="" if at is None else self._suspect(node, at, item, about),
            superseded=False,
        )

    def _objection(
        self,
        node: Node,
        auditors: tuple[Node, ...],
        made_at: datetime | None,
        at_sequence: int | None,
        item: Node | None,
        subject: Node | None,
    ) -> str:
        """Why a judgement cannot count; empty where it can."""
        if not auditors or made_at is None or at_sequence is None:
            return "it lacks auditor, instant or ledger sequence"
        if len(self._facts.nodes(node, AIMS.conclusion)) > 1:
            return "it has several conclusions"
        recorded = self._last_change(node)
        if recorded is not None and at_sequence > recorded:
            return f"it claims to have seen entry {at_sequence}, and was recorded at {recorded}"
        for auditor in auditors:
            if not self._competent(auditor, made_at):
                name = self._facts.label(auditor)
                return f"{name} had no current record of competence in auditing AI"
            bound = self._dependence(auditor, item, subject)
            if bound:
                return bound
        return ""

    def _competent(self, auditor: Node, made_at: datetime) -> bool:
        facts = self._facts
        for record in facts.nodes(auditor, AIMS.holdsCompetence):
            if _AUDITING not in facts.nodes(record, AIMS.competenceKind):
                continue
            start = facts.instant(record, AIMS.validFrom)
            ends = (facts.instant(record, AIMS.expiresAt), facts.instant(record, AIMS.validUntil))
            begun = start is not None and start <= made_at
            if begun and all(end is None or made_at < end for end in ends):
                return True
        return False

    def _dependence(self, auditor: Node, item: Node | None, subject: Node | None) -> str:
        """How ``auditor`` is bound to what was judged; empty where independent."""
        facts, name = self._facts, self._facts.label(auditor)
        mine = {auditor, *facts.nodes(auditor, AIMS.partOf)}
        if subject is not None and mine & set(facts.nodes(subject, AIMS.ownedBy)):
            return f"{name} is not independent: owns {facts.label(subject)}"
        for control in self._implementing(item, subject):
            if mine & set(facts.nodes(control, AIMS.ownedBy)):
                return f"{name} is not independent: owns {facts.label(control)}"
            if mine & {
                *facts.nodes(control, AIMS.approvedBy),
                *facts.nodes(control, AIMS.performedBy),
            }:
                return f"{name} is not independent: approved or made {facts.label(control)}"
        for assignment in facts.having(AIMS.raciParty, auditor):
            if _WORKING.isdisjoint(facts.nodes(assignment, AIMS.raciRole)):
                continue
            about = {
                *facts.nodes(assignment, AIMS.raciSubject),
                *facts.nodes(assignment, AIMS.raciActivity),
            }
            if about & {item, subject}:
                return f"{name} is not independent: is accountable or responsible for it"
        return ""

    def _implementing(self, item: Node | None, subject: Node | None) -> Iterable[Node]:
        """Controls, policies and procedures that answer ``item`` for ``subject``."""
        if item is None:
            return ()
        return (
            node
            for node in self._facts.having(AIMS.implementsRequirement, item)
            if not (where := self._facts.nodes(node, AIMS.appliesTo)) or subject in where
        )

    def _suspect(self, node: Node, at: int, item: Node | None, subject: Node | None) -> str:
        """Which facts under a judgement changed after the sequence at which they were read."""
        examined = self._facts.nodes(node, AIMS.examinedEvidence)
        under = [*examined, *self._implementing(item, subject)]
        if item == _SCOPE_ITEM and self._system is not None:
            under += self._facts.having(AIMS.scopeFor, self._system)
        changes = [
            f"the bytes of {self._facts.label(proof)} are gone or changed"
            for proof in examined
            if not _BROKEN.isdisjoint(self._facts.nodes(proof, AIMS.livenessState))
        ]
        for fact in dict.fromkeys(under):
            last = self._last_change(fact)
            if last is not None and last > at:
                changes.append(f"{self._facts.label(fact)} changed at entry {last}, after {at}")
        return summed(changes)

    def _last_change(self, node: Node) -> int | None:
        if node not in self._changed:
            reader = self._facts.reader
            known = reader.last_change(node) if isinstance(node, NamedNode) else None
            self._changed[node] = known
        return self._changed[node]


def _outcome(conclusion: Node | None) -> Outcome:
    if not isinstance(conclusion, NamedNode):
        return Outcome.UNKNOWN
    return _CONCLUSIONS.get(conclusion, Outcome.UNKNOWN)


def _newest(judgements: Iterable[Judgement]) -> tuple[Judgement, ...]:
    def age(one: Judgement) -> tuple[float, str]:
        return (-one.made_at.timestamp() if one.made_at else 0.0, str(one.node))

    return tuple(sorted(judgements, key=age))
