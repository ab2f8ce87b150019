"""The Statement of Applicability: what it says of each control, and whether that stands.

Each control has one current entry for the management system, which an entry for a named system
overrides. An exclusion stands with a reason code, a text and no contradiction in the facts; one
that does not stand leaves the control's status open and makes 6.1.3 unsatisfied.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from engine.conformance.contradictions import Contradictions
from engine.conformance.facts import Facts
from engine.conformance.obligations import Knowledge
from engine.conformance.scope import Scope
from engine.conformance.values import Applicability, summed
from engine.rdf import Node
from engine.view import format_instant
from engine.vocab import AIMS, SCHEME

NO_STATEMENT = "no Statement of Applicability is approved and in force"
NO_ENTRY = "the Statement of Applicability has no entry for it"
_PLANNED = SCHEME["implementation-planned"]
_IMPLEMENTED = SCHEME["implementation-implemented"]
_RISK_TREATMENT = SCHEME["inclusion-risk-treatment"]
_INCLUSIONS = ("risk-treatment", "law", "contract", "own-policy")
_EXCLUSIONS = ("no-risk", "no-activity", "not-required")


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. ``system`` is None for the management system; ``included`` None if not said.

    ``declared``: planned, implemented or empty. ``faults``: what the entry itself lacks;
    ``contradictions``: facts against an exclusion.
    """

    node: Node
    control: Node
    system: Node | None
    included: bool | None
    reason: str
    basis: tuple[Node, ...]
    justification: str
    declared: str
    due_at: datetime | None
    faults: tuple[str, ...]
    contradictions: tuple[str, ...] = ()

    @property
    def unfounded(self) -> str:
        """Why an exclusion does not stand; empty where it does, or for an inclusion."""
        if self.included is not False:
            return ""
        if self.contradictions:
            return f"contradicted exclusion: {summed(list(self.contradictions))}"
        return f"unjustified exclusion: {summed(list(self.faults))}" if self.faults else ""

    @property
    def planned(self) -> str:
        """For a control included but only planned: when it is due."""
        if not self.included or self.declared != "planned":
            return ""
        due = f"due {format_instant(self.due_at)}" if self.due_at else "without a due date"
        return f"included and planned, {due}"


@dataclass(frozen=True, slots=True)
class Statement:
    """The statement in force. ``newer``: what was made since it was approved: it is suspect."""

    node: Node
    version: str
    approved_by: tuple[Node, ...]
    approved_at: datetime | None
    assessments: tuple[Node, ...]
    newer: tuple[str, ...]
    others: tuple[Node, ...]


@dataclass(frozen=True)
class Soa:
    """What is in force for one management system, by control and scope."""

    statement: Statement | None
    entries: tuple[Entry, ...]
    scope: Scope

    @cached_property
    def by_control(self) -> Mapping[tuple[Node, Node | None], tuple[Entry, ...]]:
        """The entries of each control and scope; more than one is a fault."""
        found: dict[tuple[Node, Node | None], tuple[Entry, ...]] = {}
        for entry in self.entries:
            key = (entry.control, entry.system)
            found[key] = (*found.get(key, ()), entry)
        return found

    def entries_for(self, control: Node, system: Node | None) -> tuple[Entry, ...]:
        """The entries in force for ``system``: its own, else those of the management system."""
        own = self.by_control.get((control, system), ())
        return own or self.by_control.get((control, None), ())

    def settle(self, control: Node, subject: Node) -> tuple[Applicability, str]:
        """Whether ``control`` applies to ``subject``, and why."""
        found = [self._settle(self.entries_for(control, s)) for s in self._systems(subject)]
        kinds = {applicability for applicability, _ in found}
        if Applicability.APPLIES in kinds:
            return Applicability.APPLIES, ""
        excluded = kinds == {Applicability.EXCLUDED}
        deciding = Applicability.EXCLUDED if excluded else Applicability.UNSETTLED
        return deciding, summed([reason for kind, reason in found if kind is deciding])

    def planned(self, control: Node, subject: Node) -> str:
        """When ``control`` is due for ``subject`` where it is only planned; empty elsewhere."""
        entries = [e for s in self._systems(subject) for e in self.entries_for(control, s)]
        return summed([entry.planned for entry in entries])

    def _systems(self, subject: Node) -> tuple[Node | None, ...]:
        """The scopes of entries that matter for ``subject``; None is the management system."""
        if subject == self.scope.management_system:
            return (None,)
        return self.scope.systems_of.get(subject, (subject,))

    def _settle(self, entries: tuple[Entry, ...]) -> tuple[Applicability, str]:
        if not entries:
            reason = NO_ENTRY if self.statement is not None else NO_STATEMENT
            return Applicability.UNSETTLED, reason
        if len({entry.included for entry in entries}) > 1:
            count = len(entries)
            return Applicability.UNSETTLED, f"{count} current entries for it contradict each other"
        entry = entries[0]
        if entry.included is None:
            return Applicability.UNSETTLED, "its entry does not say whether it is included"
        if entry.included:
            return Applicability.APPLIES, ""
        if entry.unfounded:
            return Applicability.UNSETTLED, entry.unfounded
        return Applicability.EXCLUDED, f"excluded ({entry.reason}): {entry.justification}"


