"""Words that ordinary data may not use: each refused at the door, by name."""

from collections.abc import Iterable

import pytest
from pyoxigraph import BaseDirection

from engine.derive import derivations
from engine.errors import InputError, ReservedTermError
from engine.iri import expand
from engine.knowledge import shipped_pack
from engine.ledger.reserved import (
    COMPUTED_CLASSES,
    COMPUTED_PREDICATES,
    KNOWLEDGE_CLASSES,
    KNOWLEDGE_PREDICATES,
    checked,
)
from engine.rdf import BlankNode, Literal, NamedNode, Node, Quad, Term, Triple, terms_of
from engine.vocab import (
    AIMS,
    ISO42001,
    OWL,
    PARAMETER,
    RDF_TYPE,
    RDFS,
    SCHEME,
    SH,
    SHAPES,
    SYSTEM_GRAPH,
)
from tests.ledger.making import Held, adding, graph, node, quad, removing

DOMAIN = NamedNode("https://schema.org/domainIncludes")
AXIOMS = [RDFS[name] for name in ("subClassOf", "subPropertyOf", "domain", "range")] + [
    OWL[name] for name in ("inverseOf", "equivalentClass", "equivalentProperty", "sameAs")
]


def refused(subject: Node, predicate: NamedNode, value: Term) -> str:
    """Why the quad is refused, among others that are not."""
    strange = Quad(subject, predicate, value, graph())
    others = [quad(number) for number in range(5)]
    with pytest.raises(ReservedTermError) as caught:
        checked([*others, strange])
    assert str(strange) in caught.value.message
    assert caught.value.remedy
    return caught.value.message


def local(nodes: Iterable[NamedNode]) -> list[str]:
    return sorted(AIMS.local(each) for each in nodes)


@pytest.mark.parametrize("name", local(KNOWLEDGE_CLASSES))
def test_what_the_knowledge_pack_defines_cannot_be_asserted(name: str) -> None:
    assert "reserved for the knowledge pack" in refused(node("x"), RDF_TYPE, AIMS[name])


@pytest.mark.parametrize("name", local(COMPUTED_CLASSES))
def test_what_is_computed_cannot_be_asserted(name: str) -> None:
    assert "computed and never recorded" in refused(node("x"), RDF_TYPE, AIMS[name])


@pytest.mark.parametrize("name", local(KNOWLEDGE_PREDICATES))
def test_properties_of_the_knowledge_pack_cannot_be_used(name: str) -> None:
    assert "reserved for the knowledge pack" in refused(node("x"), AIMS[name], Literal(1))


@pytest.mark.parametrize("name", local(COMPUTED_PREDICATES))
def test_computed_properties_cannot_be_used(name: str) -> None:
    assert "computed and never recorded" in refused(node("x"), AIMS[name], node("y"))


@pytest.mark.parametrize("name", ["NodeShape", "PropertyShape", "Anything"])
def test_shapes_cannot_be_asserted(name: str) -> None:
    assert "reserved" in refused(node("x"), RDF_TYPE, SH[name])
    assert "reserved" in refused(node("x"), SH.targetClass, AIMS.AISystem)


@pytest.mark.parametrize("axiom", AXIOMS, ids=lambda axiom: axiom.value.rpartition("#")[2])
def test_axioms_over_our_terms_cannot_be_asserted(axiom: NamedNode) -> None:
    assert "would change what a term of ours means" in refused(node("x"), axiom, AIMS.AISystem)
    assert "would change what a term of ours means" in refused(AIMS.AISystem, axiom, node("x"))
    assert checked([Quad(node("x"), axiom, node("y"), graph())])


RIGHT_TO_LEFT = Literal("x", language="ar", direction=BaseDirection.RTL)
OURS = [
    AIMS.AISystem,
    ISO42001["A.7.5"],
    SHAPES.Rule,
    SCHEME["status-satisfied"],
    PARAMETER.reviewInterval,
    SYSTEM_GRAPH.context,
    NamedNode("https://w3id.org/aimsgraph/ontology/core"),
]


