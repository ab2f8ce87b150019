"""Children for tests that kill: each is a fork of a process that has everything imported.

Run as a program (``python -m tests.reliability.<name>``), never within pytest: a fork of a process
with threads of its own may hang.
"""

import json
import os
import signal
import sys
import traceback
from collections.abc import Callable
from typing import IO, Any

Told = dict[str, Any]


def told(child: Callable[[], Told]) -> Told:
    """What ``child`` gives, computed in a fork. Raises RuntimeError where it fails."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        run(child, reading, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as answers:
        data = answers.read()
    _, status = os.waitpid(pid, 0)
    if status or not data:
        raise RuntimeError(f"a child ended with {os.waitstatus_to_exitcode(status)}")
    found: Told = json.loads(data)
    return found


def run(child: Callable[[], Told], reading: int, writing: int) -> None:
    """The life of a fork; does not return."""
    os.close(reading)
    code = 1
    try:
        answer = json.dumps(child()).encode()
        os.write(writing, answer)
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def killed(child: Callable[[], object]) -> bool:
    """Whether ``child``, run in a fork, killed itself."""
    pid = os.fork()
    if pid == 0:
        try:
            child()
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(1)
    _, status = os.waitpid(pid, 0)
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


def die() -> None:
    """End this process as the system would."""
    os.kill(os.getpid(), signal.SIGKILL)


def started(child: Callable[[IO[str]], object]) -> tuple[int, IO[str]]:
    """A fork that runs ``child`` with something to write to, and what it writes."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        code = 1
        try:
            with os.fdopen(writing, "w", buffering=1) as out:
                child(out)
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(code)
    os.close(writing)
    return pid, os.fdopen(reading)
