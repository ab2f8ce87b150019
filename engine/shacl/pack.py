"""Runs all rules of a reader's knowledge pack, and proves by the canary that they really ran."""

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from engine.errors import NotValidatedError
from engine.knowledge import KnowledgePack
from engine.shacl.affected import Reach
from engine.shacl.results import Report
from engine.shacl.shapes import Shapes, parse_shapes
from engine.shacl.validation import validate
from engine.vocab import SHAPES, shorten

if TYPE_CHECKING:
    from engine.snapshot import Reader

CANARY = SHAPES.CanaryAlwaysFires
_REMEDY = "Restore shapes/canary.ttl from the product, and validate again."


class _Keyed:
    """A pack as a cache key: two packs of one digest hold the same shapes."""

    def __init__(self, pack: KnowledgePack) -> None:
        self.pack = pack

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Keyed) and self.pack.digest == other.pack.digest

    def __hash__(self) -> int:
        return hash(self.pack.digest)


@lru_cache(maxsize=4)
def _parsed(key: _Keyed) -> Shapes:
    return parse_shapes(key.pack.shapes_triples)


def pack_shapes(pack: KnowledgePack) -> Shapes:
    """The shapes of ``pack``, parsed once a process. Raises ShapeError for a malformed one."""
    return _parsed(_Keyed(pack))


@lru_cache(maxsize=4)
def _reach(key: _Keyed) -> Reach:
    return Reach(_parsed(key))


def pack_reach(pack: KnowledgePack) -> Reach:
    """How far changes reach in the rules of ``pack``, told once a process."""
    return _reach(_Keyed(pack))


def run_pack(reader: "Reader") -> Report:
    """Validate ``reader`` against every rule of its pack; the canary's own run is taken out.

    Raises NotValidatedError where the canary did not fire as it must (see ``trusted``), ShapeError
    for a malformed shape.
    """
    return trusted(validate(reader, pack_shapes(reader.pack)))


def trusted(report: Report) -> Report:
    """``report`` without the canary's own run, which must be there and have fired once.

    Raises NotValidatedError where it did not: then no answer of this run can be trusted.
    """
    canary = report.run(CANARY)
    name = shorten(CANARY)
    if canary is None:
        raise NotValidatedError(f"the rule pack has no {name}", remedy=_REMEDY)
    if canary.state != "validated":
        raise NotValidatedError(f"{name} was not validated: {canary.reason}", remedy=_REMEDY)
    if len(canary.findings) != 1:
        raise NotValidatedError(
            f"{name} fired {len(canary.findings)} times, not once, on "
            f"{len(canary.population)} evaluation contexts",
            remedy="A view has exactly one evaluation context; see that no import adds another.",
        )
    return replace(report, runs=tuple(run for run in report.runs if run.rule != CANARY))
