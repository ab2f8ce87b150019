"""Triggers: which triples concern which focus nodes, told from shapes and queries."""

import re

import pytest

from engine.knowledge import shipped_pack
from engine.shacl import pack_reach, pack_shapes, parse_shapes
from engine.shacl.affected import ALL, Reach
from engine.shacl.paths import path_text
from engine.shacl.reach import ANYTHING, Trigger, query_triggers
from engine.vocab import AIMS, RDFS, SKOS, shorten
from tests.shacl.test_against_pyshacl import PREFIXES, triples

EX = "PREFIX ex: <https://example.org/> "
RDF_NAMESPACE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"


def said(trigger: Trigger) -> str:
    """``p [of s|o] [back] [if …]`` without prefixes."""
    if trigger == ANYTHING:
        return "anything"
    name = "any" if trigger.predicate is None else trigger.predicate.value
    start = "s" if trigger.from_subject else "o"
    back = path_text(trigger.back, curies=False) if trigger.back else ""
    way = "all" if trigger.whole else f"{start} {back}".strip()
    ends = [f"{w}={n.value}" for w, n in (("s", trigger.subject), ("o", trigger.object)) if n]
    facts = sorted(f"{'s' if f.of_subject else 'o'} {f.predicate.value} {f.value.value}"
                   for f in trigger.facts)  # fmt: skip
    text = " ".join([name, way, *ends, *(f"if {fact}" for fact in facts)])
    text = re.sub(r"\((\^<[^>]*>)\)", r"\1", text)
    for prefix, short in (("https://example.org/", ""), (RDF_NAMESPACE, "rdf:")):
        text = text.replace(prefix, short)
    return text.replace("<", "").replace(">", "")


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("$this ex:p ?a", ["p s"]),
        ("?a ex:p $this", ["p o"]),
        ("$this ex:p ex:c", ["p s o=c"]),
        ("$this ex:p ?a . ?a ex:q ?b", ["p s", "q s ^p"]),
        ("?b ex:q ?a . ?a ex:p $this", ["p o", "q o p"]),
        # The shorter of two ways.
        ("$this ex:p ?a . ?a ex:q ?b . $this ex:r ?b", ["p s", "q s ^p", "r s"]),
        ("$this ex:p/ex:q* ?a", ["p s", "q s (^q*)/^p"]),
        ("$this ex:p|^ex:q ?a", ["p s", "q o"]),
        # What must hold of an end beside.
        ("$this ex:p ?a . ?a a ex:C", ["p s if o rdf:type C", "rdf:type s ^p o=C"]),
        # Not tied to the focus: every focus node, where the facts beside hold.
        ("$this ex:p ?a . ?x a ex:C ; ex:q ?b",
         ["p s", "q all if s rdf:type C", "rdf:type all o=C"]),
        # A test is made for one solution of the group, an OPTIONAL after what stands before it.
        ("$this ex:p ?a . FILTER NOT EXISTS { ?a ex:q ?b }", ["p s", "q s ^p"]),
        ("$this ex:p ?a . OPTIONAL { ?a ex:q ?b }", ["p s", "q s ^p"]),
        ("OPTIONAL { ?a ex:q ?b } $this ex:p ?a", ["p s", "q all"]),
        ("$this ex:p ?a . OPTIONAL { $this ex:q ?b } FILTER EXISTS { ?b ex:r ?c }",
         ["p s", "q s", "r all"]),
        ("$this ex:p ?a . OPTIONAL { $this ex:q ?b } OPTIONAL { ?b ex:r ?c }",
         ["p s", "q s", "r all"]),
        ("$this ex:p ?a . OPTIONAL { ?a ex:q ?b . ?b ex:r ?c }", ["p s", "q s ^p", "r s ^q/^p"]),
        # Of a union one branch is enough, so a way leads through all of them.
        ("{ $this ex:p ?a } UNION { ?a ex:q $this } FILTER NOT EXISTS { ?a ex:r ?b }",
         ["p s", "q o", "r s ^p|q"]),
        ("{ $this ex:p ?a } UNION { $this ex:q ?c } FILTER NOT EXISTS { ?a ex:r ?b }",
         ["p s", "q s", "r all"]),
        # A nested SELECT is tied by what it projects, an aggregate by what it groups by.
        ("$this ex:p ?a . { SELECT ?a WHERE { ?a ex:q ?b . ?b ex:r ?c } }",
         ["p s", "q s ^p", "r s ^q/^p"]),
        ("$this ex:p ?a . { SELECT ?b WHERE { ?a ex:q ?b } }", ["p s", "q all"]),
        ("$this ex:p ?a . { SELECT ?a (COUNT(?b) AS ?n) WHERE { ?a ex:q ?b } GROUP BY ?a }",
         ["p s", "q s ^p"]),
        ("$this ex:p ?a . { SELECT (COUNT(?b) AS ?n) WHERE { ?a ex:q ?b } }", ["p s", "q all"]),
        ("$this ex:p ?a . { SELECT ?a WHERE { ?a ex:q ?b } LIMIT 1 }", ["p s", "q all"]),
        ("$this ex:p [ ex:q ?a ; ex:r 5, ex:d ]", ["p s", "q s ^p", "r s ^p", "r s ^p o=d"]),
        ("$this ?any ?a", ["any s"]),
        # Outside of what is followed.
        ("$this ex:p ?a . GRAPH ?g { ?a ex:q ?b }", ["anything"]),
        ("$this !ex:p ?a", ["anything"]),
        ("$this ex:p ( 1 2 )", ["anything"]),
    ],
)  # fmt: skip
def test_the_triggers_of_a_query(where: str, expected: list[str]) -> None:
    found = query_triggers(f"{EX}SELECT $this WHERE {{ {where} }}", "this")
    told = sorted(map(said, found))
    # A fact beside may be told of other triggers too; where none is expected none is compared.
    plain = sorted({text.partition(" if ")[0] for text in told})
    assert (told if any(" if " in text for text in expected) else plain) == sorted(expected)


