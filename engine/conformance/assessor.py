"""Computes an assessment: obligations to outcomes, outcomes to statuses, statuses to roll-ups."""

from collections.abc import Collection, Iterable

from engine.conformance.assessment import (
    Assessment,
    ItemAssessment,
    ObligationAssessment,
    SubjectStatus,
)
from engine.conformance.completeness import completeness_for
from engine.conformance.facts import Facts
from engine.conformance.header import header_of
from engine.conformance.judgements import Judgements
from engine.conformance.missing import missing_for
from engine.conformance.nonconformities import Nonconformity, nonconformities
from engine.conformance.obligations import (
    MANAGEMENT_SYSTEM,
    Item,
    Knowledge,
    Obligation,
    SubjectKind,
)
from engine.conformance.outcomes import Outcomes, documented_exceptions
from engine.conformance.recurring import Recurrences
from engine.conformance.scope import (
    NO_MANAGEMENT_SYSTEM,
    NO_SCOPE,
    NO_SYSTEM,
    SEVERAL_SCOPES,
    Scope,
    Subjects,
    scope_of,
)
from engine.conformance.soa import Soa, soa_of
from engine.conformance.status import Case, Computed, Judged, RolledUp, roll_up, status_of
from engine.conformance.supporting import Support, about, support
from engine.conformance.values import Applicability, Outcome, SubjectOutcome
from engine.errors import NotFoundError
from engine.rdf import NamedNode, Node, Term
from engine.shacl import Report
from engine.vocab import AIMS, ISO42001, SH, shorten

_SOA_ITEM = ISO42001["c6.1.3"]


