"""Spreadsheets for tests, and archives that only look like some."""

import io
import zipfile
from collections.abc import Iterable, Mapping

from openpyxl import Workbook


def workbook(rows: Iterable[Iterable[object]], *, title: str = "Sheet") -> bytes:
    """A spreadsheet of one sheet."""
    made = Workbook()
    sheet = made.active
    assert sheet is not None
    sheet.title = title
    for row in rows:
        sheet.append(list(row))
    return saved(made)


def saved(made: Workbook) -> bytes:
    """The bytes of ``made``."""
    target = io.BytesIO()
    made.save(target)
    return target.getvalue()


def parts(content: bytes) -> dict[str, bytes]:
    """The parts of an archive."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(content: Mapping[str, bytes]) -> bytes:
    """An archive of these parts."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in content.items():
            archive.writestr(name, part)
    return target.getvalue()


def changed(content: bytes, part: str, old: str, new: str) -> bytes:
    """A spreadsheet with a text in one of its parts replaced."""
    found = parts(content)
    assert old.encode() in found[part], found[part]
    return zipped(found | {part: found[part].replace(old.encode(), new.encode())})
