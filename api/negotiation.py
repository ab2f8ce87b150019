"""Content negotiation: the offered media type that an ``Accept`` header likes best.

RFC 9110 section 12.5.1: quality first, then the more specific range, then the order offered.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.exceptions import HTTPException


@dataclass(frozen=True, slots=True)
class _Range:
    main: str
    sub: str
    quality: float

    def fits(self, media_type: str) -> int:
        """How specifically this range names ``media_type``; 0 if it does not."""
        main, _, sub = media_type.partition(";")[0].partition("/")
        if (self.main, self.sub) == (main, sub):
            return 3
        if self.main == main and self.sub == "*":
            return 2
        return 1 if (self.main, self.sub) == ("*", "*") else 0


def _parse(header: str) -> list[_Range]:
    found = []
    for item in header.split(","):
        name, *parameters = (part.strip() for part in item.split(";"))
        main, _, sub = name.lower().partition("/")
        quality = 1.0
        for parameter in parameters:
            key, _, value = parameter.partition("=")
            if key.strip().lower() == "q":
                try:
                    quality = min(max(float(value), 0.0), 1.0)
                except ValueError:
                    quality = 0.0
        if main and sub:
            found.append(_Range(main, sub, quality))
    return found


def choose(header: str | None, offered: Sequence[str]) -> str:
    """The best of ``offered`` for the ``Accept`` header; the first where none is given.

    Raises HTTPException 406 naming what is offered when nothing fits.
    """
    ranges = _parse(header or "*/*")
    best: tuple[float, int, int] | None = None
    chosen = None
    for position, media_type in enumerate(offered):
        fitting = [(r.fits(media_type), r.quality) for r in ranges if r.fits(media_type)]
        if not fitting:
            continue
        specificity, quality = max(fitting)
        score = (quality, specificity, -position)
        if quality > 0 and (best is None or score > best):
            best, chosen = score, media_type
    if chosen is None:
        raise HTTPException(406, f"Offered here: {', '.join(offered)}.")
    return chosen
