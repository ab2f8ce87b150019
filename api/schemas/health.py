"""Answers of ``/v1/health``."""

from typing import Literal

from pydantic import BaseModel


class Live(BaseModel):
    """The process answers."""

    status: Literal["alive"]


class Health(BaseModel):
    """Whether the ledger can be read and the last write found space; `reason` where not."""

    status: Literal["ready", "not ready"]
    reason: str | None = None
    sequence: int | None = None
    head: str | None = None
