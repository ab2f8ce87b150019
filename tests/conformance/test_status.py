"""The status function against a slow, obvious reading of the law, and the roll-up."""

from collections import Counter
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.conformance.status import (
    Case,
    Computed,
    Judged,
    RolledUp,
    roll_up,
    rung_reached,
    status_of,
)
from engine.conformance.values import Applicability, Counts, Outcome, Rung, Status, summed

HELD, FAILED = Outcome.HELD, Outcome.FAILED
UNKNOWN, IDLE = Outcome.UNKNOWN, Outcome.NOT_EXERCISED
APPLIES, EXCLUDED = Applicability.APPLIES, Applicability.EXCLUDED
UNSETTLED = Applicability.UNSETTLED

judged = st.builds(
    Judged,
    outcome=st.sampled_from(Outcome),
    decisive=st.booleans(),
    rung=st.sampled_from(Rung),
    binding=st.sampled_from([True, True, True, False]),
    declared=st.sampled_from([False, False, False, True]),
    reason=st.sampled_from(["because", "so"]),
)
cases = st.builds(
    Case,
    judged=st.lists(judged, max_size=5).map(tuple),
    control=st.booleans(),
    applicability=st.sampled_from(Applicability),
    applicability_reason=st.just("the entry says so"),
    majors=st.sampled_from([(), (), (), ("major",)]),
    minors=st.sampled_from([(), (), (), ("minor",)]),
)


def reference(case: Case) -> Status:
    """The five steps of the law, one sentence each, without any shortcut."""
    unsettled = case.control and case.applicability == UNSETTLED
    counted = [j for j in case.judged if j.binding and not unsettled]
    known = [j for j in counted if j.outcome in (HELD, FAILED)]
    # 1. A control excluded by a justified, uncontradicted entry; a clause never is.
    if case.control and case.applicability == EXCLUDED:
        return Status.NOT_APPLICABLE
    # 2. A decisive obligation failed, or a major is open, or every known obligation failed.
    if any(j.decisive and j.outcome == FAILED for j in counted):
        return Status.UNSATISFIED
    if len(case.majors) > 0:
        return Status.UNSATISFIED
    if len(known) > 0 and all(j.outcome == FAILED for j in known):
        return Status.UNSATISFIED
    # 3. At least one failed and at least one held; or a minor is open.
    if any(j.outcome == FAILED for j in known) and any(j.outcome == HELD for j in known):
        return Status.PARTIAL
    if len(case.minors) > 0:
        return Status.PARTIAL
    # 4. An obligation is unknown, or there is none, or none held (but by declarations).
    if unsettled:
        return Status.NOT_EVALUABLE
    if any(j.outcome == UNKNOWN for j in counted):
        return Status.NOT_EVALUABLE
    if len(counted) == 0:
        return Status.NOT_EVALUABLE
    if not any(j.outcome == HELD and not j.declared for j in counted):
        return Status.NOT_EVALUABLE
    # 5.
    return Status.SATISFIED


@given(cases)
def test_the_status_is_the_first_match(case: Case) -> None:
    assert status_of(case).status is reference(case)


def test_every_small_case_matches_the_reference() -> None:
    """All multisets of up to three obligations, decisive or not, under every entry and grade."""
    singles = [
        Judged(outcome, decisive, Rung.OPERATED, reason="x")
        for outcome, decisive in product(Outcome, (True, False))
    ]
    seen: Counter[Status] = Counter()
    for size in range(4):
        for chosen in product(singles, repeat=size):
            for control, entry in product((True, False), Applicability):
                for majors, minors in product(((), ("M",)), ((), ("m",))):
                    case = Case(chosen, control, entry, "e", majors, minors)
                    computed = status_of(case)
                    assert computed.status is reference(case), case
                    seen[computed.status] += 1
    assert set(seen) == set(Status)


@given(cases)
def test_every_status_gives_its_reason(case: Case) -> None:
    assert status_of(case).reason


@given(cases, judged)
def test_practice_never_changes_a_status(case: Case, extra: Judged) -> None:
    hint = Judged(extra.outcome, extra.decisive, extra.rung, binding=False, reason="hint")
    more = Case(
        (*case.judged, hint),
        case.control,
        case.applicability,
        case.applicability_reason,
        case.majors,
        case.minors,
    )
    assert status_of(more) == status_of(case)


