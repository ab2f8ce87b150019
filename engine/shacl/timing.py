"""How queries use the instant judged: only compared with recorded instants, or otherwise.

A query that does nothing with the evaluation context's instants but compare them gives other
answers only when one of them passes a recorded instant that the query reads. What it shows of them
(``since {?oldest}``) changes all the time, though not where it shows nothing.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from engine.errors import QueryError
from engine.rdf import NamedNode, Term
from engine.shacl.model import AskConstraint, Constraint, PairConstraint, Shape, SparqlConstraint
from engine.shacl.paths import Path, Predicate
from engine.shacl.patterns import Scope, UnreadableError, Var, scopes
from engine.shacl.reach import occurrences
from engine.shacl.shapes import Shapes, referred
from engine.sparql.syntax import Group, Query, Token, parse_query
from engine.vocab import AIMS, RDF_TYPE

CONTEXT_INSTANTS = frozenset(
    {AIMS.evaluatedAt, AIMS.periodFrom, AIMS.periodUntil, AIMS.cutoff, AIMS.horizon}
)
_COMPARING = frozenset({"<", ">", "=", "!"})
# What hands an argument on as it is, or only asks whether there is one.
_PASSING = frozenset({"IF", "COALESCE", "MIN", "MAX", "SAMPLE", "BOUND"})
_HANDING = _PASSING | {"(", ")", ",", "DISTINCT", "<", ">", "=", "!", "&", "|"}
_CALCULATING = frozenset("+-*/")


@dataclass(frozen=True, slots=True)
class Timing:
    """``timed``: it reads the context's instants; ``compared``: it only compares and shows them;
    ``shown``: its answers hold one of them.
    """

    timed: bool
    compared: bool = True
    shown: bool = False


_UNREADABLE = Timing(timed=True, compared=False, shown=True)


def timing(shapes: Shapes, constraint: Constraint, shape: Shape) -> Timing:
    """How ``constraint`` of ``shape``, and what it refers to, use the instant judged."""
    found = [query_timing(text) for text in _texts(shapes, constraint)]
    predicates = _predicates(shapes, constraint, shape)
    if not CONTEXT_INSTANTS.isdisjoint(predicates):
        return _UNREADABLE
    return Timing(
        timed=any(one.timed for one in found),
        compared=all(one.compared for one in found),
        shown=any(one.shown for one in found),
    )


def _predicates(shapes: Shapes, constraint: Constraint, shape: Shape) -> Iterator[NamedNode]:
    """The predicates that Core itself follows."""
    if shape.path is not None:
        yield from (one.predicate for one in occurrences(shape.path))
    if isinstance(constraint, PairConstraint):
        yield constraint.predicate
    for node in referred(constraint):
        for nested in shapes[node].constraints:
            yield from _predicates(shapes, nested, shapes[node])


def _texts(shapes: Shapes, constraint: Constraint) -> Iterator[str]:
    if isinstance(constraint, SparqlConstraint | AskConstraint):
        yield constraint.text
    for node in referred(constraint):
        for nested in shapes[node].constraints:
            yield from _texts(shapes, nested)


@lru_cache(maxsize=2048)
def query_timing(text: str) -> Timing:
    """How the query ``text`` uses the instant judged."""
    try:
        query = parse_query(text)
        outermost = scopes(query)
    except (UnreadableError, QueryError):
        return _UNREADABLE
    instants = _instants(outermost)
    if not instants:
        return Timing(timed=False)
    expressions = [_Expression(list(tokens)) for tokens in _expressions(query)]
    known: frozenset[str] = frozenset()
    while known != instants:
        known = instants
        instants |= {name for one in expressions for name in one.named_after(known)}
    computed = frozenset(name for one in expressions for name in one.computed())
    compared = all(one.only_compares(instants, computed) for one in expressions)
    shown = any(token.variable in instants or token.word == "*" for token in query.head)
    return Timing(True, compared, shown)


def _instants(outermost: Scope) -> frozenset[str]:
    """The variables that patterns bind to instants of the context."""
    return frozenset(
        pattern.object.name
        for scope in outermost.all()
        for pattern in scope.patterns
        if isinstance(pattern.object, Var)
        and _may_be_context(pattern.path)
        and not _is_another(pattern.subject, scope)
    )


def _is_another(subject: Var | Term, scope: Scope) -> bool:
    """Whether the patterns beside ask for another class than that of the context."""
    return any(
        isinstance(other.object, NamedNode) and other.object != AIMS.EvaluationContext
        for other in scope.patterns
        if other.subject == subject and other.path == Predicate(RDF_TYPE)
    )


def _may_be_context(path: Path | None) -> bool:
    """Whether a path may lead to an instant of the context; a variable may be any predicate."""
    return path is None or any(one.predicate in CONTEXT_INSTANTS for one in occurrences(path))


def _expressions(query: Query) -> Iterator[Iterable[Token]]:
    """The tokens of every place where something is computed."""
    yield query.head
    yield query.tail
    yield from _within(query.where)


def _within(group: Group) -> Iterator[Iterable[Token]]:
    if group.select is not None:
        yield from _expressions(group.select)
    for element in group.elements:
        if element.tokens and element.tokens[0].word in ("FILTER", "BIND"):
            yield element.tokens
        for inner in element.groups:
            yield from _within(inner)


class _Expression:
    """The tokens of one place where something is computed."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens

    def _word(self, at: int) -> str:
        return self._tokens[at].word if 0 <= at < len(self._tokens) else ""

    def _named(self) -> Iterator[tuple[str, int, int]]:
        """Each ``( … AS ?name)``: the name, and from where to where the expression goes."""
        opened: list[int] = []
        for at, token in enumerate(self._tokens):
            if token.word == "(":
                opened.append(at)
            elif token.word == ")" and opened:
                start = opened.pop() + 1
                name = self._tokens[at - 1].variable
                if name and self._word(at - 2) == "AS":
                    yield name, start, at - 2

    def named_after(self, instants: frozenset[str]) -> Iterator[str]:
        """Names of expressions whose value may be one of ``instants``."""
        for name, start, end in self._named():
            uses = (at for at in range(start, end) if self._tokens[at].variable in instants)
            if any(self._operand(at) is None for at in uses):
                yield name

    def computed(self) -> Iterator[str]:
        """Names of expressions whose value is no recorded instant handed on."""
        for name, start, end in self._named():
            words = {t.word for t in self._tokens[start:end] if t.kind in ("word", "other")}
            strings = any(t.kind in ("string", "number") for t in self._tokens[start:end])
            if strings or not words <= _HANDING:
                yield name

    def _operand(self, at: int) -> Token | None:
        """What the token at ``at`` is compared with; None where it is not."""
        for step in (1, -1):
            other = at + step
            if self._word(other) not in _COMPARING:
                continue
            while self._word(other) in _COMPARING:
                other += step
            if 0 <= other < len(self._tokens) and self._word(other + step) not in _CALCULATING:
                return self._tokens[other]
        return None

    def only_compares(self, instants: frozenset[str], computed: frozenset[str]) -> bool:
        """Whether each use of ``instants`` is a comparison with a recorded one, or hands it on."""
        calls: list[str] = []
        for at, token in enumerate(self._tokens):
            if token.word == "(":
                calls.append(self._word(at - 1))
            elif token.word == ")" and calls:
                calls.pop()
            elif token.variable in instants and calls and self._word(at - 1) != "AS":
                if _CALCULATING & {self._word(at - 1), self._word(at + 1)}:
                    return False
                operand = self._operand(at)
                if operand is None:
                    if calls[-1] not in _PASSING:
                        return False
                elif not operand.variable or operand.variable in computed:
                    return False
        return True
