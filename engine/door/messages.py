"""What goes over the socket: a head of JSON, and bodies of bytes; no class is ever named by it.

Four bytes tell the length of the head, the head's ``sizes`` those of the bodies that follow.
"""

import json
import os
import socket
import struct
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from engine import errors
from engine.errors import AimsError, LimitError, Place, UnreachableError
from engine.rdf import Quad, RdfFormat, parse, serialize

Json = dict[str, object]
SOCKET_FILE = "server.sock"
# What both sides must agree on.
FORMAT = 1
_LENGTH = struct.Struct("!I")
_CREDENTIALS = struct.Struct("3i")
_HEAD_BYTES = 4 << 20
_BODY_BYTES = 1 << 30
# So many bytes of a path fit into the address of a socket on any system.
_PATH_BYTES = 100


def send(over: socket.socket, head: Json, bodies: Sequence[bytes] = ()) -> None:
    """Send a message. Raises OSError where nobody listens, LimitError for one too large."""
    if sum(map(len, bodies)) > _BODY_BYTES:
        raise LimitError(
            f"the change takes more than {_BODY_BYTES >> 20} MiB, too much to hand to the server",
            remedy="Stop the server, and import it then.",
        )
    data = json.dumps(head | {"sizes": list(map(len, bodies))}).encode()
    over.sendall(_LENGTH.pack(len(data)) + data)
    for body in bodies:
        over.sendall(body)


def receive(over: socket.socket) -> tuple[Json, list[bytes]]:
    """The next message. Raises OSError where it ends early, UnreachableError for what is none."""
    (length,) = _LENGTH.unpack(_exactly(over, _LENGTH.size))
    if length > _HEAD_BYTES:
        raise _nonsense()
    try:
        head = json.loads(_exactly(over, length))
        sizes = [int(size) for size in head["sizes"]]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise _nonsense() from None
    if min(sizes, default=0) < 0 or sum(sizes) > _BODY_BYTES:
        raise _nonsense()
    return head, [_exactly(over, size) for size in sizes]


def _exactly(over: socket.socket, size: int) -> bytes:
    data = bytearray()
    while len(data) < size:
        part = over.recv(min(size - len(data), 1 << 20))
        if not part:
            raise ConnectionError("it ended early")
        data += part
    return bytes(data)


def _nonsense() -> UnreachableError:
    return UnreachableError(
        "what came over the server's socket is no message of ours",
        remedy="Use the same version of this program for both.",
    )


def error_json(error: AimsError) -> Json:
    """``{"error": [name, message, place or null, remedy]}``."""
    place = error.place
    where = None if place is None else [place.source, place.line, place.column, place.field]
    return {"error": [type(error).__name__, error.message, where, error.remedy]}


def raised(told: object) -> AimsError:
    """The error that ``error_json`` told of. Raises UnreachableError for anything else."""
    try:
        name, message, where, remedy = cast(list[Any], told)
        kind = getattr(errors, name)
        if not issubclass(kind, AimsError):
            raise _nonsense()
        found: AimsError = kind(message, place=Place(*where) if where else None, remedy=remedy)
    except (TypeError, ValueError, AttributeError):
        raise _nonsense() from None
    return found


def to_bytes(quads: Iterable[Quad]) -> bytes:
    """``quads`` as N-Quads."""
    return serialize(quads, format=RdfFormat.N_QUADS) or b""


def to_quads(text: bytes) -> frozenset[Quad]:
    """The quads of N-Quads. Raises UnreachableError."""
    try:
        return frozenset(parse(text, format=RdfFormat.N_QUADS))
    except (SyntaxError, ValueError):
        raise _nonsense() from None


@contextmanager
def address(folder: Path) -> Iterator[str]:
    """The path of the socket in ``folder``, short enough for the address of one.

    Raises OSError where that cannot be.
    """
    path = str(folder / SOCKET_FILE)
    if len(os.fsencode(path)) <= _PATH_BYTES:
        yield path
        return
    if sys.platform != "linux":
        raise OSError(f"{path} is too long for the address of a socket")
    # By way of the open folder any path is short.
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{number}/{SOCKET_FILE}"
    finally:
        os.close(number)


def user_of(over: socket.socket) -> int | None:
    """The number of the user at the other side, None where the system does not tell."""
    if sys.platform != "linux":
        return None
    told = over.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    return int(_CREDENTIALS.unpack(told)[1])
