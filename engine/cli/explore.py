"""trace, cascade, query, queries, sparql, show: asking the graph."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.cli import _options as options
from engine.cli import _render as render
from engine.cli._output import Format, json_text, print_json, print_table
from engine.errors import InputError

if TYPE_CHECKING:
    from engine.rdf import Term
    from engine.snapshot import Reader

_MEDIA = {
    "json": "application/sparql-results+json",
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
    "xml": "application/sparql-results+xml",
    "turtle": "text/turtle",
}


class Rows(StrEnum):
    """How to write the rows of a named query."""

    table = "table"
    json = "json"
    csv = "csv"
    xlsx = "xlsx"


def register(app: typer.Typer) -> None:
    """Add the commands of this group."""
    for command in (trace, cascade, query, queries, sparql, show):
        app.command()(command)


def trace(
    context: typer.Context,
    node: Annotated[str, typer.Argument(help="IRI, CURIE or identifier, such as A.7.5.")],
    to: Annotated[
        str | None, typer.Option(help="Class to arrive at, such as aims:Evidence.")
    ] = None,
    direction: Annotated[options.Direction, typer.Option(help="Which way to follow.")] = "down",
    as_of: options.AsOfOption = None,
    at: options.AtOption = None,
    period: options.PeriodOption = None,
    output: options.FormatOption = Format.table,
) -> int:
    """Follow the chain from a node, hop by hop, and show where it breaks. Exit 1 if it does."""
    from engine.answers import trace_json

    with options.opened(context) as workspace:
        view = options.view_of(as_of, at, period)
        reader, answer = workspace.trace(view, node, to=to, direction=direction)
        if output is Format.json:
            print_json(trace_json(reader, answer))
        else:
            render.trace(reader, answer)
    return 1 if answer.breaks else 0


def cascade(
    context: typer.Context,
    node: Annotated[str, typer.Argument(help="IRI, CURIE or identifier.")],
    effect: Annotated[
        str | None, typer.Option(help="Effect kind, such as quality; default all it can emit.")
    ] = None,
    rounds: Annotated[
        int | None, typer.Option(min=1, help="Simulate so many rounds as well, such as 10000.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Equal seeds give equal simulations.")] = 0,
    as_of: options.AsOfOption = None,
    at: options.AtOption = None,
    period: options.PeriodOption = None,
    output: options.FormatOption = Format.table,
) -> int:
    """What a failure of the node reaches, how strongly, how late, and along which path."""
    from engine.answers import cascade_json

    with options.opened(context) as workspace:
        view = options.view_of(as_of, at, period)
        reader, answer = workspace.cascade(view, node, effect=effect, rounds=rounds, seed=seed)
        if output is Format.json:
            print_json(cascade_json(reader, answer))
        else:
            render.cascade(reader, answer)
    return 0


def query(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="A name that `aims queries` lists.")],
    param: Annotated[list[str] | None, typer.Option(help="name=value; may be repeated.")] = None,
    as_of: options.AsOfOption = None,
    at: options.AtOption = None,
    period: options.PeriodOption = None,
    output: Annotated[Rows, typer.Option("--format", help="How to write it.")] = Rows.table,
    file: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write it to this file.")
    ] = None,
) -> int:
    """Run a named query."""
    given = {}
    for pair in param or ():
        key, equals, value = pair.partition("=")
        if not equals:
            raise InputError(f'"{pair}" is no parameter', remedy="Write --param name=value.")
        given[key] = value
    with options.opened(context) as workspace:
        reader, rows = workspace.query(options.view_of(as_of, at, period), name, given)
        if output is Rows.table and file is None:
            render.rows(reader, rows)
        else:
            _write(_written(reader, name, rows, given, output), file)
    return 0


def _written(
    reader: "Reader",
    name: str,
    rows: list[dict[str, "Term | None"]],
    given: dict[str, str],
    output: Rows,
) -> bytes:
    """The rows of a query in a format for programs."""
    from engine import sheets
    from engine.answers import header_json, rows_json
    from engine.sparql.catalog import find

    if output is Rows.table:
        raise InputError(
            "a table is for the terminal", remedy="Add --format json, csv or xlsx to --output."
        )
    if output is Rows.json:
        return json_text(header_json(reader) | {"rows": rows_json(reader, rows)}).encode()
    found = sheets.sheet(reader, find(reader.pack, name), rows, given)
    return sheets.to_csv(found) if output is Rows.csv else sheets.to_xlsx(found)


def _write(content: bytes, file: Path | None) -> None:
    """Write to ``file``, else to standard output. Raises InputError where that cannot be."""
    if file is None:
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        sys.stdout.flush()
        return
    try:
        file.write_bytes(content)
    except OSError as error:
        raise InputError(f"{file} cannot be written: {error.strerror}") from error


def queries(context: typer.Context, output: options.FormatOption = Format.table) -> int:
    """The named queries in force, with their parameters; without a workspace those shipped."""
    from engine.sparql.catalog import catalog

    known = catalog(options.pack_of(context)).values()
    if output is Format.json:
        print_json(
            [
                {
                    "name": q.name,
                    "question": q.competency,
                    "summary": q.summary,
                    "params": [p.name for p in q.params],
                }
                for q in known
            ]
        )
    else:
        print_table(
            ["query", "question", "parameters", "what it answers"],
            [
                (
                    q.name,
                    q.competency,
                    " ".join(p.name if p.required else f"[{p.name}={p.default}]" for p in q.params),
                    q.summary,
                )
                for q in known
            ],
        )
    return 0


def sparql(
    context: typer.Context,
    text: Annotated[str, typer.Argument(help="A SPARQL query, or @FILE, or - for stdin.")],
    as_of: options.AsOfOption = None,
    at: options.AtOption = None,
    period: options.PeriodOption = None,
    output: Annotated[
        str, typer.Option("--format", help="table, json, csv, tsv, xml or turtle.")
    ] = "table",
    explain: Annotated[
        bool, typer.Option("--explain", help="Tell how it is run, and why, without running it.")
    ] = False,
) -> int:
    """Ask the graph in SPARQL 1.1; our prefixes are known."""
    from engine.answers import explained_json
    from engine.sparql.results import serialize

    if output != "table" and output not in _MEDIA:
        raise InputError(
            f'"{output}" is no format of this command',
            remedy="Use table, json, csv, tsv, xml or turtle.",
        )
    if explain and output not in ("table", "json"):
        raise InputError(f"an explanation is not written as {output}", remedy="Use table or json.")
    with options.opened(context) as workspace:
        if explain:
            told = explained_json(*workspace.explain(_text(text)))
            print_json(told) if output == "json" else render.explained(told)
            return 0
        view = options.view_of(as_of, at, period)
        result = workspace.sparql(view, _text(text))
        if output == "table":
            render.result(result)
        else:
            for chunk in serialize(result, _MEDIA[output]):
                sys.stdout.buffer.write(chunk)
            sys.stdout.flush()
    return 0


def _text(argument: str) -> str:
    if argument == "-":
        return sys.stdin.read()
    if not argument.startswith("@"):
        return argument
    path = Path(argument[1:])
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read as UTF-8 text: {error}") from error


def show(
    context: typer.Context,
    node: Annotated[str, typer.Argument(help="IRI, CURIE or identifier.")],
    as_of: options.AsOfOption = None,
    at: options.AtOption = None,
    period: options.PeriodOption = None,
    output: options.FormatOption = Format.table,
) -> int:
    """Everything recorded about a node, and who said what, when and why."""
    from engine.answers import history_json, node_json

    with options.opened(context) as workspace:
        reader, found, history = workspace.show(options.view_of(as_of, at, period), node)
        answer = node_json(reader, found) | {"history": history_json(history)}
        if output is Format.json:
            print_json(answer)
        else:
            render.node(answer)
    return 0
