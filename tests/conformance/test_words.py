"""Words that no face, report, rule message or example may use.

Only texts for people are read: string literals of Python code (docstrings of the command line and
of routes are help texts), literals of shapes and examples, headers of queries, templates, and the
evidence of the examples, README, changelog and documentation. Names in code stay free.
"""

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

from engine.rdf import Literal, RdfFormat, parse
from engine.vocab import SH

ROOT = Path(__file__).resolve().parents[2]
NEVER = {
    "certified": r"\bcertifi(?:ed|able)\b",
    "conforms to the standard": r"\bconform(?:s|ing|ed)? (?:to|with) ISO\b",
    "compliant": r"\b(?:legally |fully |non-?)?compliant\b",
    "audit-ready": r"\baudit[- ]ready\b",
    "presumption of conformity": r"\bpresumption of conformity\b",
    "no nonconformities": r"\bno nonconformit(?:y|ies)\b(?! (?:is|are) (?:recorded|open|raised))",
    "authentic evidence": r"\b(?:evidence|digest|bytes)\b[^.]{0,40}\bauthentic\b",
    "transfers conformity": r"\btransfers? conformity\b",
    "whole-population assurance": r"\bwhole[- ]population assurance\b",
    "70 requirements": r"\b70 requirements\b",
    "verdict": r"\bverdicts?\b",
    "witness": r"\bwitness(?:es)?\b",
    "proves": r"\bprov(?:es|en|ed) (?:that|the|conformity|effectiveness)\b",
    "proofs": r"\?proofs?\b|\bproofs? of (?:conformity|control|effectiveness|operation)\b",
    "N/A": r"(?<![\w/])N/A(?![\w/])",
    "CAPA": r"\bCAPAs?\b",
    "waiver": r"\bwaivers?\b",
}


class _Visible(HTMLParser):
    """Collects the text that a page shows, and the attributes that are read out."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in ("script", "style")
        self.found += [v for k, v in attrs if v and k in ("title", "alt", "aria-label")]

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in ("script", "style")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.found.append(re.sub(r"\{[%{#].*?[%}#]\}", " ", data, flags=re.DOTALL))


def python_texts(path: Path) -> Iterator[str]:
    tree = ast.parse(path.read_text())
    docs = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        if node.body and isinstance(node.body[0], ast.Expr)
    }
    faces = (ROOT / "api", ROOT / "engine" / "cli")
    shown = any(path.is_relative_to(face) for face in faces) and path.name[0] != "_"
    for node in ast.walk(tree):
        text = node.value if isinstance(node, ast.Constant) else None
        if isinstance(text, str) and (shown or id(node) not in docs):
            yield text


def turtle_texts(path: Path) -> Iterator[str]:
    for quad in parse(path.read_bytes(), format=RdfFormat.TURTLE):
        if isinstance(quad.object, Literal) and quad.predicate not in (SH.select, SH.ask):
            yield quad.object.value


def query_texts(path: Path) -> Iterator[str]:
    text = path.read_text()
    yield from (line for line in text.splitlines() if line.startswith("#"))
    yield from re.findall(r'"([^"\n]*)"', text)


def page_texts(path: Path) -> Iterator[str]:
    parser = _Visible()
    parser.feed(path.read_text())
    yield from parser.found


def plain_texts(path: Path) -> Iterator[str]:
    yield path.read_text(errors="replace")


READERS = {
    ("engine", ".py"): python_texts,
    ("api", ".py"): python_texts,
    ("api", ".html"): page_texts,
    ("shapes", ".ttl"): turtle_texts,
    ("examples", ".ttl"): turtle_texts,
    ("queries", ".rq"): query_texts,
    ("examples", ".md"): plain_texts,
    ("examples", ".txt"): plain_texts,
    ("examples", ".json"): plain_texts,
    ("examples", ".csv"): plain_texts,
    ("docs", ".md"): plain_texts,
    (".", ".md"): plain_texts,
}


def faults(texts: Iterator[str], name: str) -> Iterator[str]:
    for text in texts:
        for word, pattern in NEVER.items():
            found = re.search(pattern, text, re.IGNORECASE if word != "CAPA" else 0)
            if found:
                yield f"{name}: {word}: …{text[max(0, found.start() - 30) : found.end() + 30]}…"


@pytest.mark.parametrize(("folder", "suffix"), READERS, ids="".join)
def test_nothing_says_what_may_not_be_said(folder: str, suffix: str) -> None:
    reader = READERS[folder, suffix]
    # Of the root only its own files: what lies below belongs to a folder of its own.
    below = (ROOT / folder).glob if folder == "." else (ROOT / folder).rglob
    paths = [p for p in sorted(below(f"*{suffix}")) if "vendor" not in p.parts]
    wrong = [
        fault for path in paths for fault in faults(reader(path), path.relative_to(ROOT).as_posix())
    ]
    assert wrong == []


def test_the_scan_reads_something() -> None:
    for folder in ("engine", "api"):
        texts = [t for p in (ROOT / folder).rglob("*.py") for t in python_texts(p)]
        assert len(texts) > 50


@pytest.mark.parametrize(
    "text",
    [
        "The organisation is certified.",
        "It conforms to ISO/IEC 42001.",
        "fully compliant",
        "Audit-ready: 93 %",
        "There are no nonconformities.",
        "The digest shows that the evidence is authentic.",
        "status: N/A",
        "CAPA closed",
        "The rule proves that it works.",
        "SELECT (COUNT(?evidence) AS ?proofs)",
    ],
)
def test_the_scan_finds_what_it_looks_for(text: str) -> None:
    assert list(faults(iter([text]), "x"))


@pytest.mark.parametrize(
    "text",
    [
        "no rule result in the recorded facts",
        "excluded, with justification",
        "The shape conforms to SHACL.",
        "it is not an audit conclusion",
        "A digest says that bytes are unchanged since receipt.",
        "urn:example:capa-1",
        "the improvement proved worthwhile",
        "https://example.org/a/n/a/b",
        "no nonconformity is recorded",
    ],
)
def test_the_scan_lets_legitimate_words_pass(text: str) -> None:
    assert not list(faults(iter([text]), "x"))
