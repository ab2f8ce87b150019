"""What the tests ask of the imported inventory, and how."""

from collections.abc import Mapping
from pathlib import Path

from engine.intake import Intake
from engine.rdf import Literal, Term
from engine.view import Period, View, parse_instant
from engine.workspace import Workspace
from tests.inventory.reading import FILE

VIEW = View(evaluated_at=parse_instant("2026-07-01"), period=Period.parse("2026-01-01/2026-07-01"))
AGENT = "urn:test:agent"
Found = list[dict[str, str]]


def intake(folder: Path, *, dry_run: bool = False) -> Intake:
    """What is asked for the inventory in the folder of material."""
    return Intake(
        folder / "inventory" / FILE,
        AGENT,
        mapping="us-federal-ai-inventory-2024",
        source="us-inventory",
        dry_run=dry_run,
    )


def answer(workspace: Workspace, name: str, **given: str) -> Found:
    """The rows of a named query as plain texts; terms of ours as the part after the ``#``."""
    _, found = workspace.query(VIEW, f"inventory/{name}", given)
    return [{key: _plain(term) for key, term in row.items()} for row in found]


def _plain(term: Term | None) -> str:
    if term is None:
        return ""
    return term.value if isinstance(term, Literal) else term.value.rpartition("#")[2] or term.value


def totals(found: Found) -> Mapping[str, int]:
    """The sum of each column of counts."""
    counts = [key for key in found[0] if found[0][key].isdigit()]
    return {key: sum(int(row[key]) for row in found) for key in counts}
