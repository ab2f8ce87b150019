"""The knowledge files as one store, and the texts of rules and queries."""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from engine.assets import assets_root
from engine.rdf import Literal, NamedNode, Quad, RdfFormat, Term, Triple, parse
from engine.store.oxigraph import OxigraphStore
from engine.store.port import Solutions
from engine.vocab import SH, shorten

Rows = list[tuple[str, ...]]
_GRAPH = NamedNode("https://aims.example/graph/general/knowledge")


def _triples(path: Path) -> Iterator[Triple]:
    for quad in parse(path.read_bytes(), format=RdfFormat.TURTLE, rename_blank_nodes=True):
        yield quad.triple


def _store(triples: Iterator[Triple]) -> OxigraphStore:
    store = OxigraphStore.in_memory()
    store.load((Quad(t.subject, t.predicate, t.object, _GRAPH) for t in triples), 1)
    return store


def _shown(term: Term | None) -> str:
    if isinstance(term, NamedNode):
        return shorten(term)
    return "" if term is None else str(term.value)


@pytest.fixture(scope="session")
def turtle_files() -> tuple[Path, ...]:
    root = assets_root()
    return tuple(
        path
        for folder in ("ontology", "shapes", "examples")
        for path in sorted((root / folder).rglob("*.ttl"))
    )


@pytest.fixture(scope="session")
def statements(turtle_files: tuple[Path, ...]) -> tuple[Triple, ...]:
    return tuple(triple for path in turtle_files for triple in _triples(path))


@pytest.fixture(scope="session")
def ontology() -> tuple[Triple, ...]:
    files = sorted((assets_root() / "ontology").rglob("*.ttl"))
    return tuple(triple for path in files for triple in _triples(path))


@pytest.fixture(scope="session")
def ask(statements: tuple[Triple, ...]) -> Callable[[str], Rows]:
    """Rows of a query over every Turtle file that we ship."""
    return _asker(_store(iter(statements)))


@pytest.fixture(scope="session")
def ask_faulty(ontology: tuple[Triple, ...]) -> Callable[[str], Rows]:
    """Rows of a query over the ontology and the planted faults."""
    faults = _triples(Path(__file__).with_name("faults.ttl"))
    return _asker(_store(iter([*ontology, *faults])))


def _asker(store: OxigraphStore) -> Callable[[str], Rows]:
    def rows(text: str) -> Rows:
        result = store.query(text)
        assert isinstance(result, Solutions)
        return sorted(tuple(_shown(term) for term in row) for row in result.rows)

    return rows


@pytest.fixture(scope="session")
def query_texts() -> Mapping[str, str]:
    """Each query by its path, without comment lines."""
    root = assets_root() / "queries"
    return {
        path.relative_to(root).as_posix(): re.sub(r"(?m)^\s*#.*$", "", path.read_text())
        for path in sorted(root.rglob("*.rq"))
    }


@pytest.fixture(scope="session")
def rule_texts(statements: tuple[Triple, ...]) -> Mapping[str, str]:
    """Text of each SPARQL constraint or target by its shape."""
    return {
        _shown(t.subject): t.object.value
        for t in statements
        if t.predicate in (SH["select"], SH["ask"]) and isinstance(t.object, Literal)
        if isinstance(t.subject, NamedNode)
    }
