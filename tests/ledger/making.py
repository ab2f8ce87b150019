"""Small ledgers for tests, and the changes in them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from engine.commit import Committer
from engine.errors import AimsError
from engine.iri import DEFAULT_BASE, graph_iri
from engine.ledger.check import check
from engine.ledger.clock import Clock
from engine.ledger.draft import DEFAULT_COMPARTMENT
from engine.ledger.entry import Entry
from engine.ledger.lease import WriterLease
from engine.ledger.ledger import Ledger
from engine.ledger.patch import Patch
from engine.ledger.writing import Hook, no_hook
from engine.rdf import Literal, NamedNode, Quad
from engine.store.oxigraph import OxigraphStore
from engine.store.port import Store

AGENT = "urn:test:agent"
START = datetime(2026, 7, 1, 12, tzinfo=UTC)
FILE = "ledger.sqlite"


def graph(source: str = "test", compartment: str = DEFAULT_COMPARTMENT) -> NamedNode:
    return graph_iri(DEFAULT_BASE, compartment, source)


def node(name: object) -> NamedNode:
    return NamedNode(f"https://example.org/{name}")


def quad(
    subject: object,
    value: object = 0,
    *,
    predicate: object = "p",
    source: str = "test",
    compartment: str = DEFAULT_COMPARTMENT,
) -> Quad:
    """A quad about ``subject``; equal arguments give equal quads."""
    return Quad(node(subject), node(predicate), Literal(str(value)), graph(source, compartment))


def adding(*quads: Quad) -> Patch:
    return Patch(frozenset(quads))


def removing(*quads: Quad) -> Patch:
    return Patch(removes=frozenset(quads))


@dataclass
class Ticking:
    """A clock of two hands: the time of day, and the seconds since the start of the computer."""

    now: datetime = START
    up: float = 1_000.0

    def pass_time(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        self.up += seconds

    def clock(self) -> Clock:
        return Clock(now=lambda: self.now, elapsed=lambda: self.up)


@dataclass
class Held:
    """A ledger, a store over it, and the door to both."""

    root: Path
    ledger: Ledger
    store: Store
    lease: WriterLease
    committer: Committer
    clock: Ticking = field(default_factory=Ticking)

    def commit(self, patch: Patch, reason: str = "because", **given: str) -> Entry:
        """Commit ``patch``, which must change something."""
        entry = self.committer.commit(patch, agent=AGENT, reason=reason, **given)  # type: ignore[arg-type]
        assert entry is not None
        return entry

    def problems(self) -> list[str]:
        """What the check of the ledger finds, as text."""
        return [
            f"{p.kind} {p.sequence} {p.where}: {p.message}" for p in check(self.ledger).problems
        ]

    def close(self) -> None:
        self.store.close()
        self.lease.release()
        self.ledger.close()


def hold(
    root: Path,
    *,
    store: Callable[[Path], Store] | None = None,
    hook: Hook = no_hook,
    ticking: Ticking | None = None,
    wait: float = 1.0,
) -> Held:
    """Open the small workspace in ``root``, or make it; heals the store."""
    ticks = ticking or Ticking()
    clock = None if ticking is None else ticks.clock()
    root.mkdir(parents=True, exist_ok=True)
    lease = WriterLease(root, face="test")
    lease.acquire(wait=wait)
    try:
        path = root / FILE
        ledger = (
            Ledger.open(path, clock=clock) if path.exists() else Ledger.create(path, clock=clock)
        )
        held = OxigraphStore.in_memory() if store is None else store(root / "store")
        committer = Committer(ledger, held, lease, hook=hook)
        committer.heal()
    except AimsError:
        lease.release()
        raise
    return Held(root, ledger, held, lease, committer, ticks)


@contextmanager
def holding(
    root: Path, *, store: Callable[[Path], Store] | None = None, hook: Hook = no_hook
) -> Iterator[Held]:
    """``hold``, closed in the end."""
    held = hold(root, store=store, hook=hook)
    try:
        yield held
    finally:
        held.close()