def soa_of(
    facts: Facts, knowledge: Knowledge, scope: Scope, results: Mapping[Node, tuple[str, ...]]
) -> Soa:
    """The statement in force for the management system of ``scope``.

    ``results``: by entry, the messages of rules on 6.1.3, which contradict an exclusion too.
    """
    statement = _statement(facts, scope)
    if statement is None:
        return Soa(None, (), scope)
    nodes = facts.nodes(statement.node, AIMS.hasSoaEntry)
    plain = [entry for node in nodes for entry in _entries(facts, node)]
    against = Contradictions(facts, knowledge, scope)
    included = {(entry.control, entry.system) for entry in plain if entry.included}
    entries = []
    for entry in plain:
        found: tuple[str, ...] = ()
        if entry.included is False:
            systems = _governed(scope, entry, included)
            found = (*against.of(entry.control, systems), *results.get(entry.node, ()))
        entries.append(replace(entry, contradictions=tuple(dict.fromkeys(found))))
    return Soa(statement, tuple(entries), scope)


def _governed(
    scope: Scope, entry: Entry, included: set[tuple[Node, Node | None]]
) -> frozenset[Node]:
    """The systems that an exclusion governs: those that no entry of their own includes."""
    if entry.system is not None:
        return frozenset({entry.system})
    return frozenset(s for s in scope.systems.inside if (entry.control, s) not in included)


def _statement(facts: Facts, scope: Scope) -> Statement | None:
    system = scope.management_system
    if system is None:
        return None
    mine = [
        node
        for node in facts.having(AIMS.statementFor, system)
        if facts.is_a(node, AIMS.StatementOfApplicability)
    ]
    current = facts.current(mine)
    if not current:
        return None
    node = current[0]
    approved = facts.past(node, AIMS.approvedAt)
    return Statement(
        node=node,
        version=facts.text(node, AIMS.version),
        approved_by=facts.nodes(node, AIMS.approvedBy),
        approved_at=approved,
        assessments=facts.nodes(node, AIMS.basedOnAssessment),
        newer=tuple(_newer(facts, scope, approved)) if approved else (),
        others=current[1:],
    )


def _newer(facts: Facts, scope: Scope, approved: datetime) -> list[str]:
    """Assessments, plans and scope made after ``approved`` and by the instant judged."""
    dated = [(node, AIMS.performedAt) for node in facts.instances(AIMS.RiskAssessment)]
    dated += [(node, AIMS.approvedAt) for node in facts.instances(AIMS.RiskTreatmentPlan)]
    if scope.statement is not None:
        dated.append((scope.statement.node, AIMS.approvedAt))
    return [
        f"{facts.label(node)} is of {format_instant(at)}"
        for node, when in dated
        if (at := facts.past(node, when)) is not None and at > approved
    ]


def _entries(facts: Facts, node: Node) -> list[Entry]:
    """One entry a control and system that ``node`` names."""
    included = facts.flag(node, AIMS.included)
    predicate = AIMS.inclusionReason if included else AIMS.exclusionReason
    code = facts.node(node, predicate)
    status = facts.nodes(node, AIMS.implementationStatus)
    declared = "planned" if _PLANNED in status else ""
    return [
        Entry(
            node=node,
            control=control,
            system=system,
            included=included,
            reason="" if code is None else facts.label(code),
            basis=facts.nodes(node, AIMS.inclusionBasis),
            justification=facts.text(node, AIMS.justification),
            declared=declared or ("implemented" if _IMPLEMENTED in status else ""),
            due_at=facts.instant(node, AIMS.dueAt),
            faults=tuple(_faults(facts, node, included, code)),
        )
        for control in facts.nodes(node, AIMS.soaControl)
        for system in facts.nodes(node, AIMS.forSystem) or (None,)
    ]


def _faults(facts: Facts, node: Node, included: bool | None, code: Node | None) -> list[str]:
    """What an entry lacks in itself."""
    if included is None:
        return ["it does not say whether the control is included"]
    prefix, codes = ("inclusion", _INCLUSIONS) if included else ("exclusion", _EXCLUSIONS)
    found = []
    if code not in {SCHEME[f"{prefix}-{known}"] for known in codes}:
        found.append("no reason code")
    if not included and not facts.text(node, AIMS.justification):
        found.append("no text that justifies it")
    if included and code == _RISK_TREATMENT and not facts.nodes(node, AIMS.inclusionBasis):
        found.append("no link to the risk and the treatment action")
    if included and not facts.nodes(node, AIMS.implementationStatus):
        found.append("no implementation status")
    if included and _PLANNED in facts.nodes(node, AIMS.implementationStatus):
        due = facts.instant(node, AIMS.dueAt)
        if due is None:
            found.append("planned without a due date")
        elif due <= facts.now:
            found.append("planned, and past its due date")
    return found
