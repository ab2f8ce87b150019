"""Canonical lexical forms of dates, times and durations; None stands for "leave as it is"."""

import re
from collections.abc import Callable, Mapping

Rewriter = Callable[[str], str | None]

_SCALE = 10**18  # seconds have 18 fraction digits …
_BOUND = 2**127  # … in a signed number of 128 bits
_MAX_DIGITS = 60  # no number below has more
_DAY_SECONDS = 86_400

_ZONE = r"(?P<zone>Z|[+-][0-9]{2}:[0-9]{2})?"
_YEAR = r"(?P<year>-?(?:[1-9][0-9]{3,}|0[0-9]{3}))"
_MONTH = r"(?P<month>0[1-9]|1[0-2])"
_DAY = r"(?P<day>[0-9]{2})"
_CLOCK = r"(?P<hour>[0-9]{2}):(?P<minute>[0-5][0-9]):(?P<second>[0-5][0-9])(?:\.(?P<part>[0-9]+))?"
_DATE_TIME = re.compile(f"{_YEAR}-{_MONTH}-{_DAY}T{_CLOCK}{_ZONE}")
_TIME = re.compile(_CLOCK + _ZONE)
DATES = [
    ("date", re.compile(f"{_YEAR}-{_MONTH}-{_DAY}{_ZONE}")),
    ("gYear", re.compile(_YEAR + _ZONE)),
    ("gYearMonth", re.compile(f"{_YEAR}-{_MONTH}{_ZONE}")),
    ("gMonth", re.compile(f"--{_MONTH}{_ZONE}")),
    ("gDay", re.compile(f"---{_DAY}{_ZONE}")),
    ("gMonthDay", re.compile(f"--{_MONTH}-{_DAY}{_ZONE}")),
]
_YEARS_MONTHS = r"(?:(?P<years>[0-9]+)Y)?(?:(?P<months>[0-9]+)M)?"
_DAYS_SECONDS = (
    r"(?:(?P<days>[0-9]+)D)?(?:T(?:(?P<hours>[0-9]+)H)?(?:(?P<minutes>[0-9]+)M)?"
    r"(?:(?P<seconds>[0-9]+\.?[0-9]*|\.[0-9]+)S)?)?"
)
DURATIONS = [
    ("duration", re.compile(f"-?P{_YEARS_MONTHS}{_DAYS_SECONDS}"), "PT0S"),
    ("dayTimeDuration", re.compile(f"-?P{_DAYS_SECONDS}"), "PT0S"),
    ("yearMonthDuration", re.compile(f"-?P{_YEARS_MONTHS}T?"), "P0M"),
]


def _month_days(year: int, month: int) -> int:
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31


def _day_number(year: int, month: int, day: int) -> int:
    """Days since 0000-03-01 in the proleptic Gregorian calendar."""
    year, month = (year, month - 3) if month > 2 else (year - 1, month + 9)
    return 365 * year + year // 4 - year // 100 + year // 400 + (153 * month + 2) // 5 + day - 1


