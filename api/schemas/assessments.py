"""Answers about statuses: assessments, gaps and the Statement of Applicability."""

from typing import Literal

from pydantic import BaseModel, Field

from api.schemas.base import Listed, NodeRef, Position

Status = Literal["satisfied", "partial", "unsatisfied", "not-applicable", "not-evaluable"]


class Scope(BaseModel):
    """What is in scope and what is not, each with a reason."""

    version: str | None
    systems_in: list[NodeRef]
    systems_out: list[NodeRef]
    units_in: list[NodeRef]
    units_out: list[NodeRef]


class SoaEdition(BaseModel):
    """The Statement of Applicability that was used, and why it is suspect."""

    version: str | None
    suspect: list[str]


class Header(Position):
    """What an auditor looks for first."""

    edition: str
    management_system: NodeRef | None
    other_management_systems: list[NodeRef]
    scope: Scope
    soa: SoaEdition
    reconciled: str | None
    note: str | None
    closing: str


class Counts(BaseModel):
    """How many outcomes of each kind."""

    held: int
    failed: int
    unknown: int
    not_exercised: int


class SubjectStatus(BaseModel):
    """The status on one subject."""

    subject: NodeRef
    kind: str
    status: Status
    rung: str | None
    ratio: float | None
    reason: str
    counts: Counts


class Outcome(BaseModel):
    """The outcome of an obligation on one subject."""

    subject: NodeRef
    outcome: str
    reason: str
    population: int | None
    declared: bool
    results: list[str]


class Obligation(BaseModel):
    """What an item asks for, who decides it, and its outcomes."""

    id: str
    iri: str
    title: str
    kind: str
    subject_kind: str
    basis: str
    rung: str
    decisive: bool
    rules: list[str]
    counts: Counts
    outside: Counts
    outcomes: list[Outcome]


class Fact(BaseModel):
    """A statement; literals as N-Triples writes them."""

    s: str
    p: str
    o: str


class MissingFact(BaseModel):
    """What would turn an outcome."""

    facts: str
    rule: str | None
    focus: NodeRef | None = None


class Judgement(BaseModel):
    """An auditor's conclusion, beside the computed status."""

    iri: str
    subject: NodeRef | None
    obligation: NodeRef | None
    conclusion: str | None
    rationale: str | None
    method: str | None
    auditor: NodeRef | None
    made_at: str | None
    counts: bool
    objection: str | None
    suspect: str | None
    superseded: bool
    disagrees: bool


class Nonconformity(BaseModel):
    """A recorded nonconformity."""

    iri: str
    label: str
    item: NodeRef | None
    subject: NodeRef | None
    grade: str | None
    open: bool
    lacking: list[str]
    outside: str | None
    raised_at: str | None
    due_at: str | None


class ItemStatus(BaseModel):
    """One clause or reference control with its computed status."""

    id: str
    iri: str
    title: str
    control: bool
    status: Status
    rung: str | None
    ratio: float | None
    reason: str
    counts: Counts
    subjects: dict[str, int]
    statuses: list[SubjectStatus]
    obligations: list[Obligation]
    supporting: list[Fact]
    supporting_count: int
    missing: list[MissingFact]
    judgement: list[Judgement]
    nonconformities: list[Nonconformity]


class AssessmentAnswer(Header):
    """Computed statuses, with what they rest on."""

    items: dict[Status, int] = Field(description="How many items have each status.")
    nonconformities: list[Nonconformity]
    requirements: list[ItemStatus]


class GapSubject(NodeRef):
    """A subject of a gap, why it is one, and who owns it."""

    why: str
    owner: NodeRef | None


class Gap(BaseModel):
    """A failed or unknown obligation on its subjects."""

    rank: int
    priority: int
    item: str
    title: str
    obligation: str
    obligation_title: str
    outcome: str
    decisive: bool
    rung: str
    in_scope: bool
    reason: str
    owners: list[NodeRef]
    unowned: int
    subjects_count: int
    subjects: list[GapSubject]
    missing_subjects: int
    missing: list[MissingFact]


class Gaps(Header, Listed):
    """Gaps, most pressing first."""

    gaps: list[Gap]


class SoaRow(BaseModel):
    """A control: declared beside computed."""

    control: str
    title: str
    iri: str
    system: NodeRef | None
    included: bool | None
    reason: str | None
    justification: str | None
    basis: list[str]
    declared: str
    due_at: str | None
    computed: Status | None
    rung: str | None
    problems: list[str]


class Soa(Header):
    """The Statement of Applicability."""

    statement: NodeRef | None
    version: str | None
    approved_by: list[NodeRef]
    approved_at: str | None
    based_on: list[NodeRef]
    problems: list[str]
    entries: list[SoaRow]
