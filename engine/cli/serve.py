"""serve: the workbench, REST and SPARQL over HTTP, on loopback."""

import ipaddress
from types import FrameType
from typing import Annotated, NoReturn

import typer

from engine.cli import _options as options
from engine.cli._output import say
from engine.errors import InputError


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(serve)


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def serve(
    context: typer.Context,
    host: Annotated[str, typer.Option(help="A loopback address (or AIMS_HOST).")] = "",
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="0: any free port (or AIMS_PORT).")
    ] = None,
) -> int:
    """Open the workbench and the interfaces on this machine."""
    settings = options.settings_of(context)
    host, port = host or settings.host, settings.port if port is None else port
    if not _loopback(host):
        raise InputError(
            f"{host} is not a loopback address",
            remedy="Until access control exists the server answers this machine only; "
            "use 127.0.0.1 or ::1.",
        )
    import signal
    import socket
    from threading import Thread

    import uvicorn

    from api.app import create_app
    from engine.door import Listening

    with options.opened(context, face="server") as workspace:
        # Held from the start, so that a second server or writer is refused at once.
        workspace.committer  # noqa: B018
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.create_server((host, port), family=family)
        bound = listener.getsockname()[1]
        shown = f"[{host}]" if ":" in host else host
        say(f"Workbench: http://{shown}:{bound}/   (stop with Ctrl+C)")
        app = create_app(workspace, settings)
        # A million statements take seconds to read: they pass while the first page is looked at.
        Thread(target=app.state.warm, daemon=True).start()
        config = uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            # What a client says of its address is nothing to divide shares by.
            proxy_headers=False,
        )
        # Once it has answered what was asked, the server hands the signal on: stop in good order.
        signal.signal(signal.SIGTERM, _stop)
        with Listening(workspace.root, workspace.committer):
            uvicorn.Server(config).run(sockets=[listener])
    return 0


def _stop(_number: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)
