"""Nonconformities: which are open, and what each still lacks.

Raised by a person. Open until the correction, the cause, the extent, the action and its effect are
recorded, and somebody independent of the action verified the effect: ``closed`` alone changes
nothing.
"""

from dataclasses import dataclass
from datetime import datetime

from engine.conformance.facts import Facts
from engine.conformance.scope import Scope
from engine.rdf import NamedNode, Node
from engine.vocab import AIMS, SCHEME

_MINOR = SCHEME["grade-minor"]
_MAJOR = SCHEME["grade-major"]
_PASSED = SCHEME["outcome-passed"]
_DRAFT, _WITHDRAWN = SCHEME["status-draft"], SCHEME["status-withdrawn"]


@dataclass(frozen=True, slots=True)
class Nonconformity:
    """One nonconformity. ``lacking``: what keeps it open, empty where it is closed in effect.

    ``subject`` is None where it was raised against the item as a whole; ``outside``: why it does
    not count here, for a subject outside the scope.
    """

    node: Node
    label: str
    item: Node | None
    subject: Node | None
    major: bool
    raised_at: datetime | None
    due_at: datetime | None
    lacking: tuple[str, ...]
    outside: str

    @property
    def open(self) -> bool:
        """Whether something is lacking and its subject counts."""
        return bool(self.lacking) and not self.outside

    @property
    def grade(self) -> str:
        """``major`` or ``minor``."""
        return "major" if self.major else "minor"

    @property
    def reason(self) -> str:
        """One line for a status."""
        return f"open {self.grade} nonconformity {self.label}: lacks {', '.join(self.lacking)}"


def nonconformities(facts: Facts, scope: Scope) -> tuple[Nonconformity, ...]:
    """All raised by the instant judged, by IRI; one per item that each is raised against."""
    return tuple(
        _read(facts, scope, node, item)
        for node in facts.instances(AIMS.Nonconformity)
        if _raised(facts, node) and not _taken_back(facts, node)
        for item in _items(facts, node) or (None,)
    )


def _items(facts: Facts, node: Node) -> tuple[Node, ...]:
    """The items that ``node`` was raised against, those below a clause or an area included."""
    found: dict[Node, None] = {}
    waiting = list(facts.nodes(node, AIMS.against))
    while waiting:
        requirement = waiting.pop(0)
        below = facts.having(AIMS.parentRequirement, requirement)
        waiting += below
        if not below:
            found[requirement] = None
    return tuple(found)


def _raised(facts: Facts, node: Node) -> bool:
    """Whether it was raised by now; one without an instant counts as raised, a draft does not."""
    raised = facts.instant(node, AIMS.raisedAt)
    return (raised is None or raised <= facts.now) and _DRAFT not in facts.nodes(node, AIMS.status)


def _taken_back(facts: Facts, node: Node) -> bool:
    """Whether somebody took it back with a reason; the word alone changes nothing."""
    withdrawn = _WITHDRAWN in facts.nodes(node, AIMS.status)
    approved = facts.past(node, AIMS.approvedAt), facts.node(node, AIMS.approvedBy)
    reason = facts.text(node, AIMS.rationale) or facts.text(node, AIMS.justification)
    return withdrawn and all(approved) and bool(reason)


def _read(facts: Facts, scope: Scope, node: Node, item: Node | None) -> Nonconformity:
    subject = facts.node(node, AIMS.onSubject)
    # A grade that was left out is no ground for leniency.
    minor = _MINOR in facts.nodes(node, AIMS.grade) and _MAJOR not in facts.nodes(node, AIMS.grade)
    actions = facts.nodes(node, AIMS.correctedBy)
    due = [at for action in actions if (at := facts.instant(action, AIMS.dueAt)) is not None]
    return Nonconformity(
        node=node,
        label=facts.label(node),
        item=item,
        subject=subject,
        major=not minor,
        raised_at=facts.instant(node, AIMS.raisedAt),
        due_at=min(due, default=None),
        lacking=tuple(_lacking(facts, node, actions)),
        outside=scope.outside.get(subject, "") if subject is not None else "",
    )


def _lacking(facts: Facts, node: Node, actions: tuple[Node, ...]) -> list[str]:
    found = []
    if not _recorded(facts, node, AIMS.correction):
        found.append("a correction")
    if not _recorded(facts, node, AIMS.hasRootCause):
        found.append("a cause")
    if not _recorded(facts, node, AIMS.extentConsidered):
        found.append("the extent considered")
    if not actions:
        found.append("a corrective action")
    elif not all(_verified(facts, action) for action in actions):
        found.append("a passed effectiveness check by somebody independent of the action")
    return found


def _recorded(facts: Facts, node: Node, predicate: NamedNode) -> bool:
    return bool(facts.text(node, predicate)) or facts.node(node, predicate) is not None


def _verified(facts: Facts, action: Node) -> bool:
    """Whether a check with criterion passed, after the action, by somebody else."""
    hands = {*facts.nodes(action, AIMS.ownedBy), *facts.nodes(action, AIMS.performedBy)}
    # An action is closed when its effect was checked, so closing may well come after the check.
    done = facts.instant(action, AIMS.performedAt)
    for check in facts.nodes(action, AIMS.verifiedIn):
        checked = facts.past(check, AIMS.performedAt)
        by = set(facts.nodes(check, AIMS.performedBy))
        if (
            checked is not None
            and _PASSED in facts.nodes(check, AIMS.testOutcome)
            and facts.text(check, AIMS.criterion)
            and by
            and not by & hands
            and (done is None or done <= checked)
        ):
            return True
    return False
