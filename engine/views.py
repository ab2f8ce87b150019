"""Views opened once: each answer about a view at a position comes from the same reader."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

from engine.cache import Cache
from engine.derive import derived
from engine.errors import AimsError
from engine.ledger.opened import OpenLedger
from engine.resident import Resident
from engine.shacl import Report, run_pack
from engine.snapshot import Reader, Snapshots
from engine.view import View
from engine.warm import Warm


class Views:
    """Readers and reports of ``ledger`` by view. Safe to share between threads.

    ``warm``: keep the head in memory and follow the ledger, which pays for a server.
    """

    def __init__(
        self, ledger: OpenLedger, snapshots: Callable[[], Snapshots], *, warm: bool
    ) -> None:
        self._ledger = ledger
        self._snapshots = snapshots
        self._warm = Warm(ledger, snapshots) if warm else None
        self._readers: Cache[View, Reader] = Cache(8)
        self._judged: Cache[View, tuple[Reader, Report]] = Cache(8)

    def fixed(self, view: View) -> View:
        """``view`` at a definite sequence, so that equal answers are computed once."""
        if view.as_of is None:
            return replace(view, as_of=self._ledger.head().sequence)
        return replace(view, as_of=self._ledger.position(view.as_of).sequence)

    def complete(self, view: View) -> View:
        """Rule results and statuses are computed once, on everything."""
        return replace(self.fixed(view), compartments=None)

    def reader(self, view: View) -> Reader:
        """What ``view`` sees, with derived facts."""
        fixed = self.fixed(view)
        if self._warm is not None and not fixed.restricted:
            # Following costs less than deriving; where rules cannot be run, reading goes on.
            with suppress(AimsError):
                return self.judged(fixed)[0]
        return self._opened(fixed)

    def _opened(self, fixed: View) -> Reader:
        return self._readers.get(fixed, lambda: derived(self._snapshots().open(fixed), alone=True))

    @contextmanager
    def lent(self, view: View) -> Iterator[Resident]:
        """A resident of the complete ``view``, to be left as it was; see ``Warm.lent``."""
        full = self.complete(view)
        if self._warm is None:
            yield Resident(self._snapshots().open(full))
            return
        with self._warm.lent(full) as resident:
            yield resident

    def judged(self, view: View) -> tuple[Reader, Report]:
        """The complete view of ``view`` with derived facts, and the runs of all rules."""
        full = self.complete(view)

        def make() -> tuple[Reader, Report]:
            known = self._warm.judged(full) if self._warm is not None else None
            if known is not None:
                return known
            reader = self._opened(full)
            return reader, run_pack(reader)

        return self._judged.get(full, make)
