"""Results of all rules that are kept, and patched as the graph changes.

A change is judged in two steps: ``affected`` on the union of the graph before and after, ``judge``
on the graph after. What the rules gave before and what they give then differ in nothing but the
pairs of rule and focus node that were judged again, so that the report equals a new validation.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from engine.canonical import canonical
from engine.errors import AimsError
from engine.rdf import Node, Term, Triple
from engine.shacl.affected import ALL, Affected, Reach
from engine.shacl.aside import How, how
from engine.shacl.data import Data, Lookup
from engine.shacl.evaluate import Evaluation
from engine.shacl.results import Finding, Report, RuleRun
from engine.shacl.shapes import Shapes
from engine.shacl.targets import is_target, population
from engine.shacl.validation import Judging

# From so many focus nodes of a rule on, and one for so many more of its population, it is judged
# whole: a query over all nodes is then faster than one for each.
_MANY, _SHARE = 20, 100


@dataclass(frozen=True)
class Changed:
    """Results that came and went with a change, and how much was judged again."""

    added: tuple[Finding, ...]
    healed: tuple[Finding, ...]
    pairs: int
    whole: tuple[Node, ...]


Results = dict[int, tuple[Finding, ...]]


@dataclass
class _Run:
    """Of one rule: its focus nodes, and the results of those that have some, by constraint."""

    population: dict[Term, None] = field(default_factory=dict)
    findings: dict[Term, Results] = field(default_factory=dict)
    reason: str = ""

    def all(self) -> Iterator[Finding]:
        for focus in sorted(self.findings, key=str):
            yield from self.at(focus)

    def at(self, focus: Term) -> Iterator[Finding]:
        for _, results in sorted(self.findings.get(focus, {}).items()):
            yield from results

    def patch(self, judged: Mapping[Term, Results | None]) -> None:
        """Take over what ``judged`` says; None: no focus node any more."""
        for focus, results in judged.items():
            if results is None:
                self.population.pop(focus, None)
            else:
                self.population[focus] = None
            if results:
                self.findings[focus] = results
            else:
                self.findings.pop(focus, None)


class Standing:
    """The results of every rule of ``shapes`` on a graph whose literals are canonical."""

    def __init__(self, shapes: Shapes, data: Data, reach: Reach | None = None) -> None:
        self._shapes = shapes
        self._reach = reach or Reach(shapes)
        self._runs: dict[Node, _Run] = {}
        self._told: dict[Node, RuleRun] = {}
        aside = {rule: how(shapes, rule) for rule in shapes.rules}
        self._aside: Mapping[Node, How] = {rule: by for rule, by in aside.items() if by}
        evaluation = _Evaluation(shapes, data)
        for rule in shapes.rules:
            self._runs[rule] = evaluation.whole(rule)

    def affected(self, triples: Iterable[Triple], union: Data) -> Affected:
        """What ``triples`` can change; ``union`` holds those added and those removed."""
        found = self._reach.affected(triples, Lookup(union, canonical, whole=False))
        for rule, run in self._runs.items():
            if run.reason and not self._shapes[rule].deactivated:
                # What could not be judged may be judged now.
                found.whole[rule] = {ALL}
        self._note_referred(found)
        return found

    def _note_referred(self, affected: Affected) -> None:
        """Nothing is known of the reach of what this engine does not evaluate."""
        for rule, by in self._aside.items():
            if by == "reference":
                affected.whole[rule] = {ALL}

    def passing(self, affected: Affected) -> None:
        """Add what changes with the instant judged though it passes no recorded instant."""
        self._note_referred(affected)
        for rule, place in self._reach.calculated:
            affected.note(rule, place, None)
        for rule, place in self._reach.shown:
            found = self._runs[rule].findings
            affected.note(rule, place, [f for f, results in found.items() if place in results])

    def judge(self, affected: Affected, data: Data) -> Changed:
        """Judge again what is ``affected``, on the graph after the change."""
        evaluation = _Evaluation(self._shapes, data, whole=False)
        before: list[Finding] = []
        after: list[Finding] = []
        whole: list[Node] = []
        pairs = 0
        for rule in {**affected.whole, **affected.at}:
            run = self._runs[rule]
            places = self._places(rule, affected)
            judged = None if places is None else evaluation.again(rule, run, places)
            if judged is None:
                whole.append(rule)
                before += run.all()
                self._runs[rule] = _Evaluation(self._shapes, data).whole(rule)
                after += self._runs[rule].all()
            else:
                pairs += len(judged)
                before += (f for focus in judged for f in run.at(focus))
                run.patch(judged)
                after += (f for focus in judged for f in run.at(focus))
            self._told.pop(rule, None)
        added, healed = _difference(before, after)
        return Changed(added, healed, pairs, tuple(whole))

    def _places(self, rule: Node, affected: Affected) -> Mapping[Term, set[int]] | None:
        """What is to be judged again of ``rule``; None for all of it."""
        at = affected.at.get(rule, {})
        whole = affected.whole.get(rule)
        run = self._runs[rule]
        many = _MANY + len(run.population) // _SHARE
        if run.reason or rule in self._aside or len(at) > many or (whole and ALL in whole):
            return None
        if whole is None:
            return at
        if len(run.population) > many:
            return None
        return {f: whole | at.get(f, set()) for f in {**run.population, **at}}

    @property
    def unjudged(self) -> tuple[Node, ...]:
        """The rules that could not be run, deactivated ones left out."""
        failed = (rule for rule, run in self._runs.items() if run.reason)
        return tuple(rule for rule in failed if not self._shapes[rule].deactivated)

    def report(self) -> Report:
        """All runs, ordered by rule, as a new validation gives them."""
        return Report(tuple(self._run(rule) for rule in self._shapes.rules))

    def _run(self, rule: Node) -> RuleRun:
        known = self._told.get(rule)
        if known is None:
            run = self._runs[rule]
            focuses = tuple(run.population)
            if run.reason:
                off = self._shapes[rule].deactivated
                known = RuleRun(rule, focuses, (), "not validated", run.reason, deactivated=off)
            else:
                known = RuleRun(rule, focuses, tuple(run.all()))
            self._told[rule] = known
        return known


class _Evaluation:
    """Judges rules, whole or at some focus nodes, on one state of the graph."""

    def __init__(self, shapes: Shapes, data: Data, *, whole: bool = True) -> None:
        self._shapes = shapes
        self._data = data
        self._lookup = Lookup(data, canonical, whole=whole)
        self._judging = Evaluation(shapes, self._lookup)
        self._aside = Judging(shapes, self._lookup)

    def whole(self, rule: Node) -> _Run:
        """The run of ``rule`` on all its focus nodes."""
        run = _Run()
        shape = self._shapes[rule]
        if shape.deactivated:
            run.reason = "the shape is deactivated"
            return run
        if how(self._shapes, rule) is not None:
            return _kept(self._aside.run(rule))
        try:
            run.population = dict.fromkeys(population(shape.targets, self._lookup))
            for focus in self._judging.suspected(rule, tuple(run.population)):
                if found := self._judging.judge(rule, focus):
                    run.findings[focus] = found
        except AimsError as error:
            run.findings.clear()
            run.reason = str(error)
        return run

    def again(
        self, rule: Node, run: _Run, focuses: Mapping[Term, set[int]]
    ) -> dict[Term, Results | None] | None:
        """All results of ``focuses``, judged at the places of constraints given.

        A focus node has None where it is no target; all is None where one cannot be judged.
        """
        targets = self._shapes[rule].targets
        judged: dict[Term, Results | None] = {}
        try:
            for focus, places in focuses.items():
                known = focus in run.population
                if not is_target(focus, targets, self._lookup):
                    if known:
                        judged[focus] = None
                    continue
                every = not known or ALL in places
                found = self._judging.judge(rule, focus, None if every else places)
                kept = {} if every else run.findings.get(focus, {})
                judged[focus] = {p: r for p, r in kept.items() if p not in places} | found
        except AimsError:
            return None
        return judged


def _kept(run: RuleRun) -> _Run:
    """``run``, judged aside: of its results no constraint is told."""
    found: dict[Term, list[Finding]] = {}
    for finding in run.findings:
        found.setdefault(finding.focus, []).append(finding)
    results: dict[Term, Results] = {focus: {0: tuple(those)} for focus, those in found.items()}
    return _Run(dict.fromkeys(run.population), results, run.reason)


def _difference(
    before: list[Finding], after: list[Finding]
) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    """Those of ``after`` that are new and those of ``before`` that are gone, each as often."""
    left: dict[Finding, int] = {}
    for finding in before:
        left[finding] = left.get(finding, 0) + 1
    added = []
    for finding in after:
        if left.get(finding, 0):
            left[finding] -= 1
        else:
            added.append(finding)
    return tuple(added), tuple(f for f, n in left.items() for _ in range(n))
