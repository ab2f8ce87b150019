"""Our rules are standard SHACL: the reference engine gives the same on every fail fixture."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import rdflib
from pyshacl import validate as reference

from engine.rdf import NamedNode, Triple
from engine.shacl import validate
from engine.snapshot import Reader
from engine.vocab import SH
from tests.shapes.test_rules import FAILING, shape_triples, shapes_of, triples

Result = tuple[str, str, str]


def converted(found: Iterable[Triple]) -> rdflib.Graph:
    lines = "".join(f"{triple} .\n" for triple in found)
    return rdflib.Graph().parse(data=lines, format="nt")


@pytest.fixture(scope="session")
def shared(reader_of: Callable[[Iterable[Triple]], Reader]) -> rdflib.Graph:
    """The knowledge and the context, as an rdflib graph."""
    return converted(reader_of(()).match())


@contextmanager
def widened(shared: rdflib.Graph, reader: Reader) -> Iterator[rdflib.Graph]:
    """``shared`` with what ``reader`` has beside it, for a while."""
    new = [triple for triple in converted(reader.match()) if triple not in shared]
    for triple in new:
        shared.add(triple)
    yield shared
    for triple in new:
        shared.remove(triple)


@pytest.mark.long
@pytest.mark.parametrize(("rule", "path"), FAILING, ids=[path.stem for _, path in FAILING])
def test_reference_engine_agrees(
    rule: NamedNode,
    path: Path,
    reader_of: Callable[[Iterable[Triple]], Reader],
    shared: rdflib.Graph,
) -> None:
    reader = reader_of(triples(path))
    ours = {
        (str(f.focus), str(f.shape), str(f.severity))
        for f in validate(reader, shapes_of(rule), rules=[rule]).findings
    }
    with widened(shared, reader) as data:
        _, report, text = reference(
            data, shacl_graph=converted(shape_triples(rule)), inference="none", inplace=True
        )
    assert isinstance(report, rdflib.Graph), text
    assert set(results(report)) == ours


def results(report: rdflib.Graph) -> Iterator[Result]:
    sh = rdflib.Namespace(SH.base)
    for node in report.objects(None, sh.result):
        columns = (sh.focusNode, sh.sourceShape, sh.resultSeverity)
        focus, shape, severity = (report.value(node, column) for column in columns)
        assert isinstance(focus, rdflib.term.Identifier)
        assert isinstance(shape, rdflib.term.Identifier)
        assert isinstance(severity, rdflib.term.Identifier)
        yield focus.n3(), shape.n3(), severity.n3()
