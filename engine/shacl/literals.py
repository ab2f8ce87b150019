"""Literals judged by their lexical form, and compared as SPARQL's ``<`` compares them.

Lexical spaces are those of XML Schema 1.1 part 2; ordering follows its section 3 with the
indeterminate results that SHACL 1.0 (section 4.3) counts as "cannot be compared".
"""

import math
import re
from calendar import monthrange
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from engine.rdf import Literal, NamedNode
from engine.vocab import RDF, XSD

_ZONE = r"(?P<zone>Z|[+-](?:(?:0\d|1[0-3]):[0-5]\d|14:00))?"
_YEAR = r"(?P<year>-?(?:[1-9]\d{3,}|0\d{3}))"
_MONTH = r"(?P<month>0[1-9]|1[0-2])"
_DAY = r"(?P<day>0[1-9]|[12]\d|3[01])"
_TIME = (
    r"(?:(?P<hour>[01]\d|2[0-3]):(?P<minute>[0-5]\d):(?P<second>[0-5]\d(?:\.\d+)?)"
    r"|(?P<midnight>24:00:00(?:\.0+)?))"
)
_DURATION_DATE = r"(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?"
_DURATION_TIME = (
    r"(?:(?P<days>\d+)D)?(?P<t>T(?=\d)(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?"
    r"(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?"
)
_INTEGER = r"[+-]?\d+"
_FLOAT = r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[Ee][+-]?\d+)?|[+-]?INF|NaN"
_NAME_START = r"A-Z_a-z\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u02FF\u0370-\u037D\u037F-\u1FFF" + (
    r"\u200C\u200D\u2070-\u218F\u2C00-\u2FEF\u3001-\uD7FF\uF900-\uFDCF\uFDF0-\uFFFD"
    r"\U00010000-\U000EFFFF"
)
_NAME_CHAR = _NAME_START + r"0-9.\u00B7\u0300-\u036F\u203F\u2040-"

_LEXICAL = {
    "boolean": r"true|false|0|1",
    "decimal": r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)",
    "float": _FLOAT,
    "double": _FLOAT,
    "dateTime": f"{_YEAR}-{_MONTH}-{_DAY}T{_TIME}{_ZONE}",
    "dateTimeStamp": f"{_YEAR}-{_MONTH}-{_DAY}T{_TIME}{_ZONE[:-1]}",
    "date": f"{_YEAR}-{_MONTH}-{_DAY}{_ZONE}",
    "time": f"{_TIME}{_ZONE}",
    "gYear": f"{_YEAR}{_ZONE}",
    "gYearMonth": f"{_YEAR}-{_MONTH}{_ZONE}",
    "gMonthDay": f"--{_MONTH}-{_DAY}{_ZONE}",
    "gMonth": f"--{_MONTH}{_ZONE}",
    "gDay": f"---{_DAY}{_ZONE}",
    "duration": rf"(?P<sign>-)?P(?=.){_DURATION_DATE}{_DURATION_TIME}",
    "yearMonthDuration": rf"(?P<sign>-)?P(?=.){_DURATION_DATE}",
    "dayTimeDuration": rf"(?P<sign>-)?P(?=.){_DURATION_TIME}",
    "hexBinary": r"(?:[0-9A-Fa-f]{2})*",
    "base64Binary": r"(?:(?:[A-Za-z0-9+/] ?){4})*"
    r"(?:(?:[A-Za-z0-9+/] ?){2}[AEIMQUYcgkosw048] ?=|[A-Za-z0-9+/] ?[AQgw] ?= ?=)?",
    "language": r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*",
    "normalizedString": r"[^\r\n\t]*",
    "token": r"(?:[^\r\n\t ]+(?: [^\r\n\t ]+)*)?",
    "Name": f"[:{_NAME_START}][:{_NAME_CHAR}]*",
    "NCName": f"[{_NAME_START}][{_NAME_CHAR}]*",
    "NMTOKEN": f"[:{_NAME_CHAR}]+",
}
_BOUNDS: dict[str, tuple[int | None, int | None]] = {
    "integer": (None, None),
    "nonPositiveInteger": (None, 0),
    "negativeInteger": (None, -1),
    "nonNegativeInteger": (0, None),
    "positiveInteger": (1, None),
    "long": (-(2**63), 2**63 - 1),
    "int": (-(2**31), 2**31 - 1),
    "short": (-(2**15), 2**15 - 1),
    "byte": (-128, 127),
    "unsignedLong": (0, 2**64 - 1),
    "unsignedInt": (0, 2**32 - 1),
    "unsignedShort": (0, 2**16 - 1),
    "unsignedByte": (0, 255),
}
# Values of one family compare with each other; the rest of the key is what SPARQL's "<" needs.
_Key = tuple[str, Fraction | float | str, bool]
_FOURTEEN_HOURS = Fraction(14 * 3600)