@given(cases)
def test_a_clause_is_never_not_applicable(case: Case) -> None:
    clause = Case(case.judged, False, case.applicability, "entry", case.majors, case.minors)
    assert status_of(clause).status is not Status.NOT_APPLICABLE


@given(st.lists(judged, max_size=6))
def test_declarations_alone_never_satisfy(found: list[Judged]) -> None:
    declared = tuple(
        Judged(j.outcome, j.decisive, j.rung, j.binding, True, j.reason) for j in found
    )
    assert status_of(Case(declared, False)).status is not Status.SATISFIED


@given(cases)
def test_one_more_unknown_never_satisfies(case: Case) -> None:
    unknown = Judged(UNKNOWN, False, Rung.DEFINED, reason="who knows")
    more = Case((*case.judged, unknown), case.control, case.applicability, "e")
    assert status_of(more).status is not Status.SATISFIED


@given(st.lists(judged, max_size=6))
def test_an_idle_duty_never_blocks(found: list[Judged]) -> None:
    idle = Judged(IDLE, True, Rung.OPERATED, reason="no incident")
    with_idle, without = Case((*found, idle), False), Case(tuple(found), False)
    if any(j.binding for j in found):
        assert status_of(with_idle).status is status_of(without).status


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        (Case((), False), "no obligation is recorded for it"),
        (Case((Judged(IDLE, True, Rung.DEFINED),), False), "nothing was exercised"),
        (Case((Judged(HELD, True, Rung.DEFINED, declared=True),), False), "only declarations"),
        (
            Case((Judged(UNKNOWN, True, Rung.DEFINED, reason="judgement pending"),), False),
            "judgement pending",
        ),
        (
            Case((Judged(FAILED, True, Rung.DEFINED),), True, UNSETTLED, "contradicted exclusion"),
            "contradicted exclusion",
        ),
    ],
)
def test_what_cannot_be_evaluated_says_why(case: Case, reason: str) -> None:
    computed = status_of(case)
    assert computed.status is Status.NOT_EVALUABLE
    assert reason in computed.reason


def test_a_nonconformity_stands_where_the_exclusion_does_not() -> None:
    case = Case((), True, UNSETTLED, "contradicted exclusion", majors=("open major",))
    assert status_of(case).status is Status.UNSATISFIED


@pytest.mark.parametrize(
    ("found", "reached"),
    [
        ({}, None),
        ({Rung.DEFINED: HELD}, Rung.DEFINED),
        ({Rung.DEFINED: HELD, Rung.OPERATED: HELD}, Rung.OPERATED),
        ({Rung.OPERATED: HELD}, Rung.OPERATED),
        ({Rung.DEFINED: FAILED, Rung.OPERATED: HELD}, None),
        ({Rung.DEFINED: HELD, Rung.IMPLEMENTED: UNKNOWN, Rung.EFFECTIVE: HELD}, Rung.DEFINED),
        ({Rung.DEFINED: HELD, Rung.IMPLEMENTED: IDLE, Rung.OPERATED: HELD}, Rung.OPERATED),
        ({Rung.DEFINED: IDLE}, None),
    ],
)
def test_a_rung_is_reached_only_over_sound_ones(
    found: dict[Rung, Outcome], reached: Rung | None
) -> None:
    judged_ = [Judged(outcome, False, rung) for rung, outcome in found.items()]
    assert rung_reached(judged_) is reached


def computed(status: Status, counts: Counts = Counts(), rung: Rung | None = None) -> Computed:  # noqa: B008
    return Computed(status, f"{status.value} because", rung, counts)


NO_OCCASION = Computed(
    Status.NOT_EVALUABLE, "no occasion", None, Counts(not_exercised=2), idle=True
)


def rolled_reference(statuses: list[Status]) -> Status:
    """The sentence of the law on roll-up, subject by subject."""
    applicable = [s for s in statuses if s is not Status.NOT_APPLICABLE]
    if not applicable:
        return Status.NOT_APPLICABLE if statuses else Status.NOT_EVALUABLE
    if all(s is Status.SATISFIED for s in applicable):
        return Status.SATISFIED
    if not any(s in (Status.SATISFIED, Status.PARTIAL) for s in applicable):
        unsatisfied = any(s is Status.UNSATISFIED for s in applicable)
        return Status.UNSATISFIED if unsatisfied else Status.NOT_EVALUABLE
    return Status.PARTIAL


