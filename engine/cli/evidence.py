"""evidence add, verify, list: bytes in the vault, and their records in the graph."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from engine.cli import _options as options
from engine.cli import _render as render
from engine.cli._output import Format, print_json, print_table, say, working

Kind = Literal["design", "implementation", "operation", "effectiveness"]


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(
        help="Evidence: bytes in the vault and their records.", no_args_is_help=True
    )
    group.command()(add)
    group.command()(verify)
    group.command("list")(list_evidence)
    app.add_typer(group, name="evidence")


def add(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="The evidence itself.")],
    supports: Annotated[list[str], typer.Option(help="What it supports; repeatable.")],
    kind: Annotated[Kind, typer.Option(help="How much it can show.")],
    collected_by: Annotated[str, typer.Option(help="Who collected it: node or identifier.")],
    covers: Annotated[str, typer.Option(help="The time it covers, FROM/TO.")] = "",
    valid_until: Annotated[str, typer.Option(help="When it expires.")] = "",
    retention_until: Annotated[str, typer.Option(help="Kept at least until.")] = "",
    retention_basis: Annotated[str, typer.Option(help="Document or law that says so.")] = "",
    title: Annotated[str, typer.Option(help="Default: the file's name.")] = "",
    draft: Annotated[bool, typer.Option("--draft", help="Not yet approved.")] = False,
    reason: Annotated[str, typer.Option(help="Why; kept in the ledger.")] = "",
) -> int:
    """Put a file into the vault and record what it supports."""
    from engine.evidence import EvidenceDescription, EvidenceKind
    from engine.view import Period, View, parse_instant

    with options.opened(context) as workspace:
        view = View()
        description = EvidenceDescription(
            kind=EvidenceKind(kind),
            supports=tuple(workspace.find(view, node) for node in supports),
            collected_by=workspace.find(view, collected_by),
            title=title,
            covers=Period.parse(covers) if covers else None,
            valid_until=parse_instant(valid_until) if valid_until else None,
            retention_until=parse_instant(retention_until) if retention_until else None,
            retention_basis=retention_basis,
            draft=draft,
        )
        agent = options.agent_name()
        node = workspace.add_evidence(file, description, agent=agent, reason=reason)
    say(f"Recorded {node.value}")
    return 0


def verify(
    context: typer.Context,
    as_of: options.AsOfOption = None,
    at: options.AtOption = None,
    period: options.PeriodOption = None,
    output: options.FormatOption = Format.table,
) -> int:
    """Compare each record's digest with the bytes in the vault now. Exit 1 where one differs."""
    from engine.answers import header_json
    from engine.evidence import verify_evidence

    with options.opened(context) as workspace:
        view = options.view_of(as_of, at, period)
        with working("comparing bytes with digests"):
            reader = workspace.reader(view)
            found = verify_evidence(reader)
    if output is Format.json:
        print_json(header_json(reader) | {"records": [item.to_json() for item in found]})
    elif found:
        rows = [(item.title, item.state, item.digest[:16]) for item in found]
        print_table(["evidence", "state", "digest"], rows)
    else:
        say("The bytes of every evidence record agree with its digest.")
    return 1 if found else 0


def list_evidence(
    context: typer.Context,
    as_of: options.AsOfOption = None,
    at: options.AtOption = None,
    period: options.PeriodOption = None,
    output: options.FormatOption = Format.table,
) -> int:
    """Every evidence record with its state at the instant and period judged."""
    from engine.answers import header_json, rows_json

    with options.opened(context) as workspace:
        view = options.view_of(as_of, at, period)
        reader, rows = workspace.query(view, "tool/evidence-liveness", {})
        if output is Format.json:
            print_json(header_json(reader) | {"rows": rows_json(reader, rows)})
        else:
            render.rows(reader, rows)
    return 0
