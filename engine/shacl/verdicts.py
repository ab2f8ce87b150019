"""What constraints say of single terms: asked once a distinct term, kept with the columns."""

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from engine.columns import Columns, distinct
from engine.columns.terms import BLANK, IRI, LITERAL
from engine.errors import AimsError
from engine.rdf import Literal, NamedNode, Term
from engine.shacl.checks import check
from engine.shacl.data import Lookup
from engine.shacl.literals import can_be_malformed, order_key
from engine.shacl.model import (
    ClassConstraint,
    Constraint,
    DatatypeConstraint,
    InConstraint,
    LanguageInConstraint,
    LengthConstraint,
    NodeKindConstraint,
    PatternConstraint,
    RangeConstraint,
)
from engine.shacl.steps import Mask, Numbers, Untold
from engine.store.oxigraph import OxigraphStore
from engine.store.port import Solutions
from engine.vocab import RDF, RDF_TYPE, SH, XSD

_KINDS = {
    SH.IRI: (IRI,),
    SH.BlankNode: (BLANK,),
    SH.Literal: (LITERAL,),
    SH.BlankNodeOrIRI: (BLANK, IRI),
    SH.BlankNodeOrLiteral: (BLANK, LITERAL),
    SH.IRIOrLiteral: (IRI, LITERAL),
}
_UNKNOWN, _HOLDS, _FAILS = 0, 1, 2
# Verdicts of so many bytes are remembered with a graph, and those of the last few constraints.
_REMEMBERED, _LAST = 64 * 1024**2, 16
# Texts are matched so many at a time.
_BATCH = 200_000
_TEXT = "<urn:n:%d> <urn:text> %s .\n"
_UNMATCHED = "SELECT ?n {{ ?n <urn:text> ?t FILTER(!COALESCE(REGEX(?t, {}, {}), false)) }}"
Judge = Callable[[list[int]], Iterable[bool]]


