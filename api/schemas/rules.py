"""Answers about rules and their results."""

from typing import Literal

from pydantic import BaseModel, Field

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


class Findings(Position, Listed):
    """Rule results."""

    items: list[Finding]
