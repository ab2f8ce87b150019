"""Canonical lexical forms of numbers and truth values; None stands for "leave as it is"."""

import math
import re
import struct
from collections.abc import Callable, Iterable
from decimal import Decimal
from fractions import Fraction

_MAX_DIGITS = 60  # no number of 64 bits has more
_INTEGER = re.compile(r"([+-]?)0*([0-9]+)")
_DECIMAL = re.compile(r"([+-]?)0*([0-9]*)(?:\.([0-9]*))?")
_FLOAT = re.compile(
    r"[+-]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?|inf(?:inity)?|nan)",
    re.IGNORECASE | re.ASCII,
)


def integer(text: str) -> str | None:
    """An ``xsd:integer`` of any size."""
    found = _INTEGER.fullmatch(text)
    if found is None:
        return None
    sign = "-" if found[1] == "-" and found[2] != "0" else ""
    return sign + found[2]


def small_integer(text: str) -> str | None:
    """An integer of 64 bits, whatever its derived type says."""
    plain = integer(text)
    if plain is None or len(plain) > _MAX_DIGITS or not -(2**63) <= int(plain) < 2**63:
        return None
    return plain


def decimal(text: str) -> str | None:
    """An ``xsd:decimal`` of any size."""
    found = _DECIMAL.fullmatch(text)
    if found is None or not any(c.isdigit() for c in text):
        return None
    whole, part = found[2] or "0", (found[3] or "").rstrip("0")
    plain = f"{whole}.{part}" if part else whole
    return f"-{plain}" if found[1] == "-" and plain != "0" else plain


def boolean(text: str) -> str | None:
    """An ``xsd:boolean`` written as a number."""
    return {"1": "true", "0": "false"}.get(text)


def double(text: str) -> str | None:
    """An ``xsd:double``."""
    if not _FLOAT.fullmatch(text):
        return None
    value = float(text)
    if value - value != 0:
        return _special(value)
    return _plain(_nearest([Decimal(repr(value))], value, float), value)


def single(text: str) -> str | None:
    """An ``xsd:float``."""
    if not _FLOAT.fullmatch(text):
        return None
    value = _nearest_single(text)
    if value - value != 0:
        return _special(value)
    lengths = (Decimal(f"{value:.{places}e}") for places in range(9))
    return _plain(_nearest(lengths, value, _nearest_single), value)


def _nearest(lengths: Iterable[Decimal], value: float, read: Callable[[str], float]) -> Decimal:
    """The fewest digits that read back as ``value``, the nearest of several, the larger of two.

    ``lengths``: the number rounded to ever more digits.
    """
    exact = Fraction(value)
    for near in lengths:
        step = Decimal((0, (1,), int(near.as_tuple().exponent)))
        fits = [c for c in (near, near - step, near + step) if read(str(c)) == value]
        if fits:
            return min(fits, key=lambda c: (abs(Fraction(c) - exact), -c.copy_abs()))
    return Decimal(value)


def _special(value: float) -> str:
    if value != value:
        return "NaN"
    return "INF" if value > 0 else "-INF"


def _plain(digits: Decimal, value: float) -> str:
    text = format(digits.copy_abs(), "f")
    text = text.rstrip("0").removesuffix(".") if "." in text else text
    return f"-{text}" if math.copysign(1, value) < 0 else text


def _pack(bits: int) -> float:
    return float(struct.unpack(">f", struct.pack(">I", bits))[0])


def _nearest_single(text: str) -> float:
    """The 32-bit number nearest to the decimal ``text``, ties to the even one."""
    wide = float(text)
    size = abs(wide)
    if size != size or size in (0.0, float("inf")):
        return wide
    largest = 0x7F7FFFFF
    tie = 2.0**128 - 2.0**103  # half-way between the largest number and the one after it
    if size >= tie:
        fits = size == tie and Decimal(text).copy_abs() < Decimal(tie)
        return (_pack(largest) if fits else float("inf")) * (1 if wide > 0 else -1)
    bits = int(struct.unpack(">I", struct.pack(">f", size))[0])
    for low in (bits - 1, bits):
        # Rounding to 64 bits first can land on a tie that the text itself is not.
        if 0 <= low < largest and _pack(low) + _pack(low + 1) == 2 * size:
            exact = Decimal(text).copy_abs()
            bits = bits if exact == Decimal(size) else low if exact < Decimal(size) else low + 1
            break
    return _pack(bits) if wide > 0 else -_pack(bits)