class Assessor:
    """Everything that one assessment reads once, and the steps from it to an assessment."""

    def __init__(
        self,
        facts: Facts,
        knowledge: Knowledge,
        report: Report,
        management_system: Node | None = None,
    ) -> None:
        self.facts = facts
        self.knowledge = knowledge
        self.report = report
        self.scope: Scope = scope_of(facts, knowledge, management_system)
        system = self.scope.management_system
        self.completeness = completeness_for(facts, knowledge, system)
        self.soa: Soa = soa_of(facts, self.scope, self._results_on_the_statement())
        self.judgements = Judgements(facts, system)
        self.nonconformities = nonconformities(facts, self.scope)
        self._outcomes = Outcomes(
            facts,
            report,
            self.scope,
            self.completeness,
            Recurrences.over(facts, self.completeness),
            documented_exceptions(facts),
        )

    def _results_on_the_statement(self) -> dict[Node, tuple[str, ...]]:
        """Violations of rules on 6.1.3 by the node that they are about, entries among them."""
        wanted = {
            obligation.node
            for obligation in self.knowledge.by_item.get(_SOA_ITEM, ())
            if obligation.binding
        }
        rules = {rule.node for rule in self.knowledge.rules if rule.decides & wanted}
        found: dict[Node, tuple[str, ...]] = {}
        for result in self.report.findings:
            if result.rule in rules and result.severity == SH.Violation:
                for node in {result.focus, result.value}:
                    if isinstance(node, NamedNode):
                        said = self.facts.reader.worded(result.message)
                        found[node] = (*found.get(node, ()), said)
        return found

    def assess(
        self, items: Iterable[Item], system: Node | None = None, *, facts: bool = False
    ) -> Assessment:
        """The assessment of ``items``; see ``engine.conformance.assess``."""
        assessed = [self._item(item, system, facts) for item in items]
        if system is not None:
            assessed = [item for item in assessed if item.subjects or item.outside]
        header = header_of(self.facts, self.knowledge, self.scope, self.soa, self.completeness)
        kept = tuple(assessed)
        labels = {node: self.facts.label(node) for node in _shown(kept, self.nonconformities)}
        return Assessment(header, kept, self.nonconformities, self.soa, labels)

    def _item(self, item: Item, system: Node | None, facts: bool) -> ItemAssessment:
        obligations = self.knowledge.by_item[item.node]
        assessed = [self._obligation(one, system, facts) for one in obligations]
        raised = tuple(one for one in self.nonconformities if one.item == item.node)
        subjects = tuple(self._subjects(item, assessed, raised))
        outside = {one.subject for part in assessed for one in part.outside}
        rolled = self._roll_up([one.computed for one in subjects], obligations, system)
        judgements = self.judgements.on_item(item.node)
        return ItemAssessment(
            item, rolled, subjects, len(outside), tuple(assessed), judgements, raised
        )

    def _roll_up(
        self, computed: list[Computed], obligations: tuple[Obligation, ...], system: Node | None
    ) -> RolledUp:
        if self.scope.management_system is None:
            unjudged = [NO_MANAGEMENT_SYSTEM]
        elif system is not None:
            unjudged = [self.scope.outside[system]] if system in self.scope.outside else []
        elif self.scope.statement is None:
            unjudged = [NO_SCOPE]
        else:
            unjudged = [SEVERAL_SCOPES] if self.scope.statement.others else []
            kinds = {one.kind.node: one.kind for one in obligations if one.binding}
            unjudged += [why for kind in kinds.values() for why in self._unnamed(kind)]
        return roll_up(computed, unjudged=unjudged)

    def _unnamed(self, kind: SubjectKind) -> Iterable[str]:
        """Why the subjects of ``kind`` may be more than those that were judged."""
        if kind.node == MANAGEMENT_SYSTEM:
            return
        subjects = self.scope.of(kind)
        outside = (node for node, why in subjects.outside.items() if why == NO_SYSTEM)
        # Of what was retired or replaced nothing need be said any more.
        loose = [node for node in outside if not self._past(node)]
        if loose:
            name, more = self.facts.label(loose[0]), len(loose) - 1
            yield f"{name} {NO_SYSTEM}" + (f", nor do {more} more" if more else "")
        elif not subjects.inside and (gap := self.completeness.gap([kind.cls])):
            yield f"no {kind.label} is in scope, and {gap}"

    def _past(self, node: Node) -> bool:
        retired = self.facts.past(node, AIMS.retiredAt) is not None
        return retired or bool(self.facts.having(AIMS.supersedes, node))

    def _obligation(
        self, obligation: Obligation, system: Node | None, facts: bool
    ) -> ObligationAssessment:
        subjects = self._restricted(self.scope.of(obligation.kind), system)
        inside = self._judge(obligation, subjects.inside)
        outside = self._judge(obligation, subjects.outside)
        word = self.facts.reader.worded
        missing = [m for one in inside for m in missing_for(obligation, one, word)]
        if system is not None:
            missing += [m for one in outside for m in missing_for(obligation, one, word)]
        return ObligationAssessment(
            obligation=obligation,
            outcomes=inside,
            outside=outside,
            missing=tuple(dict.fromkeys(missing)),
            support=self._support(obligation, inside) if facts else None,
        )

    def _restricted(self, subjects: Subjects, system: Node | None) -> Subjects:
        """``subjects``, only those of ``system`` where one is named."""
        if system is None:
            return subjects
        inside = tuple(
            node
            for node in subjects.inside
            if node == system or system in self.scope.systems_of.get(node, ())
        )
        outside = {node: why for node, why in subjects.outside.items() if node == system}
        return Subjects(inside, outside)

    def _judge(
        self, obligation: Obligation, subjects: Collection[Node]
    ) -> tuple[SubjectOutcome, ...]:
        if obligation.judged:
            return tuple(self.judgements.outcome(obligation, subject) for subject in subjects)
        return tuple(self._outcomes.of(obligation, subjects).values())

    def _support(
        self, obligation: Obligation, outcomes: tuple[SubjectOutcome, ...]
    ) -> Support | None:
        held = {one.subject for one in outcomes if one.outcome is Outcome.HELD}
        if obligation.judged:
            standing = [
                one.node
                for one in self.judgements.on_item(obligation.item)
                if one.counts and one.outcome is Outcome.HELD
                if one.obligation in (None, obligation.node)
            ]
            return about(self.facts, obligation, standing if held else [])
        focuses: list[tuple[Node, Term]] = []
        for rule in obligation.rules:
            for focus, subjects in self._outcomes.subjects_of(rule, obligation).items():
                if not held.isdisjoint(subjects):
                    focuses.append((rule.node, focus))
        return support(self.facts, obligation, focuses)

    def _subjects(
        self,
        item: Item,
        assessed: list[ObligationAssessment],
        raised: tuple[Nonconformity, ...],
    ) -> Iterable[SubjectStatus]:
        judged: dict[Node, list[Judged]] = {}
        kinds: dict[Node, str] = {}
        for part in assessed:
            for one in part.outcomes:
                judged.setdefault(one.subject, []).append(_judged(part.obligation, one))
                kinds.setdefault(one.subject, part.obligation.kind.name)
        for subject, found in judged.items():
            case = self._case(item, subject, tuple(found), raised, frozenset(judged))
            yield SubjectStatus(subject, kinds[subject], status_of(case))

    def _case(
        self,
        item: Item,
        subject: Node,
        judged: tuple[Judged, ...],
        raised: tuple[Nonconformity, ...],
        subjects: frozenset[Node],
    ) -> Case:
        # One raised against the item as a whole, or against something that is no subject of it,
        # stands on every subject: it must not get lost.
        mine = [
            one
            for one in raised
            if one.open and (one.subject == subject or one.subject not in subjects)
        ]
        majors = [one.reason for one in mine if one.major]
        applicability, reason = Applicability.APPLIES, ""
        if item.control:
            applicability, reason = self.soa.settle(item.node, subject)
            if applicability is Applicability.APPLIES:
                majors += filter(None, [self.soa.planned(item.node, subject)])
        return Case(
            judged=judged,
            control=item.control,
            applicability=applicability,
            applicability_reason=reason,
            majors=tuple(majors),
            minors=tuple(one.reason for one in mine if not one.major),
        )

    def known_system(self, system: Node) -> Node:
        """``system`` if it is an AI system here. Raises NotFoundError."""
        if not self.facts.is_a(system, AIMS.AISystem):
            name = shorten(system) if isinstance(system, NamedNode) else str(system)
            raise NotFoundError(
                f"{name} is no AI system here", remedy="Name an AI system by IRI or identifier."
            )
        return system


def _judged(obligation: Obligation, one: SubjectOutcome) -> Judged:
    return Judged(
        outcome=one.outcome,
        decisive=obligation.decisive,
        rung=obligation.rung,
        binding=obligation.binding,
        declared=one.declared,
        reason=one.reason,
    )


def _shown(items: tuple[ItemAssessment, ...], raised: tuple[Nonconformity, ...]) -> Iterable[Node]:
    """Every node that the JSON of an assessment names."""
    found: dict[Node, None] = {}
    nodes: list[Node | None] = []
    for item in items:
        nodes += [one.subject for part in item.obligations for one in part.outcomes]
        nodes += [m.focus for part in item.obligations for m in part.missing]
        for judgement in item.judgements:
            nodes += [judgement.node, judgement.subject, judgement.obligation, judgement.auditor]
    for one in raised:
        nodes += [one.node, one.item, one.subject]
    for node in nodes:
        if node is not None:
            found[node] = None
    return found
