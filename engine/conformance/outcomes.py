"""From rule runs to outcomes: one obligation on each of its subjects.

A rule's population is mapped to subjects by its ``aims:subjectPath``. On a subject, the first that
applies decides: a result that fails it; anything that leaves it open; a population that was
checked without result (held); a population that gives no occasion, or an empty one under a
completeness statement (not exercised); else unknown.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from engine.conformance.completeness import Completeness
from engine.conformance.facts import Facts
from engine.conformance.obligations import MANAGEMENT_SYSTEM, Obligation, SubjectKind
from engine.conformance.occasions import Given, Occasions
from engine.conformance.recurring import Recurrences
from engine.conformance.rules import Note, Rule
from engine.conformance.scope import Scope
from engine.conformance.values import Missing, Outcome, Rung, SubjectOutcome, summed
from engine.rdf import Literal, NamedNode, Node, Term
from engine.shacl import Finding, Report, RuleRun
from engine.vocab import AIMS, ISO42001

_SCOPE_ITEM = ISO42001["c4.3"]
_HEARSAY = (AIMS.Declaration, AIMS.Attestation)
Mapped = Mapping[Term, tuple[Node, ...]]


@dataclass(slots=True)
class _Tally:
    """What the deciding rules say about one subject, as it is gathered."""

    population: int = 0
    looked: set[Node] = field(default_factory=set)
    idle: dict[str, None] = field(default_factory=dict)
    hearsay: int = 0
    failed: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    failing: list[Finding] = field(default_factory=list)
    opening: list[Finding] = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)


class Outcomes:
    """The outcomes of rule-decided obligations under one report, scope and completeness."""

    def __init__(
        self,
        facts: Facts,
        report: Report,
        scope: Scope,
        completeness: Completeness,
        recurrences: Recurrences,
        exceptions: Mapping[Node, str],
    ) -> None:
        self._facts = facts
        self._runs: dict[Node, RuleRun] = {run.rule: run for run in report.runs}
        self._scope = scope
        self._completeness = completeness
        self._recurrences = recurrences
        self._occasions = Occasions(facts, completeness)
        self._exceptions = exceptions
        self._mapped: dict[tuple[Node, NamedNode, bool, Node | None], Mapped] = {}
        self._hearsay = frozenset(n for cls in _HEARSAY for n in facts.members(cls))

    def of(self, obligation: Obligation, subjects: Iterable[Node]) -> dict[Node, SubjectOutcome]:
        """The outcome on each of ``subjects``, which are of the obligation's kind."""
        tallies = {subject: _Tally() for subject in subjects}
        everywhere: list[str] = [] if obligation.rules else ["no rule decides it"]
        for rule in obligation.rules:
            everywhere += self._unusable(rule)
            run = self._runs.get(rule.node)
            if run is not None and run.state == "validated":
                self._gather(obligation, rule, run, tallies)
        empty = self._when_empty(obligation)
        return {
            subject: self._outcome(obligation, subject, tally, everywhere, empty)
            for subject, tally in tallies.items()
        }

    def _unusable(self, rule: Rule) -> Iterator[str]:
        """Why the result of ``rule`` cannot be relied on, if so."""
        if rule.node in self._exceptions:
            yield self._exceptions[rule.node]
        run = self._runs.get(rule.node)
        if rule.deactivated:
            if rule.node not in self._exceptions:
                yield f"the rule {rule.name} is deactivated without a documented exception"
        elif run is None or run.state != "validated":
            why = f": {run.reason}" if run is not None and run.reason else ""
            yield f"the rule {rule.name} was not validated{why}"

    def _gather(
        self, obligation: Obligation, rule: Rule, run: RuleRun, tallies: dict[Node, _Tally]
    ) -> None:
        mapped = self.subjects_of(rule, obligation)
        for focus in run.population:
            for subject in mapped.get(focus, ()):
                tally = tallies.get(subject)
                if tally is not None:
                    self._count(rule, focus, tally)
        reasons = {note.node: self._left_open(note) for note in rule.notes.values()}
        for finding in run.findings:
            note = rule.note(finding.constraint, finding.shape)
            if note.decides is not None and obligation.node not in note.decides:
                continue
            for focus in self._focuses(note, run, finding):
                for subject in mapped.get(focus, ()):
                    tally = tallies.get(subject)
                    if tally is not None:
                        said = self._facts.reader.worded(finding.message)
                        _add(tally, finding, said, reasons[note.node])

    def _count(self, rule: Rule, focus: Term, tally: _Tally) -> None:
        """Add ``focus`` to what was judged, where the rule has an occasion on it."""
        tally.looked.add(rule.node)
        occasion = self._occasions.of(rule, focus)
        if occasion.given is Given.NO:
            tally.idle[occasion.reason] = None
            return
        tally.population += 1
        tally.hearsay += focus in self._hearsay
        if occasion.given is Given.UNKNOWN:
            tally.open.append(occasion.reason)
            tally.missing += [occasion.missing] if occasion.missing else []

    def _left_open(self, note: Note) -> str:
        """Why a result of ``note`` leaves its obligation open; empty where it fails it."""
        if note.unknown:
            return note.reason or "the rule leaves it open"
        gap = self._completeness.gap(note.absence_of)
        return f"no record found, and {gap}" if gap else ""

    def _focuses(self, note: Note, run: RuleRun, finding: Finding) -> Iterable[Term]:
        """The members of the population that ``finding`` is about."""
        if note.outer is None:
            return (finding.focus,)
        # A nested property shape reports the value node; go back to those that reach it.
        outer, reach = note.outer, self._facts.reach
        return [focus for focus in run.population if finding.focus in reach(outer, focus)]

    def subjects_of(self, rule: Rule, obligation: Obligation) -> Mapped:
        """The subjects of ``obligation`` that each member of the rule's population is about."""
        # The scope itself is what 4.3 is about: there, systems outside it count as well.
        everything = obligation.item == _SCOPE_ITEM
        about = obligation.item if rule.per_item else None
        key = (rule.node, obligation.kind.node, everything, about)
        if key not in self._mapped:
            run = self._runs.get(rule.node)
            population = run.population if run is not None else ()
            self._mapped[key] = {
                focus: self._subjects(rule, obligation.kind, focus, everything)
                for focus in population
                if not rule.per_item or focus == obligation.item
            }
        return self._mapped[key]

    def _subjects(
        self, rule: Rule, kind: SubjectKind, focus: Term, everything: bool
    ) -> tuple[Node, ...]:
        start = () if isinstance(focus, Literal) else (focus,)
        ends = self._ends(rule, focus)
        found = tuple(end for end in ends if self._facts.is_a(end, kind.cls))
        if not found and self._facts.is_a(focus, kind.cls):
            # One rule may decide obligations of two kinds; the path leads to only one of them.
            found = start
        system = self._scope.management_system
        if found or kind.node != MANAGEMENT_SYSTEM or system is None:
            return found
        # By default the management system, unless it is about systems alone that do not count.
        outside = [end for end in ends if end in self._scope.outside]
        return () if outside and len(outside) == len(ends) and not everything else (system,)

    def _ends(self, rule: Rule, focus: Term) -> tuple[Node, ...]:
        """What ``focus`` is about: the ends of the rule's subject path, else itself."""
        if rule.subject_path is not None:
            return self._facts.reach(rule.subject_path, focus)
        return () if isinstance(focus, Literal) else (focus,)

    def _unlooked(self, obligation: Obligation, tally: _Tally) -> Iterator[str]:
        """Rules that had nothing to judge, though nobody says that there is nothing."""
        for rule in obligation.rules:
            # A rule over registers or items has its population whatever is recorded.
            if rule.node in tally.looked or not rule.classes or rule.per_item:
                continue
            gap = self._completeness.gap(rule.classes)
            if gap:
                names = " or ".join(self._facts.label(cls) for cls in rule.classes)
                yield f"no record of {names}, and {gap}"

    def _when_empty(self, obligation: Obligation) -> tuple[Outcome, str, tuple[Missing, ...]]:
        """What an empty population means for ``obligation``."""
        classes = (
            (obligation.population_class,)
            if obligation.population_class is not None
            else tuple(dict.fromkeys(c for rule in obligation.rules for c in rule.classes))
        )
        if not classes:
            return Outcome.UNKNOWN, "nothing is recorded that it speaks about", ()
        gap = self._completeness.gap(classes)
        names = " or ".join(self._facts.label(cls) for cls in classes)
        if not gap:
            return Outcome.NOT_EXERCISED, f"no {names} in the period: nothing to judge", ()
        wanted = f"a record of {names}, or a completeness statement that covers it"
        return Outcome.UNKNOWN, f"no record of {names}, and {gap}", (Missing(wanted),)

    def _outcome(
        self,
        obligation: Obligation,
        subject: Node,
        tally: _Tally,
        everywhere: list[str],
        empty: tuple[Outcome, str, tuple[Missing, ...]],
    ) -> SubjectOutcome:
        self._recurring(obligation, subject, tally)
        declared = 0 < tally.population == tally.hearsay
        if tally.failed:
            outcome, reason, missing = Outcome.FAILED, summed(tally.failed), tally.missing
        elif tally.open or everywhere:
            outcome, reason = Outcome.UNKNOWN, summed([*tally.open, *everywhere])
            missing = tally.missing
        elif not tally.population and tally.idle:
            outcome, reason, missing = Outcome.NOT_EXERCISED, summed([*tally.idle]), []
        elif not tally.population:
            outcome, reason, found = empty
            missing = list(found)
        elif declared and obligation.rung > Rung.DEFINED:
            outcome, reason = Outcome.UNKNOWN, "only declarations speak of it, which define at most"
            missing = []
        elif unlooked := list(self._unlooked(obligation, tally)):
            outcome, reason, missing = Outcome.UNKNOWN, summed(unlooked), []
        else:
            outcome, missing = Outcome.HELD, []
            reason = f"{tally.population} checked, no rule result"
        results = (*tally.failing, *tally.opening)
        return SubjectOutcome(
            subject, outcome, reason, tally.population, declared, results, tuple(missing)
        )

    def _recurring(self, obligation: Obligation, subject: Node, tally: _Tally) -> None:
        """Add what the cadence says, where the obligation has one."""
        lapse = self._recurrences.lapse(obligation, subject)
        if lapse is None:
            return
        (tally.failed if lapse.failed else tally.open).append(lapse.reason)
        tally.missing.append(Missing(lapse.missing, subject))


def _add(tally: _Tally, finding: Finding, said: str, left_open: str) -> None:
    if left_open:
        tally.open.append(f"{said} ({left_open})")
        tally.opening.append(finding)
    else:
        tally.failed.append(said)
        tally.failing.append(finding)


def documented_exceptions(facts: Facts) -> dict[Node, str]:
    """The rules set aside by an exception in force, each with the reason to show.

    An exception counts with approver, justification and an end that is not past; one without
    sets nothing aside.
    """
    found: dict[Node, str] = {}
    for node in facts.instances(AIMS.DocumentedException):
        end = facts.instant(node, AIMS.expiresAt) or facts.instant(node, AIMS.validUntil)
        approved = facts.node(node, AIMS.approvedBy) is not None
        text = facts.text(node, AIMS.justification)
        if not (approved and text and end is not None and end > facts.now and facts.valid(node)):
            continue
        for rule in facts.nodes(node, AIMS.setsAsideRule):
            found[rule] = f"set aside by the documented exception {facts.label(node)}: {text}"
    return found
