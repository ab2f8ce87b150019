"""The table mapping: what a mapping file says, read and checked before any table is opened.

The format is described in ``docs/importing.md``; why it is our own in decision 0003.
"""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from engine.assets import assets_root
from engine.errors import MappingError, NotFoundError, Place
from engine.importers.model import MappingText
from engine.importers.template import Template
from engine.importers.value_table import ValueTable
from engine.rdf import NamedNode

MAX_BYTES = 1024 * 1024


class Kind(StrEnum):
    """What a cell becomes; the names stand in mapping files."""

    STRING = "string"
    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    DATE_TIME = "dateTime"
    IRI = "iri"


@dataclass(frozen=True, slots=True)
class TableOptions:
    """How the table is to be read; empty texts mean *find out* or *none*."""

    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    header_row: int = 1
    key: tuple[str, ...] = ()
    blank: frozenset[str] = frozenset({""})
    language: str = ""


@dataclass(frozen=True, slots=True)
class PropertyRule:
    """One property of an entity; exactly one of column, constant, template and link is given."""

    field: str
    property: NamedNode
    kind: Kind
    column: str = ""
    constant: str = ""
    template: Template | None = None
    link: str = ""
    values: ValueTable | None = None
    patterns: tuple[str, ...] = ()
    language: str = ""
    split: tuple[str, ...] = ()
    blank: frozenset[str] = frozenset({""})
    when: str = ""
    unless: str = ""
    keep_unread: bool = False
    required: bool = False


@dataclass(frozen=True, slots=True)
class EntityRule:
    """One node per row, or one per distinct subject where several rows share it."""

    field: str
    name: str
    subject: Template
    types: tuple[NamedNode, ...]
    shared: bool
    when: str
    unless: str
    properties: tuple[PropertyRule, ...]


@dataclass(frozen=True, slots=True)
class QuestionRule:
    """One column whose cells answer a question; blank cells give nothing.

    ``covered_column``: where this cell is blank, a cell of that column may answer in its place,
    as ``covered_values`` say.
    """

    field: str
    question: NamedNode
    column: str
    values: ValueTable
    explanation: str = ""
    covered_column: str = ""
    covered_values: ValueTable | None = None


@dataclass(frozen=True, slots=True)
class DeclarationRules:
    """Declarations about the entity ``about``; ``subject`` may use ``{question}``."""

    about: str
    subject: Template
    blank: frozenset[str]
    questions: tuple[QuestionRule, ...]


@dataclass(frozen=True, slots=True)
class TableMapping:
    """A whole mapping file; ``digest`` is the SHA-256 of its bytes."""

    name: str
    digest: str
    table: TableOptions
    entities: tuple[EntityRule, ...]
    declarations: DeclarationRules | None


def find_mapping(name_or_path: str) -> MappingText:
    """A mapping shipped with the product, by name, or the file at a path.

    Raises NotFoundError listing the shipped ones, and MappingError for an oversized file.
    """
    path = Path(name_or_path)
    if name_or_path in shipped_mappings():
        path = assets_root() / "mappings" / f"{name_or_path}.toml"
    elif not _is_file(path):
        raise NotFoundError(
            f'no mapping "{name_or_path[:200]}"',
            remedy=f"Give the path of a .toml file, or one of: {', '.join(shipped_mappings())}.",
        )
    if path.stat().st_size > MAX_BYTES:
        raise MappingError(
            f"the mapping is larger than {MAX_BYTES:,} bytes", place=Place(str(path))
        )
    return MappingText(path.stem, path.read_bytes())


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name that no file can have
        return False


def shipped_mappings() -> tuple[str, ...]:
    """Names of the mappings that come with the product."""
    return tuple(sorted(path.stem for path in (assets_root() / "mappings").glob("*.toml")))
