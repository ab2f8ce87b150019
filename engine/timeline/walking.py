"""The path from entry to entry, judged by a resident that follows the ledger and the clock."""

from collections.abc import Callable
from datetime import datetime

from engine.errors import InputError
from engine.ledger.opened import OpenLedger
from engine.ledger.patch import Patch
from engine.resident import FOLLOWED, QUADS, Resident
from engine.snapshot import Snapshots
from engine.timeline.intervals import Point, Step
from engine.timeline.kept import Kept
from engine.view import View

# So many entries are walked between two writings down.
_BATCH = 50


class Timeline:
    """The steps of ``ledger``, walked where they are not known yet. For complete views alone."""

    def __init__(self, ledger: OpenLedger, snapshots: Callable[[], Snapshots], kept: Kept) -> None:
        self._ledger = ledger
        self._snapshots = snapshots
        self._kept = kept

    def forget(self) -> None:
        """Walk everything anew from now on."""
        self._kept.forget()

    def span(self, start: int | datetime | None, end: int | datetime | None) -> tuple[int, int]:
        """The entries at two positions. Raises NotFoundError, InputError for the wrong order."""
        first, last = (self._ledger.position(each).sequence for each in (start, end))
        if last < first:
            raise InputError(f"entry {last} comes before entry {first}", remedy="Swap the two.")
        return first, last

    def between(self, first: int, last: int) -> tuple[Step, ...]:
        """The steps after entry ``first`` up to entry ``last`` that did something, in order.

        Raises NotFoundError for entries that are not there, and what opening, deriving and
        validating raise.
        """
        hashes = {n: self._ledger.position(n).hash for n in range(first + 1, last + 1)}
        known = self._kept.steps(hashes)
        resident: Resident | None = None
        walked: dict[int, tuple[Step, ...]] = {}
        for sequence in hashes:
            if sequence in known:
                resident = None
                continue
            if resident is None:
                resident = self._opened(sequence - 1)
            steps, resident = self._step(resident, sequence)
            known[sequence] = walked[sequence] = steps
            if len(walked) == _BATCH:
                self._kept.keep(hashes, walked)
                walked = {}
        self._kept.keep(hashes, walked)
        return tuple(step for n in hashes for step in known[n] if _says(step))

    def _instant(self, sequence: int) -> datetime:
        instant = self._ledger.position(sequence).instant
        assert instant is not None
        return instant

    def _opened(self, sequence: int) -> Resident:
        view = View(as_of=sequence, evaluated_at=self._instant(sequence))
        return Resident(self._snapshots().open(view))

    def _step(self, resident: Resident, sequence: int) -> tuple[tuple[Step, ...], Resident]:
        """Move to entry ``sequence`` from the one before; gives who stands there then."""
        at = self._instant(sequence)
        moved = resident.stand(View(as_of=sequence - 1, evaluated_at=at))
        time = Point(sequence, at, "time")
        steps = [Step.between(time, moved.healed, moved.added, resident.unjudged)]
        entry = Point(sequence, at, "entry")
        patch = self._followed(sequence)
        if patch is None:
            before = resident.report().findings
            resident = self._opened(sequence)
            after = resident.report().findings
            steps.append(Step.between(entry, before, after, resident.unjudged))
            return tuple(steps), resident
        view = View(as_of=sequence, evaluated_at=at)
        change = resident.advance(patch, self._snapshots().position(view))
        steps.append(Step.between(entry, change.healed, change.added, resident.unjudged))
        return tuple(steps), resident

    def _followed(self, sequence: int) -> Patch | None:
        """The patch of entry ``sequence``, None where what it does is judged anew."""
        if self._ledger.entry(sequence).header.kind not in FOLLOWED:
            return None
        patch = next((p for _, p in self._ledger.patches(sequence, sequence)), Patch())
        return patch if len(patch) <= QUADS else None


def _says(step: Step) -> bool:
    return bool(step.added or step.healed or step.unjudged)
