"""Builds the program from the command groups and turns known errors into one paragraph."""

import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

import engine.cli
from engine import registry
from engine.cli._output import complain
from engine.errors import AimsError
from engine.settings import Settings

HELP = "Governance and traceability engine for AI management systems (ISO/IEC 42001:2023)."


def program() -> typer.Typer:
    """The Typer program with every command of the folder ``engine/cli``."""
    root = typer.Typer(
        help=HELP,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )

    @root.callback()
    def options(
        context: typer.Context,
        workspace: Annotated[
            Path | None,
            typer.Option(help="The workspace's folder (or AIMS_WORKSPACE).", show_default=False),
        ] = None,
    ) -> None:
        settings = Settings.from_environment(os.environ)
        context.obj = replace(settings, workspace=workspace) if workspace else settings

    for _, register in registry.members(engine.cli, "register"):
        if callable(register):
            register(root)
    return root


def run(arguments: Sequence[str]) -> int:
    """Run one command; gives its exit code."""
    try:
        result = program()(list(arguments), standalone_mode=False)
    except AimsError as error:
        complain(str(error))
        return 2
    except typer.TyperException as error:
        complain(error.format_message() if isinstance(error, typer.BadParameter) else str(error))
        return 2
    except (typer.Abort, KeyboardInterrupt):
        complain("stopped; nothing more was written")
        return 130
    except BrokenPipeError:
        # The reader of a pipe has gone; keep the interpreter from complaining at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return result if isinstance(result, int) else 0
