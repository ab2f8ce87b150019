"""What a restricted view is told of what was computed on everything.

Rule results and statuses are computed once, on the full view, because rules of absence would give
false answers on less. Whoever has the grant ``assessment`` sees them, with facts that he may not
read withheld: a node, literal, triple, instant or text is told only where his own view holds it, or
where the same computation on his own view alone gives it, too. So nothing is told that he could not
read or compute himself, but statuses, outcomes and counts, which is what the grant is for.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Any, Self, TypeVar, cast

from engine.conformance import Assessment, assess
from engine.conformance.header import Named
from engine.conformance.obligations import Item, Obligation
from engine.errors import NotDisclosedError
from engine.rdf import BlankNode, Literal, NamedNode, Node, Term, Triple, terms_of
from engine.shacl import Finding, Report, run_pack
from engine.snapshot import Reader
from engine.snapshot.projection import in_view
from engine.timeline import Point
from engine.view import View
from engine.vocab import AIMS

T = TypeVar("T")
WITHHELD = AIMS.withheld
TEXT = "withheld"
# What the knowledge pack and headers of entries say, which everybody may read.
_KNOWN = (Item, Obligation, Point)


def require_disclosed(view: View) -> None:
    """Raise NotDisclosedError where ``view`` does not disclose rule results and statuses."""
    if not view.discloses:
        raise NotDisclosedError(
            "rule results and statuses are not disclosed to this view",
            remedy="Ask for the grant on the compartment assessment.",
        )


def require_covered(view: View, base: str, graph: NamedNode) -> None:
    """Raise NotDisclosedError where ``graph`` may not be written through ``view``.

    It says the same whether or not there is such a graph.
    """
    if view.restricted and not in_view(graph, view.compartments or (), base):
        raise NotDisclosedError(
            f"the graph <{graph.value}> may not be written here",
            remedy="Write to a compartment that you have a grant on.",
        )


@dataclass(frozen=True, slots=True)
class Asked:
    """What an assessment is asked for; see ``engine.conformance.assess``."""

    items: Collection[NamedNode] | None = None
    system: NamedNode | None = None
    facts: bool = False

    def on(self, reader: Reader, report: Report) -> Assessment:
        """The assessment of ``reader``. Raises NotFoundError."""
        return assess(reader, report, items=self.items, system=self.system, facts=self.facts)


@dataclass(frozen=True, slots=True)
class Disclosed:
    """Rule results as the restricted ``reader`` is told them; ``own`` are those of it alone."""

    reader: Reader
    own: Report
    report: Report

    @classmethod
    def of(cls, reader: Reader, whole: Report) -> Self:
        """``whole``, computed on everything, as ``reader`` may see it."""
        own = run_pack(reader)
        return cls(reader, own, Disclosure(reader, [own]).of(whole))

    def tell(self, whole: T, own: object) -> T:
        """``whole``, where the same computation on the reader alone gives ``own``."""
        return Disclosure(self.reader, [self.own, own]).of(whole)


class Disclosure:
    """Tells values that were computed on everything as ``reader``, a restricted one, may see them.

    ``own``: values that were computed on ``reader`` alone in the same way.
    """

    def __init__(self, reader: Reader, own: Iterable[object]) -> None:
        self._reader = reader
        self._texts: set[str] = {"", TEXT}
        self._instants: set[datetime] = set()
        self._seen: dict[Term, bool] = {WITHHELD: True}
        for value in own:
            self._learn(value)

    def _learn(self, value: object) -> None:
        if isinstance(value, str) and not isinstance(value, Enum):
            self._texts.add(value)
        elif isinstance(value, datetime):
            self._instants.add(value)
        elif isinstance(value, NamedNode | BlankNode | Literal):
            self._seen[value] = True
        elif isinstance(value, Mapping):
            self._learn(tuple(value))
            self._learn(tuple(value.values()))
        elif isinstance(value, tuple | list | frozenset | set):
            for one in value:
                self._learn(one)
        elif is_dataclass(value):
            for field in fields(value):
                self._learn(getattr(value, field.name))

    def of(self, value: T) -> T:
        """``value``, immutable as it is, with what may not be read withheld."""
        return cast(T, self._told(value))

    def _told(self, value: object) -> object:
        if value is None or isinstance(value, (bool, int, float, Enum, Triple, *_KNOWN)):
            return value
        if isinstance(value, str):
            return value if value in self._texts else TEXT
        if isinstance(value, datetime):
            return value if value in self._instants else None
        if isinstance(value, NamedNode | BlankNode | Literal):
            return self._term(value)
        if isinstance(value, Mapping):
            return {self._told(key): self._told(one) for key, one in value.items()}
        if isinstance(value, tuple | list | frozenset | set):
            return self._several(value)
        if isinstance(value, Finding):
            return self._finding(value)
        if isinstance(value, Named):
            return self._named(value)
        if is_dataclass(value) and not isinstance(value, type):
            return self._fields(value)
        if hasattr(value, "as_tuple"):  # A decimal number.
            return value
        raise TypeError(f"nothing says how a {type(value).__name__} is disclosed")

    def _several(self, values: Iterable[object]) -> object:
        told = [
            self._told(one)
            for one in values
            if not isinstance(one, Triple) or self._reader.contains(*terms_of(one))
        ]
        return tuple(told) if not isinstance(values, frozenset | set) else frozenset(told)

    def _fields(self, value: Any) -> object:
        told = {f.name: self._told(getattr(value, f.name)) for f in fields(value) if f.init}
        if isinstance(value, Assessment):
            told["labels"] = self._labels(value.labels)
        return replace(value, **told)

    def _labels(self, labels: Mapping[Node, str]) -> Mapping[Node, str]:
        shown = {node: self._reader.label(node) for node in labels if self.sees(node)}
        return shown | {WITHHELD: TEXT}

    def _named(self, value: Named) -> Named:
        if not self.sees(value.node):
            return Named(WITHHELD, TEXT, TEXT if value.reason else "")
        return Named(
            value.node, self._reader.label(value.node), cast(str, self._told(value.reason))
        )

    def _finding(self, finding: Finding) -> Finding:
        told = finding.message in self._texts
        value = None if finding.value is None else self._term(finding.value)
        return replace(
            finding,
            focus=self._term(finding.focus),
            value=value,
            message=finding.message if told else TEXT,
            messages=finding.messages if told else (Literal(TEXT),),
        )

    def _term(self, term: Term) -> Term:
        if self.sees(term):
            return term
        return Literal(TEXT) if isinstance(term, Literal) else WITHHELD

    def sees(self, term: Term) -> bool:
        """Whether the view holds ``term``, or what was computed on it alone does."""
        known = self._seen.get(term)
        if known is None:
            found = self._reader.contains(None, None, term)
            if not found and not isinstance(term, Literal):
                found = self._reader.contains(term)
            known = self._seen[term] = found
        return known
