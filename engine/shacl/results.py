"""Findings, rule runs and reports: what validation returns, as immutable values."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Literal as Choice

from engine.rdf import Literal, NamedNode, Node, Term
from engine.vocab import shorten

State = Choice["validated", "not validated"]
_PLACEHOLDER = re.compile(r"\{([?$])(\w+)\}")


@dataclass(frozen=True, slots=True)
class Finding:
    """One result of a rule, as SHACL 1.0 section 3.6 defines it.

    ``rule``: the shape with the target; ``shape``: the shape that has the violated constraint.
    ``path``: SPARQL's notation with our CURIEs. ``constraint``: the sh:SPARQLConstraint, for those
    alone. ``message``: one text, in English where there is a choice, placeholders filled in;
    ``messages``: the literals that a W3C report carries.
    """

    rule: Node
    focus: Term
    path: str | None
    value: Term | None
    shape: Node
    constraint: Node | None
    component: NamedNode
    severity: NamedNode
    message: str
    messages: tuple[Literal, ...] = field(default=(), compare=False)


@dataclass(frozen=True)
class RuleRun:
    """What one rule gave on its population.

    ``state`` is "not validated" with a ``reason`` where the rule could not be run; then
    ``findings`` is empty and means nothing. A deactivated rule is not validated either, but does
    not stop a report from conforming. ``population``: the focus nodes that were judged.
    """

    rule: Node
    population: Sequence[Term]
    findings: tuple[Finding, ...]
    state: State = "validated"
    reason: str = ""
    deactivated: bool = False

    @property
    def checked_nothing(self) -> bool:
        """Whether the rule ran on an empty population, so that no finding means nothing."""
        return self.state == "validated" and not self.population


@dataclass(frozen=True)
class Report:
    """The runs of all rules, ordered by rule."""

    runs: tuple[RuleRun, ...]

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """All findings, ordered by rule, then as found."""
        return tuple(finding for run in self.runs for finding in run.findings)

    @property
    def not_validated(self) -> tuple[RuleRun, ...]:
        """The runs that could not be run, deactivated rules left out."""
        return tuple(r for r in self.runs if r.state == "not validated" and not r.deactivated)

    @property
    def conforms(self) -> bool:
        """No finding, and every rule that is not deactivated was validated."""
        return not self.findings and not self.not_validated

    def run(self, rule: Node) -> RuleRun | None:
        """The run of ``rule``, or None."""
        return next((run for run in self.runs if run.rule == rule), None)


def shown(term: Term) -> str:
    """``term`` in a message: a CURIE or IRI, a literal's text, or ``_:label``."""
    if isinstance(term, NamedNode):
        return shorten(term)
    return term.value if isinstance(term, Literal) else str(term)


@lru_cache(maxsize=4096)
def _pieces(template: str) -> tuple[str, ...]:
    """Text, then by turns mark and name of a placeholder, and the text behind it."""
    return tuple(_PLACEHOLDER.split(template))


def filled(template: str, bindings: Mapping[str, Term]) -> str:
    """``template`` with each ``{?name}`` or ``{$name}`` that is bound replaced."""
    pieces = _pieces(template)
    if len(pieces) == 1:
        return template
    parts = [pieces[0]]
    for mark, name, text in zip(pieces[1::3], pieces[2::3], pieces[3::3], strict=True):
        term = bindings.get(name)
        parts.append(f"{{{mark}{name}}}" if term is None else shown(term))
        parts.append(text)
    return "".join(parts)


def preferred(messages: tuple[Literal, ...]) -> str:
    """The text to show of ``messages``: English, else without language, else the first."""
    if not messages:
        return ""
    if len(messages) == 1:
        return messages[0].value
    ranked = sorted(
        messages, key=lambda m: (not (m.language or "").startswith("en"), m.language is not None)
    )
    return ranked[0].value
