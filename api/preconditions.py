"""``If-Match`` and ``Idempotency-Key``: what a write may ask for before it is carried out.

The tag of a state is the hash of the ledger's head, which every answer gives as ``head``: it covers
salted digests, so that it tells nothing about what cannot be read.
"""

import re
from typing import Annotated

from fastapi import Depends, Header

from engine.errors import InputError

_TAG = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
_LIST = re.compile(rf"\s*{_TAG.pattern}(\s*,\s*{_TAG.pattern})*\s*")
_MAX_KEY = 255


def tag(head: str) -> str:
    """The strong ETag of the state that ends with the entry of hash ``head``."""
    return f'"{head}"'


def _heads(
    if_match: Annotated[
        str | None,
        Header(
            description='`"HEAD"`: only where the ledger\'s head has this hash.', max_length=4096
        ),
    ] = None,
) -> frozenset[str] | None:
    if if_match is None or if_match.strip() == "*":
        return None
    if not _LIST.fullmatch(if_match):
        raise InputError(
            "If-Match is no list of entity tags",
            remedy='Send the `head` of an answer in double quotes, such as "5f0c…".',
        )
    # RFC 9110 section 13.1.1: a weak tag matches nothing here.
    return frozenset(value for weak, value in _TAG.findall(if_match) if not weak)


def _key(
    idempotency_key: Annotated[
        str | None,
        Header(
            description="Any text; the same once more gives the first answer.", max_length=_MAX_KEY
        ),
    ] = None,
) -> str | None:
    if idempotency_key is not None and not idempotency_key.strip().isprintable():
        raise InputError("Idempotency-Key holds control characters", remedy="Send a UUID.")
    if idempotency_key is not None and not idempotency_key.strip():
        raise InputError("Idempotency-Key is empty", remedy="Send a UUID, or leave it out.")
    return idempotency_key.strip() if idempotency_key is not None else None


HeadsDep = Annotated[frozenset[str] | None, Depends(_heads)]
KeyDep = Annotated[str | None, Depends(_key)]
