"""From changed triples to the (rule, focus node, constraint) whose results they can change.

Each trigger of a rule (``engine.shacl.reach``) that a triple sets off is walked back over the union
of the graph before and after. Where the way leads through more nodes than judging the rule whole
would cost, the constraint is judged whole.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from engine.rdf import Literal, NamedNode, Node, Term, Triple
from engine.shacl.data import Lookup
from engine.shacl.paths import Path
from engine.shacl.reach import ANYTHING, Fact, Trigger, shape_triggers, target_triggers
from engine.shacl.shapes import Shapes
from engine.shacl.shapesgraph import Statement, statement
from engine.shacl.timing import Timing, timing
from engine.vocab import RDF_TYPE

# The places of all constraints of a rule.
ALL = -1
Owner = tuple[Node, int]


@dataclass
class Affected:
    """Places of constraints by rule and focus node, and by rule where each focus node is meant."""

    at: dict[Node, dict[Term, set[int]]] = field(default_factory=dict)
    whole: dict[Node, set[int]] = field(default_factory=dict)

    def note(self, rule: Node, place: int, focuses: Iterable[Term] | None) -> None:
        """The constraint at ``place`` of ``rule``: at ``focuses``, at all of them for None."""
        if focuses is None:
            self.whole.setdefault(rule, set()).add(place)
        else:
            places = self.at.setdefault(rule, {})
            for focus in focuses:
                places.setdefault(focus, set()).add(place)

    @property
    def pairs(self) -> int:
        """How many pairs of rule and focus node; those of whole rules are not counted."""
        return sum(map(len, self.at.values()))


class Reach:
    """The triggers of all rules of ``shapes``, by predicate. Made once a shapes graph."""

    def __init__(self, shapes: Shapes) -> None:
        # Constraints whose results show the instant judged, and those that calculate with it.
        self.shown: list[Owner] = []
        self.calculated: list[Owner] = []
        owners: defaultdict[Trigger, list[Owner]] = defaultdict(list)
        for rule in shapes.rules:
            shape = shapes[rule]
            if shape.deactivated:
                continue
            for trigger in target_triggers(shape):
                owners[trigger].append((rule, ALL))
            for place, constraint in enumerate(shape.constraints):
                for trigger in shape_triggers(shapes, constraint, shape):
                    owners[trigger].append((rule, place))
                self._time(rule, place, timing(shapes, constraint, shape))
        self.unreadable = frozenset(rule for rule, _ in owners.get(ANYTHING, ()))
        self._owners: dict[Trigger, tuple[Owner, ...]] = {t: tuple(o) for t, o in owners.items()}
        self._by_predicate: defaultdict[NamedNode | None, list[Trigger]] = defaultdict(list)
        for trigger in self._owners:
            self._by_predicate[trigger.predicate].append(trigger)

    def _time(self, rule: Node, place: int, told: Timing) -> None:
        if not told.compared:
            self.calculated.append((rule, place))
        elif told.shown:
            self.shown.append((rule, place))

    def triggers(self) -> Iterator[tuple[Trigger, tuple[Owner, ...]]]:
        """Every trigger with the rules and places of constraints that it concerns."""
        yield from self._owners.items()

    def affected(self, triples: Iterable[Triple], union: Lookup) -> Affected:
        """What ``triples``, added or removed, can change.

        ``union``: the graph with all of them, those that were removed too.
        """
        found = Affected()
        walk = Walk(union)
        for one in map(statement, triples):
            for trigger in (*self._by_predicate.get(one.predicate, ()), *self._by_predicate[None]):
                if walk.fits(trigger, one):
                    focuses = walk.focuses(trigger, one)
                    for rule, place in self._owners[trigger]:
                        found.note(rule, place, focuses)
        return found


class Walk:
    """Walks over one graph, each once."""

    def __init__(self, union: Lookup) -> None:
        self._union = union
        self._walked: dict[tuple[Path, Term], tuple[Term, ...]] = {}
        self._facts: dict[tuple[Term, Fact], bool] = {}

    def fits(self, trigger: Trigger, one: Statement) -> bool:
        """Whether the triple can stand where ``trigger`` looks for it."""
        if trigger.subject is not None and trigger.subject != one.subject:
            return False
        if trigger.object is not None and trigger.object != one.object:
            return False
        return all(self._holds(fact, one) for fact in trigger.facts)

    def _holds(self, fact: Fact, one: Statement) -> bool:
        end = one.subject if fact.of_subject else one.object
        known = self._facts.get((end, fact))
        if known is None:
            known = not isinstance(end, Literal) and self._union.has(
                end, fact.predicate, fact.value
            )
            self._facts[end, fact] = known
        return known

    def focuses(self, trigger: Trigger, one: Statement) -> tuple[Term, ...] | None:
        """Where the way back ends; None for every focus node."""
        if trigger.whole and trigger.kind is not None:
            return self._union.subjects(RDF_TYPE, trigger.kind)
        if trigger.whole:
            return None
        start = one.subject if trigger.from_subject else one.object
        if trigger.back is None:
            return (start,)
        known = self._walked.get((trigger.back, start))
        if known is None:
            known = self._walked[trigger.back, start] = self._union.values(trigger.back, start)
        return known
