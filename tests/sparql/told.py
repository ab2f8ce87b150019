"""What is told of a query, and how it is run, for the tests of each rule."""

import re

from engine.sparql.rewrite import Rewritten, rewritten

PREFIX = "PREFIX ex: <urn:n:>\n"


def run_as(text: str) -> str:
    """How ``text`` is run, on one line without the prefix, new variables as ?_r."""
    run = " ".join(rewritten(PREFIX + text).text.removeprefix(PREFIX.strip()).split())
    return re.sub(r"\?_r\d+", "?_r", run)


def told(text: str) -> Rewritten:
    """What is told of ``text``."""
    return rewritten(PREFIX + text)


def left_alone(text: str, reason: str) -> None:
    """Demand that ``text`` is run as it is written, because of ``reason``."""
    found = told(text)
    assert not found.changed, found.text
    assert found.text == PREFIX + text
    assert any(reason in note.told for note in found.notes), found.notes
