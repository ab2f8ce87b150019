"""The W3C's SPARQL 1.1 cases: manifests read, and results brought into a form to compare.

A folder of the suite is a compartment, and a file in it a source, so that a relative IRI means the
graph of the file beside it. Blank nodes come back as IRIs, as everything that is recorded; they
are blank nodes again before graphs are compared.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import rdflib
from pyoxigraph import QueryResultsFormat, QuerySolutions, parse_query_results
from rdflib.compare import isomorphic

from engine.canonical import canonical
from engine.iri import DEFAULT_BASE
from engine.rdf import BlankNode, Literal, NamedNode, RdfFormat, Term, Triple, parse, terms_of

RS = "http://www.w3.org/2001/sw/DataAccess/tests/result-set#"
MF = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
QT = "http://www.w3.org/2001/sw/DataAccess/tests/test-query#"
UT = "http://www.w3.org/2009/sparql/tests/test-update#"
FIRST = "http://www.w3.org/1999/02/22-rdf-syntax-ns#first"
REST = "http://www.w3.org/1999/02/22-rdf-syntax-ns#rest"
TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
LABEL = "http://www.w3.org/2000/01/rdf-schema#label"
GENID = f"{DEFAULT_BASE}.well-known/genid/"
Row = Mapping[str, Term]


@dataclass(frozen=True)
class State:
    """A dataset of a case: files of the default graph, and those of named graphs."""

    default: tuple[Path, ...] = ()
    named: Mapping[str, Path] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """One case; ``text`` is the file of the query or update, ``result`` what must come."""

    folder: str
    name: str
    kind: str
    text: Path
    before: State = field(default_factory=State)
    result: Path | None = None
    after: State = field(default_factory=State)

    def __str__(self) -> str:
        return f"{self.folder}/{self.name}"


class _Manifest:
    def __init__(self, path: Path) -> None:
        self.folder = path.parent
        base = self.folder.absolute().as_uri() + "/manifest.ttl"
        self.edges: dict[tuple[object, str], list[Term]] = {}
        for quad in parse(path.read_bytes(), format=RdfFormat.TURTLE, base_iri=base):
            subject, predicate, value = terms_of(quad)
            self.edges.setdefault((subject, predicate.value), []).append(value)

    def all(self, node: object, *path: str) -> list[Term]:
        found: list[Term] = [node]  # type: ignore[list-item]
        for step in path:
            found = [value for one in found for value in self.edges.get((one, step), [])]
        return found

    def one(self, node: object, *path: str) -> Term | None:
        return next(iter(self.all(node, *path)), None)

    def file(self, term: Term | None) -> Path | None:
        if not isinstance(term, NamedNode) or not term.value.startswith("file:"):
            return None
        return Path(term.value.removeprefix("file://"))

    def entries(self) -> Iterator[Term]:
        for (_, predicate), values in list(self.edges.items()):
            if predicate == f"{MF}entries":
                at: Term | None = values[0]
                while at is not None and (entry := self.one(at, FIRST)) is not None:
                    yield entry
                    at = self.one(at, REST)

    def state(self, node: object, namespace: str) -> State:
        default = (self.file(term) for term in self.all(node, f"{namespace}data"))
        named: dict[str, Path] = {}
        for term in self.all(node, f"{namespace}graphData"):
            file = self.file(term) or self.file(self.one(term, f"{namespace}graph"))
            label = self.one(term, LABEL)
            assert file is not None
            named[label.value if label is not None else file.name] = file
        return State(tuple(path for path in default if path), named)

    def case(self, entry: Term) -> Case:
        kind = self.one(entry, TYPE)
        assert kind is not None
        action = self.one(entry, f"{MF}action")
        text = self.file(action)
        before = after = State()
        result = self.one(entry, f"{MF}result")
        if text is None:
            text = self.file(self.one(action, f"{QT}query") or self.one(action, f"{UT}request"))
            update = self.one(action, f"{UT}request") is not None
            before = self.state(action, UT if update else QT)
            after = self.state(result, UT) if update else after
        assert text is not None
        name = str(getattr(entry, "value", entry)).rpartition("#")[2]
        return Case(
            self.folder.name,
            name,
            str(kind.value).removeprefix(MF),
            text,
            before,
            self.file(result),
            after,
        )


def cases(suite: Path) -> list[Case]:
    """Every case of the suite in the folder ``suite``."""
    found = []
    for manifest in sorted(suite.glob("*/manifest.ttl")):
        read = _Manifest(manifest)
        found += [read.case(entry) for entry in read.entries()]
    return found


# Comparing


def plain(term: Term) -> Term:
    """``term`` with its literal canonical, and a blank node where an IRI stands for one."""
    if isinstance(term, NamedNode) and term.value.startswith(GENID):
        return BlankNode(term.value.removeprefix(GENID))
    return canonical(term)


def _rdflib(term: Term) -> rdflib.term.Node:
    if isinstance(term, NamedNode):
        return rdflib.URIRef(term.value)
    if isinstance(term, BlankNode):
        return rdflib.BNode(term.value)
    if term.language:
        return rdflib.Literal(term.value, lang=term.language)
    return rdflib.Literal(term.value, datatype=rdflib.URIRef(term.datatype.value), normalize=False)


def _graph(triples: Sequence[Triple]) -> rdflib.Graph:
    graph = rdflib.Graph()
    for triple in triples:
        subject, predicate, value = terms_of(triple)
        graph.add(tuple(_rdflib(plain(t)) for t in (subject, predicate, value)))  # type: ignore[arg-type]
    return graph


def same_graph(one: Sequence[Triple], other: Sequence[Triple]) -> bool:
    """Whether two graphs are the same but for the names of blank nodes."""
    return isomorphic(_graph(one), _graph(other))


def same_rows(one: Sequence[Row], other: Sequence[Row]) -> bool:
    """Whether two tables hold the same rows in any order."""

    def graph(rows: Sequence[Row]) -> list[Triple]:
        # Rows that are the same have to be counted, so each is a node.
        return [
            Triple(BlankNode(f"row{number}"), NamedNode(f"urn:var:{name}"), term)
            for number, row in enumerate(rows)
            for name, term in (row or {"": Literal("nothing")}).items()
        ]

    return len(one) == len(other) and isomorphic(_graph(graph(one)), _graph(graph(other)))


def table(content: bytes, suffix: str) -> list[Row] | bool:
    """A result in JSON, XML or TSV as rows, or as a truth value."""
    forms = {
        ".srj": QueryResultsFormat.JSON,
        ".srx": QueryResultsFormat.XML,
        ".tsv": QueryResultsFormat.TSV,
    }
    found = parse_query_results(content, format=forms[suffix])
    if not isinstance(found, QuerySolutions):
        return bool(found)
    names = [variable.value for variable in found.variables]
    return [
        {name: term for name, term in zip(names, row, strict=True) if term is not None}
        for row in found
    ]


def result_set(found: Sequence[Triple]) -> list[Row] | None:
    """The rows of a table that is written as a graph, None where this is not one."""
    edges: dict[tuple[object, str], list[Term]] = {}
    for triple in found:
        subject, predicate, value = terms_of(triple)
        edges.setdefault((subject, predicate.value), []).append(value)
    tables = [
        s for (s, p), kinds in edges.items() if p == TYPE if NamedNode(f"{RS}ResultSet") in kinds
    ]
    if not tables:
        return None
    return [
        {
            edges[binding, f"{RS}variable"][0].value: edges[binding, f"{RS}value"][0]
            for binding in edges.get((row, f"{RS}binding"), [])
        }
        for row in edges.get((tables[0], f"{RS}solution"), [])
    ]


@cache
def triples(path: Path, base: str) -> tuple[Triple, ...]:
    """The triples of an RDF file, as ``base`` names it."""
    form = RdfFormat.from_extension(path.suffix.removeprefix("."))
    assert form is not None
    found = parse(path.read_bytes(), format=form, base_iri=base, rename_blank_nodes=True)
    return tuple(quad.triple for quad in found)
