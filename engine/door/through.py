"""The side of a command: a committer that hands everything to the server that holds the lease."""

import os
import socket
from collections.abc import Collection, Iterable, Sequence
from contextlib import closing
from pathlib import Path

from engine.commit import require_head
from engine.door import messages
from engine.door.messages import FORMAT, SOCKET_FILE, Json
from engine.errors import LimitError, UnreachableError
from engine.knowledge import KnowledgePack
from engine.ledger.entry import Entry, Kind
from engine.ledger.entry import Json as Detail
from engine.ledger.ledger import Ledger
from engine.ledger.patch import Patch
from engine.ledger.reading import Head
from engine.rdf import NamedNode, Quad

_GREETING_SECONDS = 2.0
# How long a change may take that the server carries out.
_SECONDS = 3600.0


def reached(root: Path, ledger: Ledger) -> "Through | None":
    """The door through the server that runs on the workspace in ``root``; None where none does.

    None, too, for a socket that was left behind or may not be used, a server of another version or
    another ledger, and one that runs as a user who does not own the folder.
    """
    if not (root / SOCKET_FILE).exists():
        return None
    try:
        with closing(_connected(root, _GREETING_SECONDS)) as over:
            messages.send(over, {"do": "greet"})
            told, _ = messages.receive(over)
    except (OSError, UnreachableError):
        return None
    same = told.get("format") == FORMAT and told.get("ledger") == ledger.origin
    return Through(root, ledger) if same else None


def _connected(root: Path, seconds: float) -> socket.socket:
    over = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        over.settimeout(seconds)
        with messages.address(root) as path:
            over.connect(path)
        if messages.user_of(over) not in (None, os.geteuid(), root.stat().st_uid):
            raise PermissionError("somebody else listens there")
    except BaseException:
        over.close()
        raise
    return over


class Through:
    """Writes to a workspace as its committer does, through the server; see ``engine.commit``.

    Each method raises what the committer's raises, and UnreachableError where the server ended
    before it answered.
    """

    def __init__(self, root: Path, ledger: Ledger) -> None:
        self.ledger = ledger
        self._root = root

    def commit(
        self,
        patch: Patch,
        *,
        agent: str,
        reason: str = "",
        face: str = "cli",
        kind: Kind = "change",
        detail: Detail | None = None,
    ) -> Entry | None:
        """See ``Committer.commit``."""
        head: Json = {"agent": agent, "reason": reason, "face": face}
        head |= {"do": "commit", "kind": kind, "detail": dict(detail or {})}
        return self._entry(*self._asked(head, [_text(patch.adds), _text(patch.removes)]))

    def replace(
        self,
        graph: NamedNode,
        quads: Iterable[Quad],
        *,
        agent: str,
        reason: str,
        face: str = "cli",
        idempotency_key: str | None = None,
        heads: Collection[str] | None = None,
    ) -> Entry | None:
        """See ``Committer.replace``."""
        head: Json = {"agent": agent, "reason": reason, "face": face}
        head |= {"do": "replace", "graph": graph.value, "idempotency_key": idempotency_key}
        head |= {"heads": None if heads is None else sorted(heads)}
        return self._entry(*self._asked(head, [_text(quads)]))

    def replacing(self, graph: NamedNode, quads: Iterable[Quad]) -> Patch:
        """See ``Committer.replacing``."""
        return _patch(*self._asked({"do": "replacing", "graph": graph.value}, [_text(quads)]))

    def proposed(
        self, graph: NamedNode, quads: Iterable[Quad], *, heads: Collection[str] | None = None
    ) -> tuple[Head, Patch]:
        """See ``Committer.proposed``."""
        head: Json = {"do": "proposed", "graph": graph.value}
        head |= {"heads": None if heads is None else sorted(heads)}
        told, bodies = self._asked(head, [_text(quads)])
        return self.ledger.position(_number(told["at"])), _patch(told, bodies)

    def require_head(self, heads: Collection[str] | None) -> None:
        """See ``Committer.require_head``."""
        require_head(self.ledger, heads)

    def adopt(self, pack: KnowledgePack, *, agent: str, face: str = "cli") -> Entry | None:
        """See ``Committer.adopt``."""
        paths = sorted(pack.files)
        head: Json = {"do": "adopt", "agent": agent, "face": face, "paths": paths}
        return self._entry(*self._asked(head, [pack.files[path] for path in paths]))

    def _asked(self, head: Json, bodies: Sequence[bytes]) -> tuple[Json, list[bytes]]:
        try:
            with closing(_connected(self._root, _SECONDS)) as over:
                messages.send(over, head, bodies)
                told, answer = messages.receive(over)
        except OSError as error:
            raise UnreachableError(
                "the server that runs on the workspace ended before it answered; what was to be "
                "recorded may have been recorded",
                remedy="Look with: aims log",
            ) from error
        if "error" in told:
            raise messages.raised(told["error"])
        return told, answer

    def _entry(self, told: Json, _: object) -> Entry | None:
        sequence = told["entry"]
        return None if sequence is None else self.ledger.entry(_number(sequence))


def _number(value: object) -> int:
    if not isinstance(value, int):
        raise LimitError("the server's answer cannot be used")
    return value


def _text(quads: Iterable[Quad]) -> bytes:
    return messages.to_bytes(quads)


def _patch(_: Json, bodies: Sequence[bytes]) -> Patch:
    adds, removes = map(messages.to_quads, bodies)
    return Patch(adds, removes)
