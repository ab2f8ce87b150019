"""The assessment as a whole: header, documented JSON, supporting and missing facts, the graph."""

import json
import time
from itertools import pairwise

from engine.conformance import as_triples, assess
from engine.conformance.values import Status
from engine.rdf import BlankNode
from engine.vocab import AIMS, RDF_TYPE
from tests.conformance.worlds import (
    JUDGED,
    ORGANISATION,
    RULED,
    MakeWorld,
    ex,
    item_node,
)

USE = 'ex:inside aims:hasIntendedUse ex:use . ex:use a aims:IntendedUse ; rdfs:comment "p" .\n'
BOTH = RULED + JUDGED


def test_the_70_items_stand_in_the_standards_order(world: MakeWorld) -> None:
    items = world(ORGANISATION).assess().items
    assert len(items) == 70
    assert sum(item.item.control for item in items) == 38
    orders = [item.item.order for item in items]
    assert all(a < b for a, b in pairwise(orders))
    refs = [item.item.ref for item in items]
    assert refs.index("6.1.2") < refs.index("10.2") < refs.index("A.2.2") < refs.index("A.10.2")


def test_the_same_facts_give_the_same_bytes(world: MakeWorld) -> None:
    made = world(ORGANISATION + USE, obligations=BOTH)
    first, second = (json.dumps(made.assess(facts=True).to_json()) for _ in range(2))
    assert first == second


def test_the_header_says_what_it_is_about_and_what_it_is_not(world: MakeWorld) -> None:
    complete = """
    ex:c a aims:CompletenessStatement ; aims:coversClass aims:AISystem ; aims:inScopeOf ex:aims ;
        aims:statedBy ex:chief ; aims:difference 0 ; aims:reconciledTo "the asset list" ;
        aims:asOfDate "2026-06-01T00:00:00Z"^^xsd:dateTime .
    """
    made = world(ORGANISATION + USE + complete)
    document = made.assess().to_json()
    assert {
        "sequence", "head", "at", "period", "view", "pack", "edition", "management_system",
        "scope", "soa", "reconciled", "closing", "requirements",
    } <= set(document)  # fmt: skip
    assert document["at"] == "2026-07-01T00:00:00Z"
    assert document["period"] == "2026-01-01T00:00:00Z/2026-07-01T00:00:00Z"
    assert document["view"] == "complete"
    assert document["edition"] == "ISO/IEC 42001:2023"
    assert document["reconciled"] == "AI system against the asset list, 2026-06-01T00:00:00Z"
    assert document["closing"] == (
        "Computed from the facts recorded at sequence 0, for period "
        "2026-01-01T00:00:00Z/2026-07-01T00:00:00Z, in scope Test AIMS (scope version 3), by rule "
        f"pack {made.reader.pack.digest[:12]}; it is not an audit conclusion."
    )


def test_a_requirement_has_its_documented_keys(world: MakeWorld) -> None:
    made = world(ORGANISATION + USE, obligations=BOTH)
    document = made.assess("6.2", facts=True).to_json()
    requirement = document["requirements"][0]  # type: ignore[index]
    assert {
        "id", "title", "status", "rung", "ratio", "reason", "subjects", "obligations",
        "supporting", "missing", "judgement",
    } <= set(requirement)  # fmt: skip
    assert (requirement["id"], requirement["status"]) == ("6.2", "satisfied")
    assert (requirement["rung"], requirement["ratio"]) == ("implemented", 1.0)
    assert requirement["subjects"]["satisfied"] == 1
    assert requirement["subjects"]["outside"] == 2
    obligation = requirement["obligations"][1]
    assert {"id", "kind", "basis", "rung", "decisive", "counts", "outcomes"} <= set(obligation)
    assert obligation["counts"] == {"held": 1, "failed": 0, "unknown": 0, "not_exercised": 0}
    assert obligation["outcomes"][0]["subject"] == {"iri": ex("inside").value, "label": "Inside"}
    assert obligation["outcomes"][0]["population"] == 1
    assert {"s": ex("inside").value, "p": AIMS.hasIntendedUse.value, "o": ex("use").value} in (
        requirement["supporting"]
    )


def test_missing_facts_name_the_focus(world: MakeWorld) -> None:
    item = world(ORGANISATION).assess("6.2").item("6.2")
    found = {m.pattern for part in item.obligations for m in part.missing}
    assert found == {
        "<https://example.org/inside> aims:hasIntendedUse ?use .",
        "a record of intended use, or a completeness statement that covers it",
    }


def test_the_missing_facts_turn_the_outcome_and_none_can_be_left_out(world: MakeWorld) -> None:
    """What is named as missing is sufficient, and subset-minimal."""
    use = "ex:inside aims:hasIntendedUse ex:new ."
    record = 'ex:new a aims:IntendedUse ; rdfs:comment "p" .'
    results = {
        facts: world(ORGANISATION + facts).assess("6.2").item("6.2").status
        for facts in ("", use, record, use + record)
    }
    assert [facts for facts, status in results.items() if status is Status.SATISFIED] == [
        use + record
    ]


