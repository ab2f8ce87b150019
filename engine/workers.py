"""Work on what users give, in processes of their own that may be killed.

Parsers of user input can be made to eat all memory, never to end, or to crash the process that
runs them (a 725-byte RDF/XML asks for 20 GB). So they run in a fresh interpreter under limits of
memory and time, without the caller's open files; the caller survives whatever happens there.

A child is a new interpreter and no fork: the caller may have threads and open stores, which a
fork would copy in the middle of what they do. Starting one takes about a quarter of a second. It
looks for modules where the caller does and nowhere else: by default Python would also look in the
current folder, where a downloaded ``csv.py`` may lie beside the data.
"""

import io
import logging
import pickle
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import is_dataclass
from enum import Enum
from typing import Any, BinaryIO, TypeVar, cast

from engine import errors
from engine.errors import AimsError, LimitError

T = TypeVar("T")
_START = "import sys; sys.path[:] = {path!r}; from engine.workers import serve; serve()"
_MIB = 1024 * 1024
_log = logging.getLogger("aimsgraph.workers")
_PLAIN = frozenset({"tuple", "list", "dict", "set", "frozenset", "bytes", "bytearray"})
# What reading a pickle raises that is cut off, damaged, or not made by us.
_NO_ANSWER = (
    pickle.UnpicklingError,
    AttributeError,
    EOFError,
    ImportError,
    IndexError,
    KeyError,
    TypeError,
    ValueError,
)


def run(
    function: Callable[..., T],
    *arguments: object,
    memory_bytes: int,
    seconds: float,
    what: str = "reading it",
) -> T:
    """What ``function(*arguments)`` gives, computed in a child process.

    ``function`` must be found by its module and name; arguments and result must pickle, and the
    result must be made of values of this engine. Raises the AimsError that the function raises;
    LimitError when the child needs more than ``memory_bytes`` of address space or ``seconds`` of
    wall time, or ends abnormally. ``what``: what it does, for messages.
    """
    request = pickle.dumps((memory_bytes, seconds, function, arguments))
    with subprocess.Popen(
        [sys.executable, "-P", "-c", _START.format(path=sys.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as child:
        try:
            answer, told = child.communicate(request, timeout=seconds)
        except subprocess.TimeoutExpired:
            child.kill()
            raise LimitError(
                f"{what} took longer than {seconds:g} seconds and was stopped",
                remedy="Give something smaller or simpler.",
            ) from None
        except BaseException:
            child.kill()
            raise
    if child.returncode != 0 or not answer:
        _log.info("a worker ended with %s: %s", child.returncode, told.decode(errors="replace"))
        raise _ended(child.returncode, memory_bytes, what)
    return cast(T, told_by(answer))


def told_by(answer: bytes) -> object:
    """What a child answered, as ``tell`` wrote it.

    Raises the AimsError that the child raised, LimitError for bytes that are no answer.
    """
    failed, value = _read(answer)
    if failed:
        name, message, place, remedy = value
        kind = cast(type[AimsError], getattr(errors, name))
        raise kind(message, place=place, remedy=remedy)
    return value


def _read(answer: bytes) -> tuple[bool, Any]:
    try:
        failed, value = _Answers(io.BytesIO(answer)).load()
    except _NO_ANSWER as error:
        raise LimitError(
            f"the process that was reading it gave an answer that cannot be used: {error}",
            remedy="Give a smaller or simpler file; nothing was changed.",
        ) from None
    return failed, value


def _ended(code: int, memory_bytes: int, what: str) -> LimitError:
    how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
    return LimitError(
        f"the process that was {what} ended abnormally ({how}); what it reads is nested too "
        f"deep, is damaged, or needs more than {memory_bytes // _MIB} MiB of memory",
        remedy="Give something smaller or flatter; nothing was changed.",
    )


class _Answers(pickle.Unpickler):
    """Reads what a child sends back: plain values, our own dataclasses and enums, nothing else.

    The child has read hostile bytes; should they have taken it over, its answer must not reach
    any other class here, such as one that opens a file when it is made.
    """

    def find_class(self, module: str, name: str) -> object:
        if module == "builtins" and name in _PLAIN:
            return super().find_class(module, name)
        if module.startswith("engine.") and "." not in name:
            found = super().find_class(module, name)
            value = isinstance(found, type) and (is_dataclass(found) or issubclass(found, Enum))
            if value and found.__module__ == module:
                return found
        raise pickle.UnpicklingError(f"{module}.{name} is no class that an answer may hold")


def serve() -> None:
    """The child's side: one request from standard input, one answer to standard output."""
    request, answers = sys.stdin.buffer.read(), sys.stdout.buffer
    memory_bytes, seconds, function, arguments = pickle.loads(request)
    _confine(memory_bytes, seconds)
    try:
        tell(answers, function, *arguments)
    except (MemoryError, RecursionError):
        # Told apart from other failures by the parent: no answer was sent.
        sys.exit(1)


def tell(answers: BinaryIO, function: Callable[..., object], *arguments: object) -> None:
    """Write what ``function(*arguments)`` gives, or the AimsError that it raises."""
    try:
        told = (False, function(*arguments))
    except AimsError as error:
        told = (True, (type(error).__name__, error.message, error.place, error.remedy))
    answers.write(pickle.dumps(told, protocol=pickle.HIGHEST_PROTOCOL))
    answers.flush()


def _confine(memory_bytes: int, seconds: float) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # The parent may be gone before it can kill: processor time ends a runaway all the same.
    limit = int(seconds) + 5
    resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))
    # Parsers have no business writing files.
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
