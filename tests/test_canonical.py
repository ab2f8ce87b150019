"""Canonical literals: what the ledger writes is what a store gives back."""

import struct

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.canonical import canonical, canonical_quad, nquad
from engine.rdf import Literal, NamedNode, Quad
from engine.store.oxigraph import OxigraphStore
from engine.vocab import XSD

S, P, G = (NamedNode(f"https://example.org/{name}") for name in "spg")

# Literals that stores are known to rewrite, with the form that we record.
FOLDED = [
    ("1.10", "decimal", "1.1"),
    ("01", "integer", "1"),
    ("2026-01-01T00:00:00.000+00:00", "dateTime", "2026-01-01T00:00:00Z"),
    ("1", "boolean", "true"),
    ("P12M", "duration", "P1Y"),
    ("0", "boolean", "false"),
    ("1.0", "double", "1"),
    ("1E3", "double", "1000"),
    ("+5", "integer", "5"),
    ("-0.0", "decimal", "0"),
    ("2026-01-01T01:30:00+02:00", "dateTime", "2025-12-31T23:30:00Z"),
    ("2026-01-01+00:00", "date", "2026-01-01Z"),
    ("PT90S", "dayTimeDuration", "PT1M30S"),
    ("24:00:00", "time", "00:00:00"),
]


def through_store(literal: Literal) -> Literal:
    store = OxigraphStore.in_memory()
    store.load([Quad(S, P, literal, G)], 1)
    (quad,) = store.quads()
    assert isinstance(quad.object, Literal)
    return quad.object


def agrees(text: str, datatype: str) -> Literal:
    """The canonical form, asserted to be stable, kept by the store, and equal to what it keeps."""
    given_literal = Literal(text, datatype=XSD[datatype])
    result = canonical(given_literal)
    assert canonical(result) == result
    assert through_store(result) == result
    assert canonical(through_store(given_literal)) == result
    return result


@pytest.mark.parametrize(("text", "datatype", "expected"), FOLDED)
def test_folded_literals_have_the_form_that_the_store_keeps(
    text: str, datatype: str, expected: str
) -> None:
    assert agrees(text, datatype).value == expected


def test_language_tags_are_lower_case() -> None:
    result = canonical(Literal("colour", language="EN-gb"))
    assert result.language == "en-gb"
    assert through_store(result) == result


@pytest.mark.parametrize("datatype", ["int", "byte", "nonNegativeInteger", "positiveInteger"])
def test_derived_integer_types_become_integer(datatype: str) -> None:
    assert agrees("007", datatype) == Literal("7", datatype=XSD.integer)
    assert agrees("9223372036854775808", datatype).datatype == XSD[datatype]


def test_date_time_stamps_become_date_times() -> None:
    assert agrees("2026-01-01T00:00:00.50Z", "dateTimeStamp") == Literal(
        "2026-01-01T00:00:00.5Z", datatype=XSD.dateTime
    )


@pytest.mark.parametrize(
    ("text", "datatype"),
    [
        ("one", "integer"),
        ("", "decimal"),
        (".", "decimal"),
        ("yes", "boolean"),
        ("2026-02-30T00:00:00Z", "dateTime"),
        ("2026-01-01T24:00:01Z", "dateTime"),
        ("2026-01-01T00:00:00.0+14:01", "dateTime"),
        ("P", "duration"),
        ("PT", "duration"),
        ("P1Y", "dayTimeDuration"),
        (" 1", "integer"),
        ("१", "integer"),
        ("1e", "double"),
    ],
)
def test_ill_typed_literals_stay_as_they_are(text: str, datatype: str) -> None:
    assert agrees(text, datatype).value == text


def test_strings_and_nodes_are_given_back() -> None:
    for term in (S, Literal(" 01 "), Literal("01", datatype=NamedNode("urn:own"))):
        assert canonical(term) is term
    quad = Quad(S, P, S, G)
    assert canonical_quad(quad) is quad


def test_a_quad_line_escapes_what_would_break_lines() -> None:
    quad = canonical_quad(Quad(S, P, Literal('a"\\\n\r\t\x00\x7fé'), G))
    assert nquad(quad) == (
        "<https://example.org/s> <https://example.org/p> "
        '"a\\"\\\\\\n\\r\\t\\u0000\\u007Fé" <https://example.org/g> .'
    )


NUMBERISH = st.text(alphabet="+-.0019eEinfINFa ", max_size=14)
NUMBERS = ["integer", "decimal", "boolean", "double", "float", "int", "unsignedByte"]


