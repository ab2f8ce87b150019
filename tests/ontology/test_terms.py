"""Terms as texts: none undefined in a query, none unused, foreign ones real, words chosen."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from engine.assets import assets_root
from engine.rdf import Literal, NamedNode, Triple
from engine.vocab import AIMS, ISO42001, OWL, PARAMETER, PREFIXES, RDF_TYPE, SCHEME, SHAPES, shorten

OURS = {
    "aims": AIMS,
    "aimsc": SCHEME,
    "aimsp": PARAMETER,
    "aimsh": SHAPES,
    "iso42001": ISO42001,
}
_CURIE = re.compile(r"(?<![\w<?$])(aims|aimsc|aimsp|aimsh|iso42001):([A-Za-z](?:[\w.-]*\w)?)")
# Faces and rules never use these (docs: what a status means, and what it may never claim).
_BARRED = re.compile(
    r"\b(certif(y|ied|iable|ication)|compliant|CAPA|waiver|waived|verdict|witness|proves?|"
    r"conforms to ISO|audit-ready|presumption of conformity|no nonconformities)\b",
    re.IGNORECASE,
)


def _named(text: str) -> set[NamedNode]:
    """Our terms that ``text`` names as CURIEs; strings in it are left out."""
    bare = re.sub(r'"[^"\n]*"', '""', text)
    return {OURS[prefix][local] for prefix, local in _CURIE.findall(bare)}


@pytest.fixture(scope="module")
def declared(statements: tuple[Triple, ...]) -> set[NamedNode]:
    return {
        t.subject for t in statements if t.predicate == RDF_TYPE if isinstance(t.subject, NamedNode)
    }


@pytest.fixture(scope="module")
def asked(query_texts: Mapping[str, str], rule_texts: Mapping[str, str]) -> Mapping[str, str]:
    return {**query_texts, **rule_texts}


def test_queries_and_rules_name_only_declared_terms(
    asked: Mapping[str, str], declared: set[NamedNode]
) -> None:
    unknown = {
        f"{where}: {node.value}"
        for where, text in asked.items()
        for node in _named(text)
        if node not in declared
    }
    assert sorted(unknown) == []


def test_every_class_and_property_is_used_by_a_rule_or_query(
    ontology: tuple[Triple, ...], statements: tuple[Triple, ...], asked: Mapping[str, str]
) -> None:
    kinds = (
        OWL["Class"],
        OWL["ObjectProperty"],
        OWL["DatatypeProperty"],
        OWL["AnnotationProperty"],
    )
    terms = {
        t.subject
        for t in ontology
        if t.predicate == RDF_TYPE and t.object in kinds
        if isinstance(t.subject, NamedNode) and t.subject in AIMS
    }
    used = {node for text in asked.values() for node in _named(text)}
    used |= {
        term
        for t in statements
        if _in_shapes(t)
        for term in (t.predicate, t.object)
        if isinstance(term, NamedNode)
    }
    unused = sorted(shorten(node) for node in terms - used)
    # Tells ``engine.shacl.wide`` which populations stay small.
    assert unused == ["aims:fewByNature"]


def _in_shapes(triple: Triple) -> bool:
    # Blank nodes in our files are parts of SHACL paths.
    return not isinstance(triple.subject, NamedNode) or triple.subject in SHAPES


def test_queries_never_read_the_clock(query_texts: Mapping[str, str]) -> None:
    clock = re.compile(r"\b(NOW|TZ|TIMEZONE|YEAR|MONTH|DAY|HOURS|MINUTES|SECONDS)\s*\(", re.I)
    duration = re.compile(r"xsd:(date|time|duration|dayTimeDuration|yearMonthDuration)\b")
    # The hygiene queries name the datatypes that they look for.
    asked = {name: t for name, t in query_texts.items() if not name.startswith("hygiene/")}
    assert [n for n, t in asked.items() if clock.search(t) or duration.search(t)] == []


def test_files_of_the_knowledge_bar_words_that_claim_too_much(
    statements: tuple[Triple, ...],
) -> None:
    shown = {AIMS.outcomeReason, AIMS.missingPattern}
    shown |= {NamedNode(PREFIXES["sh"] + "message")}
    shown |= {NamedNode(PREFIXES["skos"] + name) for name in ("definition", "prefLabel")}
    bad = {
        f"{t.subject}: {t.object.value}"
        for t in statements
        if t.predicate in shown and isinstance(t.object, Literal) and _BARRED.search(t.object.value)
        # The reading of somebody else's word keeps that word.
        if t.subject != SCHEME["answer-waived"]
    }
    assert sorted(bad) == []


def test_modules_are_imported_by_the_root_and_named_after_their_file(
    ontology: tuple[Triple, ...],
) -> None:
    base = "https://w3id.org/aimsgraph/ontology/"
    files = {path.stem for path in (assets_root() / "ontology").glob("*.ttl")} - {"aims"}
    root = NamedNode(base + "aims")
    imported = {
        t.object.value
        for t in ontology
        if t.subject == root and t.predicate == OWL["imports"] and isinstance(t.object, NamedNode)
    }
    assert imported == {base + name for name in files}
    for name in [*files, "aims"]:
        text = Path(assets_root() / "ontology" / f"{name}.ttl").read_text()
        assert f"<{base}{name}> a owl:Ontology" in text
        assert re.search(rf"owl:versionIRI <{base}{name}/\d+\.\d+\.\d+>", text)
