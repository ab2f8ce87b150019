"""A mapping file into rules; every fault is found here, before any table is opened."""

import hashlib
import re
import tomllib
from collections.abc import Mapping

from engine.errors import InputError, MappingError, Place
from engine.importers.encoding import checked_encoding
from engine.importers.mapping import MAX_BYTES, TableMapping, TableOptions, shipped_mappings
from engine.importers.mapping_rules import RuleReader, blanks, language
from engine.importers.model import MappingText, Request
from engine.importers.section import Section
from engine.importers.value_table import ValueTable, spelling

FORMAT = "aimsgraph-table/1"
# The parser's errors say where only in their text.
_AT = re.compile(r"line ([0-9]+), column ([0-9]+)\)$")


def require_mapping(request: Request) -> TableMapping:
    """The request's mapping, read. Raises InputError where there is none, or MappingError."""
    if request.mapping is None:
        raise InputError(
            "a table needs a mapping that says what its columns mean",
            place=Place(request.file_name),
            remedy=f"Add --mapping with a .toml file, or one of: {', '.join(shipped_mappings())}.",
        )
    return read_mapping(request.mapping)


def read_mapping(mapping: MappingText) -> TableMapping:
    """The rules in ``mapping``. Raises MappingError with the field or line, and the remedy."""
    file = Section(_toml(mapping), mapping.name)
    if file.text("format") != FORMAT:
        raise file.refuse("format", "the format is not known", f'Write format = "{FORMAT}".')
    file.text("title", "")
    file.text("description", "")
    prefixes = file.pairs("prefixes")
    tables = {
        name: _value_table(name, section, file.named("values"))
        for name, section in file.named("values").items()
    }
    options = _options(file.section("table"))
    reader = RuleReader(prefixes, tables, options)
    entities = reader.entities(file)
    declarations = reader.declarations(file.section("declarations"), entities)
    digest = hashlib.sha256(mapping.data).hexdigest()
    found = TableMapping(mapping.name, digest, options, entities, declarations)
    file.close()
    return found


def _toml(mapping: MappingText) -> dict[str, object]:
    place = Place(mapping.name)
    if len(mapping.data) > MAX_BYTES:
        raise MappingError(f"the mapping is larger than {MAX_BYTES:,} bytes", place=place)
    try:
        return tomllib.loads(mapping.data.decode("utf-8"))
    except UnicodeDecodeError as error:
        line = mapping.data.count(b"\n", 0, error.start) + 1
        raise MappingError("the mapping is not UTF-8", place=Place(mapping.name, line)) from None
    except ValueError as error:  # malformed text, and numbers of thousands of digits
        raise _no_toml(mapping, str(error)) from None
    except RecursionError:
        raise MappingError("the mapping is nested too deep", place=place) from None


def _no_toml(mapping: MappingText, message: str) -> MappingError:
    reason, _, where = message.partition(" (at ")
    found = _AT.match(where)
    line, column = (int(found[1]), int(found[2])) if found else (None, None)
    if where.startswith("end"):
        line = mapping.data.count(b"\n") + 1
    return MappingError(
        f"the mapping is not TOML: {reason}",
        place=Place(mapping.name, line, column),
        remedy="Mend it at that place.",
    )


def _options(table: Section | None) -> TableOptions:
    if table is None:
        return TableOptions()
    encoding, delimiter = table.text("encoding", ""), table.text("delimiter", "")
    try:
        encoding = checked_encoding(encoding) if encoding else ""
    except InputError as error:
        raise table.refuse("encoding", error.message, error.remedy) from None
    if delimiter and (len(delimiter) != 1 or delimiter in '"\r\n'):
        raise table.refuse("delimiter", "one character is needed that is no quotation mark")
    options = TableOptions(
        encoding,
        delimiter,
        table.text("sheet", ""),
        table.number("header_row", 1),
        table.texts("key"),
        blanks(table),
        language(table, ""),
    )
    table.close()
    return options


def _value_table(name: str, section: Section, known: Mapping[str, Section]) -> ValueTable:
    equals: dict[str, str] = {}
    starts: dict[str, str] = {}
    for other in section.texts("include"):
        if other not in known or other == name:
            raise section.refuse("include", f"there is no [values.{other}] to include")
        if known[other].has("include") or known[other].has("otherwise"):
            raise section.refuse(
                "include",
                f"[values.{other}] has an include or otherwise of its own, which is not passed on",
                "Include a table that has only equals and starts.",
            )
        equals |= _folded_pairs(known[other], "equals")
        starts |= _folded_pairs(known[other], "starts")
    equals |= _folded_pairs(section, "equals")
    starts |= _folded_pairs(section, "starts")
    otherwise = section.text("otherwise", "")
    section.close()
    ordered = sorted(starts.items(), key=lambda pair: -len(pair[0]))
    return ValueTable(name, equals, tuple(ordered), otherwise)


def _folded_pairs(section: Section, key: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for text, value in section.pairs(key).items():
        if found.setdefault(spelling(text), value) != value:
            raise section.refuse(key, f'"{text[:80]}" stands twice, with different values')
    return found
