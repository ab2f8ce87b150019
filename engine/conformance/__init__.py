"""Conformance: computed statuses of 32 clauses and 38 reference controls, and their grounds.

``assess`` judges; ``gaps`` ranks what is missing; ``statement_of_applicability`` shows declared
beside computed; ``as_triples`` gives the assessment graph; ``coverage`` says which obligations the
rules decide. The algorithm is explained in ``docs/statuses.md``.
"""

from collections.abc import Collection

from engine.conformance.assessment import Assessment, ItemAssessment
from engine.conformance.assessor import Assessor
from engine.conformance.coverage import Coverage, coverage
from engine.conformance.facts import Facts
from engine.conformance.gaps import Gap, gaps
from engine.conformance.graph import as_triples
from engine.conformance.obligations import knowledge_of
from engine.conformance.soa_report import SoaReport, statement_of_applicability
from engine.errors import NotFoundError
from engine.rdf import NamedNode
from engine.shacl import Report, run_pack
from engine.snapshot import Reader
from engine.vocab import shorten

__all__ = [
    "Assessment",
    "Coverage",
    "Gap",
    "ItemAssessment",
    "SoaReport",
    "as_triples",
    "assess",
    "coverage",
    "gaps",
    "statement_of_applicability",
]


def assess(
    reader: Reader,
    report: Report | None = None,
    *,
    items: Collection[NamedNode] | None = None,
    system: NamedNode | None = None,
    management_system: NamedNode | None = None,
    facts: bool = False,
) -> Assessment:
    """The computed statuses that ``reader``, with derived facts in place, amounts to.

    ``report``: the run of the pack on it, made here where None. ``items``: only these, all where
    None. ``system``: judge only this AI system and what belongs to it; items that are not judged
    on it are left out. ``management_system``: which one, where several are recorded; else the one
    whose scope was approved last. ``facts``: also look up the supporting facts, which takes time
    in proportion to the records.

    Raises NotFoundError for an item, AI system or management system that is not there.
    """
    knowledge = knowledge_of(reader.pack)
    known = {item.node: item for item in knowledge.items}
    for node in items or ():
        if node not in known:
            raise NotFoundError(
                f"{shorten(node)} is no assessable item",
                remedy="Give a clause such as iso42001:c6.1.2 or a control such as iso42001:A.7.5.",
            )
    wanted = [item for item in knowledge.items if items is None or item.node in items]
    assessor = Assessor(
        Facts(reader),
        knowledge,
        report if report is not None else run_pack(reader),
        management_system,
    )
    if system is not None:
        assessor.known_system(system)
    return assessor.assess(wanted, system, facts=facts)
