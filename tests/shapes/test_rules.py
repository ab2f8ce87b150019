"""Every rule of ``shapes/`` against its own fixtures: exactly the expected findings, no others.

For a rule ``aimsh:CamelName`` this folder must hold ``CamelName.pass.ttl`` (the rule finds its
population and nothing wrong), ``CamelName.fail.ttl`` and ``CamelName.expected.json`` (exactly
those findings). Each runs alone over the fixture and the shipped knowledge, at
2026-07-01T00:00:00Z for the first half of 2026. ``CamelName.<case>.fail.ttl`` with its own
``.expected.json`` and ``CamelName.<case>.pass.ttl`` add further cases.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

import pytest

from engine.assets import assets_root
from engine.rdf import NamedNode, RdfFormat, Term, Triple, parse
from engine.shacl import Finding, Report, Shapes, parse_shapes, validate
from engine.shacl.data import Data
from engine.shacl.pack import CANARY
from engine.shacl.paths import parse_path_text
from engine.shacl.shapesgraph import ShapesGraph, statement
from engine.vocab import PREFIXES, RDF_TYPE, SH, SHAPES, shorten

HERE = Path(__file__).parent
FOLDER = assets_root() / "shapes"
FILES = sorted(FOLDER.glob("*.ttl"))
EXAMPLE = "https://example.org/"
HEADER = "".join(f"@prefix {p}: <{iri}> .\n" for p, iri in {**PREFIXES, "ex": EXAMPLE}.items())
FIELDS = ("focus", "path", "value", "severity", "shape", "constraint", "component")
TARGETS = (SH.targetClass, SH.targetNode, SH.targetSubjectsOf, SH.targetObjectsOf)
Key = tuple[object, ...]
ReaderOf = Callable[[Iterable[Triple]], Data]


@cache
def triples(path: Path) -> tuple[Triple, ...]:
    quads = parse(path.read_bytes(), format=RdfFormat.TURTLE, rename_blank_nodes=True)
    return tuple(quad.triple for quad in quads)


def graph_of(files: Iterable[Path]) -> ShapesGraph:
    """The shapes that parse; a file that does not has its own failing test."""
    found: list[Triple] = []
    for path in files:
        try:
            found += triples(path)
        except SyntaxError:
            continue
    return ShapesGraph(found)


def rules(graph: ShapesGraph) -> list[NamedNode]:
    """The named node shapes with a target, but for the canary."""
    found = {
        statement.subject
        for predicate in TARGETS
        for statement in graph.using(predicate)
        if SH.NodeShape in graph.values(statement.subject, RDF_TYPE)
    }
    named = [node for node in found if isinstance(node, NamedNode) and node != CANARY]
    return sorted(named, key=lambda node: node.value)


GRAPH = graph_of(FILES)
RULES = rules(GRAPH)
NAMES = [SHAPES.local(rule) if rule in SHAPES else rule.value for rule in RULES]


def fixtures(kind: str) -> list[tuple[NamedNode, Path]]:
    """The main fixture of each rule, whether it exists or not, and its further cases."""
    found: list[tuple[NamedNode, Path]] = []
    for rule, name in zip(RULES, NAMES, strict=True):
        main = HERE / f"{name}.{kind}.ttl"
        found += [(rule, path) for path in [main, *sorted(HERE.glob(f"{name}.*.{kind}.ttl"))]]
    return found


PASSING, FAILING = fixtures("pass"), fixtures("fail")


def shape_triples(rule: NamedNode) -> list[Triple]:
    """``rule`` and what it refers to, so that another malformed shape does not disturb it."""
    found: dict[Term, None] = {}
    components = GRAPH.instances(SH.ConstraintComponent)
    waiting: list[Term] = [rule, *components]
    taken: list[Triple] = []
    while waiting:
        node = waiting.pop()
        if node in found:
            continue
        found[node] = None
        for predicate, values in GRAPH.about(node).items():
            taken += [Triple(node, predicate, value) for value in values]  # type: ignore[arg-type]
            waiting += [value for value in values if predicate != RDF_TYPE]
    return taken


def shapes_of(rule: NamedNode) -> Shapes:
    return parse_shapes(shape_triples(rule))


def run(rule: NamedNode, path: Path, reader_of: ReaderOf) -> tuple[Report, int]:
    assert path.is_file(), f"{shorten(rule)} needs the fixture tests/shapes/{path.name}"
    report = validate(reader_of(triples(path)), shapes_of(rule), rules=[rule])
    (judged,) = report.runs
    assert judged.state == "validated", f"{path.name}: not validated: {judged.reason}"
    return report, len(judged.population)


def term(text: str) -> Term:
    """A term written as in Turtle, with our prefixes and ``ex:``."""
    (quad,) = parse(f"{HEADER}<urn:x:s> <urn:x:p> {text} .".encode(), format=RdfFormat.TURTLE)
    return statement(quad.triple).object


def key(found: Finding) -> Key:
    path = parse_path_text(found.path) if found.path is not None else None
    rest = (found.value, found.severity, found.shape, found.constraint, found.component)
    return (found.focus, path, *rest)


def expected_key(row: dict[str, str | None]) -> Key:
    unknown = sorted(set(row) - set(FIELDS))
    assert not unknown, f"unknown fields {unknown}; the fields are {', '.join(FIELDS)}"
    path, values = row.get("path"), {f: row.get(f) for f in FIELDS if f != "path"}
    terms = {f: None if text is None else term(text) for f, text in values.items()}
    rest = (terms["value"], terms["severity"], terms["shape"], terms["constraint"])
    wanted_path = None if path is None else parse_path_text(path)
    return (terms["focus"], wanted_path, *rest, terms["component"])


def text(value: Term | None) -> str | None:
    if not isinstance(value, NamedNode):
        return None if value is None else str(value)
    if value.value.startswith(EXAMPLE):
        return f"ex:{value.value.removeprefix(EXAMPLE)}"
    short = shorten(value)
    return short if short != value.value else f"<{short}>"


def rows(findings: Iterable[Finding]) -> str:
    """Findings as they stand in an expected.json."""
    found = []
    for f in findings:
        values = (f.focus, None, f.value, f.severity, f.shape, f.constraint, f.component)
        found.append(dict(zip(FIELDS, map(text, values), strict=True)) | {"path": f.path})
    return json.dumps(found, indent=2, ensure_ascii=False)


def test_there_are_rules() -> None:
    assert FILES, f"no shapes in {FOLDER}"
    assert RULES


@pytest.mark.parametrize("path", FILES, ids=[path.name for path in FILES])
def test_file_parses(path: Path) -> None:
    assert triples(path)


@pytest.mark.parametrize("rule", RULES, ids=NAMES)
def test_rule_is_well_formed(rule: NamedNode) -> None:
    assert shapes_of(rule).rules


@pytest.mark.parametrize(("rule", "path"), PASSING, ids=[path.stem for _, path in PASSING])
def test_passes(rule: NamedNode, path: Path, reader_of: ReaderOf) -> None:
    report, population = run(rule, path, reader_of)
    assert population >= 1, f"{path.name}: {shorten(rule)} checked nothing: no focus node"
    assert not report.findings, f"{path.name} should give no finding, but gives\n" + "\n".join(
        [finding.message for finding in report.findings] + [rows(report.findings)]
    )


@pytest.mark.parametrize(("rule", "path"), FAILING, ids=[path.stem for _, path in FAILING])
def test_fails(rule: NamedNode, path: Path, reader_of: ReaderOf) -> None:
    report, _ = run(rule, path, reader_of)
    answer = path.with_name(path.name.removesuffix(".fail.ttl") + ".expected.json")
    found = rows(report.findings)
    assert answer.is_file(), f"tests/shapes/{answer.name} is missing; the findings are\n{found}"
    expected = json.loads(answer.read_text())
    assert expected, f"{answer.name} expects no finding at all"
    assert Counter(map(key, report.findings)) == Counter(map(expected_key, expected)), (
        f"{path.name} gives other findings than {answer.name}; it gives\n{found}"
    )
    unfilled = [f.message for f in report.findings if "{$" in f.message or "{?" in f.message]
    assert not unfilled, f"placeholders that nothing fills in: {unfilled}"


def test_every_constraint_is_seen_failing() -> None:
    """A constraint without a failing case could be one that never finds anything."""
    answers = [json.loads(path.read_text()) for path in HERE.glob("*.expected.json")]
    seen = {term(row["constraint"] or row["shape"]) for rows in answers for row in rows}
    constraints = {
        value
        for rule in RULES
        for predicate in (SH.property, SH.sparql)
        for value in GRAPH.values(rule, predicate)
    }
    assert sorted(map(str, constraints - seen)) == []


def test_no_fixture_without_rule() -> None:
    names = {path.name.split(".")[0] for path in HERE.iterdir() if path.suffix in (".ttl", ".json")}
    assert names <= set(NAMES), f"fixtures of no rule: {sorted(names - set(NAMES))}"
