"""The focus nodes of a shape: its population, never its offenders (SHACL 1.0, section 2.1.3)."""

from collections.abc import Iterator, Sequence
from typing import overload

import numpy as np

from engine.columns import Columns, distinct
from engine.columns.terms import Terms
from engine.rdf import Literal, Term
from engine.shacl.data import Lookup
from engine.shacl.model import Targets
from engine.shacl.steps import Numbers
from engine.shacl.verdicts import Verdicts


class Population(Sequence[Term]):
    """Focus nodes by number, made into terms when somebody looks at them.

    ``numbers``: sorted and distinct; ``others``: focus nodes that the graph does not have.
    """

    def __init__(self, terms: Terms, numbers: Numbers, others: tuple[Term, ...] = ()) -> None:
        self._terms = terms
        self.numbers = numbers
        self.others = others

    def __len__(self) -> int:
        return len(self.numbers) + len(self.others)

    def __iter__(self) -> Iterator[Term]:
        yield from map(self._terms.__getitem__, self.numbers.tolist())
        yield from self.others

    @overload
    def __getitem__(self, place: int) -> Term: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[Term, ...]: ...
    def __getitem__(self, place: int | slice) -> Term | tuple[Term, ...]:
        return tuple(self)[place]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return repr(tuple(self))

    def __reduce__(self) -> tuple[type, tuple[tuple[Term, ...]]]:
        return tuple, (tuple(self),)  # What leaves the process leaves the graph behind.


def population(targets: Targets, lookup: Lookup) -> Sequence[Term]:
    """Each focus node of ``targets`` once, in the order of the graph."""
    if lookup.columns is not None:
        return _numbered(targets, lookup, lookup.columns)
    if targets == Targets(classes=targets.classes[:1]):
        # Most shapes have one class and nothing else; many share it.
        return lookup.instances(targets.classes[0]) if targets.classes else ()
    found: dict[Term, None] = dict.fromkeys(lookup.same(node) for node in targets.nodes)
    for cls in targets.classes:
        found.update(dict.fromkeys(lookup.instances(cls)))
    for predicate in targets.subjects_of:
        found.update(dict.fromkeys(triple.subject for triple in lookup.using(predicate)))
    for predicate in targets.objects_of:
        found.update(dict.fromkeys(triple.object for triple in lookup.using(predicate)))
    return tuple(found)


def is_target(node: Term, targets: Targets, lookup: Lookup) -> bool:
    """Whether ``node`` is a focus node of ``targets``."""
    if any(lookup.same(one) == node for one in targets.nodes):
        return True
    if any(lookup.subjects(predicate, node) for predicate in targets.objects_of):
        return True
    if isinstance(node, Literal):
        return False
    if any(lookup.is_a(node, cls) for cls in targets.classes):
        return True
    return any(lookup.objects(node, predicate) for predicate in targets.subjects_of)


def _numbered(targets: Targets, lookup: Lookup, columns: Columns) -> Population:
    verdicts = Verdicts(columns, lookup)
    nodes = dict.fromkeys(map(lookup.same, targets.nodes))
    found: list[Numbers] = [verdicts.numbers(nodes)]
    found += [np.flatnonzero(verdicts.members(cls)).astype(np.int32) for cls in targets.classes]
    found += [columns.pairs(predicate).starts for predicate in targets.subjects_of]
    found += [columns.pairs(predicate).ends for predicate in targets.objects_of]
    others = tuple(node for node in nodes if columns.terms.number(node) is None)
    return Population(columns.terms, distinct(np.concatenate(found)), others)
