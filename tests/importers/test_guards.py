"""Archives and documents that are meant to harm: refused before anything is unpacked or parsed."""

import gzip
import io
import stat
import struct
import time
import zipfile
from collections.abc import Callable

import pytest

from engine.errors import AimsError, LimitError, ParseError
from engine.importers.json_guard import check_depth
from engine.importers.xml_guard import guarded_xml
from engine.importers.zip_guard import MAX_ENTRIES, open_guarded
from tests.importers.reading import MAPPING, table
from tests.importers.spreadsheets import parts, workbook, zipped

UNPACKED = 256 * 1024 * 1024
PLAIN = workbook([["Name"], ["Ada"]])


def _refused(content: bytes) -> AimsError:
    started = time.process_time()
    with pytest.raises((LimitError, ParseError)) as caught:
        table(content, MAPPING, name="xlsx", file_name="input.xlsx")
    assert time.process_time() - started < 1
    assert "input.xlsx" in str(caught.value)
    return caught.value


# Archives


def _declaring(size: int) -> bytes:
    """An archive whose one entry claims this size."""
    content = bytearray(zipped({"xl/workbook.xml": b"x" * 100}))
    directory = content.rindex(b"PK\x01\x02")
    content[directory + 24 : directory + 28] = struct.pack("<I", size)
    return bytes(content)


def test_an_entry_that_claims_gigabytes_is_refused_unseen() -> None:
    told = _refused(_declaring(4_000_000_000))
    assert "unpacks to 4,000,000,000 bytes or more" in told.message


def test_an_entry_that_claims_less_than_it_holds_is_refused() -> None:
    lying = bytearray(zipped({"xl/workbook.xml": b"x" * 1_000_000}))
    directory = lying.rindex(b"PK\x01\x02")
    lying[directory + 24 : directory + 28] = struct.pack("<I", 10)
    assert "cannot be unpacked" in _refused(bytes(lying)).message


def test_a_bomb_that_packs_a_thousand_to_one_is_refused_by_its_ratio() -> None:
    told = _refused(zipped({"xl/worksheets/sheet1.xml": b"<a/>" + b" " * 20_000_000}))
    assert "times its size" in told.message


def test_many_entries_within_bounds_each_are_refused_by_their_sum() -> None:
    content = zipped({f"part{at}.bin": bytes(range(256)) * 20_000 for at in range(60)})
    told = _refused(content)
    assert isinstance(told, LimitError)
    assert "unpacks to" in told.message


def test_bombs_within_bombs_are_never_opened() -> None:
    inner = zipped({"zeros": b"\0" * 50_000_000})
    for level in range(5):
        inner = zipped({f"level{level}.zip": inner})
    assert "damaged" in _refused(inner).message
    # An honest spreadsheet that carries one is read, and its cargo is not.
    carrying = zipped(parts(PLAIN) | {"xl/embeddings/cargo.zip": inner})
    assert table(carrying, MAPPING, name="xlsx").facts.rows_read == 1


@pytest.mark.parametrize("told", [True, False])
def test_a_hundred_thousand_entries_are_refused_even_if_the_archive_denies_them(told: bool) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for at in range(100_000 if told else 60_000):
            archive.writestr(zipfile.ZipInfo(f"p{at}"), b"")
    content = bytearray(made.getvalue())
    if not told:
        end = content.rindex(b"PK\x05\x06")
        content[end + 8 : end + 12] = struct.pack("<HH", 1, 1)
    assert f"more than {MAX_ENTRIES} entries" in _refused(bytes(content)).message


def test_a_few_more_entries_than_the_directory_says_are_counted_too() -> None:
    content = bytearray(zipped({f"p{at}": b"" for at in range(MAX_ENTRIES + 1)}))
    end = content.rindex(b"PK\x05\x06")
    content[end + 8 : end + 12] = struct.pack("<HH", 1, 1)
    assert f"more than {MAX_ENTRIES} entries" in _refused(bytes(content)).message


def test_overlapping_entries_are_refused() -> None:
    content = bytearray(zipped({"a.xml": b"<a/>" * 200, "b.xml": b"<b/>" * 200}))
    second = content.rindex(b"PK\x01\x02")
    content[second + 42 : second + 46] = struct.pack("<I", 4)
    assert "overlaps another" in _refused(bytes(content)).message


def test_a_link_is_refused() -> None:
    made = io.BytesIO()
    link = zipfile.ZipInfo("xl/workbook.xml")
    link.create_system = 3
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(link, "/etc/passwd")
    assert "is a link" in _refused(made.getvalue()).message


def test_names_that_climb_out_are_only_names() -> None:
    carrying = zipped(parts(PLAIN) | {"../../etc/evil": b"x", "/absolute": b"x", "C:\\x": b"x"})
    assert table(carrying, MAPPING, name="xlsx").facts.rows_read == 1


def test_an_encrypted_entry_is_refused_with_the_way_out() -> None:
    content = bytearray(PLAIN)
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + offset] |= 1
    told = _refused(bytes(content))
    assert "without a password" in told.remedy


def test_a_gzip_file_is_no_spreadsheet_and_is_not_unpacked() -> None:
    assert "not a readable zip archive" in _refused(gzip.compress(b"\0" * 50_000_000)).message


def test_a_guarded_archive_gives_the_entries_of_an_honest_spreadsheet() -> None:
    with open_guarded(PLAIN, UNPACKED, "x") as archive:
        assert "xl/workbook.xml" in archive.namelist()


# XML: the same document in RDF/XML and as a part of a spreadsheet

