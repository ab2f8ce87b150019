"""Pre-binding, and the plans put in its place: the same solutions as substituting by hand."""

from collections import Counter
from collections.abc import Mapping

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.rdf import DefaultGraph, Literal, NamedNode, Quad, Term
from engine.shacl.prebinding import Prepared, prepare
from engine.sparql.syntax import parse_query
from engine.store.oxigraph import OxigraphStore
from engine.store.port import Solutions

EX = "https://example.org/"
PREFIX = f"PREFIX ex: <{EX}>\n"
NODES = [NamedNode(f"{EX}n{i}") for i in range(4)]
PREDICATES = ["ex:p0", "ex:p1", "ex:p2"]
Bag = Counter[tuple[tuple[str, Term], ...]]


def store_of(edges: list[tuple[int, int, int]]) -> OxigraphStore:
    store = OxigraphStore.in_memory()
    made = []
    for subject, predicate, value in edges:
        obj: Term = NODES[value] if value < len(NODES) else Literal(value)
        named = NamedNode(f"{EX}p{predicate}")
        made.append(Quad(NODES[subject], named, obj, DefaultGraph()))
    store.load(made, 0)
    return store


def rows(store: OxigraphStore, text: str, bindings: Mapping[str, Term] | None = None) -> Bag:
    result = store.query(text, substitutions=bindings)
    assert isinstance(result, Solutions)
    found: Bag = Counter()
    for row in result.rows:
        pairs = zip(result.variables, row, strict=True)
        found[
            tuple(sorted(((n, t) for n, t in pairs if t is not None and n != "this"), key=str))
        ] += 1
    return found


def by_hand(where: str, projection: str, focus: NamedNode) -> str:
    """The query with the focus written in place of the variable, as pre-binding is defined."""
    inside = where.replace("SELECT $this ", "SELECT ")
    inside = inside.replace("GROUP BY $this", f"GROUP BY ({focus} AS ?key)")
    inside = inside.replace("bound($this)", "true").replace("$this", str(focus))
    return f"{PREFIX}SELECT ?none {projection} WHERE {inside}"


VARIABLES = ["$this", "?a", "?b", "?c"]


def pattern(draw: st.DrawFn) -> str:
    subject = draw(st.sampled_from(VARIABLES))
    value = draw(st.sampled_from([*VARIABLES, "ex:n0", "5"]))
    return f"{subject} {draw(st.sampled_from(PREDICATES))} {value} ."


def condition(draw: st.DrawFn) -> str:
    left, right = draw(st.sampled_from(VARIABLES)), draw(st.sampled_from([*VARIABLES, "5"]))
    kinds = [f"{left} = {right}", f"{left} != {right}", f"bound({left})", f"!bound({left})"]
    return f"FILTER ({draw(st.sampled_from([*kinds, f'{left} < {right}']))})"


def group(draw: st.DrawFn, depth: int) -> str:
    parts = [pattern(draw) for _ in range(draw(st.integers(1, 2)))]
    kinds = ["filter", "pattern", "absence", "absence", "optional", "union", "group", "exists"]
    kinds += ["count"]
    for kind in draw(st.lists(st.sampled_from(kinds), max_size=2 + depth)):
        if kind == "filter":
            parts.append(condition(draw))
        elif kind == "pattern" or depth == 0:
            parts.append(pattern(draw))
        elif kind == "count":
            counted = draw(st.sampled_from(["?a", "?b"]))
            inner = group(draw, depth - 1)
            parts.append(
                f"{{ SELECT $this (COUNT({counted}) AS ?c) WHERE {inner} GROUP BY $this }}"
            )
        elif kind == "union":
            parts.append(f"{group(draw, depth - 1)} UNION {group(draw, depth - 1)}")
        else:
            words = {"absence": "FILTER NOT EXISTS", "optional": "OPTIONAL", "group": ""}
            parts.append(f"{words.get(kind, 'FILTER EXISTS')} {group(draw, depth - 1)}")
    return "{ " + " ".join(parts) + " }"


queries = st.composite(lambda draw: group(draw, 2))
edges = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(0, 6)), min_size=2, max_size=12
)


