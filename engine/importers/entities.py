"""Rows to triples, as a mapping says. A row is imported whole or not at all."""

from collections import defaultdict
from collections.abc import Iterator

from engine.importers.cells import CellError, terms
from engine.importers.literals import Canonicaliser
from engine.importers.mapping import EntityRule, PropertyRule, TableMapping
from engine.importers.model import Facts, Parsed, Request, RowError
from engine.importers.provenance import activity_node, file_node
from engine.importers.questions import QuestionError, declaration
from engine.importers.row_context import RowContext, integer, key_digest
from engine.importers.table import Row, Table, folded
from engine.rdf import Literal, NamedNode, Triple
from engine.vocab import AIMS, PROV, RDF_TYPE

MAX_ERRORS = 1_000


def parse_table(
    table: Table, mapping: TableMapping, request: Request, sha256: str, name: str
) -> Parsed:
    """The triples of all rows without fault, and the faults of the others.

    Raises MappingError where a column of the mapping is not in the table.
    """
    rows = _Rows(table, mapping, request, sha256)
    literals = Canonicaliser()
    kept: list[Triple] = []
    read = imported = 0
    for row in table.rows:
        read += 1
        triples = rows.triples(row)
        if triples is not None:
            imported += 1
            kept += triples
    facts = Facts(
        name,
        request.file_name,
        sha256,
        mapping.name,
        mapping.digest,
        table.encoding,
        rows_read=read,
        rows_imported=imported,
    )
    activity = activity_node(request, sha256, mapping.digest)
    parsed = Parsed(literals.apply(kept), facts, errors=rows.errors, error_count=rows.error_count)
    parsed.provenance += literals.provenance(activity)
    if mapping.declarations:
        parsed.provenance += [
            Triple(activity, AIMS["asksQuestion"], rule.question)
            for rule in mapping.declarations.questions
        ]
    parsed.notes += _notes(table, rows.unread)
    return parsed


def _notes(table: Table, unread: int) -> list[str]:
    kept = (
        f"{unread} cell(s) could not be read as their mapping asks; "
        "they are kept word for word as aims:UnreadCell"
    )
    return [*([table.note] if table.note else []), *([kept] if unread else [])]


