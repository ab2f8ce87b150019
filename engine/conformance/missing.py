"""What would turn an outcome: a sufficient, subset-minimal set of facts, never "the" minimum.

Taken from the ``aims:missingPattern`` of the constraint that gave the result, with the focus
filled in, else from the result's path; each result asks for one fact, so that none can be left
out.
"""

import re
from collections.abc import Callable

from engine.conformance.obligations import Obligation
from engine.conformance.values import Missing, Outcome, SubjectOutcome
from engine.rdf import BlankNode, Literal, NamedNode, Term
from engine.shacl import Finding
from engine.vocab import SH, shorten

_PLACEHOLDER = re.compile(r"\{?[?$](this|value)\b\}?")


def missing_for(
    obligation: Obligation, outcome: SubjectOutcome, worded: Callable[[str], str]
) -> tuple[Missing, ...]:
    """The facts whose arrival would turn ``outcome``; nothing where it is held or idle.

    Where a rule names none, its message says what to do, ``worded`` for people.
    """
    if outcome.outcome in (Outcome.HELD, Outcome.NOT_EXERCISED):
        return ()
    rules = {rule.node: rule for rule in obligation.rules}
    found: dict[Missing, None] = {}
    for result in outcome.results:
        rule = rules.get(result.rule)
        if rule is not None:
            note = rule.note(result.constraint, result.shape)
            pattern = _filled(note.missing, result) if note.missing else _derived(result, worded)
            focus = result.focus if not isinstance(result.focus, Literal) else None
            found[Missing(pattern, focus, note.node)] = None
    found |= dict.fromkeys(outcome.missing)
    return tuple(found) or (Missing(outcome.reason, outcome.subject),)


def _filled(pattern: str, result: Finding) -> str:
    known = {"this": result.focus, "value": result.value}

    def fill(match: "re.Match[str]") -> str:
        term = known[match[1]]
        return match[0] if term is None else written(term)

    return _PLACEHOLDER.sub(fill, pattern)


def _derived(result: Finding, worded: Callable[[str], str]) -> str:
    focus = written(result.focus)
    if result.path is None:
        return worded(result.message)
    if result.value is None:
        more = "" if result.component == SH.MinCountConstraintComponent else " (another one)"
        return f"{focus} {result.path} ?value .{more}"
    return f"{focus} {result.path} ?value . (another one than {written(result.value)})"


def written(term: Term) -> str:
    """``term`` as Turtle writes it: a CURIE of ours, ``<iri>``, or a literal's text in quotes."""
    if isinstance(term, NamedNode):
        curie = shorten(term)
        return curie if curie != term.value else f"<{term.value}>"
    return f"_:{term.value}" if isinstance(term, BlankNode) else f'"{term.value}"'
