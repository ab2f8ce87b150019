"""An organisation of any size in which every rule of ours has something to judge, and holds.

The made insurer stays one management system, with its policy, controls, Statement of Applicability,
audits and evidence; what grows with an organisation (data, models, systems, risks, operation,
stakeholders) is there ``copies`` times, with every link between it and what is shared: so a control
applies to all systems, and the scope names each. In every tenth copy the example's own faults are
planted, as far as they concern what is copied.
"""

from collections.abc import Iterator
from pathlib import Path

from engine import example
from engine.iri import DEFAULT_BASE, graph_iri
from engine.ledger.draft import DEFAULT_COMPARTMENT
from engine.ledger.patch import Patch
from engine.rdf import Literal, NamedNode, Quad, RdfFormat, Term, parse, terms_of
from engine.vault import Vault
from engine.view import Period, View, parse_instant
from engine.vocab import AIMS

GROWS = frozenset({"data", "models", "systems", "risk", "operation", "stakeholders"})
# Statements of the example, and of each further copy.
FIRST, EACH = 18_519, 9_686
FAULTY = 10
VIEW = View(evaluated_at=parse_instant("2026-07-01"), period=Period.parse("2026-01-01/2026-07-01"))


def copies_for(triples: int) -> int:
    """How many copies make about ``triples`` statements."""
    return max(1, 1 + (triples - FIRST) // EACH)


def vault(folder: Path) -> Vault:
    """A vault in ``folder`` with the bytes that the evidence is about."""
    made = Vault(folder)
    for path in sorted((example.folder() / "evidence").iterdir()):
        made.put(path)
    return made


class Organisation:
    """The example's statements, and which nodes are copied."""

    def __init__(self) -> None:
        self._quads = list(_register())
        shared = {q.subject for q in self._quads if _source(q) not in GROWS}
        own = {q.subject for q in self._quads if _source(q) in GROWS} - shared
        # Criteria are the same for all.
        self._own = {n for n in own if isinstance(n, NamedNode) and "criterion" not in n.value}

    def quads(self, copies: int, *, faults: bool = False) -> Iterator[Quad]:
        """Each statement once."""
        patch = _faults() if faults else Patch()
        for number in range(copies):
            faulty = number % FAULTY == FAULTY - 1
            for quad in self._quads:
                if number and quad.subject not in self._own and quad.object not in self._own:
                    continue
                if not (faulty and quad in patch.removes and quad.subject in self._own):
                    yield self._copy(quad, number)
            for quad in patch.adds if faulty else ():
                if quad.subject in self._own:
                    yield self._copy(quad, number)

    def _copy(self, quad: Quad, number: int) -> Quad:
        if not number:
            return quad
        subject, predicate, value = terms_of(quad)
        if predicate == AIMS.identifier and isinstance(value, Literal):
            value = Literal(f"{value.value}-{number}")
        renamed: list[Term] = [
            NamedNode(f"{term.value}.{number}") if term in self._own else term
            for term in (subject, value)
        ]
        return Quad(renamed[0], predicate, renamed[1], quad.graph_name)  # type: ignore[arg-type]


def _source(quad: Quad) -> str:
    return str(quad.graph_name).rstrip(">").rpartition("/")[2]


def _register() -> Iterator[Quad]:
    for path in sorted(example.folder().glob("[0-9][0-9]-*.ttl")):
        graph = graph_iri(DEFAULT_BASE, DEFAULT_COMPARTMENT, path.stem.partition("-")[2])
        for triple in parse(path.read_bytes(), format=RdfFormat.TURTLE):
            yield Quad(*terms_of(triple), graph)


def _faults() -> Patch:
    path = example.folder() / f"{example.FAULTS}.rdfp"
    return Patch.parse(path.read_text("utf-8"), source_name=path.name)