class _Rows:
    """The state of one walk over a table: ordinals, subjects used so far, faults."""

    def __init__(self, table: Table, mapping: TableMapping, request: Request, sha256: str) -> None:
        self._mapping = mapping
        self._columns = _columns(table, mapping)
        self._file = file_node(request.base, sha256)
        self._base = request.base
        self._short = sha256[:16]
        self._ordinals: dict[str, int] = defaultdict(int)
        self._used: dict[NamedNode, int] = {}
        self.errors: list[RowError] = []
        self.error_count = 0
        self.unread = 0

    def triples(self, row: Row) -> list[Triple] | None:
        """The triples of ``row``, or None when it has a fault."""
        if row.fault:
            self._fault(row, None, "", row.fault)
            return None
        before, unread = self.error_count, self.unread
        context = self._context(row)
        subjects = self._subjects(context)
        found: list[Triple] = []
        for entity in self._mapping.entities:
            subject = subjects.get(entity.name)
            if subject is not None:
                found += self._entity(entity, subject, subjects, context)
        found += self._declarations(subjects, context)
        if self.error_count > before:
            self.unread = unread
            return None
        return found

    def _context(self, row: Row) -> RowContext:
        columns = self._mapping.table.key
        key = key_digest([row.cells[self._columns[name]] for name in columns]) if columns else ""
        self._ordinals[key] += 1
        words = {"base": self._base, "file": self._short, "key": key, "row": str(row.number)}
        words["ordinal"] = str(self._ordinals[key])
        return RowContext(row, self._columns, words)

    def _subjects(self, context: RowContext) -> dict[str, NamedNode]:
        found: dict[str, NamedNode] = {}
        for entity in self._mapping.entities:
            if not context.wanted(entity.when, entity.unless, self._mapping.table.blank):
                continue
            column = next(iter(entity.subject.columns), None)
            try:
                subject = context.node(entity.subject)
            except CellError as error:
                self._fault(context.row, column, "", f'subject of "{entity.name}": {error}')
                continue
            if subject is not None and (entity.shared or self._own(subject, entity, context.row)):
                found[entity.name] = subject
            elif subject is None and not entity.shared:
                reason = f'the subject of "{entity.name}" needs this cell'
                self._fault(context.row, column, "", reason)
        return found

    def _own(self, subject: NamedNode, entity: EntityRule, row: Row) -> bool:
        first = self._used.setdefault(subject, row.number)
        if first == row.number:
            return True
        column = next(iter(entity.subject.columns), None)
        reason = f'"{entity.name}" has the same identity as in row {first}: <{subject.value[:200]}>'
        self._fault(row, column, "", f"{reason}; add {{ordinal}} to its subject")
        return False

    def _entity(
        self,
        entity: EntityRule,
        subject: NamedNode,
        subjects: dict[str, NamedNode],
        context: RowContext,
    ) -> Iterator[Triple]:
        for type_ in entity.types:
            yield Triple(subject, RDF_TYPE, type_)
        yield Triple(subject, PROV["wasDerivedFrom"], self._file)
        if not entity.shared:
            yield Triple(subject, AIMS["sourceRow"], integer(context.row.number))
        for rule in entity.properties:
            if context.wanted(rule.when, rule.unless, self._mapping.table.blank):
                yield from self._property(rule, subject, subjects, context)

    def _property(
        self,
        rule: PropertyRule,
        subject: NamedNode,
        subjects: dict[str, NamedNode],
        context: RowContext,
    ) -> Iterator[Triple]:
        if rule.link:
            if rule.link in subjects:
                yield Triple(subject, rule.property, subjects[rule.link])
            return
        cell = context.cell(rule.column) if rule.column else rule.constant
        try:
            found = _made(rule, cell, context)
        except CellError as error:
            if rule.keep_unread:
                yield from self._unread_cell(rule, subject, cell, context)
            else:
                self._fault(context.row, rule.column, cell, str(error))
            return
        if not found and rule.required:
            self._fault(context.row, rule.column, cell, "it is blank, and the mapping needs it")
        for value in found:
            yield Triple(subject, rule.property, value)

    def _unread_cell(
        self, rule: PropertyRule, subject: NamedNode, cell: str, context: RowContext
    ) -> Iterator[Triple]:
        self.unread += 1
        number, position = context.row.number, self._columns[rule.column] + 1
        node = NamedNode(f"{self._base}cell/{self._short}-{number}-{position}")
        yield Triple(node, RDF_TYPE, AIMS["UnreadCell"])
        yield Triple(node, AIMS["unreadFor"], subject)
        yield Triple(node, AIMS["sourceColumn"], Literal(folded(rule.column)))
        yield Triple(node, AIMS["sourceRow"], integer(number))
        yield Triple(node, AIMS["verbatimText"], Literal(cell))
        yield Triple(node, PROV["wasDerivedFrom"], self._file)

    def _declarations(self, subjects: dict[str, NamedNode], context: RowContext) -> list[Triple]:
        rules = self._mapping.declarations
        about = subjects.get(rules.about) if rules else None
        if rules is None or about is None:
            return []
        found: list[Triple] = []
        for rule in rules.questions:
            try:
                found += declaration(rule, rules, context, about, self._file)
            except QuestionError as error:
                self._fault(context.row, error.column, error.value, str(error))
        return found

    def _fault(self, row: Row, column: str | None, value: str, reason: str) -> None:
        self.error_count += 1
        if len(self.errors) < MAX_ERRORS:
            name = folded(column)[:120] if column else None
            self.errors.append(RowError(row.number, row.line, name, value[:200], reason))


def _made(rule: PropertyRule, cell: str, context: RowContext) -> list[NamedNode | Literal]:
    if rule.template is None:
        return terms(rule, cell)
    node = context.node(rule.template)
    return [] if node is None else [node]


def _columns(table: Table, mapping: TableMapping) -> dict[str, int]:
    """Position of each column that the mapping names."""
    named = [("table.key", column) for column in mapping.table.key]
    for entity in mapping.entities:
        fields = (*entity.subject.columns, entity.when, entity.unless)
        named += [(f"{entity.field}.subject", column) for column in fields]
        for rule in entity.properties:
            fields = (rule.column, rule.when, rule.unless)
            named += [(rule.field, column) for column in fields]
            named += [(rule.field, c) for c in (rule.template.columns if rule.template else ())]
    if mapping.declarations:
        named += [("declarations.subject", c) for c in mapping.declarations.subject.columns]
        for question in mapping.declarations.questions:
            fields = (question.column, question.explanation, question.covered_column)
            named += [(question.field, column) for column in fields]
    return {column: table.index(column, field, mapping.name) for field, column in named if column}
