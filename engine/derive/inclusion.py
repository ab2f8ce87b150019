"""Whether the Statement of Applicability in force includes each control, as a fact.

A control is included where the statement includes it for the management system or for any system
(named query ``tool/inclusion``). Writes ``aims:includedNow``; a control of which no statement in
force speaks has none.
"""

from collections.abc import Collection, Iterator

from engine.derive import Derivation
from engine.derive._upkeep import of_query, rows
from engine.rdf import Literal, NamedNode, Node, Triple
from engine.snapshot import Reader
from engine.vocab import AIMS

_QUERY = "tool/inclusion"


def _controls(reader: Reader, nodes: Collection[Node] | None = None) -> Iterator[Triple]:
    for row in rows(reader, _QUERY, "control", nodes):
        control, included = row["control"], row["included"]
        if isinstance(control, NamedNode) and isinstance(included, Literal):
            yield Triple(control, AIMS.includedNow, included)


derivation = Derivation(
    name="inclusion",
    reads=("aims:inForce", "aims:included", "aims:soaControl"),
    writes=("aims:includedNow",),
    run=_controls,
    query=_QUERY,
    touched=of_query(_QUERY, "control"),
    about=_controls,
)
