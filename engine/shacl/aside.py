"""Rules that are judged in a process of their own, bounded in statements, memory and time.

Two kinds. A query outside the grammar that can be asked of all focus nodes at once is asked for
each of them: it may be written so that it never ends. And a shape may use what SHACL 1.0 does not
have and this engine does not evaluate (SHACL Advanced Features: custom targets, ``sh:expression``,
SPARQL functions); pySHACL judges it, where it is installed. Whatever goes over a bound is *not
validated*. A process gets the graph as text, so results do not depend on where a rule is judged.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal as Choice
from typing import cast

from engine.canonical import canonical
from engine.errors import LimitError, NotValidatedError
from engine.rdf import Literal, NamedNode, Node, Quad, RdfFormat, Term, Triple, parse, serialize
from engine.shacl.data import Lookup
from engine.shacl.evaluate import Evaluation
from engine.shacl.graphdata import GraphData
from engine.shacl.model import AskConstraint, SparqlConstraint
from engine.shacl.reference import judged_by_reference
from engine.shacl.results import Finding, RuleRun
from engine.shacl.shapes import Shapes, parse_shapes
from engine.sparql.tokens import tokens
from engine.store.port import Solutions
from engine.vocab import RDF_TYPE, SH
from engine.workers import run

How = Choice["each", "reference"]
_NAMED = "SELECT ?s ?p ?o ?g { GRAPH ?g { ?s ?p ?o } }"
_QUERIES = frozenset({SH.select, SH.ask, SH.construct, SH.update})
_OUTWARD = frozenset({"SERVICE", "LOAD"})
# How pySHACL and rdflib fail on what they cannot read; anything else ends the process, which tells.
_FAULTS = (AttributeError, LookupError, RuntimeError, TypeError, ValueError)
_SUBJECT = NamedNode("urn:aimsgraph:term")


@dataclass(frozen=True, slots=True)
class Bounds:
    """What judging one rule may take: statements of the graph, bytes of memory, seconds.

    ``reference_statements``: for pySHACL, which takes about a hundred times as long a statement.
    """

    statements: int = 2_000_000
    reference_statements: int = 100_000
    memory_bytes: int = 4 * 1024**3
    seconds: float = 60.0


def how(shapes: Shapes, rule: Node) -> How | None:
    """How ``rule`` is judged where it is judged aside; None where it is not."""
    closure = [shapes[node] for node in shapes.closure(rule)]
    if any(shape.beyond for shape in closure):
        return "reference"
    queries = [c for shape in closure for c in shape.constraints]
    asked = [c for c in queries if isinstance(c, SparqlConstraint | AskConstraint)]
    # A function that a shapes graph declares is unknown to the store, where it gives no value.
    if asked and shapes.functions:
        return "reference"
    each = any(isinstance(c, AskConstraint) or not c.setwise for c in asked)
    return "each" if each else None


def judged_aside(shapes: Shapes, lookup: Lookup, rule: Node, by: How, bounds: Bounds) -> RuleRun:
    """The run of ``rule`` in a process of its own.

    Raises NotValidatedError, LimitError for what goes over a bound.
    """
    if by == "reference":
        _require_runnable(shapes, rule)
    most = bounds.reference_statements if by == "reference" else bounds.statements
    size = lookup.data.size
    if size > most:
        raise LimitError(
            f"the graph has about {size:,} statements, and this rule is judged over {most:,} at "
            "most, because it is judged apart from the others",
            remedy="Write it so that it can be asked of all focus nodes at once.",
        )
    request = _Request(
        rule=str(rule),
        by=by,
        canonical=lookup.same is canonical,
        data=_document(lookup.data.match(None, None, None)),
        named=_named(shapes, lookup) if by == "each" else b"",
        shapes=_document(shapes.graph.triples()),
    )
    told = run(
        _answered,
        request,
        memory_bytes=bounds.memory_bytes,
        seconds=bounds.seconds,
        what="judging the rule",
    )
    return told.run(rule)


def _require_runnable(shapes: Shapes, rule: Node) -> None:
    """Raise NotValidatedError for what is not run by anything."""
    if not isinstance(rule, NamedNode):
        raise NotValidatedError(
            "the shape has no IRI, and it uses more than SHACL 1.0", remedy="Give it an IRI."
        )
    used = {term for node in shapes.closure(rule) for term in shapes[node].beyond}
    triples = tuple(shapes.graph.triples())
    scripted = any(SH.local(t.predicate).startswith("js") for t in triples if t.predicate in SH)
    if SH.js in used or (SH.target in used and scripted):
        raise NotValidatedError(
            "the shape asks for a script to be run, which is never done",
            remedy="Express it in SHACL or SPARQL.",
        )
    texts = (t.object for t in triples if t.predicate in _QUERIES)
    words = (
        token.word for text in texts if isinstance(text, Literal) for token in tokens(text.value)
    )
    if not _OUTWARD.isdisjoint(words):
        raise NotValidatedError(
            "a query of the shapes graph asks another service, which is never done",
            remedy="Bring the data into the graph.",
        )


def _named(shapes: Shapes, lookup: Lookup) -> bytes:
    """The named graphs of the data, where a query of ``shapes`` can reach them."""
    constraints = (c for shape in shapes.by_node.values() for c in shape.constraints)
    texts = (c.text for c in constraints if isinstance(c, SparqlConstraint | AskConstraint))
    if not any("GRAPH" in text.upper() for text in texts):
        return b""
    found = lookup.data.run(_NAMED, {})
    assert isinstance(found, Solutions)
    quads = (Quad(*row) for row in found.rows)  # type: ignore[arg-type]
    return serialize(quads, format=RdfFormat.N_QUADS) or b""


def _document(triples: Iterable[Triple]) -> bytes:
    return serialize(triples, format=RdfFormat.N_TRIPLES) or b""


# What goes over: plain values, because an answer may hold nothing else


@dataclass(frozen=True, slots=True)
class _Request:
    rule: str
    by: How
    canonical: bool
    data: bytes
    named: bytes
    shapes: bytes


@dataclass(frozen=True, slots=True)
class _Told:
    """A run of a rule. Terms are lines of N-Triples; of a result, ``terms`` tells their places."""

    population: bytes
    results: bytes
    fields: tuple[tuple[tuple[str, int | None], ...], ...]
    texts: tuple[tuple[str | None, str], ...]
    messages: tuple[int, ...]

    def run(self, rule: Node) -> RuleRun:
        """As the run of ``rule``."""
        left = iter(_terms(self.results))
        findings = []
        for fields, (path, message), count in zip(
            self.fields, self.texts, self.messages, strict=True
        ):
            known = {name: None if place is None else next(left) for name, place in fields}
            messages = tuple(cast(Literal, next(left)) for _ in range(count))
            findings.append(_finding(rule, known, path, message, messages))
        return RuleRun(rule, tuple(_terms(self.population)), tuple(findings))


_FIELDS = ("focus", "value", "shape", "constraint", "component", "severity")


def _finding(
    rule: Node,
    known: Mapping[str, Term | None],
    path: str | None,
    message: str,
    messages: tuple[Literal, ...],
) -> Finding:
    return Finding(
        rule=rule,
        focus=cast(Term, known["focus"]),
        path=path,
        value=known["value"],
        shape=cast(Node, known["shape"]),
        constraint=cast(Node | None, known["constraint"]),
        component=cast(NamedNode, known["component"]),
        severity=cast(NamedNode, known["severity"]),
        message=message,
        messages=messages,
    )


def _told(run: RuleRun) -> _Told:
    terms: list[Term] = []
    fields = []
    for finding in run.findings:
        named: list[tuple[str, int | None]] = []
        for name in _FIELDS:
            term = getattr(finding, name)
            named.append((name, None if term is None else len(terms)))
            terms += [] if term is None else [term]
        terms += finding.messages
        fields.append(tuple(named))
    return _Told(
        population=_lines(run.population),
        results=_lines(terms),
        fields=tuple(fields),
        texts=tuple((finding.path, finding.message) for finding in run.findings),
        messages=tuple(len(finding.messages) for finding in run.findings),
    )


def _lines(terms: Sequence[Term]) -> bytes:
    return _document(Triple(_SUBJECT, RDF_TYPE, term) for term in terms)


def _terms(lines: bytes) -> Iterator[Term]:
    return (cast(Term, quad.object) for quad in parse(lines, format=RdfFormat.N_TRIPLES))


def _triples(lines: bytes) -> Iterator[Triple]:
    return (quad.triple for quad in parse(lines, format=RdfFormat.N_TRIPLES))


# In the process of its own


def _answered(request: _Request) -> _Told:
    work: Mapping[How, Callable[[_Request], RuleRun]] = {
        "each": _by_itself,
        "reference": _by_reference,
    }
    found = work[request.by](request)
    if found.state != "validated":
        raise NotValidatedError(found.reason)
    return _told(found)


def _by_itself(request: _Request) -> RuleRun:
    described = tuple(_triples(request.shapes))
    shapes = parse_shapes(described)
    data = GraphData(_triples(request.data), described)
    data.add_named(parse(request.named, format=RdfFormat.N_QUADS))
    lookup = Lookup(data, canonical) if request.canonical else Lookup(data)
    rule = next(node for node in shapes.rules if str(node) == request.rule)
    return Evaluation(shapes, lookup).run(rule)


def _by_reference(request: _Request) -> RuleRun:
    rule = NamedNode(request.rule[1:-1])
    try:
        return judged_by_reference(rule, _triples(request.data), _triples(request.shapes))
    except _FAULTS as error:
        raise NotValidatedError(f"pySHACL could not judge it: {str(error)[:300]}") from error
