"""JSON from outside: its depth is bounded before a recursive parser sees it."""

import re

from engine.errors import LimitError, Place

MAX_DEPTH = 200
# Strings are skipped whole, so that brackets inside them do not count; one that is never closed
# goes to the end, or each quotation mark in it would be tried anew.
_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|[\[{]|[\]}]', re.DOTALL)


def check_depth(content: bytes, source: str) -> None:
    """Raise LimitError, with the line, where arrays and objects nest more than 200 deep."""
    depth = 0
    for token in _TOKEN.finditer(content):
        first = content[token.start()]
        if first in b"[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise LimitError(
                    f"the JSON is nested more than {MAX_DEPTH} deep",
                    place=Place(source, content.count(b"\n", 0, token.start()) + 1),
                    remedy="Flatten the document, or send it as Turtle.",
                )
        elif first in b"]}":
            depth -= 1
