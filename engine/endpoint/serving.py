"""``Endpoint``: what a face asks for, answered by processes; updates through the one door."""

import hmac
import os
import sys
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from threading import Lock

from engine.disclosure import require_covered
from engine.endpoint.aside import Aside
from engine.endpoint.jobs import Bounds, GraphJob, HostStart, Job, NamesJob, QueryJob, UpdateJob
from engine.endpoint.running import Abandoned, Gone, Processes, Result, SetAside
from engine.endpoint.turns import Share, Turns
from engine.errors import AimsError, ConflictError, InputError, LimitError, TimeLimitError
from engine.iri import split_graph_iri
from engine.ledger.entry import Entry
from engine.ledger.patch import Patch
from engine.rdf import NamedNode, Quad, RdfFormat, parse
from engine.sparql.guard import inspect, reaches_named_graphs
from engine.sparql.update import operations
from engine.view import View, format_instant
from engine.vocab import ASSESSMENT_GRAPH
from engine.workspace import Workspace

_RETRIES = 10
_TAGS = 1024
_QUEUE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Dataset:
    """IRIs of a dataset that a request gives beside its text, None for each that it does not."""

    default: tuple[str, ...] | None = None
    named: tuple[str, ...] | None = None

    @property
    def given(self) -> bool:
        """Whether there is one."""
        return self.default is not None or self.named is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """Who changes something and why; ``heads`` and ``idempotency_key`` as for the committer.

    ``exists``: whether a graph that is written must be there before, or must not; None for either.
    """

    agent: str
    reason: str = ""
    idempotency_key: str | None = None
    heads: frozenset[str] | None = None
    exists: bool | None = None


