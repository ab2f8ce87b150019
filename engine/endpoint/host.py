"""The processes behind the endpoint: a host, a view for each state that is read, and their jobs.

Each has one thread, so that a fork is safe, and ends when the process that serves HTTP closes its
socket or is gone. ``serve`` runs in a fresh interpreter that inherits nothing but that socket.
"""

import os
import select
import shutil
import socket
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import BinaryIO

from engine.conformance import as_triples, assess
from engine.endpoint import answering
from engine.endpoint.confined import fork_job
from engine.endpoint.ground import Ground
from engine.endpoint.jobs import (
    GraphJob,
    Handed,
    HostStart,
    Job,
    NamesJob,
    Outcome,
    QueryJob,
    UpdateJob,
    ViewStart,
    receive,
    take_over,
)
from engine.endpoint.updating import data_only, effect
from engine.errors import AimsError
from engine.ledger.patch import Patch
from engine.rdf import Triple
from engine.shacl import run_pack
from engine.snapshot import Reader, Step
from engine.sparql.update import Operation, operations
from engine.view import View
from engine.vocab import ASSESSMENT_GRAPH
from engine.workspace import Workspace

_TIDY_MILLISECONDS = 1_000


def serve(number: int) -> None:
    """The host: reads from the inherited socket ``number`` until its other side is closed."""
    with socket.socket(fileno=number) as own:
        started = receive(own)
        if started is not None and isinstance(started[0], HostStart):
            with _opened(started[0].root, started[0].memory_bytes) as workspace:
                _loop(own, partial(_as_host, own, workspace, Ground(workspace.ledger)))


def _opened(root: Path, memory_bytes: int) -> Workspace:
    return Workspace.open(root, face="endpoint", memory_bytes=memory_bytes)


def _loop(own: socket.socket, handle: Callable[[object, list[int]], None]) -> None:
    poll = select.poll()
    poll.register(own, select.POLLIN)
    while True:
        ready = poll.poll(_TIDY_MILLISECONDS)
        _reap()
        if ready:
            received = receive(own)
            if received is None:
                return
            message, files = received
            handle(take_over(message, files) if isinstance(message, Handed) else message, files)


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
        _start_view(own, workspace, ground, message, files)
    elif isinstance(message, UpdateJob):
        _fork(message, files, _update(workspace, ground, message))


def _update(workspace: Workspace, ground: Ground, job: UpdateJob) -> Callable[[BinaryIO], Outcome]:
    """What the job is to do."""
    try:
        found = operations(job.text)
        if not any(operation.reads for operation in found):
            return partial(data_only, found, job, ground.base)
        if job.aside is not None:
            return partial(_effect_aside, workspace, found, job)
        return partial(_effect, ground, found, job, ground.follow())
    except AimsError as error:
        return partial(_refuse, error)


def _effect(
    ground: Ground, found: Sequence[Operation], job: UpdateJob, head: str, out: BinaryIO
) -> Outcome:
    return effect(ground.store(job.compartments), found, job, ground.base, head, out)


def _effect_aside(
    workspace: Workspace, found: Sequence[Operation], job: UpdateJob, out: BinaryIO
) -> Outcome:
    assert job.aside is not None
    with _opened(workspace.root, workspace.memory_bytes) as opened:
        ground = Ground.of(opened.ledger, job.aside)
        head = opened.ledger.position(job.aside.sequence).hash
        return _effect(ground, found, job, head, out)


def _start_view(
    own: socket.socket, workspace: Workspace, ground: Ground, start: ViewStart, files: list[int]
) -> None:
    view, back = start.view, None
    # Who waits for the view is told by itself what is wrong.
    with suppress(AimsError):
        if start.aside is None:
            ground.follow()
            back = ground.way_back(view)
    # An open database does not outlive a fork; it is opened anew when it is needed.
    workspace.ledger.close()
    if os.fork():
        for number in files:
            os.close(number)
        return
    # Nothing is tidied up where a process is ended so: temporary files lie in one place.
    place = tempfile.tempdir = tempfile.mkdtemp(prefix="aims-view-")
    try:
        own.close()
        with (
            socket.socket(fileno=files[0]) as listening,
            _opened(workspace.root, workspace.memory_bytes) as opened,
        ):
            if start.aside is not None:
                with suppress(AimsError):
                    ground = Ground.of(opened.ledger, start.aside)
                    back = ground.way_back(view)
            _loop(listening, _View(opened, view, ground, back).handle)
    finally:
        shutil.rmtree(place, ignore_errors=True)
        if start.aside is not None:
            shutil.rmtree(start.aside.folder, ignore_errors=True)
        os._exit(0)


class _View:
    """One state of the graph, opened when the first job comes; then its jobs are forks."""

    def __init__(
        self, workspace: Workspace, view: View, ground: Ground, back: list[Patch] | None
    ) -> None:
        self._workspace = workspace
        self._view = view
        self._ground = ground
        self._back = back
        self._reader: Reader | None = None
        self._assessed = False

    def handle(self, message: object, files: list[int]) -> None:
        """Answer one job."""
        if not isinstance(message, QueryJob | GraphJob | NamesJob):
            return
        assessed = not isinstance(message, NamesJob) and message.assessed
        try:
            reader = self._opened(assessed)
        except AimsError as error:
            _fork(message, files, partial(_refuse, error))
        else:
            # Open files of a store do not outlive a fork either.
            reader.rest()
            _fork(message, files, partial(_answer, reader, message))

    def _opened(self, assessed: bool) -> Reader:
        workspace, view = self._workspace, self._view
        if self._back is None:
            return workspace.assessed(view) if assessed else workspace.reader(view)
        if self._reader is None:
            back, self._back = self._back, None
            self._reader = self._ground.open(view, back, workspace.ledger, workspace.vault)
            self._back = back
        if assessed and not self._assessed:
            triples = self._assessment(self._reader)
            step = Step(ASSESSMENT_GRAPH, lambda _: triples, in_default=False)
            self._reader = self._reader.grown([step])
            self._assessed = True
        return self._reader

    def _assessment(self, reader: Reader) -> Sequence[Triple]:
        """Rule results and statuses; they are those of the full view."""
        view = self._view
        if view.restricted:
            return tuple(
                quad.triple for quad in self._workspace.assessed(view).quads(ASSESSMENT_GRAPH)
            )
        report = run_pack(reader)
        return tuple(as_triples(assess(reader, report), report))


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
