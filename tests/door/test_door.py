"""Writing through the process that holds the lease: the same as writing oneself, for one user."""

import os
import socket
import stat
import struct
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path

import pytest

from engine.commit import Door
from engine.door import SOCKET_FILE, Listening, Through, messages, reached
from engine.errors import (
    ConflictError,
    InputError,
    ReservedTermError,
    UnreachableError,
    WorkspaceLockedError,
)
from engine.iri import graph_iri
from engine.knowledge import KnowledgePack
from engine.ledger.patch import Patch
from engine.rdf import Literal, NamedNode, Quad
from engine.vocab import AIMS
from engine.workspace import Workspace
from tests.ledger.making import adding, quad

AGENT = "urn:test:agent"
NAME = NamedNode("urn:x:name")


def through(workspace: Workspace) -> Through:
    found = reached(workspace.root, workspace.ledger)
    assert found is not None
    return found


def graph_of(workspace: Workspace) -> NamedNode:
    return graph_iri(workspace.ledger.base, "general", "a")


def facts(workspace: Workspace, *values: object) -> list[Quad]:
    graph = graph_of(workspace)
    return [Quad(NAME, NAME, Literal(str(value)), graph) for value in values]


def all_answers(door: Door, workspace: Workspace) -> list[object]:
    """What each method of a door gives, errors and all; the second workspace differs in nothing."""
    graph, told = graph_of(workspace), []

    def tell(work: Callable[[], object]) -> None:
        try:
            told.append(work())
        except (InputError, ConflictError, ReservedTermError) as error:
            told.append((type(error), error.message.split("(")[0], error.place, error.remedy))

    def replace(*values: object, **more: object) -> object:
        entry = door.replace(
            graph,
            facts(workspace, *values),
            agent=AGENT,
            reason="r",
            **more,  # type: ignore[arg-type]
        )
        return entry and (entry.sequence, entry.reason, entry.header.face, entry.patch())

    tell(lambda: replace(1, 2))
    tell(lambda: replace(1, 2))
    tell(lambda: door.replacing(graph, facts(workspace, 2, 3)))
    tell(lambda: door.proposed(graph, facts(workspace, 2, 3))[1])
    tell(lambda: door.proposed(graph, facts(workspace, 2, 3))[0].sequence)
    tell(lambda: replace(2, 'é\n"\\', idempotency_key="k"))
    tell(lambda: replace(2, 'é\n"\\', idempotency_key="k"))
    tell(lambda: replace(7, idempotency_key="k"))
    tell(lambda: replace(8, heads=["0" * 64]))
    tell(lambda: replace(8, heads=[workspace.ledger.head().hash]))
    tell(lambda: door.replace(graph, [quad("x")], agent=AGENT, reason=""))
    tell(lambda: door.require_head(["0" * 64]))
    reserved = Quad(NAME, NAME, AIMS.EvaluationContext, graph)
    tell(lambda: door.commit(Patch(frozenset({reserved})), agent=AGENT) is None)
    entry = door.commit(
        Patch(), agent=AGENT, reason="why", kind="assessment", detail={"a": [1, None, "ü"]}
    )
    assert entry is not None
    told += [entry.sequence, entry.header.kind, dict(entry.header.detail), entry.reason]
    tell(lambda: door.commit(Patch(removes=frozenset(facts(workspace, 99))), agent=AGENT))
    pack = workspace.ledger.pack_in_force()
    tell(lambda: door.adopt(pack, agent=AGENT))
    more = KnowledgePack({**pack.files, "overlay/x.ttl": b"# nothing\n"})
    entry = door.adopt(more, agent=AGENT)
    assert entry is not None
    told += [entry.sequence, entry.header.knowledge]
    return told


def test_it_is_the_same_as_the_committer(held: Workspace, tmp_path: Path) -> None:
    with Workspace.create(tmp_path / "alone", agent=AGENT) as alone:
        expected = all_answers(alone.committer, alone)
        assert all_answers(through(held), held) == expected
        assert held.ledger.state() == alone.ledger.state()
        assert [e.header.face for e in held.ledger.entries()] == [
            e.header.face for e in alone.ledger.entries()
        ]
    assert held.verify().consistent


def test_a_workspace_of_a_command_writes_through_it(held: Workspace) -> None:
    with Workspace.open(held.root) as command:
        assert isinstance(command._writer.door(), Through)
        entry = command._writer.door().commit(Patch(frozenset(facts(held, 1))), agent=AGENT)
        assert entry is not None
        assert entry == held.ledger.entry(entry.sequence)
        with pytest.raises(WorkspaceLockedError):
            _ = command.committer
    with Workspace.open(held.root, face="server") as second, pytest.raises(WorkspaceLockedError):
        _ = second._writer.door()


def test_many_commands_at_once_lose_nothing(held: Workspace) -> None:
    before = held.ledger.head().sequence

    def write(number: int) -> int:
        entry = through(held).commit(adding(quad(number)), agent=AGENT)
        assert entry is not None
        return entry.sequence

    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(write, range(100)))
    assert sorted(found) == list(range(before + 1, before + 101))
    assert held.verify().consistent


# Whose socket it is


def test_only_its_user_may_open_it_and_it_goes_with_the_holder(root: Path) -> None:
    before = os.umask(0)
    try:
        with Workspace.open(root, face="server") as held, Listening(root, held.committer):
            mode = (root / SOCKET_FILE).stat().st_mode
            assert stat.S_ISSOCK(mode)
            assert stat.S_IMODE(mode) == 0o600
            assert os.umask(0) == 0, "it is as it was"
    finally:
        os.umask(before)
    assert not (root / SOCKET_FILE).exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_somebody_else_is_not_answered() -> None:
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        root = Path(name) / "w"
        with (
            Workspace.create(root, agent=AGENT, face="server") as held,
            Listening(root, held.committer),
        ):
            # Even where the file's mode would let them.
            (root / SOCKET_FILE).chmod(0o666)
            assert greeted_as(0, root) == 0
            assert greeted_as(65534, root) == 1


