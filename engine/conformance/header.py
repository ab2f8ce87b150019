"""What an auditor sees first: what an assessment is about, and what it is not."""

from dataclasses import dataclass

from engine.conformance.completeness import Completeness
from engine.conformance.facts import Facts
from engine.conformance.obligations import Knowledge
from engine.conformance.scope import NO_MANAGEMENT_SYSTEM, NO_SCOPE, SEVERAL_SCOPES, Scope
from engine.conformance.soa import Soa
from engine.rdf import NamedNode, Node
from engine.view import format_instant

Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class Named:
    """A node with what to call it, and a reason where one belongs to it."""

    node: Node
    label: str
    reason: str = ""

    def to_json(self) -> Json:
        """``{"iri", "label"}``, with ``"reason"`` where there is one."""
        iri = self.node.value if isinstance(self.node, NamedNode) else str(self.node)
        plain: Json = {"iri": iri, "label": self.label}
        return plain | {"reason": self.reason} if self.reason else plain


@dataclass(frozen=True, slots=True)
class Header:
    """Position, instant, period, view, pack, management system, scope and their editions.

    ``reconciled``: the last completeness reconciliation, as a sentence; empty for none.
    """

    sequence: int
    head: str
    at: str
    period: str
    restricted: bool
    pack: str
    edition: str
    management_system: Named | None
    other_management_systems: tuple[Named, ...]
    scope_version: str | None
    units_in: tuple[Named, ...]
    units_out: tuple[Named, ...]
    systems_in: tuple[Named, ...]
    systems_out: tuple[Named, ...]
    soa_version: str | None
    soa_suspect: tuple[str, ...]
    reconciled: str
    note: str

    @property
    def closing(self) -> str:
        """The sentence that closes every report."""
        scope = "no management system recorded"
        if self.management_system is not None:
            version = self.scope_version or "not approved"
            scope = f"{self.management_system.label} (scope version {version})"
        return (
            f"Computed from the facts recorded at sequence {self.sequence}, for period "
            f"{self.period}, in scope {scope}, by rule pack {self.pack[:12]}; it is not an audit "
            "conclusion."
        )

    def to_json(self) -> Json:
        """Every field, and ``"closing"``; see ``docs/statuses.md``."""
        system = self.management_system
        return {
            "sequence": self.sequence,
            "head": self.head,
            "at": self.at,
            "period": self.period,
            "view": "restricted" if self.restricted else "complete",
            "pack": self.pack,
            "edition": self.edition,
            "management_system": system.to_json() if system else None,
            "other_management_systems": [n.to_json() for n in self.other_management_systems],
            "scope": {
                "version": self.scope_version,
                "systems_in": [named.to_json() for named in self.systems_in],
                "systems_out": [named.to_json() for named in self.systems_out],
                "units_in": [named.to_json() for named in self.units_in],
                "units_out": [named.to_json() for named in self.units_out],
            },
            "soa": {"version": self.soa_version, "suspect": list(self.soa_suspect)},
            "reconciled": self.reconciled or None,
            "note": self.note or None,
            "closing": self.closing,
        }


def header_of(
    facts: Facts, knowledge: Knowledge, scope: Scope, soa: Soa, completeness: Completeness
) -> Header:
    """The header of an assessment of ``scope``."""
    reader, view = facts.reader, facts.reader.view

    def named(node: Node, reason: str = "") -> Named:
        return Named(node, facts.label(node), reason)

    system, statement = scope.management_system, scope.statement
    return Header(
        sequence=reader.sequence,
        head=reader.head_hash,
        at=format_instant(view.evaluated_at),
        period=str(view.judged_period),
        restricted=view.restricted,
        pack=reader.pack.digest,
        edition=knowledge.edition,
        management_system=named(system) if system is not None else None,
        other_management_systems=tuple(named(other) for other in scope.others),
        scope_version=statement.version if statement else None,
        units_in=tuple(named(node) for node in scope.units_in),
        units_out=tuple(named(node, why) for node, why in scope.units_out.items()),
        systems_in=tuple(named(node) for node in scope.systems.inside),
        systems_out=tuple(named(node, why) for node, why in scope.systems.outside.items()),
        soa_version=soa.statement.version if soa.statement else None,
        soa_suspect=soa.statement.suspect if soa.statement else (),
        reconciled=_reconciled(facts, completeness),
        note=_note(scope),
    )


def _reconciled(facts: Facts, completeness: Completeness) -> str:
    if not completeness.statements:
        return ""
    last = completeness.statements[0]
    told = (last.as_of, last.reconciled_to)
    together = sum((one.as_of, one.reconciled_to) == told for one in completeness.statements)
    more = f" and {together - 1} more registers" if together > 1 else ""
    off = [
        f"; a difference of {one.difference} on {facts.label(one.cls)}"
        for one in completeness.statements
        if one.difference
    ]
    when = format_instant(last.as_of)
    return f"{facts.label(last.cls)}{more} against {last.reconciled_to}, {when}{''.join(off)}"


def _note(scope: Scope) -> str:
    if scope.management_system is None:
        return NO_MANAGEMENT_SYSTEM
    if scope.statement is None:
        return NO_SCOPE
    if scope.statement.others:
        return f"{SEVERAL_SCOPES}; what any of them includes counts"
    return ""
