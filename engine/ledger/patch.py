"""A patch: quads that a change adds and removes."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Self, cast

from engine.canonical import nquad
from engine.errors import InputError
from engine.ledger.patch_text import ADD, read_rows
from engine.rdf import NamedNode, Quad


@dataclass(frozen=True, slots=True)
class Patch:
    """Quads added and removed at once. No quad is in both; raises InputError otherwise."""

    adds: frozenset[Quad] = frozenset()
    removes: frozenset[Quad] = frozenset()

    def __post_init__(self) -> None:
        if not self.adds.isdisjoint(self.removes):
            both = min(map(nquad, self.adds & self.removes))
            raise InputError(
                f"the patch both adds and removes {both}", remedy="Keep one of the two rows."
            )

    @classmethod
    def parse(
        cls, text: str | bytes, *, source_name: str | None = None, graph: NamedNode | None = None
    ) -> Self:
        """Read RDF Patch text; of several rows about one quad the last counts.

        Our own prefixes are known, ``PA`` rows add others. ``graph`` is where rows of three terms
        go. Raises ParseError with line and, where known, column.
        """
        last: dict[Quad, str] = dict(read_rows(text, source_name=source_name, graph=graph))
        adds = frozenset(quad for quad, row in last.items() if row == ADD)
        return cls(adds, frozenset(quad for quad, row in last.items() if row != ADD))

    @property
    def is_empty(self) -> bool:
        """Whether nothing is added or removed."""
        return not self.adds and not self.removes

    def __len__(self) -> int:
        return len(self.adds) + len(self.removes)

    def rows(self) -> tuple[str, ...]:
        """Canonical RDF Patch rows: removals, then additions, each sorted by code point."""
        removes = sorted(f"D {nquad(quad)}" for quad in self.removes)
        return (*removes, *sorted(f"A {nquad(quad)}" for quad in self.adds))

    def by_graph(self) -> Mapping[NamedNode, "Patch"]:
        """The part of each graph that it touches. Raises InputError for an unnamed graph."""
        graphs = {quad.graph_name for quad in chain(self.adds, self.removes)}
        for graph in graphs:
            if not isinstance(graph, NamedNode):
                quad = next(q for q in chain(self.adds, self.removes) if q.graph_name == graph)
                raise InputError(f"{nquad(quad)} is in no named graph")
        if len(graphs) == 1:
            return {cast(NamedNode, graphs.pop()): self}
        adds, removes = _by_graph(self.adds), _by_graph(self.removes)
        return {
            graph: Patch(frozenset(adds.get(graph, ())), frozenset(removes.get(graph, ())))
            for graph in cast(set[NamedNode], graphs)
        }

    def reversed(self) -> "Patch":
        """The patch that undoes this one, given that it was effective."""
        return Patch(self.removes, self.adds)

    def then(self, other: "Patch") -> "Patch":
        """One patch that does what this one and then ``other`` do, given that both are effective.

        What the first adds and the second removes, or the other way round, is in neither set.
        """
        adds = (self.adds - other.removes) | (other.adds - self.removes)
        return Patch(adds, (self.removes - other.adds) | (other.removes - self.adds))


def _by_graph(quads: Iterable[Quad]) -> Mapping[object, set[Quad]]:
    found: dict[object, set[Quad]] = defaultdict(set)
    for quad in quads:
        found[quad.graph_name].add(quad)
    return found
