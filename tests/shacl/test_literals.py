"""Literals: lexical spaces of XML Schema, and the order that SPARQL's ``<`` gives them."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.rdf import Literal, NamedNode
from engine.shacl.literals import compare, is_true, language_matches, well_formed
from engine.vocab import XSD


def typed(text: str, name: str) -> Literal:
    return Literal(text, datatype=XSD[name])


GOOD = {
    "integer": ["0", "-1", "+01", "9" * 5000],
    "byte": ["127", "-128", "+5"],
    "unsignedByte": ["255", "-0"],
    "positiveInteger": ["1"],
    "negativeInteger": ["-1"],
    "decimal": ["1.", ".5", "-0.50", "1"],
    "double": ["1e9", "INF", "-INF", "NaN", "1.5E-3", ".5"],
    "boolean": ["true", "false", "0", "1"],
    "dateTime": ["2026-02-28T24:00:00", "2024-02-29T01:02:03.5Z", "-0044-03-15T00:00:00+14:00"],
    "dateTimeStamp": ["2026-01-01T00:00:00Z"],
    "date": ["2026-12-31", "2026-12-31Z", "12026-01-01", "2000-02-29"],
    "time": ["23:59:59.999", "24:00:00", "00:00:00-05:00"],
    "gYear": ["2026", "-0001Z"],
    "gYearMonth": ["2026-02"],
    "gMonthDay": ["--02-29"],
    "gMonth": ["--12"],
    "gDay": ["---31"],
    "duration": ["P1Y2M3DT4H5M6.7S", "-P1D", "PT0S"],
    "yearMonthDuration": ["P14M"],
    "dayTimeDuration": ["P1DT2H"],
    "hexBinary": ["", "0aFF"],
    "base64Binary": ["", "YQ==", "YWI=", "YWJj"],
    "language": ["en", "en-GB"],
    "normalizedString": ["a  b"],
    "token": ["", "a b"],
    "Name": [":a"],
    "NCName": ["é1"],
    "NMTOKEN": ["1a"],
    "anyURI": ["anything at all"],
    "string": ["\x07"],
}
BAD = {
    "integer": ["", "1.0", "١", "1 "],
    "byte": ["128", "-129", "c"],
    "unsignedByte": ["256", "-1"],
    "positiveInteger": ["0"],
    "decimal": ["1e3", ".", "INF"],
    "double": ["1e", "inf", "nan"],
    "boolean": ["True", "yes"],
    "dateTime": ["2026-02-29T00:00:00", "2026-01-01", "2026-01-01T24:00:01", "2026-1-1T00:00:00"],
    "dateTimeStamp": ["2026-01-01T00:00:00"],
    "date": ["2026-02-30", "02026-01-01", "2026-01-01+15:00", "1900-02-29"],
    "time": ["25:00:00", "00:00"],
    "gYear": ["26"],
    "gMonthDay": ["--02-30"],
    "gMonth": ["--13"],
    "duration": ["P", "PT", "P1S", "1D"],
    "yearMonthDuration": ["P1D"],
    "dayTimeDuration": ["P1Y", "P"],
    "hexBinary": ["0"],
    "base64Binary": ["Y", "YQ=", "YR=="],
    "language": ["english-", "123456789"],
    "normalizedString": ["a\tb"],
    "token": [" a", "a  b"],
    "NCName": ["a:b", "1a"],
}


@pytest.mark.parametrize(("name", "text"), [(n, t) for n, texts in GOOD.items() for t in texts])
def test_well_formed(name: str, text: str) -> None:
    assert well_formed(typed(text, name))


@pytest.mark.parametrize(("name", "text"), [(n, t) for n, texts in BAD.items() for t in texts])
def test_ill_formed(name: str, text: str) -> None:
    assert not well_formed(typed(text, name))


def test_unknown_datatypes_are_not_judged() -> None:
    assert well_formed(Literal("x", datatype=NamedNode("urn:x:own")))


OWN = Literal("a", datatype=NamedNode("urn:x:own"))
ORDERED = [
    (typed("1", "integer"), typed("1.5", "decimal"), -1),
    (typed("01", "integer"), typed("1.0", "double"), 0),
    (typed("INF", "double"), typed("5", "byte"), 1),
    (typed("NaN", "double"), typed("NaN", "double"), None),
    (typed("9" * 400, "integer"), typed("9" * 399, "integer"), 1),
    (Literal("a"), Literal("b"), -1),
    (Literal("a"), Literal("b", language="en"), None),
    (typed("false", "boolean"), typed("1", "boolean"), -1),
    (typed("x", "integer"), typed("1", "integer"), None),
    (typed("2026-01-01T00:00:00Z", "dateTime"), typed("2026-01-01T01:00:00+01:00", "dateTime"), 0),
    (typed("2026-01-01T24:00:00Z", "dateTime"), typed("2026-01-02T00:00:00Z", "dateTime"), 0),
    (typed("2026-01-01T00:00:00", "dateTime"), typed("2026-01-01T05:00:00Z", "dateTime"), None),
    (typed("2026-01-01T00:00:00", "dateTime"), typed("2026-01-02T00:00:00Z", "dateTime"), -1),
    (typed("2026-01-03T00:00:00", "dateTime"), typed("2026-01-02T00:00:00Z", "dateTime"), 1),
    (typed("2026-01-01", "date"), typed("2026-01-01T00:00:00", "dateTime"), None),
    (typed("-0001-12-31", "date"), typed("0001-01-01", "date"), -1),
    (typed("10:00:00", "time"), typed("09:59:59.5", "time"), 1),
    (typed("2026", "gYear"), typed("2027", "gYear"), -1),
    (typed("P1Y", "yearMonthDuration"), typed("P12M", "yearMonthDuration"), 0),
    (typed("-P1D", "dayTimeDuration"), typed("PT1S", "dayTimeDuration"), -1),
    (typed("P1Y", "duration"), typed("P12M", "duration"), None),
    (
        Literal("a", datatype=NamedNode("urn:x:y")),
        Literal("b", datatype=NamedNode("urn:x:y")),
        None,
    ),
]


@pytest.mark.parametrize(("left", "right", "order"), ORDERED, ids=range(len(ORDERED)))
def test_compare(left: Literal, right: Literal, order: int | None) -> None:
    assert compare(left, right) == order
    assert compare(right, left) == (None if order is None else -order)


@given(st.datetimes(), st.datetimes())
def test_instants_order_as_in_python(one: datetime, other: datetime) -> None:
    left, right = (typed(f"{value.isoformat()}Z", "dateTime") for value in (one, other))
    assert compare(left, right) == (one > other) - (one < other)


@pytest.mark.parametrize(
    ("tag", "wanted", "matches"),
    [("en-GB", "en", True), ("EN", "en", True), ("eng", "en", False), ("de", "*", True)],
)
def test_language_matches(tag: str, wanted: str, matches: bool) -> None:
    assert language_matches(tag, wanted) is matches


def test_only_the_term_true_is_true() -> None:
    assert is_true(typed("true", "boolean"))
    assert not is_true(typed("1", "boolean"))
    assert not is_true(Literal("true"))


def test_a_number_too_large_for_a_double_is_compared_with_one() -> None:
    huge = Literal("9" * 400, datatype=XSD.integer)
    small = Literal("-" + "9" * 400, datatype=XSD.integer)
    one = Literal("1.0E0", datatype=XSD.double)
    infinite = Literal("INF", datatype=XSD.double)
    assert (compare(huge, one), compare(one, huge), compare(small, one)) == (1, -1, -1)
    assert (compare(huge, infinite), compare(small, infinite)) == (0, -1)
