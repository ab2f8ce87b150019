"""What the knowledge covers: each capability of the product, and each item of the standard.

Read from the files themselves: a capability has the rules that name it, the terms and failure
modes that those rules name, the queries and examples that use the classes that they judge, and
their fixtures. An item has its obligations and the rules that decide them; ``faults`` says where
it could not be judged at all, or could never be anything but satisfied.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from engine.assets import assets_root
from engine.conformance.obligations import Item, Knowledge, Obligation, knowledge_of
from engine.conformance.rules import Rule
from engine.conformance.values import Basis
from engine.knowledge import KnowledgePack
from engine.rdf import Literal, NamedNode, Node
from engine.shacl import asked_each, referred_on, wide_rules
from engine.shacl.paths import path_text
from engine.vocab import AIMS, SCHEME, SH, SKOS, shorten

Json = dict[str, object]
AREAS, PER_AREA = 10, 8
_TERM = re.compile(r"\baims:([A-Za-z]\w*)")


@dataclass(frozen=True, slots=True)
class CapabilityCoverage:
    """One capability and everything that serves it, each by name.

    ``modes_missing``: failure modes of it that no rule looks for.
    """

    id: str
    terms: tuple[str, ...]
    rules: tuple[str, ...]
    detectors: tuple[str, ...]
    queries: tuple[str, ...]
    reports: tuple[str, ...]
    examples: tuple[str, ...]
    tests: tuple[str, ...]
    modes_missing: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether nothing is wanting: terms, rules, an answer, an example, fixtures, all modes."""
        answered = self.queries or self.reports
        parts = (self.terms, self.rules, answered, self.examples, self.tests)
        return all(parts) and not self.modes_missing

    def to_json(self) -> Json:
        """``{"id", "complete", "terms", "rules", "detectors", "queries", …}``."""
        return {
            "id": self.id,
            "complete": self.complete,
            "terms": list(self.terms),
            "rules": list(self.rules),
            "detectors": list(self.detectors),
            "queries": list(self.queries),
            "reports": list(self.reports),
            "examples": list(self.examples),
            "tests": list(self.tests),
            "modes_missing": list(self.modes_missing),
        }


@dataclass(frozen=True, slots=True)
class ItemCoverage:
    """One item, its obligations and what decides them."""

    item: Item
    obligations: tuple[Obligation, ...]
    faults: tuple[str, ...]

    @property
    def rules(self) -> tuple[str, ...]:
        """The rules that decide its obligations, each once."""
        names = (rule.name for one in self.obligations for rule in one.rules)
        return tuple(sorted(dict.fromkeys(names)))

    def to_json(self) -> Json:
        """``{"id", "title", "obligations", "rules", "faults"}``."""
        return {
            "id": self.item.ref,
            "title": self.item.title,
            "obligations": [_obligation_json(one) for one in self.obligations],
            "rules": list(self.rules),
            "faults": list(self.faults),
        }


def _obligation_json(one: Obligation) -> Json:
    return {
        "id": one.name,
        "kind": one.decider,
        "subject_kind": one.kind.name,
        "basis": one.basis.value,
        "rung": one.rung.label,
        "decisive": one.decisive,
        "rules": [
            {"rule": rule.name, "severity": [shorten(s) for s in sorted_severities(rule, one)]}
            for rule in one.rules
        ],
    }


def sorted_severities(rule: Rule, obligation: Obligation) -> list[NamedNode]:
    """The severities with which ``rule`` speaks to ``obligation``, by IRI."""
    return sorted(rule.severities(obligation.node), key=lambda severity: severity.value)


@dataclass(frozen=True, slots=True)
class Coverage:
    """Capabilities M1.1 to M10.8 and items in the standard's order.

    ``judged_whole``: the rules that are judged over all of a population that may grow, whatever
    changes; ``asked_each``: those with a query asked for each focus node; ``referred_on``: those
    that only pySHACL can judge. By name.
    """

    capabilities: tuple[CapabilityCoverage, ...]
    requirements: tuple[ItemCoverage, ...]
    judged_whole: tuple[str, ...]
    asked_each: tuple[str, ...]
    referred_on: tuple[str, ...]

    @property
    def faults(self) -> tuple[str, ...]:
        """What keeps an item from being judged, each with the item's number."""
        return tuple(
            f"{one.item.ref}: {fault}" for one in self.requirements for fault in one.faults
        )

    def to_json(self) -> Json:
        """``{"capabilities", "requirements", "judged_whole", "asked_each", "referred_on"}``."""
        return {
            "capabilities": [one.to_json() for one in self.capabilities],
            "requirements": [one.to_json() for one in self.requirements],
            "judged_whole": list(self.judged_whole),
            "asked_each": list(self.asked_each),
            "referred_on": list(self.referred_on),
        }


