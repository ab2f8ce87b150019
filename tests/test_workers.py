"""A worker may be killed, starved or taken over; its caller lives and is told why.

``eval`` is the function that most of these run: what it is given is what hostile input might do.
"""

import os
import pickle
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from engine import workers
from engine.errors import AimsError, LimitError, NotFoundError, ParseError, Place
from engine.importers import OnError, Request
from engine.importers.run import choose

MIB = 1024 * 1024


def _run(code: str, *, memory: int = 512, seconds: float = 20) -> object:
    return workers.run(eval, code, memory_bytes=memory * MIB, seconds=seconds)


def _ended(code: str, **limits: int) -> LimitError:
    with pytest.raises(LimitError) as caught:
        _run(code, **limits)
    assert caught.value.remedy
    return caught.value


# Answers


@pytest.mark.parametrize(
    "value", [None, 7, "\udc92 é", b"\0", [1, (2.5,)], {"a": {True}}, frozenset({1})]
)
def test_plain_values_come_back_as_they_are(value: object) -> None:
    assert (
        workers.run(pickle.loads, pickle.dumps(value), memory_bytes=512 * MIB, seconds=20) == value
    )


def test_values_of_the_engine_come_back_as_they_are() -> None:
    request = Request(source="s", on_error=OnError.SKIP)
    code = "__import__('engine.importers').importers.Request(source='s', on_error=ENGINE('skip'))"
    code = code.replace("ENGINE", "__import__('engine.importers').importers.OnError")
    assert _run(code) == request


def test_an_error_comes_back_with_message_place_and_remedy() -> None:
    code = (
        "(_ for _ in ()).throw(__import__('engine.errors').errors.ParseError('m', "
        "place=__import__('engine.errors').errors.Place('f', 1, 2, 'x'), remedy='r'))"
    )
    with pytest.raises(ParseError) as caught:
        _run(code)
    told: AimsError = caught.value
    assert (told.message, told.place, told.remedy) == ("m", Place("f", 1, 2, "x"), "r")


def test_an_error_of_the_function_itself_comes_back_as_its_own_kind() -> None:
    with pytest.raises(NotFoundError, match="nothing here reads"):
        workers.run(choose, "x.unknown", memory_bytes=512 * MIB, seconds=20)


def test_megabytes_go_in_and_come_out() -> None:
    content = os.urandom(20 * MIB)
    assert workers.run(bytes, content, memory_bytes=512 * MIB, seconds=20) == content


# Ends


def test_a_worker_that_asks_for_too_much_memory_is_refused_and_the_limit_named() -> None:
    told = _ended("len(bytearray(1 << 40))", memory=200)
    assert "200 MiB of memory" in told.message


@pytest.mark.parametrize(
    ("code", "how"),
    [
        (f"__import__('os').kill(__import__('os').getpid(), {int(signal.SIGKILL)})", "SIGKILL"),
        ("__import__('os').abort()", "SIGABRT"),
        ("__import__('ctypes').string_at(0)", "SIGSEGV"),
        ("__import__('os')._exit(0)", "exit code 0"),
        ("__import__('sys').exit(3)", "exit code 3"),
        ("1 / 0", "exit code 1"),
        ("(lambda f: f(f))(lambda f: f(f))", "exit code 1"),
    ],
)
def test_a_worker_that_dies_is_told_with_how_it_ended(code: str, how: str) -> None:
    assert f"ended abnormally ({how})" in _ended(code).message


def test_a_worker_that_takes_too_long_is_killed_and_gone() -> None:
    started = time.monotonic()
    with pytest.raises(LimitError, match=r"took longer than 0\.5 seconds and was stopped"):
        _run("__import__('time').sleep(60)", seconds=0.5)
    assert time.monotonic() - started < 5
    children = subprocess.run(
        ["ps", "--ppid", str(os.getpid()), "-o", "args="], capture_output=True, text=True
    )
    assert "engine.workers" not in children.stdout


def test_a_runaway_ends_by_its_processor_time_when_its_caller_is_gone() -> None:
    soft = "__import__('resource').getrlimit(__import__('resource').RLIMIT_CPU)"
    assert _run(soft, seconds=20) == (25, 25)


def test_an_answer_that_was_cut_off_or_is_none_is_refused() -> None:
    for code in (
        "__import__('sys').stdout.buffer.write(b'no pickle') and None",
        "__import__('os').write(1, b'\\x80\\x05]') and __import__('os')._exit(0)",
    ):
        assert "an answer that cannot be used" in _ended(code).message


# Confinement


@pytest.mark.parametrize(
    "code",
    [
        "__import__('pathlib').Path('/tmp')",
        "__import__('subprocess').Popen",
        "__import__('functools').partial(print, 1)",
        "__import__('os').system",
        "__import__('engine.workers').workers.run",
        "__import__('engine.vault').vault.Vault(__import__('pathlib').Path('x'))",
        "__import__('datetime').datetime(2026, 1, 1)",
    ],
)
def test_an_answer_of_any_other_class_is_refused(code: str) -> None:
    assert "is no class that an answer may hold" in _ended(code).message


def test_an_answer_that_would_run_something_runs_nothing(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    code = (
        "type('X', (), {'__reduce__': lambda self: (__import__('os').mkdir, "
        f"({str(mark)!r},))}})()"
    )
    assert _ended(code)
    assert not mark.exists()


def test_a_worker_writes_no_file(tmp_path: Path) -> None:
    target = tmp_path / "written"
    assert _ended(f"open({str(target)!r}, 'wb', 0).write(b'x')")
    assert not target.exists() or target.read_bytes() == b""


def test_a_worker_leaves_no_core_and_has_no_open_file_of_its_caller(tmp_path: Path) -> None:
    core = "__import__('resource').getrlimit(__import__('resource').RLIMIT_CORE)"
    assert _run(core) == (0, 0)
    with (tmp_path / "secret").open("w"):
        opened = _run(
            "[__import__('os').path.realpath(f'/proc/self/fd/{n}') "
            "for n in __import__('os').listdir('/proc/self/fd')]"
        )
    assert isinstance(opened, list)
    assert not any("secret" in path for path in opened)


def test_a_worker_takes_no_module_from_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("resource", "pickle", "csv", "engine"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('taken over')\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [path for path in sys.path if path])
    assert _run("1 + 1") == 2


def test_many_threads_may_have_workers_at_once() -> None:
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda n: _run(f"{n} * 2"), range(8)))
    assert found == [n * 2 for n in range(8)]


def test_an_interrupted_caller_leaves_no_worker_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[subprocess.Popen[bytes]] = []

    class Interrupted(subprocess.Popen[bytes]):
        def communicate(self, *_: object, **__: object) -> tuple[bytes, bytes]:
            started.append(self)
            raise KeyboardInterrupt

    monkeypatch.setattr(subprocess, "Popen", Interrupted)
    with pytest.raises(KeyboardInterrupt):
        _run("__import__('time').sleep(60)")
    assert [child.returncode for child in started] == [-signal.SIGKILL]
