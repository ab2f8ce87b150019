"""Look-ups in the recorded facts that every part of an assessment shares.

One ``Facts`` an assessment: the indexes of ``engine.shacl.data.Lookup`` over its reader, with
instants and booleans read as Python values.
"""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from engine.canonical import canonical
from engine.errors import InputError
from engine.rdf import BlankNode, Literal, NamedNode, Node, Term
from engine.shacl.data import Lookup
from engine.shacl.paths import Path
from engine.snapshot import Reader
from engine.view import parse_instant
from engine.vocab import AIMS, SCHEME

_NEVER_IN_FORCE = frozenset({SCHEME["status-draft"], SCHEME["status-withdrawn"]})
_NOT_IN_FORCE = _NEVER_IN_FORCE | {SCHEME["status-superseded"]}


class Facts:
    """The facts that ``reader`` sees, at the instant that its view judges."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.now: datetime = reader.view.evaluated_at
        self.lookup = Lookup(reader, canonical)
        self._labels: dict[Node, str] = {}
        self._instances: dict[NamedNode, tuple[Node, ...]] = {}
        self._members: dict[NamedNode, frozenset[Node]] = {}

    def nodes(self, subject: Node, predicate: NamedNode) -> tuple[Node, ...]:
        """The nodes that ``subject`` has under ``predicate``, by IRI."""
        found = self.lookup.objects(subject, predicate)
        return ordered(term for term in found if not isinstance(term, Literal))

    def node(self, subject: Node, predicate: NamedNode) -> Node | None:
        """The first of ``nodes``, None where there is none."""
        return next(iter(self.nodes(subject, predicate)), None)

    def having(self, predicate: NamedNode, value: Term) -> tuple[Node, ...]:
        """The nodes whose ``predicate`` has ``value``, by IRI."""
        found = self.lookup.subjects(predicate, value)
        return ordered(term for term in found if not isinstance(term, Literal))

    def text(self, subject: Node, predicate: NamedNode) -> str:
        """The first literal's text, stripped; empty where there is none."""
        found = self.lookup.objects(subject, predicate)
        texts = sorted(term.value.strip() for term in found if isinstance(term, Literal))
        return texts[0] if texts else ""

    def flag(self, subject: Node, predicate: NamedNode) -> bool | None:
        """The boolean recorded, None where there is none."""
        text = self.text(subject, predicate)
        return {"true": True, "1": True, "false": False, "0": False}.get(text)

    def number(self, subject: Node, predicate: NamedNode) -> Decimal | None:
        """The number recorded, None where there is none that can be read."""
        text = self.text(subject, predicate)
        try:
            return Decimal(text) if text else None
        except ArithmeticError:
            return None

    def instant(self, subject: Node, predicate: NamedNode) -> datetime | None:
        """The instant recorded, None where there is none that can be read."""
        text = self.text(subject, predicate)
        try:
            return parse_instant(text) if text else None
        except InputError:
            return None

    def past(self, subject: Node, predicate: NamedNode) -> datetime | None:
        """The instant recorded if it is not after the one judged, else None."""
        instant = self.instant(subject, predicate)
        return instant if instant is not None and instant <= self.now else None

    def instances(self, cls: NamedNode) -> tuple[Node, ...]:
        """The instances of ``cls``, subclasses included, by IRI."""
        known = self._instances.get(cls)
        if known is None:
            found = self.lookup.instances(cls)
            known = ordered(term for term in found if not isinstance(term, Literal))
            self._instances[cls] = known
        return known

    def members(self, cls: NamedNode) -> frozenset[Node]:
        """``instances`` as a set."""
        known = self._members.get(cls)
        if known is None:
            known = self._members[cls] = frozenset(self.instances(cls))
        return known

    def is_a(self, node: Term, cls: NamedNode) -> bool:
        """Whether ``node`` is an instance of ``cls``."""
        return not isinstance(node, Literal) and node in self.members(cls)

    def reach(self, path: Path, start: Term) -> tuple[Node, ...]:
        """The nodes at the end of ``path`` from ``start``."""
        found = self.lookup.values(path, start)
        return tuple(term for term in found if not isinstance(term, Literal))

    def in_force(self, record: Node) -> bool:
        """Whether ``record`` is approved by now, valid now, and not said to be otherwise."""
        return self._approved(record) and self.valid(record)

    def _approved(self, record: Node) -> bool:
        approved = self.past(record, AIMS.approvedAt) is not None
        return approved and self.node(record, AIMS.approvedBy) is not None

    def _began(self, record: Node) -> bool:
        """Whether ``record`` is or was in force."""
        start = self.instant(record, AIMS.validFrom)
        begun = self._approved(record) and (start is None or start <= self.now)
        return begun and _NEVER_IN_FORCE.isdisjoint(self.nodes(record, AIMS.status))

    def valid(self, record: Node) -> bool:
        """Whether ``record`` is valid at the instant judged and not said to be otherwise."""
        if not _NOT_IN_FORCE.isdisjoint(self.nodes(record, AIMS.status)):
            return False
        start, end = self.instant(record, AIMS.validFrom), self.instant(record, AIMS.validUntil)
        return (start is None or start <= self.now) and (end is None or self.now < end)

    def current(self, candidates: Iterable[Node]) -> tuple[Node, ...]:
        """Those of ``candidates`` in force that none superseded, latest approved first.

        A draft that claims to supersede its predecessor does not; one that was in force and ended
        does, as what it replaced does not come back.
        """
        begun = [node for node in candidates if self._began(node)]
        replaced = {old for node in begun for old in self.nodes(node, AIMS.supersedes)}
        left = [node for node in begun if node not in replaced and self.valid(node)]

        def latest(node: Node) -> float:
            approved = self.past(node, AIMS.approvedAt)
            return -approved.timestamp() if approved else 0.0

        return tuple(sorted(left, key=lambda node: (latest(node), str(node))))

    def label(self, node: Node) -> str:
        """What to call ``node`` in a sentence."""
        known = self._labels.get(node)
        if known is None:
            known = self._labels[node] = self.reader.label(node)
        return known


def ordered(nodes: Iterable[NamedNode | BlankNode]) -> tuple[Node, ...]:
    """``nodes``, each once, in a stable order."""
    return tuple(sorted(dict.fromkeys(nodes), key=str))
