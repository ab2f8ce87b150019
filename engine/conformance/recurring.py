"""What a broken cadence does to an obligation.

*Operated* needs the occurrences that the cadence asks for, without a gap beyond the tolerance. A
missed occurrence fails the obligation only where a completeness statement covers its class.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from engine.conformance.completeness import Completeness
from engine.conformance.facts import Facts
from engine.conformance.obligations import Obligation
from engine.derive._recurrence import Recurrence
from engine.derive.cadence import cadences
from engine.rdf import Node
from engine.view import format_instant

FIRST_CYCLE = "first cycle not complete"


@dataclass(frozen=True, slots=True)
class Lapse:
    """A cadence not kept: whether it ``failed`` the obligation or leaves it open."""

    failed: bool
    reason: str
    missing: str


class Recurrences:
    """The recurrence of each cadenced obligation on each subject."""

    def __init__(
        self,
        facts: Facts,
        completeness: Completeness,
        found: Mapping[tuple[Node, Node], Recurrence],
    ) -> None:
        self._facts = facts
        self._completeness = completeness
        self._found = found

    @classmethod
    def over(cls, facts: Facts, completeness: Completeness) -> "Recurrences":
        """Those in the facts that an assessment reads."""
        found = {(c.obligation, c.subject): c.recurrence for c in cadences(facts.reader)}
        return cls(facts, completeness, found)

    def lapse(self, obligation: Obligation, subject: Node) -> Lapse | None:
        """How the cadence of ``obligation`` was not kept on ``subject``; None where it was."""
        if not obligation.cadenced or obligation.occurrence_of is None:
            return None
        recurrence = self._found.get((obligation.node, subject))
        if recurrence is None or recurrence.kept:
            return None
        name = self._facts.label(obligation.occurrence_of)
        missing = f"a {name} every {recurrence.allowed_days:.0f} days at the latest"
        if recurrence.first_cycle:
            return Lapse(False, f"{FIRST_CYCLE}: no {name} yet", missing)
        reason = _described(name, recurrence)
        gap = self._completeness.gap((obligation.occurrence_of,))
        return Lapse(not gap, f"{reason}, and {gap}" if gap else reason, missing)


def _described(name: str, recurrence: Recurrence) -> str:
    if recurrence.last is None:
        return f"no {name} is recorded"
    if recurrence.longest_gap_days > recurrence.allowed_days:
        return (
            f"{recurrence.longest_gap_days:.0f} days without a {name}, where "
            f"{recurrence.allowed_days:.0f} are allowed (last {format_instant(recurrence.last)})"
        )
    return f"{recurrence.count} {name} in the period, where {recurrence.required} are due"
