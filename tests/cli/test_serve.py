"""serve: this machine only, one server a workspace, and a good end."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest

from engine.ledger.lease import HOLDER_FILE
from tests.cli.conftest import Aims

REACHABLE = ["0.0.0.0", "::", "192.168.1.20", "10.0.0.1", "fe80::1", "aims.example", "2130706434"]


def assert_refused(aims: Aims, workspace: Path, host: str, *arguments: str) -> None:
    answer = aims("serve", "--port", "0", *arguments, workspace=workspace)
    assert (answer.code, answer.out) == (2, "")
    assert f"{host} is not a loopback address" in answer.err
    assert "127.0.0.1" in answer.err
    assert not (workspace / HOLDER_FILE).exists()


@pytest.mark.parametrize("host", REACHABLE)
def test_an_address_that_others_reach_is_refused(
    aims: Aims, workspace: Path, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert_refused(aims, workspace, host, "--host", host)
    monkeypatch.setenv("AIMS_HOST", host)
    assert_refused(aims, workspace, host)


@contextmanager
def serving(workspace: Path, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server as its own process, and its address."""
    program = [sys.executable, "-c", "from engine.cli import app; app()"]
    command = [*program, "--workspace", str(workspace), "serve", "--port", "0", *arguments]
    environment = os.environ | {"NO_COLOR": "1", "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        try:
            assert process.stdout is not None
            told = process.stdout.readline()
            found = re.search(r"http://\S+/", told)
            assert found, told
            yield process, found[0]
        finally:
            process.kill()


def test_a_second_server_is_refused_and_the_holder_is_named(aims: Aims, workspace: Path) -> None:
    with serving(workspace) as (process, address):
        answer = aims("serve", "--port", "0", workspace=workspace)
        assert (answer.code, answer.out) == (2, "")
        assert f"server (process {process.pid}, since 20" in answer.err
        assert "Traceback" not in answer.err
        with urlopen(f"{address}v1/health") as told:
            assert told.status == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    assert not (workspace / HOLDER_FILE).exists()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_this_machine_is_answered(workspace: Path, host: str) -> None:
    if host == "::1" and not _has_ipv6():
        pytest.skip("this machine has no IPv6")
    with serving(workspace, "--host", host) as (_, address), urlopen(f"{address}v1/health") as told:
        assert told.status == 200


def _has_ipv6() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True
