"""The knowledge that an assessment runs on: items, obligations, subject kinds, deciding rules.

Read once a knowledge pack, from its ontology and shapes; the meaning of every field stands in
``ontology/obligation.ttl``.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache

from engine.conformance.rules import Rule, rules_of
from engine.conformance.values import Basis, Rung, basis_of, rung_of
from engine.errors import IntegrityError
from engine.knowledge import KnowledgePack
from engine.rdf import Literal, NamedNode, Node, Term, Triple
from engine.shacl.paths import Path, parse_path
from engine.shacl.shapesgraph import ShapesGraph
from engine.vocab import AIMS, RDF_TYPE, RDFS, SCHEME, SKOS, shorten

MANAGEMENT_SYSTEM = SCHEME["subject-management-system"]
AI_SYSTEM = SCHEME["subject-ai-system"]


@dataclass(frozen=True, slots=True)
class Item:
    """An assessable item: a clause, or a reference control where ``control``."""

    node: NamedNode
    ref: str
    title: str
    control: bool
    order: int


@dataclass(frozen=True, slots=True)
class SubjectKind:
    """A kind of subject: instances of ``cls`` whose ``scope_path`` reaches an AI system in scope.

    ``scope_path`` is None for the management system and for AI systems themselves.
    """

    node: NamedNode
    name: str
    label: str
    cls: NamedNode
    scope_path: Path | None


@dataclass(frozen=True, slots=True)
class Obligation:
    """One obligation of an item; see ``docs/statuses.md`` for basis, rung and decider.

    A node that names several items is one obligation of each.
    """

    node: NamedNode
    name: str
    title: str
    item: NamedNode
    kind: SubjectKind
    basis: Basis
    rung: Rung
    decisive: bool
    judged: bool
    population_class: NamedNode | None
    occurrence_of: NamedNode | None
    cadenced: bool
    rules: tuple[Rule, ...]

    @property
    def binding(self) -> bool:
        """Whether it may change a status: every basis but *practice*."""
        return self.basis is not Basis.PRACTICE

    @property
    def decider(self) -> str:
        """``judgement`` or ``rule``."""
        return "judgement" if self.judged else "rule"


@dataclass(frozen=True)
class Knowledge:
    """Items in the standard's order, obligations by name, rules by IRI, kinds of subject."""

    edition: str
    items: tuple[Item, ...]
    obligations: tuple[Obligation, ...]
    rules: tuple[Rule, ...]
    kinds: tuple[SubjectKind, ...]
    ontology: ShapesGraph = field(repr=False)

    @cached_property
    def by_item(self) -> Mapping[NamedNode, tuple[Obligation, ...]]:
        """The obligations of each item, by IRI of the item."""
        found: dict[NamedNode, list[Obligation]] = {item.node: [] for item in self.items}
        for obligation in self.obligations:
            found[obligation.item].append(obligation)
        return {item: tuple(listed) for item, listed in found.items()}

    def kind(self, node: NamedNode) -> SubjectKind:
        """The kind ``node``. Raises IntegrityError where the pack has none."""
        for kind in self.kinds:
            if kind.node == node:
                return kind
        raise IntegrityError(
            f"{shorten(node)} is no subject kind",
            remedy="Use one of ontology/schemes/subject-kind.ttl.",
        )

    def superclasses(self, cls: Term) -> frozenset[Term]:
        """``cls`` and all classes above it in the ontology."""
        found: set[Term] = set()
        waiting = [cls]
        while waiting:
            current = waiting.pop()
            if current not in found:
                found.add(current)
                waiting += self.ontology.values(current, RDFS.subClassOf)
        return frozenset(found)

    def label(self, node: Node) -> str:
        """Its preferred label in the ontology, else its CURIE."""
        return _text(self.ontology, node, SKOS.prefLabel) or (
            shorten(node) if isinstance(node, NamedNode) else str(node)
        )


@dataclass(frozen=True, slots=True)
class _Key:
    """A pack under its digest, so that equal packs are read once."""

    digest: str
    ontology: tuple[Triple, ...] = field(compare=False, hash=False)
    shapes: tuple[Triple, ...] = field(compare=False, hash=False)


def knowledge_of(pack: KnowledgePack) -> Knowledge:
    """The knowledge in ``pack``; kept for the last few packs.

    Raises IntegrityError naming the obligation, and what it lacks.
    """
    return _read(_Key(pack.digest, pack.ontology_triples, pack.shapes_triples))


