"""XML from outside, made safe before any parser of RDF or spreadsheets sees it.

A document type is refused wherever its words stand, in any spelling and encoding: 725 bytes of
nested entities make RDF/XML parsers allocate tens of gigabytes, and the declarations alone set
it off. The text is decoded here, once, so that no second parser can read it differently.
"""

import re
from xml.parsers import expat

from engine.errors import InputError, LimitError, ParseError, Place
from engine.importers.encoding import checked_encoding, decode

MAX_DEPTH = 200
_DECLARATION = re.compile(r"\s*<\?xml\s[^>]{0,200}?\?>")
_ENCODING = re.compile(r"""encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_FORBIDDEN = re.compile(r"<!\s*(DOCTYPE|ENTITY|ELEMENT|ATTLIST|NOTATION)", re.IGNORECASE)


def guarded_xml(content: bytes, source: str) -> bytes:
    """``content`` as UTF-8 without XML declaration, known to be well-formed, to have no document
    type and no more than 200 nested elements.

    Raises ParseError with line and column, or LimitError.
    """
    text = _text(content, source)
    found = _FORBIDDEN.search(text)
    if found:
        line, column = _position(text, found.start())
        raise ParseError(
            f"the XML holds a document type declaration (<!{found.group(1).upper()}), "
            "which is never read",
            place=Place(source, line, column),
            remedy="Remove the declaration and write out its entities.",
        )
    safe = text.encode()
    _check_structure(safe, source)
    return safe


def _text(content: bytes, source: str) -> str:
    head = content[:400].replace(b"\x00", b"").decode("latin-1")
    declaration = _DECLARATION.match(head.lstrip("\xff\xfe\xef\xbb\xbf"))
    named = _ENCODING.search(declaration.group()) if declaration else None
    declared = named.group(1) if named else ""
    # A mark decides; without one, XML without a declared encoding is UTF-8.
    marked = content[:2] in (b"\xff\xfe", b"\xfe\xff") or content[:3] == b"\xef\xbb\xbf"
    try:
        encoding = "" if marked else checked_encoding(declared or "utf-8")
    except InputError as error:
        raise ParseError(error.message, place=Place(source, 1, 1), remedy=error.remedy) from None
    decoded = decode(content, encoding, source)
    broken = re.search("[\ud800-\udfff]", decoded.text)
    if broken:
        line, column = _position(decoded.text, broken.start())
        raise ParseError(
            f"a byte does not fit {decoded.encoding}",
            place=Place(source, line, column),
            remedy="Save the file as UTF-8.",
        )
    begin = _DECLARATION.match(decoded.text)
    return decoded.text[begin.end() :] if begin else decoded.text


def _position(text: str, offset: int) -> tuple[int, int]:
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


def _check_structure(safe: bytes, source: str) -> None:
    """Well-formed and not too deep; expat expands no entity here, since none can be declared."""
    parser = expat.ParserCreate("UTF-8", " ")  # with namespaces, so that a prefix without one fails
    depth = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > MAX_DEPTH:
            raise LimitError(
                f"XML elements are nested more than {MAX_DEPTH} deep",
                place=Place(source, parser.CurrentLineNumber, parser.CurrentColumnNumber + 1),
                remedy="Flatten the document, or send it as Turtle.",
            )

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1

    def doctype(*_: object) -> None:
        raise ParseError("the XML holds a document type", place=Place(source))

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.StartDoctypeDeclHandler = doctype
    try:
        parser.Parse(safe, True)
    except expat.ExpatError as error:
        raise ParseError(
            f"the XML is not well-formed: {expat.ErrorString(error.code)}",
            place=Place(source, error.lineno, error.offset + 1),
            remedy="Mend the document at that place.",
        ) from None
