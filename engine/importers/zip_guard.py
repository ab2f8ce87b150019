"""Zip archives from outside (spreadsheets): refused before anything is unpacked."""

import io
import stat
import struct
import zipfile

from engine.errors import LimitError, ParseError, Place

MAX_ENTRIES = 2_000
MAX_RATIO = 200
# Small parts of honest spreadsheets compress well; a bomb is large.
_RATIO_FROM_BYTES = 8 * 1024 * 1024
_END_RECORD = b"PK\x05\x06"
_DIRECTORY_BYTES = 1_024  # allowed for each entry: 46 and its name


def open_guarded(content: bytes, unpacked_bytes: int, source: str) -> zipfile.ZipFile:
    """The archive, whose declared sizes, ratios, number of entries and layout are within bounds.

    Python's reader never gives more of an entry than its declared size. Raises ParseError for a
    damaged archive, overlapping entries and links; LimitError for one that is too large.
    """
    _check_count(content, source)
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, ValueError, NotImplementedError, struct.error) as error:
        raise ParseError(
            f"the file is not a readable zip archive: {error}",
            place=Place(source),
            remedy="Save the spreadsheet again as .xlsx, without a password.",
        ) from None
    try:
        _check_entries(archive, unpacked_bytes, source)
    except (ParseError, LimitError):
        archive.close()
        raise
    return archive


def _check_count(content: bytes, source: str) -> None:
    at = content.rfind(_END_RECORD)
    count, size = (
        struct.unpack_from("<HI", content, at + 10) if 0 <= at <= len(content) - 22 else (0, 0)
    )
    # The count may be a lie; the directory's size is what Python's reader goes by.
    if count > MAX_ENTRIES or size > MAX_ENTRIES * _DIRECTORY_BYTES:
        raise _too_many(source)


def _too_many(source: str) -> LimitError:
    return LimitError(
        f"the archive has more than {MAX_ENTRIES} entries",
        place=Place(source),
        remedy="Send a plain spreadsheet.",
    )


def _check_entries(archive: zipfile.ZipFile, unpacked_bytes: int, source: str) -> None:
    if len(archive.infolist()) > MAX_ENTRIES:
        raise _too_many(source)
    end, total = -1, 0
    for entry in sorted(archive.infolist(), key=lambda item: item.header_offset):
        total += entry.file_size
        if entry.header_offset < end:
            raise ParseError(f'entry "{entry.filename[:80]}" overlaps another', place=Place(source))
        end = entry.header_offset + 30 + entry.compress_size
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise ParseError(f'entry "{entry.filename[:80]}" is a link', place=Place(source))
        ratio = entry.file_size / max(entry.compress_size, 1)
        bomb = entry.file_size > _RATIO_FROM_BYTES and ratio > MAX_RATIO
        if bomb or total > unpacked_bytes:
            raise LimitError(
                f"the archive unpacks to {total:,} bytes or more"
                + (f", {ratio:.0f} times its size" if bomb else ""),
                place=Place(source),
                remedy=f"The limits are {unpacked_bytes:,} bytes and {MAX_RATIO} times; "
                "split the table, or send it as CSV.",
            )
