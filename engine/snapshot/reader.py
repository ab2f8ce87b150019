"""The Reader: what one view sees, to be matched and queried, never written."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from engine.columns import Columns
from engine.errors import InputError, NotFoundError, QueryError
from engine.knowledge import KnowledgePack
from engine.ledger.patch import Patch
from engine.rdf import Literal, NamedNode, Node, Quad, Term, Triple, terms_of
from engine.snapshot.hierarchy import Axioms, Hierarchy
from engine.snapshot.kept import Kept
from engine.snapshot.position import Position
from engine.snapshot.projection import ground, project, readable
from engine.sparql.binding import answer, evaluate
from engine.sparql.catalog import catalog, completed
from engine.store.oxigraph import OxigraphStore
from engine.store.port import Changes, Dataset, QueryResult, Solutions
from engine.view import View
from engine.vocab import AIMS, RDFS, SCHEME, SKOS, shorten

if TYPE_CHECKING:
    from engine.vault import Vault

_IRI = re.compile(r"\b(?:https?|urn):[^\s<>\"{}|\\^`;,()\[\]“”]*[^\s<>\"{}|\\^`:;,.()\[\]“”]")
_CODE = re.compile(r"(?<![\w:])aimsc:([\w-]+)")
_LABELS = (SKOS.prefLabel, RDFS.label, AIMS.identifier)


@dataclass(frozen=True, slots=True)
class Step:
    """One private graph to add to a reader: its name, and its triples from the reader so far."""

    name: NamedNode
    triples: Callable[["Reader"], Iterable[Triple]]
    in_default: bool = True


@dataclass(frozen=True, eq=False)
class Reader:
    """What one view sees. Made by ``Snapshots.open`` or ``reader_over``; never changes."""

    view: View
    pack: KnowledgePack
    base: str
    vault: "Vault | None"
    position: Position
    _store: OxigraphStore = field(repr=False)
    kept: Kept = field(default_factory=Kept, repr=False)

    @property
    def sequence(self) -> int:
        """The ledger sequence that is read."""
        return self.position.sequence

    @property
    def head_hash(self) -> str:
        """Hash of the entry at ``sequence``, hexadecimal."""
        return self.position.head_hash

    @property
    def instant(self) -> datetime | None:
        """When the entry at ``sequence`` was recorded, UTC; None without a ledger."""
        return self.position.instant

    # SPARQL

    def query(self, text: str, bindings: Mapping[str, Term] | None = None) -> QueryResult:
        """The result of a SPARQL 1.1 query over the view's dataset; our prefixes are known.

        ``bindings``: terms for variables, in every scope of the query. Raises QueryError.
        """
        return evaluate(self._store, text, bindings or {})

    def run(self, text: str, bindings: Mapping[str, Term]) -> QueryResult:
        """Like ``query``, for a text that brings each of ``bindings`` into every scope itself."""
        return self._store.query(text, substitutions=bindings)

    def answer(self, text: str, dataset: Dataset | None = None) -> QueryResult:
        """Like ``query``, narrowed to ``dataset``; rows come as the thread that asks reads them.

        Graphs that the view does not read are not there. Raises QueryError, also on reading.
        """
        return answer(self._store, text, dataset)

    @cached_property
    def size(self) -> int:
        """About how many triples it sees; a measure to choose plans by."""
        return self._store.size() // 2

    @property
    def unfolded(self) -> tuple[Triple, ...]:
        """None: what the ledger keeps has its literals in the form that queries see."""
        return ()

    @property
    def columns(self) -> Columns | None:
        """None: it keeps no columns."""
        return None

    def select(self, name: str, /, **bindings: Term) -> list[dict[str, Term | None]]:
        """The rows of the named query ``name``, with the defaults of parameters not given.

        Raises NotFoundError, InputError naming the parameter at fault, QueryError.
        """
        known = catalog(self.pack).get(name)
        if known is None:
            raise NotFoundError(
                f'there is no query named "{name[:200]}"', remedy="`aims queries` lists them."
            )
        result = self.query(known.text, completed(known, bindings))
        if not isinstance(result, Solutions):
            raise QueryError(f"the named query {name} is no SELECT")
        return [dict(zip(result.variables, row, strict=True)) for row in result.rows]

    # Triples of the default graph

    def match(
        self, s: Node | None = None, p: NamedNode | None = None, o: Term | None = None
    ) -> Iterator[Triple]:
        """The triples of the default graph that fit, each once; None fits everything."""
        return self._store.merged(s, p, o)

    def literals(self, datatype: NamedNode) -> frozenset[Literal]:
        """The literals of ``datatype`` that the default graph holds."""
        return self._store.literals(datatype)

    def contains(
        self, s: Node | None = None, p: NamedNode | None = None, o: Term | None = None
    ) -> bool:
        """Whether the default graph holds a triple that fits."""
        return next(self.match(s, p, o), None) is not None

    def values(self, s: Node, p: NamedNode) -> tuple[Term, ...]:
        """The objects of ``s`` and ``p``, sorted by their N-Triples text."""
        return tuple(sorted((terms_of(t)[2] for t in self.match(s, p)), key=str))

    def value(self, s: Node, p: NamedNode) -> Term | None:
        """The first of ``values``, None where there is none."""
        return next(iter(self.values(s, p)), None)

    # Named graphs

    def graphs(self) -> tuple[NamedNode, ...]:
        """The named graphs that hold something, reserved ones too, by IRI."""
        return self._store.graphs()

    def quads(self, graph: NamedNode, subject: Node | None = None) -> Iterator[Quad]:
        """The quads of one named graph, of one ``subject`` where it is given."""
        return self._store.match(subject, g=graph)

    def source_of(self, triple: Triple) -> tuple[NamedNode, ...]:
        """The named graphs that hold ``triple``, by IRI."""
        found = self._store.match(*terms_of(triple))
        names = (q.graph_name for q in found if isinstance(q.graph_name, NamedNode))
        return tuple(sorted(names, key=lambda name: name.value))

    # Classes and labels

    @cached_property
    def _hierarchy(self) -> Hierarchy:
        return Hierarchy(self.match, self.kept.get("axioms", lambda: Axioms(self.match)))

    def instances(self, cls: Node) -> tuple[Node, ...]:
        """The instances of ``cls`` and of its subclasses (rdf:type/rdfs:subClassOf*), sorted."""
        return self._hierarchy.instances(cls)

    def is_a(self, node: Term, cls: Node) -> bool:
        """Whether ``node`` is an instance of ``cls`` or of a subclass."""
        return self._hierarchy.is_a(node, cls)

    def superclasses(self, cls: Node) -> frozenset[Node]:
        """``cls`` and every class above it."""
        return self._hierarchy.above(cls)

    def types(self, node: Term) -> tuple[NamedNode, ...]:
        """The classes of ``node`` and everything above them, by IRI."""
        return self._hierarchy.types(node)

    @cached_property
    def _labels(self) -> dict[Node, str]:
        return {}

    def label(self, node: Term) -> str:
        """A label or identifier of ``node``, else its CURIE or the last part of its IRI.

        Of several labels an English one is taken first, then the first in order.
        """
        if isinstance(node, Literal):
            return node.value
        known = self._labels.get(node)
        if known is None:
            known = self._labels[node] = self._find_label(node)
        return known

    def _find_label(self, node: Node) -> str:
        for prop in _LABELS:
            literals = [v for v in self.values(node, prop) if isinstance(v, Literal)]
            if literals:
                return min(literals, key=lambda v: (v.language or "") not in ("", "en")).value
        if not isinstance(node, NamedNode):
            return str(node)
        short = shorten(node)
        last = node.value.rstrip("/#").replace("#", "/").rpartition("/")[2]
        return short if short != node.value else last or node.value

    def worded(self, text: str) -> str:
        """``text`` for people: each IRI in it that has a label is replaced by the label.

        So is each entry of a code list before the remedy; there CURIEs stay, to be written.
        """
        problem, semicolon, remedy = text.rpartition("; ")
        problem = _CODE.sub(self._code, problem if semicolon else text)
        return _IRI.sub(self._name, f"{problem}; {remedy}" if semicolon else problem)

    def _code(self, match: "re.Match[str]") -> str:
        label = self.label(SCHEME[match[1]])
        return match[0] if label == match[0] else f"“{label}”"

    def _name(self, match: "re.Match[str]") -> str:
        node = NamedNode(match[0])
        label = self.label(node)
        return match[0] if label in (match[0], shorten(node)) else f"“{label}”"

    # History

    def last_change(
        self, node: NamedNode, predicates: frozenset[NamedNode] | None = None
    ) -> int | None:
        """Sequence of the last readable entry up to here that changed statements about ``node``.

        ``predicates``: only statements with these count. None where there is none.
        """
        look = self.position.last_change
        return look(node, predicates) if look else None

    def recorded(
        self, nodes: Iterable[NamedNode], predicate: NamedNode
    ) -> Mapping[NamedNode, datetime]:
        """When statements with ``predicate`` about each of ``nodes`` were last changed, up to here.

        Empty for data without a ledger.
        """
        look = self.position.recorded
        return look(nodes, predicate) if look else {}

    # Private extensions

    def with_graph(
        self, name: NamedNode, triples: Iterable[Triple], *, in_default: bool
    ) -> "Reader":
        """A reader that also sees ``triples`` as the graph ``name``; this one is unchanged."""
        return self.with_graphs([Step(name, lambda _: triples, in_default)])

    def with_graphs(self, steps: Iterable[Step]) -> "Reader":
        """A reader with one more graph per step, each computed from the reader so far.

        The data are copied once for all steps, so use this for several graphs.
        """
        return replace(self, _store=self._store.copy()).grown(steps)

    def grown(self, steps: Iterable[Step]) -> "Reader":
        """Like ``with_graphs``, without a copy: for who has this reader's store for himself.

        This reader must not be used afterwards.
        """
        grown = self
        for step in steps:
            if step.name in self.graphs():
                raise InputError(
                    f"this reader has a graph <{step.name.value}> already",
                    remedy="Add it once, to the reader without it.",
                )
            triples = list(step.triples(grown))
            grown._store.add_graph(step.name, triples, in_default=step.in_default)
            # Forgets the classes and labels looked up before.
            grown = replace(grown, kept=grown.kept.after(triples))
        return grown

    def rest(self) -> None:
        """Close the files that it is kept in, where it is, so that this process may fork."""
        self._store.rest()

    def with_patch(self, patch: Changes) -> "Reader":
        """A reader as if ``patch`` had been committed; nothing is written.

        Graphs that the view may not read stay out of it. What is changed counts as recorded at the
        instant judged. Derived facts and assessments fall away, because they no longer fit:
        compute them anew.
        """
        quads = {*ground(self._store)}
        adds = frozenset(readable(patch.adds, self.view, self.base)) - quads
        effective = Patch(adds, patch.removes & quads)
        quads -= effective.removes
        quads |= adds
        position = self.position.supposing(effective, self.view.evaluated_at)
        store = project(quads, self.pack, self.view)
        return replace(self, position=position, _store=store, kept=Kept())
