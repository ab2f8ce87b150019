"""A workspace: a folder with the ledger, the evidence vault, a store and overlays, as one object.

It composes the layers below for every face and holds no logic of its own. Reading never needs the
writer lease; the first write takes it and keeps it until ``close``.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import Self

from engine import example, gate
from engine.cascade import Cascade, cascade
from engine.commit import Committer
from engine.conformance import Assessment, Gap, SoaReport
from engine.disclosure import require_disclosed
from engine.errors import (
    IntegrityError,
    NotFoundError,
    StorageFullError,
    UnreachableError,
    WorkspaceError,
    WorkspaceLockedError,
)
from engine.evidence import EvidenceDescription, add_evidence
from engine.importers import Limits
from engine.intake import Imported, Intake
from engine.iri import DEFAULT_BASE, expand_in, graph_iri
from engine.judged import Judged
from engine.knowledge import shipped_pack
from engine.ledger.draft import DEFAULT_COMPARTMENT
from engine.ledger.entry import Entry
from engine.ledger.ledger import Assertion, Ledger
from engine.ledger.patch import Patch
from engine.ledger.problem import Problem
from engine.lookup import find_node
from engine.rdf import NamedNode, Quad, Term
from engine.shacl import Report
from engine.snapshot import MEMORY_BYTES, Reader, Snapshots
from engine.sparql.catalog import NamedQuery, bind, catalog
from engine.sparql.guard import QueryForm, inspect, reaches_named_graphs
from engine.sparql.results import QueryResult
from engine.sparql.rewrite import Rewritten, rewritten
from engine.timeline import Kept, Step, Timeline
from engine.trace import Direction, Trace, trace
from engine.vault import Vault
from engine.verify import VerifyReport, verify
from engine.view import View
from engine.views import Views
from engine.writer import Access, Place, Writer

LEDGER_FILE = "ledger.sqlite"
VAULT_FOLDER = "vault"
OVERLAY_FOLDER = "overlay"
FINDINGS_FILE = "findings.sqlite"
EVIDENCE_SOURCE = "evidence"


class Workspace:
    """An open workspace. Use as a context manager, or call ``close``."""

    def __init__(
        self,
        root: Path,
        ledger: Ledger,
        *,
        face: str,
        limits: Limits | None = None,
        access: Access | None = None,
        memory_bytes: int = MEMORY_BYTES,
    ) -> None:
        self.root = root
        self.ledger = ledger
        self.face = face
        self.limits = limits or Limits()
        self.memory_bytes = memory_bytes
        self.vault = Vault(root / VAULT_FOLDER)
        self._writer = Writer(root, ledger, face=face, access=access or Access())
        # A process that answers once would only pay for what a server keeps.
        self._views = Views(ledger, self.snapshots, warm=face == "server")
        self.timeline = Timeline(ledger, self.snapshots, Kept(root / FINDINGS_FILE))
        self._judged = Judged(self._views, self.timeline)

    @classmethod
    def create(cls, root: Path, *, agent: str, base: str = DEFAULT_BASE, face: str = "cli") -> Self:
        """Make a workspace in the empty or absent folder ``root`` with the shipped knowledge.

        Raises WorkspaceError when something is there already.
        """
        if root.exists() and (not root.is_dir() or any(root.iterdir())):
            raise WorkspaceError(
                f"{root} exists and is not an empty folder",
                remedy="Name another folder, or use the workspace that is there.",
            )
        root.mkdir(parents=True, exist_ok=True)
        ledger = Ledger.create(root / LEDGER_FILE, base=base)
        workspace = cls(root, ledger, face=face)
        workspace.adopt_knowledge(agent=agent)
        return workspace

    @classmethod
    def open(
        cls,
        root: Path,
        *,
        face: str = "cli",
        limits: Limits | None = None,
        access: Access | None = None,
        memory_bytes: int = MEMORY_BYTES,
    ) -> Self:
        """Open the workspace in ``root``; ``access``: to a store at an endpoint.

        ``memory_bytes``: a view that would take more is kept in files. Raises NotFoundError where
        there is none.
        """
        if not (root / LEDGER_FILE).is_file():
            raise NotFoundError(
                f"{root} holds no workspace (no {LEDGER_FILE})",
                remedy=f"Make one with: aims --workspace {root} init",
            )
        ledger = Ledger.open(root / LEDGER_FILE)
        return cls(root, ledger, face=face, limits=limits, access=access, memory_bytes=memory_bytes)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the store, the lease and the ledger."""
        self._writer.close()
        self.ledger.close()

    # Writing

    @property
    def committer(self) -> Committer:
        """The one door for writing; takes the lease. Raises like ``Writer.committer``."""
        return self._writer.committer()

    def adopt_knowledge(self, *, agent: str) -> Entry | None:
        """Put the shipped knowledge with this workspace's overlays in force; None if it is."""
        pack = shipped_pack(self.root / OVERLAY_FOLDER)
        return self._writer.door().adopt(pack, agent=agent, face=self.face)

    def import_file(self, intake: Intake) -> Imported:
        """Make a file all that its source asserts; see ``engine.intake`` and ``engine.gate``."""
        return gate.import_file(
            intake,
            door=self._writer.door,
            resident=self._views.lent,
            base=self.ledger.base,
            limits=self.limits,
            face=self.face,
        )

    @property
    def opened(self) -> Committer | None:
        """The committer, where this process writes already."""
        return self._writer.opened

    @property
    def storage_fault(self) -> StorageFullError | None:
        """Why the last write of this process found no space; None once one was whole again."""
        return self.opened.full if self.opened else None

    def add_evidence(
        self, content: Path, description: EvidenceDescription, *, agent: str, reason: str = ""
    ) -> NamedNode:
        """Put a file into the vault and record it; gives the record's node."""
        received = datetime.now(UTC).replace(microsecond=0)
        base = self.ledger.base
        record = add_evidence(self.vault, content, description, base=base, received_at=received)
        graph = graph_iri(base, DEFAULT_COMPARTMENT, EVIDENCE_SOURCE)
        adds = frozenset(Quad(t.subject, t.predicate, t.object, graph) for t in record.triples)
        told = reason or f"evidence {record.digest[:12]}"
        self._writer.door().commit(Patch(adds), agent=agent, reason=told, face=self.face)
        return record.node

    def record_assessment(self, assessment: Assessment, *, agent: str) -> Entry | None:
        """Append what ``assessment`` judged and the digest of its JSON to the ledger."""
        return self._writer.door().commit(
            Patch(),
            agent=agent,
            reason="assessment recorded",
            face=self.face,
            kind="assessment",
            detail=assessment.record(version("aimsgraph")),
        )

    def rebuild(self, place: Place | None = None) -> int:
        """Throw the store, indexes and kept results away and make the first two from the entries.

        Gives the sequence reached. A store that cannot be opened is removed and made anew.
        ``place``: move the store there; see ``Writer.rebuild``.
        """
        self.timeline.forget()
        self.ledger.reindex()
        return self._writer.rebuild(place)

    def load_example(self, *, agent: str) -> Iterator[tuple[str, int]]:
        """Import the made insurer, source by source; see ``engine.example``."""
        return example.load(self.committer, self.vault, agent=agent)

    def plant_faults(self, *, agent: str) -> Entry | None:
        """Plant the example's faults."""
        return example.plant_faults(self.committer, agent=agent)

    # Reading

    def snapshots(self) -> Snapshots:
        """Readers of this workspace; uses the store only where this process holds it."""
        guard, store = self.opened.lock if self.opened else None, self._writer.store
        return Snapshots(self.ledger, store, self.vault, guard, memory_bytes=self.memory_bytes)

    def reader(self, view: View) -> Reader:
        """What ``view`` sees, with derived facts. Cached per position and view."""
        return self._views.reader(view)

    def fixed(self, view: View) -> View:
        """``view`` at a definite sequence, so that equal answers are computed once."""
        return self._views.fixed(view)

    # What is judged; see ``engine.judged``

    def validate(self, view: View, rules: Collection[str] = ()) -> tuple[Reader, Report]:
        """Rule results on the full view; see ``Judged.validate``."""
        return self._judged.validate(view, rules)

    def assess(
        self,
        view: View,
        *,
        items: Collection[str] = (),
        system: str | None = None,
        facts: bool = False,
    ) -> Assessment:
        """The assessment of the full view; see ``Judged.assess``."""
        return self._judged.assess(view, items=items, system=system, facts=facts)

    def assessed(self, view: View) -> Reader:
        """The reader of ``view`` with the assessment graph filled in, where it is disclosed."""
        return self._judged.assessed(view)

    def gaps(self, view: View) -> tuple[Assessment, tuple[Gap, ...]]:
        """The assessment, and its failed and unknown obligations, most pressing first."""
        return self._judged.gaps(view)

    def soa(self, view: View) -> SoaReport:
        """The Statement of Applicability beside what is computed."""
        return self._judged.soa(view)

    def changes(self, view: View, first: int, last: int) -> tuple[Step, ...]:
        """What became of rule results from entry ``first`` to ``last``."""
        return self._judged.changes(view, first, last)

    # Chains and records

    def trace(
        self, view: View, node: str, *, to: str | None = None, direction: Direction = "down"
    ) -> tuple[Reader, Trace]:
        """See ``engine.trace``. ``node`` and the class ``to``: IRI, CURIE or identifier."""
        reader = self.reader(view)
        cls = None if to is None else find_node(reader, to)
        full = self.reader(self._views.complete(view)) if view.restricted else None
        start = find_node(reader, node)
        return reader, trace(reader, start, to=cls, direction=direction, full=full)

    def cascade(
        self,
        view: View,
        node: str,
        *,
        effect: str | None = None,
        rounds: int | None = None,
        seed: int = 0,
    ) -> tuple[Reader, Cascade]:
        """See ``engine.cascade``. ``effect``: IRI, CURIE or a plain name such as quality."""
        reader = self.reader(view)
        kind = None if effect is None else expand_in("aimsc:effect-", effect)
        full = self.reader(self._views.complete(view)) if view.restricted else None
        start = find_node(reader, node)
        return reader, cascade(reader, start, effect=kind, full=full, rounds=rounds, seed=seed)

    def show(self, view: View, node: str) -> tuple[Reader, NamedNode, tuple[Assertion, ...]]:
        """The node that ``node`` names, and who said what about it, newest first."""
        reader = self.reader(view)
        found = find_node(reader, node)
        history = self.ledger.history(found, as_of=reader.sequence, compartments=view.compartments)
        return reader, found, tuple(reversed(history))

    def find(self, view: View, node: str) -> NamedNode:
        """The node that an IRI, a CURIE or an identifier names. Raises NotFoundError."""
        return find_node(self.reader(view), node)

    def queries(self, view: View) -> Mapping[str, NamedQuery]:
        """The named queries of the pack in force."""
        return catalog(self.reader(view).pack)

    def query(
        self, view: View, name: str, given: Mapping[str, str]
    ) -> tuple[Reader, list[dict[str, Term | None]]]:
        """Run a named query with parameters as text."""
        reader = self.reader(view)
        known = catalog(reader.pack).get(name)
        if known is None:
            raise NotFoundError(
                f'there is no query named "{name[:200]}"', remedy="`aims queries` lists them."
            )
        if known.reads_assessment:
            require_disclosed(view)
            reader = self.assessed(view)
        return reader, reader.select(name, **bind(known, given))

    def sparql(self, view: View, text: str) -> QueryResult:
        """The result of a user's query; the assessment is computed where it can be reached."""
        inspect(text)
        reader = self.assessed(view) if reaches_named_graphs(text) else self.reader(view)
        return reader.query(text)

    def explain(self, text: str) -> tuple[QueryForm, Rewritten]:
        """What a user's query is and how it is run, without running it. Raises QueryError."""
        return inspect(text), rewritten(text)

    # The ledger

    def entries(self, first: int, last: int, view: View) -> list[Entry]:
        """Entries ``first`` to ``last``, oldest first, with the parts that ``view`` covers.

        Headers are for everybody, so that the chain can be verified: they tell nothing of parts.
        Raises NotFoundError where there is none of them.
        """
        found = [self.ledger.entry(first)] if first == last else self.ledger.entries(first, last)
        return [
            replace(entry, parts=tuple(p for p in entry.parts if view.covers(p.compartment)))
            for entry in found
        ]

    def difference(self, start: View, end: View) -> Patch:
        """What changed between two positions, as one patch."""
        first, last = (self.fixed(view).as_of for view in (start, end))
        assert isinstance(first, int)
        assert isinstance(last, int)
        before, after = (self.ledger.state(at, start.compartments) for at in (first, last))
        return Patch(frozenset(after - before), frozenset(before - after))

    def verify(self, *, checkpoint: str | None = None) -> VerifyReport:
        """Recompute the chain; compare ledger, vault and, where this process may, the store."""
        found: list[Problem] = []
        try:
            self.committer  # noqa: B018
        except WorkspaceLockedError:
            pass  # Another process holds the store: the ledger is verified all the same.
        except (IntegrityError, UnreachableError) as error:
            found.append(_no_store(error))
        try:
            report = verify(self.ledger, self._writer.store, self.vault, checkpoint)
        except (IntegrityError, UnreachableError) as error:
            found = [_no_store(error)]
            report = verify(self.ledger, None, self.vault, checkpoint)
        return replace(report, problems=(*report.problems, *found))

    def checkpoint(self) -> str:
        """A signed checkpoint of the ledger's head."""
        return self.ledger.checkpoint()


def _no_store(error: WorkspaceError) -> Problem:
    return Problem("store", None, "position", f"{error.message}; {error.remedy}")
