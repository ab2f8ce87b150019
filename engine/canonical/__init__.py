"""Literals in one lexical form per value, the form in which every store gives them back.

Stores keep values, not texts: Oxigraph folds ``"01"^^xsd:integer`` into ``"1"``. The ledger and its
projections have to agree on equality, so what goes into the ledger is brought into this form first;
importers note the original text elsewhere. The rules, written down for other implementations in
``docs/ledger-format.md``:

- integers and decimals without needless signs and zeros; the integer types derived from
  ``xsd:integer`` become ``xsd:integer`` where the number fits 64 bits;
- ``xsd:double`` and ``xsd:float`` as the shortest digits that give the same number, no exponent;
- ``xsd:boolean`` as ``true`` and ``false``;
- ``xsd:dateTime`` (and ``xsd:dateTimeStamp``, which becomes it) in UTC with ``Z`` where it has a
  zone; other dates and times with ``Z`` for a zero offset; no needless fraction digits, no 24:00;
- durations carried over: ``P12M`` is ``P1Y``, ``PT90S`` is ``PT1M30S``;
- a text that is no value of its datatype stays as it is.
"""

from collections.abc import Mapping
from typing import overload

from engine.canonical import _numbers, _times
from engine.rdf import BlankNode, Literal, NamedNode, Node, Quad, Term

_XSD = "http://www.w3.org/2001/XMLSchema#"
# Oxigraph reads these as xsd:integer and does not keep which of them it was.
_INTEGERS = (
    "nonPositiveInteger",
    "negativeInteger",
    "long",
    "int",
    "short",
    "byte",
    "nonNegativeInteger",
    "unsignedLong",
    "unsignedInt",
    "unsignedShort",
    "unsignedByte",
    "positiveInteger",
)


@overload
def canonical(term: Literal) -> Literal: ...
@overload
def canonical(term: NamedNode) -> NamedNode: ...
@overload
def canonical(term: BlankNode) -> BlankNode: ...
@overload
def canonical(term: Node) -> Node: ...
@overload
def canonical(term: Term) -> Term: ...
def canonical(term: Term) -> Term:
    """``term`` in its canonical form; nodes and texts without one are given back as they are.

    >>> canonical(Literal("01.50", datatype=NamedNode(_XSD + "decimal"))).value
    '1.5'
    """
    if not isinstance(term, Literal):
        return term
    rule = _RULES.get(term.datatype.value)
    if rule is None:
        return term
    rewrite, datatype = rule
    text = rewrite(term.value)
    if text is None or (text == term.value and term.datatype == datatype):
        return term
    return Literal(text, datatype=datatype)


def canonical_quad(quad: Quad) -> Quad:
    """``quad`` with its object in canonical form."""
    given = quad.object
    if not isinstance(given, Literal):
        return quad
    value = canonical(given)
    return quad if value is given else Quad(quad.subject, quad.predicate, value, quad.graph_name)


def nquad(quad: Quad) -> str:
    """The line of ``quad`` in canonical N-Quads, without the line feed."""
    return f"{quad} ."


_RULES: Mapping[str, tuple[_times.Rewriter, NamedNode]] = {
    _XSD + name: (rewrite, NamedNode(_XSD + target))
    for name, rewrite, target in [
        ("integer", _numbers.integer, "integer"),
        *((name, _numbers.small_integer, "integer") for name in _INTEGERS),
        ("decimal", _numbers.decimal, "decimal"),
        ("boolean", _numbers.boolean, "boolean"),
        ("double", _numbers.double, "double"),
        ("float", _numbers.single, "float"),
        ("dateTime", _times.date_time, "dateTime"),
        ("dateTimeStamp", _times.date_time, "dateTime"),
        ("time", _times.time, "time"),
        *((name, _times.date(pattern), name) for name, pattern in _times.DATES),
        *((name, _times.duration(pattern, zero), name) for name, pattern, zero in _times.DURATIONS),
    ]
}
