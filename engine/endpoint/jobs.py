"""What the processes of the endpoint tell each other: plain values, with files beside them."""

import os
import pickle
import socket
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.rdf import NamedNode
from engine.view import View

_LENGTH = struct.Struct("!I")
_FILES = 4
# When a job began, on the clock that all processes share; its answer follows.
BEGUN = struct.Struct("!d")


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one job may use: ``seconds`` of wall time, ``memory_bytes`` beside what it reads from.

    An answer ends after ``rows`` (of a graph: triples) or about ``bytes``, and says so; an update
    that changes more than ``quads`` is refused.
    """

    seconds: float = 10.0
    memory_bytes: int = 1024 * 1024 * 1024
    rows: int = 100_000
    bytes: int = 50 * 1024 * 1024
    quads: int = 100_000


@dataclass(frozen=True, slots=True)
class QueryJob:
    """A query that the guard has let pass, and the media type of its answer.

    ``default`` and ``named``: IRIs of the dataset, None to leave that to the query. ``assessed``:
    whether it can reach the assessment.
    """

    text: str
    media_type: str
    bounds: Bounds
    default: tuple[str, ...] | None = None
    named: tuple[str, ...] | None = None
    assessed: bool = False


@dataclass(frozen=True, slots=True)
class GraphJob:
    """A named graph as a document; the default graph for None."""

    graph: str | None
    media_type: str
    bounds: Bounds
    assessed: bool = False


@dataclass(frozen=True, slots=True)
class NamesJob:
    """The names of the graphs of a view, one a line."""

    bounds: Bounds


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The files of a store that holds what is recorded up to ``sequence``, in ``folder``."""

    folder: Path
    sequence: int


@dataclass(frozen=True, slots=True)
class UpdateJob:
    """What an update would change, from the head of the ledger on.

    ``default`` and ``named``: IRIs of the dataset of its WHERE clauses, None to leave that to the
    update. ``graph``: the IRI of the graph that takes the place of the default graph.
    ``compartments``: those that may be read, None for all. ``aside``: to be tried out on, where
    what is recorded fits in no memory.
    """

    text: str
    bounds: Bounds
    default: tuple[str, ...] | None = None
    named: tuple[str, ...] | None = None
    graph: str | None = None
    compartments: frozenset[str] | None = None
    aside: Checkpoint | None = None


@dataclass(frozen=True, slots=True)
class ViewStart:
    """Opens a view; its jobs come over the socket that is sent beside.

    ``aside``: what it is made of, where what is recorded fits in no memory; it goes with the view.
    """

    view: View
    aside: Checkpoint | None = None


@dataclass(frozen=True, slots=True)
class Handed:
    """Hands a job over; it stands in so many bytes of the file that its answer goes into.

    A message stays small, so that sending it never waits for the other side to be ready.
    """

    length: int


Job = QueryJob | GraphJob | NamesJob | UpdateJob


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a job did.

    ``size``: bytes written. ``rows``: those in them. ``cut``: why there are no more, empty where
    there are none. ``removed``: of an update, how many of the bytes tell of quads removed; those
    added follow. ``head``: hash of the entry that the update was computed from, empty where it
    does not depend on any.
    """

    size: int
    rows: int = 0
    cut: str = ""
    removed: int = 0
    head: str = ""


@dataclass(frozen=True, slots=True)
class Failed:
    """What a job tells of a fault that is ours, for the log."""

    trace: str


@dataclass(frozen=True, slots=True)
class HostStart:
    """What the host needs to begin: the folder of the workspace, the memory of a view in bytes."""

    root: Path
    memory_bytes: int


def send(over: socket.socket, message: object, files: Sequence[int] = ()) -> None:
    """Send ``message`` with open files. Raises OSError where nobody listens."""
    data = pickle.dumps(message)
    socket.send_fds(over, [_LENGTH.pack(len(data))], list(files))
    over.sendall(data)


def receive(over: socket.socket) -> tuple[object, list[int]] | None:
    """The next message and its files, None when there are no more."""
    head, files, _, _ = socket.recv_fds(over, _LENGTH.size, _FILES)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    data = bytearray()
    while len(data) < length:
        part = over.recv(length - len(data))
        if not part:
            return None
        data += part
    # It comes from the process that started this one.
    return pickle.loads(bytes(data)), files


def hand_over(over: socket.socket, job: Job, files: Sequence[int]) -> None:
    """Send ``job`` with its files, the last of which its answer goes into. Raises OSError."""
    data = pickle.dumps(job)
    os.ftruncate(files[-1], 0)
    os.pwrite(files[-1], data, 0)
    send(over, Handed(len(data)), files)


def take_over(handed: Handed, files: Sequence[int]) -> object:
    """The job that was handed over; its file is empty afterwards."""
    data = os.pread(files[-1], handed.length, 0)
    os.ftruncate(files[-1], 0)
    return pickle.loads(data)


def nodes(iris: tuple[str, ...] | None) -> tuple[NamedNode, ...]:
    """The nodes of ``iris``, which were checked before."""
    return tuple(map(NamedNode, iris or ()))
