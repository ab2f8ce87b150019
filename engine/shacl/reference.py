"""pySHACL as the reference: the same data and shapes, and its results as a report of ours.

It is not installed with the product; it serves to compare, and reads everything into memory.
"""

from collections.abc import Iterable
from importlib import import_module

from engine.errors import NotFoundError, NotValidatedError
from engine.rdf import Literal, NamedNode, Node, RdfFormat, Term, Triple, parse, serialize
from engine.shacl.paths import parse_path, path_text
from engine.shacl.results import Finding, Report, RuleRun, preferred
from engine.shacl.shapesgraph import ShapesGraph
from engine.vocab import RDF_TYPE, SH


def validate_by_reference(data: Iterable[Triple], shapes: Iterable[Triple]) -> Report:
    """The results of pySHACL as one run; it does not tell what it judged.

    Raises NotFoundError where it is not installed, NotValidatedError where it fails.
    """
    try:
        rdflib, pyshacl = import_module("rdflib"), import_module("pyshacl")
    except ImportError as error:
        remedy = "Install it beside Aimsgraph: pip install pyshacl"
        raise NotFoundError("pySHACL is not installed", remedy=remedy) from error
    graphs = [
        rdflib.Graph().parse(data=serialize(triples, format=RdfFormat.N_TRIPLES), format="nt")
        for triples in (data, shapes)
    ]
    _, report, text = pyshacl.validate(graphs[0], shacl_graph=graphs[1], inference="none")
    if not isinstance(report, rdflib.Graph):
        raise NotValidatedError(f"pySHACL could not validate: {str(text)[:300]}")
    lines = report.serialize(format="nt", encoding="utf-8")
    graph = ShapesGraph(quad.triple for quad in parse(lines, format=RdfFormat.N_TRIPLES))
    nodes = [t.subject for t in graph.using(RDF_TYPE) if t.object == SH.ValidationResult]
    found = sorted(
        (_finding(graph, node) for node in nodes), key=lambda f: (str(f.focus), f.message)
    )
    return Report((RuleRun(SH.ValidationReport, (), tuple(found)),))


def _finding(graph: ShapesGraph, node: Node) -> Finding:
    def one(predicate: NamedNode) -> Term | None:
        return next(iter(graph.values(node, predicate)), None)

    path = one(SH.resultPath)
    shape, constraint = one(SH.sourceShape), one(SH.sourceConstraint)
    component, severity = one(SH.sourceConstraintComponent), one(SH.resultSeverity)
    texts = (value for value in graph.values(node, SH.resultMessage))
    messages = tuple(value for value in texts if isinstance(value, Literal))
    focus = one(SH.focusNode)
    return Finding(
        rule=SH.ValidationReport,
        focus=focus if focus is not None else node,
        path=None if path is None else path_text(parse_path(graph, path)),
        value=one(SH.value),
        shape=SH.ValidationReport if shape is None or isinstance(shape, Literal) else shape,
        constraint=None if isinstance(constraint, Literal) else constraint,
        component=component if isinstance(component, NamedNode) else SH.Violation,
        severity=severity if isinstance(severity, NamedNode) else SH.Violation,
        message=preferred(messages),
        messages=messages,
    )
