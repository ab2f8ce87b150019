"""N-Triples → numbers: each distinct term is looked at once, each line is only cut in three.

Read are lines as programs write them: one space between terms, a space before the full stop. What
a term may look like is checked by narrow patterns first; what they do not know is read by the
store's own parser, so that nothing is taken that it refuses. Everything else is left to others.
"""

import re
import secrets
from array import array
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.columns.terms import BLANK, IRI, LITERAL, read_tokens, token_of

Numbers = NDArray[np.int32]
_END = b" .\n"
_CHUNK = 4 * 1024**2
_SAFE = rb"(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*+"
_IRI = (
    rb"<(?:https?://[A-Za-z0-9][A-Za-z0-9.-]*+(?::[0-9]{1,5})?+(?:/" + _SAFE + rb")?+"
    rb"(?:\?" + _SAFE + rb")?+(?:#" + _SAFE + rb")?+|urn:[a-z0-9][a-z0-9-]*+:" + _SAFE + rb")>"
)
_BLANK = rb"_:[A-Za-z0-9][A-Za-z0-9_-]*+"
# A language in small letters, and no datatype that a literal has without being told so.
_LITERAL = (
    rb'"[^"\\\x00-\x1f\x7f]*+"(?:@[a-z]{2,3}(?:-[a-z]{2})?|\^\^'
    rb"(?!<http://www\.w3\.org/(?:2001/XMLSchema#string|1999/02/22-rdf-syntax-ns#)[^>]*>)"
    + _IRI
    + rb")?"
)
_PLAIN = re.compile(rb"%s|%s|%s" % (_IRI, _LITERAL, _BLANK))
_NO_TERM = re.compile(rb"[\n\r]")


@dataclass(frozen=True, slots=True)
class Encoded:
    """The lines of a text in their order, by the numbers of their terms; ``numbers``: by token."""

    tokens: list[bytes]
    numbers: dict[bytes, int]
    subjects: Numbers
    predicates: Numbers
    objects: Numbers


class _Numbering(dict[bytes, int]):
    def __missing__(self, token: bytes) -> int:
        number = self[token] = len(self)
        return number


def encode(content: bytes, *, rename_blank_nodes: bool = False) -> Encoded | None:
    """The lines of ``content``; None where they are not plain or perhaps not N-Triples.

    ``rename_blank_nodes``: give them labels that no other text has.
    """
    if not content.isascii() and not _is_text(content):
        return None
    numbers = _Numbering()
    rows = _rows(content, numbers)
    if rows is None:
        return None
    tokens = list(numbers)
    renamed = _canonical(tokens, rename=rename_blank_nodes)
    if renamed is None:
        return None
    encoded = Encoded(tokens, numbers, *rows)
    if renamed:
        encoded = _renumbered(encoded, renamed)
    return encoded if _in_place(encoded) else None


def _is_text(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def _rows(content: bytes, numbers: _Numbering) -> tuple[Numbers, Numbers, Numbers] | None:
    subjects, predicates, objects = array("i"), array("i"), array("i")
    subject, predicate, value = subjects.append, predicates.append, objects.append
    at, size = 0, len(content)
    if content and not content.endswith(_END):
        if not content.endswith(b" .") or size == 2:
            return None
        size -= 2
    try:
        while at < size:
            end = _cut(content, at, size)
            # What lies between two ends is one line, in parts that are forgotten at once.
            for line in content[at:end].split(_END):
                first, second, third = line.split(b" ", 2)
                subject(numbers[first])
                predicate(numbers[second])
                value(numbers[third])
            at = end + len(_END)
    except ValueError:
        return None
    return _array(subjects), _array(predicates), _array(objects)


def _cut(content: bytes, at: int, size: int) -> int:
    """Where the last whole line of a chunk ends that begins ``at``."""
    if size - at <= _CHUNK:
        return size - len(_END) if content.startswith(_END, size - len(_END)) else size
    end = content.rfind(_END, at, at + _CHUNK)
    if end < 0:
        end = content.find(_END, at)
    return end if end >= 0 else size


def _array(numbers: "array[int]") -> Numbers:
    return np.frombuffer(numbers, np.int32) if numbers else np.empty(0, np.int32)


def _canonical(tokens: list[bytes], *, rename: bool) -> dict[int, bytes] | None:
    """The tokens, by number, that are to be spelled otherwise; None where one is no term."""
    plain = _PLAIN.fullmatch
    odd = [number for number, token in enumerate(tokens) if not plain(token)]
    if any(_NO_TERM.search(tokens[number]) for number in odd):
        return None
    try:
        terms = read_tokens([tokens[number] for number in odd])
    except (SyntaxError, ValueError):
        return None
    changed = {number: token_of(term) for number, term in zip(odd, terms, strict=True)}
    changed = {number: token for number, token in changed.items() if token != tokens[number]}
    if rename:
        label = secrets.token_hex(12).encode()
        blank = [number for number, token in enumerate(tokens) if token[0] == BLANK]
        # Two spellings of one label stay one node.
        known = {changed.get(number, tokens[number]): number for number in reversed(blank)}
        for number in blank:
            same = known[changed.get(number, tokens[number])]
            changed[number] = b"_:n%s%x" % (label, same)
    return changed


def _renumbered(encoded: Encoded, changed: dict[int, bytes]) -> Encoded:
    tokens = [changed.get(number, token) for number, token in enumerate(encoded.tokens)]
    numbers = _Numbering()
    mapped = np.fromiter((numbers[token] for token in tokens), np.int32, len(tokens))
    columns = (encoded.subjects, encoded.predicates, encoded.objects)
    return Encoded(list(numbers), numbers, *(mapped[column] for column in columns))


def _in_place(encoded: Encoded) -> bool:
    """Whether no literal is a subject, and each predicate is an IRI."""
    kinds = np.frombuffer(b"".join([token[:1] for token in encoded.tokens]), np.uint8)
    if not len(kinds):
        return True
    return bool(
        (kinds[encoded.subjects] != LITERAL).all() and (kinds[encoded.predicates] == IRI).all()
    )
