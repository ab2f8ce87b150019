"""The Statement of Applicability as a report: what is declared beside what is computed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from engine.conformance.assessment import Assessment, ItemAssessment
from engine.conformance.facts import Facts, ordered
from engine.conformance.header import Header, Json, Named
from engine.conformance.obligations import Item, Knowledge, knowledge_of
from engine.conformance.scope import Scope, scope_of
from engine.conformance.soa import NO_ENTRY, NO_STATEMENT, Entry, Soa
from engine.conformance.values import Rung, Status
from engine.rdf import NamedNode, Node
from engine.snapshot import Reader
from engine.view import format_instant
from engine.vocab import AIMS, SCHEME

_RISK_TREATMENT = SCHEME["inclusion-risk-treatment"]


@dataclass(frozen=True, slots=True)
class SoaRow:
    """One control in one scope: the entry in force, the computed status, and what is wrong.

    ``entry`` is None where there is none; ``computed`` is None for an additional control, of which
    no status is computed. ``problems``: faults, contradictions, duplicates.
    """

    control: Named
    ref: str
    system: Named | None
    entry: Entry | None
    computed: Status | None
    rung: Rung | None
    problems: tuple[str, ...]

    @property
    def declared(self) -> str:
        """``planned``, ``implemented``, ``excluded`` or ``not recorded``."""
        if self.entry is None or self.entry.included is None:
            return "not recorded"
        return (self.entry.declared or "not recorded") if self.entry.included else "excluded"

    def to_json(self) -> Json:
        """One row; ``declared`` and ``computed`` stand side by side."""
        entry = self.entry
        return {
            "control": self.ref,
            "title": self.control.label,
            "iri": self.control.to_json()["iri"],
            "system": self.system.to_json() if self.system else None,
            "included": entry.included if entry else None,
            "reason": entry.reason if entry else None,
            "justification": entry.justification if entry else None,
            "basis": [node.value for node in entry.basis] if entry else [],
            "declared": self.declared,
            "due_at": _instant(entry.due_at) if entry else None,
            "computed": self.computed.value if self.computed else None,
            "rung": self.rung.label if self.rung else None,
            "problems": list(self.problems),
        }


@dataclass(frozen=True, slots=True)
class SoaReport:
    """The statement in force, row by row. ``version`` is None where none is in force.

    ``newer``: what was made since it was approved, which makes it suspect. ``problems``: what
    concerns the statement as a whole.
    """

    header: Header
    statement: Named | None
    version: str | None
    approved_by: tuple[Named, ...]
    approved_at: datetime | None
    assessments: tuple[Named, ...]
    newer: tuple[str, ...]
    rows: tuple[SoaRow, ...]
    problems: tuple[str, ...]

    def to_json(self) -> Json:
        """The header's keys, the statement, its rows and problems."""
        return self.header.to_json() | {
            "statement": self.statement.to_json() if self.statement else None,
            "version": self.version,
            "approved_by": [named.to_json() for named in self.approved_by],
            "approved_at": _instant(self.approved_at),
            "based_on": [named.to_json() for named in self.assessments],
            "suspect": list(self.newer),
            "problems": list(self.problems),
            "entries": [row.to_json() for row in self.rows],
        }


def statement_of_applicability(reader: Reader, assessment: Assessment) -> SoaReport:
    """The report over ``reader``, with the statuses of ``assessment`` made from it."""
    facts, knowledge = Facts(reader), knowledge_of(reader.pack)
    system = assessment.header.management_system
    scope = scope_of(facts, knowledge, system.node if system else None)
    soa = assessment.soa
    statement = soa.statement

    def named(nodes: Sequence[Node]) -> tuple[Named, ...]:
        return tuple(Named(node, facts.label(node)) for node in nodes)

    rows = _Rows(facts, knowledge, scope, soa, {i.item.node: i for i in assessment.items})
    return SoaReport(
        header=assessment.header,
        statement=named((statement.node,))[0] if statement else None,
        version=statement.version if statement else None,
        approved_by=named(statement.approved_by) if statement else (),
        approved_at=statement.approved_at if statement else None,
        assessments=named(statement.assessments) if statement else (),
        newer=statement.newer if statement else (),
        rows=tuple(rows.all()),
        problems=tuple(rows.overall()),
    )


