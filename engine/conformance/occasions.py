"""Whether a rule has an occasion on a member of its population, where it names conditions for that.

A rule says with ``aims:occasion`` under which conditions it asks for anything, each a property
shape: "in use" is a value of ``aims:useState``. A member that meets all is judged; one of which a
condition is recorded not to hold gives no occasion (*not exercised*); where nothing is recorded at
the path of a condition, nobody can tell (*unknown*), unless a completeness statement covers the
condition's ``aims:populationClass``, so that absence means that it does not hold.
"""

from dataclasses import dataclass
from enum import Enum, auto

from engine.conformance.completeness import Completeness
from engine.conformance.facts import Facts
from engine.conformance.missing import written
from engine.conformance.rules import Condition, Rule
from engine.conformance.values import Missing
from engine.rdf import Literal, Node, Term
from engine.shacl.evaluate import Evaluation
from engine.shacl.pack import pack_shapes
from engine.shacl.paths import Sequence, path_text
from engine.vocab import SKOS, XSD


class Given(Enum):
    """Whether there is an occasion."""

    YES = auto()
    NO = auto()
    UNKNOWN = auto()


@dataclass(frozen=True, slots=True)
class Occasion:
    """Whether a rule has an occasion, why not, and what record would tell."""

    given: Given
    reason: str = ""
    missing: Missing | None = None


_YES = Occasion(Given.YES)


class Occasions:
    """The occasions of rules over one view."""

    def __init__(self, facts: Facts, completeness: Completeness) -> None:
        self._facts = facts
        self._completeness = completeness
        self._evaluation = Evaluation(pack_shapes(facts.reader.pack), facts.lookup)
        self._known: dict[tuple[Node, Term], Occasion] = {}

    def of(self, rule: Rule, focus: Term) -> Occasion:
        """The occasion of ``rule`` on ``focus``: the worst of its conditions."""
        found = [self._condition(condition, focus) for condition in rule.occasion]
        return max(found, key=lambda one: _RANK[one.given], default=_YES)

    def _condition(self, condition: Condition, focus: Term) -> Occasion:
        key = (condition.node, focus)
        if key not in self._known:
            self._known[key] = self._judge(condition, focus)
        return self._known[key]

    def _judge(self, condition: Condition, focus: Term) -> Occasion:
        if self._evaluation.conforms(condition.node, focus):
            return _YES
        if self._told(condition, focus):
            return Occasion(Given.NO, f"no occasion: not {condition.label}")
        pattern = f"{written(focus)} {path_text(condition.path)} ?value ."
        about = None if isinstance(focus, Literal) else focus
        return Occasion(
            Given.UNKNOWN,
            f"it is not recorded whether {self._named(focus)} is {condition.label}",
            Missing(pattern, about),
        )

    def _told(self, condition: Condition, focus: Term) -> bool:
        """Whether what is recorded tells that ``condition`` does not hold.

        A value tells that is a boolean or a concept of a code list. What is reached and lacks the
        value is not known, whatever is complete; where nothing is reached, completeness tells.
        """
        lookup, path = self._facts.lookup, condition.path
        if isinstance(path, Sequence):
            rest = path.steps[1] if len(path.steps) == 2 else Sequence(path.steps[1:])
            starts = lookup.values(path.steps[0], focus)
            if any(not lookup.values(rest, start) for start in starts):
                return False
        values = lookup.values(path, focus)
        if values:
            return all(self._is_code(value) for value in values)
        return bool(condition.closed_by) and not self._completeness.gap(condition.closed_by)

    def _is_code(self, value: Term) -> bool:
        if isinstance(value, Literal):
            return value.datatype == XSD.boolean and value.value in ("true", "false")
        return self._facts.is_a(value, SKOS.Concept)

    def _named(self, focus: Term) -> str:
        return focus.value if isinstance(focus, Literal) else self._facts.label(focus)


# One condition that fails leaves no occasion, whatever is not known of the others.
_RANK = {Given.YES: 0, Given.UNKNOWN: 1, Given.NO: 2}
