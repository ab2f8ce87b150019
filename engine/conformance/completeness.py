"""Completeness statements: where an absent record means something.

An absent record is *failed* only where a current statement covers its class, the management system
and the date; otherwise it is *unknown*.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from engine.conformance.facts import Facts
from engine.conformance.obligations import Knowledge
from engine.rdf import NamedNode, Node
from engine.vocab import AIMS, PARAMETER


@dataclass(frozen=True, slots=True)
class Statement:
    """One completeness statement. ``difference``: records missing or surplus."""

    node: Node
    cls: NamedNode
    as_of: datetime
    reconciled_to: str
    difference: Decimal


class Completeness:
    """The current statements for one management system, by class; the newest of a class decides."""

    def __init__(self, knowledge: Knowledge, newest: Mapping[NamedNode, Statement]) -> None:
        self._knowledge = knowledge
        self._newest = newest
        self._covered: dict[NamedNode, bool] = {}

    def covers(self, cls: NamedNode) -> bool:
        """Whether a current statement without difference covers ``cls`` or a class above it.

        The nearest class decides, and a difference found on a class below is one of ``cls``, too.
        """
        known = self._covered.get(cls)
        if known is None:
            known = self._covered[cls] = self._is_covered(cls)
        return known

    def _is_covered(self, cls: NamedNode) -> bool:
        above = self._knowledge.superclasses
        agreeing = [one.cls for one in self._newest.values() if not one.difference]
        covering = [one for one in agreeing if one in above(cls)]
        for off in (one.cls for one in self._newest.values() if one.difference):
            below = cls in above(off)
            nearer = any(off in above(one) for one in covering)
            if below or (off in above(cls) and not nearer):
                return False
        return bool(covering)

    def gap(self, classes: Iterable[NamedNode]) -> str:
        """Why the absence of records of ``classes`` cannot be relied on; empty where it can."""
        open_classes = [cls for cls in classes if not self.covers(cls)]
        if not open_classes:
            return ""
        names = " or ".join(self._knowledge.label(cls) for cls in open_classes)
        below = (one for one in self._newest.values() if one.difference)
        off = [s for s in below if any(self._related(s.cls, cls) for cls in open_classes)]
        if off:
            return (
                f"the current completeness statement on {names} found a difference of "
                f"{off[0].difference}"
            )
        return f"no current completeness statement covers {names}"

    def _related(self, one: NamedNode, other: NamedNode) -> bool:
        above = self._knowledge.superclasses
        return one in above(other) or other in above(one)

    @property
    def statements(self) -> tuple[Statement, ...]:
        """The current statements, newest first."""
        found = self._newest.values()
        return tuple(sorted(found, key=lambda s: (-s.as_of.timestamp(), str(s.node))))


def completeness_for(
    facts: Facts, knowledge: Knowledge, management_system: Node | None
) -> Completeness:
    """The statements in scope of ``management_system`` that are current at the instant judged."""
    newest: dict[NamedNode, Statement] = {}
    if management_system is None:
        return Completeness(knowledge, newest)
    oldest = _cutoff(facts)
    for node in facts.having(AIMS.inScopeOf, management_system):
        if not facts.is_a(node, AIMS.CompletenessStatement) or not facts.valid(node):
            continue
        as_of = facts.past(node, AIMS.asOfDate)
        if as_of is None or (oldest is not None and as_of < oldest):
            continue
        for cls in facts.nodes(node, AIMS.coversClass):
            known = newest.get(cls) if isinstance(cls, NamedNode) else None
            if isinstance(cls, NamedNode) and (known is None or known.as_of < as_of):
                made = _statement(facts, node, cls, as_of)
                newest |= {cls: made} if made is not None else {}
    return Completeness(knowledge, newest)


def _statement(facts: Facts, node: Node, cls: NamedNode, as_of: datetime) -> Statement | None:
    """The statement, None where nobody makes it, or it was counted against nothing."""
    difference = facts.number(node, AIMS.difference)
    to = facts.node(node, AIMS.reconciledTo)
    name = facts.label(to) if to is not None else facts.text(node, AIMS.reconciledTo)
    if difference is None or not name or facts.node(node, AIMS.statedBy) is None:
        return None
    return Statement(node, cls, as_of, name, difference)


def _cutoff(facts: Facts) -> datetime | None:
    """The earliest date that still counts; None where no parameter sets one."""
    for span in facts.having(AIMS.forParameter, PARAMETER.completenessMaxDays):
        cutoff = facts.instant(span, AIMS.cutoff)
        if cutoff is not None:
            return cutoff
    return None