@lru_cache(maxsize=64)
def _pattern(name: str) -> "re.Pattern[str] | None":
    lexical = _INTEGER if name in _BOUNDS else _LEXICAL.get(name)
    return re.compile(lexical, re.ASCII) if lexical is not None else None


def can_be_malformed(datatype: NamedNode) -> bool:
    """Whether a literal of ``datatype`` may be one that ``well_formed`` refuses."""
    return datatype in XSD and _pattern(XSD.local(datatype)) is not None


@lru_cache(maxsize=65536)
def well_formed(literal: Literal) -> bool:
    """Whether the lexical form of ``literal`` is legal for its datatype; unknown ones are."""
    iri = literal.datatype
    if iri not in XSD:
        return True
    name, text = XSD.local(iri), literal.value
    pattern = _pattern(name)
    if pattern is None:
        return True
    found = pattern.fullmatch(text)
    if not found:
        return False
    if name in _BOUNDS:
        low, high = _BOUNDS[name]
        # Decimal, because int() refuses texts of more than 4,300 digits.
        value = Decimal(text)
        return (low is None or value >= low) and (high is None or value <= high)
    return "day" not in pattern.groupindex or name == "gDay" or _real_day(found)


def _real_day(found: "re.Match[str]") -> bool:
    groups = found.groupdict()
    # A day without a year may be 29 February; calendar rules repeat every 400 years.
    year = int(groups["year"]) % 400 + 2000 if groups.get("year") else 2000
    return int(groups["day"]) <= monthrange(year, int(groups["month"]))[1]


def compare(left: Literal, right: Literal) -> int | None:
    """-1, 0 or 1 where ``left`` is less than, equal to or greater than ``right``; else None.

    None: ill-formed, of families that do not compare, NaN, or a date with a zone too near to one
    without.
    """
    one, other = order_key(left), order_key(right)
    if one is None or other is None or one[0] != other[0]:
        return None
    if one[2] != other[2]:
        return _zoneless(one, other)
    return _order(one[1], other[1])


def _order(one: Fraction | float | str, other: Fraction | float | str) -> int | None:
    if isinstance(one, str) and isinstance(other, str):
        return (one > other) - (one < other)
    if isinstance(one, str) or isinstance(other, str):
        return None
    if one != one or other != other:  # NaN is unequal to itself
        return None
    if isinstance(one, float) or isinstance(other, float):
        one, other = _double(one), _double(other)
    return (one > other) - (one < other)


def _double(value: Fraction | float) -> float:
    try:
        return float(value)
    except OverflowError:  # XPath: what is too large for a double is infinite in it.
        return math.inf if value > 0 else -math.inf


def _zoneless(one: _Key, other: _Key) -> int | None:
    # XML Schema: a value without a zone lies somewhere within 14 hours either way.
    if isinstance(one[1], Fraction) and isinstance(other[1], Fraction):
        if one[1] + _FOURTEEN_HOURS < other[1]:
            return -1
        if one[1] - _FOURTEEN_HOURS > other[1]:
            return 1
    return None


