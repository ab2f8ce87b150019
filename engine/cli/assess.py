"""validate, assess, gaps, soa, coverage: what the rules and obligations say."""

import sys
from typing import Annotated

import typer

from engine.cli import _options as options
from engine.cli import _render_judged as render
from engine.cli._output import Format, print_json, working
from engine.errors import InputError


def register(app: typer.Typer) -> None:
    """Add the commands of this group."""
    for command in (validate, assess, gaps, soa, coverage):
        app.command()(command)


def validate(
    context: typer.Context,
    as_of: options.AsOfOption = None,
    at: options.AtOption = None,
    period: options.PeriodOption = None,
    rule: Annotated[list[str] | None, typer.Option(help="Only this rule; may be repeated.")] = None,
    output: Annotated[
        str, typer.Option("--format", help="table, json, turtle, sarif or junit.")
    ] = "table",
) -> int:
    """Run the rules: every result, and how many nodes each rule judged. Exit 1 with results."""
    from engine.answers import report_json
    from engine.shacl import report as reports

    if output not in {"table", "json", "turtle", "sarif", "junit"}:
        raise InputError(
            f'"{output}" is no format of this command',
            remedy="Use table, json, turtle, sarif or junit.",
        )
    with options.opened(context) as workspace:
        view = options.view_of(as_of, at, period)
        with working("running the rules"):
            reader, report = workspace.validate(view, rule or ())
        if output == "json":
            print_json(report_json(reader, report))
        elif output == "table":
            render.report(reader, report)
        else:
            sys.stdout.write(reports.render(report, output))
    return 0 if report.conforms else 1


def assess(
    context: typer.Context,
    item: Annotated[list[str] | None, typer.Argument(help="Items such as A.7.5; all.")] = None,
    system: Annotated[str | None, typer.Option(help="Only this AI system.")] = None,
    as_of: options.AsOfOption = None,
    at: options.AtOption = None,
    period: options.PeriodOption = None,
    record: Annotated[
        bool, typer.Option("--record", help="Append position, pack and digest to the ledger.")
    ] = False,
    output: options.FormatOption = Format.table,
) -> int:
    """Computed status of the 32 clauses and 38 reference controls, and what it rests on.

    Exit 1 when an item is unsatisfied or partial.
    """
    with options.opened(context) as workspace:
        view = options.view_of(as_of, at, period)
        with working("assessing"):
            answer = workspace.assess(view, items=item or (), system=system, facts=bool(item))
        if output is Format.json:
            print_json(answer.to_json())
        else:
            reader = workspace.validate(view)[0] if item else None
            render.assessment(answer.to_json(), reader)
        if record:
            workspace.record_assessment(answer, agent=options.agent_name())
    return 1 if any(item.status in ("unsatisfied", "partial") for item in answer.items) else 0


def gaps(
    context: typer.Context,
    as_of: options.AsOfOption = None,
    at: options.AtOption = None,
    period: options.PeriodOption = None,
    limit: Annotated[int, typer.Option(min=1, help="Show at most this many in the table.")] = 40,
    output: options.FormatOption = Format.table,
) -> int:
    """Failed and unknown obligations, most pressing first, each with an owner where known."""
    from engine.answers import gaps_json

    with options.opened(context) as workspace:
        view = options.view_of(as_of, at, period)
        with working("assessing"):
            answer = gaps_json(*workspace.gaps(view))
        if output is Format.json:
            print_json(answer)
        else:
            render.gaps(answer, limit)
    return 1 if answer["gaps"] else 0


def soa(
    context: typer.Context,
    as_of: options.AsOfOption = None,
    at: options.AtOption = None,
    period: options.PeriodOption = None,
    output: options.FormatOption = Format.table,
) -> int:
    """The Statement of Applicability: declared beside computed, contradictions named."""
    with options.opened(context) as workspace:
        view = options.view_of(as_of, at, period)
        with working("assessing"):
            answer = workspace.soa(view).to_json()
        if output is Format.json:
            print_json(answer)
        else:
            render.soa(answer)
    return 1 if answer["problems"] else 0


def coverage(context: typer.Context, output: options.FormatOption = Format.table) -> int:
    """Which capability has which terms, rules, queries and tests; which item which obligations.

    Of the knowledge in force in the workspace; without a workspace of that shipped.
    """
    from engine.conformance import coverage as covered

    answer = covered(options.pack_of(context)).to_json()
    if output is Format.json:
        print_json(answer)
    else:
        render.coverage(answer)
    return 0
