"""One cell to terms, as a property rule says."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache

from engine.importers.mapping import Kind, PropertyRule
from engine.importers.table import folded
from engine.importers.value_table import spelling
from engine.rdf import Literal, NamedNode
from engine.view import format_instant
from engine.vocab import XSD

_INTEGER = re.compile(r"[+-]?[0-9]{1,100}")
_DECIMAL = re.compile(r"[+-]?(?:[0-9]{1,100}(?:\.[0-9]{0,100})?|\.[0-9]{1,100})")
_TRUE, _FALSE = frozenset({"true", "yes", "y", "1"}), frozenset({"false", "no", "n", "0"})


class CellError(Exception):
    """A cell that cannot become what its rule asks for; the message is the reason."""


def terms(rule: PropertyRule, cell: str) -> list[NamedNode | Literal]:
    """The terms in ``cell``: one, or one a piece where the rule splits; none where blank.

    Raises CellError with the reason.
    """
    pieces = [cell]
    for separator in rule.split:
        pieces = [part for piece in pieces for part in piece.split(separator)]
    return [_term(rule, piece) for piece in pieces if spelling(piece) not in rule.blank]


def _term(rule: PropertyRule, text: str) -> NamedNode | Literal:
    if rule.values is not None:
        found = rule.values.lookup(text)
        if found is None:
            raise CellError(f"the table [values.{rule.values.name}] does not know this spelling")
        text = found
    return _KINDS[rule.kind](rule, text)


def _string(rule: PropertyRule, text: str) -> Literal:
    return Literal(text.strip())


def _tagged(rule: PropertyRule, text: str) -> Literal:
    return Literal(text.strip(), language=rule.language)


def _integer(rule: PropertyRule, text: str) -> Literal:
    plain = folded(text)
    if not _INTEGER.fullmatch(plain):
        raise CellError("it is no whole number")
    return Literal(plain, datatype=XSD["integer"])


def _decimal(rule: PropertyRule, text: str) -> Literal:
    plain = folded(text)
    if not _DECIMAL.fullmatch(plain):
        raise CellError("it is no decimal number with a point")
    return Literal(plain, datatype=XSD["decimal"])


def _boolean(rule: PropertyRule, text: str) -> Literal:
    plain = spelling(text)
    if plain not in _TRUE | _FALSE:
        raise CellError("it is neither true, yes, 1 nor false, no, 0")
    return Literal("true" if plain in _TRUE else "false", datatype=XSD["boolean"])


def _instant(rule: PropertyRule, text: str) -> Literal:
    found = _read_instant(folded(text), rule.patterns)
    if found is None:
        expected = ", ".join(rule.patterns) or "a date or instant of ISO 8601"
        raise CellError(f"it is no date or instant; expected: {expected}")
    return Literal(found, datatype=XSD["dateTime"])


@lru_cache(maxsize=4096)
def _read_instant(text: str, patterns: tuple[str, ...]) -> str | None:
    """Canonical instant; without a zone the text is taken as UTC."""
    for pattern in patterns:
        try:
            return _utc(datetime.strptime(text, pattern))
        except (ValueError, OverflowError):
            continue
    try:
        return _utc(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        return None


def _utc(value: datetime) -> str:
    return format_instant(value if value.tzinfo else value.replace(tzinfo=UTC))


def _iri(rule: PropertyRule, text: str) -> NamedNode:
    plain = folded(text)
    try:
        return NamedNode(plain)
    except ValueError as error:
        raise CellError(f"it is no absolute IRI: {error}") from None


_KINDS: Mapping[Kind, Callable[[PropertyRule, str], NamedNode | Literal]] = {
    Kind.STRING: _string,
    Kind.TEXT: _tagged,
    Kind.INTEGER: _integer,
    Kind.DECIMAL: _decimal,
    Kind.BOOLEAN: _boolean,
    Kind.DATE_TIME: _instant,
    Kind.IRI: _iri,
}
