"""A graph that stays in memory with its derived facts and rule results, and moves with the ledger.

Nothing is computed anew that a change cannot touch: an entry is carried out in the store, the
derivations that it touches write those facts again, and the rules judge the pairs that the changed
triples reach (``engine.shacl.standing``). One thread owns a resident; a reader that it gives is
good until the next move.
"""

from engine.derive import Derivation, derivations, derived, facts
from engine.rdf import Node, Triple
from engine.shacl import Changed, Report, Standing, pack_reach, pack_shapes, trusted
from engine.snapshot import Motion, Position, Reader, Swap
from engine.store.port import Changes
from engine.view import View
from engine.vocab import DERIVED_GRAPH

# What a resident follows: entries of these kinds, and no more quads at once than are judged anew as
# fast.
FOLLOWED = frozenset({"change", "assessment"})
QUADS = 5_000
# The facts about so many nodes are told faster all together than one by one.
_MANY = 50


class Resident:
    """What one complete view sees, validated, at a position that moves."""

    def __init__(self, ground: Reader) -> None:
        """``ground``: a reader without derived facts, which is taken over.

        Raises what deriving and validating raise.
        """
        self._motion = Motion(derived(ground, alone=True))
        pack = ground.pack
        self._standing = Standing(pack_shapes(pack), self.reader, pack_reach(pack))

    @property
    def reader(self) -> Reader:
        """What is seen now, derived facts too."""
        return self._motion.reader

    def copy(self) -> Reader:
        """What is seen now, for good: a private copy."""
        return self._motion.copy()

    def report(self) -> Report:
        """The runs of all rules, as a new validation gives them. Raises NotValidatedError."""
        return trusted(self._standing.report())

    @property
    def unjudged(self) -> tuple[Node, ...]:
        """The rules that could not be run, deactivated ones left out."""
        return self._standing.unjudged

    def advance(self, patch: Changes, position: Position) -> Changed:
        """Carry out the entry that leads to ``position``; gives the results that came and went."""
        self._motion.carry(patch)
        self._motion.stand(self.reader.view, position)
        return self._follow(moved=False)

    def stand(self, view: View) -> Changed:
        """Judge at the instant and period of ``view``; gives the results that came and went."""
        moved = self._motion.stand(view, self.reader.position)
        return self._follow(moved=moved)

    def _follow(self, *, moved: bool) -> Changed:
        """``moved``: the clock moved on, which the evaluation context's triples do not tell."""
        for item in derivations():
            self._derive(item, everything=moved and item.clock)
        changed = self._motion.changed
        with self._motion.union() as union:
            affected = self._standing.affected(changed, union)
        if moved:
            self._standing.passing(affected)
        self._motion.settle()
        return self._standing.judge(affected, self.reader)

    def _derive(self, item: Derivation, *, everything: bool) -> None:
        """Write those facts of ``item`` again that what was carried so far can touch."""
        nodes = None
        if item.touched is not None and not everything:
            with self._motion.union() as union:
                nodes = item.touched(union, self._motion.carried)
        if nodes is not None and not nodes:
            return
        if nodes is not None and len(nodes) > _MANY:
            nodes = None
        graph = DERIVED_GRAPH[item.name]
        starts = [None] if nodes is None else nodes
        old: list[Triple] = [q.triple for s in starts for q in self.reader.quads(graph, s)]
        new = facts(item, self.reader, nodes)
        self._motion.carry(Swap.within(graph, old, new))
