"""A record that does not say what it is stands for no record: untyping hides no gap.

A rule that asks whether a record is there must ask for its class. Otherwise dropping the class of
a faulty record would leave the rule that asks for it content, and the rules that judge the class
with nothing to judge.
"""

import re
from collections.abc import Callable, Iterable

import pytest

from engine.knowledge import KnowledgePack
from engine.rdf import Literal, NamedNode, Term, Triple, terms_of
from engine.shacl import validate
from engine.snapshot import Reader
from engine.vocab import AIMS, RDF_TYPE, RDFS, SH, SHAPES, shorten
from tests.shapes.test_rules import GRAPH, HERE, shapes_of, triples

ABSENCES = sorted({s.subject for s in GRAPH.using(AIMS.absenceOf)}, key=str)
# Why taking the class from every record of the passing cases of a rule leaves a constraint content.
_DERIVED = "its cases assert the liveness that is derived of records with a class"
_OWN = "it judges such records themselves, and another constraint asks whether there is one"
_NO_CASE = "no passing case has what it asks about; the test above sees that it asks for the class"
_STILL_CONTENT = {
    "aimsh:CascadeAssessed-hub": _NO_CASE,
    "aimsh:ControlOperated-absent": _DERIVED,
    "aimsh:DataResourceDocumented-none": _NO_CASE,
    "aimsh:DatasetProvenance-parent": _OWN,
    "aimsh:ImpactAssessed-outdated": _OWN,
    "aimsh:ImpactDocumented-lapsed": _OWN,
    "aimsh:IncidentNotified-unset": _NO_CASE,
    "aimsh:ReassessAfterTrigger-cause": _NO_CASE,
    "aimsh:RequirementTraced-evidence": _DERIVED,
    "aimsh:RevalidationDue-changed": _NO_CASE,
    "aimsh:TreatmentPlanCurrent-ended": _OWN,
}


def _classes(constraint: Term, pack: KnowledgePack) -> set[Term]:
    """The classes of which ``constraint`` reports the absence, with those below them."""
    found: set[Term] = set(GRAPH.values(constraint, AIMS.absenceOf))
    edges = [terms_of(t) for t in pack.ontology_triples if t.predicate == RDFS.subClassOf]
    while grown := {below for below, _, above in edges if above in found} - found:
        found |= grown
    return found


def _absences(query: str) -> list[str]:
    """The insides of each NOT EXISTS that is in no other."""
    found, end = [], 0
    for match in re.finditer(r"NOT EXISTS \{", query):
        if match.start() < end:
            continue
        depth, end = 1, match.end()
        while depth:
            depth += {"{": 1, "}": -1}.get(query[end], 0)
            end += 1
        found.append(query[match.end() : end - 1])
    return found


@pytest.mark.parametrize("constraint", ABSENCES, ids=shorten)
def test_an_absent_record_is_looked_for_by_its_class(
    constraint: NamedNode, knowledge: KnowledgePack
) -> None:
    (select,) = GRAPH.values(constraint, SH.select)
    assert isinstance(select, Literal)
    asked = " ".join(_absences(select.value))
    names = [shorten(one) for one in _classes(constraint, knowledge) if isinstance(one, NamedNode)]
    typed = any(re.search(rf"(\ba|[(,]) ?{name}\b", asked) for name in names)
    # Liveness is derived of records that are typed Evidence and of no others.
    assert typed or "aims:livenessState" in asked, f"{shorten(constraint)} takes any node"


@pytest.mark.parametrize("constraint", ABSENCES, ids=shorten)
def test_untyped_records_are_as_good_as_absent(
    constraint: NamedNode,
    knowledge: KnowledgePack,
    reader_of: Callable[[Iterable[Triple]], Reader],
) -> None:
    name = SHAPES.local(constraint).partition("-")[0]
    rule = SHAPES[name]
    untyped = _classes(constraint, knowledge)
    for path in sorted([*HERE.glob(f"{name}.pass.ttl"), *HERE.glob(f"{name}.*.pass.ttl")]):
        kept = [t for t in triples(path) if t.predicate != RDF_TYPE or t.object not in untyped]
        report = validate(reader_of(kept), shapes_of(rule), rules=[rule])
        if any(f.constraint == constraint for f in report.findings):
            assert shorten(constraint) not in _STILL_CONTENT
            return
    assert shorten(constraint) in _STILL_CONTENT
