"""Rows to nodes: identity, links, conditions, faults."""

import pytest

from engine.errors import ParseError
from engine.importers import OnError
from engine.rdf import Literal, NamedNode, terms_of
from engine.vocab import AIMS, PROV, RDF_TYPE
from tests.importers.reading import BASE, MAPPING, NAMED, column, csv_of, named, table, texts

ROWS = ["Name,Note", "Ada,first", "Bob,second", "Cyd,third"]


def _text(*rows: str) -> str:
    return "\n".join(rows) + "\n"


# Identity


def test_a_row_put_in_between_changes_no_other_rows_identifier() -> None:
    before = named(table(_text(*ROWS)))
    after = named(table(_text(*ROWS[:2], "Eve,new", *ROWS[2:])))
    assert after.pop("Eve") != []
    assert after == before


def test_the_order_of_rows_and_columns_does_not_matter_to_identifiers() -> None:
    turned = [",".join(reversed(row.split(","))) for row in (ROWS[0], *reversed(ROWS[1:]))]
    assert named(table(_text(*turned))) == named(table(_text(*ROWS)))


def test_identical_rows_stay_distinct() -> None:
    found = named(table(_text("Name,Note", "Ada,x", "Ada,x", "Bob,x", "Ada,x")))
    assert len(set(found["Ada"])) == 3
    assert len(found["Bob"]) == 1


def test_white_space_in_a_key_does_not_count() -> None:
    plain, spaced = named(table("Name\nAda Bee\n")), named(table('Name\n" Ada\xa0 Bee "\n'))
    assert list(plain.values()) == list(spaced.values())


def test_the_parts_of_a_key_are_not_glued_together() -> None:
    keyed = MAPPING.replace('key = ["Name"]', 'key = ["Name", "Note"]')
    found = named(table(_text("Name,Note", "ab,c", "a,bc"), keyed))
    assert found["ab"] != found["a"]
    assert str(found["ab"][0]).rpartition("/")[2] != str(found["a"][0]).rpartition("/")[2]


def test_a_faulty_row_does_not_move_the_identifiers_of_its_namesakes() -> None:
    mapping = column("Note", 'kind = "integer"')
    whole = named(table(_text("Name,Note", "Ada,1", "Ada,2", "Ada,3"), mapping))["Ada"]
    skipped = table(_text("Name,Note", "Ada,1", "Ada,x", "Ada,3"), mapping, on_error=OnError.SKIP)
    assert named(skipped)["Ada"] == [whole[0], whole[2]]


def test_two_rows_of_one_identity_are_a_fault_that_names_the_first() -> None:
    mapping = MAPPING.replace("{key}-{ordinal}", "{column:Name}")
    result = table(_text("Name", "Ada", "Bob", "Ada"), mapping)
    assert [(one.row, one.column) for one in result.errors] == [(4, "Name")]
    assert "the same identity as in row 2" in result.errors[0].reason
    assert "{ordinal}" in result.errors[0].reason


def test_what_several_rows_share_is_one_node_named_by_its_value() -> None:
    mapping = MAPPING + (
        '\n[[entities]]\nname = "team"\nper = "value"\nsubject = "{base}team/{column:Team}"\n'
        'types = ["aims:OrganizationalUnit"]\nwhen = "Team"\n'
    )
    result = table(_text("Name,Team", "Ada,R & D/1", "Bob,R & D/1", "Cyd,"), mapping)
    teams = {t.subject for t in result.triples if t.object == AIMS["OrganizationalUnit"]}
    assert teams == {NamedNode(f"{BASE}team/R%20%26%20D%2F1")}


# Links and conditions

LINKED = (
    MAPPING
    + '[[entities.properties]]\nproperty = "aims:ownedBy"\nlink = "owner"\n'
    + '[[entities.properties]]\nproperty = "aims:note"\nconstant = "nobody"\nkind = "string"\n'
    + 'unless = "Owner"\n'
    + '[[entities]]\nname = "owner"\nper = "value"\nsubject = "{base}person/{column:Owner}"\n'
    + 'when = "Owner"\n'
)


def test_a_link_points_to_the_entity_of_the_same_row_and_needs_it() -> None:
    result = table(_text("Name,Owner", "Ada,Zoe", "Bob,"), LINKED)
    owned = [t for t in result.triples if t.predicate == AIMS["ownedBy"]]
    assert [(t.subject, t.object) for t in owned] == [
        (named(result)["Ada"][0], NamedNode(f"{BASE}person/Zoe"))
    ]
    nobody = [t.subject for t in result.triples if t.object == Literal("nobody")]
    assert nobody == named(result)["Bob"]


