"""What routes ask for: the workspace and the view that a request describes."""

from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_address, ip_network
from typing import Annotated

from fastapi import Depends, Query, Request

from engine.endpoint import Endpoint
from engine.errors import InputError
from engine.settings import Settings
from engine.view import Period, View, parse_instant, parse_position
from engine.workspace import Workspace


def _workspace(request: Request) -> Workspace:
    workspace = request.app.state.workspace
    if not isinstance(workspace, Workspace):  # pragma: no cover - create_app sets it
        raise InputError("no workspace is open")
    return workspace


def granted(request: Request) -> frozenset[str] | None:
    """The compartments that the caller may read; None for all."""
    return _settings(request).granted


def _view(
    request: Request,
    as_of: Annotated[
        str | None,
        Query(description="What was recorded by then: a ledger sequence or an instant."),
    ] = None,
    at: Annotated[
        str | None, Query(description="The instant that is judged; default: now.")
    ] = None,
    period: Annotated[
        str | None, Query(description="The audit period FROM/TO; default: the year before `at`.")
    ] = None,
) -> View:
    return view_of(as_of, at, period, granted(request))


def view_of(
    as_of: str | None,
    at: str | None,
    period: str | None,
    compartments: frozenset[str] | None,
) -> View:
    """The view that parameters and grants describe. Raises InputError, NotFoundError."""
    position = parse_position(as_of) if as_of else None
    audit = Period.parse(period) if period else None
    if at is None:
        return View(compartments, as_of=position, period=audit)
    return View(compartments, as_of=position, evaluated_at=parse_instant(at), period=audit)


def to_the_minute(view: View, at: str | None) -> View:
    """``view``, judged at the beginning of this minute where ``at`` does not say when.

    What is asked again within a minute then has the same answer and the same tag.
    """
    if at is not None:
        return view
    return replace(view, evaluated_at=datetime.now(UTC).replace(second=0, microsecond=0))


def _standing(view: "ViewDep", at: str | None = None) -> View:
    return to_the_minute(view, at)


def _endpoint(request: Request) -> Endpoint:
    endpoint = request.app.state.endpoint
    assert isinstance(endpoint, Endpoint)
    return endpoint


def _settings(request: Request) -> Settings:
    settings = request.app.state.settings
    assert isinstance(settings, Settings)
    return settings


def caller_of(request: Request) -> str:
    """Who asks, as far as shares of what may run go: the address, until there are identities.

    Of an IPv6 address the network part, because its owner may choose the rest.
    """
    host = request.client.host if request.client else ""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    return str(ip_network((address, 64), strict=False)) if address.version == 6 else str(address)


def _writing(request: Request) -> View:
    return View(granted(request))


SettingsDep = Annotated[Settings, Depends(_settings)]
WorkspaceDep = Annotated[Workspace, Depends(_workspace)]
ViewDep = Annotated[View, Depends(_view)]
# What is written is written now; the view says what may be.
WritingViewDep = Annotated[View, Depends(_writing)]
EndpointDep = Annotated[Endpoint, Depends(_endpoint)]
# For what is asked again and again: the instant judged is that of this minute.
StandingViewDep = Annotated[View, Depends(_standing)]
