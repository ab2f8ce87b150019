"""Random graphs and queries to compare two ways of answering by: every shape that is rewritten, and
everything that can stand around it, in a few names, so that they meet.
"""

from hypothesis import strategies as st

from engine.rdf import Literal, NamedNode, Quad, Term
from engine.store.oxigraph import OxigraphStore
from engine.vocab import RDF_TYPE, XSD

PREFIX = "PREFIX ex: <urn:n:> "
NODES = tuple(NamedNode(f"urn:n:n{number}") for number in range(4))
VALUES: tuple[Term, ...] = (
    *NODES,
    Literal(5),
    Literal("5.0", datatype=XSD.decimal),
    Literal("5"),
    Literal("5", language="en"),
)
PREDICATES = (*(NamedNode(f"urn:n:p{number}") for number in range(3)), RDF_TYPE)
GRAPHS = (NamedNode("urn:n:g0"), NamedNode("urn:n:g1"))
NAMES = ("?a", "?b", "?c", "?d")

Edge = tuple[int, int, int, int]
edges = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 7), st.integers(0, 1)),
    min_size=2,
    max_size=14,
)


def store_of(found: list[Edge]) -> OxigraphStore:
    store = OxigraphStore.in_memory()
    quads = [Quad(NODES[s], PREDICATES[p], VALUES[o], GRAPHS[g]) for s, p, o, g in found]
    store.load(list(dict.fromkeys(quads)), 1)
    return store


