"""Answers about rules and their results."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.base import Listed, NodeRef, Position, Term


class Finding(BaseModel):
    """One rule result."""

    rule: NodeRef
    focus: Term
    path: str | None
    value: Term | None
    shape: NodeRef
    constraint: NodeRef | None
    component: str
    severity: str
    message: str = Field(description="As SHACL reports it.")
    text: str = Field(description="The message with labels for nodes.")


class NewFinding(Finding):
    """A rule result that a change would add."""

    remedy: str | None = Field(description="What its message says after the last semicolon.")


class NotValidated(BaseModel):
    """A rule that could not be judged."""

    rule: NodeRef
    reason: str


class Refused(Position):
    """What a guard found: the state before the change, and what the change would add."""

    severity: Literal["violation", "warning", "info"]
    total: int = Field(description="How many rule results would be new.")
    results: list[NewFinding] = Field(description="The gravest of them, at most 100.")
    not_validated: list[NotValidated]


class RuleRun(BaseModel):
    """A rule, over how much it judged, and how it went."""

    rule: NodeRef
    population: int
    results: int
    state: str
    reason: str


class Validation(Position):
    """Every rule and every result."""

    conforms: bool
    rules: list[RuleRun]
    results: list[Finding]


class Point(BaseModel):
    """Where a rule result began or ended."""

    sequence: int
    at: str = Field(description="The instant judged there.")
    cause: Literal["entry", "time"] = Field(
        description="Whether the entry brought it about, or the time before it."
    )


class Interval(BaseModel):
    """A rule result with where it began and ended."""

    rule: NodeRef
    focus: Term
    path: str | None
    value: Term | None
    component: str
    severity: str
    message: str
    text: str = Field(description="The message with labels for nodes.")
    since: Point | None = Field(description="null: before the first of the two entries.")
    until: Point | None = Field(description="null: it holds at the second of the two entries.")


class Changes(Position, Listed):
    """What became of rule results between two entries."""

    model_config = ConfigDict(serialize_by_alias=True)

    first: int = Field(alias="from")
    to: int
    unjudged: list[str] = Field(description="Rules that could not be run on the way.")
    items: list[Interval]


class Findings(Position, Listed):
    """Rule results."""

    items: list[Finding]
