"""Answers about rules and their results."""

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