class Endpoint:
    """The SPARQL service over one workspace; may be shared by threads. Close it."""

    def __init__(
        self,
        workspace: Workspace,
        bounds: Bounds,
        *,
        share: Share | None = None,
        opening_seconds: float = 120.0,
        graph_bytes: int = 512 * 1024 * 1024,
    ) -> None:
        self.workspace = workspace
        self.bounds = bounds
        self._opening_seconds = opening_seconds
        # Who waits to update waits for those before, each of which may take its time.
        self._updating_seconds = max(_QUEUE_SECONDS, 3 * bounds.seconds)
        self._graph_bytes = graph_bytes
        self._aside = Aside(workspace)
        start = HostStart(workspace.root, workspace.memory_bytes)
        self._processes = Processes(start, self._aside.checkpoint)
        self._key = os.urandom(32)
        self._turns = Turns(share or Share())
        # One at a time: what each update computes, it computes from what the one before wrote.
        self._updates = Turns((share or Share()).for_updates())
        self._endless: OrderedDict[str, None] = OrderedDict()
        self._remembering = Lock()
        self._tags: OrderedDict[str, str] = OrderedDict()

    def close(self) -> None:
        """End the processes."""
        self._processes.close()
        self._aside.close()

    def warm(self, view: View) -> None:
        """Have the processes read what is recorded, so that the first query need not wait for it.

        What is wrong with that is told to whoever asks first.
        """
        with suppress(AimsError, Abandoned, OSError):
            self.graph_names(self.fixed(view), lambda: False)

    # Reading

    def fixed(self, view: View) -> View:
        """``view`` at a definite sequence. Raises NotFoundError for none."""
        return self.workspace.fixed(view)

    def tag(self, result: Result, key: str) -> str:
        """A strong and opaque tag of an answer: a keyed hash of its bytes.

        It is remembered for ``key``, so that what is asked again need not be answered again; an
        empty key is not remembered.
        """
        found = result.digest(self._key)
        if key:
            with self._remembering:
                self._tags[key] = found
                while len(self._tags) > _TAGS:
                    self._tags.popitem(last=False)
        return found

    def remembered(self, key: str) -> str | None:
        """The tag of the last answer to what ``key`` stands for."""
        with self._remembering:
            return self._tags.get(key)

    def key(self, view: View, *parts: str) -> str:
        """What ``parts`` (text, dataset, media type …) over a fixed view are remembered by."""
        head = self.workspace.ledger.position(view.as_of)
        when = format_instant(view.evaluated_at) + str(view.judged_period)
        return self._hashed(head.hash, _grants(view), when, view.knowledge or "", *parts)

    def graph_tag(self, view: View, graph: str | None, media_type: str) -> str:
        """A strong and opaque tag of the state of a graph of a fixed view.

        A graph of a source changes with its compartment only, a computed one with the head of the
        ledger and the instant, too.
        """
        assert isinstance(view.as_of, int)
        ledger = self.workspace.ledger
        compartment = None if graph is None else _compartment(ledger.base, graph)
        stands = self.key(view)
        if compartment is not None:
            stands = str(ledger.state_of(compartment, view.as_of))
        return self._hashed(stands, graph or "", media_type)

    def _hashed(self, *parts: str) -> str:
        said = "".join(f"{len(part)}:{part}" for part in parts)
        return hmac.digest(self._key, said.encode(errors="surrogatepass"), "sha256").hex()[:40]

    def query(
        self,
        view: View,
        text: str,
        media_type: str,
        dataset: Dataset,
        gone: Gone,
        *,
        caller: str = "",
    ) -> Result:
        """The answer to a query over a fixed view. Raises QueryError, LimitError, BusyError.

        ``caller``: whose query it is; each has a share of what may run.
        """
        inspect(text)
        assessed = dataset.given or reaches_named_graphs(text)
        job = QueryJob(text, media_type, self.bounds, dataset.default, dataset.named, assessed)
        return self._run(job, view, gone, caller)

    def graph(
        self, view: View, graph: str | None, media_type: str, gone: Gone, *, caller: str = ""
    ) -> Result:
        """A graph of a fixed view as a document, never a part of it; the default graph for None.

        Raises NotFoundError, LimitError for one that is too large, BusyError.
        """
        assessed = graph is not None and graph == ASSESSMENT_GRAPH.value
        bounds = replace(self.bounds, rows=sys.maxsize, bytes=self._graph_bytes)
        result = self._run(GraphJob(graph, media_type, bounds, assessed), view, gone, caller)
        if result.outcome.cut:
            result.close()
            raise LimitError(
                f"the graph takes more than {self._graph_bytes:,} bytes",
                remedy="Ask for parts of it with CONSTRUCT.",
            )
        return result

    def graph_names(self, view: View, gone: Gone, *, caller: str = "") -> tuple[str, ...]:
        """The names of the graphs of a fixed view. Raises LimitError, BusyError."""
        told = self._run(NamesJob(self.bounds), view, gone, caller).read()
        return tuple(told.decode().splitlines())

    def _run(self, job: Job, view: View, gone: Gone, caller: str) -> Result:
        text = job.text if isinstance(job, QueryJob | UpdateJob) else ""
        name = self._hashed(text)
        with self._remembering:
            # What ran until its time was over takes nobody's place a second time.
            keeps = name in self._endless
        while True:
            try:
                with self._turns.turn(caller, gone, _QUEUE_SECONDS, long=keeps) as turn:
                    running = self._processes.start(job, view)
                    yields = partial(self._turns.must_yield, turn)
                    result = running.wait(job.bounds, self._opening_seconds, gone, yields)
            except SetAside:
                keeps = True
            except TimeLimitError:
                self._note_endless(name, True)
                raise
            else:
                self._note_endless(name, False)
                return result

    def _note_endless(self, name: str, endless: bool) -> None:
        with self._remembering:
            self._endless.pop(name, None)
            if endless:
                self._endless[name] = None
            while len(self._endless) > _TAGS:
                self._endless.popitem(last=False)

    # Writing

    def update(
        self,
        view: View,
        text: str,
        dataset: Dataset,
        graph: NamedNode | None,
        written: Written,
        gone: Gone,
        *,
        only: bool = False,
        caller: str = "",
    ) -> Entry | None:
        """Carry out an update as one entry; None where it changes nothing.

        ``graph``: takes the place of the default graph; ``only``: nothing else may be changed.
        Raises QueryError, LimitError, BusyError, InputError for what must not be written, and what
        the committer raises.
        """
        operations(text)
        own = None if graph is None else graph.value
        job = UpdateJob(text, self.bounds, dataset.default, dataset.named, own, view.compartments)
        earlier = self._earlier(written)
        if earlier is not None:
            return earlier
        committer = self.workspace.committer
        with self._updates.turn(caller, gone, self._updating_seconds, long=True):
            for _ in range(_RETRIES):
                patch, head = self._effect(job, gone, caller)
                if only:
                    _require_only(patch, graph)
                self._require_covered(view, patch)
                with committer.lock:
                    committer.require_head(written.heads)
                    if not head or head == committer.ledger.head().hash:
                        return self._commit(patch, written)
        raise ConflictError(
            "others changed the graph again and again while the update was computed",
            remedy="Try again.",
        )

    def _require_covered(self, view: View, patch: Patch) -> None:
        """Raise NotDisclosedError where ``patch`` changes what ``view`` does not cover."""
        for name in {quad.graph_name for quad in patch.adds | patch.removes}:
            if isinstance(name, NamedNode):
                require_covered(view, self.workspace.ledger.base, name)

    def _earlier(self, written: Written) -> Entry | None:
        key = written.idempotency_key
        found = None if key is None else self.workspace.ledger.by_key(key)
        if found is not None and found.header.detail.get("operation") != "update":
            raise ConflictError(
                f'the idempotency key "{key}" was used for another change, entry {found.sequence}',
                remedy="Use a new key for a new change.",
            )
        return found

    def _effect(self, job: UpdateJob, gone: Gone, caller: str) -> tuple[Patch, str]:
        with self._aside.lent() as made:
            result = self._run(replace(job, aside=made), View(), gone, caller)
        told, split = result.read(), result.outcome.removed
        patch = Patch(_quads(told[split:]), _quads(told[:split]))
        return patch, result.outcome.head

    def _commit(self, patch: Patch, written: Written) -> Entry | None:
        return self.workspace.committer.commit(
            patch,
            agent=written.agent,
            reason=written.reason or "SPARQL update",
            face=self.workspace.face,
            detail={"operation": "update"},
            idempotency_key=written.idempotency_key,
        )


def _compartment(base: str, graph: str) -> str | None:
    try:
        return split_graph_iri(base, NamedNode(graph))[0]
    except InputError:
        return None


def _grants(view: View) -> str:
    return "*" if view.compartments is None else " ".join(sorted(view.compartments))


def _quads(text: bytes) -> frozenset[Quad]:
    return frozenset(parse(text, format=RdfFormat.N_QUADS))


def _require_only(patch: Patch, graph: NamedNode | None) -> None:
    others = {quad.graph_name for quad in patch.adds | patch.removes} - {graph}
    if others:
        raise InputError(
            f"it changes {min(map(str, others))}, too, and only one graph may be changed here",
            remedy="Send it to /update.",
        )