def check(data: list[tuple[int, int, int]], where: str) -> Prepared:
    store = store_of(data)
    prepared = prepare(f"SELECT $this ?a ?b WHERE {where}", prefixes=PREFIX)
    together: dict[Term | None, Bag] = {node: Counter() for node in NODES}
    if prepared.setwise:
        result = store.query(prepared.text)
        assert isinstance(result, Solutions)
        for row in result.rows:
            values = dict(zip(result.variables, row, strict=True))
            focus = values.pop("this")
            told = tuple(sorted(((n, t) for n, t in values.items() if t is not None), key=str))
            together.setdefault(focus, Counter())[told] += 1
    for node in NODES:
        expected = rows(store, by_hand(where, "?a ?b", node))
        given_focus = dict.fromkeys(prepared.variables, node)
        assert rows(store, prepared.text, given_focus) == expected, prepared.text
        assert not prepared.setwise or together[node] == expected, prepared.text
    return prepared


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(edges, queries())
def test_as_by_hand(data: list[tuple[int, int, int]], where: str) -> None:
    check(data, where)


def solutions(text: str, focus: int, *, setwise: bool | None = None, **given: Term) -> int:
    store = store_of([(0, 0, 5), (0, 0, 6), (0, 1, 1), (1, 0, 2)])
    prepared = prepare(text, prefixes=PREFIX, parameters=tuple(given))
    assert setwise is None or prepared.setwise is setwise
    bound = {"this": NODES[focus], **given}
    used = {name: term for name, term in bound.items() if name in prepared.variables}
    return sum(rows(store, prepared.text, used).values())


@pytest.mark.parametrize(
    ("text", "found"),
    [
        # Only an expression of the group uses the variable.
        ("SELECT $this WHERE { BIND ($this AS ?that) FILTER (?that = ex:n0) }", 1),
        ("SELECT $this WHERE { FILTER bound($this) }", 1),
        ("SELECT $this WHERE { { FILTER ($this = ex:n1) } UNION { FILTER ($this = ex:n0) } }", 1),
        ("SELECT $this (STR($this) AS ?text) WHERE { FILTER (STRLEN(STR($this)) > 3) }", 1),
        ("SELECT $this WHERE { $this ex:p0 ?x . { FILTER bound($this) } }", 2),
        ("SELECT $this WHERE { ?a ex:p1 ?b . OPTIONAL { ?b ex:p0 ?c FILTER ($this = ex:n1) }"
         " FILTER bound(?c) }", 0),
        # Nested SELECTs and grouping.
        ("SELECT $this WHERE { { SELECT $this WHERE { FILTER ($this = ex:n0) } } }", 1),
        ("SELECT $this (COUNT(?x) AS ?n) WHERE { $this ex:p0 ?x } GROUP BY $this", 1),
        ("SELECT $this WHERE { $this ex:p0 ?x } GROUP BY $this HAVING (COUNT(?x) > 2)", 0),
        ("SELECT $this ?x WHERE { { SELECT $this ?x WHERE { $this ex:p0 ?x }"
         " ORDER BY DESC(?x) LIMIT 1 } }", 1),
        # Absence, with what the rewritten form must keep.
        ("SELECT $this WHERE { $this ex:p0 ?x FILTER NOT EXISTS { $this ex:p2 ?y } }", 2),
        ("SELECT $this WHERE { FILTER NOT EXISTS { $this ex:p1 ?y . ?y ex:p0 ?z } }", 0),
        ("SELECT $this ?x { $this ex:p0 ?x FILTER NOT EXISTS { $this ex:p0 ?z FILTER(?z > ?x) } }",
         1),
        ("SELECT $this { FILTER NOT EXISTS { $this ex:p0 ?x FILTER NOT EXISTS "
         "{ $this ex:p0 ?y FILTER (?y < ?x) } FILTER NOT EXISTS { $this ex:p9 ?x } } }", 0),
    ],
)  # fmt: skip
def test_scopes(text: str, found: int) -> None:
    assert solutions(text, 0) == found


