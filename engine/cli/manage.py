"""init, import, adopt, log, verify, checkpoint, rebuild: the workspace itself."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.cli import _options as options
from engine.cli import _render as render
from engine.cli import _render_judged as render_judged
from engine.cli._output import Format, complain, note, print_json, print_table, say, working
from engine.errors import GuardError, InputError
from engine.importers.model import OnError
from engine.severity import Severity
from engine.view import View, parse_position

if TYPE_CHECKING:
    from engine.intake import Intake
    from engine.workspace import Workspace


def register(app: typer.Typer) -> None:
    """Add the commands of this group."""
    app.command()(init)
    app.command("import")(import_files)
    for command in (adopt, log, diff, verify, checkpoint, rebuild):
        app.command()(command)


def init(
    context: typer.Context,
    folder: Annotated[
        Path | None, typer.Argument(metavar="DIR", help="Default: the workspace named before.")
    ] = None,
    example: Annotated[
        bool, typer.Option("--example", help="Fill it with the made insurer.")
    ] = False,
    faults: Annotated[
        bool, typer.Option("--faults", help="With --example: plant its faults, too.")
    ] = False,
) -> int:
    """Make a workspace."""
    from engine.workspace import Workspace

    settings = options.settings_of(context)
    root = folder or settings.workspace
    agent = options.agent_name()
    with Workspace.create(root, agent=agent) as workspace:
        if example:
            with working("loading the example"):
                for name, changes in workspace.load_example(agent=agent):
                    note(f"{name}: {changes} statements")
        if example and faults:
            planted = workspace.plant_faults(agent=agent)
            note(f"planted faults: {len(planted.patch()) if planted else 0} statements")
        sequence = workspace.ledger.head().sequence
    entries = "1 ledger entry" if sequence == 1 else f"{sequence} ledger entries"
    say(f"Made the workspace {root} with {entries}.")
    at = " --at 2026-07-01 --period 2026-01-01/2026-07-01" if example else ""
    say(f"Next: aims --workspace {root} assess{at}")
    return 0


def import_files(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="RDF, CSV or XLSX.")],
    format_name: Annotated[
        str, typer.Option("--as", help="Format; default by the file's suffix.")
    ] = "",
    mapping: Annotated[
        str, typer.Option(help="A mapping file, or the name of a shipped one.")
    ] = "",
    source: Annotated[str, typer.Option(help="Who asserts it; default: file name.")] = "",
    into: Annotated[str, typer.Option(help="Compartment.")] = "general",
    reason: Annotated[str, typer.Option(help="Why; kept in the ledger.")] = "",
    on_error: Annotated[
        OnError, typer.Option(help="Faulty rows: stop at them, or skip them.")
    ] = OnError.STOP,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what would change.")
    ] = False,
    guard: Annotated[
        Severity | None,
        typer.Option(help="Refuse what would add rule results of this severity, or graver."),
    ] = None,
    output: options.FormatOption = Format.table,
) -> int:
    """Import files; each replaces what its source asserts.

    Exit 1 when rows were skipped, or a guard refused a file; the files after it are left alone.
    """
    from engine.intake import Intake

    if source and len(files) > 1:
        raise InputError(
            "several files cannot be one source", remedy="Import them one by one, or drop --source."
        )
    intakes = [
        Intake(
            path,
            agent=options.agent_name(),
            format_name=format_name,
            mapping=mapping,
            source=source,
            into=into,
            reason=reason,
            on_error=on_error,
            dry_run=dry_run,
            guard=guard,
        )
        for path in files
    ]
    _each_its_own_source(intakes)
    return _import_each(context, intakes, output)


def _import_each(context: typer.Context, intakes: "list[Intake]", output: Format) -> int:
    """Import one after the other up to the first that a guard refuses; gives the exit code."""
    answers, refusal = [], None
    with options.opened(context) as workspace:
        for intake in intakes:
            try:
                with working(f"importing {intake.path.name}"):
                    answers.append(workspace.import_file(intake))
            except GuardError as error:
                refusal = error
                break
            if output is not Format.json:
                # At once: what is imported stays imported, should a later file be refused.
                render.imported(answers[-1].to_json())
    if output is Format.json:
        refused = [] if refusal is None else [{**refusal.answer, "refused": refusal.refused}]
        print_json([*(answer.to_json() for answer in answers), *refused])
    elif refusal is not None:
        render.refused(refusal.refused)
    if refusal is not None:
        complain(str(refusal))
    return 1 if refusal is not None or any(answer.errors for answer in answers) else 0


def _each_its_own_source(intakes: "list[Intake]") -> None:
    """Refuse files of one name: the second would replace what the first said."""
    seen: dict[str, Path] = {}
    for intake in intakes:
        other = seen.setdefault(intake.source_name, intake.path)
        if other is not intake.path:
            raise InputError(
                f"{other} and {intake.path} would both be the source {intake.source_name}, so that "
                "the second replaces the first",
                remedy="Import them one by one, each with its --source.",
            )


def adopt(context: typer.Context) -> int:
    """Put this version's rules and the workspace's overlay in force, as a knowledge pack."""
    with options.opened(context) as workspace:
        entry = workspace.adopt_knowledge(agent=options.agent_name())
    if entry is None:
        say("These rules are in force already.")
    else:
        say(
            f"Knowledge pack {entry.header.knowledge[:16]} is in force from entry {entry.sequence}."
        )
    return 0


def log(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1, help="At most this many, newest first.")] = 20,
    output: options.FormatOption = Format.table,
) -> int:
    """The ledger's entries, newest first."""
    from engine.answers import entry_json

    with options.opened(context) as workspace:
        head = workspace.ledger.head().sequence
        entries = workspace.entries(max(1, head - limit + 1), head, View())
        if output is Format.json:
            print_json([entry_json(entry) for entry in reversed(entries)])
        else:
            render.log(list(reversed(entries)))
    return 0


