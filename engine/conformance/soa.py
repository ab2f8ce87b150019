"""The Statement of Applicability: what it says of each control, and whether that stands.

Each control has one current entry for the management system, which an entry for a named system
overrides. Whether an exclusion stands is said by the rules on 6.1.3: one about which they have a
result leaves the control's status open, beside what the result does to 6.1.3 itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from engine.conformance.facts import Facts
from engine.conformance.scope import Scope
from engine.conformance.values import Applicability, summed
from engine.rdf import Node
from engine.view import format_instant
from engine.vocab import AIMS, SCHEME

Results = Mapping[Node, tuple[str, ...]]
NO_STATEMENT = "no Statement of Applicability is approved and in force"
NO_ENTRY = "the Statement of Applicability has no entry for it"
_PLANNED = SCHEME["implementation-planned"]
_IMPLEMENTED = SCHEME["implementation-implemented"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. ``system`` is None for the management system; ``included`` None if not said.

    ``declared``: planned, implemented or empty. ``objections``: what the rules on 6.1.3 say
    against it.
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
    objections: tuple[str, ...]

    @property
    def unfounded(self) -> str:
        """Why an exclusion does not stand; empty where it does, or for an inclusion."""
        if self.included is not False or not self.objections:
            return ""
        return f"the exclusion does not stand: {summed(list(self.objections))}"

    @property
    def planned(self) -> str:
        """For a control included but only planned: when it is due."""
        if not self.included or self.declared != "planned":
            return ""
        due = f"due {format_instant(self.due_at)}" if self.due_at else "without a due date"
        return f"included and planned, {due}"


@dataclass(frozen=True, slots=True)
class Statement:
    """The statement in force. ``suspect``: what the rules on 6.1.3 say about it as a whole."""

    node: Node
    version: str
    approved_by: tuple[Node, ...]
    approved_at: datetime | None
    assessments: tuple[Node, ...]
    suspect: tuple[str, ...]
    others: tuple[Node, ...]


@dataclass(frozen=True)
class Soa:
    """What is in force for one management system, by control and scope.

    ``results``: messages of the rules on 6.1.3 by the node that they are about.
    """

    statement: Statement | None
    entries: tuple[Entry, ...]
    scope: Scope
    results: Results

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


def soa_of(facts: Facts, scope: Scope, results: Results) -> Soa:
    """The statement in force for the management system of ``scope``.

    ``results``: messages of the rules on 6.1.3 by the node that they are about.
    """
    statement = _statement(facts, scope, results)
    if statement is None:
        return Soa(None, (), scope, results)
    nodes = facts.nodes(statement.node, AIMS.hasSoaEntry)
    entries = (entry for node in nodes for entry in _entries(facts, node, results))
    return Soa(statement, tuple(entries), scope, results)


def _statement(facts: Facts, scope: Scope, results: Results) -> Statement | None:
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
    return Statement(
        node=node,
        version=facts.text(node, AIMS.version),
        approved_by=facts.nodes(node, AIMS.approvedBy),
        approved_at=facts.past(node, AIMS.approvedAt),
        assessments=facts.nodes(node, AIMS.basedOnAssessment),
        suspect=results.get(node, ()),
        others=current[1:],
    )


def _entries(facts: Facts, node: Node, results: Results) -> list[Entry]:
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
            objections=results.get(node, ()),
        )
        for control in facts.nodes(node, AIMS.soaControl)
        for system in facts.nodes(node, AIMS.forSystem) or (None,)
    ]
