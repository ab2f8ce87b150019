"""How a query is run: the answer of ``/sparql?explain=true``."""

from typing import Literal

from pydantic import BaseModel, Field


class PlanNote(BaseModel):
    """What was done about one part of a query, or why nothing was."""

    line: int = Field(description="From 1; 0 for what was not written so.")
    column: int
    part: str = Field(description="How the part begins.")
    changed: bool = Field(description="Whether it was rewritten.")
    told: str


class Explanation(BaseModel):
    """How a query is run."""

    form: Literal["SELECT", "ASK", "CONSTRUCT", "DESCRIBE"]
    changed: bool = Field(description="Whether it is run in another form than it was written in.")
    run: str = Field(description="The text that the store is given.")
    notes: list[PlanNote]
