"""Readers over a few facts in Turtle, judged with a knowledge pack of a test's own."""

from collections.abc import Mapping
from dataclasses import replace

from engine.iri import DEFAULT_BASE, graph_iri
from engine.knowledge import KnowledgePack, shipped_pack
from engine.rdf import NamedNode, Quad, RdfFormat, parse
from engine.snapshot import LastChange, Reader, reader_over
from engine.view import parse_instant
from engine.vocab import PREFIXES
from tests.example import VIEW

EX = "https://example.org/"
HEAD = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in PREFIXES.items())
HEAD += f"@prefix ex: <{EX}> .\n"
NOW = VIEW.evaluated_at


def ex(name: str) -> NamedNode:
    return NamedNode(EX + name)


def small_pack(knowledge: str, *queries: str) -> KnowledgePack:
    """``knowledge`` in Turtle, and the shipped texts of named ``queries``."""
    files = {"ontology/test.ttl": (HEAD + knowledge).encode()}
    shipped = shipped_pack().files
    return KnowledgePack(files | {(p := f"queries/{name}.rq"): shipped[p] for name in queries})


def read(
    pack: KnowledgePack,
    facts: str | Mapping[str, str],
    *,
    at: str = "",
    compartments: frozenset[str] | None = None,
    last_change: LastChange | None = None,
) -> Reader:
    """``facts``: Turtle, or Turtle by compartment. ``at``: the instant judged, 2026-07-01 if empty.

    ``compartments``: those that may be read, None for all.
    """
    parts = {"general": facts} if isinstance(facts, str) else facts
    quads = [
        Quad(q.subject, q.predicate, q.object, graph_iri(DEFAULT_BASE, name, "test"))
        for name, text in parts.items()
        for q in parse(HEAD + text, format=RdfFormat.TURTLE)
    ]
    view = replace(VIEW, compartments=compartments)
    if at:
        view = replace(view, evaluated_at=parse_instant(at))
    return reader_over(quads, pack, view, last_change=last_change)
