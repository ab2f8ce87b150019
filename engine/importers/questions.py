"""Declarations: the answers of a row to the questions of somebody else's register.

A blank cell gives no declaration. That the question was asked is said once, on the import, so
that *unanswered* can be counted and stays different from *not asked*.
"""

from engine.importers.cells import CellError
from engine.importers.mapping import DeclarationRules, QuestionRule
from engine.importers.row_context import RowContext, integer
from engine.importers.table import folded
from engine.rdf import Literal, NamedNode, Triple
from engine.vocab import AIMS, PROV, RDF_TYPE


class QuestionError(CellError):
    """An answer that its value table does not know; ``column`` and ``value`` say which."""

    def __init__(self, column: str, value: str, reason: str) -> None:
        super().__init__(reason)
        self.column = column
        self.value = value


def declaration(
    rule: QuestionRule,
    rules: DeclarationRules,
    context: RowContext,
    about: NamedNode,
    file: NamedNode,
) -> list[Triple]:
    """The triples of the row's answer to one question, none where it is blank.

    Raises QuestionError.
    """
    found = _answer(rule, rules, context)
    if found is None:
        return []
    answer, verbatim, source_column = found
    local = rule.question.value.rpartition("#")[2].rpartition("/")[2]
    try:
        node = context.node(rules.subject, local)
    except CellError as error:
        raise QuestionError(rule.column, verbatim, str(error)) from None
    if node is None:
        raise QuestionError(rule.column, "", "a column of the declaration's subject is blank")
    made = [
        Triple(node, RDF_TYPE, AIMS["Declaration"]),
        Triple(node, AIMS["declares"], rule.question),
        Triple(node, AIMS["declaredFor"], about),
        Triple(node, AIMS["verbatimAnswer"], Literal(verbatim)),
        Triple(node, AIMS["normalizedAnswer"], answer),
        Triple(node, AIMS["sourceRow"], integer(context.row.number)),
        Triple(node, PROV["wasDerivedFrom"], file),
    ]
    if source_column:
        made.append(Triple(node, AIMS["sourceColumn"], Literal(source_column)))
    if rule.explanation and not context.is_blank(rule.explanation, rules.blank):
        words = Literal(context.cell(rule.explanation))
        made.append(Triple(node, AIMS["answerExplanation"], words))
    return made


def _answer(
    rule: QuestionRule, rules: DeclarationRules, context: RowContext
) -> tuple[NamedNode, str, str] | None:
    """Normalised answer, verbatim words, and the column where they stand if it is another."""
    if not context.is_blank(rule.column, rules.blank):
        text = context.cell(rule.column)
        found = rule.values.lookup(text)
        if found is None:
            reason = f"the table [values.{rule.values.name}] does not know this answer"
            raise QuestionError(rule.column, text, reason)
        return NamedNode(found), text, ""
    if rule.covered_values is None or context.is_blank(rule.covered_column, rules.blank):
        return None
    text = context.cell(rule.covered_column)
    found = rule.covered_values.lookup(text)
    return (NamedNode(found), text, folded(rule.covered_column)) if found else None
