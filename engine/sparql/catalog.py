"""The named queries of a knowledge pack, with typed parameters.

A query is ``queries/<area>/<name>.rq``; its header lines say what it answers (``#+ summary:``),
which competency question (``#+ question:``), its parameters (``#+ param: name kind required|default
help``), a value that one may try (``#+ example: name value``), and whether it reads the assessment
graph (``#+ reads: assessment``).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from engine.errors import InputError, IntegrityError, NotFoundError
from engine.iri import expand
from engine.knowledge import KnowledgePack
from engine.rdf import Literal, Term
from engine.view import format_instant, parse_instant
from engine.vocab import XSD

# How the values of XML Schema datatypes are written.
_WRITTEN = {
    "integer": (re.compile("[+-]?[0-9]+"), XSD.integer),
    "decimal": (re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)"), XSD.decimal),
    "boolean": (re.compile("true|false"), XSD.boolean),
}
KINDS = ("iri", "string", "integer", "decimal", "boolean", "dateTime")


@dataclass(frozen=True, slots=True)
class Param:
    """A parameter; ``default`` is None where it is required, ``example`` empty for none."""

    name: str
    kind: str
    default: str | None
    help: str
    example: str = ""

    @property
    def required(self) -> bool:
        """Whether it must be given."""
        return self.default is None


@dataclass(frozen=True, slots=True)
class NamedQuery:
    """A query of the catalogue."""

    name: str
    summary: str
    competency: str
    params: tuple[Param, ...]
    reads_assessment: bool
    text: str


@lru_cache(maxsize=8)
def _catalog(pack_digest: str, texts: tuple[tuple[str, str], ...]) -> Mapping[str, NamedQuery]:
    return {name: _parse(name, text) for name, text in texts}


def catalog(pack: KnowledgePack) -> Mapping[str, NamedQuery]:
    """Every named query of ``pack`` by name. Raises IntegrityError for a bad header."""
    return _catalog(pack.digest, tuple(pack.query_texts.items()))


def find(pack: KnowledgePack, name: str) -> NamedQuery:
    """The query ``name``. Raises NotFoundError."""
    known = catalog(pack)
    if name not in known:
        raise NotFoundError(
            f'there is no query named "{name[:100]}"', remedy="`aims queries` lists them."
        )
    return known[name]


def _parse(name: str, text: str) -> NamedQuery:
    header: dict[str, list[str]] = {}
    for line in text.splitlines():
        if line.startswith("#+"):
            key, _, value = line[2:].partition(":")
            header.setdefault(key.strip(), []).append(value.strip())
    pairs = (line.partition(" ") for line in header.get("example", []))
    examples = {param: value.strip() for param, _, value in pairs}
    return NamedQuery(
        name,
        " ".join(header.get("summary", [])),
        " ".join(header.get("question", [])),
        tuple(_param(name, line, examples) for line in header.get("param", [])),
        "assessment" in header.get("reads", []),
        text,
    )


def _param(query: str, line: str, examples: Mapping[str, str]) -> Param:
    parts = line.split(None, 3)
    if len(parts) < 3 or parts[1] not in KINDS:
        raise IntegrityError(
            f'the parameter "{line}" of the query {query} has no name, kind and default',
            remedy=f'Write "name kind required|DEFAULT help", kind one of {", ".join(KINDS)}.',
        )
    default = None if parts[2] == "required" else parts[2]
    told = parts[3] if len(parts) > 3 else ""
    return Param(parts[0], parts[1], default, told, examples.get(parts[0], default or ""))


def bind(query: NamedQuery, given: Mapping[str, str]) -> dict[str, Term]:
    """The terms that ``given`` texts mean. Raises InputError naming the parameter at fault."""
    known = {param.name: param for param in query.params}
    for name in given:
        if name not in known:
            names = ", ".join(known) or "none"
            raise InputError(
                f'{query.name} has no parameter "{name[:100]}"', remedy=f"It has: {names}."
            )
    terms: dict[str, Term] = {}
    for param in query.params:
        text = given.get(param.name, param.default)
        if text is None:
            raise InputError(
                f"{query.name} needs the parameter {param.name} ({param.kind})",
                remedy=f"Give {param.name}=…: {param.help}",
            )
        terms[param.name] = _term(query, param, text)
    return terms


def _term(query: NamedQuery, param: Param, text: str) -> Term:
    try:
        if param.kind == "iri":
            node = expand(text)
            if node is None:
                raise ValueError
            return node
        if param.kind in _WRITTEN:
            pattern, datatype = _WRITTEN[param.kind]
            if not pattern.fullmatch(text):
                raise ValueError
            return Literal(text, datatype=datatype)
        if param.kind == "dateTime":
            return Literal(format_instant(parse_instant(text)), datatype=XSD.dateTime)
    except ValueError:
        raise InputError(
            f'"{text[:100]}" is no {param.kind} for {param.name} of {query.name}',
            remedy=param.help,
        ) from None
    return Literal(text)


def completed(query: NamedQuery, given: Mapping[str, Term]) -> dict[str, Term]:
    """``given`` with the defaults of the parameters that it leaves out.

    Raises InputError naming a parameter that is unknown or missing.
    """
    known = {param.name: param for param in query.params}
    for name in given:
        if name not in known:
            raise InputError(
                f'{query.name} has no parameter "{name[:100]}"',
                remedy=f"It has: {', '.join(known) or 'none'}.",
            )
    terms = dict(given)
    for name, param in known.items():
        if name not in terms:
            if param.default is None:
                raise InputError(f"{query.name} needs the parameter {name} ({param.kind})")
            terms[name] = _term(query, param, param.default)
    return terms
