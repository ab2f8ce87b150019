"""Bytes to text: what is declared, what marks say, and where a byte does not fit."""

import codecs

import pytest

from engine.errors import MappingError, ParseError
from engine.importers import ImportResult
from tests.importers.reading import column, rdf, table, texts

TEXT = "Name,Note\nAda,naïve – ’quoted’ 漢字 🙂\n"
LATIN = "Name,Note\nAda,it’s naïve\n"


def _declaring(encoding: str) -> str:
    return column("Note").replace("[table]", f'[table]\nencoding = "{encoding}"')


def _note(result: ImportResult) -> str:
    assert result.errors == ()
    (found,) = texts(result)
    return found


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
    ],
)
def test_a_byte_order_mark_decides_and_is_no_part_of_the_first_name(
    mark: bytes, encoding: str
) -> None:
    result = table(mark + TEXT.encode(encoding), column("Note"))
    assert _note(result) == "naïve – ’quoted’ 漢字 🙂"
    assert result.facts.encoding == encoding
    family = encoding[:6].rstrip("-")
    assert _note(table(mark + TEXT.encode(encoding), _declaring(family))) == _note(result)


@pytest.mark.parametrize(
    ("declared", "content"),
    [
        ("windows-1252", LATIN.encode("cp1252")),
        ("CP1252", LATIN.encode("cp1252")),
        ("utf-16-le", LATIN.encode("utf-16-le")),
        ("utf-8", LATIN.encode()),
        ("utf-8-sig", codecs.BOM_UTF8 + LATIN.encode()),
        ("mac-roman", LATIN.encode("mac-roman")),
    ],
)
def test_a_declared_encoding_is_used(declared: str, content: bytes) -> None:
    assert _note(table(content, _declaring(declared))) == "it’s naïve"


def test_without_a_declaration_text_that_is_utf_8_is_read_so() -> None:
    result = table(LATIN.encode(), column("Note"))
    assert (_note(result), result.facts.encoding, result.notes) == ("it’s naïve", "utf-8", ())


def test_other_text_is_read_as_windows_1252_and_said_so_with_the_line() -> None:
    result = table(LATIN.encode("cp1252"), column("Note"))
    assert (_note(result), result.facts.encoding) == ("it’s naïve", "cp1252")
    assert result.notes[0].startswith("byte 0x92 on line 2 is not UTF-8; the file is read as")


@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF8])
def test_a_windows_byte_in_a_file_that_says_utf_8_is_told_with_file_row_and_column(
    mark: bytes,
) -> None:
    rows = b'Name,Note\nAda,"two\nlines"\nBob,it\x92s\n'
    mapping = column("Note") if mark else _declaring("utf-8")
    with pytest.raises(ParseError) as caught:
        table(mark + rows, mapping, file_name="inventory.csv")
    assert str(caught.value) == (
        'inventory.csv, line 4: byte 0x92 in row 3, column "Note" ("it\ufffds") does not fit '
        'utf-8. Declare the right encoding, often "windows-1252"; nothing is imported.'
    )


def test_such_a_byte_in_the_header_or_beyond_it_is_told_too() -> None:
    with pytest.raises(ParseError, match=r'byte 0x92 in row 1, column "It\?s"'):
        table(b"Name,It\x92s\nAda,x\n", _declaring("utf-8"))
    with pytest.raises(ParseError, match=r'in row 2, column "3"'):
        table(b"Name,Note\nAda,x,\x92\n", _declaring("utf-8"))


def test_a_byte_that_windows_1252_does_not_have_is_told() -> None:
    with pytest.raises(ParseError, match=r'byte 0x81 in row 2, column "Note".*does not fit cp1252'):
        table(b"Name,Note\nAda,\x81\n", _declaring("windows-1252"))
    with pytest.raises(ParseError, match=r"line 2, column 5: byte 0x81 does not fit cp1252"):
        table(b"Name,Note\nAda,\x81\n", column("Note"))


def test_a_mark_that_contradicts_the_declaration_is_refused() -> None:
    with pytest.raises(ParseError, match=r"declares cp1252, but .* the mark of utf-16-le"):
        table(codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"), _declaring("windows-1252"))


def test_cut_utf_16_is_refused_with_its_place() -> None:
    with pytest.raises(
        ParseError, match=r"input.csv, line 2, column [0-9]+: .*does not fit utf-16"
    ):
        table(codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le")[:-1], column("Note"))


def test_zero_bytes_without_a_mark_and_zero_characters_are_refused() -> None:
    with pytest.raises(ParseError, match=r"UTF-16 without a byte order mark.*utf-16-le"):
        table(LATIN.encode("utf-16-le"), column("Note"))
    with pytest.raises(ParseError, match=r"line 3: the text holds a zero character"):
        table("Name,Note\nAda,1\nBob,\x002\n", _declaring("utf-8"))


@pytest.mark.parametrize("name", ["utf-7", "zip", "rot13", "idna", "unicode_escape", "nonsense"])
def test_what_is_no_text_encoding_is_refused_in_the_mapping(name: str) -> None:
    with pytest.raises(MappingError, match=r"table.encoding.*is not a text encoding"):
        table(LATIN, _declaring(name))


def test_rdf_text_may_have_the_mark_of_utf_8_or_utf_16() -> None:
    plain = '<urn:a> <urn:b> "漢" .\n'
    wanted = {t for t in rdf(plain).triples if "<urn:a>" in str(t)}
    for content in (codecs.BOM_UTF8 + plain.encode(), plain.encode("utf-16")):
        assert wanted <= set(rdf(content).triples)
    with pytest.raises(ParseError, match="not UTF-16 as its mark says"):
        rdf(plain.encode("utf-16")[:-1])
    with pytest.raises(ParseError, match=r"input.ttl, line 2"):
        rdf(b'<urn:a> <urn:b> "x" .\n<urn:a> <urn:b> "\x92" .\n')