def coverage(pack: KnowledgePack, root: Path | None = None) -> Coverage:
    """What ``pack`` covers. ``root``: where ``examples/`` and ``tests/`` are looked for."""
    knowledge = knowledge_of(pack)
    files = _Files(root or assets_root(), pack.query_texts)
    ids = (f"M{area}.{n}" for area in range(1, AREAS + 1) for n in range(1, PER_AREA + 1))
    return Coverage(
        tuple(_capability(knowledge, files, capability) for capability in ids),
        tuple(
            ItemCoverage(item, found, tuple(item_faults(found)))
            for item in knowledge.items
            for found in (knowledge.by_item[item.node],)
        ),
        judged_whole=_names(wide_rules(pack)),
        asked_each=_names(asked_each(pack)),
        referred_on=_names(referred_on(pack)),
    )


def _names(rules: Iterable[Node]) -> tuple[str, ...]:
    return tuple(sorted(shorten(rule) if isinstance(rule, NamedNode) else "" for rule in rules))


def item_faults(obligations: Iterable[Obligation]) -> list[str]:
    """Why an item with ``obligations`` cannot be judged as it should; empty where it can."""
    binding = [one for one in obligations if one.binding]
    faults = []
    judged = any(one.judged for one in binding)
    ruled = any(
        SH.Violation in rule.severities(one.node)
        for one in binding
        if one.basis is Basis.STANDARD
        for rule in one.rules
    )
    if not judged and not ruled:
        faults.append(
            "neither a rule at Violation severity with basis standard nor a judgement obligation"
        )
    if not any(one.judged or any(_can_fail(rule) for rule in one.rules) for one in binding):
        faults.append("nothing can make it anything but satisfied")
    faults += [f"{one.name} has nothing that decides it" for one in binding if _idle(one)]
    return faults


def _idle(obligation: Obligation) -> bool:
    return not obligation.judged and not obligation.rules


def _can_fail(rule: Rule) -> bool:
    """Whether the rule has a constraint at all."""
    return not rule.deactivated and len(rule.notes) > 1


class _Files:
    """The texts beside the pack: queries, examples and fixtures."""

    def __init__(self, root: Path, queries: Mapping[str, str]) -> None:
        self._root = root
        examples = sorted((root / "examples").rglob("*.ttl"))
        self._examples = {self._name(path): _terms(path.read_text()) for path in examples}
        self._queries = {name: _terms(text) for name, text in queries.items()}

    def _name(self, path: Path) -> str:
        return path.relative_to(self._root).as_posix()

    def queries(self, classes: frozenset[str]) -> tuple[str, ...]:
        """Named queries that use one of ``classes``."""
        return tuple(name for name, terms in self._queries.items() if classes & terms)

    def examples(self, classes: frozenset[str]) -> tuple[str, ...]:
        """Example files that use one of ``classes``."""
        return tuple(name for name, terms in self._examples.items() if classes & terms)

    def fixtures(self, rule: Rule) -> tuple[str, ...]:
        """The passing and failing fixture of ``rule``, those that exist."""
        folder = self._root / "tests" / "shapes"
        paths = (folder / f"{rule.name}.{kind}.ttl" for kind in ("pass", "fail"))
        return tuple(self._name(path) for path in paths if path.is_file())


def _terms(text: str) -> frozenset[str]:
    return frozenset(_TERM.findall(text))


def _capability(knowledge: Knowledge, files: _Files, capability: str) -> CapabilityCoverage:
    rules = [rule for rule in knowledge.rules if _serves(rule, capability)]
    terms = {term for rule in rules for term in _named(rule)}
    judged = frozenset(c for rule in rules for c in _judged_classes(rule))
    modes = _modes(knowledge, capability)
    detected = {mode for rule in rules for mode in rule.detects}
    tests = [files.fixtures(rule) for rule in rules]
    return CapabilityCoverage(
        id=capability,
        terms=tuple(sorted(f"aims:{term}" for term in terms)),
        rules=tuple(rule.name for rule in rules),
        detectors=tuple(sorted(detected)),
        queries=files.queries(judged),
        reports=(),
        examples=files.examples(judged),
        tests=tuple(path for found in tests for path in found),
        modes_missing=tuple(sorted(modes - detected)),
    )


def _serves(rule: Rule, capability: str) -> bool:
    """Whether ``rule`` names ``capability``, or a lettered part of it."""
    return any(named.rstrip("abcdefgh") == capability for named in rule.capabilities)


def _named(rule: Rule) -> set[str]:
    """The local names of our terms that ``rule`` targets, walks or asks for."""
    found = {AIMS.local(cls) for cls in rule.classes if cls in AIMS}
    for note in rule.notes.values():
        paths = [path for path in (note.path, note.outer) if path is not None]
        text = " ".join([note.query, *(path_text(path) for path in paths)])
        found |= _terms(text)
    return found


def _judged_classes(rule: Rule) -> set[str]:
    """The classes of its population; for a rule on the register, those that it asks for."""
    targets = {AIMS.local(cls) for cls in rule.classes if cls in AIMS}
    return targets or {name for name in _named(rule) if name[0].isupper()}


def _modes(knowledge: Knowledge, capability: str) -> set[str]:
    """The failure modes that the schemes file under ``capability``."""
    return {
        shorten(triple.subject)
        for triple in knowledge.ontology.using(SKOS.notation)
        if isinstance(triple.subject, NamedNode) and triple.subject in SCHEME
        if isinstance(triple.object, Literal)
        if triple.object.value.rstrip("abcdefgh") == capability
    }