def _from_day_number(number: int) -> tuple[int, int, int]:
    era, rest = divmod(number, 146_097)
    year = (rest - rest // 1_460 + rest // 36_524 - rest // 146_096) // 365
    rest -= 365 * year + year // 4 - year // 100
    month = (5 * rest + 2) // 153
    day = rest - (153 * month + 2) // 5 + 1
    year += 400 * era
    return (year, month + 3, day) if month < 10 else (year + 1, month - 9, day)


def _known_day(fields: Mapping[str, str | None]) -> int | None:
    """The day number of the date in ``fields``, with the last day of what is left open.

    None where there is no such day, or where it is out of reach of 128 bits of seconds.
    """
    text = fields.get("year")
    if text is not None and len(text) > _MAX_DIGITS:
        return None
    year = 1972 if text is None else int(text)
    month = int(fields.get("month") or 12)
    last = _month_days(1971 if text is None else year, month)
    day = int(fields.get("day") or last)
    number = _day_number(year, month, day)
    since = (number - _day_number(1, 1, 1)) * _DAY_SECONDS
    return number if 1 <= day <= last and abs(since) * _SCALE < _BOUND else None


def _zone_minutes(zone: str) -> int | None:
    if zone == "Z":
        return 0
    minutes = 60 * int(zone[1:3]) + int(zone[4:6])
    if minutes > 14 * 60 or zone[4:6] > "59":
        return None
    return -minutes if zone[0] == "-" else minutes


def _clock(fields: Mapping[str, str | None]) -> tuple[int, str] | None:
    """Seconds into the day and the fraction with its point; None where there is no such time."""
    part = (fields["part"] or "").rstrip("0")
    hour, rest = int(fields["hour"] or 0), 60 * int(fields["minute"] or 0)
    seconds = 3600 * hour + rest + int(fields["second"] or 0)
    if len(part) > 18 or seconds > _DAY_SECONDS or (seconds == _DAY_SECONDS and part):
        return None
    return seconds, f".{part}" if part else ""


def _clock_text(seconds: int, part: str) -> str:
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{part}"


def date_time(text: str) -> str | None:
    """An ``xsd:dateTime``, in UTC where it has a zone."""
    fields = found.groupdict() if (found := _DATE_TIME.fullmatch(text)) else None
    if fields is None or (number := _known_day(fields)) is None:
        return None
    clock, offset = _clock(fields), _zone_minutes(fields["zone"] or "Z")
    if clock is None or offset is None:
        return None
    days, seconds = divmod(clock[0] - 60 * offset, _DAY_SECONDS)
    year, month, day = _from_day_number(number + days)
    date = f"{'-' if year < 0 else ''}{abs(year):04}-{month:02}-{day:02}"
    return f"{date}T{_clock_text(seconds, clock[1])}{'Z' if fields['zone'] else ''}"


def time(text: str) -> str | None:
    """An ``xsd:time``, its zone kept."""
    fields = found.groupdict() if (found := _TIME.fullmatch(text)) else None
    if fields is None or (clock := _clock(fields)) is None:
        return None
    zone = fields["zone"] or ""
    offset = _zone_minutes(zone or "Z")
    if offset is None:
        return None
    return _clock_text(clock[0] % _DAY_SECONDS, clock[1]) + ("Z" if zone and not offset else zone)


def date(pattern: re.Pattern[str]) -> Rewriter:
    """The rewriter of a date, or of a part of one, that ``pattern`` reads."""

    def rewrite(text: str) -> str | None:
        found = pattern.fullmatch(text)
        if found is None or _known_day(found.groupdict()) is None:
            return None
        zone = found["zone"] or ""
        if text.startswith("-0000"):
            text = text[1:]
        if zone and _zone_minutes(zone) == 0:
            text = text.removesuffix(zone) + "Z"
        return text if not zone or _zone_minutes(zone) is not None else None

    return rewrite


# Durations


def duration(pattern: re.Pattern[str], zero: str) -> Rewriter:
    """The rewriter of durations that ``pattern`` reads; ``zero`` is how none at all is written."""

    def rewrite(text: str) -> str | None:
        found = pattern.fullmatch(text)
        given = found.groupdict() if found else {}
        if not any(given.values()):
            return None
        months = 12 * _count(given, "years") + _count(given, "months")
        seconds, part = _seconds(given)
        if months >= 2**63 or len(part) > 18 or _scaled(seconds, part) >= _BOUND:
            return None
        plain = _period_text(months, seconds, part)
        return ("-" if text[0] == "-" else "") + plain if plain else zero

    return rewrite


def _count(given: Mapping[str, str | None], name: str) -> int:
    # Cut to digits enough for "too large", since converting a million of them takes long.
    return int((given.get(name) or "0").lstrip("0")[:_MAX_DIGITS] or "0")


def _scaled(seconds: int, part: str) -> int:
    return seconds * _SCALE + int(part.ljust(18, "0"))


def _seconds(given: Mapping[str, str | None]) -> tuple[int, str]:
    whole, _, part = (given.get("seconds") or "0").partition(".")
    total = _DAY_SECONDS * _count(given, "days") + 3600 * _count(given, "hours")
    total += 60 * _count(given, "minutes") + _count({"whole": whole}, "whole")
    return total, part.rstrip("0")


def _period_text(months: int, seconds: int, part: str) -> str:
    """The period without its sign, empty when it is none."""
    date = [(months // 12, "Y"), (months % 12, "M"), (seconds // _DAY_SECONDS, "D")]
    clock = [(seconds // 3600 % 24, "H"), (seconds // 60 % 60, "M")]
    days = "".join(f"{count}{unit}" for count, unit in date if count)
    hours = "".join(f"{count}{unit}" for count, unit in clock if count)
    if seconds % 60 or part:
        hours += f"{seconds % 60}{'.' if part else ''}{part}S"
    return f"P{days}{'T' if hours else ''}{hours}" if days or hours else ""