@lru_cache(maxsize=65536)
def order_key(literal: Literal) -> _Key | None:
    """What ``compare`` orders by: a family, a place in it, and whether it is a moment with a zone.

    None for what is ill-formed or has no order.
    """
    if literal.language is not None or not well_formed(literal):
        return None
    if literal.datatype not in XSD:
        return None
    name = XSD.local(literal.datatype)
    if name in _BOUNDS:
        return "number", Fraction(Decimal(literal.value)), False
    maker = _KEYS.get(name)
    return maker(name, literal.value) if maker else None


def _number_key(name: str, text: str) -> _Key:
    if name == "decimal":
        return "number", Fraction(Decimal(text)), False
    return "number", float(text.replace("INF", "inf")), False


def _boolean_key(name: str, text: str) -> _Key:
    return name, Fraction(text in ("true", "1")), False


def _string_key(_: str, text: str) -> _Key:
    return "string", text, False


def _moment_key(name: str, text: str) -> _Key | None:
    pattern = _pattern(name)
    found = pattern.fullmatch(text) if pattern else None
    if not found:
        return None
    parts = {"year": "1972", "month": "12", "day": "31"} if name == "time" else {}
    parts |= {key: value for key, value in found.groupdict().items() if value is not None}
    seconds = Fraction(_days(int(parts.get("year", 1972)), parts) * 86400)
    if "midnight" in parts:
        seconds += 86400
    seconds += int(parts.get("hour", 0)) * 3600 + int(parts.get("minute", 0)) * 60
    seconds += Fraction(parts.get("second", "0"))
    zone = parts.get("zone")
    family = "dateTime" if name == "dateTimeStamp" else name
    return family, seconds - _offset(zone), zone is not None


def _days(year: int, parts: dict[str, str]) -> int:
    month, day = int(parts.get("month", 1)), int(parts.get("day", 1))
    # Days from civil, proleptic Gregorian; years start in March so that leap days come last.
    shifted = year - (month <= 2)
    era, year_of_era = divmod(shifted, 400)
    day_of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return era * 146097 + year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year


def _offset(zone: str | None) -> int:
    if zone is None or zone == "Z":
        return 0
    seconds = int(zone[1:3]) * 3600 + int(zone[4:6]) * 60
    return -seconds if zone[0] == "-" else seconds


def _duration_key(name: str, text: str) -> _Key | None:
    pattern = _pattern(name)
    found = pattern.fullmatch(text) if pattern else None
    if not found:
        return None
    parts = {key: value for key, value in found.groupdict().items() if value is not None}
    if name == "yearMonthDuration":
        size = Fraction(int(parts.get("years", 0)) * 12 + int(parts.get("months", 0)))
    else:
        size = Fraction(parts.get("seconds", "0")) + int(parts.get("days", 0)) * 86400
        size += int(parts.get("hours", 0)) * 3600 + int(parts.get("minutes", 0)) * 60
    return name, -size if "sign" in parts else size, False


_KEYS: dict[str, Callable[[str, str], _Key | None]] = {
    "decimal": _number_key,
    "float": _number_key,
    "double": _number_key,
    "boolean": _boolean_key,
    "string": _string_key,
    "yearMonthDuration": _duration_key,
    "dayTimeDuration": _duration_key,
    **dict.fromkeys(
        ("dateTime", "dateTimeStamp", "date", "time", "gYear", "gYearMonth", "gMonth", "gDay"),
        _moment_key,
    ),
}


def language_matches(tag: str, wanted: str) -> bool:
    """SPARQL's langMatches: RFC 4647 basic filtering of ``tag`` by the range ``wanted``."""
    tag, wanted = tag.lower(), wanted.lower()
    return wanted == "*" or tag == wanted or tag.startswith(f"{wanted}-")


def is_true(literal: object) -> bool:
    """Whether ``literal`` is exactly ``true``: the parameter values of SHACL ask for the term."""
    return (
        isinstance(literal, Literal) and literal.value == "true" and literal.datatype == XSD.boolean
    )


LANG_STRING = RDF.langString
