"""Hostile files through the front door: the caller lives, nothing is fetched, errors have places.

These go through ``read``, that is through the process that may be killed.
"""

import http.server
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

import pytest

from engine.errors import AimsError, InputError, LimitError, ParseError
from engine.importers import Limits, Request, read, read_file
from tests.importers.reading import rdf
from tests.importers.test_guards import BOMB

MIB = 1024 * 1024


def _refused(content: bytes, name: str, *, seconds: float = 20, memory: int = 512) -> AimsError:
    limits = Limits(seconds=seconds, memory_bytes=memory * MIB)
    request = Request(source="s", file_name="input", limits=limits)
    with pytest.raises((InputError, LimitError)) as caught:
        read(content, request, name=name)
    assert caught.value.remedy
    return caught.value


# RDF/XML (F15)


def test_a_bomb_of_nested_entities_is_refused_at_once() -> None:
    assert len(BOMB) < 1_000
    started = time.monotonic()
    assert "document type" in _refused(BOMB.encode(), "rdfxml").message
    assert time.monotonic() - started < 5, "most of it starts the process"


# JSON-LD (F16, F17)


@pytest.mark.parametrize("depth", [201, 1_000, 10_000, 100_000])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"urn:a":', "1}")])
def test_deep_json_is_refused_before_it_is_parsed(opening: str, closing: str, depth: int) -> None:
    content = opening * depth + closing * depth
    with pytest.raises(LimitError, match="nested more than 200 deep"):
        rdf(content, "jsonld")


@pytest.fixture
def canary() -> Iterator[tuple[str, list[str]]]:
    """A server that notes each request; its address, and the notes."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.send_header("Content-Type", "application/ld+json")
            self.end_headers()
            self.wfile.write(b'{"@context": {"name": "urn:name"}}')

        def log_message(self, format: str, *args: object) -> None:
            """Nothing goes to the terminal."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", asked
        finally:
            server.shutdown()
            thread.join()


REMOTE: list[tuple[str, str]] = [
    ("jsonld", '{"@context": "URL/c.jsonld", "name": "x"}'),
    ("jsonld", '{"@context": ["URL/c.jsonld", {"b": "urn:b"}], "name": "x"}'),
    ("jsonld", '{"@context": {"@import": "URL/c.jsonld"}, "name": "x"}'),
    ("jsonld", '{"@context": {"a": {"@id": "urn:a", "@context": "URL/c"}}, "a": {"name": "x"}}'),
    ("turtle", "@prefix : <URL/> . <URL/a> <http://www.w3.org/2002/07/owl#imports> <URL/b> ."),
    ("rdfxml", '<!DOCTYPE r SYSTEM "URL/x.dtd"><r/>'),
    ("rdfxml", '<!DOCTYPE r [<!ENTITY x SYSTEM "URL/x">]><r>&x;</r>'),
    (
        "rdfxml",
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
        ' xmlns:xi="http://www.w3.org/2001/XInclude" xml:base="URL/">'
        '<xi:include href="URL/x.rdf"/></rdf:RDF>',
    ),
]


@pytest.mark.parametrize(("name", "text"), REMOTE)
def test_nothing_is_fetched_whatever_a_file_names(
    canary: tuple[str, list[str]], name: str, text: str
) -> None:
    address, asked = canary
    with suppress(InputError):
        read(text.replace("URL", address).encode(), Request(source="s"), name=name)
    assert asked == []