def test_parameters_reach_every_scope() -> None:
    grouped = (
        "SELECT $this (COUNT(?x) AS ?n) WHERE { { SELECT $this ?x WHERE { $this ex:p0 ?x"
        " FILTER (?x >= $least) } } } GROUP BY $this HAVING (COUNT(?x) >= $times)"
    )
    for times, found in ((1, 1), (2, 0)):
        assert solutions(grouped, 0, least=Literal(6), times=Literal(times)) == found


@pytest.mark.parametrize(
    ("text", "setwise"),
    [
        ("SELECT $this WHERE { $this ex:p0 ?x }", True),
        ("SELECT $this WHERE { $this ex:p0 ?x } ORDER BY ?x", True),
        ("SELECT $this WHERE { $this ex:p0 ?x } LIMIT 1", False),
        ("SELECT REDUCED $this WHERE { $this ex:p0 ?x }", False),
        ("SELECT $this (COUNT(?x) AS ?n) WHERE { $this ex:p0 ?x } GROUP BY $this", True),
        ("SELECT $this (COUNT(?x) AS ?n) WHERE { $this ex:p0 ?x } GROUP BY (STR($this))", False),
        ("SELECT $this WHERE { $this ex:p0 ?x { SELECT $this WHERE { $this ?p ?o } } }", True),
        (
            "SELECT $this { $this ex:p0 ?x { SELECT $this (MAX(?o) AS ?m) { $this ?p ?o }"
            " GROUP BY $this } FILTER (?x = ?m) }",
            True,
        ),
        ("SELECT $this { $this ex:p0 ?x { SELECT $this { $this ?p ?o } LIMIT 1 } }", False),
        ("SELECT $this { $this ex:p0 ?x { SELECT $this { ?p a ?o } } }", False),
        ("SELECT $this WHERE { $this ex:p0* ?x }", False),
        ("SELECT $this WHERE { FILTER NOT EXISTS { $this ex:p0 ?x } }", False),
        ("SELECT $this WHERE { OPTIONAL { $this ex:p0 ?x } }", False),
        ("SELECT $this WHERE { ?a ex:p0 ?b OPTIONAL { $this ex:p0 ?b } $this ex:p1 ?c }", False),
        (
            "SELECT $this { $this ex:p0 ?x OPTIONAL { ?x ex:p0 ?y OPTIONAL { $this ex:p1 ?y } } }",
            False,
        ),
        ("SELECT $this WHERE { BIND ($this AS ?y) $this ex:p0 ?x }", False),
        ("SELECT $this WHERE { $this ex:p0 ?x { FILTER ($this = ?x) } }", False),
        ("SELECT $this WHERE { { $this ex:p0 ?x } UNION { $this ex:p1 ?x } }", True),
    ],
)
def test_only_the_stated_grammar_is_run_set_wise(text: str, setwise: bool) -> None:
    assert prepare(text, prefixes=PREFIX).setwise is setwise


TEXTS = [
    'SELECT $this # } comment\nWHERE { $this ex:p "a } \\" {", """b " }""", \'c\'@en , 1.5e3 . }',
    "PREFIX x: <urn:x#> ASK WHERE { ?s x:a.b%20 _:b ; x:c [ x:d ( 1 2.0 true ) ] . }",
    "SELECT * { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } FILTER (?o < 5 && EXISTS {?s a ?o}) }",
]


@pytest.mark.parametrize("text", TEXTS)
def test_structure_keeps_the_text(text: str) -> None:
    assert "".join(str(parse_query(text)).split()) == "".join(text.split())


def test_absence_is_left_alone_where_it_is_not_plain() -> None:
    for inner in ("{ ?x ex:p0 ?y } UNION { ?y ex:p0 ?x }", "OPTIONAL { ?x ex:p0 ?y }", ""):
        text = f"SELECT $this WHERE {{ $this ex:p0 ?x FILTER NOT EXISTS {{ {inner} }} }}"
        assert "NOT EXISTS" in prepare(text, prefixes=PREFIX).text
    computed = "SELECT $this { BIND (ex:n9 AS ?x) FILTER NOT EXISTS { ?x ex:p0* $this } }"
    assert "NOT EXISTS" in prepare(computed, prefixes=PREFIX).text
