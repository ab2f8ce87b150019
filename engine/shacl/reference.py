"""pySHACL as the reference: the same data and shapes, and its results as a report of ours.

It is not installed with the product; it serves to compare, and reads everything into memory.
"""

from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import Any

from engine.errors import NotFoundError, NotValidatedError
from engine.rdf import BlankNode, Literal, NamedNode, Node, RdfFormat, Term, Triple, parse
from engine.shacl.paths import parse_path, path_text
from engine.shacl.results import Finding, Report, RuleRun, preferred
from engine.shacl.shapesgraph import ShapesGraph
from engine.vocab import RDF, RDF_TYPE, RDFS, SH, XSD

_PROBE = NamedNode("urn:aimsgraph:probe")
_TARGETS = frozenset(
    {SH.target, SH.targetClass, SH.targetNode, SH.targetObjectsOf, SH.targetSubjectsOf}
)


def validate_by_reference(data: Iterable[Triple], shapes: Iterable[Triple]) -> Report:
    """The results of pySHACL as one run; it does not tell what it judged.

    Raises NotFoundError where it is not installed, NotValidatedError where it fails.
    """
    found = _findings(SH.ValidationReport, _graph(data), _graph(shapes), {})
    return Report((RuleRun(SH.ValidationReport, (), found),))


def judged_by_reference(
    rule: NamedNode, data: Iterable[Triple], shapes: Iterable[Triple]
) -> RuleRun:
    """The run of the one shape ``rule`` by pySHACL, with SHACL Advanced Features, no scripts.

    Its focus nodes are told by a second shape with the same targets, to which none conforms.
    Raises like ``validate_by_reference``.
    """
    described = tuple(shapes)
    targets = [Triple(_PROBE, t.predicate, t.object) for t in described if t.subject == rule]
    probe = [
        Triple(_PROBE, RDF_TYPE, SH.NodeShape),
        Triple(_PROBE, SH["in"], RDF.nil),
        *(t for t in targets if t.predicate in _TARGETS),
    ]
    if Triple(rule, RDF_TYPE, RDFS.Class) in described:
        probe.append(Triple(_PROBE, SH.targetClass, rule))
    graph, known = _graph(data), _graph([*described, *probe])
    options = {"advanced": True, "iterate_rules": False}
    focuses = _findings(rule, graph, known, options | {"use_shapes": [_PROBE.value]})
    found = _findings(rule, graph, known, options | {"use_shapes": [rule.value]})
    return RuleRun(rule, tuple(dict.fromkeys(one.focus for one in focuses)), found)


def _findings(
    rule: NamedNode, data: Any, shapes: Any, options: Mapping[str, object]
) -> tuple[Finding, ...]:
    rdflib, pyshacl = _modules()
    _, report, text = pyshacl.validate(data, shacl_graph=shapes, inference="none", **options)
    if not isinstance(report, rdflib.Graph):
        raise NotValidatedError(f"pySHACL could not validate: {str(text)[:300]}")
    lines = report.serialize(format="nt", encoding="utf-8")
    graph = ShapesGraph(quad.triple for quad in parse(lines, format=RdfFormat.N_TRIPLES))
    nodes = [t.subject for t in graph.using(RDF_TYPE) if t.object == SH.ValidationResult]
    found = (_finding(rule, graph, node) for node in nodes)
    return tuple(sorted(found, key=lambda f: (str(f.focus), f.message)))


def _modules() -> tuple[Any, Any]:
    try:
        return import_module("rdflib"), import_module("pyshacl")
    except ImportError as error:
        remedy = "Install it beside Aimsgraph: pip install pyshacl"
        raise NotFoundError("pySHACL is not installed", remedy=remedy) from error


def _graph(triples: Iterable[Triple]) -> Any:
    """``triples`` as a graph of rdflib; blank nodes keep their labels, literals their form."""
    rdflib, _ = _modules()
    graph = rdflib.Graph()

    def term(given: object) -> Any:
        if isinstance(given, NamedNode):
            return rdflib.URIRef(given.value)
        if isinstance(given, BlankNode):
            return rdflib.BNode(given.value)
        assert isinstance(given, Literal)
        if given.language:
            return rdflib.Literal(given.value, lang=given.language)
        kind = rdflib.URIRef(given.datatype.value)
        plain = given.datatype == XSD.string
        return rdflib.Literal(given.value, datatype=None if plain else kind, normalize=False)

    for triple in triples:
        graph.add((term(triple.subject), term(triple.predicate), term(triple.object)))
    return graph


def _finding(rule: NamedNode, graph: ShapesGraph, node: Node) -> Finding:
    def one(predicate: NamedNode) -> Term | None:
        return next(iter(graph.values(node, predicate)), None)

    path = one(SH.resultPath)
    shape, constraint = one(SH.sourceShape), one(SH.sourceConstraint)
    component, severity = one(SH.sourceConstraintComponent), one(SH.resultSeverity)
    texts = (value for value in graph.values(node, SH.resultMessage))
    messages = tuple(value for value in texts if isinstance(value, Literal))
    focus = one(SH.focusNode)
    return Finding(
        rule=rule,
        focus=focus if focus is not None else node,
        path=None if path is None else path_text(parse_path(graph, path)),
        value=one(SH.value),
        shape=rule if shape is None or isinstance(shape, Literal) else shape,
        constraint=None if isinstance(constraint, Literal) else constraint,
        component=component if isinstance(component, NamedNode) else SH.Violation,
        severity=severity if isinstance(severity, NamedNode) else SH.Violation,
        message=preferred(messages),
        messages=messages,
    )