def greeted_as(user: int, root: Path) -> int:
    """0 where ``user`` is answered, 1 where the connection is closed, 2 where it cannot be."""
    pid = os.fork()
    if pid == 0:
        code = 3
        try:
            os.setuid(user)
            with closing(socket.socket(socket.AF_UNIX)) as over:
                over.connect(str(root / SOCKET_FILE))
                messages.send(over, {"do": "greet"})
                messages.receive(over)
            code = 0
        except PermissionError:
            code = 2
        except OSError:
            code = 1
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def leave_a_socket(root: Path) -> None:
    with closing(socket.socket(socket.AF_UNIX)) as left:
        left.bind(str(root / SOCKET_FILE))


def leave_a_file(root: Path) -> None:
    (root / SOCKET_FILE).write_text("x")


def leave_a_link(root: Path) -> None:
    (root / SOCKET_FILE).symlink_to(root / "nowhere")


@pytest.mark.parametrize("leave", [leave_a_socket, leave_a_file, leave_a_link])
def test_what_was_left_behind_is_no_door_and_in_nobodys_way(
    root: Path, leave: Callable[[Path], None]
) -> None:
    leave(root)
    with Workspace.open(root) as command:
        assert reached(root, command.ledger) is None
        assert command._writer.door() is command.committer
    with Workspace.open(root, face="server") as held, Listening(root, held.committer):
        assert through(held).commit(adding(quad(1)), agent=AGENT) is not None


def test_where_no_socket_can_be_the_holder_works_and_commands_are_refused(root: Path) -> None:
    (root / SOCKET_FILE).mkdir()
    with Workspace.open(root, face="server") as held, Listening(root, held.committer):
        assert held.committer.commit(adding(quad(1)), agent=AGENT) is not None
        with Workspace.open(root) as command, pytest.raises(WorkspaceLockedError):
            _ = command._writer.door()


@pytest.mark.skipif(sys.platform != "linux", reason="only there is a way for long paths")
def test_a_path_that_is_longer_than_an_address_will_do(tmp_path: Path) -> None:
    root = tmp_path / ("x" * 120) / "w"
    with (
        Workspace.create(root, agent=AGENT, face="server") as held,
        Listening(root, held.committer),
    ):
        assert through(held).commit(adding(quad(1)), agent=AGENT) is not None


def test_a_server_of_another_workspace_is_none(held: Workspace, tmp_path: Path) -> None:
    with Workspace.create(tmp_path / "other", agent=AGENT) as other:
        (other.root / SOCKET_FILE).symlink_to(held.root / SOCKET_FILE)
        assert reached(other.root, other.ledger) is None


# Who says anything


NONSENSE = [
    b"",
    b"\0",
    b"\xff\xff\xff\xff",
    b"\0\0\0\0",
    b"GET / HTTP/1.1\r\n\r\n",
    *(
        struct.pack("!I", len(text)) + text
        for text in (
            b"{",
            b"[]",
            b"{}",
            b'{"sizes": [-1]}',
            b'{"sizes": [1e99]}',
            b'{"sizes": [99999999999999]}',
            b'{"sizes": [5]}<a',
            b"[" * 100_000,
            b'{"sizes": [], "do": "adopt"}',
            b'{"sizes": [], "do": "erase"}',
            b'{"sizes": [], "do": ["greet"]}',
            b'{"sizes": [], "do": "replace", "graph": 7}',
            b'{"sizes": [0], "do": "replace", "graph": "no iri", "heads": null}',
            b'{"sizes": [0, 0], "do": "commit", "agent": 7}',
            b'{"sizes": [0, 0], "do": "commit", "agent": "urn:a:a", "reason": "", "face": "cli", '
            b'"kind": "erasure", "detail": {}}',
            b'{"sizes": [0], "do": "proposed", "graph": "urn:x:g", "heads": 7}',
        )
    ),
]


def test_nonsense_writes_nothing_and_ends_nothing(held: Workspace) -> None:
    head = held.ledger.head()
    for said in NONSENSE:
        with closing(socket.socket(socket.AF_UNIX)) as over:
            over.settimeout(5)
            over.connect(str(held.root / SOCKET_FILE))
            with suppress(ConnectionError):
                over.sendall(said)
                over.shutdown(socket.SHUT_WR)
                while over.recv(1 << 16):
                    pass
    assert held.ledger.head() == head
    assert through(held).commit(adding(quad(1)), agent=AGENT) is not None


def test_a_body_that_is_no_quads_is_refused(held: Workspace) -> None:
    door = through(held)
    head: dict[str, object] = {"do": "replacing", "graph": "urn:x:g"}
    with pytest.raises(UnreachableError, match="no message of ours"):
        door._asked(head, [b"<urn:x:a> oops"])


def test_a_server_that_ends_before_it_answers_is_told(root: Path) -> None:
    with Workspace.open(root) as command:
        with Workspace.open(root, face="server") as held, Listening(root, held.committer):
            door = through(held)
        with pytest.raises(UnreachableError, match="ended before it answered"):
            door.commit(adding(quad(1)), agent=AGENT)
        assert command._writer.door() is command.committer, "afterwards it is done here"
