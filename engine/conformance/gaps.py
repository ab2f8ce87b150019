"""Gaps: failed and unknown obligations, most pressing first, each with an owner where known.

``priority = urgency × Σ weight(subject)``. Urgency: 8 failed and decisive, 4 failed, 2 unknown and
decisive, 1 unknown. Weight: the subject's risk tier (critical 4, high 3, limited 2, minimal 1; not
recorded 2), the highest of its systems' for what is no system, 4 for the management system. The
sum makes many subjects weigh more than few. Gaps on subjects in scope come before those outside,
whatever their priority; ties go by name. Obligations of basis *practice* are no gaps.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from engine.conformance.assessment import Assessment, ItemAssessment, ObligationAssessment
from engine.conformance.facts import Facts
from engine.conformance.header import Json, Named
from engine.conformance.missing import missing_for
from engine.conformance.obligations import MANAGEMENT_SYSTEM, Item, Obligation, knowledge_of
from engine.conformance.scope import Scope, scope_of
from engine.conformance.values import Missing, Outcome, Status, SubjectOutcome
from engine.rdf import NamedNode, Node
from engine.snapshot import Reader
from engine.vocab import AIMS, SCHEME, shorten

SHOWN = 20
_TIERS = {
    SCHEME["tier-critical"]: 4,
    SCHEME["tier-high"]: 3,
    SCHEME["tier-limited"]: 2,
    SCHEME["tier-minimal"]: 1,
}
_NO_TIER = 2
_OVERALL = 4
_IDLE = Status.NOT_APPLICABLE


@dataclass(frozen=True, slots=True)
class GapSubject:
    """One subject of a gap, why it is one, and who owns it; ``owner`` is None for nobody known."""

    subject: Named
    reason: str
    owner: Named | None
    weight: int


@dataclass(frozen=True, slots=True)
class Gap:
    """One failed or unknown obligation on its subjects. ``rank`` counts from 1.

    ``missing``: what would turn it, for the first ``missing_subjects`` of its subjects.
    """

    rank: int
    priority: int
    item: Item
    obligation: Obligation
    outcome: Outcome
    in_scope: bool
    subjects: tuple[GapSubject, ...]
    missing: tuple[Missing, ...]
    missing_subjects: int

    @property
    def owners(self) -> tuple[Named, ...]:
        """The owners of its subjects, each once, in order."""
        found = {s.owner.node: s.owner for s in self.subjects if s.owner is not None}
        return tuple(found.values())

    @property
    def reason(self) -> str:
        """The reason on the first subject."""
        return self.subjects[0].reason

    def to_json(self) -> Json:
        """One gap; lists are cut at ``SHOWN`` and say how many there are."""
        return {
            "rank": self.rank,
            "priority": self.priority,
            "item": self.item.ref,
            "title": self.item.title,
            "obligation": self.obligation.name,
            "obligation_title": self.obligation.title,
            "outcome": self.outcome.value,
            "decisive": self.obligation.decisive,
            "rung": self.obligation.rung.label,
            "in_scope": self.in_scope,
            "reason": self.reason,
            "owners": [owner.to_json() for owner in self.owners[:SHOWN]],
            "unowned": sum(one.owner is None for one in self.subjects),
            "subjects_count": len(self.subjects),
            "subjects": [
                one.subject.to_json()
                | {"why": one.reason, "owner": one.owner.to_json() if one.owner else None}
                for one in self.subjects[:SHOWN]
            ],
            "missing_subjects": self.missing_subjects,
            "missing": [_missing_json(one) for one in self.missing],
        }


def _missing_json(one: Missing) -> Json:
    rule = shorten(one.rule) if isinstance(one.rule, NamedNode) else None
    return {"facts": one.pattern, "rule": rule}


def gaps(reader: Reader, assessment: Assessment) -> tuple[Gap, ...]:
    """The gaps of ``assessment``, which was made from ``reader``, most pressing first."""
    facts = Facts(reader)
    system = assessment.header.management_system
    scope = scope_of(facts, knowledge_of(reader.pack), system.node if system else None)
    owners = _Owners(facts, scope)
    found = [
        gap
        for item in assessment.items
        for part in item.obligations
        if part.obligation.binding
        for gap in _of(item, part, owners)
    ]
    found.sort(key=lambda g: (not g.in_scope, -g.priority, g.item.order, g.obligation.name))
    return tuple(replace(gap, rank=rank) for rank, gap in enumerate(found, start=1))


def _of(item: ItemAssessment, part: ObligationAssessment, owners: "_Owners") -> Iterable[Gap]:
    for in_scope, outcomes in ((True, part.outcomes), (False, part.outside)):
        # An excluded control is no gap: what it asks for is not asked of these subjects.
        idle = {one.subject for one in item.subjects if one.computed.status is _IDLE}
        for outcome in (Outcome.FAILED, Outcome.UNKNOWN):
            mine = [o for o in outcomes if o.outcome is outcome and o.subject not in idle]
            if mine:
                yield _gap(item.item, part.obligation, outcome, in_scope, mine, owners)


def _gap(
    item: Item,
    obligation: Obligation,
    outcome: Outcome,
    in_scope: bool,
    outcomes: Sequence[SubjectOutcome],
    owners: "_Owners",
) -> Gap:
    subjects = [owners.subject(obligation, one, in_scope) for one in outcomes]
    subjects.sort(key=lambda one: (-one.weight, one.subject.label, str(one.subject.node)))
    shown, word = outcomes[:SHOWN], owners.facts.reader.worded
    missing = dict.fromkeys(m for one in shown for m in missing_for(obligation, one, word))
    return Gap(
        rank=0,
        priority=_urgency(outcome, obligation.decisive) * sum(one.weight for one in subjects),
        item=item,
        obligation=obligation,
        outcome=outcome,
        in_scope=in_scope,
        subjects=tuple(subjects),
        missing=tuple(missing),
        missing_subjects=len(shown),
    )


def _urgency(outcome: Outcome, decisive: bool) -> int:
    if outcome is Outcome.FAILED:
        return 8 if decisive else 4
    return 2 if decisive else 1


class _Owners:
    """Weights and owners of subjects, each worked out once."""

    def __init__(self, facts: Facts, scope: Scope) -> None:
        self.facts = facts
        self._scope = scope
        self._weights: dict[Node, int] = {}
        self._own: dict[Node, Named | None] = {}
        self._controls: dict[tuple[NamedNode, Node], Named | None] = {}

    def subject(self, obligation: Obligation, one: SubjectOutcome, in_scope: bool) -> GapSubject:
        """``one`` with its weight and owner."""
        node = one.subject
        overall = obligation.kind.node == MANAGEMENT_SYSTEM
        owner = self._control_owner(obligation.item, node) if in_scope else None
        owner = owner or self._owner(node) or self._system_owner(in_scope)
        named = Named(node, self.facts.label(node))
        return GapSubject(named, one.reason, owner, _OVERALL if overall else self._weight(node))

    def _weight(self, node: Node) -> int:
        if node not in self._weights:
            systems = self._scope.systems_of.get(node, (node,))
            tiers = [t for s in systems for t in self.facts.nodes(s, AIMS.riskTier)]
            weights = [_TIERS[t] for t in tiers if isinstance(t, NamedNode) and t in _TIERS]
            self._weights[node] = max(weights, default=_NO_TIER)
        return self._weights[node]

    def _control_owner(self, item: NamedNode, subject: Node) -> Named | None:
        """Owner of the implemented control that answers ``item`` where ``subject`` is."""
        key = (item, subject)
        if key not in self._controls:
            where = {subject, *self._scope.systems_of.get(subject, ())}
            found = [
                control
                for control in self.facts.having(AIMS.implementsRequirement, item)
                if self.facts.is_a(control, AIMS.ImplementedControl)
                if not (at := set(self.facts.nodes(control, AIMS.appliesTo))) or at & where
            ]
            owners = (self._named(control) for control in found)
            self._controls[key] = next((owner for owner in owners if owner), None)
        return self._controls[key]

    def _owner(self, node: Node) -> Named | None:
        if node not in self._own:
            chain = (node, *self._scope.systems_of.get(node, ()))
            owners = (self._named(one) for one in chain)
            self._own[node] = next((owner for owner in owners if owner), None)
        return self._own[node]

    def _system_owner(self, in_scope: bool) -> Named | None:
        system = self._scope.management_system
        return self._owner(system) if in_scope and system is not None else None

    def _named(self, node: Node) -> Named | None:
        owner = self.facts.node(node, AIMS.ownedBy)
        return Named(owner, self.facts.label(owner)) if owner is not None else None
