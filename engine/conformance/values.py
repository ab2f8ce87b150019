"""The words of an assessment as values: outcomes, statuses, rungs, bases and counts.

Meaning and order follow ``docs/statuses.md``. The concepts of ``ontology/schemes`` are reached by
the ``concept`` of each value, so that graph and code share one list.
"""

from dataclasses import dataclass
from enum import Enum, IntEnum, StrEnum

from engine.errors import IntegrityError
from engine.rdf import NamedNode, Node, Term
from engine.shacl import Finding
from engine.vocab import SCHEME


class Outcome(StrEnum):
    """What the facts say about one obligation on one subject."""

    HELD = "held"
    FAILED = "failed"
    NOT_EXERCISED = "not exercised"
    UNKNOWN = "unknown"

    @property
    def concept(self) -> NamedNode:
        """``aimsc:obligation-…``."""
        return SCHEME[f"obligation-{self.value.replace(' ', '-')}"]


class Status(StrEnum):
    """What an item amounts to, on one subject or over all of them."""

    NOT_APPLICABLE = "not-applicable"
    UNSATISFIED = "unsatisfied"
    PARTIAL = "partial"
    NOT_EVALUABLE = "not-evaluable"
    SATISFIED = "satisfied"

    @property
    def concept(self) -> NamedNode:
        """``aimsc:item-…``."""
        return SCHEME[f"item-{self.value}"]


class Rung(IntEnum):
    """Degrees of assurance, lowest first."""

    DEFINED = 1
    IMPLEMENTED = 2
    OPERATED = 3
    EFFECTIVE = 4

    @property
    def label(self) -> str:
        """Its word: ``defined`` …"""
        return self.name.lower()

    @property
    def concept(self) -> NamedNode:
        """``aimsc:rung-…``."""
        return SCHEME[f"rung-{self.label}"]


class Basis(StrEnum):
    """What makes an obligation binding; *practice* binds nobody and changes no status."""

    STANDARD = "standard"
    LAW = "law"
    COMMITMENT = "commitment"
    PRACTICE = "practice"


class Applicability(Enum):
    """What the Statement of Applicability settles for a control on a subject."""

    APPLIES = "applies"
    EXCLUDED = "excluded, with justification"
    UNSETTLED = "unsettled"


def rung_of(concept: Term | None) -> Rung:
    """The rung that ``aimsc:rung-…`` names. Raises IntegrityError for anything else."""
    for rung in Rung:
        if rung.concept == concept:
            return rung
    raise IntegrityError(f"{concept} is no rung", remedy="Use one of ontology/schemes/rung.ttl.")


def basis_of(concept: Term | None) -> Basis:
    """The basis that ``aimsc:basis-…`` names. Raises IntegrityError for anything else."""
    for basis in Basis:
        if SCHEME[f"basis-{basis.value}"] == concept:
            return basis
    raise IntegrityError(f"{concept} is no basis", remedy="Use one of ontology/schemes/basis.ttl.")


@dataclass(frozen=True, slots=True)
class Counts:
    """How many obligations came out how; the four are never merged."""

    held: int = 0
    failed: int = 0
    unknown: int = 0
    not_exercised: int = 0

    @property
    def ratio(self) -> float | None:
        """held / (held + failed), 0 to 1; None where nothing is known."""
        known = self.held + self.failed
        return self.held / known if known else None

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            self.held + other.held,
            self.failed + other.failed,
            self.unknown + other.unknown,
            self.not_exercised + other.not_exercised,
        )

    def to_json(self) -> dict[str, int]:
        """``{"held", "failed", "unknown", "not_exercised"}``."""
        return {
            "held": self.held,
            "failed": self.failed,
            "unknown": self.unknown,
            "not_exercised": self.not_exercised,
        }


@dataclass(frozen=True, slots=True)
class Missing:
    """One fact, or one kind of fact, whose arrival would turn an outcome.

    ``pattern``: a Turtle-like line or a sentence; ``focus``: the node it is about; ``rule``: the
    constraint that asks for it, None where no rule does.
    """

    pattern: str
    focus: Node | None = None
    rule: Node | None = None


@dataclass(frozen=True, slots=True)
class SubjectOutcome:
    """The outcome of one obligation on one subject.

    ``population``: number of nodes that the deciding rules looked at; ``declared``: whether only
    declarations or attestations stand behind it; ``results``: the rule results that decided it;
    ``missing``: what would turn it, where no rule result tells.
    """

    subject: Node
    outcome: Outcome
    reason: str
    population: int = 0
    declared: bool = False
    results: tuple[Finding, ...] = ()
    missing: tuple[Missing, ...] = ()


def summed(reasons: list[str]) -> str:
    """The first of ``reasons``, and how many other ones there are."""
    distinct = [reason for reason in dict.fromkeys(reasons) if reason]
    if len(distinct) < 2:
        return "".join(distinct)
    return f"{distinct[0].rstrip('.')} (and {len(distinct) - 1} more)"
