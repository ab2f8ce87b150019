"""Facts against the exclusion of a control.

An exclusion is contradicted by a treatment action that needs the control, by a recorded duty of
law or contract that asks for it, or by facts in scope: a supplier against A.10.3, acquired data
against A.7.3, a customer against A.10.4.
"""

from collections.abc import Iterator

from engine.conformance.facts import Facts, ordered
from engine.conformance.obligations import Knowledge
from engine.conformance.scope import Scope
from engine.rdf import BlankNode, NamedNode, Node
from engine.vocab import AIMS, ISO42001, SCHEME

_OWN_DATA = SCHEME["acquisition-own"]
_DUTIES = (AIMS.PartyRequirement, AIMS.Contract, AIMS.ContractDuty, AIMS.CustomerObligation)


class Contradictions:
    """Looks for facts against exclusions in one scope."""

    def __init__(self, facts: Facts, knowledge: Knowledge, scope: Scope) -> None:
        self._facts = facts
        self._scope = scope
        self._kinds = {kind.cls: kind.node for kind in knowledge.kinds}

    def of(self, control: Node, systems: frozenset[Node]) -> tuple[str, ...]:
        """What speaks against excluding ``control`` for ``systems``, each as a reason."""
        found = [*self._actions(control, systems), *self._duties(control)]
        if control == ISO42001["A.10.3"]:
            found += self._present(AIMS.Supplier, systems, "supplies a system in scope")
        if control == ISO42001["A.10.4"]:
            found += self._present(AIMS.Customer, systems, "is a customer of a system in scope")
        if control == ISO42001["A.7.3"]:
            found += self._acquired(systems)
        return tuple(found)

    def _actions(self, control: Node, systems: frozenset[Node]) -> Iterator[str]:
        for action in self._facts.having(AIMS.usesControl, control):
            if self._facts.valid(action) and self._concerns(action, systems):
                yield f"the treatment action {self._facts.label(action)} needs it"

    def _concerns(self, action: Node, systems: frozenset[Node]) -> bool:
        """Whether ``action`` treats a risk of ``systems``; one of unknown subject does."""
        entities = [
            entity
            for risk in self._facts.having(AIMS.treatedBy, action)
            for entity in self._facts.nodes(risk, AIMS.riskOf)
        ]
        return not entities or any(self._touches(entity, systems) for entity in entities)

    def _touches(self, entity: Node, systems: frozenset[Node]) -> bool:
        if entity in systems:
            return True
        if entity in self._scope.outside or self._facts.is_a(entity, AIMS.AISystem):
            return False
        mine = self._scope.systems_of.get(entity)
        # What belongs to no system concerns the organisation as a whole.
        return mine is None or not systems.isdisjoint(mine)

    def _duties(self, control: Node) -> Iterator[str]:
        if not isinstance(control, NamedNode | BlankNode):
            return
        triples = self._facts.reader.match(None, None, control)
        named = (t.subject for t in triples)
        for node in ordered(n for n in named if isinstance(n, NamedNode | BlankNode)):
            if any(self._facts.is_a(node, cls) for cls in _DUTIES) and self._facts.valid(node):
                yield f"{self._facts.label(node)} asks for it by law or contract"

    def _inside(self, cls: NamedNode, systems: frozenset[Node]) -> Iterator[Node]:
        kind = self._kinds.get(cls)
        subjects = self._scope.subjects.get(kind) if kind is not None else None
        for node in subjects.inside if subjects is not None else ():
            if not systems.isdisjoint(self._scope.systems_of.get(node, ())):
                yield node

    def _present(self, cls: NamedNode, systems: frozenset[Node], what: str) -> Iterator[str]:
        for node in self._inside(cls, systems):
            yield f"{self._facts.label(node)} {what}"

    def _acquired(self, systems: frozenset[Node]) -> Iterator[str]:
        for node in self._inside(AIMS.DatasetVersion, systems):
            if self._obtained(node):
                yield f"{self._facts.label(node)} was acquired"

    def _obtained(self, version: Node) -> bool:
        """Whether data came from somebody else: supplied, or under any title but one's own."""
        facts = self._facts
        if facts.nodes(version, AIMS.suppliedBy):
            return True
        for source in facts.nodes(version, AIMS.hasSource):
            titles = facts.nodes(source, AIMS.acquisitionBasis)
            if any(title != _OWN_DATA for title in titles):
                return True
            if not titles and facts.nodes(source, AIMS.obtainedFrom):
                return True
        return False
