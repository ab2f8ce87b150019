"""Options that several commands share, and what they mean together."""

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from engine.cli._output import Format
from engine.settings import Settings
from engine.view import Period, View, parse_instant, parse_position

if TYPE_CHECKING:
    from engine.importers import Limits
    from engine.knowledge import KnowledgePack
    from engine.workspace import Workspace
    from engine.writer import Access

Direction = Literal["down", "up", "both"]
FormatOption = Annotated[
    Format, typer.Option("--format", help="table for people, json for programs.")
]
AsOfOption = Annotated[
    str | None,
    typer.Option("--as-of", help="What was recorded by then: a ledger sequence or an instant."),
]
AtOption = Annotated[
    str | None, typer.Option("--at", help="The instant that is judged; default now.")
]
PeriodOption = Annotated[
    str | None,
    typer.Option("--period", help="The audit period FROM/TO; default the year before --at."),
]
CompartmentOption = Annotated[
    list[str] | None,
    typer.Option("--compartment", help="Read only this compartment; may be repeated."),
]


def view_of(
    as_of: str | None, at: str | None, period: str | None, compartments: list[str] | None = None
) -> View:
    """The view that the shared options describe. Raises InputError."""
    position = parse_position(as_of) if as_of else None
    view = View(
        compartments=frozenset(compartments) if compartments else None,
        as_of=position,
        period=Period.parse(period) if period else None,
    )
    return view if at is None else replace(view, evaluated_at=parse_instant(at))


def settings_of(context: typer.Context) -> Settings:
    """The settings, with the workspace given before the command."""
    settings = context.obj
    assert isinstance(settings, Settings)
    return settings


def pack_of(context: typer.Context) -> "KnowledgePack":
    """The knowledge in force in the workspace; without one that shipped with this version.

    Raises NotFoundError where a workspace was named that is not there.
    """
    from engine.knowledge import shipped_pack
    from engine.workspace import LEDGER_FILE

    named = context.find_root().params.get("workspace") or os.environ.get("AIMS_WORKSPACE")
    if not named and not (settings_of(context).workspace / LEDGER_FILE).is_file():
        return shipped_pack()
    with opened(context) as workspace:
        return workspace.ledger.pack_in_force()


def opened(context: typer.Context, *, face: str = "cli") -> "Workspace":
    """The workspace given before the command, open. Raises NotFoundError where there is none."""
    from engine.workspace import Workspace

    settings = settings_of(context)
    return Workspace.open(
        settings.workspace,
        face=face,
        limits=limits_of(settings),
        access=access_of(settings),
        memory_bytes=settings.view_memory_bytes,
    )


def access_of(settings: Settings) -> "Access":
    """Who we are at the endpoint of a store."""
    from engine.writer import Access

    return Access(settings.store_user, settings.store_password, settings.store_seconds)


def limits_of(settings: Settings) -> "Limits":
    """The bounds on one input file."""
    from engine.importers import Limits

    return Limits(
        bytes=settings.upload_limit_bytes,
        memory_bytes=settings.worker_memory_bytes,
        seconds=settings.worker_seconds,
    )


def agent_name() -> str:
    """Who acts from the command line: the operating system's user, as an IRI."""
    import getpass

    from engine.iri import path_segment

    return f"urn:aimsgraph:agent:{path_segment(getpass.getuser())}"
