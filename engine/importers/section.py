"""One table of a TOML file, read key by key, so that nothing in it goes unnoticed."""

from collections.abc import Mapping
from difflib import get_close_matches

from engine.errors import MappingError, Place


class Section:
    """A TOML table and where it stands; every ``take`` marks its key as known.

    ``close`` raises MappingError for a key that nobody asked for.
    """

    def __init__(self, data: Mapping[str, object], source: str, path: str = "") -> None:
        self._data = data
        self._source = source
        self._path = path
        self._known: list[str] = []

    def field(self, key: str = "") -> str:
        """The dotted path of ``key``, or of the table itself."""
        return ".".join(part for part in (self._path, key) if part) or "the file"

    def refuse(self, key: str, reason: str, remedy: str = "") -> MappingError:
        """The error to raise about ``key``."""
        return MappingError(reason, place=Place(self._source, field=self.field(key)), remedy=remedy)

    def has(self, key: str) -> bool:
        """Whether ``key`` stands in the table."""
        return key in self._data

    def choice(self, key: str, *words: str) -> str:
        """One of ``words``, the first when absent."""
        value = self.text(key, words[0])
        if value not in words:
            raise self.refuse(key, f'"{value}" is not known', f"Write {' or '.join(words)}.")
        return value

    def text(self, key: str, default: str | None = None) -> str:
        """A string; required when there is no default."""
        value = self._take(key)
        if value is None and default is not None:
            return default
        if not isinstance(value, str):
            what = "is missing" if value is None else f"is {_kind(value)}"
            raise self.refuse(key, f'"{key}" {what}, a text is needed', "Write it in quotes.")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of strings, or one string; empty when absent."""
        value = self._take(key)
        if value is None:
            return ()
        if isinstance(value, str):
            return (value,)
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.refuse(key, f'"{key}" is {_kind(value)}, texts in brackets are needed')
        return tuple(value)

    def number(self, key: str, default: int) -> int:
        """A whole number from 1."""
        value = self._take(key)
        if value is None:
            return default
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise self.refuse(key, f'"{key}" is {_kind(value)}, a whole number from 1 is needed')
        return value

    def section(self, key: str) -> "Section | None":
        """The table under ``key``."""
        value = self._take(key)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise self.refuse(key, f'"{key}" is {_kind(value)}, a table is needed')
        return Section(value, self._source, self.field(key))

    def sections(self, key: str) -> "list[Section]":
        """The array of tables under ``key``."""
        value = self._take(key)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise self.refuse(key, f'"{key}" is {_kind(value)}, [[{self.field(key)}]] is needed')
        return [
            Section(item, self._source, f"{self.field(key)}[{at}]")
            for at, item in enumerate(value, start=1)
        ]

    def named(self, key: str) -> "dict[str, Section]":
        """The tables under ``key``, by name."""
        parent = self.section(key)
        if parent is None:
            return {}
        found: dict[str, Section] = {}
        for name in parent._data:
            child = parent.section(name)
            assert child is not None
            found[name] = child
        return found

    def pairs(self, key: str) -> dict[str, str]:
        """The strings under ``key``, by name."""
        parent = self.section(key)
        return {name: parent.text(name) for name in parent._data} if parent else {}

    def close(self) -> None:
        """Raise MappingError for a key that the format does not know."""
        for key in self._data:
            if key not in self._known:
                near = get_close_matches(key, self._known, n=1)
                hint = f'Did you mean "{near[0]}"? ' if near else ""
                known = ", ".join(sorted(self._known))
                raise self.refuse(key, f'"{key}" is not known here', f"{hint}Known: {known}.")

    def _take(self, key: str) -> object:
        self._known.append(key)
        return self._data.get(key)


def _kind(value: object) -> str:
    kinds = {str: "a text", bool: "true or false", int: "a number", float: "a number"}
    more = {list: "a list", dict: "a table"}
    return (kinds | more).get(type(value), "a date or time")