def test_a_row_without_the_cell_that_its_subject_needs_is_a_fault() -> None:
    mapping = MAPPING.replace("{key}-{ordinal}", "{column:Code}")
    result = table(_text("Name,Code", "Ada,1", "Bob,"), mapping)
    assert (
        str(result.errors[0])
        == 'row 3, line 3, column "Code": the subject of "thing" needs this cell'
    )


def test_every_node_says_from_which_file_and_row_it_comes() -> None:
    result = table(_text(*ROWS))
    rows = {
        terms_of(t)[0]: t.object.value
        for t in result.triples
        if t.predicate == AIMS["sourceRow"] and isinstance(t.object, Literal)
    }
    assert {rows[nodes[0]]: name for name, nodes in named(result).items()} == {
        "2": "Ada",
        "3": "Bob",
        "4": "Cyd",
    }
    files = {t.object for t in result.triples if t.predicate == PROV["wasDerivedFrom"]}
    assert files == {NamedNode(f"{BASE}file/{result.facts.sha256}")}


# Faulty rows

FAULTY = _text(
    "Name,Note", "Ada,1", "Bob,2024-13-01", '"Cyd', 'lee",3', "Dan,4,5", "Eve,x", "Flo,6"
)
DATED = column("Note", 'kind = "integer"')


def test_faulty_rows_are_told_with_row_line_column_value_and_reason() -> None:
    result = table(FAULTY, DATED)
    assert [(e.row, e.line, e.column, e.value) for e in result.errors] == [
        (3, 3, "Note", "2024-13-01"),
        (5, 6, None, ""),
        (6, 7, "Note", "x"),
    ]
    assert [e.reason for e in result.errors] == [
        "it is no whole number",
        "it has 3 cells where the header has 2",
        "it is no whole number",
    ]
    assert str(result.errors[0]) == (
        'row 3, line 3, column "Note", value "2024-13-01": it is no whole number'
    )


def test_stop_imports_nothing_and_names_file_row_column_and_value() -> None:
    result = table(FAULTY, DATED, file_name="register.csv")
    assert result.ntriples == b""
    with pytest.raises(ParseError) as caught:
        result.require_rows(OnError.STOP)
    told = str(caught.value)
    assert told.startswith('register.csv, line 3, field "Note": 3 fault(s) in its rows')
    assert 'row 6, line 7, column "Note", value "x": it is no whole number' in told
    assert "--on-error skip" in caught.value.remedy


def test_skip_leaves_faulty_rows_out_whole_and_keeps_the_others_whole() -> None:
    result = table(FAULTY, DATED, on_error=OnError.SKIP)
    result.require_rows(OnError.SKIP)
    assert sorted(named(result)) == ["Ada", "Cyd\nlee", "Flo"]
    assert texts(result) == ["1", "3", "6"]
    assert (result.facts.rows_read, result.facts.rows_imported, result.error_count) == (6, 3, 3)
    subjects = {t.subject for t in result.triples if t.predicate == RDF_TYPE}
    assert sum("/thing/" in str(node) for node in subjects) == 3


def test_a_row_with_several_faults_tells_each() -> None:
    mapping = (
        DATED
        + '[[entities.properties]]\nproperty = "aims:live"\ncolumn = "Name"\nkind = "boolean"\n'
    )
    result = table(_text("Name,Note", "Ada,x"), mapping)
    assert [e.column for e in result.errors] == ["Note", "Name"]


def test_errors_are_counted_to_the_end_and_kept_up_to_a_thousand() -> None:
    result = table(csv_of([("Name", "Note"), *((f"n{at}", "x") for at in range(1_500))]), DATED)
    assert (result.error_count, len(result.errors)) == (1_500, 1_000)
    with pytest.raises(ParseError, match=r"1500 fault\(s\).*and 1490 more"):
        result.require_rows(OnError.STOP)


def test_a_long_value_is_cut_in_its_error() -> None:
    result = table(csv_of([("Name", "Note"), ("Ada", "x" * 5_000)]), DATED)
    assert len(result.errors[0].value) == 200


# Declarations and cells that cannot be read

