"""shacl: any data against any shapes, by the W3C Recommendation."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from engine.cli._output import print_table, say
from engine.errors import InputError


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(shacl)


def shacl(
    data: Annotated[list[Path], typer.Argument(metavar="DATA...", help="RDF files.")],
    shapes: Annotated[list[Path], typer.Option(metavar="FILE...", help="Shapes; repeatable.")],
    output: Annotated[
        str, typer.Option("--format", help="table, json, turtle, sarif or junit.")
    ] = "table",
    engine: Annotated[
        str, typer.Option(help="aimsgraph, or pyshacl to compare with where it is installed.")
    ] = "aimsgraph",
) -> int:
    """Validate RDF data with SHACL. Exit 0: conforms, 1: it does not, 2: error."""
    from engine.importers import plain_lines, read_triples
    from engine.shacl import report as reports
    from engine.shacl import validate_graph
    from engine.shacl.linedata import LineData
    from engine.shacl.reference import validate_by_reference

    if output not in {"table", "json", "turtle", "sarif", "junit"}:
        raise InputError(
            f'"{output}" is no format of this command',
            remedy="Use table, json, turtle, sarif or junit.",
        )
    if engine not in {"aimsgraph", "pyshacl"}:
        raise InputError(f'"{engine}" is no engine', remedy="Use aimsgraph or pyshacl.")
    data_triples = (triple for path in data for triple in read_triples(path))
    shape_triples = [triple for path in shapes for triple in read_triples(path)]
    if engine == "pyshacl":
        report = validate_by_reference(data_triples, shape_triples)
    else:
        lines = plain_lines(data[0]) if len(data) == 1 else None
        graph = None if lines is None else LineData.of_lines(lines, shape_triples)
        report = validate_graph(data_triples if graph is None else graph, shape_triples)
    if output != "table":
        sys.stdout.write(reports.render(report, output))
    elif report.conforms:
        judged = sum(len(run.population) for run in report.runs)
        say(f"Conforms: {len(report.runs)} shapes judged {judged} focus nodes.")
    else:
        print_table(
            ["severity", "focus", "path", "value", "message"],
            [
                (
                    str(f.severity.value).rpartition("#")[2],
                    f.focus,
                    f.path or "",
                    f.value if f.value is not None else "",
                    f.message,
                )
                for f in report.findings
            ],
        )
    return 0 if report.conforms else 1
