"""RFC 9457 problem details."""

from pydantic import BaseModel, Field

from api.schemas.rules import Refused


class Fault(BaseModel):
    """One parameter that does not fit."""

    field: str
    message: str


class Problem(BaseModel):
    """What went wrong, where, and how to mend it (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    remedy: str | None = None
    place: str | None = Field(default=None, description="File, line, column and field, as text.")
    line: int | None = None
    column: int | str | None = None
    field: str | None = None
    errors: list[Fault] | None = None
    refused: Refused | None = Field(default=None, description="Why a guard refused a change.")