BOMB = (
    '<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa">'
    + "".join(
        f'<!ENTITY {new} "{f"&{old};" * 10}">'
        for old, new in zip("abcdefghijk", "bcdefghijkl", strict=True)
    )
    + "]><r>&l;</r>"
)
HOSTILE = {
    "bomb": BOMB,
    "external": '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><r>&x;</r>',
    "parameter": '<!DOCTYPE r [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x"> %p;]><r/>',
    "dtd": '<!DOCTYPE r SYSTEM "http://127.0.0.1:9/x.dtd"><r/>',
    "public": '<!DOCTYPE r PUBLIC "-//W3C//DTD XHTML 1.0//EN" "http://127.0.0.1:9/"><r/>',
    "late": f"<!-- {'x' * 5_000} -->\n<?pi?>\n{BOMB}",
    "spelled": '<!doctype r [<!entity x "y">]><r/>',
    "entity alone": '<!ENTITY x "y"><r/>',
}
XmlReader = Callable[[bytes], object]


def as_rdf(content: bytes) -> object:
    return table(content, name="rdfxml", file_name="input.rdf")


def as_part(content: bytes) -> object:
    found = parts(PLAIN) | {"xl/workbook.xml": content}
    return table(zipped(found), MAPPING, name="xlsx", file_name="input.xlsx")


READERS = pytest.mark.parametrize("reader", [as_rdf, as_part], ids=["rdfxml", "xlsx"])


@READERS
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("name", HOSTILE)
def test_a_document_type_is_refused_in_every_spelling_and_encoding(
    reader: XmlReader, name: str, encoding: str
) -> None:
    started = time.process_time()
    with pytest.raises(ParseError) as caught:
        reader(" \n".encode(encoding) + HOSTILE[name].encode(encoding.removesuffix("-sig")))
    assert time.process_time() - started < 0.3
    if encoding in ("utf-8", "utf-8-sig", "utf-16"):
        assert "document type" in caught.value.message
        assert caught.value.place is not None
        assert (caught.value.place.line, caught.value.place.column) != (None, None)


@READERS
def test_a_declared_encoding_does_not_hide_a_document_type(reader: XmlReader) -> None:
    for encoding in ("iso-8859-1", "windows-1252", "utf-7", "cp037", "utf-16", "UTF-32", "x"):
        declared = f'<?xml version="1.0" encoding="{encoding}"?>' + HOSTILE["external"]
        for written in ("ascii", "cp037", "utf-16", "utf-32", "utf-7"):
            with pytest.raises((ParseError, LimitError)) as caught:
                reader(declared.encode(written))
            assert "root:" not in str(caught.value)


@READERS
def test_a_hundred_thousand_nested_elements_are_refused_with_line_and_column(
    reader: XmlReader,
) -> None:
    started = time.process_time()
    with pytest.raises(LimitError, match=r"line 1, column [0-9]+: XML elements are nested more"):
        reader(b"<a>" * 100_000 + b"</a>" * 100_000)
    assert time.process_time() - started < 0.3


@READERS
def test_a_hundred_thousand_attributes_or_names_end_in_bounded_time(reader: XmlReader) -> None:
    started = time.process_time()
    wide = b"<a " + b" ".join(b'a%d="x"' % at for at in range(100_000)) + b"/>"
    with pytest.raises((ParseError, LimitError)):
        reader(wide)
    assert time.process_time() - started < 5


def test_xinclude_reads_no_file() -> None:
    inclusion = (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
        ' xmlns:xi="http://www.w3.org/2001/XInclude"><rdf:Description rdf:about="urn:a">'
        '<xi:include href="file:///etc/passwd" parse="text"/></rdf:Description></rdf:RDF>'
    )
    try:
        read = str(table(inclusion, name="rdfxml", file_name="input.rdf").triples)
    except ParseError as error:
        read = str(error)
    assert "root:" not in read


def test_a_malformed_document_is_told_with_line_and_column() -> None:
    with pytest.raises(ParseError, match=r"x.rdf, line 2, column 3: the XML is not well-formed"):
        guarded_xml(b"<a>\n</b>", "x.rdf")
    with pytest.raises(ParseError, match=r"x.rdf, line 2, column 1: a byte does not fit utf-8"):
        guarded_xml(b"<a>\n\x92</a>", "x.rdf")


def test_what_is_let_through_is_utf_8_without_declaration() -> None:
    given = '<?xml version="1.0" encoding="ISO-8859-1"?>\n<a>é</a>'
    assert guarded_xml(given.encode("latin-1"), "x").decode() == "\n<a>é</a>"
    assert guarded_xml(given.encode("utf-16"), "x").decode() == "\n<a>é</a>"


# JSON


@pytest.mark.parametrize("opening", [b"[", b'{"a":'])
def test_json_nested_more_than_200_deep_is_refused_with_its_line(opening: bytes) -> None:
    check_depth(opening * 200, "x")
    with pytest.raises(LimitError, match=r"x, line 3: the JSON is nested more than 200 deep"):
        check_depth(b"\n\n" + opening * 201, "x")


def test_brackets_in_strings_do_not_count_and_strings_end_where_json_says() -> None:
    check_depth(b'["' + b"[" * 300 + b'", "\\"' + b"[" * 300 + b'"]', "x")
    check_depth(b"[]" * 1_000 + b"]" * 10, "x")
    with pytest.raises(LimitError):
        check_depth(b'"\\\\"' + b"[" * 201, "x")


def test_ten_megabytes_of_quotation_marks_are_looked_through_in_bounded_time() -> None:
    for content in (b'"' * 10_000_000, b'"\\' * 5_000_000, b'"' + b"x" * 10_000_000):
        started = time.process_time()
        check_depth(content, "x")
        assert time.process_time() - started < 5
