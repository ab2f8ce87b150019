"""Mapping files: every fault is found before the table is opened, with its field and remedy."""

from pathlib import Path

import pytest

from engine.errors import InputError, MappingError, NotFoundError
from engine.importers import MappingText, Request, find_mapping, read, shipped_mappings
from engine.importers.mapping import MAX_BYTES
from engine.importers.mapping_reader import read_mapping
from engine.importers.run import parse_here
from tests.importers.reading import MAPPING, column

NOTE = '\n[[entities.properties]]\nproperty = "aims:note"\n'
QUESTIONS = """
[declarations]
about = "thing"
subject = "{base}declaration/{key}-{ordinal}/{question}"

[[declarations.questions]]
question = "aimsc:question-monitoring"
column = "Watched"
values = "yes-no"

[values.yes-no.equals]
"Yes" = "aimsc:answer-yes"
"""


def _refused(text: str) -> str:
    with pytest.raises(MappingError) as caught:
        read_mapping(MappingText("mapping.toml", text.encode()))
    assert str(caught.value).startswith("mapping.toml")
    return str(caught.value)


def _without(text: str, line: str) -> str:
    assert line in text
    return text.replace(line, "")


def test_the_mappings_of_these_tests_are_sound() -> None:
    for text in (MAPPING, column("Note"), MAPPING + QUESTIONS):
        assert read_mapping(MappingText("m", text.encode())).entities[0].name == "thing"


@pytest.mark.parametrize("name", shipped_mappings())
def test_a_shipped_mapping_is_sound(name: str) -> None:
    mapping = read_mapping(find_mapping(name))
    assert mapping.name == name
    assert len(mapping.digest) == 64


def test_there_are_shipped_mappings() -> None:
    assert "us-federal-ai-inventory-2024" in shipped_mappings()


# TOML


@pytest.mark.parametrize(
    ("text", "where", "reason"),
    [
        ('format = "x"\ntitle = = 1\n', "line 2, column 9", "Invalid value"),
        ("a = 1\nb = [1,\n", "line 3", "Invalid value"),
        ("a = 1\na = 2\n", "line 2, column 6", "Cannot overwrite a value"),
        ("[a]\n[a]\n", "line 2, column 3", "Cannot declare"),
        ('a = "\x00"\n', "line 1, column 6", "character"),
        ("a = " + "1" * 10_000, "mapping.toml", "4300 digits"),
        ("a = " + "[" * 5_000, "mapping.toml", "nested too deep"),
        ("a = 2024-13-99\n", "line 1", ""),
    ],
)
def test_text_that_is_no_toml_is_refused_with_line_and_column(
    text: str, where: str, reason: str
) -> None:
    told = _refused(text)
    assert where in told
    assert reason in told


def test_bytes_that_are_no_utf_8_are_refused_with_their_line() -> None:
    with pytest.raises(MappingError, match=r"mapping.toml, line 3: the mapping is not UTF-8"):
        read_mapping(MappingText("mapping.toml", b"a = 1\nb = 2\nc = '\x92'\n"))


def test_a_mapping_of_megabytes_is_refused(tmp_path: Path) -> None:
    large = b"#" * (MAX_BYTES + 1)
    with pytest.raises(MappingError, match="larger than 1,048,576 bytes"):
        read_mapping(MappingText("m", large))
    (tmp_path / "m.toml").write_bytes(large)
    with pytest.raises(MappingError, match="larger than 1,048,576 bytes"):
        find_mapping(str(tmp_path / "m.toml"))


def test_a_mapping_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(NotFoundError, match=r"us-federal-ai-inventory-2024"):
        find_mapping("no-such-mapping")


def test_a_table_without_a_mapping_is_refused() -> None:
    with pytest.raises(InputError, match=r"a table needs a mapping.*--mapping"):
        parse_here("csv", b"Name\nAda\n", Request(source="s"))


def test_a_fault_of_the_mapping_comes_out_of_the_reading_process_as_it_is() -> None:
    request = Request(source="s", mapping=MappingText("mapping.toml", b"a = = 1"))
    with pytest.raises(MappingError) as caught:
        read(b"Name\nAda\n", request, name="csv")
    assert caught.value.place is not None
    assert (caught.value.place.line, caught.value.place.column) == (1, 5)


# Keys