def test_reading_opens_no_socket_in_this_process_either(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> NoReturn:
        raise AssertionError("a socket was opened")

    for name in ("socket", "create_connection", "getaddrinfo"):
        monkeypatch.setattr(socket, name, refuse)
    for name, text in REMOTE:
        with suppress(InputError):
            rdf(text.replace("URL", "http://127.0.0.1:9"), name)


def test_a_remote_context_is_refused_with_what_to_do_instead() -> None:
    told = _refused(b'{"@context": "https://w3id.org/x", "a": 1}', "jsonld")
    assert told.message == "the JSON-LD names a remote context, and nothing is fetched"
    assert "Put the context itself into the file" in told.remedy


def test_real_json_ld_with_remote_contexts_is_refused_so_and_croissant_is_read(
    material: Path,
) -> None:
    read_whole = [
        rdf(path.read_bytes(), "jsonld", file_name=path.name).triples
        for path in sorted((material / "croissant").glob("*.json"))
    ]
    assert len(read_whole) == 5
    assert all(read_whole)
    spdx = (material / "spdx" / "ai-example02.spdx3.json").read_bytes()
    with pytest.raises(ParseError, match="remote context"):
        rdf(spdx, "jsonld")


# Turtle and its kin (F16)


@pytest.mark.parametrize("depth", [10_000, pytest.param(100_000, marks=pytest.mark.long)])
@pytest.mark.parametrize(("opening", "closing"), [("[ <urn:p> ", "]"), ("( ", " )")])
def test_deep_turtle_is_read_or_refused_and_the_caller_lives(
    opening: str, closing: str, depth: int
) -> None:
    content = f"<urn:a> <urn:p> {opening * depth} 1 {closing * depth} ."
    limits = Limits(seconds=60, memory_bytes=1024 * MIB)
    with suppress(InputError, LimitError):
        read(content.encode(), Request(source="s", limits=limits), name="turtle")


@pytest.mark.parametrize("depth", [1, 1_000, 100_000])
def test_nested_triple_terms_are_refused_even_where_the_parser_dies_of_them(depth: int) -> None:
    content = "<urn:a> <urn:p> " + "<<( <urn:a> <urn:p> " * depth + "1" + " )>>" * depth + " ."
    assert _refused(content.encode(), "turtle")


def test_a_line_of_many_megabytes_is_read_or_refused_within_bounded_memory() -> None:
    limits = Limits(seconds=60, memory_bytes=512 * MIB)
    content = b'<urn:a> <urn:p> "' + b"x" * 16_000_000 + b'" .\n'
    result = read(content, Request(source="s", limits=limits), name="ntriples")
    assert len(result.ntriples) > 16_000_000
    for name in ("ntriples", "turtle"):
        told = _refused(content.replace(b"xxxx", b"xxxxyyyy"), name)
        assert "is longer than 16 MiB" in told.message


# Limits


def test_a_file_that_needs_more_memory_than_allowed_is_refused_and_told_so() -> None:
    content = b"".join(b'<urn:a> <urn:p> "%d" .\n' % at for at in range(500_000))
    told = _refused(content, "ntriples", memory=150)
    assert isinstance(told, LimitError)
    assert "150 MiB" in told.message


def test_a_file_that_takes_longer_than_allowed_is_stopped() -> None:
    content = b"".join(b"<urn:%d> <urn:p> <urn:b> .\n" % at for at in range(300_000))
    started = time.monotonic()
    told = _refused(content, "ntriples", seconds=0.3)
    assert "longer than 0.3 seconds" in told.message
    assert time.monotonic() - started < 5


def test_a_gigabyte_is_refused_by_its_size_before_it_is_opened(tmp_path: Path) -> None:
    large = tmp_path / "large.csv"
    with large.open("wb") as file:
        file.truncate(1024 * MIB)
    with pytest.raises(LimitError, match=r"1,073,741,824 bytes, the limit is 134,217,728"):
        read_file(large, Request(source="s", file_name=large.name))


def test_what_is_no_ordinary_file_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.ttl"
    os.mkfifo(pipe)
    for path in (pipe, tmp_path, Path("/dev/zero"), tmp_path / "absent.ttl", Path("x\0y.ttl")):
        with pytest.raises(InputError):
            read_file(path, Request(source="s", file_name="x.ttl"))


# Files that are broken in the wild (G9)

BROKEN = {
    "turtle": ('<urn:a> <urn:b> "unclosed\n', r"line 1"),
    "trig": ("<urn:g> { <urn:a> <urn:b> <urn:c> .\n", r"line [12]"),
    "ntriples": ('<urn:a> <urn:b> "x" .\n<urn:a> <urn:b> x .\n', r"line 2"),
    "nquads": ("<urn:a> <urn:b> <urn:c> <rel> .\n", r"line 1"),
    "jsonld": ('{"urn:a": [1, 2\n', r"line [12]"),
    "rdfxml": ("<rdf:RDF>\n</rdf:RDF>", r"line 1"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_refused_with_file_line_and_remedy(name: str) -> None:
    text, where = BROKEN[name]
    with pytest.raises(ParseError, match=rf"broken\.x, {where}") as caught:
        rdf(text, name, file_name="broken.x")
    assert caught.value.remedy


def test_a_fuzzed_file_never_ends_in_anything_but_an_answer() -> None:
    """Each single byte of a small file of each format changed: read, or refused with a reason."""
    samples = Path(__file__).parent / "samples"
    for name in ("turtle", "trig", "ntriples", "nquads", "rdfxml", "jsonld"):
        (path,) = (samples / name).glob("sample.*")
        content = path.read_bytes()
        for at in range(0, len(content), 3):
            for byte in (0, 0x22, 0x3C, 0x92, 0xFF):
                changed = content[:at] + bytes([byte]) + content[at + 1 :]
                with suppress(InputError, LimitError):
                    rdf(changed, name)