def test_supporting_facts_of_a_query_are_the_properties_that_it_names(world: MakeWorld) -> None:
    rules = '''
    aimsh:Late a sh:NodeShape ; aims:decides aims:ob-6.2-use ; sh:targetClass aims:AISystem ;
        sh:sparql aimsh:Late-s .
    aimsh:Late-s a sh:SPARQLConstraint ; sh:message "6.2: retired; say why." ;
        sh:prefixes <https://w3id.org/aimsgraph/shapes> ;
        sh:select """SELECT $this WHERE { $this aims:lifecycleStage aimsc:stage-retired . }""" .
    <https://w3id.org/aimsgraph/shapes> sh:declare
        [ sh:prefix "aims" ; sh:namespace "https://w3id.org/aimsgraph/ns#"^^xsd:anyURI ] ,
        [ sh:prefix "aimsc" ; sh:namespace "https://w3id.org/aimsgraph/scheme#"^^xsd:anyURI ] .
    '''
    facts = ORGANISATION + "ex:inside aims:lifecycleStage aimsc:stage-production ."
    item = world(facts, rules=rules).assess("6.2", facts=True).item("6.2")
    found = [part.support for part in item.obligations if part.obligation.name == "ob-6.2-use"]
    assert found[0] is not None
    assert [(t.subject, t.predicate) for t in found[0].facts] == [
        (ex("inside"), RDF_TYPE),
        (ex("inside"), AIMS.lifecycleStage),
    ]


def test_supporting_facts_are_bounded_and_counted(world: MakeWorld) -> None:
    uses = "".join(f"ex:inside aims:hasIntendedUse ex:u{n} .\n" for n in range(40))
    item = world(ORGANISATION + uses).assess("6.2", facts=True).item("6.2")
    support = next(p.support for p in item.obligations if p.obligation.name == "ob-6.2-use")
    assert support is not None
    assert (len(support.facts), support.count) == (20, 40 + 1)


def test_the_graph_has_the_statuses_and_no_blank_nodes(world: MakeWorld) -> None:
    made = world(ORGANISATION + "ex:inside aims:hasIntendedUse ex:use .")
    triples = list(as_triples(made.assess(), made.report))
    assert triples == list(as_triples(made.assess(), made.report))
    assert not any(isinstance(t.subject, BlankNode) for t in triples)
    assert not any(isinstance(t.object, BlankNode) for t in triples)
    statuses = [
        t.subject for t in triples if (t.predicate, t.object) == (RDF_TYPE, AIMS.ItemStatus)
    ]
    assert len(statuses) == 70 + 1
    on = {t.subject: t.object for t in triples if t.predicate == AIMS.onSubject}
    of = {t.subject: t.object for t in triples if t.predicate == AIMS.ofItem}
    value = {t.subject: t.object for t in triples if t.predicate == AIMS.itemStatus}
    subject = [s for s in statuses if on.get(s) == ex("inside")]
    assert [of[s] for s in subject] == [item_node("6.2")]
    assert [value[s] for s in subject] == [Status.NOT_EVALUABLE.concept]
    results = [t for t in triples if (t.predicate, t.object) == (RDF_TYPE, AIMS.RuleResult)]
    assert len(results) == len(made.report.findings)


def test_labels_cover_every_node_that_is_shown(world: MakeWorld) -> None:
    document = json.dumps(world(ORGANISATION, obligations=BOTH).assess().to_json())
    assert "<NamedNode" not in document
    assert "_:" not in document


def test_thousands_of_systems_without_a_scope_take_seconds(world: MakeWorld) -> None:
    count, copies = 2133, 30
    obligations = "".join(
        RULED.replace("ob-6.2-use", f"ob-6.2-use-{n}").replace("ob-6.2-purpose", f"ob-6.2-p-{n}")
        for n in range(copies)
    )
    rules = "".join(
        f"""
        aimsh:R{n} a sh:NodeShape ; aims:decides aims:ob-6.2-use-{n} , aims:ob-6.2-p-{n} ;
            sh:targetClass aims:AISystem ; sh:property aimsh:R{n}-use .
        aimsh:R{n}-use a sh:PropertyShape ; sh:path aims:hasIntendedUse ; sh:minCount 1 ;
            aims:absenceOf aims:IntendedUse ; sh:message "6.2: no use; record one." .
        """
        for n in range(copies)
    )
    facts = "".join(f"ex:s{n} a aims:AISystem .\n" for n in range(count))
    made = world(facts, obligations=obligations, rules=rules)
    begun = time.process_time()
    assessment = assess(made.reader, made.report)
    taken = time.process_time() - begun
    item = assessment.item("6.2")
    assert (item.status, item.outside) == (Status.NOT_EVALUABLE, count)
    assert sum(part.outside_counts.unknown for part in item.obligations) == count * copies * 2
    assert taken < 10, f"{taken:.1f} s"