@pytest.mark.parametrize(
    ("text", "field", "hint"),
    [
        (MAPPING.replace("[table]", "[table]\nencodng = 'x'"), "table.encodng", '"encoding"'),
        (MAPPING + "[valeus.x]\n", "valeus", 'Did you mean "values"?'),
        (MAPPING + 'colum = "Name"\n', "entities[1].properties[1].colum", '"column"'),
        (MAPPING + '[values.x]\nequal = {"a" = "b"}\n', "values.x.equal", '"equals"'),
        (MAPPING + QUESTIONS + '[values.y]\n[prefix]\nex = "urn:"\n', "prefix", '"prefixes"'),
    ],
)
def test_an_unknown_key_is_refused_with_its_field_and_the_nearest(
    text: str, field: str, hint: str
) -> None:
    told = _refused(text)
    assert f'field "{field}"' in told
    assert hint in told


@pytest.mark.parametrize(
    ("old", "new", "field", "reason"),
    [
        ('format = "aimsgraph-table/1"\n', "", "format", '"format" is missing'),
        ("aimsgraph-table/1", "aimsgraph-table/2", "format", "the format is not known"),
        ('name = "thing"\n', "", "entities[1].name", '"name" is missing'),
        ('name = "thing"', "name = 7", "entities[1].name", '"name" is a number'),
        ('key = ["Name"]', 'key = ["Name", 1]', "table.key", "texts in brackets are needed"),
        ("[table]", "[table]\nheader_row = 0", "table.header_row", "a whole number from 1"),
        ("[table]", "[table]\nheader_row = true", "table.header_row", "is true or false"),
        ("[table]", '[table]\ndelimiter = "::"', "table.delimiter", "one character is needed"),
        ("[table]", '[table]\nencoding = "utf-9"', "table.encoding", "not a text encoding"),
        ("[table]", '[table]\nlanguage = "no tag"', "table.language", "is no language tag"),
        ("[[entities]]", "[entities]", "entities", "[[entities]] is needed"),
        ('types = ["aims:AISystem"]', "types = 2024-01-01", "entities[1].types", "a date or time"),
        ('types = ["aims:', 'types = ["amis:', "entities[1].types", "its prefix is not known"),
        ('types = ["aims:', 'types = ["http://[', "entities[1].types", "is no IRI"),
        ('"aims:identifier"', '"identifier"', "entities[1].properties[1].property", "is no IRI"),
        ("types = [", 'per = "cell"\ntypes = [', "entities[1].per", "Write row or value"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_with_its_field(
    old: str, new: str, field: str, reason: str
) -> None:
    assert old in MAPPING
    told = _refused(MAPPING.replace(old, new, 1))
    assert f'field "{field}"' in told
    assert reason in told


def test_an_unknown_prefix_is_refused_with_those_that_are_known_and_where_to_add_one() -> None:
    told = _refused(MAPPING.replace('"aims:identifier"', '"ex:identifier"'))
    assert '"ex:identifier" is no IRI, or its prefix is not known' in told
    assert "aims" in told
    assert "[prefixes]" in told
    known = MAPPING.replace('"aims:identifier"', '"ex:identifier"').replace(
        "[table]", '[prefixes]\nex = "https://example.org/"\n\n[table]'
    )
    found = read_mapping(MappingText("m", known.encode()))
    assert found.entities[0].properties[0].property.value == "https://example.org/identifier"


def test_a_mapping_without_entities_or_with_two_of_one_name_is_refused() -> None:
    assert "the mapping has no [[entities]]" in _refused('format = "aimsgraph-table/1"\n')
    again = MAPPING + '[[entities]]\nname = "thing"\nsubject = "{base}x/{row}"\n'
    assert 'two entities are called "thing"' in _refused(again)


# Templates


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("{base}thing/{keys}", '"{keys}" is no placeholder'),
        ("{base}thing/{column:}", '"{column:}" is no placeholder'),
        ("{base}thing/{}", '"{}" is no placeholder'),
        ("{base}thing/{question}", '"{question}" is no placeholder'),
        ("{base}thing/{row", "a brace stands alone"),
        ("{base}thing/}{row}", "a brace stands alone"),
    ],
)
def test_a_bad_template_is_refused(template: str, reason: str) -> None:
    told = _refused(MAPPING.replace("{base}thing/{key}-{ordinal}", template))
    assert 'field "entities[1].subject"' in told
    assert reason in told


def test_a_template_with_a_key_needs_the_columns_of_the_key() -> None:
    told = _refused(_without(MAPPING, 'key = ["Name"]\n'))
    assert "the template uses {key}, and [table] names no key" in told


def test_what_several_rows_share_cannot_be_named_by_its_row() -> None:
    told = _refused(MAPPING.replace('name = "thing"', 'name = "thing"\nper = "value"'))
    assert "an entity per value has no {row} and no {ordinal}" in told


def test_declarations_need_the_question_in_their_name_and_an_entity_that_exists() -> None:
    text = MAPPING + QUESTIONS
    assert "lacks {question}" in _refused(text.replace("/{question}", ""))
    assert 'no entity is called "thin"' in _refused(
        text.replace('about = "thing"', 'about = "thin"')
    )
    assert "needs the name of a value table" in _refused(_without(text, 'values = "yes-no"\n'))


# Properties


@pytest.mark.parametrize(
    ("lines", "field", "reason"),
    [
        ("", "", "here stand 0"),
        ('column = "a"\nconstant = "b"', "", "here stand 2"),
        ('link = "nobody"', ".link", 'no entity is called "nobody"'),
        ('column = "a"\nkind = "date"', ".kind", "Write string or"),
        ('column = "a"\nkind = "text"', ".language", "needs a language tag"),
        ('column = "a"\nvalues = "stage"', ".values", "there is no [values.stage]"),
        ('column = "a"\npatterns = ["%Y"]', ".patterns", "patterns are for the kind dateTime"),
        ('column = "a"\nkind = "dateTime"\npatterns = ["%m/%d/%y"]', ".patterns", "does not fix"),
        ('column = "a"\nkind = "dateTime"\npatterns = ["%c"]', ".patterns", "does not fix day"),
        ('column = "a"\nif_unread = "skip"', ".if_unread", "Write error or keep"),
        ('constant = "x"\nkind = "integer"\nif_unread = "keep"', ".if_unread", "read a column"),
        ('constant = "no iri"', ".constant", "is no IRI"),
        ('link = "thing"\nvalues = "x"\n[values.x]', ".values", "read a column"),
        ('template = "{base}x"\nkind = "string"', ".kind", "always makes an iri"),
        ('link = "thing"\nif_blank = "error"', ".if_blank", "reads no cell"),
    ],
)
def test_a_property_that_cannot_be_meant_is_refused(lines: str, field: str, reason: str) -> None:
    told = _refused(MAPPING + NOTE + lines + "\n")
    assert f'field "entities[1].properties[2]{field}"' in told
    assert reason in told


# Value tables


@pytest.mark.parametrize(
    ("table", "field", "reason"),
    [
        ('[values.x.equals]\n"A " = "1"\n"a" = "2"', "values.x.equals", "stands twice"),
        ('[values.x]\ninclude = ["y"]', "values.x.include", "no [values.y] to include"),
        ('[values.x]\ninclude = ["x"]', "values.x.include", "no [values.x] to include"),
        (
            '[values.x]\ninclude = ["y"]\n[values.y]\notherwise = "1"',
            "values.x.include",
            "an include or otherwise of its own",
        ),
        ('[values.x.starts]\n"a" = 1', "values.x.starts.a", '"a" is a number'),
        ("[values]\nx = 1", "values.x", "a table is needed"),
    ],
)
def test_a_bad_value_table_is_refused(table: str, field: str, reason: str) -> None:
    told = _refused(f"{MAPPING}\n{table}\n")
    assert f'field "{field}"' in told
    assert reason in told


def test_a_value_that_is_no_term_is_refused_where_the_table_is_used() -> None:
    text = MAPPING + NOTE + 'column = "Name"\nvalues = "x"\n[values.x.equals]\n"a" = "no term"\n'
    told = _refused(text)
    assert 'field "entities[1].properties[2].values"' in told
    plain = text.replace('values = "x"', 'values = "x"\nkind = "string"')
    assert read_mapping(MappingText("m", plain.encode()))


def test_what_a_table_includes_can_be_overruled() -> None:
    text = (
        MAPPING
        + NOTE
        + (
            'column = "Name"\nvalues = "x"\nkind = "string"\n[values.x]\ninclude = ["y"]\n'
            '[values.x.equals]\n"a" = "own"\n[values.y.equals]\n"A" = "theirs"\n"b" = "shared"\n'
        )
    )
    values = read_mapping(MappingText("m", text.encode())).entities[0].properties[1].values
    assert values is not None
    assert [values.lookup(word) for word in ("A", "B", "c")] == ["own", "shared", None]
