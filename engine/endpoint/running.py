"""The side of the process that serves: the host it starts, and jobs that it waits for."""

import hmac
import logging
import os
import select
import socket
import subprocess
import sys
import tempfile
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from threading import Event, Lock

from engine.endpoint.jobs import (
    BEGUN,
    Bounds,
    Checkpoint,
    Failed,
    HostStart,
    Job,
    Outcome,
    UpdateJob,
    ViewStart,
    hand_over,
    send,
)
from engine.errors import LimitError, TimeLimitError, WorkspaceError
from engine.view import View
from engine.workers import told_by

# Whether nobody waits for an answer any more.
Gone = Callable[[], bool]
_START = "import sys; sys.path[:] = {path!r}; from engine.endpoint.host import serve; serve({fd})"
_VIEWS = 4
_TAG_LENGTH = 40
_LOOK_MILLISECONDS = 50
_BLOCK = 256 * 1024
_log = logging.getLogger("aimsgraph.endpoint")


class Abandoned(Exception):
    """Nobody waits for the answer any more."""


class SetAside(Exception):
    """The job had to let others go first; it may begin again."""


class Result:
    """The answer of a job, in a file that has no name and is gone when it is closed."""

    def __init__(self, outcome: Outcome, number: int) -> None:
        self.outcome = outcome
        self._number: int | None = number

    def blocks(self) -> Iterator[bytes]:
        """The answer's bytes; closes the file at their end."""
        try:
            at = 0
            while self._number is not None and (block := os.pread(self._number, _BLOCK, at)):
                yield block
                at += len(block)
        finally:
            self.close()

    def digest(self, key: bytes) -> str:
        """A keyed hash of the answer's bytes."""
        found = hmac.new(key, digestmod="sha256")
        at = 0
        while self._number is not None and (block := os.pread(self._number, _BLOCK, at)):
            found.update(block)
            at += len(block)
        return found.hexdigest()[:_TAG_LENGTH]

    def read(self) -> bytes:
        """All of the answer; closes the file."""
        return b"".join(self.blocks())

    def close(self) -> None:
        """Let go of the file; once is enough, and more does no harm."""
        number, self._number = self._number, None
        if number is not None:
            os.close(number)

    def __del__(self) -> None:
        self.close()


@dataclass(slots=True)
class _Running:
    """A job that was handed over: where it tells, what keeps it alive, where it writes."""

    told: int
    kept: int
    out: int
    stopping: Event

    def wait(
        self,
        bounds: Bounds,
        opening_seconds: float,
        gone: Gone,
        yields: Callable[[float], bool] = lambda _: False,
    ) -> Result:
        """Its result. ``yields``: asked whether it has to end after that many seconds of running.

        Raises the AimsError that it told, LimitError, Abandoned, SetAside where it had to end.
        """
        try:
            answer = self._listen(bounds, opening_seconds, gone, yields)
            found = told_by(answer)
            if isinstance(found, Failed):
                _log.error("a job failed: %s", found.trace)
                raise WorkspaceError("the query could not be answered; the server's log says why")
            assert isinstance(found, Outcome)
            out, self.out = self.out, -1
            return Result(found, out)
        finally:
            for number in (self.told, self.kept, self.out):
                if number >= 0:
                    os.close(number)

    def _listen(
        self, bounds: Bounds, opening_seconds: float, gone: Gone, yields: Callable[[float], bool]
    ) -> bytes:
        answer = bytearray()
        given_up = time.monotonic() + opening_seconds
        poll = select.poll()
        poll.register(self.told, select.POLLIN)
        while True:
            if poll.poll(_LOOK_MILLISECONDS):
                part = os.read(self.told, _BLOCK)
                if not part:
                    break
                answer += part
            elif gone():
                raise Abandoned
            elif self.stopping.is_set():
                raise WorkspaceError("the server is stopping", remedy="Try again later.")
            elif not answer and time.monotonic() > given_up:
                raise TimeLimitError(
                    f"the graph could not be opened within {opening_seconds:g} seconds",
                    remedy="Try again later, or ask for another position.",
                )
            elif len(answer) == BEGUN.size and yields(_since(answer)):
                raise SetAside
        if len(answer) > BEGUN.size:
            return bytes(answer[BEGUN.size :])
        raise _ended(bounds, bytes(answer), time.monotonic())


