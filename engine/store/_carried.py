"""Literals as a server keeps them: as they are, or carried under a datatype of ours.

Servers fold literals into values and give back others: of 14 that we record, Virtuoso 7.2.5
refuses one and changes another, doubles lose all but six digits, ``1`` and ``true`` and ``1.0``
of one node are one, and several numeric types beside each other end the process (all measured). A
literal that a *careful* store does not keep as it is gets a datatype that no server computes with,
and gets its own back when it is read.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from urllib.parse import quote, unquote

from engine.canonical import canonical
from engine.rdf import BlankNode, Literal, NamedNode, Term
from engine.vocab import RDF, XSD

CARRIED = "https://w3id.org/aimsgraph/carried#"
_INTEGER = 2**63
# One numeric type for each value: a decimal that is no whole number is no integer.
_DECIMAL = re.compile(r"-?[0-9]{1,14}\.[0-9]{1,14}")
# Without a zone it would be one with the date of that day, and with one a date with the date.
_DATE = "(?:1[6-9]|[2-9][0-9])[0-9]{2}-[0-9]{2}-[0-9]{2}"
_INSTANT = re.compile(rf"{_DATE}T[0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}(?:\.[0-9]{{1,6}})?Z")
_DAY = re.compile(_DATE)
_TEXTS = frozenset({XSD.string, XSD.anyURI, RDF.langString})


class Forms(StrEnum):
    """How literals are kept: *exact*, all as they are; *careful*, what is not safe is carried."""

    EXACT = "exact"
    CAREFUL = "careful"


def sent(term: Term, forms: Forms) -> Term:
    """``term`` as the server is to keep it."""
    if not isinstance(term, Literal):
        return term
    kind = term.datatype.value
    if not kind.startswith(CARRIED) and (forms is Forms.EXACT or _safe(term)):
        return term
    short = kind.removeprefix(XSD.base) if kind.startswith(XSD.base) else quote(kind, safe="")
    return Literal(term.value, datatype=NamedNode(CARRIED + short))


def received(term: Term) -> Term:
    """``term`` of an answer as the ledger writes it."""
    if not isinstance(term, Literal):
        return term
    if term.language is not None:
        return canonical(term)
    kind = term.datatype.value
    if not kind.startswith(CARRIED):
        return canonical(term)
    short = kind.removeprefix(CARRIED)
    # The IRI of every other datatype has a colon, which is written with a percent sign.
    own = unquote(short) if "%" in short else XSD.base + short
    return Literal(term.value, datatype=NamedNode(own))


def received_row(row: Mapping[str, Term]) -> dict[str, Term]:
    """The terms of ``row`` as ``received`` gives them."""
    return {name: received(term) for name, term in row.items()}


def _safe(literal: Literal) -> bool:
    kind, text = literal.datatype, literal.value
    if kind in _TEXTS:
        return True
    if kind == XSD.integer:
        return bool(re.fullmatch("-?[0-9]{1,19}", text)) and -_INTEGER <= int(text) < _INTEGER
    if kind == XSD.decimal:
        return bool(_DECIMAL.fullmatch(text))
    if kind in (XSD.dateTime, XSD.date):
        form = _INSTANT if kind == XSD.dateTime else _DAY
        return bool(form.fullmatch(text)) and canonical(literal) == literal and _real(text)
    return not kind.value.startswith(XSD.base)


def _real(text: str) -> bool:
    """Whether there is such a day, and such a time in it."""
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def has_blank(term: Term) -> bool:
    """Whether ``term`` is a blank node, which no server can be asked about again."""
    return isinstance(term, BlankNode)
