"""One row with what templates and rules ask of it."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.errors import InputError
from engine.importers.cells import CellError
from engine.importers.table import Row, folded
from engine.importers.template import Template
from engine.importers.value_table import spelling
from engine.rdf import Literal, NamedNode
from engine.vocab import XSD


@dataclass(frozen=True, slots=True)
class RowContext:
    """A row, the positions of the columns that the mapping names, and its identity.

    ``words``: what ``{base}``, ``{file}``, ``{key}``, ``{ordinal}`` and ``{row}`` stand for.
    """

    row: Row
    columns: Mapping[str, int]
    words: Mapping[str, str]

    def cell(self, column: str) -> str:
        """The text in ``column``, exactly as in the table."""
        return self.row.cells[self.columns[column]]

    def is_blank(self, column: str, blank: frozenset[str]) -> bool:
        """Whether the cell is empty or one of the spellings of blank."""
        return spelling(self.cell(column)) in blank

    def wanted(self, when: str, unless: str, blank: frozenset[str]) -> bool:
        """Whether the conditions on two columns hold; an empty name is no condition."""
        return not (when and self.is_blank(when, blank)) and not (
            unless and not self.is_blank(unless, blank)
        )

    def node(self, template: Template, question: str = "") -> NamedNode | None:
        """The IRI that the template gives; None where a column it names is blank.

        Raises CellError when it is no IRI.
        """
        try:
            iri = template.fill(lambda word: {**self.words, "question": question}[word], self.cell)
            return None if iri is None else NamedNode(iri)
        except InputError as error:
            raise CellError(error.message) from None
        except ValueError as error:
            raise CellError(f"the template gives no IRI: {error}") from None


def key_digest(cells: Sequence[str]) -> str:
    """A short digest of the cells that identify a row, white space folded."""
    joined = "\x1f".join(folded(cell) for cell in cells)
    return hashlib.sha256(joined.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def integer(number: int) -> Literal:
    """``number`` as an xsd:integer."""
    return Literal(str(number), datatype=XSD["integer"])
