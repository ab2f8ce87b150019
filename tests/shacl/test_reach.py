"""Triggers: which triples concern which focus nodes, told from shapes and queries."""

import re

import pytest

from engine.knowledge import KnowledgePack, shipped_pack
from engine.shacl import asked_each, pack_reach, parse_shapes, wide_rules
from engine.shacl.affected import ALL, Reach
from engine.shacl.paths import path_text
from engine.shacl.reach import ANYTHING, Trigger, query_triggers
from engine.vocab import AIMS, SH, SHAPES
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


def test_every_shipped_rule_can_be_followed_and_few_are_judged_whole() -> None:
    pack = shipped_pack()
    reach = pack_reach(pack)
    assert reach.unreadable == frozenset()
    assert reach.calculated == []
    # What a register records of it somewhere concerns each of those.
    assert {str(rule): set(classes) for rule, classes in wide_rules(pack).items()} == {
        str(SHAPES[name]): classes
        for name, classes in {
            "BoardReporting": {AIMS.Risk, AIMS.Incident},
            "ScopeDecided": {AIMS.AISystem},
            "ScopeMisfit": {AIMS.AIInitiative},
            "SoaExclusionContradicted": {AIMS.SoaEntry},
            "UseCaseScored": {AIMS.UseCase},
        }.items()
    }
    assert asked_each(pack) == frozenset()


def test_what_is_few_is_no_matter() -> None:
    query = "SELECT $this { $this a %s . FILTER NOT EXISTS { ?any a aims:Risk } }"
    for cls, wide in (("aims:AIManagementSystem", False), ("aims:AISystem", True)):
        shape = f"""shapes:Rule a sh:NodeShape ; sh:targetClass {cls} ; sh:sparql [
            sh:select "PREFIX aims: <{AIMS.base}> {query % cls}" ] ."""
        found = wide_rules(one_rule(shape))
        assert found == ({SHAPES.Rule: {AIMS.AISystem}} if wide else {})


def test_what_is_asked_for_each_focus_node() -> None:
    query = f"PREFIX aims: <{AIMS.base}> SELECT $this {{ $this a aims:Risk }} LIMIT 1"
    shape = f'''shapes:Rule a sh:NodeShape ; sh:targetClass aims:Risk ;
        sh:sparql [ sh:select "{query}" ] .'''
    assert asked_each(one_rule(shape)) == {SHAPES.Rule}


def one_rule(shape: str) -> KnowledgePack:
    prefixes = f"@prefix aims: <{AIMS.base}> . @prefix shapes: <{SHAPES.base}> ."
    text = f"{prefixes} @prefix sh: <{SH.base}> . {shape}"
    shipped = shipped_pack().files
    kept = {name: body for name, body in shipped.items() if not name.startswith("shapes/")}
    return KnowledgePack(kept | {"shapes/one.ttl": text.encode()})
