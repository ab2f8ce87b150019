"""Small worlds to judge: the shipped vocabulary with obligations, rules and facts of a test's own.

Judged at 2026-07-01, period 2026-01-01/2026-07-01, unless a test says otherwise.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from engine.conformance import Assessment, assess
from engine.rdf import NamedNode
from engine.shacl import Report
from engine.snapshot import Reader
from engine.vocab import ISO42001, PREFIXES

EX = "https://example.org/"
GRAPH = NamedNode("https://aims.example/graph/general/test")
HEAD = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in PREFIXES.items())
HEAD += f"@prefix ex: <{EX}> .\n"

# A management system whose approved scope includes one system and excludes another; a third one
# has no scope decision.
ORGANISATION = """
ex:aims a aims:AIManagementSystem ; skos:prefLabel "Test AIMS" ; aims:ownedBy ex:chief .
ex:chief a aims:Person ; skos:prefLabel "Chief" .
ex:scope a aims:ScopeStatement ; aims:scopeFor ex:aims ; aims:version "3" ;
    aims:approvedBy ex:chief ; aims:approvedAt "2025-01-01T00:00:00Z"^^xsd:dateTime ;
    aims:validFrom "2025-01-01T00:00:00Z"^^xsd:dateTime ;
    aims:includes ex:inside , ex:unit ; aims:hasExclusion ex:exclusion .
ex:exclusion a aims:ScopeExclusion ; aims:excludes ex:excluded ; aims:justification "a toy" .
ex:unit a aims:OrganizationalUnit ; skos:prefLabel "Claims" .
ex:inside a aims:AISystem ; skos:prefLabel "Inside" ; aims:ownedBy ex:owner .
ex:excluded a aims:AISystem ; skos:prefLabel "Excluded" .
ex:undecided a aims:AISystem ; skos:prefLabel "Undecided" .
ex:owner a aims:Person ; skos:prefLabel "Owner" .
"""

# Two obligations of 6.2, decided by one rule each: the system has a use; the use has a purpose.
RULED = """
aims:ob-6.2-use a aims:Obligation ; skos:prefLabel "use recorded" ; aims:ofItem iso42001:c6.2 ;
    aims:subjectKind aimsc:subject-ai-system ; aims:basis aimsc:basis-standard ;
    aims:rung aimsc:rung-implemented ; aims:decisive true ; aims:decider aimsc:decider-rule .
aims:ob-6.2-purpose a aims:Obligation ; skos:prefLabel "purpose" ; aims:ofItem iso42001:c6.2 ;
    aims:subjectKind aimsc:subject-ai-system ; aims:basis aimsc:basis-standard ;
    aims:rung aimsc:rung-defined ; aims:decisive false ; aims:decider aimsc:decider-rule .
"""
RULES = """
aimsh:HasUse a sh:NodeShape ; aims:decides aims:ob-6.2-use ; sh:targetClass aims:AISystem ;
    sh:property aimsh:HasUse-use .
aimsh:HasUse-use a sh:PropertyShape ; sh:path aims:hasIntendedUse ; sh:minCount 1 ;
    sh:message "6.2: the system has no intended use; record one." ;
    aims:missingPattern "{$this} aims:hasIntendedUse ?use ." .
aimsh:HasPurpose a sh:NodeShape ; aims:decides aims:ob-6.2-purpose ;
    sh:targetClass aims:IntendedUse ; aims:subjectPath [ sh:inversePath aims:hasIntendedUse ] ;
    sh:property aimsh:HasPurpose-purpose .
aimsh:HasPurpose-purpose a sh:PropertyShape ; sh:path rdfs:comment ; sh:minCount 1 ;
    sh:message "6.2: the use has no purpose; write it." .
"""
JUDGED = """
aims:ob-4.1-adequate a aims:Obligation , aims:JudgementObligation ; skos:prefLabel "adequate" ;
    aims:ofItem iso42001:c4.1 ; aims:subjectKind aimsc:subject-management-system ;
    aims:basis aimsc:basis-standard ; aims:rung aimsc:rung-operated ; aims:decisive true ;
    aims:decider aimsc:decider-judgement .
"""


@dataclass(frozen=True)
class World:
    """One pack and one set of facts, opened."""

    reader: Reader
    report: Report

    def assess(self, *refs: str, system: str | None = None, facts: bool = False) -> Assessment:
        """The assessment of the items numbered ``refs``, all where none is named."""
        return assess(
            self.reader,
            self.report,
            items=[item_node(ref) for ref in refs] or None,
            system=ex(system) if system else None,
            facts=facts,
        )


def ex(name: str) -> NamedNode:
    return NamedNode(EX + name)


def item_node(ref: str) -> NamedNode:
    return ISO42001[ref if ref.startswith("A") else f"c{ref}"]


class MakeWorld(Protocol):
    """Opens a world."""

    def __call__(
        self,
        facts: str,
        *,
        obligations: str = RULED,
        rules: str = RULES,
        at: str = "2026-07-01T00:00:00Z",
        changes: Mapping[str, int] | None = None,
    ) -> World: ...
