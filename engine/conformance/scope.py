"""Whom an assessment is about: the management system, its approved scope, the subjects in it.

Only subjects inside the scope approved at the instant judged count; all others are listed with
the reason. Nothing is invented: where no management system is recorded, there is none.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from engine.conformance.facts import Facts
from engine.conformance.obligations import (
    AI_SYSTEM,
    MANAGEMENT_SYSTEM,
    Knowledge,
    SubjectKind,
)
from engine.rdf import NamedNode, Node, Term
from engine.shacl.paths import Path
from engine.vocab import AIMS

NO_MANAGEMENT_SYSTEM = "no management system recorded"
NO_SCOPE = "no scope statement is approved and in force"
NO_DECISION = "no scope decision"
NO_SYSTEM = "belongs to no AI system in scope"
SEVERAL_SCOPES = "several scope statements are in force, and none supersedes the others"


@dataclass(frozen=True, slots=True)
class ScopeStatement:
    """The scope statement in force. ``others``: further ones in force at the same time."""

    node: Node
    version: str
    approved_at: datetime | None
    others: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Subjects:
    """Subjects of one kind: those ``inside`` the scope, and those outside with the reason."""

    inside: tuple[Node, ...]
    outside: Mapping[Node, str]


@dataclass(frozen=True)
class Scope:
    """One management system with its scope at the instant judged.

    ``others``: further management systems recorded, which this scope is not about. ``units``:
    what else the statement includes and excludes, systems left out. ``systems_of``: for each
    subject that is no system, the systems in scope that it belongs to.
    """

    management_system: Node | None
    others: tuple[Node, ...]
    statement: ScopeStatement | None
    subjects: Mapping[NamedNode, Subjects]
    units_in: tuple[Node, ...]
    units_out: Mapping[Node, str]
    systems_of: Mapping[Node, tuple[Node, ...]]

    @property
    def systems(self) -> Subjects:
        """The AI systems."""
        return self.subjects[AI_SYSTEM]

    def of(self, kind: SubjectKind) -> Subjects:
        """The subjects of ``kind``."""
        return self.subjects[kind.node]

    @cached_property
    def inside(self) -> frozenset[Term]:
        """Every subject that counts."""
        return frozenset(node for subjects in self.subjects.values() for node in subjects.inside)

    @cached_property
    def outside(self) -> Mapping[Term, str]:
        """Every subject that does not count, with the reason."""
        return {
            node: reason
            for subjects in self.subjects.values()
            for node, reason in subjects.outside.items()
        }


def scope_of(facts: Facts, knowledge: Knowledge, chosen: Node | None = None) -> Scope:
    """The scope of ``chosen``, else of the one management system recorded.

    Where several are recorded and none is chosen, the one whose scope statement was approved last
    is taken, and the others are named.
    """
    recorded = facts.instances(AIMS.AIManagementSystem)
    statements = {system: _statement(facts, system) for system in recorded}
    system = chosen if chosen is not None else _choose(recorded, statements)
    statement = statements.get(system) if system is not None else None
    systems = _systems(facts, system, statement, statements)
    subjects = {AI_SYSTEM: systems}
    systems_of: dict[Node, tuple[Node, ...]] = {}
    for kind in knowledge.kinds:
        if kind.node == MANAGEMENT_SYSTEM:
            subjects[kind.node] = Subjects((system,) if system is not None else (), {})
        elif kind.scope_path is not None:
            subjects[kind.node], owners = _reaching(facts, kind.cls, kind.scope_path, systems)
            systems_of |= owners
    units_in, units_out = _units(facts, statement)
    others = tuple(other for other in recorded if other != system)
    return Scope(system, others, statement, subjects, units_in, units_out, systems_of)


def _statement(facts: Facts, system: Node) -> ScopeStatement | None:
    current = facts.current(
        node
        for node in facts.having(AIMS.scopeFor, system)
        if facts.is_a(node, AIMS.ScopeStatement)
    )
    if not current:
        return None
    node = current[0]
    approved = facts.past(node, AIMS.approvedAt)
    return ScopeStatement(node, facts.text(node, AIMS.version), approved, current[1:])


def _choose(
    recorded: tuple[Node, ...], statements: Mapping[Node, ScopeStatement | None]
) -> Node | None:
    def rank(system: Node) -> tuple[float, str]:
        statement = statements[system]
        approved = statement.approved_at if statement else None
        return (-approved.timestamp() if approved else 0.0, str(system))

    return min(recorded, key=rank, default=None)


def _exclusions(facts: Facts, statement: ScopeStatement) -> dict[Node, str]:
    """What ``statement`` excludes, each with the reason to show."""
    found: dict[Node, str] = {}
    for exclusion in facts.nodes(statement.node, AIMS.hasExclusion):
        text = facts.text(exclusion, AIMS.justification)
        reason = f"excluded: {text}" if text else "excluded without justification"
        for node in facts.nodes(exclusion, AIMS.excludes):
            found.setdefault(node, reason)
    return found


def _systems(
    facts: Facts,
    system: Node | None,
    statement: ScopeStatement | None,
    statements: Mapping[Node, ScopeStatement | None],
) -> Subjects:
    included: set[Node] = set()
    excluded: dict[Node, str] = {}
    if statement is not None:
        # A system both included and excluded counts: an exclusion hides nothing by accident.
        # Nor does a narrower statement beside a wider one.
        for node in (statement.node, *statement.others):
            included.update(facts.nodes(node, AIMS.includes))
        excluded = _exclusions(facts, statement)
    elsewhere: dict[Node, str] = {}
    for other, theirs in statements.items():
        if theirs is not None and other != system:
            name = f"in scope of another management system, {facts.label(other)}"
            elsewhere |= dict.fromkeys(facts.nodes(theirs.node, AIMS.includes), name)
    every = facts.instances(AIMS.AISystem)
    inside = tuple(node for node in every if node in included)
    outside = {
        node: excluded.get(node) or elsewhere.get(node, NO_DECISION)
        for node in every
        if node not in included
    }
    return Subjects(inside, outside)


def _reaching(
    facts: Facts, cls: NamedNode, path: Path, systems: Subjects
) -> tuple[Subjects, dict[Node, tuple[Node, ...]]]:
    """The instances of ``cls``, inside where ``path`` reaches a system inside, with those."""
    counted = set(systems.inside)
    owners: dict[Node, tuple[Node, ...]] = {}
    outside: dict[Node, str] = {}
    for node in facts.instances(cls):
        reached = facts.reach(path, node)
        mine = tuple(system for system in reached if system in counted)
        if mine:
            owners[node] = mine
        else:
            reasons = [systems.outside[s] for s in reached if s in systems.outside]
            undecided = NO_DECISION in reasons
            outside[node] = NO_DECISION if undecided else next(iter(reasons), NO_SYSTEM)
    return Subjects(tuple(owners), outside), owners


def _units(
    facts: Facts, statement: ScopeStatement | None
) -> tuple[tuple[Node, ...], dict[Node, str]]:
    if statement is None:
        return (), {}
    systems = facts.members(AIMS.AISystem)
    included = facts.nodes(statement.node, AIMS.includes)
    excluded = _exclusions(facts, statement)
    return (
        tuple(node for node in included if node not in systems),
        {node: reason for node, reason in excluded.items() if node not in systems},
    )
