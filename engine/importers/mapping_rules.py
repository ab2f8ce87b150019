"""The rules of a mapping file: entities with their properties, and declarations."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from engine.errors import InputError
from engine.importers.mapping import (
    DeclarationRules,
    EntityRule,
    Kind,
    PropertyRule,
    QuestionRule,
    TableOptions,
)
from engine.importers.section import Section
from engine.importers.template import Template
from engine.importers.value_table import ValueTable, spelling
from engine.iri import expand
from engine.rdf import Literal, NamedNode
from engine.vocab import PREFIXES

_SCHEMES = ("urn", "mailto", "tag", "did", "info", "tel")
_SOURCES = ("column", "constant", "template", "link")
_FOR_CELLS = ("values", "patterns", "split", "blank", "if_unread")
_DIRECTIVES = re.compile(r"%(.)")
# Day, month and year have to be told apart; a year of two digits would be a guess.
_NEEDED, _ALLOWED = {"Y", "m", "d"}, set("YmdHMSfzbBj%")


class RuleReader:
    """What the parts of one mapping share: its prefixes, value tables and options."""

    def __init__(
        self,
        prefixes: Mapping[str, str],
        tables: Mapping[str, ValueTable],
        options: TableOptions,
    ) -> None:
        self._prefixes = {**PREFIXES, **prefixes}
        self._tables = tables
        self._options = options

    def entities(self, file: Section) -> tuple[EntityRule, ...]:
        """The ``[[entities]]`` of the file. Raises MappingError, also when there are none."""
        sections = file.sections("entities")
        names = [section.text("name") for section in sections]
        for section, name in zip(sections, names, strict=True):
            if names.count(name) > 1:
                raise section.refuse("name", f'two entities are called "{name}"')
        if not sections:
            raise file.refuse("entities", "the mapping has no [[entities]]")
        return tuple(self._entity(section, names) for section in sections)

    def declarations(
        self, section: Section | None, entities: Sequence[EntityRule]
    ) -> DeclarationRules | None:
        """The ``[declarations]`` of the file, if there are any."""
        if section is None:
            return None
        about, names = section.text("about"), [entity.name for entity in entities]
        if about not in names:
            raise section.refuse("about", f'no entity is called "{about}"', f"Known: {names}.")
        rules = DeclarationRules(
            about,
            self._template(section, "subject", question=True),
            self._options.blank | blanks(section),
            tuple(self._question(child) for child in section.sections("questions")),
        )
        if "question" not in rules.subject.words:
            raise section.refuse("subject", "the template of declarations lacks {question}")
        section.close()
        return rules

    def _entity(self, section: Section, names: Sequence[str]) -> EntityRule:
        subject = self._template(section, "subject")
        shared = section.choice("per", "row", "value") == "value"
        if shared and subject.words & {"ordinal", "row"}:
            raise section.refuse("subject", "an entity per value has no {row} and no {ordinal}")
        entity = EntityRule(
            section.field(),
            section.text("name"),
            subject,
            tuple(self._term(section, "types", text) for text in section.texts("types")),
            shared,
            section.text("when", ""),
            section.text("unless", ""),
            tuple(self._property(child, names) for child in section.sections("properties")),
        )
        section.close()
        return entity

    def _property(self, section: Section, names: Sequence[str]) -> PropertyRule:
        given = [key for key in _SOURCES if section.has(key)]
        if len(given) != 1:
            raise section.refuse(
                "",
                f"a property takes one of {', '.join(_SOURCES)}; here stand {len(given)}",
                "Keep exactly one.",
            )
        values = self._values(section, "values")
        linked = section.text("link", "")
        if linked and linked not in names:
            raise section.refuse("link", f'no entity is called "{linked}"', f"Known: {names}.")
        default = Kind.STRING if given == ["column"] and values is None else Kind.IRI
        kinds = sorted(Kind, key=lambda kind: kind is not default)
        rule = PropertyRule(
            section.field(),
            self._term(section, "property", section.text("property")),
            Kind(section.choice("kind", *kinds)),
            section.text("column", ""),
            section.text("constant", ""),
            self._template(section, "template") if given == ["template"] else None,
            linked,
            values,
            section.texts("patterns"),
            language(section, self._options.language),
            section.texts("split"),
            self._options.blank | blanks(section),
            section.text("when", ""),
            section.text("unless", ""),
            section.choice("if_unread", "error", "keep") == "keep",
            section.choice("if_blank", "nothing", "error") == "error",
        )
        section.close()
        self._check(section, rule)
        return self._resolved(section, rule)

    def _check(self, section: Section, rule: PropertyRule) -> None:
        for key in _FOR_CELLS:
            if section.has(key) and not rule.column:
                raise section.refuse(key, f'"{key}" is for properties that read a column')
        if (rule.link or rule.template) and rule.kind is not Kind.IRI:
            raise section.refuse("kind", "a link or template always makes an iri", "Leave it out.")
        if rule.link and rule.required:
            raise section.refuse("if_blank", "a link reads no cell that could be blank")
        if rule.kind is Kind.TEXT and not rule.language:
            raise section.refuse("language", "a text needs a language tag", 'Add language = "en".')
        if rule.patterns and rule.kind is not Kind.DATE_TIME:
            raise section.refuse("patterns", "patterns are for the kind dateTime")
        for pattern in rule.patterns:
            used = set(_DIRECTIVES.findall(pattern))
            named = used | ({"m"} if used & {"b", "B"} else set())
            if used - _ALLOWED or not (named >= _NEEDED or {"Y", "j"} <= used):
                raise section.refuse(
                    "patterns",
                    f'"{pattern}" does not fix day, month and year of four digits',
                    "Use %Y, %m or %b, %d, and %H, %M, %S, %z for the time.",
                )

    def _resolved(self, section: Section, rule: PropertyRule) -> PropertyRule:
        """``rule`` with the CURIEs of its constant or values written out."""
        if rule.kind is not Kind.IRI:
            return rule
        constant, values = rule.constant, rule.values
        if constant:
            constant = self._term(section, "constant", constant).value
        if values:
            values = values.mapped(lambda text: self._term(section, "values", text).value)
        return replace(rule, constant=constant, values=values)

    def _question(self, section: Section) -> QuestionRule:
        values = self._answers(section)
        if values is None:
            raise section.refuse("values", "a question needs the name of a value table")
        covered = section.section("covered_by")
        rule = QuestionRule(
            section.field(),
            self._term(section, "question", section.text("question")),
            section.text("column"),
            values,
            section.text("explanation", ""),
            covered.text("column") if covered else "",
            self._answers(covered) if covered else None,
        )
        if covered:
            covered.close()
        section.close()
        return rule

    def _answers(self, section: Section) -> ValueTable | None:
        table = self._values(section, "values")
        return table and table.mapped(lambda text: self._term(section, "values", text).value)

    def _values(self, section: Section, key: str) -> ValueTable | None:
        name = section.text(key, "")
        if name and name not in self._tables:
            known = f"Known: {', '.join(self._tables)}." if self._tables else "There is none yet."
            raise section.refuse(key, f"there is no [values.{name}]", known)
        return self._tables[name] if name else None

    def _template(self, section: Section, key: str, *, question: bool = False) -> Template:
        try:
            template = Template.parse(section.text(key), question=question)
        except InputError as error:
            raise section.refuse(key, error.message, error.remedy) from None
        if "key" in template.words and not self._options.key:
            raise section.refuse(
                key,
                "the template uses {key}, and [table] names no key",
                'Name the columns that tell rows apart, such as key = ["Name"], in [table].',
            )
        return template

    def _term(self, section: Section, key: str, text: str) -> NamedNode:
        found = self.term(text)
        if found is None:
            raise section.refuse(
                key,
                f'"{text[:120]}" is no IRI, or its prefix is not known',
                f"Known prefixes: {', '.join(self._prefixes)}; add yours under [prefixes].",
            )
        return found

    def term(self, text: str) -> NamedNode | None:
        """The IRI that a CURIE or absolute IRI of the mapping is, None when it is neither."""
        prefix, _, local = text.partition(":")
        try:
            if prefix in self._prefixes:
                return expand(f"<{self._prefixes[prefix]}{local}>")
            return expand(text) if "://" in text or prefix in _SCHEMES else None
        except ValueError:
            return None


def blanks(section: Section) -> frozenset[str]:
    """The spellings under ``blank``, and the empty cell."""
    return frozenset({"", *(spelling(text) for text in section.texts("blank"))})


def language(section: Section, default: str) -> str:
    """The checked tag under ``language``, else ``default``."""
    tag = section.text("language", default)
    try:
        if tag:
            Literal("", language=tag)
    except ValueError as error:
        raise section.refuse("language", f'"{tag}" is no language tag: {error}') from None
    return tag
