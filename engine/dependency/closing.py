"""Whether an edge can close a feedback loop, told from the triples around its ends alone.

A search of effects at nodes from either end, a step here and a step there, ends as soon as one of
the two has nowhere to go on; in a register most nodes have little above or below them. Weights,
barriers and what was retired do not matter here, so that the answer may be yes where no loop is.
"""

from collections import defaultdict, deque
from collections.abc import Iterator

from engine.dependency.graph import arising_effects, propagation_rules
from engine.rdf import NamedNode, Node, is_node, terms_of
from engine.snapshot import Reader
from engine.vocab import OWL, SCHEME

_FORWARD = SCHEME["direction-subject-to-object"]
_BACKWARD = SCHEME["direction-object-to-subject"]
Effect = tuple[Node, NamedNode]
Kinds = dict[NamedNode, set[NamedNode]]


class _Passing:
    """Kinds of effect that pass from subject to object, and from object to subject, by property.

    And what each gives rise to, and what gives rise to it. All of it is knowledge.
    """

    def __init__(self, reader: Reader) -> None:
        self.forward: Kinds = defaultdict(set)
        self.backward: Kinds = defaultdict(set)
        for rule in propagation_rules(reader):
            inverses = _inverses(reader, rule.over)
            if rule.direction != _BACKWARD:
                self._add(rule.kinds, self.forward, self.backward, rule.over, inverses)
            if rule.direction != _FORWARD:
                self._add(rule.kinds, self.backward, self.forward, rule.over, inverses)
        self.arises: Kinds = defaultdict(set)
        self.arose: Kinds = defaultdict(set)
        for kind, others in arising_effects(reader).items():
            for other in others:
                self.arises[kind].add(other)
                self.arose[other].add(kind)

    @staticmethod
    def _add(
        kinds: frozenset[NamedNode],
        along: Kinds,
        against: Kinds,
        over: NamedNode,
        inverses: set[NamedNode],
    ) -> None:
        along[over] |= kinds
        for inverse in inverses:
            against[inverse] |= kinds


class Flow:
    """The effects that pass along the triples of ``reader``."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        passing = reader.kept.get("passing effects", lambda: _Passing(reader))
        self._forward, self._backward = passing.forward, passing.backward
        self._arises, self._arose = passing.arises, passing.arose

    def can_close(self, subject: Node, predicate: NamedNode, value: Node) -> bool:
        """Whether an effect that passes over this triple may come round to where it came from."""
        return any(
            self._comes((end, kind), (start, kind))
            for kinds, start, end in (
                (self._forward.get(predicate, ()), subject, value),
                (self._backward.get(predicate, ()), value, subject),
            )
            for kind in kinds
        )

    def can_return(self, node: Node) -> bool:
        """Whether an effect at ``node`` may come round to it."""
        links = [*self._reader.match(node, None, None), *self._reader.match(None, None, node)]
        ends = (terms_of(link) for link in links)
        return any(self.can_close(s, p, o) for s, p, o in ends if is_node(o))

    def _comes(self, start: Effect, end: Effect) -> bool:
        """Whether ``start`` leads to ``end`` by any number of steps."""
        ahead, behind = self._search(start, onward=True), self._search(end, onward=False)
        seen: tuple[set[Effect], set[Effect]] = set(), set()
        while True:
            for mine, search in enumerate((ahead, behind)):
                effect = next(search, None)
                if effect is None:
                    return False
                seen[mine].add(effect)
                if effect in seen[1 - mine]:
                    return True

    def _search(self, start: Effect, *, onward: bool) -> Iterator[Effect]:
        """``start`` and every effect that it leads to, each once."""
        waiting, seen = deque([start]), {start}
        while waiting:
            effect = waiting.popleft()
            yield effect
            for other in self._next(effect, onward=onward):
                if other not in seen:
                    seen.add(other)
                    waiting.append(other)

    def _next(self, effect: Effect, *, onward: bool) -> Iterator[Effect]:
        node, kind = effect
        along, against = self._forward, self._backward
        if not onward:
            along, against = against, along
        for other in (self._arises if onward else self._arose).get(kind, ()):
            yield node, other
        for triple in self._reader.match(node, None, None):
            _, predicate, value = terms_of(triple)
            if kind in along.get(predicate, ()) and is_node(value):
                yield value, kind
        for triple in self._reader.match(None, None, node):
            subject, predicate, _ = terms_of(triple)
            if kind in against.get(predicate, ()):
                yield subject, kind


def _inverses(reader: Reader, prop: NamedNode) -> set[NamedNode]:
    found = {terms_of(t)[2] for t in reader.match(prop, OWL.inverseOf, None)}
    found |= {terms_of(t)[0] for t in reader.match(None, OWL.inverseOf, prop)}
    return {node for node in found if isinstance(node, NamedNode)}