def diff(
    context: typer.Context,
    start: Annotated[str, typer.Argument(metavar="FROM", help="Sequence or instant.")],
    end: Annotated[str, typer.Argument(metavar="TO", help="Sequence or instant.")],
    findings: Annotated[
        bool,
        typer.Option("--findings", help="What became of rule results, with an entry or with time."),
    ] = False,
    output: options.FormatOption = Format.table,
) -> int:
    """Statements added and removed between two points of the ledger, as RDF Patch rows."""
    with options.opened(context) as workspace:
        if findings:
            return _changes(workspace, start, end, output)
        views = [options.view_of(point, None, None) for point in (start, end)]
        patch = workspace.difference(views[0], views[1])
        first, last = (workspace.ledger.position(view.as_of).sequence for view in views)
    if output is Format.json:
        print_json(
            {
                "from": first,
                "to": last,
                "added": len(patch.adds),
                "removed": len(patch.removes),
                "rows": list(patch.rows()),
            }
        )
    else:
        for row in patch.rows():
            say(row)
    return 0


def _changes(workspace: "Workspace", start: str, end: str, output: Format) -> int:
    from engine.answers import changes_json

    span = workspace.timeline.span(parse_position(start), parse_position(end))
    with working("Judging each entry on the way that was not judged before…"):
        steps = workspace.timeline.between(*span)
        answer = changes_json(workspace.reader(View(as_of=span[1])), *span, steps)
    if output is Format.json:
        print_json(answer)
    else:
        render_judged.changes(answer)
    return 0


def verify(
    context: typer.Context,
    kept: Annotated[
        Path | None, typer.Option("--checkpoint", help="A checkpoint kept elsewhere.")
    ] = None,
    output: options.FormatOption = Format.table,
) -> int:
    """Recompute the chain, compare store, vault and ledger; name and locate any difference."""
    with options.opened(context) as workspace:
        text = _note(kept) if kept else None
        with working("verifying ledger, vault and store"):
            report = workspace.verify(checkpoint=text)
    if output is Format.json:
        print_json(
            {
                "entries": report.entries,
                "problems": [
                    {
                        "kind": problem.kind,
                        "sequence": problem.sequence,
                        "where": problem.where,
                        "message": problem.message,
                    }
                    for problem in report.problems
                ],
            }
        )
    elif report.problems:
        print_table(
            ["kind", "entry", "where", "what"],
            [(p.kind, p.sequence, p.where, p.message) for p in report.problems],
        )
    else:
        count = "1 entry" if report.entries == 1 else f"{report.entries} entries"
        anchor = "; the ledger goes on from the checkpoint" if kept else ""
        say(f"{count} verified: ledger, vault and store agree{anchor}.")
    return 1 if report.problems else 0


def _note(path: Path) -> str:
    """The text of a kept checkpoint; an editor's extra line ends do not matter."""
    try:
        return path.read_text(encoding="utf-8").rstrip() + "\n"
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read as a checkpoint: {error}") from error


def checkpoint(context: typer.Context) -> int:
    """Print a signed checkpoint of the ledger; keep it elsewhere to detect rewriting."""
    with options.opened(context) as workspace:
        sys.stdout.write(workspace.checkpoint())
    return 0


def rebuild(
    context: typer.Context,
    store: Annotated[
        str,
        typer.Option(
            "--store",
            metavar="URL",
            help="Move it to the SPARQL 1.1 endpoint there; embedded: into the workspace's folder.",
        ),
    ] = "",
    update: Annotated[
        str,
        typer.Option("--store-update", metavar="URL", help="Where its updates go."),
    ] = "",
) -> int:
    """Throw the store away and build it again from the ledger, here or at an endpoint."""
    from engine.writer import Place

    if update and store in ("", _EMBEDDED):
        raise InputError("--store-update belongs to a --store that is an endpoint")
    place = None if not store else Place() if store == _EMBEDDED else Place(store, update)
    with options.opened(context) as workspace, working("building the store from the ledger"):
        sequence = workspace.rebuild(place)
    say(f"Rebuilt the store from the ledger, up to entry {sequence}.")
    return 0


_EMBEDDED = "embedded"
