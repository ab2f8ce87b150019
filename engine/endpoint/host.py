"""The processes behind the endpoint: a host, a view for each state that is read, and their jobs.

Each has one thread, so that a fork is safe, and ends when the process that serves HTTP closes its
socket or is gone. ``serve`` runs in a fresh interpreter that inherits nothing but that socket.
"""

import os
import select
import socket
from collections.abc import Callable
from functools import partial
from typing import BinaryIO

from engine.endpoint import answering
from engine.endpoint.confined import fork_job
from engine.endpoint.jobs import (
    GraphJob,
    HostStart,
    Job,
    NamesJob,
    Outcome,
    QueryJob,
    UpdateJob,
    ViewStart,
    receive,
)
from engine.endpoint.updating import Ground
from engine.errors import AimsError
from engine.snapshot import Reader
from engine.workspace import Workspace

_TIDY_SECONDS = 1.0


def serve(number: int) -> None:
    """The host: reads from the inherited socket ``number`` until its other side is closed."""
    with socket.socket(fileno=number) as own:
        started = receive(own)
        if started is not None and isinstance(started[0], HostStart):
            with Workspace.open(started[0].root, face="endpoint") as workspace:
                _loop(own, partial(_as_host, own, workspace, Ground(workspace.ledger)))


def _loop(own: socket.socket, handle: Callable[[object, list[int]], None]) -> None:
    while True:
        ready, _, _ = select.select([own], [], [], _TIDY_SECONDS)
        _reap()
        if ready:
            message = receive(own)
            if message is None:
                return
            handle(*message)


def _reap() -> None:
    """Let go of jobs that ended."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return


def _as_host(
    own: socket.socket, workspace: Workspace, ground: Ground, message: object, files: list[int]
) -> None:
    if isinstance(message, ViewStart):
        _start_view(own, workspace, message, files)
    elif isinstance(message, UpdateJob):
        _fork(message, files, ground.prepared(message))


def _start_view(
    own: socket.socket, workspace: Workspace, start: ViewStart, files: list[int]
) -> None:
    # An open database does not outlive a fork; it is opened anew when it is needed.
    workspace.ledger.close()
    if os.fork():
        for number in files:
            os.close(number)
        return
    try:
        own.close()
        with (
            socket.socket(fileno=files[0]) as listening,
            Workspace.open(workspace.root, face="endpoint") as opened,
        ):
            _loop(listening, partial(_as_view, opened, start))
    finally:
        os._exit(0)


def _as_view(workspace: Workspace, start: ViewStart, message: object, files: list[int]) -> None:
    if not isinstance(message, QueryJob | GraphJob | NamesJob):
        return
    assessed = not isinstance(message, NamesJob) and message.assessed
    opening = workspace.assessed if assessed else workspace.reader
    try:
        reader = opening(start.view)
    except AimsError as error:
        _fork(message, files, partial(_refuse, error))
    else:
        _fork(message, files, partial(_answer, reader, message))


def _refuse(error: AimsError, _: BinaryIO) -> Outcome:
    raise error


def _answer(reader: Reader, job: Job, out: BinaryIO) -> Outcome:
    if isinstance(job, QueryJob):
        return answering.query(reader, job, out)
    if isinstance(job, GraphJob):
        return answering.graph(reader, job, out)
    assert isinstance(job, NamesJob)
    return answering.names(reader, job, out)


def _fork(job: Job, files: list[int], work: Callable[[BinaryIO], Outcome]) -> None:
    fork_job(work, job.bounds, files)
