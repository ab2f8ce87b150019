"""A rule reasoner over our data adds superclasses, superproperties and inverses, nothing more."""

import owlrl  # type: ignore[import-untyped]
import rdflib
from rdflib import OWL, RDF

from engine.assets import assets_root
from engine.vocab import AIMS, PROV

_DATA = """
@prefix aims: <https://w3id.org/aimsgraph/ns#> .
@prefix ex: <https://example.org/> .
ex:risk a aims:Risk ; aims:riskOf ex:system ; aims:ownedBy ex:dataset .
ex:dataset a aims:Dataset .
ex:later aims:derivedFromVersion ex:earlier .
ex:failSafe aims:protects ex:system .
ex:one aims:sharesCapacityWith ex:two .
"""


def test_reasoning_entails_no_type_from_the_use_of_a_property() -> None:
    graph = rdflib.Graph()
    for path in sorted((assets_root() / "ontology").glob("*.ttl")):
        graph.parse(path)
    graph.parse(data=_DATA, format="turtle")
    asserted = set(graph)
    owlrl.DeductiveClosure(
        owlrl.OWLRL_Semantics, axiomatic_triples=False, datatype_axioms=False
    ).expand(graph)
    name = "https://example.org/"
    entailed = {
        (str(s).removeprefix(name), str(p), str(o).removeprefix(name))
        for s, p, o in set(graph) - asserted
        if str(s).startswith(name) and p != OWL.sameAs and o != OWL.Thing
    }
    managed, entity, kind = AIMS.ManagedEntity.value, PROV["Entity"].value, str(RDF.type)
    assert entailed == {
        ("risk", kind, managed),
        ("risk", kind, entity),
        ("dataset", kind, managed),
        ("dataset", kind, entity),
        ("dataset", kind, "http://www.w3.org/ns/dcat#Dataset"),
        ("later", PROV["wasDerivedFrom"].value, "earlier"),
        ("system", AIMS.protectedBy.value, "failSafe"),
        ("two", AIMS.sharesCapacityWith.value, "one"),
    }
    assert not [s for s in graph.subjects(RDF.type) if "ErrorMessage" in str(s)]