@pytest.mark.parametrize("term", OURS, ids=lambda term: term.value)
@pytest.mark.parametrize("predicate", [RDF_TYPE, RDFS.label, OWL.sameAs, node("p")], ids=str)
def test_nothing_can_be_said_about_our_terms(term: NamedNode, predicate: NamedNode) -> None:
    refused(term, predicate, node("x"))


def test_our_terms_can_be_used() -> None:
    quads = [
        Quad(node("x"), RDF_TYPE, AIMS.AISystem, graph()),
        Quad(node("x"), AIMS.addresses, ISO42001["A.7.5"], graph()),
        Quad(node("x"), RDF_TYPE, OWL.Thing, graph()),
    ]
    assert checked(quads) == frozenset(quads)


@pytest.mark.parametrize(
    "strange",
    [
        Quad(BlankNode("b"), node("p"), node("x"), graph()),
        Quad(node("x"), node("p"), BlankNode("b"), graph()),
        Quad(node("x"), node("p"), Triple(node("x"), node("p"), node("y")), graph()),
        Quad(
            node("x"), node("p"), Literal("x", language="ar", direction=BaseDirection.RTL), graph()
        ),
    ],
    ids=["subject", "object", "triple term", "direction"],
)
def test_terms_that_the_ledger_does_not_keep(strange: Quad) -> None:
    with pytest.raises(InputError, match="which the ledger does not keep"):
        checked([quad("a"), strange])


def test_the_door_refuses_before_anything_is_recorded(held: Held) -> None:
    second = Quad(node("x"), RDF_TYPE, AIMS.EvaluationContext, graph())
    for attempt in (
        lambda: held.commit(adding(quad("a"), second)),
        lambda: held.committer.replace(graph(), [second], agent="urn:a", reason=""),
        lambda: held.committer.replacing(graph(), [second]),
    ):
        with pytest.raises(ReservedTermError):
            attempt()
    assert held.ledger.head().sequence == 0
    assert not set(held.store.quads())


def test_what_has_become_reserved_can_still_be_removed(held: Held) -> None:
    old = Quad(node("x"), RDF_TYPE, AIMS.Obligation, graph())
    held.store.load([old], 0)
    assert held.committer._effective(removing(old)).removes == {old}


def test_every_reserved_term_is_a_term_of_the_ontology() -> None:
    defined = {triple.subject for triple in shipped_pack().ontology_triples}
    named = KNOWLEDGE_CLASSES | COMPUTED_CLASSES | KNOWLEDGE_PREDICATES | COMPUTED_PREDICATES
    assert sorted(str(term) for term in named - defined) == []


def test_what_only_a_derivation_writes_is_reserved() -> None:
    written = {expand(name) for each in derivations() for name in each.writes}
    assert written
    reserved = COMPUTED_PREDICATES | COMPUTED_CLASSES
    # What a recorded class has too, as an auditor's judgement has a subject, its class tells apart.
    shared = {
        triple.subject
        for triple in shipped_pack().ontology_triples
        if triple.predicate == DOMAIN and triple.object not in KNOWLEDGE_CLASSES | COMPUTED_CLASSES
    }
    assert sorted(str(term) for term in written - reserved - shared) == []


def test_every_property_of_reserved_classes_alone_is_reserved() -> None:
    classes: dict[Node, set[Term]] = {}
    for triple in shipped_pack().ontology_triples:
        subject, predicate, value = terms_of(triple)
        if predicate == DOMAIN:
            classes.setdefault(subject, set()).add(value)
    assert classes
    reserved = KNOWLEDGE_CLASSES | COMPUTED_CLASSES
    found = {term for term, domain in classes.items() if domain <= reserved}
    assert sorted(str(term) for term in found - KNOWLEDGE_PREDICATES - COMPUTED_PREDICATES) == []