class Draw:
    """Draws the text of a query. ``plain``: only what rdflib answers as the Recommendation says."""

    def __init__(self, draw: st.DrawFn, *, plain: bool = False) -> None:
        self._draw = draw
        self._plain = plain

    def _one(self, *choices: str) -> str:
        return self._draw(st.sampled_from(choices))

    def pattern(self) -> str:
        subject, value = self._one(*NAMES), self._one(*NAMES, "ex:n0", "5", '"5"', "ex:n1")
        verb = self._one("ex:p0", "ex:p1", "ex:p2", "a")
        if self._plain:
            return f"{subject} {verb} {value} ."
        more = [f"{subject} {verb} {value} ."] * 6
        more += [
            f"{subject} ex:p0/ex:p1 {value} .",
            f"{subject} ^ex:p1 {self._one(*NAMES)} .",
            f"{subject} ex:p0* {value} .",
            f"{subject} (ex:p0|^ex:p1)+ {value} .",
            f"{subject} (ex:p1/^(ex:p0/ex:p2)) {value} .",
            f"{subject} {verb} [ ex:p0 {value} ; ex:p1 [] ] .",
            f"{subject} {verb} {value} ; ex:p1 {self._one(*NAMES)} , {self._one(*NAMES)} .",
            f"{subject} ?d {value} .",
            f"GRAPH {self._one('ex:g0', '?d')} {{ {subject} {verb} {value} . }}",
            f"GRAPH ex:g1 {{ {subject} {verb} {value} . {value if value[0] == '?' else '?c'} "
            f"ex:p0 ?b }}",
        ]
        return self._one(*more)

    def condition(self, depth: int) -> str:
        left, right = self._one(*NAMES), self._one(*NAMES, "5", "ex:n0")
        if self._plain:
            return f"FILTER ({self._one(f'sameTerm({left}, {right})', f'!bound({left})')})"
        kinds = [f"{left} = {right}"] * 2
        kinds += [f"{left} != {right}", f"bound({left})", f"!bound({left})", f"{left} < {right}"]
        kinds += [f"{left} = {self._one(*NAMES)} && {right} != 5", f"sameTerm({left}, {right})"]
        if depth:
            inner = f"{self._one('', 'NOT ')}EXISTS {self.group(depth - 1)}"
            kinds += [f"{inner} || {left} = {right}", f"IF({inner}, bound({left}), {left} = 5)"]
        return f"FILTER ({self._one(*kinds)})"

    def group(self, depth: int) -> str:
        parts = [self.pattern() for _ in range(self._draw(st.integers(1, 2)))]
        kinds = ["absence", "exists", "minus", "optional", "filter", "pattern", "absence"]
        if not self._plain:
            kinds += ["unbound", "union", "group", "values", "bind", "select", "chain"]
        for kind in self._draw(st.lists(st.sampled_from(kinds), max_size=1 + depth)):
            parts.append(self._part(kind, depth))
        if self._draw(st.booleans()):
            parts.append(self.pattern())
        return "{ " + " ".join(parts) + " }"

    def _part(self, kind: str, depth: int) -> str:
        if kind == "filter":
            return self.condition(depth)
        if kind == "values":
            return f"VALUES ({self._one('?a ?b', '?b ?c')}) {{ (ex:n0 {self._one('UNDEF', '5')}) }}"
        if kind == "bind":
            return f"BIND ({self._one('?a', '5', 'ex:n1')} AS ?e{self._draw(st.integers(0, 99))})"
        if kind == "pattern" or depth == 0:
            return self.pattern()
        inner = self.group(depth - 1)
        if kind == "unbound":
            return f"OPTIONAL {inner} FILTER (!bound({self._one(*NAMES, '?d')}))"
        if kind == "union":
            return f"{inner} UNION {self.group(depth - 1)}"
        if kind == "select":
            return f"{{ SELECT {self._one('DISTINCT ', '')}{self._one(*NAMES)} {inner} }}"
        if kind == "chain":
            hung = f"OPTIONAL {{ ?a ex:p0 ?c }} OPTIONAL {{ ?c ex:p1 {self._one(*NAMES)} }}"
            return f"{hung} {self.condition(0)}"
        words = {"absence": "FILTER NOT EXISTS", "exists": "FILTER EXISTS", "group": ""}
        return f"{words.get(kind, kind.upper())} {inner}"

    def meant(self) -> str:
        """A group of a form that is rewritten, with something around it."""
        verb, other = self._one("ex:p0", "ex:p1"), self._one("ex:p0", "ex:p2", "a")
        around = self.group(1)[1:-1] if self._draw(st.booleans()) else ""
        word = self._one("FILTER NOT EXISTS", "FILTER EXISTS", "MINUS")
        named = self._one("= ex:n1", "= '5'", "IN (ex:n0, ex:n1)")
        forms = [
            f"?a {verb} ?b {around} FILTER (?b {named})",
            f"?a {verb} ?b . ?c {other} ?d {self._one(around, '')} FILTER (?b = ?d)",
            f"?a {verb} ?b . ?d {other} ?c FILTER (?c != 5 && ?b = ?d) {around}",
            f"?a {verb} ?b {word} {{ ?c {verb} ?b . ?c {other} ?d }} {around}",
            f"?a {verb} ?b {around} {word} {{ ?c {verb} ?b . {self.pattern()} }}",
            f"?a {verb} ?b {around} OPTIONAL {{ ?b {other} ?c . ?c {verb} ?d }} "
            "FILTER (!bound(?d))",
            f"?a {verb} ?b {around} OPTIONAL {{ ?b {other} ?c }} OPTIONAL {{ ?c {verb} ?d }}",
            f"?a {verb} ?b OPTIONAL {{ ?a {other} ?c }} {around} ?c {verb} ?d",
            f"?a {verb} ex:n1 . ?b {other} ?a {around} {self._one('', 'OPTIONAL')} {{ SELECT "
            f"{self._one('?a ?c', 'DISTINCT ?b', '?b ?d', '?b (COUNT(?c) AS ?n)')} "
            f"{{ ?b {verb} ?c . ?a {other} ?d }} {self._one('', 'GROUP BY ?b')} }}",
            f"?a {verb} ?b FILTER NOT EXISTS {{ ?b {other} ?c OPTIONAL {{ ?c {verb} ?d }} "
            f"{self.condition(1)} }} {around}",
        ]
        return "{ " + self._one(*forms) + " }"

    def query(self, depth: int = 2) -> str:
        if self._plain:
            return f"{PREFIX}SELECT ?a ?b ?c ?d WHERE {self.group(depth)}"
        where = self.meant() if self._draw(st.booleans()) else self.group(depth)
        inner = self.group(1)
        return PREFIX + self._one(
            *[f"SELECT ?a ?b WHERE {where}"] * 3,
            f"SELECT * WHERE {where}",
            f"SELECT ?a WHERE {where}",
            f"ASK {where}",
            f"SELECT DISTINCT ?a WHERE {where}",
            f"SELECT ?a (EXISTS {inner} AS ?there) WHERE {where}",
            f"SELECT ?a (COUNT(?b) AS ?n) WHERE {where} GROUP BY ?a",
            f"SELECT ?a (COUNT(?b) AS ?n) {where} GROUP BY ?a HAVING (NOT EXISTS {inner})",
            f"CONSTRUCT {{ ?a ex:made ?b }} WHERE {where}",
        )


queries = st.composite(lambda draw: Draw(draw).query())
plain_queries = st.composite(lambda draw: Draw(draw, plain=True).query(1))
