"""The side of the process that holds the lease: a socket, and a thread for each who comes."""

import logging
import os
import socket
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from threading import BoundedSemaphore, Thread
from typing import Self, cast

from engine.commit import Committer
from engine.door import messages
from engine.door.messages import FORMAT, SOCKET_FILE, Json
from engine.errors import AimsError, InputError
from engine.knowledge import KnowledgePack
from engine.ledger.entry import Entry, Kind
from engine.ledger.entry import Json as Detail
from engine.ledger.patch import Patch
from engine.rdf import NamedNode, Quad

_log = logging.getLogger("aimsgraph.door")
_AT_ONCE = 8
_SILENT_SECONDS = 30.0
_ONLY_OURS = 0o177

Answer = tuple[Json, Sequence[bytes]]


class Listening:
    """The door to ``committer``, open for commands of the user of this process. A context manager.

    Where no socket can be, as on some disks, there is none: the log says so, and commands that
    write are refused as by any holder of the lease.
    """

    def __init__(self, root: Path, committer: Committer) -> None:
        self._root = root
        self._committer = committer
        self._places = BoundedSemaphore(_AT_ONCE)
        self._listener: socket.socket | None = None

    def __enter__(self) -> Self:
        # Who holds the lease is the only one who listens: what is there was left behind.
        try:
            (self._root / SOCKET_FILE).unlink(missing_ok=True)
            self._listener = self._bound()
        except OSError as error:
            _log.warning("no socket for the command line in %s: %s", self._root, error)
        else:
            Thread(target=self._accept, args=(self._listener,), daemon=True).start()
        return self

    def __exit__(self, *exception: object) -> None:
        if self._listener is None:
            return
        with suppress(OSError):
            (self._root / SOCKET_FILE).unlink(missing_ok=True)
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        # What is being recorded is recorded before the lease goes.
        for _ in range(_AT_ONCE):
            self._places.acquire(timeout=1.0)

    def _bound(self) -> socket.socket:
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        before = os.umask(_ONLY_OURS)
        try:
            with messages.address(self._root) as path:
                listener.bind(path)
            listener.listen()
        except BaseException:
            listener.close()
            raise
        finally:
            os.umask(before)
        return listener

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                over, _ = listener.accept()
            except OSError:
                return
            self._places.acquire()
            Thread(target=self._serve, args=(over,), daemon=True).start()

    def _serve(self, over: socket.socket) -> None:
        try:
            with over:
                over.settimeout(_SILENT_SECONDS)
                if messages.user_of(over) not in (None, os.geteuid(), 0):
                    return
                messages.send(over, *self._answered(*messages.receive(over)))
        except (OSError, AimsError) as error:
            _log.info("a command left: %s", error)
        finally:
            self._places.release()

    def _answered(self, asked: Json, bodies: Sequence[bytes]) -> Answer:
        try:
            return self._answer(asked, bodies)
        except AimsError as error:
            return messages.error_json(error), ()
        except (KeyError, TypeError, ValueError) as error:
            _log.warning("what a command asked cannot be read: %r", error)
            return messages.error_json(InputError("what was asked cannot be read")), ()

    def _answer(self, asked: Json, bodies: Sequence[bytes]) -> Answer:
        do, committer = asked["do"], self._committer
        if do == "greet":
            return {"format": FORMAT, "ledger": committer.ledger.origin}, ()
        if do == "adopt":
            files = dict(zip(_texts(asked["paths"]), bodies, strict=True))
            agent, face = _text(asked["agent"]), _text(asked["face"])
            return _entry(committer.adopt(KnowledgePack(files), agent=agent, face=face))
        quads = [messages.to_quads(body) for body in bodies]
        if do == "commit":
            return _entry(self._commit(asked, Patch(*quads)))
        (wanted,) = quads
        graph = NamedNode(_text(asked["graph"]))
        if do == "replace":
            return _entry(self._replace(asked, graph, wanted))
        if do == "replacing":
            return {}, _bodies(committer.replacing(graph, wanted))
        if do == "proposed":
            head, patch = committer.proposed(graph, wanted, heads=_heads(asked))
            return {"at": head.sequence}, _bodies(patch)
        raise InputError("what was asked is not known here")

    def _commit(self, asked: Json, patch: Patch) -> Entry | None:
        return self._committer.commit(
            patch,
            agent=_text(asked["agent"]),
            reason=_text(asked["reason"]),
            face=_text(asked["face"]),
            kind=_kind(asked["kind"]),
            detail=cast(Detail, asked["detail"]),
        )

    def _replace(self, asked: Json, graph: NamedNode, quads: frozenset[Quad]) -> Entry | None:
        key = asked["idempotency_key"]
        return self._committer.replace(
            graph,
            quads,
            agent=_text(asked["agent"]),
            reason=_text(asked["reason"]),
            face=_text(asked["face"]),
            idempotency_key=None if key is None else _text(key),
            heads=_heads(asked),
        )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r:.100} is no text")
    return value


def _kind(value: object) -> Kind:
    if value == "change" or value == "assessment":
        return value
    raise ValueError(f"{value!r:.100} is no kind of entry that comes this way")


def _texts(value: object) -> list[str]:
    if not isinstance(value, list):
        raise TypeError(f"{value!r:.100} is no list")
    return [_text(item) for item in value]


def _heads(asked: Json) -> list[str] | None:
    return None if asked["heads"] is None else _texts(asked["heads"])


def _entry(entry: Entry | None) -> Answer:
    return {"entry": None if entry is None else entry.sequence}, ()


def _bodies(patch: Patch) -> list[bytes]:
    return [messages.to_bytes(patch.adds), messages.to_bytes(patch.removes)]
