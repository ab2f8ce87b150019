"""Answers about chains: traces and cascades."""

from typing import Literal

from pydantic import BaseModel, Field

from api.schemas.base import NodeRef, Position


class SuspectLink(BaseModel):
    """The link above that makes a hop suspect."""

    source: NodeRef
    target: NodeRef


class TraceHop(BaseModel):
    """One step of a chain; `target` is null where it is missing or hidden."""

    source: NodeRef
    target: NodeRef | None
    over: str
    expects: NodeRef | None
    direction: str
    state: Literal[
        "live",
        "stale",
        "failed",
        "suspect",
        "missing",
        "unverified",
        "mismatch",
        "disposed",
        "hidden",
    ]
    reason: str
    depth: int
    replaced: bool
    inherited_from: SuspectLink | None


class TraceAnswer(Position):
    """Every hop, what was reached, and where the chain breaks."""

    start: NodeRef
    to: NodeRef | None
    direction: Literal["up", "down", "both"]
    complete: bool
    hops: list[TraceHop]
    reached: list[NodeRef]
    breaks: list[TraceHop]


class CascadeHop(BaseModel):
    """One step of the path of an effect."""

    source: NodeRef
    target: NodeRef
    kind: str
    over: str | None
    weight: float
    barrier: NodeRef | None


class Effect(BaseModel):
    """What a failure does to a node."""

    node: NodeRef
    kind: str
    strength: float = Field(description="0 to 1, along the best path.")
    probability: float = Field(description="Noisy-OR over all paths.")
    latency_hours: float
    path: list[CascadeHop]


class Stopped(BaseModel):
    """A link at which an effect ends."""

    source: NodeRef
    target: NodeRef
    over: str
    barrier: NodeRef | None


class SinglePoint(BaseModel):
    """A node whose failure alone reaches those that it shields."""

    node: NodeRef
    shields: list[NodeRef]


class CascadeAnswer(Position):
    """What a failure of a node reaches."""

    start: NodeRef
    kinds: list[str]
    effects: list[Effect]
    stopped: list[Stopped]
    loops: list[list[NodeRef]]
    single_points: list[SinglePoint]
    withheld: list[NodeRef]
