"""What rests on nothing is not held: bare subjects in scope, and what may be said of them."""

from collections.abc import Iterator
from functools import cache

import pytest

from engine.conformance import Assessment, assess
from engine.derive import derived
from engine.knowledge import shipped_pack
from engine.rdf import Quad, RdfFormat, parse
from engine.shacl import run_pack
from engine.snapshot import reader_over
from tests.conformance.worlds import EX, GRAPH, HEAD
from tests.example import VIEW

BARE = """
ex:aims a aims:AIManagementSystem .
ex:scope a aims:ScopeStatement ; aims:scopeFor ex:aims ; aims:version "1" ;
    aims:approvedBy ex:chief ; aims:approvedAt "2025-01-01T00:00:00Z"^^xsd:dateTime ;
    aims:includes ex:bare .
ex:bare a aims:AISystem ; aims:usesModel ex:model ; aims:suppliedBy ex:supplier ;
    aims:providedTo ex:customer .
ex:model a aims:ModelVersion ; aims:trainedOn ex:data .
ex:data a aims:DatasetVersion .
ex:supplier a aims:Supplier .
ex:customer a aims:Customer .
"""
WORLDS = {
    "bare": BARE,
    "in use": BARE + "ex:bare aims:lifecycleStage aimsc:stage-production .",
    "in use, high tier": BARE
    + "ex:bare aims:lifecycleStage aimsc:stage-production ; aims:riskTier aimsc:tier-high .",
}
# What the few facts above do show.
SHOWN = {
    # an approved scope document that includes the one system
    "ob-4.3-scope",
    "ob-4.3-decided",
    # approved lately enough that neither the scope nor the statement is due for review
    "ob-7.5.3-reviewed",
    "ob-10.1-debt",
    # an approved statement with an entry for each control, none of them excluded
    "ob-6.1.3-statement",
    "ob-6.1.3-entries",
    "ob-6.1.3-exclusions",
    # the system, its supplier and its customer are recorded as what they are
    "ob-7.5.3-codes",
    # the data from which the model of the system learned
    "ob-A.4.3-data",
}


@cache
def assessed(name: str) -> Assessment:
    """Every control is included by a statement without further content."""
    controls = [
        str(triple.subject)
        for triple in shipped_pack().ontology_triples
        if triple.predicate.value.endswith("#assessable") and "#A." in str(triple.subject)
    ]
    statement = "ex:soa a aims:StatementOfApplicability ; aims:statementFor ex:aims ;"
    statement += (
        ' aims:approvedBy ex:chief ; aims:approvedAt "2025-02-01T00:00:00Z"^^xsd:dateTime .'
    )
    for number, control in enumerate(controls):
        statement += f"\nex:soa aims:hasSoaEntry ex:entry-{number} . ex:entry-{number}"
        statement += f" a aims:SoaEntry ; aims:soaControl {control} ; aims:included true ."
    assert len(controls) == 38
    text = HEAD + WORLDS[name] + statement
    quads = [
        Quad(q.subject, q.predicate, q.object, GRAPH)
        for q in parse(text.encode(), format=RdfFormat.TURTLE)
    ]
    reader = derived(reader_over(quads, shipped_pack(), VIEW))
    return assess(reader, run_pack(reader))


def held(name: str) -> Iterator[str]:
    for item in assessed(name).items:
        for part in item.obligations:
            for one in part.outcomes:
                if str(one.outcome) == "held" and part.obligation.name not in SHOWN:
                    subject = str(one.subject).replace(EX, "ex:")
                    yield f"{item.item.ref} {part.obligation.name} on {subject}: {one.reason}"


@pytest.mark.parametrize("name", WORLDS)
def test_nothing_is_held_of_which_nothing_is_recorded(name: str) -> None:
    assert sorted(held(name)) == []


@pytest.mark.parametrize("name", WORLDS)
def test_nothing_is_satisfied(name: str) -> None:
    found = {str(item.status) for item in assessed(name).items}
    assert found <= {"unsatisfied", "partial", "not-evaluable"}
