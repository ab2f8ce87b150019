"""Feedback loops as facts."""

from engine.derive.loops import derivation
from engine.rdf import Node, Triple, is_node, terms_of
from engine.vocab import AIMS, DERIVED_GRAPH, RDF_TYPE
from tests.facts import ex, read, small_pack

PACK = small_pack(
    """
    aimsp:failSafeExerciseDays aims:parameterValue 365 ; aims:unit unit:DAY .
    ex:rule a aims:PropagationRule ; aims:overProperty ex:feeds ; aims:attenuation 0.5 ;
        aims:direction aimsc:direction-subject-to-object ; aims:effectKind aimsc:effect-bias .
    """,
    "tool/fail-safes-in-force",
)


def loops(facts: str) -> dict[Node, set[Node]]:
    """Members by loop; both senses of the link are checked against each other."""
    triples = list(derivation.run(read(PACK, facts)))
    assert len(triples) == len(set(triples))
    found: dict[Node, set[Node]] = {}
    for subject, predicate, obj in map(terms_of, triples):
        assert is_node(obj)
        if predicate == AIMS.loopMember:
            found.setdefault(subject, set()).add(obj)
            assert Triple(obj, AIMS.inFeedbackLoop, subject) in triples
            assert Triple(subject, RDF_TYPE, AIMS.FeedbackCycle) in triples
    assert len(triples) == len(found) + 2 * sum(map(len, found.values()))
    return found


def test_without_a_closed_path_nothing_is_derived() -> None:
    assert loops("") == {}
    assert loops("ex:a ex:feeds ex:b . ex:b ex:feeds ex:c .") == {}


def test_a_loop_names_its_members_and_they_name_it() -> None:
    found = loops("ex:a ex:feeds ex:b . ex:b ex:feeds ex:a . ex:x ex:feeds ex:a .")
    assert list(found.values()) == [{ex("a"), ex("b")}]
    assert all(loop in DERIVED_GRAPH for loop in found)


def test_a_node_that_feeds_itself_is_a_loop() -> None:
    assert list(loops("ex:a ex:feeds ex:a .").values()) == [{ex("a")}]


def test_a_loop_keeps_its_name_while_its_members_stay() -> None:
    before = loops("ex:a ex:feeds ex:b . ex:b ex:feeds ex:a .")
    later = loops(
        "ex:b ex:feeds ex:a . ex:z ex:feeds ex:y . ex:y ex:feeds ex:z . ex:a ex:feeds ex:b ."
    )
    grown = loops("ex:a ex:feeds ex:b . ex:b ex:feeds ex:c . ex:c ex:feeds ex:a .")
    assert set(before) < set(later)
    assert not set(before) & set(grown)


def test_what_was_retired_is_on_no_loop() -> None:
    facts = "ex:a ex:feeds ex:b . ex:b ex:feeds ex:a . ex:b aims:retiredAt {} ."
    assert loops(facts.format('"2026-01-01T00:00:00Z"^^xsd:dateTime')) == {}
    assert len(loops(facts.format('"2027-01-01T00:00:00Z"^^xsd:dateTime'))) == 1
