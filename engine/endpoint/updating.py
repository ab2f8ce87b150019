"""What an update would change, found out on a private copy.

The operations run one after the other on a forked copy of the graph, which is then compared with
what it was in the graphs that they may change. The copy holds what is recorded and the knowledge
pack, and nothing that is computed: an update never turns a derived fact into a recorded one.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import BinaryIO

from engine.endpoint.confined import size_of
from engine.endpoint.jobs import Bounds, Outcome, UpdateJob, nodes
from engine.errors import InputError, LimitError, ReservedTermError
from engine.importers.skolem import skolem_names
from engine.ledger.patch import Patch
from engine.rdf import BlankNode, NamedNode, Quad, RdfFormat, Triple, serialize
from engine.sparql.update import Operation
from engine.store.private import PrivateStore
from engine.vocab import SYSTEM_GRAPH

# A dataset of several graphs is merged into one of this name, so that each triple counts once.
_GATHERED = SYSTEM_GRAPH["using"]
_AS_SOURCE = (
    "Name the graph with GRAPH or WITH, or say with the parameters `source` and `into` whose "
    "statements these are."
)


def data_only(found: Sequence[Operation], job: UpdateJob, base: str, out: BinaryIO) -> Outcome:
    """The change that INSERT DATA and DELETE DATA ask for, whatever is there."""
    PrivateStore.in_memory().parses(job.text)
    adds: dict[Quad, bool] = {}
    for operation in found:
        _require_place(operation, job)
        store = PrivateStore.in_memory()
        adding = operation.kind == "INSERT DATA"
        store.update(operation.text if adding else operation.inserting())
        given = {*store.quads(), *store.held_in(None)}
        placed = _placed(given, job.graph)
        for quad in map(_renamer(placed, base), placed):
            adds[quad] = adding
    return _written(
        (quad for quad, added in adds.items() if not added),
        (quad for quad, added in adds.items() if added),
        job.bounds,
        out,
    )


def _require_place(operation: Operation, job: UpdateJob) -> None:
    """Raises InputError where it is open which graph the operation changes."""
    own = job.graph
    if own is None and operation.default and not operation.everything:
        raise InputError(
            "the update changes the default graph, which is the merge of what all sources assert",
            remedy=_AS_SOURCE,
        )
    if own is not None and NamedNode(own) in operation.names:
        raise InputError(
            f"the update names <{own}>, which takes the place of the default graph in it",
            remedy="Leave out GRAPH and WITH for that graph, or the parameters `source` and `into`",
        )
    for graph in operation.targets or ():
        if graph in SYSTEM_GRAPH:
            raise _computed(graph)


def _computed(graph: object) -> ReservedTermError:
    return ReservedTermError(
        f"the update would change {graph}, which is computed and never recorded",
        remedy="Name graphs of sources; GET /sparql without a query lists the graphs.",
    )


def _placed(quads: Iterable[Quad], graph: str | None) -> frozenset[Quad]:
    """``quads`` with those of the default graph in ``graph``."""
    if graph is None:
        return frozenset(quads)
    own = NamedNode(graph)
    return frozenset(
        quad
        if isinstance(quad.graph_name, NamedNode)
        else Quad(quad.subject, quad.predicate, quad.object, own)
        for quad in quads
    )


def _renamer(quads: Iterable[Quad], base: str) -> Callable[[Quad], Quad]:
    """Gives ``quads`` IRIs for blank nodes, as importers make them for the same source."""
    blank = [quad for quad in quads if _is_blank(quad)]
    sources = {str(quad.graph_name).strip("<>").rpartition("/")[2] for quad in blank}
    triples = [Triple(quad.subject, quad.predicate, quad.object) for quad in blank]
    names = skolem_names(triples, base=base, source=",".join(sorted(sources)))

    def renamed(quad: Quad) -> Quad:
        if not _is_blank(quad):
            return quad
        subject, value = quad.subject, quad.object
        return Quad(
            names[subject] if isinstance(subject, BlankNode) else subject,
            quad.predicate,
            names[value] if isinstance(value, BlankNode) else value,
            quad.graph_name,
        )

    return renamed


def _is_blank(quad: Quad) -> bool:
    return isinstance(quad.subject, BlankNode) or isinstance(quad.object, BlankNode)


Place = NamedNode | None
Held = Mapping[Place, frozenset[Quad]]


class _Working:
    """A private store that operations change, and what they changed so far.

    A *place* is a named graph, or None for the default graph where it stands for a source's.
    """

    def __init__(self, store: PrivateStore, job: UpdateJob, base: str) -> None:
        self.store, self.job, self.base = store, job, base
        self.own = NamedNode(job.graph) if job.graph is not None else None
        self.adds: set[Quad] = set()
        self.removes: set[Quad] = set()
        self._known: dict[Place, frozenset[Quad]] = {}
        if self.own is not None:
            store.become_default(self.own)

    def carry_out(self, operation: Operation) -> None:
        """Run one operation and note what it changed."""
        _require_place(operation, self.job)
        before = {place: self._held(place) for place in self._places(operation)}
        if operation.everything:
            self._clear(operation, before)
        else:
            self.store.update(self._over_dataset(operation).text)
        now = {p: self.store.held_in(p) for p in before.keys() | self._places(operation)}
        self._name_blank_nodes(before, now)
        for place, held in now.items():
            self._note(before.get(place, frozenset()), held)
        self._known |= now
        self._require_size()

    def _places(self, operation: Operation) -> set[Place]:
        """The graphs that it may change."""
        found: set[Place] = set(
            self.store.names() if operation.targets is None else operation.targets
        )
        return (found | {None} if self.own is not None else found) - {_GATHERED}

    def _held(self, place: Place) -> frozenset[Quad]:
        if place not in self._known:
            self._known[place] = self.store.held_in(place)
        return self._known[place]

    def _clear(self, operation: Operation, held: Held) -> None:
        """CLEAR and DROP of ALL and NAMED: what is recorded, and no more."""
        for place, quads in held.items():
            spared = place in SYSTEM_GRAPH or (place is None and operation.everything == "NAMED")
            self.store.exchange(() if spared else quads, ())

    def _name_blank_nodes(self, before: Held, now: dict[Place, frozenset[Quad]]) -> None:
        own = self.job.graph
        added = {place: held - before.get(place, frozenset()) for place, held in now.items()}
        blank = {p: frozenset(filter(_is_blank, quads)) for p, quads in added.items()}
        every = frozenset[Quad]().union(*(_placed(quads, own) for quads in blank.values()))
        if not every:
            return
        renamed = _renamer(every, self.base)
        for place, quads in blank.items():
            # A quad of the default graph is renamed as one of the source's.
            named = frozenset(_moved(renamed(q), place) for q in _placed(quads, own))
            self.store.exchange(quads, named)
            now[place] = (now[place] - quads) | named

    def _note(self, before: frozenset[Quad], now: frozenset[Quad]) -> None:
        removed, added = before - now, now - before
        if self.own is None and (removed or added):
            self.store.apply(Patch(added, removed), 0)
        for quad in _placed(removed, self.job.graph):
            (self.adds.discard if quad in self.adds else self.removes.add)(quad)
        for quad in _placed(added, self.job.graph):
            (self.removes.discard if quad in self.removes else self.adds.add)(quad)

    def _over_dataset(self, operation: Operation) -> Operation:
        job = self.job
        given = job.default is not None or job.named is not None
        default, named = operation.using, operation.using_named
        if given:
            if operation.scoped:
                raise InputError(
                    "the dataset is given twice: in the update by WITH or USING, and by "
                    "using-graph-uri or using-named-graph-uri",
                    remedy="Leave one of the two out.",
                )
            default, named = nodes(job.default), nodes(job.named)
        if len(default) > 1:
            self.store.gather(_GATHERED, default)
            default = (_GATHERED,)
        elif not given:
            return operation
        return operation.over(default, named)

    def _require_size(self) -> None:
        _require(len(self.adds) + len(self.removes), self.job.bounds)


def _moved(quad: Quad, place: Place) -> Quad:
    if place is not None:
        return quad
    return Quad(quad.subject, quad.predicate, quad.object)


def _require(changed: int, bounds: Bounds) -> None:
    if changed > bounds.quads:
        raise LimitError(
            f"the update changes more than {bounds.quads:,} statements; nothing was written",
            remedy="Change less at a time, or import a file.",
        )


def effect(
    store: PrivateStore,
    found: Sequence[Operation],
    job: UpdateJob,
    base: str,
    head: str,
    out: BinaryIO,
) -> Outcome:
    """What the operations ``found`` of ``job`` change in ``store``, which is changed by that.

    ``head``: hash of the entry up to which ``store`` holds what is recorded. Raises QueryError,
    InputError, ReservedTermError, LimitError.
    """
    PrivateStore.in_memory().parses(job.text)
    working = _Working(store, job, base)
    for operation in found:
        working.carry_out(operation)
    return _written(working.removes, working.adds, job.bounds, out, head)


def _written(
    removes: Iterable[Quad], adds: Iterable[Quad], bounds: Bounds, out: BinaryIO, head: str = ""
) -> Outcome:
    removed, added = list(removes), list(adds)
    _require(len(removed) + len(added), bounds)
    for quad in (*removed, *added):
        if quad.graph_name in SYSTEM_GRAPH:
            raise _computed(quad.graph_name)
    serialize(removed, output=out, format=RdfFormat.N_QUADS)
    out.flush()
    split = size_of(out)
    serialize(added, output=out, format=RdfFormat.N_QUADS)
    return Outcome(size_of(out), len(removed) + len(added), removed=split, head=head)
