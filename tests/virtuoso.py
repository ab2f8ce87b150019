"""A Virtuoso 7 of our own on loopback, for tests of what a server engine does.

Skipped where no ``virtuoso-t`` is installed, unless ``AIMS_NEED_VIRTUOSO`` says that there must be
one. The server has its own folder and ports, little memory, a password made for it alone, and dies
with the tests.
"""

import os
import secrets
import shutil
import socket
import string
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

PROGRAM = "virtuoso-t"
USER = "dba"
# It cuts answers at so many rows and says so in a header only; the default of its packages.
ROW_LIMIT = 10_000
_SECONDS = 60
_TRIES = 3
_SETTINGS = """
[Database]
DatabaseFile = virtuoso.db
ErrorLogFile = virtuoso.log
LockFile = virtuoso.lck
TransactionFile = virtuoso.trx
xa_persistent_file = virtuoso.pxa
FileExtend = 200
[TempDatabase]
DatabaseFile = temporary.db
TransactionFile = temporary.trx
[Parameters]
ServerPort = 127.0.0.1:{sql}
ServerThreads = 10
NumberOfBuffers = 10000
MaxDirtyBuffers = 6000
CheckpointInterval = 60
DirsAllowed = .
ThreadsPerQuery = 2
AsyncQueueMaxThreads = 2
[HTTPServer]
ServerPort = 127.0.0.1:{http}
ServerThreads = 8
MaxClientConnections = 16
[SPARQL]
ResultSetMaxRows = {rows}
"""


@dataclass(frozen=True, slots=True)
class Virtuoso:
    """A running server: ``address`` without a path, and who may write to it."""

    address: str
    password: str = field(repr=False)
    user: str = USER

    @property
    def endpoint(self) -> str:
        """Where queries and updates go that show who sends them (digest access)."""
        return f"{self.address}/sparql-auth"


def program(found: str | None) -> str:
    """``found``, the path of the server's program; without one the test fails or is skipped."""
    if found is None:
        told = f"no {PROGRAM} on this machine; .ci/run installs virtuoso-opensource-7-bin"
        if os.environ.get("AIMS_NEED_VIRTUOSO"):
            pytest.fail(f"{told}, and AIMS_NEED_VIRTUOSO is set")
        pytest.skip(told)
    return found


@contextmanager
def running(folder: Path) -> Iterator[Virtuoso]:
    """A server with its files in the new ``folder``, answering; killed in the end."""
    path = program(shutil.which(PROGRAM))
    folder.mkdir()
    server, process = _started(path, folder)
    try:
        yield server
    finally:
        process.kill()
        process.wait()


def _started(path: str, folder: Path) -> tuple[Virtuoso, "subprocess.Popen[bytes]"]:
    told = ""
    password = _password()
    _configure(folder)
    command = [path, "+foreground", "+configfile", "virtuoso.ini"]
    # Makes the database, puts the password in force, and ends.
    given = ["+pwdold", "dba", "+pwddba", password, "+pwddav", _password()]
    subprocess.run(
        [*command, *given], cwd=folder, check=True, capture_output=True, timeout=_SECONDS
    )
    for _ in range(_TRIES):
        # Another program may take a port between its choice and its use.
        port = _configure(folder)
        process = subprocess.Popen(
            command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        if _answers(port, process):
            return Virtuoso(f"http://127.0.0.1:{port}", password), process
        process.kill()
        process.wait()
        told = (folder / "virtuoso.log").read_text(errors="replace")[-2000:]
    raise AssertionError(f"{PROGRAM} does not start: {told}")


def _password() -> str:
    # With 24 characters or more, none is accepted afterwards (measured, 7.2.5).
    letters = string.ascii_letters + string.digits
    return "".join(secrets.choice(letters) for _ in range(12))


def _configure(folder: Path) -> int:
    """Settings with two ports that are free now; gives the one for HTTP."""
    with socket.socket() as one, socket.socket() as two:
        one.bind(("127.0.0.1", 0))
        two.bind(("127.0.0.1", 0))
        sql, http = one.getsockname()[1], two.getsockname()[1]
    text = _SETTINGS.format(sql=sql, http=http, rows=ROW_LIMIT)
    (folder / "virtuoso.ini").write_text(text)
    return int(http)


def _answers(port: int, process: "subprocess.Popen[bytes]") -> bool:
    end = time.monotonic() + _SECONDS
    while process.poll() is None and time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return True
    return False