class _Rows:
    def __init__(
        self,
        facts: Facts,
        knowledge: Knowledge,
        scope: Scope,
        soa: Soa,
        items: Mapping[NamedNode, ItemAssessment],
    ) -> None:
        self._facts = facts
        self._controls = {item.node: item for item in knowledge.items if item.control}
        self._scope = scope
        self._soa = soa
        self._items = items

    def all(self) -> Iterator[SoaRow]:
        """Every control for the management system, then overrides, then additional controls."""
        for item in self._controls.values():
            yield self._row(item.node, item, None)
            for control, system in self._soa.by_control:
                if control == item.node and system is not None:
                    yield self._row(control, item, system)
        for control, system in self._soa.by_control:
            if control not in self._controls:
                yield self._row(control, None, system)

    def _row(self, control: Node, item: Item | None, system: Node | None) -> SoaRow:
        entries = self._soa.by_control.get((control, system), ())
        entry = entries[0] if entries else None
        status, rung = self._computed(control, system)
        return SoaRow(
            control=Named(control, item.title if item else self._facts.label(control)),
            ref=item.ref if item else self._facts.label(control),
            system=Named(system, self._facts.label(system)) if system is not None else None,
            entry=entry,
            computed=status,
            rung=rung,
            problems=tuple(self._problems(control, item, system, entries)),
        )

    def _computed(self, control: Node, system: Node | None) -> tuple[Status | None, Rung | None]:
        assessed = self._items.get(control) if isinstance(control, NamedNode) else None
        if assessed is None:
            return None, None
        if system is None:
            return assessed.rolled.status, assessed.rolled.rung
        mine = [one.computed for one in assessed.subjects if one.subject == system]
        return (mine[0].status, mine[0].rung) if mine else (None, None)

    def _problems(
        self, control: Node, item: Item | None, system: Node | None, entries: tuple[Entry, ...]
    ) -> Iterator[str]:
        if not entries:
            yield NO_ENTRY if self._soa.statement else NO_STATEMENT
        if len(entries) > 1:
            yield f"{len(entries)} current entries, where there may be one"
        if item is None and not self._facts.is_a(control, AIMS.AdditionalControl):
            yield "neither a reference control nor typed as an additional control"
        if system is not None and system not in self._scope.systems.inside:
            yield "an entry for a system that is not in scope"
        for entry in entries:
            yield from entry.faults
            if entry.unfounded and entry.contradictions:
                yield entry.unfounded
            if entry.included and self._unplanned(entry):
                yield "included for risk treatment, but no treatment action uses it"

    def _unplanned(self, entry: Entry) -> bool:
        codes = self._facts.nodes(entry.node, AIMS.inclusionReason)
        return _RISK_TREATMENT in codes and not self._facts.having(AIMS.usesControl, entry.control)

    def overall(self) -> Iterator[str]:
        """Problems of the statement as a whole."""
        if self._soa.statement is None:
            yield NO_STATEMENT
            return
        if not self._soa.statement.assessments:
            yield "it does not name the risk assessment that it rests on"
        if self._soa.statement.others:
            yield "several statements are in force; the one approved last is used"
        listed = {entry.control for entry in self._soa.entries}
        for control in self._needed():
            if control not in listed:
                yield f"a treatment action uses {self._facts.label(control)}, which has no entry"

    def _needed(self) -> tuple[Node, ...]:
        """The controls that treatment actions use."""
        actions = self._facts.instances(AIMS.TreatmentAction)
        return ordered(c for action in actions for c in self._facts.nodes(action, AIMS.usesControl))


def _instant(at: datetime | None) -> str | None:
    return format_instant(at) if at else None