class Verdicts:
    """Which terms of ``columns`` fail a constraint that judges each value by itself."""

    def __init__(self, columns: Columns, lookup: Lookup) -> None:
        self._columns = columns
        self._terms = columns.terms
        self._lookup = lookup

    def failing(self, constraint: Constraint, values: Numbers) -> Mask | None:
        """Which of ``values`` fail; None where ``constraint`` does not judge single values."""
        match constraint:
            case NodeKindConstraint(kind):
                table = np.ones(256, np.bool_)
                table[list(_KINDS[kind])] = False
                return table[self._terms.kinds[values]]
            case InConstraint(members):
                return ~np.isin(values, self.numbers(map(self._lookup.same, members)))
            case ClassConstraint(cls):
                return ~self.members(cls)[values]
            case DatatypeConstraint(datatype):
                return self._kept(constraint, values, self._typed(constraint, datatype))
            case PatternConstraint():
                return self._kept(constraint, values, lambda n: self._matching(constraint, n))
            case RangeConstraint() | LengthConstraint() | LanguageInConstraint():
                return self._kept(constraint, values, lambda n: self._checked(constraint, n))
        return None

    def numbers(self, terms: Iterable[Term]) -> Numbers:
        """The numbers of those of ``terms`` that the graph has."""
        found = (self._terms.number(term) for term in terms)
        return np.array([number for number in found if number is not None], np.int32)

    def members(self, cls: Term) -> Mask:
        """By number: which terms are SHACL instances of ``cls``."""
        known = self._columns.verdicts.get(cls)
        if known is None:
            pairs = self._columns.pairs(RDF_TYPE)
            kinds = self.numbers(self._lookup.subclasses(cls))
            known = np.zeros(len(self._terms), np.int8)
            known[pairs.starts[np.isin(pairs.ends, kinds)]] = 1
            self._remember(cls, known)
        return known.view(np.bool_)

    def _kept(self, key: Constraint, values: Numbers, judge: Judge) -> Mask:
        known = self._columns.verdicts.get(key)
        if known is None:
            known = np.zeros(len(self._terms), np.int8)
            self._remember(key, known)
        found = known[values]
        unknown = distinct(values[found == _UNKNOWN])
        if len(unknown):
            holds = np.fromiter(judge(unknown.tolist()), np.bool_, len(unknown))
            known[unknown] = np.where(holds, _HOLDS, _FAILS)
            found = known[values]
        failing: Mask = found == _FAILS
        return failing

    def _remember(self, key: object, known: NDArray[np.int8]) -> None:
        kept = self._columns.verdicts
        room = max(_LAST, _REMEMBERED // max(1, len(known)))
        # Other threads may do the same; what they forget need not be forgotten again.
        for old in list(kept)[: max(0, len(kept) - room + 1)]:
            kept.pop(old, None)
        kept[key] = known

    def _checked(self, constraint: Constraint, numbers: list[int]) -> Iterable[bool]:
        terms = self._terms
        for number in numbers:
            term = terms[number]
            yield next(check(constraint, self._lookup, term, (term,)), None) is None

    def _typed(self, constraint: DatatypeConstraint, datatype: NamedNode) -> Judge:
        if can_be_malformed(datatype) or datatype == RDF.langString:
            return lambda numbers: self._checked(constraint, numbers)
        end = b'"' if datatype == XSD.string else b'"^^<%s>' % datatype.value.encode()
        return lambda numbers: (self._terms.tokens[n].endswith(end) for n in numbers)

    def _matching(self, constraint: PatternConstraint, numbers: list[int]) -> Iterable[bool]:
        """Queries over all texts: the store's REGEX takes linear time, whatever the pattern."""
        try:
            empty = Literal("")
            list(check(constraint, self._lookup, empty, (empty,)))
        except AimsError:
            raise Untold from None  # No regular expression: told where each node is judged.
        for start in range(0, len(numbers), _BATCH):
            batch = numbers[start : start + _BATCH]
            failed = self._unmatched(constraint, batch)
            yield from (number not in failed for number in batch)

    def _unmatched(self, constraint: PatternConstraint, numbers: Sequence[int]) -> set[int]:
        tokens, kinds = self._terms.tokens, self._terms.kinds
        failed = {n for n in numbers if kinds[n] == BLANK}
        store = OxigraphStore.in_memory()
        lines = (_TEXT % (n, _text(tokens[n])) for n in numbers if n not in failed)
        store.fill_lines("".join(lines).encode())
        text = _UNMATCHED.format(Literal(constraint.pattern), Literal(constraint.flags))
        found = store.query(text)
        assert isinstance(found, Solutions)
        for (node,) in found.rows:
            assert isinstance(node, NamedNode)
            failed.add(int(node.value.rpartition(":")[2]))
        return failed


def _text(token: bytes) -> str:
    """The text of an IRI or literal as a literal's token."""
    text = token.decode()
    return f'"{text[1:-1]}"' if token[0] == IRI else text[: text.rfind('"') + 1]


class Orders:
    """Sort keys of literals: numbers that never tell less-than where it does not hold."""

    def __init__(self, columns: Columns) -> None:
        self._terms = columns.terms
        self._families: dict[tuple[str, bool], int] = {}

    def of(self, numbers: Numbers) -> tuple[NDArray[np.int16], NDArray[np.float64]]:
        """Family (-1: none that numbers can order) and key of each of ``numbers``."""
        families = np.full(len(numbers), -1, np.int16)
        keys = np.zeros(len(numbers), np.float64)
        for place, number in enumerate(numbers.tolist()):
            term = self._terms[number]
            key = None if not isinstance(term, Literal) else order_key(term)
            if key is None or isinstance(key[1], str) or key[1] != key[1]:
                continue
            try:
                # Rounding keeps the order, or makes equal what differs.
                keys[place] = float(key[1])
            except OverflowError:
                continue
            family = (key[0], key[2])
            families[place] = self._families.setdefault(family, len(self._families))
        return families, keys


def language(term: Term) -> str:
    """The language tag of ``term``, empty where it has none."""
    return (term.language or "") if isinstance(term, Literal) else ""
