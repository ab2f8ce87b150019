"""The federal inventory as a few lines of ``csv`` read it: written apart from the mapping.

Each ``read_*`` folds the spellings of one column by its own rules, found by looking at the file;
nothing here comes from ``mappings/`` or ``engine/``.
"""

import csv
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

FILE = "us-federal-ai-use-cases-2024.csv"
NAME, AGENCY, BUREAU, STAGE, IMPACT, DOCUMENTED, EXTENSION = 0, 2, 3, 9, 10, 27, 44
ASSESSED, MONITORED, CONTESTED = 45, 49, 58
# The words by which each heading is recognised, so that a moved column is noticed.
HEADINGS = {
    NAME: "Use Case Name",
    AGENCY: "Agency Abbreviation",
    BUREAU: "Bureau",
    STAGE: "Stage of Development",
    IMPACT: "rights-impacting, safety-impacting, both, or neither",
    DOCUMENTED: "documentation for the model training and evaluation data",
    EXTENSION: "requested an extension",
    ASSESSED: "AI impact assessment been conducted",
    MONITORED: "process to monitor performance",
    CONTESTED: "fallback and escalation process",
}
Row = list[str]


def read(folder: Path) -> tuple[Row, list[Row]]:
    """Header and rows."""
    with (folder / "inventory" / FILE).open(encoding="cp1252", newline="") as file:
        header, *rows = csv.reader(file)
    for at, words in HEADINGS.items():
        assert words in header[at], at
    return header, rows


def plain(cell: str) -> str:
    """Small letters, single blanks, none at the ends."""
    return " ".join(cell.split()).lower()


def in_operation(row: Row) -> bool:
    """Whether the row says that the use case is in use."""
    return plain(row[STAGE]) in ("operation and maintenance", "in production")


def is_retired(row: Row) -> bool:
    """Whether the row says that it has ended."""
    return plain(row[STAGE]) == "retired"


def stage(row: Row) -> str:
    """The stated stage: the plan, four that follow, another one or unanswered."""
    text = plain(row[STAGE])
    words = {
        "initiated": ("initiated", "planned", "ideation"),
        "development": ("acquisition",),
        "implementation": ("implementation",),
        "operation": ("operation", "in production"),
        "retired": ("retired",),
    }
    found = (name for name, starts in words.items() if text.startswith(starts))
    return next(found, "other" if text else "unanswered")


def impact(row: Row) -> str:
    """The stated impact type: rights, safety, both, neither, undetermined or unanswered."""
    text = plain(row[IMPACT])
    for word in ("rights", "safety", "both", "neither"):
        if text.startswith(word):
            return word
    return "undetermined" if text else "unanswered"


def on_people(row: Row) -> bool:
    """Whether it is stated to bear on rights, on safety or on both."""
    return impact(row) in ("rights", "safety", "both")


def _first(text: str, words: Mapping[str, str]) -> str:
    if text in ("n/a", "na", "not applicable"):
        return "notApplicable"
    return next((found for start, found in words.items() if text.startswith(start)), "unanswered")


def _or_extension(row: Row, cell: str, words: Mapping[str, str]) -> str:
    """A blank minimum practice of an entry for which more time was asked counts as that."""
    if not plain(cell):
        return "extension" if plain(row[EXTENSION]).startswith("yes") else "unanswered"
    return _first(plain(cell), words)


def read_assessed(row: Row) -> str:
    """Was an impact assessment made?"""
    words = {"yes": "yes", "no": "no", "planned": "inProgress"}
    return _or_extension(row, row[ASSESSED], words)


def read_monitored(row: Row) -> str:
    """Is it watched after release?"""
    words = {
        "intermittent": "yes",
        "automated": "yes",
        "established": "yes",
        "no monitoring": "no",
        "use case is not safety impacting or rights impacting; however, a monitoring": "inProgress",
        "ai is not safety or rights": "notApplicable",
    }
    return _or_extension(row, row[MONITORED], words)


def read_contested(row: Row) -> str:
    """Can people contest a result?"""
    words = {"yes": "yes", "no ": "no", "agency caio has waived": "waived"}
    words |= {"n/a; cots": "notApplicable"}
    return _or_extension(row, row[CONTESTED], words)


def read_documented(row: Row) -> str:
    """Is the data documented? No minimum practice, so an extension covers nothing here."""
    words = {
        "documentation is complete": "yes",
        "documentation is widely": "yes",
        "documentation is available": "yes",
        "the data is public facing and documented": "yes",
        "yes": "yes",
        "documentation has been partially": "inProgress",
        "documentation is missing": "no",
        "no": "no",
    }
    return _first(plain(row[DOCUMENTED]), words)


QUESTIONS: Mapping[str, Callable[[Row], str]] = {
    "impact-assessment": read_assessed,
    "data-documentation": read_documented,
    "appeal": read_contested,
    "monitoring": read_monitored,
}


def counted(rows: list[Row], question: str) -> Counter[str]:
    """How often each reading of the answer to ``question`` occurs in ``rows``."""
    return Counter(QUESTIONS[question](row) for row in rows)
