"""The guard of a change: which rule results it would add, found before anything is written.

The state that the change would make is judged, derived facts and all, at the same instant as the
state before it: by a resident that makes the change and takes it back. What is worse afterwards is
told; what was bad already stands in nobody's way. A guard that cannot judge refuses.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace

from engine import intake as intakes
from engine.answers import Json, finding_json, header_json, term_json
from engine.commit import Door
from engine.importers import Limits
from engine.intake import Imported, Intake, Judged
from engine.ledger.entry import Entry
from engine.ledger.patch import Patch
from engine.rdf import NamedNode, Node, Quad
from engine.resident import QUADS, Resident
from engine.severity import Severity, rank
from engine.shacl import Finding, RuleRun
from engine.snapshot import Reader
from engine.view import View

# So many new results are listed, and no more once their JSON has this many characters.
LISTED = 100
LISTED_CHARACTERS = 1 << 20
_QUOTED = 500


@dataclass(frozen=True)
class Verdict:
    """What a guard found.

    ``reader``: of the state that would be. ``added``: the results at or over ``severity`` that
    would be new, gravest first. ``unjudged``: the runs that leave open what would be new.
    """

    reader: Reader
    severity: Severity
    added: tuple[Finding, ...] = ()
    unjudged: tuple[RuleRun, ...] = ()

    @property
    def message(self) -> str:
        """Why the change is refused, in a sentence without its end; empty where it is not."""
        told = []
        if self.added:
            results = "1 rule result" if len(self.added) == 1 else f"{len(self.added)} rule results"
            first = _quoted(self.reader.worded(self.added[0].message))
            told.append(f"the change would add {results} of severity {self._reach}, first: {first}")
        if self.unjudged:
            run = self.unjudged[0]
            rules = "1 rule" if len(self.unjudged) == 1 else f"{len(self.unjudged)} rules"
            name = self.reader.label(run.rule)
            told.append(f"the guard could not judge {rules}, first: {name} ({_quoted(run.reason)})")
        return "; ".join(told)

    def to_json(self) -> Json:
        """``{…header, "severity", "total", "results", "not_validated"}``.

        ``results``: at most the first 100 of ``total`` new ones, fewer where they are long; each
        as in a report, and its ``remedy`` or null.
        """
        return header_json(self.reader) | {
            "severity": self.severity.value,
            "total": len(self.added),
            "results": list(self._listed()),
            "not_validated": [
                {"rule": term_json(self.reader, run.rule), "reason": run.reason}
                for run in self.unjudged
            ],
        }

    def _listed(self) -> Iterator[Json]:
        left = LISTED_CHARACTERS
        for finding in self.added[:LISTED]:
            told = finding_json(self.reader, finding)
            # A rule's message tells after its last semicolon how to mend it.
            _, found, remedy = str(told["text"]).rpartition("; ")
            told["remedy"] = remedy if found else None
            yield told
            left -= len(json.dumps(told, ensure_ascii=False))
            if left < 0:
                return

    @property
    def _reach(self) -> str:
        name = self.severity.value
        return name if self.severity is Severity.VIOLATION else f"{name} or graver"


def import_file(
    intake: Intake,
    *,
    door: Callable[[], Door],
    resident: Callable[[View], AbstractContextManager[Resident]],
    base: str,
    limits: Limits,
    face: str,
) -> Imported:
    """Make a file all that its source asserts, past its guard; see ``engine.intake.import_file``.

    ``door`` is asked for when the file has been read, ``resident`` after that: it lends one
    that stands at a view.
    """

    def plan(graph: NamedNode, quads: Iterable[Quad]) -> Patch:
        opened = door()
        opened.require_head(intake.heads)
        return opened.replacing(graph, quads)

    def judge_plan(graph: NamedNode, quads: Iterable[Quad], severity: Severity) -> Judged | None:
        key, opened = intake.idempotency_key, door()
        if key and not intake.dry_run and opened.ledger.by_key(key):
            return None
        head, patch = opened.proposed(graph, quads, heads=intake.heads)
        if patch.is_empty:
            return Judged(head.hash, patch)
        with (
            resident(View(as_of=head.sequence)) as standing,
            judged(standing, patch, severity) as verdict,
        ):
            told = verdict.to_json() if verdict.message else {}
            return Judged(head.hash, patch, verdict.message, told)

    def carry(
        graph: NamedNode, quads: Iterable[Quad], reason: str, heads: frozenset[str] | None
    ) -> Entry | None:
        return door().replace(
            graph,
            quads,
            agent=intake.agent,
            reason=reason,
            face=face,
            idempotency_key=intake.idempotency_key,
            heads=heads,
        )

    return intakes.import_file(
        intake,
        base=base,
        limits=limits,
        plan=plan,
        judge=judge_plan,
        carry=carry,
    )


@contextmanager
def judged(resident: Resident, patch: Patch, severity: Severity) -> Iterator[Verdict]:
    """Judge the state that ``patch`` would make of what ``resident`` sees.

    Inside, ``resident`` may stand in that state, for the words of the verdict; afterwards it is
    back. Raises what deriving facts and running the rules raise; then it is of no more use.
    """
    before = resident.report().not_validated
    with _supposing(resident, patch) as (there, healed, added):
        grave = [finding for finding in added if severity.reached_by(finding.severity)]
        open_before = {run.rule for run in before}
        # Of a rule that could not be run before nobody knows which of its results are new.
        compared = [finding for finding in grave if finding.rule not in open_before]
        new = sorted(new_findings(healed, compared), key=lambda finding: rank(finding.severity))
        unknown = _unknown_before(before, {finding.rule for finding in grave})
        unjudged = (*there.report().not_validated, *unknown)
        yield Verdict(there.reader, severity, tuple(new), unjudged)


Found = Iterable[Finding]


@contextmanager
def _supposing(resident: Resident, patch: Patch) -> Iterator[tuple[Resident, Found, Found]]:
    """Who stands after ``patch``, and the results that are then gone and that are then there."""
    if len(patch) > QUADS:
        other = Resident(resident.reader.with_patch(patch))
        yield other, resident.report().findings, other.report().findings
        return
    here = resident.reader.position
    there = here.supposing(patch, resident.reader.view.evaluated_at)
    changed = resident.advance(patch, there)
    yield resident, changed.healed, changed.added
    resident.advance(patch.reversed(), here)


def new_findings(before: Iterable[Finding], after: Iterable[Finding]) -> list[Finding]:
    """Those of ``after`` that ``before`` has not, in the order of ``after``.

    Two are one where rule, shape, constraint, component, focus, path, value and severity agree;
    each counts as often as it occurs. Of several that agree, those in other words are new.
    """
    left: dict[tuple[object, ...], Counter[str]] = defaultdict(Counter)
    for finding in before:
        left[_identity(finding)][finding.message] += 1
    unmatched = []
    for finding in after:
        messages = left[_identity(finding)]
        if messages[finding.message] > 0:
            messages[finding.message] -= 1
        else:
            unmatched.append(finding)
    spare = {key: messages.total() for key, messages in left.items()}
    new = []
    for finding in unmatched:
        # The same result in other words: a date or a name in it has changed.
        if spare[_identity(finding)] > 0:
            spare[_identity(finding)] -= 1
        else:
            new.append(finding)
    return new


def _identity(finding: Finding) -> tuple[object, ...]:
    return (
        *(finding.rule, finding.shape, finding.constraint, finding.component),
        *(finding.focus, finding.path, finding.value, finding.severity),
    )


def _unknown_before(before: Iterable[RuleRun], rules: set[Node]) -> Iterator[RuleRun]:
    for run in before:
        if run.rule in rules:
            yield replace(run, reason=f"before the change: {run.reason}")


def _quoted(text: str) -> str:
    return text if len(text) <= _QUOTED else f"{text[:_QUOTED]}…"
