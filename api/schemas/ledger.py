"""Answers about the ledger and what goes into it."""

from typing import Literal

from pydantic import BaseModel, Field

from api.schemas.base import Listed


class EntryPart(BaseModel):
    """What an entry did in one compartment; `rows` (RDF Patch) with a single entry."""

    digest: str
    compartment: str
    erased: bool
    rows: list[str] | None = None


class Entry(BaseModel):
    """One entry of the ledger."""

    sequence: int
    hash: str
    instant: str
    kind: Literal["change", "knowledge", "erasure", "assessment"]
    agent: str
    face: str
    clock_jump: int
    detail: dict[str, object]
    reason: str
    parts: list[EntryPart]


class Entries(Listed):
    """Entries, newest first."""

    sequence: int
    head: str
    items: list[Entry]


class RowError(BaseModel):
    """A row that was left out."""

    place: str
    row: int | None
    line: int | None
    column: str | None
    value: str | None
    reason: str


class Imported(BaseModel):
    """What an import did or, with `dry_run`, would do."""

    source: str
    graph: str
    file: str
    sha256: str
    format: str
    mapping: str | None
    dry_run: bool
    guard: Literal["violation", "warning", "info"] | None = Field(
        description="The severity from which new rule results would have been refused."
    )
    sequence: int | None = Field(description="Its ledger entry; null where nothing changed.")
    added: int
    removed: int
    rows_read: int
    rows_imported: int
    error_count: int
    errors: list[RowError]
    notes: list[str]
    sample: list[str] = Field(description="Some changed statements, with `dry_run`.")


class Updated(BaseModel):
    """What a write did."""

    sequence: int | None = Field(description="Its ledger entry; null where nothing changed.")
    head: str = Field(description="Hash of the ledger's head after it.")
    added: int
    removed: int
