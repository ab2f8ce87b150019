"""Nodes, literals, where an answer stands, and pages of lists."""

from typing import Literal

from pydantic import BaseModel, Field


class NodeRef(BaseModel):
    """A node and what to call it; `reason` where one belongs to it."""

    iri: str
    label: str
    reason: str | None = None


class LiteralValue(BaseModel):
    """A literal: plain text, or with its datatype or language."""

    value: str
    datatype: str | None = None
    language: str | None = None


Term = NodeRef | LiteralValue


class Position(BaseModel):
    """Where an answer stands: ledger, instants, view and rules."""

    sequence: int = Field(description="The last ledger entry that was read.")
    head: str = Field(description="Hash of that entry; in double quotes it is the ETag of a state.")
    at: str = Field(description="The instant judged.")
    period: str = Field(description="The audit period judged, FROM/TO.")
    view: Literal["complete", "restricted"]
    pack: str = Field(description="Digest of the rules.")


class Listed(BaseModel):
    """One page of a list."""

    total: int
    next: str | None = Field(description="`cursor` of the next page; null on the last.")
