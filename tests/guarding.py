"""A small knowledge pack to guard imports with, and facts for it."""

from engine.knowledge import KnowledgePack, shipped_pack
from tests.facts import HEAD

CANARY = """aimsh:CanaryAlwaysFires a sh:NodeShape ; sh:targetClass aims:EvaluationContext ;
    sh:severity sh:Info ; sh:property aimsh:CanaryAlwaysFires-never .
aimsh:CanaryAlwaysFires-never sh:path aims:evaluatedAt ; sh:maxCount 0 ; sh:severity sh:Info .
"""
# One rule of each severity, one of a severity of its own, one with several results on one node,
# and one that cannot be run once something is poisoned.
RULES = '''
aimsh:Owned a sh:NodeShape ; sh:targetClass ex:Thing ; sh:property aimsh:Owned-owner .
aimsh:Owned-owner sh:path ex:owner ; sh:minCount 1 ; sh:message "nobody owns it; name an owner" .
aimsh:Named a sh:NodeShape ; sh:targetClass ex:Thing ; sh:property aimsh:Named-name .
aimsh:Named-name sh:path ex:name ; sh:maxCount 1 ; sh:severity sh:Warning .
aimsh:Noted a sh:NodeShape ; sh:targetSubjectsOf ex:note ; sh:property aimsh:Noted-note .
aimsh:Noted-note sh:path ex:note ; sh:datatype xsd:integer ; sh:severity sh:Info .
aimsh:Odd a sh:NodeShape ; sh:targetClass ex:Odd ; sh:property aimsh:Odd-none .
aimsh:Odd-none sh:path rdf:type ; sh:maxCount 0 ; sh:severity ex:House .
aimsh:Linked a sh:NodeShape ; sh:targetClass ex:Thing ; sh:sparql aimsh:Linked-broken .
aimsh:Linked-broken sh:message "{$this} is broken by {?by} since {?since}; mend it" ;
    sh:select """SELECT $this ?by ?since WHERE { $this <https://example.org/brokenBy> ?by .
        OPTIONAL { $this <https://example.org/since> ?since } }""" .
aimsh:Poison a sh:NodeShape ; sh:targetClass ex:Thing , ex:Poison ; sh:sparql aimsh:Poison-any .
aimsh:Poison-any sh:message "a poisoned thing" ;
    sh:select """SELECT $this ?failure WHERE { $this <https://example.org/poisoned> true .
        OPTIONAL { $this a <https://example.org/Poison> . BIND (true AS ?failure) } }""" .
'''
ONTOLOGY = "ex:Sub rdfs:subClassOf ex:Thing . "
# Derivations ask named queries.
QUERIES = {path: text for path, text in shipped_pack().files.items() if path.endswith(".rq")}
PACK = KnowledgePack(
    QUERIES
    | {
        "shapes/rules.ttl": (HEAD + CANARY + RULES).encode(),
        "ontology/core.ttl": (HEAD + ONTOLOGY).encode(),
    }
)
OWNED = "ex:a a ex:Thing ; ex:owner ex:ann ."
UNOWNED = "ex:a a ex:Thing ."
