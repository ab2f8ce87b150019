"""The Statement of Applicability as a report: what is declared beside what is computed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from engine.conformance.assessment import Assessment, ItemAssessment
from engine.conformance.facts import Facts
from engine.conformance.header import Header, Json, Named
from engine.conformance.obligations import Item, Knowledge, knowledge_of
from engine.conformance.soa import NO_STATEMENT, Entry, Soa
from engine.conformance.values import Applicability, Rung, Status
from engine.rdf import NamedNode, Node
from engine.snapshot import Reader
from engine.view import format_instant
from engine.vocab import AIMS

_UNJUDGED = {
    Applicability.EXCLUDED: Status.NOT_APPLICABLE,
    Applicability.UNSETTLED: Status.NOT_EVALUABLE,
}


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

    ``problems``: what concerns the statement as a whole, among it what makes it suspect.
    """

    header: Header
    statement: Named | None
    version: str | None
    approved_by: tuple[Named, ...]
    approved_at: datetime | None
    assessments: tuple[Named, ...]
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
            "problems": list(self.problems),
            "entries": [row.to_json() for row in self.rows],
        }


def statement_of_applicability(reader: Reader, assessment: Assessment) -> SoaReport:
    """The report over ``reader``, with the statuses of ``assessment`` made from it."""
    facts, knowledge = Facts(reader), knowledge_of(reader.pack)
    soa = assessment.soa
    statement = soa.statement

    def named(nodes: Sequence[Node]) -> tuple[Named, ...]:
        return tuple(Named(node, facts.label(node)) for node in nodes)

    rows = _Rows(facts, knowledge, soa, {i.item.node: i for i in assessment.items})
    return SoaReport(
        header=assessment.header,
        statement=named((statement.node,))[0] if statement else None,
        version=statement.version if statement else None,
        approved_by=named(statement.approved_by) if statement else (),
        approved_at=statement.approved_at if statement else None,
        assessments=named(statement.assessments) if statement else (),
        rows=tuple(rows.all()),
        problems=tuple(rows.overall()),
    )


class _Rows:
    def __init__(
        self,
        facts: Facts,
        knowledge: Knowledge,
        soa: Soa,
        items: Mapping[NamedNode, ItemAssessment],
    ) -> None:
        self._facts = facts
        self._controls = {item.node: item for item in knowledge.items if item.control}
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
            problems=tuple(dict.fromkeys(self._problems(control, entries))),
        )

    def _computed(self, control: Node, system: Node | None) -> tuple[Status | None, Rung | None]:
        assessed = self._items.get(control) if isinstance(control, NamedNode) else None
        if assessed is None:
            return None, None
        if system is None:
            return assessed.rolled.status, assessed.rolled.rung
        mine = [one.computed for one in assessed.subjects if one.subject == system]
        if mine:
            return mine[0].status, mine[0].rung
        # Nothing is judged on the system itself: only whether the control applies to it is known.
        applies, _ = self._soa.settle(control, system)
        return _UNJUDGED.get(applies), None

    def _problems(self, control: Node, entries: tuple[Entry, ...]) -> Iterator[str]:
        if not entries and not self._soa.statement:
            yield NO_STATEMENT
        # What the rules say of the control (no entry, several) and of its entries.
        yield from self._soa.results.get(control, ())
        for entry in entries:
            yield from entry.objections

    def overall(self) -> Iterator[str]:
        """Problems of the statement as a whole."""
        statement = self._soa.statement
        if statement is None:
            yield NO_STATEMENT
            return
        yield from statement.suspect
        if statement.others:
            yield "several statements are in force; the one approved last is used"
        for action in self._facts.instances(AIMS.TreatmentAction):
            yield from self._soa.results.get(action, ())


def _instant(at: datetime | None) -> str | None:
    return format_instant(at) if at else None