@settings(max_examples=300, deadline=None)
@given(NUMBERISH, st.sampled_from(NUMBERS))
@example("340282356779733661637539395458142568447", "float")
@example("340282356779733661637539395458142568448", "float")
@example("-170141183460469231731.687303715884105728", "decimal")
@example("0.1234567890123456780", "decimal")
@example("0" * 5000 + "1", "integer")
@example("9" * 5000, "integer")
@example("1e-400", "double")
@example("4.9e-324", "double")
def test_any_text_as_a_number(text: str, datatype: str) -> None:
    agrees(text, datatype)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32 - 1))
@example(0x00000001)
@example(0x00800000)
@example(0x7F7FFFFF)
@example(0x29800000)
@example(0x4A069D91)  # 2205540.25, half-way between two texts of eight digits
def test_every_single_precision_number(bits: int) -> None:
    value = struct.unpack(">f", struct.pack(">I", bits))[0]
    agrees(repr(value), "float")


@settings(max_examples=100, deadline=None)
@given(st.floats())
@example(562949953421312.25)
def test_every_double_precision_number(value: float) -> None:
    agrees(repr(value), "double")


ZONES = st.sampled_from(["", "Z", "+00:00", "-00:00", "+02:00", "-13:59", "+14:00", "+14:01", "+9"])
YEARS = st.one_of(
    st.integers(-12_000, 12_000),
    st.sampled_from([5391559471917, 5391559471918, 5391559471919, -5391559471918, 10**18, 10**70]),
)
FRACTIONS = st.sampled_from(["", ".0", ".50", ".123456789012345678", ".1234567890123456789", "."])


def year_text(year: int) -> str:
    return f"{'-' if year < 0 else ''}{abs(year):04}"


@settings(max_examples=250, deadline=None)
@given(
    YEARS,
    st.integers(0, 13),
    st.integers(0, 32),
    st.sampled_from(["00:00:00", "23:59:59", "24:00:00", "24:00:01", "12:60:00", "12:00:60"]),
    FRACTIONS,
    ZONES,
)
@example(-1, 2, 29, "00:00:00", ".0", "Z")
@example(-4, 2, 29, "24:00:00", ".0", "Z")
@example(1, 1, 1, "00:00:00", "", "+14:00")
def test_any_instant(year: int, month: int, day: int, clock: str, part: str, zone: str) -> None:
    date = f"{year_text(year)}-{month:02}-{day:02}"
    agrees(f"{date}T{clock}{part}{zone}", "dateTime")
    agrees(f"{clock}{part}{zone}", "time")


@settings(max_examples=200, deadline=None)
@given(YEARS, st.integers(0, 13), st.integers(0, 32), ZONES, st.booleans())
@example(0, 1, 1, "Z", True)
def test_any_date(year: int, month: int, day: int, zone: str, minus: bool) -> None:
    text = "-0000" if minus and year == 0 else year_text(year)
    agrees(f"{text}-{month:02}-{day:02}{zone}", "date")
    agrees(f"{text}-{month:02}{zone}", "gYearMonth")
    agrees(f"{text}{zone}", "gYear")
    agrees(f"--{month:02}{zone}", "gMonth")
    agrees(f"---{day:02}{zone}", "gDay")
    agrees(f"--{month:02}-{day:02}{zone}", "gMonthDay")


COUNTS = st.one_of(
    st.none(),
    st.integers(0, 100),
    st.sampled_from([2**63 - 1, 2**63, 1969226660422097, 1969226660422098, 10**40]),
)


@settings(max_examples=250, deadline=None)
@given(
    st.tuples(COUNTS, COUNTS, COUNTS, COUNTS, COUNTS, COUNTS),
    FRACTIONS,
    st.booleans(),
    st.booleans(),
)
def test_any_duration(counts: tuple[int | None, ...], part: str, minus: bool, clock: bool) -> None:
    date = "".join(f"{n}{u}" for n, u in zip(counts[:3], "YMD", strict=True) if n is not None)
    time = "".join(f"{n}{u}" for n, u in zip(counts[3:5], "HM", strict=True) if n is not None)
    if counts[5] is not None:
        time += f"{counts[5]}{part}S"
    text = f"{'-' if minus else ''}P{date}{'T' if clock or time else ''}{time}"
    for datatype in ("duration", "dayTimeDuration", "yearMonthDuration"):
        agrees(text, datatype)
