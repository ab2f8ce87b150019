"""Requests of the SPARQL 1.1 Protocol: https://www.w3.org/TR/sparql11-protocol/ section 2.

An operation comes in the query string, as the fields of a form, or as the body itself; parameters
of all three are read into one table.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs

from fastapi import Request
from starlette.exceptions import HTTPException

from api.deps import granted, to_the_minute, view_of
from engine.endpoint import Dataset
from engine.errors import InputError, LimitError
from engine.rdf import NamedNode
from engine.view import View

FORM = "application/x-www-form-urlencoded"
QUERY, UPDATE = "application/sparql-query", "application/sparql-update"
MAX_BYTES = 1 << 20
_MAX_FIELDS = 1_000


@dataclass(frozen=True, slots=True)
class Asked:
    """The fields of a request, those of its query string and of its body together."""

    fields: Mapping[str, Sequence[str]]
    compartments: frozenset[str] | None = None

    def one(self, name: str) -> str | None:
        """The only value of a field, None where it is absent. Raises InputError for several."""
        given = self.fields.get(name, ())
        if len(given) > 1:
            raise InputError(
                f"the parameter {name} is given {len(given)} times", remedy="Give it once."
            )
        return given[0] if given else None

    def required(self, name: str) -> str:
        """The only value of a field. Raises InputError where it is absent."""
        found = self.one(name)
        if found is None:
            raise InputError(f"the parameter {name} is missing", remedy=f"Send {name}=…")
        return found

    def graphs(self, name: str) -> tuple[str, ...] | None:
        """The values of a field as IRIs, None where it is absent. Raises InputError."""
        given = tuple(self.fields.get(name, ()))
        for iri in given:
            absolute_iri(iri, name)
        return given or None

    def dataset(self, prefix: str = "") -> Dataset:
        """The dataset that ``<prefix>…graph-uri`` give. Raises InputError."""
        default = "default-graph-uri" if not prefix else f"{prefix}-graph-uri"
        return Dataset(
            self.graphs(default),
            self.graphs(f"{prefix}-named-graph-uri" if prefix else "named-graph-uri"),
        )

    def view(self) -> View:
        """The view that ``as_of``, ``at`` and ``period`` describe. Raises InputError."""
        at = self.one("at")
        return to_the_minute(
            view_of(self.one("as_of"), at, self.one("period"), self.compartments), at
        )

    def flag(self, name: str) -> bool:
        """Whether a field is true; absent is false. Raises InputError for anything else."""
        given = self.one(name)
        if given not in (None, "true", "false"):
            raise InputError(f'"{given[:100]}" is no value of {name}', remedy="Give true or false.")
        return given == "true"

    @property
    def is_empty(self) -> bool:
        """Whether nothing of the protocol is in it."""
        protocol = {"query", "update", "default-graph-uri", "named-graph-uri"}
        return protocol.isdisjoint(self.fields)


def absolute_iri(text: str, name: str) -> NamedNode:
    """``text`` as a node. Raises InputError where it is no absolute IRI."""
    try:
        return NamedNode(text)
    except ValueError:
        raise InputError(
            f'"{text[:200]}" is no absolute IRI for {name}', remedy="Give the IRI of a graph."
        ) from None


def in_url(request: Request) -> Asked:
    """What the query string gives."""
    fields: dict[str, list[str]] = {}
    for name, value in request.query_params.multi_items():
        fields.setdefault(name, []).append(value)
    return Asked(fields, granted(request))


async def in_body(request: Request, name: str, direct: str) -> Asked:
    """What query string and body give; ``name``: the field of the operation itself.

    ``direct``: the media type of a body that is the operation. Raises InputError, LimitError, and
    HTTPException 415 for another type of body.
    """
    kind, parameters = content_type(request)
    if kind not in (FORM, direct):
        raise HTTPException(
            415, f"Send {name} as {direct}, or as {FORM} with a field of that name."
        )
    if parameters.get("charset", "utf-8").lower() not in ("utf-8", "utf8"):
        raise HTTPException(415, f"Send {name} in UTF-8.")
    text = _text(await body(request, MAX_BYTES), name)
    fields = {key: list(values) for key, values in in_url(request).fields.items()}
    found = {name: [text]} if kind == direct else _form(text)
    for key, values in found.items():
        fields.setdefault(key, []).extend(values)
    return Asked(fields, granted(request))


def _form(text: str) -> dict[str, list[str]]:
    try:
        return parse_qs(text, keep_blank_values=True, errors="strict", max_num_fields=_MAX_FIELDS)
    except ValueError as error:
        raise InputError(
            f"the form cannot be read: {error}", remedy="Encode its fields as UTF-8."
        ) from None


def _text(content: bytes, name: str) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise InputError(f"the {name} is not UTF-8", remedy="Encode it as UTF-8.") from error


def content_type(request: Request) -> tuple[str, dict[str, str]]:
    """Media type and parameters of the body, in lower case. Raises HTTPException 415."""
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise HTTPException(415, "Send the body as it is, without a Content-Encoding.")
    kind, *rest = request.headers.get("content-type", "").split(";")
    pairs = (part.partition("=") for part in rest)
    parameters = {name.strip().lower(): value.strip().strip('"') for name, _, value in pairs}
    return kind.strip().lower(), parameters


async def body(request: Request, limit: int) -> bytes:
    """All of the body. Raises LimitError where it is longer than ``limit`` bytes."""
    declared = request.headers.get("content-length", "")
    content = bytearray()
    if not declared.isdecimal() or int(declared[:18]) <= limit:
        async for chunk in request.stream():
            content += chunk
            if len(content) > limit:
                break
        else:
            return bytes(content)
    raise LimitError(
        f"the body is longer than {limit:,} bytes", remedy="Send less at a time, or import a file."
    )
