"""Whether evidence is live at the instant and period judged, as the one named query defines it."""

import pytest

from engine.derive.liveness import derivation
from engine.knowledge import KnowledgePack, shipped_pack
from engine.rdf import NamedNode, Quad, RdfFormat, Term, parse
from engine.snapshot import Reader, reader_over
from engine.view import Period, View, parse_instant
from engine.vocab import AIMS, PREFIXES, SCHEME

HEAD = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in PREFIXES.items())
HEAD += "@prefix ex: <https://example.org/> .\n"
PAPER = NamedNode("https://example.org/paper")
VIEW = View(evaluated_at=parse_instant("2026-07-01"), period=Period.parse("2026-01-01/2026-07-01"))
GOOD = "aims:verificationState aimsc:verification-verified ; aims:collectedBy ex:ann"


@pytest.fixture(scope="module")
def pack() -> KnowledgePack:
    """The query and the parameters of the shipped pack."""
    wanted = ("queries/tool/evidence-liveness.rq", "ontology/parameters/default.ttl")
    files = {path: data for path, data in shipped_pack().files.items() if path in wanted}
    assert len(files) == 2
    return KnowledgePack(files)


def read(pack: KnowledgePack, facts: str, view: View = VIEW) -> Reader:
    graph = NamedNode("https://aims.example/graph/general/test")
    quads = [
        Quad(q.subject, q.predicate, q.object, graph)
        for q in parse(HEAD + facts, format=RdfFormat.TURTLE)
    ]
    return reader_over(quads, pack, view)


def derived(pack: KnowledgePack, facts: str) -> dict[str, Term]:
    """The state and the reason of ``ex:paper``, by local name."""
    triples = list(derivation.run(read(pack, f"ex:paper a aims:Evidence ; {facts} .")))
    found = {t.predicate.value.removeprefix(AIMS.base): t.object for t in triples}
    assert {t.subject for t in triples} == {PAPER}
    assert len(triples) == len(found) == 2
    return found  # type: ignore[return-value]


def at(name: str, text: str) -> str:
    return f'; aims:{name} "{text}T00:00:00Z"^^xsd:dateTime'


OPERATION = "; aims:evidenceKind aimsc:evidence-operation"


@pytest.mark.parametrize(
    ("facts", "state", "reason"),
    [
        (GOOD, "live", "its bytes match"),
        (GOOD + at("receivedAt", "2026-06-01") + at("validUntil", "2027-01-01"), "live", "current"),
        ("aims:collectedBy ex:ann", "unverified", "never compared"),
        (GOOD.replace("verified", "mismatch"), "mismatch", "do not match"),
        (GOOD.replace("verified", "missing"), "missing", "not in the vault"),
        (GOOD.replace("verified", "disposed"), "disposed", "retention rule"),
        (GOOD.replace("verified", "unverified"), "unverified", "never compared"),
        ("aims:verificationState aimsc:verification-verified", "stale", "nobody is named"),
        (GOOD + "; aims:status aimsc:status-draft", "stale", "still a draft"),
        (GOOD + "; aims:status aimsc:status-withdrawn", "stale", "withdrawn"),
        (GOOD + "; aims:status aimsc:status-superseded", "stale", "superseded"),
        (GOOD + at("receivedAt", "2026-07-02"), "stale", "after the instant judged"),
        (GOOD + at("validUntil", "2026-07-01"), "stale", "no longer valid"),
        (GOOD + OPERATION + at("coversUntil", "2025-12-31"), "stale", "before the period"),
        (GOOD + at("coversFrom", "2026-07-02"), "stale", "after the period"),
        (GOOD + OPERATION, "stale", "does not say what time"),
        (
            GOOD + OPERATION + at("coversFrom", "2026-02-01") + at("coversUntil", "2026-07-01"),
            "stale",
            "only a part",
        ),
        (
            GOOD + OPERATION + at("coversFrom", "2026-01-01") + at("coversUntil", "2026-07-01"),
            "live",
            "current",
        ),
    ],
)
def test_each_state_has_its_reason(
    pack: KnowledgePack, facts: str, state: str, reason: str
) -> None:
    found = derived(pack, facts)
    assert found["livenessState"] == SCHEME[f"liveness-{state}"]
    assert reason in str(found["livenessReason"])


def test_a_newer_record_supersedes_from_its_approval_on(pack: KnowledgePack) -> None:
    newer = 'ex:new aims:supersedes ex:paper ; aims:approvedAt "2026-{}T00:00:00Z"^^xsd:dateTime .'
    for month, state in (("06-01", "stale"), ("08-01", "live")):
        reader = read(pack, f"ex:paper a aims:Evidence ; {GOOD} . {newer.format(month)}")
        states = {t.object for t in derivation.run(reader) if t.predicate == AIMS.livenessState}
        assert states == {SCHEME[f"liveness-{state}"]}


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        (at("validUntil", "2027-01-01") + at("validUntil", "2026-01-01"), "no longer valid"),
        ("; aims:status aimsc:status-draft , aimsc:status-approved", "still a draft"),
        (OPERATION + " , aimsc:evidence-design", "does not say what time"),
    ],
)
def test_of_several_values_the_worst_counts(pack: KnowledgePack, facts: str, reason: str) -> None:
    found = derived(pack, GOOD + facts)
    assert found["livenessState"] == SCHEME["liveness-stale"]
    assert reason in str(found["livenessReason"])


def test_a_record_superseded_now_and_again_later_is_superseded(pack: KnowledgePack) -> None:
    facts = f"ex:paper a aims:Evidence ; {GOOD} ."
    for month in ("06", "09"):
        facts += f"ex:n{month} aims:supersedes ex:paper {at('approvedAt', f'2026-{month}-01')} ."
    states = {
        t.object for t in derivation.run(read(pack, facts)) if t.predicate == AIMS.livenessState
    }
    assert states == {SCHEME["liveness-stale"]}


def test_without_evidence_nothing_is_derived(pack: KnowledgePack) -> None:
    assert list(derivation.run(read(pack, "ex:a a aims:AISystem ."))) == []


def test_every_state_is_a_term_of_the_code_list() -> None:
    defined = {triple.subject for triple in shipped_pack().ontology_triples}
    states = ("live", "stale", "missing", "mismatch", "disposed", "unverified")
    assert {SCHEME[f"liveness-{state}"] for state in states} <= defined


def test_it_runs_after_the_verification_of_bytes() -> None:
    assert "aims:verificationState" in derivation.reads
    assert set(derivation.writes) == {"aims:livenessState", "aims:livenessReason"}