@lru_cache(maxsize=4)
def _read(key: _Key) -> Knowledge:
    ontology = ShapesGraph(key.ontology)
    rules = rules_of(ShapesGraph(key.shapes))
    kinds = tuple(
        _kind(ontology, triple.subject)
        for triple in ontology.using(AIMS.subjectClass)
        if isinstance(triple.subject, NamedNode)
    )
    by_kind = {kind.node: kind for kind in kinds}
    nodes = ontology.instances(AIMS.Obligation)
    obligations = [o for node in nodes for o in _obligations(ontology, node, by_kind, rules)]
    obligations.sort(key=lambda obligation: (obligation.name, obligation.item.value))
    standards = ontology.instances(AIMS.Standard)
    return Knowledge(
        edition=_text(ontology, standards[0], AIMS.identifier) if standards else "",
        items=_items(ontology),
        obligations=tuple(obligations),
        rules=rules,
        kinds=kinds,
        ontology=ontology,
    )


def _items(ontology: ShapesGraph) -> tuple[Item, ...]:
    controls = set(ontology.instances(AIMS.Control))
    found = [
        Item(
            node=triple.subject,
            ref=_text(ontology, triple.subject, AIMS.refId),
            title=_text(ontology, triple.subject, AIMS.shortTitle),
            control=triple.subject in controls,
            order=int(_text(ontology, triple.subject, AIMS.sortKey) or 0),
        )
        for triple in ontology.using(AIMS.assessable)
        if isinstance(triple.subject, NamedNode) and _true(triple.object)
    ]
    return tuple(sorted(found, key=lambda item: (item.order, item.ref)))


def _kind(ontology: ShapesGraph, node: NamedNode) -> SubjectKind:
    path = ontology.values(node, AIMS.scopePath)
    return SubjectKind(
        node=node,
        name=SCHEME.local(node).removeprefix("subject-"),
        label=_text(ontology, node, SKOS.prefLabel),
        cls=_named(ontology, node, AIMS.subjectClass),
        scope_path=parse_path(ontology, path[0]) if path else None,
    )


def _obligations(
    ontology: ShapesGraph,
    node: Node,
    kinds: Mapping[NamedNode, SubjectKind],
    rules: tuple[Rule, ...],
) -> Iterator[Obligation]:
    if not isinstance(node, NamedNode):
        raise IntegrityError("an obligation has no IRI", remedy="Name it in ontology/obligations.")
    kind = kinds.get(_named(ontology, node, AIMS.subjectKind))
    if kind is None:
        raise _lacks(node, "a known aims:subjectKind")
    deciders = ontology.values(node, AIMS.decider)
    typed = AIMS.JudgementObligation in ontology.values(node, RDF_TYPE)
    population, occurrence = AIMS.populationClass, AIMS.occurrenceOf
    items = [value for value in ontology.values(node, AIMS.ofItem) if isinstance(value, NamedNode)]
    if not items:
        raise _lacks(node, "aims:ofItem")
    shared = Obligation(
        node=node,
        name=AIMS.local(node) if node in AIMS else shorten(node),
        title=_text(ontology, node, SKOS.prefLabel),
        item=items[0],
        kind=kind,
        basis=basis_of(_named(ontology, node, AIMS.basis)),
        rung=rung_of(_named(ontology, node, AIMS.rung)),
        decisive=any(_true(value) for value in ontology.values(node, AIMS.decisive)),
        judged=typed or SCHEME["decider-judgement"] in deciders,
        population_class=_maybe(ontology, node, population),
        occurrence_of=_maybe(ontology, node, occurrence),
        cadenced=bool(ontology.values(node, AIMS.cadence)),
        rules=tuple(rule for rule in rules if node in rule.decides),
    )
    yield from (replace(shared, item=item) for item in items)


def _maybe(ontology: ShapesGraph, node: Node, predicate: NamedNode) -> NamedNode | None:
    values = [v for v in ontology.values(node, predicate) if isinstance(v, NamedNode)]
    return values[0] if values else None


def _named(ontology: ShapesGraph, node: NamedNode, predicate: NamedNode) -> NamedNode:
    value = _maybe(ontology, node, predicate)
    if value is None:
        raise _lacks(node, shorten(predicate))
    return value


def _lacks(node: NamedNode, what: str) -> IntegrityError:
    return IntegrityError(
        f"{shorten(node)} lacks {what}", remedy="Mend it in ontology/ or in the overlay."
    )


def _text(graph: ShapesGraph, node: Node, predicate: NamedNode) -> str:
    values = [v.value for v in graph.values(node, predicate) if isinstance(v, Literal)]
    return values[0] if values else ""


def _true(term: Term) -> bool:
    return isinstance(term, Literal) and term.value in ("true", "1")
