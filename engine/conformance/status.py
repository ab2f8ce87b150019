"""The status of an item on a subject, first match wins, and its roll-up over subjects.

Pure functions of what was judged; the order of the five steps is the law of ``docs/statuses.md``.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from engine.conformance.values import Applicability, Counts, Outcome, Rung, Status, summed


@dataclass(frozen=True, slots=True)
class Judged:
    """One obligation on one subject, as far as a status depends on it.

    ``binding``: false for basis *practice*; ``declared``: held by declarations alone.
    """

    outcome: Outcome
    decisive: bool
    rung: Rung
    binding: bool = True
    declared: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """Everything that the status of one item on one subject depends on.

    ``control``: true for a reference control, false for a clause, to which ``applicability`` does
    not apply. ``majors``: open major nonconformities and whatever else makes the item unsatisfied
    by itself (a control that is only planned; on 6.1.3 an exclusion that does not stand), each as
    a reason. ``minors``: open minor nonconformities.
    """

    judged: tuple[Judged, ...]
    control: bool
    applicability: Applicability = Applicability.APPLIES
    applicability_reason: str = ""
    majors: tuple[str, ...] = ()
    minors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Computed:
    """A computed status. ``rung``: the highest reached without a gap below, None for none.

    ``idle``: nothing stood in the way of judging, and no obligation had an occasion.
    """

    status: Status
    reason: str
    rung: Rung | None
    counts: Counts
    idle: bool = False


def status_of(case: Case) -> Computed:
    """The status of ``case``: the first of the five steps that matches."""
    binding = [one for one in case.judged if one.binding]
    counts = count(one.outcome for one in binding)
    status, reason = _first_match(case, binding)
    judgeable = status is not Status.NOT_APPLICABLE and _settled(case)
    idle = status is Status.NOT_EVALUABLE and _settled(case) and _only_idle(binding)
    return Computed(status, reason, rung_reached(binding) if judgeable else None, counts, idle)


def _only_idle(binding: list[Judged]) -> bool:
    return bool(binding) and all(one.outcome is Outcome.NOT_EXERCISED for one in binding)


def _settled(case: Case) -> bool:
    return not case.control or case.applicability is not Applicability.UNSETTLED


def _first_match(case: Case, binding: list[Judged]) -> tuple[Status, str]:
    if case.control and case.applicability is Applicability.EXCLUDED:
        return Status.NOT_APPLICABLE, case.applicability_reason
    # Whether an unsettled control binds at all is open: its obligations count for nothing, but
    # what a person raised stands.
    counted = binding if _settled(case) else []
    held = [one for one in counted if one.outcome is Outcome.HELD]
    failed = [one for one in counted if one.outcome is Outcome.FAILED]
    decisive = [one.reason for one in failed if one.decisive]
    if case.majors or decisive:
        return Status.UNSATISFIED, summed([*case.majors, *decisive])
    if failed and not held:
        return Status.UNSATISFIED, summed([one.reason for one in failed])
    if failed or case.minors:
        return Status.PARTIAL, summed([*case.minors, *(one.reason for one in failed)])
    open_reason = _not_evaluable(case, counted, held)
    if open_reason is not None:
        return Status.NOT_EVALUABLE, open_reason
    return Status.SATISFIED, "every obligation with an occasion is held"


def _not_evaluable(case: Case, counted: list[Judged], held: list[Judged]) -> str | None:
    """Why nothing can be said, None where something can."""
    if not _settled(case):
        return case.applicability_reason
    unknown = [one for one in counted if one.outcome is Outcome.UNKNOWN]
    if unknown:
        return summed([one.reason for one in unknown])
    if not counted:
        return "no obligation is recorded for it"
    if not held:
        return "nothing was exercised: no obligation had an occasion"
    if all(one.declared for one in held):
        return "only declarations support it"
    return None


def count(outcomes: Iterable[Outcome]) -> Counts:
    """How many of each."""
    found = Counter(outcomes)
    return Counts(
        held=found[Outcome.HELD],
        failed=found[Outcome.FAILED],
        unknown=found[Outcome.UNKNOWN],
        not_exercised=found[Outcome.NOT_EXERCISED],
    )


def rung_reached(binding: Sequence[Judged]) -> Rung | None:
    """The highest rung with an obligation held, and none at or below it failed or unknown."""
    reached: Rung | None = None
    for rung in Rung:
        here = {one.outcome for one in binding if one.rung is rung}
        if here & {Outcome.FAILED, Outcome.UNKNOWN}:
            break
        if Outcome.HELD in here:
            reached = rung
    return reached


@dataclass(frozen=True, slots=True)
class RolledUp:
    """An item over all its subjects in scope. ``subjects``: how many have each status."""

    status: Status
    reason: str
    rung: Rung | None
    counts: Counts
    subjects: Mapping[Status, int]


def roll_up(computed: Sequence[Computed], *, unjudged: Sequence[str] = ()) -> RolledUp:
    """The item over its subjects.

    A duty without occasion never blocks, so a subject that has no other is counted and shown but
    prevents nothing. ``unjudged``: reasons why some subjects could not even be named (no scope
    approved); like any other not-evaluable subject, each prevents *satisfied*.
    """
    subjects = _by_status(computed)
    status = _rolled_status(_by_status(one for one in computed if not one.idle), len(unjudged))
    counts = sum((one.counts for one in computed), Counts())
    return RolledUp(
        status, _rolled_reason(computed, status, unjudged), _lowest(computed), counts, subjects
    )


def _by_status(computed: Iterable[Computed]) -> dict[Status, int]:
    found = Counter(one.status for one in computed)
    return {status: found[status] for status in Status}


def _rolled_status(subjects: Mapping[Status, int], unjudged: int) -> Status:
    satisfied, partial = subjects[Status.SATISFIED], subjects[Status.PARTIAL]
    unsatisfied = subjects[Status.UNSATISFIED]
    undecided = subjects[Status.NOT_EVALUABLE] + unjudged
    if not satisfied + partial + unsatisfied + undecided:
        excluded = subjects[Status.NOT_APPLICABLE]
        return Status.NOT_APPLICABLE if excluded else Status.NOT_EVALUABLE
    if not partial + unsatisfied + undecided:
        return Status.SATISFIED
    if satisfied + partial:
        return Status.PARTIAL
    return Status.UNSATISFIED if unsatisfied else Status.NOT_EVALUABLE


def _lowest(computed: Sequence[Computed]) -> Rung | None:
    bound = [one for one in computed if one.status is not Status.NOT_APPLICABLE]
    rungs = [one.rung for one in bound if not one.idle]
    known = [rung for rung in rungs if rung is not None]
    return min(known) if known and len(known) == len(rungs) else None


def _rolled_reason(computed: Sequence[Computed], status: Status, unjudged: Sequence[str]) -> str:
    if not computed and not unjudged:
        return "no subject of it is in scope"
    if status is Status.SATISFIED:
        gave = sum(not one.idle for one in computed)
        if gave == len(computed):
            return "every obligation with an occasion is held on every subject in scope"
        on = f"on {gave} of {len(computed)} subjects"
        return f"every obligation is held where it had an occasion, {on}"
    rank = {Status.UNSATISFIED: 0, Status.PARTIAL: 1, Status.NOT_EVALUABLE: 2}
    telling = sorted(
        (one for one in computed if one.status in rank and (not one.idle or not unjudged)),
        key=lambda one: rank[one.status],
    )
    if status is Status.NOT_APPLICABLE:
        return summed([one.reason for one in computed])
    return summed([*(one.reason for one in telling), *unjudged])
