"""What a caller asks the ledger to record, checked before anything is locked."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Self

from engine.canonical import nquad
from engine.errors import InputError, ReservedTermError
from engine.iri import checked_name, split_graph_iri
from engine.ledger.entry import MAX_REASON, Json, Kind
from engine.ledger.patch import Patch
from engine.vocab import SYSTEM_GRAPH

MAX_TEXT = 500
DEFAULT_COMPARTMENT = "general"
# Facts of these are computed for a view and never recorded.
RESERVED_COMPARTMENTS = frozenset({"assessment", "derived"})
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An entry before it has a place.

    ``knowledge``: digest of the pack that it puts in force, None to leave it. Raises InputError
    for texts that are too long or hold control characters.
    """

    agent: str
    patch: Patch = field(default_factory=Patch)
    reason: str = ""
    face: str = "cli"
    kind: Kind = "change"
    on_behalf_of: str | None = None
    authentication: str | None = None
    idempotency_key: str | None = None
    knowledge: str | None = None
    detail: Json = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("agent", "face", "on_behalf_of", "authentication", "idempotency_key"):
            text = getattr(self, name)
            if text is not None:
                _checked(name.replace("_", " "), text)
        if len(self.reason) > MAX_REASON or not _encodable(self.reason):
            raise InputError(
                f"the reason has {len(self.reason)} characters or is no text",
                remedy=f"Keep it under {MAX_REASON} characters.",
            )
        if not _plain(self.detail):
            raise InputError(
                "the detail of an entry cannot be recorded",
                remedy="Use texts, whole numbers, truth values, lists and objects with ASCII keys.",
            )

    def with_patch(self, patch: Patch) -> Self:
        """This draft with another patch."""
        return replace(self, patch=patch)

    def by_compartment(self, base: str) -> Mapping[str, Patch]:
        """The patch of each compartment; the default one where there is only a reason.

        Raises InputError for a graph that is not of this workspace, ReservedTermError for one
        that is never recorded.
        """
        found: dict[str, Patch] = {}
        for graph, patch in self.patch.by_graph().items():
            if graph in SYSTEM_GRAPH:
                quad = next(iter(patch.adds | patch.removes))
                raise ReservedTermError(
                    f"the graph <{graph.value}> is computed and never recorded: {nquad(quad)}",
                    remedy=f"Use a graph {base}graph/<compartment>/<source>.",
                )
            compartment, source = split_graph_iri(base, graph)
            checked_name(source, "source")
            if checked_name(compartment, "compartment") in RESERVED_COMPARTMENTS:
                raise ReservedTermError(
                    f'the compartment "{compartment}" holds computed facts and is never recorded',
                    remedy="Use a compartment of another name.",
                )
            before = found.get(compartment)
            found[compartment] = patch if before is None else _union(before, patch)
        if not found and self.reason:
            found[DEFAULT_COMPARTMENT] = Patch()
        return found


def _union(one: Patch, other: Patch) -> Patch:
    return Patch(one.adds | other.adds, one.removes | other.removes)


def _checked(what: str, text: str) -> None:
    if not text.strip() or len(text) > MAX_TEXT or _CONTROL.search(text) or not _encodable(text):
        raise InputError(
            f"the {what} {text[:80]!r} cannot be recorded",
            remedy=f"Use 1 to {MAX_TEXT} characters without control characters.",
        )


def _plain(value: object) -> bool:
    """Whether ``value`` has one canonical JSON form in every language."""
    if isinstance(value, Mapping):
        return all(isinstance(k, str) and k.isascii() and _plain(v) for k, v in value.items())
    if isinstance(value, list | tuple):
        return all(map(_plain, value))
    if isinstance(value, str):
        return _encodable(value)
    return value is None or (isinstance(value, int) and abs(value) < 2**53)


def _encodable(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)
