"""Rows of tables of requirements: a request, what must come back, and where that is written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from httpx2 import Response
from starlette.testclient import TestClient

BASE = "https://aims.example/"


def graph(source: str, compartment: str = "general") -> str:
    """The IRI of the graph of a source."""
    return f"{BASE}graph/{compartment}/{source}"


@dataclass(frozen=True)
class Sent:
    """One request; ``params`` may hold lists, for parameters that are repeated."""

    method: str
    path: str
    params: Mapping[str, object] = field(default_factory=dict)
    form: Mapping[str, object] | None = None
    body: str | bytes | None = None
    kind: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    def to(self, client: TestClient) -> Response:
        headers = dict(self.headers) | ({"content-type": self.kind} if self.kind else {})
        given: dict[str, Any] = {"params": self.params, "headers": headers}
        if self.form is not None:
            given["data"] = self.form
        if self.body is not None:
            given["content"] = self.body
        answer: Response = client.request(self.method, self.path, **given)
        return answer


@dataclass(frozen=True)
class Row:
    """A requirement: ``section`` where it is written, ``what`` it says.

    ``before``: requests that must succeed first; ``after``: one whose text must hold ``then``.
    ``holds``: what the answer's text must hold, ``headers``: what its headers must.
    """

    section: str
    what: str
    sent: Sent
    status: int
    holds: Sequence[str] = ()
    lacks: Sequence[str] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    before: Sequence[Sent] = ()
    after: Sent | None = None
    then: Sequence[str] = ()
    never: Sequence[str] = ()

    def __str__(self) -> str:
        return f"{self.section}: {self.what}"

    def check(self, client: TestClient) -> None:
        """Send everything, and compare."""
        for one in self.before:
            answer = one.to(client)
            assert answer.status_code < 300, answer.text
        answer = self.sent.to(client)
        assert answer.status_code == self.status, answer.text
        for part in self.holds:
            assert part in answer.text
        for part in self.lacks:
            assert part not in answer.text
        for name, value in self.headers.items():
            assert value in answer.headers.get(name, ""), name
        if answer.status_code >= 400 and self.sent.method != "HEAD":
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["status"] == self.status
        if self.after is not None:
            found = self.after.to(client)
            assert found.status_code in (200, 404), found.text
            for part in self.then:
                assert part in found.text
            for part in self.never:
                assert part not in found.text
