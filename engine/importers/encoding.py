"""Bytes to text: a declared encoding, else a byte order mark, strict UTF-8, then Windows-1252."""

import codecs
from dataclasses import dataclass

from engine.errors import InputError, ParseError, Place

# The longest mark first: UTF-32-LE begins with the mark of UTF-16-LE.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Text encodings alone: Python's codecs also hold compressions and escape languages.
_KNOWN = (
    *("utf-8", "utf-16", "utf-32", "cp125", "iso8859", "latin", "ascii", "koi8", "mac-roman"),
    *("cp437", "cp850", "cp852", "cp866", "shift_jis", "cp932", "euc_jp", "gb18030", "gbk"),
    *("big5", "euc_kr", "cp949"),
)


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text, the name of the encoding it was in, and a note where that was a guess."""

    text: str
    encoding: str
    note: str = ""


def checked_encoding(name: str) -> str:
    """Python's name of a text encoding. Raises InputError for any other word."""
    try:
        found = codecs.lookup(name).name
    except (LookupError, ValueError):
        found = ""
    if not found.startswith(_KNOWN):
        raise InputError(
            f'"{name[:60]}" is not a text encoding that is read here',
            remedy="Use utf-8, utf-16, windows-1252, iso-8859-1 or another of their families.",
        )
    return found


def _mark(content: bytes) -> tuple[bytes, str]:
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return mark, encoding
    return b"", ""


def decode(content: bytes, declared: str, source: str) -> Decoded:
    """``content`` as text; bytes that do not fit a declared or marked encoding become lone
    surrogates (U+DC80 to U+DCFF), which the caller reports with row and column.

    Raises ParseError when a mark contradicts ``declared``, or nothing fits.
    """
    mark, marked = _mark(content)
    body = content[len(mark) :]
    if declared:
        name = checked_encoding(declared)
        if marked and not marked.startswith(name.removesuffix("-sig")):
            raise ParseError(
                f"the mapping declares {declared}, but the file begins with the mark of {marked}",
                place=Place(source, 1, 1),
                remedy=f'Declare encoding = "{marked}", or leave it out.',
            )
        if name.startswith(("utf-16", "utf-32")):
            return Decoded(_strict(body, marked or name, source), marked or name)
        return Decoded(body.decode(name.removesuffix("-sig"), "surrogateescape"), name)
    if marked == "utf-8":
        return Decoded(body.decode(marked, "surrogateescape"), marked)
    if marked:
        return Decoded(_strict(body, marked, source), marked)
    return _guess(body, source)


def _guess(body: bytes, source: str) -> Decoded:
    if b"\x00" in body[:4096]:
        raise ParseError(
            "the text holds zero bytes: it is binary, or in UTF-16 without a byte order mark",
            place=Place(source, 1, body.index(b"\x00") + 1),
            remedy='Declare encoding = "utf-16-le" in the mapping, or save the file as UTF-8.',
        )
    try:
        return Decoded(body.decode("utf-8"), "utf-8")
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        found = f"byte 0x{body[error.start]:02X} on line {line} is not UTF-8"
    note = f"{found}; the file is read as Windows-1252, declare encoding in the mapping to be sure"
    return Decoded(_strict(body, "cp1252", source), "cp1252", note)


def _strict(body: bytes, encoding: str, source: str) -> str:
    try:
        return body.decode(encoding)
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        column = error.start - (body.rfind(b"\n", 0, error.start) + 1) + 1
        raise ParseError(
            f"byte 0x{body[error.start]:02X} does not fit {encoding}",
            place=Place(source, line, column),
            remedy="Declare the file's encoding in the mapping, or save the file as UTF-8.",
        ) from None