def _since(told: bytes | bytearray, now: float | None = None) -> float:
    """For how many seconds a job had run by ``now``."""
    (began,) = BEGUN.unpack(told)
    return (time.monotonic() if now is None else now) - float(began)


def _ended(bounds: Bounds, told: bytes, now: float) -> Exception:
    """Why a job ended without an answer."""
    if len(told) < BEGUN.size:
        return WorkspaceError(
            "the process that answers queries ended", remedy="Try again; a new one is started."
        )
    if _since(told, now) >= bounds.seconds:
        return TimeLimitError(
            f"it took longer than {bounds.seconds:g} seconds and was stopped",
            remedy="Ask for less, or make what is joined share a variable.",
        )
    return LimitError(
        f"it needs more than {bounds.memory_bytes // 2**20} MiB of memory, or cannot be run at all",
        remedy="Ask for less at a time, or write it simpler.",
    )


class Processes:
    """The host of one workspace and its views; may be shared by threads."""

    def __init__(self, start: HostStart, aside: Callable[[], Checkpoint | None]) -> None:
        """``aside``: gives what a view is made of where no memory takes what is recorded."""
        self._start = start
        self._aside = aside
        self._lock = Lock()
        self._stopping = Event()
        self._host: subprocess.Popen[bytes] | None = None
        self._own: socket.socket | None = None
        self._views: OrderedDict[View, socket.socket] = OrderedDict()

    def start(self, job: Job, view: View) -> _Running:
        """Hand over a job: an update to the host, another one to the process of ``view``."""
        told, tells = os.pipe()
        waited_for, kept = os.pipe()
        out = _nameless()
        theirs = [tells, waited_for, out]
        running = _Running(told, kept, os.dup(out), self._stopping)
        try:
            with self._lock:
                self._send(job, view, theirs)
        except OSError:
            for number in (running.told, running.kept, running.out):
                os.close(number)
            raise
        finally:
            for number in theirs:
                os.close(number)
        return running

    def _send(self, job: Job, view: View, files: list[int]) -> None:
        """Hand over; what ended, by its own fault or somebody else's, is started anew."""
        for forget in (self._forget, self._stop_for, None):
            try:
                over = self._to_host() if isinstance(job, UpdateJob) else self._to_view(view)
                hand_over(over, job, files)
                return
            except OSError:
                if forget is None:
                    raise
                forget(view)

    def _forget(self, view: View) -> None:
        known = self._views.pop(view, None)
        if known is not None:
            known.close()

    def _stop_for(self, _: View) -> None:
        self._stop()

    def _to_view(self, view: View) -> socket.socket:
        if view in self._views:
            self._views.move_to_end(view)
            return self._views[view]
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                send(self._to_host(), ViewStart(view, self._aside()), [theirs.fileno()])
        except OSError:
            ours.close()
            raise
        self._views[view] = ours
        while len(self._views) > _VIEWS:
            self._views.popitem(last=False)[1].close()
        return ours

    def _to_host(self) -> socket.socket:
        if self._own is None:
            ours, theirs = socket.socketpair()
            with theirs:
                self._host = subprocess.Popen(
                    [sys.executable, "-P", "-c", _START.format(path=sys.path, fd=theirs.fileno())],
                    pass_fds=[theirs.fileno()],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                )
            self._own = ours
            send(ours, self._start)
        return self._own

    def _stop(self) -> None:
        for one in (*self._views.values(), self._own):
            if one is not None:
                one.close()
        self._views.clear()
        self._own = None
        if self._host is not None:
            self._host.kill()
            self._host.wait()
            self._host = None

    def close(self) -> None:
        """End the host, its views and all jobs; those who wait for one are told."""
        self._stopping.set()
        with self._lock:
            self._stop()


def _nameless() -> int:
    """An open file that has no name any more."""
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())
