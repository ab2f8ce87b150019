"""A forked process that may use so much memory and time, and ends when nobody waits for it."""

import errno
import fcntl
import gc
import os
import resource
import signal
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from io import FileIO
from pathlib import Path
from threading import Thread
from typing import BinaryIO, NoReturn, cast

from engine.endpoint.jobs import BEGUN, Bounds, Failed
from engine.errors import LimitError, StorageFullError
from engine.workers import tell

_SLACK = 16 * 1024 * 1024
_NICE = 5
# What takes longer than this lets everything go first that does not.
_SOON_SECONDS = 0.5
_VERY_NICE = 15


def fork_job(work: Callable[[BinaryIO], object], bounds: Bounds, files: list[int]) -> None:
    """Fork a process that runs ``work`` with a file to write to, and tells what it gave.

    ``files``: where to tell, what closes when nobody waits any more, and the file to write to;
    they are closed here. The process ends after ``work`` in any case.
    """
    if os.fork() == 0:
        _run(work, bounds, *files)
    for number in files:
        os.close(number)


def _run(
    work: Callable[[BinaryIO], object], bounds: Bounds, told: int, waited_for: int, out: int
) -> NoReturn:
    try:
        _silence()
        # What is there already is not looked through for garbage: that alone would copy it.
        gc.freeze()
        began = time.monotonic()
        _confine(bounds, waited_for)
        with open(told, "wb") as answers, open(out, "w+b", buffering=1 << 20) as written:
            os.write(told, BEGUN.pack(began))
            # What the store draws by lot, it draws from the state of a thread: the forked one would
            # give every job the same UUIDs.
            worker = Thread(target=_work, args=(work, answers, written))
            worker.start()
            worker.join(_SOON_SECONDS)
            _yield_to_others(worker)
            worker.join()
    finally:
        # Nothing of the process that was forked is to be tidied up here.
        os._exit(0)


def _yield_to_others(worker: Thread) -> None:
    if worker.is_alive() and worker.native_id is not None and sys.platform == "linux":
        # There a thread has a priority of its own, under its number.
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, worker.native_id, _VERY_NICE)


def _work(work: Callable[[BinaryIO], object], answers: BinaryIO, written: BinaryIO) -> None:
    try:
        tell(answers, _with_space, work, written)
    except (MemoryError, RecursionError):
        os._exit(1)  # That no answer came tells it.
    except BaseException:
        tell(answers, Failed, traceback.format_exc())


def _with_space(work: Callable[[BinaryIO], object], out: BinaryIO) -> object:
    """What ``work`` gives. Raises StorageFullError, LimitError where ``out`` can take no more."""
    try:
        return work(out)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageFullError(
                "no space is left on the disk for the answer",
                remedy="Free some space, or ask for less.",
            ) from error
        if error.errno == errno.EFBIG:
            raise LimitError(
                "the answer is larger than it may be", remedy="Ask for less at a time."
            ) from error
        raise


def _silence() -> None:
    """What a store says as it runs out of memory is of no use to anybody."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)


def _confine(bounds: Bounds, waited_for: int) -> None:
    # The end of the other side is told by a signal that ends this process, wherever it is.
    signal.signal(signal.SIGIO, signal.SIG_DFL)
    fcntl.fcntl(waited_for, fcntl.F_SETOWN, os.getpid())
    flags = fcntl.fcntl(waited_for, fcntl.F_GETFL)
    fcntl.fcntl(waited_for, fcntl.F_SETFL, flags | os.O_ASYNC | os.O_NONBLOCK)
    if _is_closed(waited_for):
        os._exit(0)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, bounds.seconds)
    memory = _memory() + bounds.memory_bytes
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    size = bounds.bytes + _SLACK
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    os.nice(_NICE)


def _is_closed(waited_for: int) -> bool:
    """Whether the other side went away before it could be told by a signal."""
    try:
        return os.read(waited_for, 1) == b""
    except BlockingIOError:
        return False


def _memory() -> int:
    """Address space of this process in bytes."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except OSError:
        # Not told here: what it ever used at most.
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024
    return pages * resource.getpagesize()


def size_of(out: BinaryIO) -> int:
    """How much has been written to ``out``."""
    out.flush()
    return os.fstat(cast(FileIO, out).fileno()).st_size
