"""``oxigraph serve`` on loopback, for the contract of stores; skipped where it is not installed."""

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

PROGRAM = "oxigraph"
_SECONDS = 20


def program() -> str | None:
    """The path of the server's program, beside the interpreter or where programs are."""
    return shutil.which(PROGRAM, path=str(Path(sys.executable).parent)) or shutil.which(PROGRAM)


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """The address of a server with its files in the new ``folder``; killed in the end."""
    path = program()
    if path is None:
        pytest.skip(f"no {PROGRAM} on this machine; pip install oxigraph")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [path, "serve", "--location", str(folder), "--bind", f"127.0.0.1:{port}"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + _SECONDS
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                assert process.poll() is None, f"{PROGRAM} serve ended at once"
                assert time.monotonic() < end, f"{PROGRAM} serve does not answer"
                time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()