def test_values_are_no_patterns() -> None:
    text = f"{EX}SELECT $this {{ VALUES ?a {{ ex:c ex:d }} $this ex:p ?a VALUES (?b) {{ (1) }} }}"
    assert sorted(map(said, query_triggers(text, "this"))) == ["p s"]


SHAPES_TEXT = """
ex:S a sh:NodeShape ; sh:targetClass ex:C ; sh:closed true ;
    sh:property [ sh:path ( ex:p [ sh:inversePath ex:q ] ) ; sh:class ex:D ;
        sh:node [ sh:property [ sh:path ex:r ; sh:lessThan ex:s ] ] ] .
ex:T a sh:NodeShape ; sh:targetObjectsOf ex:t ; sh:nodeKind sh:IRI .
"""


def test_the_triggers_of_shapes() -> None:
    reach = Reach(parse_shapes(triples(PREFIXES + SHAPES_TEXT)))
    found = {(said(trigger), str(rule)[-2:-1], place == ALL)
             for trigger, owners in reach.triggers() for rule, place in owners}  # fmt: skip
    sub = "http://www.w3.org/2000/01/rdf-schema#subClassOf all"
    assert found == {
        ("rdf:type s", "S", True), (sub, "S", True), ("t o", "T", True),
        ("any s", "S", False),
        ("p s", "S", False), ("q o ^p", "S", False),
        ("rdf:type s q/^p", "S", False), (sub, "S", False),
        ("r s q/^p", "S", False), ("s s q/^p", "S", False),
    }  # fmt: skip


# Rules that ask of their focus nodes whether there is something at all, anywhere: what a register
# records of it concerns each of them. Few are of a class of which there are many.
WIDE = """BoardReporting ConcernChannel IncidentPlan PolicyCurrent ReactiveAuditing RegisterNotEmpty
    RetirementCriteria RevalidationDue ReviewTraceable ScopeDecided ScopeMisfit
    SoaExclusionContradicted SoaTracksRiskAssessment SystemCodes TreatmentPlanCurrent
    UseCaseScored"""
# Of the knowledge and the evaluation context, which no register may record.
KNOWN = {
    *(AIMS.cutoff, AIMS.forParameter, AIMS.horizon, AIMS.parameterValue, AIMS.sortKey),
    *(AIMS.evaluatedAt, AIMS.periodFrom, AIMS.periodUntil, AIMS.hasCutoff),
    *(SKOS.inScheme, RDFS.subClassOf),
}
# As many as the standard has, and one management system.
FEW = {AIMS.AIManagementSystem, AIMS.Clause, AIMS.Control, AIMS.EvaluationContext}


def test_every_shipped_rule_can_be_followed_and_few_are_judged_whole() -> None:
    pack = shipped_pack()
    reach, shapes = pack_reach(pack), pack_shapes(pack)
    assert reach.unreadable == frozenset()
    assert reach.calculated == []
    wide = set()
    for trigger, owners in reach.triggers():
        context = {trigger.object, *(fact.value for fact in trigger.facts)}
        if not trigger.whole or trigger.predicate in KNOWN or AIMS.EvaluationContext in context:
            continue
        for rule, _ in owners:
            kinds = {trigger.kind} if trigger.kind else {*shapes[rule].targets.classes}
            if not kinds or not kinds <= FEW:
                wide.add(shorten(rule).removeprefix("aimsh:"))  # type: ignore[arg-type]
    assert wide == set(WIDE.split())
