"""Walking the entries in order: what each must be after the ones before."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from engine.errors import AimsError, IntegrityError
from engine.iri import split_graph_iri
from engine.ledger import index, reading
from engine.ledger.entry import NO_PREVIOUS, Header, Part, read_patch, write_body
from engine.ledger.index import Touches
from engine.ledger.merkle import leaf_hash
from engine.ledger.patch import Patch
from engine.ledger.problem import Problem
from engine.ledger.reading import Record
from engine.ledger.reserved import is_kept
from engine.ledger.writing import Identity
from engine.rdf import NamedNode, Quad

_NO_SUCH_PART = "it orders the erasure of a part that no earlier entry has"


@dataclass(slots=True)
class Chain:
    """Takes the records in order and keeps what the entries amount to.

    ``knowledge``: the packs that were in force, and since which entry.
    """

    identity: Identity
    leaves: list[bytes] = field(default_factory=list)
    state: set[Quad] = field(default_factory=set)
    knowledge: dict[str, int] = field(default_factory=dict)
    _next: int = 1
    _previous: str = NO_PREVIOUS
    _micros: int | None = None
    _in_force: str = ""
    _erased: dict[tuple[int, str], str] = field(default_factory=dict)
    _orders: dict[tuple[int, str], int] = field(default_factory=dict)
    _problems: list[Problem] = field(default_factory=list)

    def add(self, record: Record) -> Touches:
        """Check ``record`` against what came before; gives what it touched."""
        if record.sequence != self._next:
            self._tell("entry", record.sequence, "sequence", f"entry {self._next} should be here")
        self._next = record.sequence + 1
        digest = leaf_hash(record.header)
        self.leaves.append(digest)
        if digest != record.hash:
            self._tell("entry", record.sequence, "hash", "the header has another hash")
        found: Touches = {}
        try:
            header = Header.from_bytes(record.header)
        except IntegrityError as error:
            self._tell("entry", record.sequence, "header", error.message)
        else:
            self._header(record, header)
            found = self._parts(record, header)
        self._previous = digest.hex()
        return found

    # The header

    def _header(self, record: Record, header: Header) -> None:
        expected: dict[str, tuple[object, object]] = {
            "sequence": (header.sequence, record.sequence),
            "origin": (header.origin, self.identity.origin),
            "previous": (header.previous, self._previous),
            "idempotency_key": (header.idempotency_key, record.key),
            "instant": (reading.to_micros(header.recorded_at), record.micros),
        }
        if header.kind != "knowledge":
            expected["knowledge"] = (header.knowledge, self._in_force)
        for where, (found, wanted) in expected.items():
            if found != wanted:
                told = f"{found!r:.100} where {wanted!r:.100} belongs"
                self._tell("entry", record.sequence, where, told)
        if self._micros is not None and record.micros < self._micros:
            self._tell("entry", record.sequence, "instant", "it is earlier than the entry before")
        self._micros = record.micros
        if record.sequence == 1:
            for name, value in self.identity.detail().items():
                if header.detail.get(name) != value:
                    self._tell("setting", 1, name, "entry 1 says something else")
        if header.knowledge:
            self.knowledge.setdefault(header.knowledge, record.sequence)
        self._in_force = header.knowledge
        if header.kind == "erasure":
            self._order(record.sequence, header)

    def _order(self, sequence: int, header: Header) -> None:
        order, rule = header.detail.get("erased"), header.detail.get("rule")
        named = order if isinstance(order, dict) else {}
        about, part = named.get("sequence"), named.get("part")
        if not isinstance(about, int) or not isinstance(part, str) or not isinstance(rule, str):
            self._tell("erasure", sequence, "detail", "it does not say what is erased, and why")
        elif about >= sequence:
            self._tell("erasure", sequence, part, _NO_SUCH_PART)
        else:
            self._orders[about, part] = sequence

    # The parts

    def _parts(self, record: Record, header: Header) -> Touches:
        found = tuple(part.digest for part in record.parts)
        if found != header.parts:
            missing = sorted(set(header.parts) - set(found))
            extra = sorted(set(found) - set(header.parts))
            what = f"missing {missing}" if missing else f"surplus {extra}"
            self._tell("part", record.sequence, ", ".join(missing + extra) or "order", what)
        compartments = [part.compartment for part in record.parts]
        if len(set(compartments)) < len(compartments):
            self._tell("part", record.sequence, "compartment", "two parts are of one compartment")
        patches: list[Patch] = []
        touched: list[Touches] = []
        for part in record.parts:
            if part.erased:
                self._erased[record.sequence, part.digest] = part.compartment
                if part.salt is not None:
                    self._tell("erasure", record.sequence, part.digest, "its salt is still there")
                continue
            try:
                patch, touches = self._part(part)
            except (AimsError, ValueError) as error:
                told = getattr(error, "message", str(error))
                self._tell("part", record.sequence, part.digest, told)
            else:
                patches.append(patch)
                touched.append(touches)
        for patch in patches:
            self._carry_out(record.sequence, patch)
        return index.merged(touched)

    def _part(self, part: Part) -> tuple[Patch, Touches]:
        """Raises AimsError, ValueError for what no part can be."""
        body = part.body
        assert body is not None
        compartment, reason, patch = read_patch(body)
        if compartment != part.compartment:
            raise IntegrityError(f"it says that it is of the compartment {compartment}")
        if write_body(compartment, reason, patch) != body:
            raise IntegrityError("it is not in canonical form")
        if not all(map(is_kept, patch.adds | patch.removes)):
            raise IntegrityError("it has a term that no ledger keeps")
        found = index.touches(body)
        for graph in {graph for _, graph in found}:
            if split_graph_iri(self.identity.base, NamedNode(graph))[0] != compartment:
                raise IntegrityError(f"the graph <{graph}> is of another compartment")
        return patch, found

    def _carry_out(self, sequence: int, patch: Patch) -> None:
        idle = [*(patch.adds & self.state)]
        if not self._erased:
            # What an erased part had added can still be removed later.
            idle += patch.removes - self.state
        for quad in sorted(map(str, idle))[:3]:
            self._tell("entry", sequence, quad, "the change changed nothing")
        self.state -= patch.removes
        self.state |= patch.adds

    def _tell(self, kind: str, sequence: int | None, where: str, message: str) -> None:
        self._problems.append(Problem(kind, sequence, where, message))

    def finished(self) -> Iterator[Problem]:
        """The problems found; erased parts are checked against their orders."""
        yield from self._problems
        for (sequence, digest), compartment in self._erased.items():
            if (sequence, digest) not in self._orders:
                message = f"the bytes of a part in {compartment} are gone and no entry orders it"
                yield Problem("erasure", sequence, digest, message)
        for (sequence, digest), by in self._orders.items():
            if (sequence, digest) not in self._erased:
                message = f"entry {by} orders its erasure, and its bytes are there, or it never was"
                yield Problem("erasure", sequence, digest, message)