@given(st.lists(st.sampled_from(Status), max_size=6))
def test_the_roll_up_follows_the_law_and_counts_every_state(statuses: list[Status]) -> None:
    rolled = roll_up([computed(status) for status in statuses])
    assert rolled.status is rolled_reference(statuses)
    assert rolled.subjects == {status: statuses.count(status) for status in Status}
    assert rolled.reason


@given(st.sampled_from(Status))
def test_one_subject_rolls_up_to_itself(status: Status) -> None:
    assert roll_up([computed(status)]).status is status


@given(st.lists(st.sampled_from(Status), max_size=6))
def test_a_subject_that_cannot_be_judged_prevents_satisfied(statuses: list[Status]) -> None:
    found = [computed(status) for status in statuses]
    assert roll_up([*found, computed(Status.NOT_EVALUABLE)]).status is not Status.SATISFIED
    assert roll_up(found, unjudged=["no scope"]).status is not Status.SATISFIED


@given(st.lists(st.sampled_from(Status), min_size=1, max_size=6), st.integers(0, 3))
def test_a_subject_without_occasion_blocks_nothing_and_is_counted(
    statuses: list[Status], idle: int
) -> None:
    found = [computed(status, Counts(1, 1, 1, 1)) for status in statuses]
    rolled = roll_up([*found, *[NO_OCCASION] * idle])
    assert rolled.status is rolled_reference(statuses)
    unevaluable = statuses.count(Status.NOT_EVALUABLE) + idle
    assert rolled.subjects[Status.NOT_EVALUABLE] == unevaluable
    if rolled.status is Status.SATISFIED and idle:
        assert f"on {len(found)} of {len(found) + idle} subjects" in rolled.reason


def test_nothing_is_satisfied_where_no_subject_gives_an_occasion() -> None:
    rolled = roll_up([NO_OCCASION, NO_OCCASION])
    assert rolled.status is Status.NOT_EVALUABLE
    assert rolled.rung is None


def test_a_subject_without_occasion_takes_no_rung_away() -> None:
    found = [computed(Status.SATISFIED, Counts(held=1), Rung.OPERATED), NO_OCCASION]
    assert roll_up(found).rung is Rung.OPERATED


@pytest.mark.parametrize(
    ("case", "idle"),
    [
        (Case((Judged(IDLE, False, Rung.DEFINED),), control=False), True),
        (Case((Judged(IDLE, False, Rung.DEFINED),), control=True), True),
        (Case((), control=False), False),
        (Case((Judged(IDLE, False, Rung.DEFINED, binding=False),), control=False), False),
        (Case((Judged(UNKNOWN, False, Rung.DEFINED),), control=False), False),
        (Case((Judged(IDLE, False, Rung.DEFINED),), control=True, applicability=UNSETTLED), False),
        (Case((Judged(IDLE, False, Rung.DEFINED),), control=True, applicability=EXCLUDED), False),
        (Case((Judged(IDLE, False, Rung.DEFINED),), control=False, majors=("open",)), False),
    ],
    ids=["clause", "control", "none", "practice", "unknown", "unsettled", "excluded", "major"],
)
def test_a_subject_is_idle_only_where_nothing_else_stands_in_the_way(
    case: Case, idle: bool
) -> None:
    assert status_of(case).idle is idle


def test_counts_are_added_and_never_merged() -> None:
    rolled: RolledUp = roll_up(
        [
            computed(Status.PARTIAL, Counts(3, 1, 0, 2), Rung.OPERATED),
            computed(Status.NOT_EVALUABLE, Counts(1, 0, 4, 0), Rung.DEFINED),
        ]
    )
    assert rolled.counts == Counts(4, 1, 4, 2)
    assert rolled.counts.ratio == pytest.approx(0.8)
    assert rolled.rung is Rung.DEFINED
    assert Counts().ratio is None
    assert Counts(unknown=5).ratio is None


def test_a_roll_up_has_no_rung_where_a_subject_has_none() -> None:
    found = [computed(Status.SATISFIED, rung=Rung.EFFECTIVE), computed(Status.UNSATISFIED)]
    assert roll_up(found).rung is None


def test_reasons_are_cut_with_a_count() -> None:
    assert summed(["", "a.", "b", "a.", "c", "d"]) == "a (and 3 more)"
    assert summed(["a.", "a."]) == "a."
    assert summed([]) == ""