ASKED = (
    MAPPING
    + """
[declarations]
about = "thing"
subject = "{base}declaration/{key}-{ordinal}/{question}"
blank = ["-"]

[[declarations.questions]]
question = "aimsc:question-monitoring"
column = "Watched"
values = "yes-no"
explanation = "Why"
[declarations.questions.covered_by]
column = "Extended"
values = "extension"

[values.yes-no.equals]
"Yes" = "aimsc:answer-yes"
"No" = "aimsc:answer-no"
[values.yes-no.starts]
"Not yet" = "aimsc:answer-in-progress"
"Not" = "aimsc:answer-no"
[values.extension.starts]
"Yes" = "aimsc:answer-extension"
"""
)


def _answers(*rows: str) -> dict[str, tuple[str, str]]:
    result = table(_text("Name,Watched,Why,Extended", *rows), ASKED)
    assert result.errors == ()
    by_node: dict[object, dict[str, str]] = {}
    for triple in result.triples:
        subject, predicate, value = terms_of(triple)
        text = value.value.rpartition("#")[2] if isinstance(value, NamedNode) else str(value)
        by_node.setdefault(subject, {})[predicate.value.rpartition("#")[2]] = text
    names = {
        f"{node}": row["identifier"].strip('"')
        for node, row in by_node.items()
        if "identifier" in row
    }
    things = {node.rpartition("/")[2].rstrip(">"): name for node, name in names.items()}
    return {
        things[str(node).rpartition("/")[0].rpartition("/")[2]]: (
            row["normalizedAnswer"],
            row["verbatimAnswer"].strip('"'),
        )
        for node, row in by_node.items()
        if "normalizedAnswer" in row
    }


def test_an_answer_is_kept_word_for_word_beside_its_reading() -> None:
    found = _answers("Ada, YES ,because,", "Bob,no,,", "Cyd,Not yet started,,", "Dan,Not planned,,")
    assert found == {
        "Ada": ("answer-yes", " YES "),
        "Bob": ("answer-no", "no"),
        "Cyd": ("answer-in-progress", "Not yet started"),
        "Dan": ("answer-no", "Not planned"),
    }


def test_a_blank_answer_is_no_declaration_unless_another_column_covers_it() -> None:
    found = _answers("Ada,,,", "Bob,-,,No", "Cyd,,,Yes: granted", "Dan,Yes,,Yes")
    assert found == {"Cyd": ("answer-extension", "Yes: granted"), "Dan": ("answer-yes", "Yes")}


def test_that_a_question_was_asked_is_said_once_on_the_import() -> None:
    result = table(_text("Name,Watched,Why,Extended", "Ada,,,"), ASKED)
    asked = [str(t.subject) for t in result.triples if t.predicate == AIMS["asksQuestion"]]
    assert len(asked) == 1
    assert "/import/s/" in asked[0]


def test_an_answer_that_the_table_does_not_know_is_a_fault_of_its_column() -> None:
    result = table(_text("Name,Watched,Why,Extended", "Ada,perhaps,,"), ASKED)
    fault = result.errors[0]
    assert (fault.column, fault.value) == ("Watched", "perhaps")
    assert "[values.yes-no] does not know this answer" in fault.reason


def test_a_cell_that_is_kept_unread_is_recorded_word_for_word_with_its_place() -> None:
    mapping = column("Note", 'kind = "dateTime"', 'if_unread = "keep"')
    result = table(_text("Name,Note", "Ada,24-Nov"), mapping)
    cells = [t.subject for t in result.triples if t.object == AIMS["UnreadCell"]]
    about = {t.predicate: t.object for t in result.triples if t.subject in cells}
    assert about[AIMS["verbatimText"]] == Literal("24-Nov")
    assert about[AIMS["sourceColumn"]] == Literal("Note")
    assert about[AIMS["unreadFor"]] == named(result)["Ada"][0]
    assert texts(result) == []
    assert "1 cell(s) could not be read" in result.notes[0]


def test_a_required_cell_that_is_blank_is_a_fault() -> None:
    result = table(_text("Name,Note", "Ada,"), column("Note", 'if_blank = "error"'))
    assert result.errors[0].reason == "it is blank, and the mapping needs it"


def test_a_blank_row_is_no_row() -> None:
    result = table("Name,Note\nAda,1\n\n,\n  \nBob,2\n", on_error=OnError.SKIP)
    assert sorted(named(result)) == ["Ada", "Bob"]
    assert NAMED  # the name that both rows are found by
