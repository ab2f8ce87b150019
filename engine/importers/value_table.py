"""Value tables: an explicit list of the spellings of a column and what each means."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from engine.importers.table import folded


@dataclass(frozen=True, slots=True)
class ValueTable:
    """``equals`` by whole text, then the longest ``starts`` that the text begins with, then
    ``otherwise``; white space and case do not count. Keys are folded.
    """

    name: str
    equals: Mapping[str, str]
    starts: tuple[tuple[str, str], ...]
    otherwise: str = ""

    def lookup(self, text: str) -> str | None:
        """What ``text`` means, None when the table does not say."""
        key = spelling(text)
        found = self.equals.get(key)
        if found is not None:
            return found
        for start, value in self.starts:
            if key.startswith(start):
                return value
        return self.otherwise or None

    def mapped(self, change: Callable[[str], str]) -> "ValueTable":
        """The same table with every value changed."""
        return ValueTable(
            self.name,
            {key: change(value) for key, value in self.equals.items()},
            tuple((key, change(value)) for key, value in self.starts),
            change(self.otherwise) if self.otherwise else "",
        )


def spelling(text: str) -> str:
    """The form in which spellings are compared."""
    return folded(text).casefold()
