"""From a file to an entry: read it, replace what its source asserted, say what changed.

A source asserts what its last import said and nothing else, so rows that vanished from a file are
retracted and importing a file twice changes nothing. Other sources are left alone.

A guard judges the state that an import would make before anything is written, and refuses it.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from engine.errors import GuardError, InputError
from engine.importers import (
    Importer,
    ImportResult,
    Limits,
    OnError,
    Request,
    choose,
    find_mapping,
    read_file,
)
from engine.importers.provenance import printable
from engine.iri import graph_iri
from engine.ledger.draft import DEFAULT_COMPARTMENT
from engine.ledger.entry import Entry
from engine.ledger.patch import Patch
from engine.rdf import NamedNode, Quad
from engine.severity import Severity

Json = dict[str, object]
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9._-]+")
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Judged:
    """What a guard says of a replacement made after the entry with the hash ``head``.

    ``patch``: what changes. ``message``: why it is refused, empty where it is not; ``refused``: the
    same as JSON.
    """

    head: str
    patch: Patch
    message: str = ""
    refused: Json = field(default_factory=dict)


# What ``replace`` of a committer would change, what a guard says of it (None where the change was
# made before, under the same key), and what ``replace`` does.
Plan = Callable[[NamedNode, Iterable[Quad]], Patch]
Judge = Callable[[NamedNode, Iterable[Quad], Severity], Judged | None]
Carry = Callable[[NamedNode, Iterable[Quad], str, frozenset[str] | None], Entry | None]


@dataclass(frozen=True, slots=True)
class Intake:
    """What a caller wants imported and how.

    ``format_name`` and ``mapping``: empty to find out by the file's name, and none. ``source``:
    empty for the file's name without suffix. ``on_error``: what faulty rows do to the rest.
    ``idempotency_key`` and ``heads``: see ``Committer.replace``. ``guard``: refuse what would add
    rule results of this severity or a graver one.
    """

    path: Path
    agent: str
    format_name: str = ""
    mapping: str = ""
    source: str = ""
    into: str = DEFAULT_COMPARTMENT
    reason: str = ""
    on_error: OnError = OnError.STOP
    dry_run: bool = False
    idempotency_key: str | None = None
    heads: frozenset[str] | None = None
    guard: Severity | None = None

    @property
    def source_name(self) -> str:
        """The source given, else one made of the file's name."""
        return self.source or _NOT_IN_NAMES.sub("-", self.path.stem).strip("-._")[:100]


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did, or with ``dry_run`` would do.

    ``sequence``: its entry, None where nothing changed. ``patch``: what changed.
    """

    intake: Intake
    graph: NamedNode
    result: ImportResult
    patch: Patch
    sequence: int | None

    @property
    def errors(self) -> int:
        """How many faults of rows there were; the rows were left out."""
        return self.result.error_count

    def to_json(self) -> Json:
        """``{"source", "graph", "file", "sha256", "format", "mapping", "dry_run", "guard",
        "sequence", "added", "removed", "rows_read", "rows_imported", "error_count", "errors",
        "notes", "sample"}``.

        ``errors`` holds the first thousand, ``sample`` some changed statements.
        """
        facts = self.result.facts
        rows = self.patch.rows()[:_SHOWN] if self.intake.dry_run else ()
        return {
            "source": self.intake.source_name,
            "graph": self.graph.value,
            "file": facts.file_name,
            "sha256": facts.sha256,
            "format": facts.importer,
            "mapping": facts.mapping_name or None,
            "dry_run": self.intake.dry_run,
            "guard": self.intake.guard and self.intake.guard.value,
            "sequence": self.sequence,
            "added": len(self.patch.adds),
            "removed": len(self.patch.removes),
            "rows_read": facts.rows_read,
            "rows_imported": facts.rows_imported,
            "error_count": self.result.error_count,
            "errors": [
                {
                    "place": error.place,
                    "row": error.row,
                    "line": error.line,
                    "column": error.column,
                    "value": error.value,
                    "reason": error.reason,
                }
                for error in self.result.errors
            ],
            "notes": list(self.result.notes),
            "sample": list(rows),
        }


def import_file(
    intake: Intake, *, base: str, limits: Limits, plan: Plan, judge: Judge, carry: Carry
) -> Imported:
    """Read the file of ``intake`` and make it all that its source asserts.

    ``plan``, ``judge`` and ``carry``: what such a replacement would change, what a guard says of
    it, and the one that writes. Raises what reading, judging and committing raise, GuardError;
    nothing is written then.
    """
    request = _request(intake, base, limits)
    graph = graph_iri(base, intake.into, intake.source_name)
    result = read_file(intake.path, request, name=intake.format_name)
    result.require_rows(intake.on_error)
    quads = result.quads(graph)
    judged = judge(graph, quads, intake.guard) if intake.guard else None
    if judged is not None and judged.message:
        raise _refusal(Imported(intake, graph, result, judged.patch, None), judged)
    if intake.dry_run:
        patch = plan(graph, quads) if judged is None else judged.patch
        return Imported(intake, graph, result, patch, None)
    # Only what was judged may be written: where another entry came between, it is a conflict.
    heads = intake.heads if judged is None else frozenset({judged.head})
    reason = intake.reason or f"import of {printable(intake.path.name)}"
    entry = carry(graph, quads, reason, heads)
    # What was recorded, and no plan of it: comparing a second time would take as long as the first.
    patch = entry.patch() if entry else Patch()
    return Imported(intake, graph, result, patch, entry.sequence if entry else None)


def _refusal(answer: Imported, judged: Judged) -> GuardError:
    left_out = f"; {answer.errors} faulty rows were left out of it" if answer.errors else ""
    return GuardError(
        f"{answer.intake.source_name}: {judged.message}{left_out}",
        refused=judged.refused,
        answer=answer.to_json(),
        remedy="Nothing was written; mend the file, or import it without the guard.",
    )


def _request(intake: Intake, base: str, limits: Limits) -> Request:
    if not intake.source_name:
        raise InputError(
            f'"{printable(intake.path.name)}" has no letter or digit to name a source by',
            remedy="Name the source with --source.",
        )
    importer = choose(intake.path.name, name=intake.format_name)
    return Request(
        source=intake.source_name,
        base=base,
        file_name=intake.path.name,
        agent=intake.agent,
        mapping=find_mapping(_mapping(intake, importer)) if importer.tabular else None,
        on_error=intake.on_error,
        limits=limits,
    )


def _mapping(intake: Intake, importer: Importer) -> str:
    if not intake.mapping:
        raise InputError(
            f"{intake.path.name} is a table ({importer.title}) and needs a mapping",
            remedy="Give --mapping NAME for a shipped one or --mapping FILE.toml for yours; "
            "docs/importing.md shows how to write one.",
        )
    return intake.mapping
