r"""Names with two dots or more, such as ``iso42001:A.7.5``, in the one spelling that is understood.

The grammar of SPARQL 1.1 lets dots stand inside the local part of a prefixed name (PN_LOCAL); the
backend's parser stops at the second one (measured, pyoxigraph 0.5.13), while it reads an escaped
dot, ``iso42001:A\.7\.5``, as the same name. Turtle is not affected.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

_TOKEN = re.compile(
    r"""
    (?P<skipped>\#[^\r\n]*
      |\"{3}(?:[^"\\]|\\.|"{1,2}(?!"))*\"{3}|'{3}(?:[^'\\]|\\.|'{1,2}(?!'))*'{3}
      |"(?:[^"\\\r\n]|\\.)*"|'(?:[^'\\\r\n]|\\.)*'
      |<[^<>"{}|^`\\\x00-\x20]*>)
  | (?P<prefix>(?:[^\W\d_](?:[\w.-]*[\w-])?)?:)
    (?P<local>(?:[\w:]|%[0-9A-Fa-f]{2}|\\.)(?:\.*(?:[\w:\-]|%[0-9A-Fa-f]{2}|\\.))*)
    """,
    re.VERBOSE | re.DOTALL,
)
_DOT = re.compile(r"(?<!\\)\.")


@dataclass(frozen=True, slots=True)
class Spelled:
    """A query as the backend reads it, and where backslashes were put into it (offsets)."""

    text: str
    inserted: tuple[int, ...]

    def column(self, line: int, column: int) -> int:
        """The column in the original of a place in ``text``; lines count from 1, as columns do."""
        start = 0
        for _ in range(line - 1):
            start = self.text.index("\n", start) + 1
        before = [at for at in self.inserted if start <= at < start + column - 1]
        return column - len(before)


@lru_cache(maxsize=1024)
def spelled(text: str) -> Spelled:
    """``text`` with every dot escaped in local names that hold two or more."""
    parts: list[str] = []
    inserted: list[int] = []
    end = length = 0
    for token in _TOKEN.finditer(text):
        local = token["local"]
        if local is None or len(_DOT.findall(local)) < 2:
            continue
        parts.append(text[end : token.start("local")])
        length += len(parts[-1])
        for at, dot in enumerate(_DOT.finditer(local)):
            inserted.append(length + dot.start() + at)
        parts.append(_DOT.sub(r"\\.", local))
        length += len(parts[-1])
        end = token.end()
    return Spelled("".join([*parts, text[end:]]), tuple(inserted)) if parts else Spelled(text, ())
