"""A server's answer at the head of the ledger: kept in memory, moved on, copied for readers.

One resident follows the ledger and the clock; whoever asks for the complete view at the head gets
a private copy of its graph and its report. What it cannot follow (an older position, other
knowledge, an erasure, a great change) is opened anew or left to whoever asks.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock

from engine.ledger.opened import OpenLedger
from engine.ledger.patch import Patch
from engine.resident import FOLLOWED, QUADS, Resident
from engine.shacl import Report
from engine.snapshot import Reader, Snapshots
from engine.view import View


class Warm:
    """The complete view of ``ledger`` at its head, validated. Safe to share between threads."""

    def __init__(self, ledger: OpenLedger, snapshots: Callable[[], Snapshots]) -> None:
        self._ledger = ledger
        self._snapshots = snapshots
        self._lock = Lock()
        self._resident: Resident | None = None

    def judged(self, view: View) -> tuple[Reader, Report] | None:
        """What the complete ``view`` sees, derived facts too, and the runs of all rules.

        ``view.as_of``: a sequence. None where that is not the head. Raises what opening,
        deriving and validating raise.
        """
        with self._lock:
            if not self._follows(view):
                return None
            resident = self._standing(view)
            self._resident = resident
            return resident.copy(), resident.report()

    @contextmanager
    def lent(self, view: View) -> Iterator[Resident]:
        """One that stands at the complete ``view``, for whoever leaves it as it was.

        Others wait. Raises what opening, deriving and validating raise.
        """
        with self._lock:
            if not self._follows(view):
                yield Resident(self._snapshots().open(view))
                return
            resident = self._standing(view)
            yield resident
            # Whatever goes wrong before this line leaves nothing half moved behind.
            self._resident = resident

    def _follows(self, view: View) -> bool:
        return view.as_of == self._ledger.head().sequence and view.knowledge is None

    def _standing(self, view: View) -> Resident:
        """A resident at ``view``, taken out until it is put back."""
        resident, self._resident = self._resident, None
        if resident is None or not self._follow(resident, view):
            resident = Resident(self._snapshots().open(view))
        return resident

    def _follow(self, resident: Resident, view: View) -> bool:
        """Move ``resident`` on to ``view``; False where it has to be opened anew."""
        here, head = resident.reader.sequence, view.as_of
        if not isinstance(head, int) or here > head:
            return False
        kinds = {self._ledger.entry(at).header.kind for at in range(here + 1, head + 1)}
        if not kinds <= FOLLOWED:
            return False
        changes = self._ledger.patches(here + 1, head) if here < head else ()
        patches = [patch for _, patch in changes]
        if sum(map(len, patches)) > QUADS:
            return False
        position = self._snapshots().position(view)
        # An entry without quads moves the position alone.
        for patch in patches or ([Patch()] if here < head else []):
            resident.advance(patch, position)
        resident.stand(view)
        return True
