"""IRI templates: ``{base}use-case/{file}-{key}-{ordinal}``, ``{base}unit/{column:Bureau}``."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from engine.errors import InputError
from engine.importers.table import folded
from engine.iri import path_segment

MAX_IRI = 2_048
_PART = re.compile(r"\{([^{}]*)\}")
_WORDS = ("base", "file", "key", "ordinal", "row", "question")


@dataclass(frozen=True, slots=True)
class Template:
    """Fixed texts and places in turn: texts at even positions, placeholders at odd ones."""

    parts: tuple[str, ...]

    @classmethod
    def parse(cls, text: str, *, question: bool = False) -> "Template":
        """Read a template. Raises InputError naming the placeholder that is not known."""
        parts = _PART.split(text)
        for place in parts[1::2]:
            if place.startswith("column:") and place != "column:":
                continue
            if place not in _WORDS or (place == "question" and not question):
                raise InputError(
                    f'"{{{place}}}" is no placeholder',
                    remedy="Use {base}, {file}, {key}, {ordinal}, {row} or {column:NAME}.",
                )
        if any("{" in part or "}" in part for part in parts[0::2]):
            raise InputError("a brace stands alone in the template", remedy="Close it.")
        return cls(tuple(parts))

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that the template names."""
        return tuple(p.removeprefix("column:") for p in self.parts[1::2] if p[:7] == "column:")

    @property
    def words(self) -> frozenset[str]:
        """The placeholders other than columns."""
        return frozenset(p for p in self.parts[1::2] if p[:7] != "column:")

    def fill(self, word: Callable[[str], str], cell: Callable[[str], str]) -> str | None:
        """The IRI text, cells percent-encoded; None where a cell is blank.

        Raises InputError when it becomes longer than 2,048 characters.
        """
        made = list(self.parts)
        for at in range(1, len(made), 2):
            place = made[at]
            if place.startswith("column:"):
                text = folded(cell(place.removeprefix("column:")))
                if not text:
                    return None
                made[at] = path_segment(text)
            else:
                made[at] = word(place)
        iri = "".join(made)
        if len(iri) > MAX_IRI:
            raise InputError(f"it makes an IRI of {len(iri):,} characters, limit {MAX_IRI:,}")
        return iri
