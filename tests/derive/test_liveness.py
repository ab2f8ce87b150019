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
RECEIVED = (
    '; aims:collectedAt "2026-07-01T00:00:00Z"^^xsd:dateTime ; '
    'aims:receivedAt "2026-07-01T00:00:00Z"^^xsd:dateTime'
)
STATED_BY = "aims:verificationState aimsc:verification-verified ; aims:collectedBy ex:ann"
GOOD = STATED_BY + RECEIVED


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
        ("aims:collectedBy ex:ann" + RECEIVED, "unverified", "never compared"),
        (GOOD.replace("verified", "mismatch"), "mismatch", "do not match"),
        (GOOD.replace("verified", "missing"), "missing", "not in the vault"),
        (GOOD.replace("verified", "disposed"), "disposed", "retention rule"),
        (GOOD.replace("verified", "unverified"), "unverified", "never compared"),
        ("aims:verificationState aimsc:verification-verified", "stale", "nobody is named"),
        (STATED_BY + at("collectedAt", "2026-06-30"), "stale", "when it was received"),
        (STATED_BY + at("receivedAt", "2026-06-30"), "stale", "when it was collected"),
        (GOOD + at("collectedAt", "2026-07-02"), "stale", "collected after the instant judged"),
        (GOOD + at("collectedAt", "2025-12-31"), "stale", "before the period"),
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


ELSEWHERE = (
    "aims:verificationState aimsc:verification-unverified ; aims:collectedBy ex:ann ; "
    "aims:locator 'https://lake.example/log' ; aims:digestValue 'aa'" + RECEIVED
)


def check(name: str, date: str, digest: str = "aa", by: str = "; aims:performedBy ex:ann") -> str:
    """A comparison of the bytes at the locator of ``ex:paper``."""
    when = at("performedAt", date)
    told = f"aims:checksLocatorOf ex:paper ; aims:digestValue '{digest}' {by} {when}"
    return f" . ex:{name} a aims:LocatorCheck ; {told}"


@pytest.mark.parametrize(
    ("facts", "state", "reason"),
    [
        ("", "unverified", "never compared"),
        (check("one", "2026-06-01"), "live", "at their locator matched"),
        # 92 days before the instant judged, and a day more.
        (check("one", "2026-03-31"), "live", "at their locator matched"),
        (check("one", "2026-03-30"), "unverified", "too long ago"),
        (check("one", "2026-07-02"), "unverified", "never compared"),
        (check("one", "2026-06-01", by=""), "unverified", "never compared"),
        (check("one", "2026-06-01", "bb"), "mismatch", "do not match"),
        (check("one", "2026-01-15", "bb"), "unverified", "too long ago"),
        (check("one", "2026-05-01", "bb") + check("two", "2026-06-01"), "live", "matched"),
        (check("one", "2026-05-01") + check("two", "2026-06-01", "bb"), "mismatch", "do not"),
        (check("one", "2026-06-01") + check("two", "2026-06-01", "bb"), "mismatch", "do not"),
        (check("one", "2026-06-01") + check("two", "2026-08-01", "bb"), "live", "matched"),
    ],
)
def test_bytes_kept_elsewhere_count_while_their_last_comparison_is_recent(
    pack: KnowledgePack, facts: str, state: str, reason: str
) -> None:
    found = derived(pack, ELSEWHERE + facts)
    assert found["livenessState"] == SCHEME[f"liveness-{state}"]
    assert reason in str(found["livenessReason"])


@pytest.mark.parametrize("state", ["mismatch", "missing", "disposed"])
def test_no_comparison_elsewhere_outweighs_the_vault(pack: KnowledgePack, state: str) -> None:
    facts = ELSEWHERE.replace("unverified", state) + check("one", "2026-06-01")
    assert derived(pack, facts)["livenessState"] == SCHEME[f"liveness-{state}"]


def test_a_comparison_needs_a_place(pack: KnowledgePack) -> None:
    facts = ELSEWHERE.replace("aims:locator", "aims:identifier") + check("one", "2026-06-01")
    assert derived(pack, facts)["livenessState"] == SCHEME["liveness-unverified"]


WHOLE = OPERATION + at("coversFrom", "2026-01-01") + at("coversUntil", "2026-07-01")


@pytest.mark.parametrize(
    ("collected", "now", "reason"),
    [
        # Three days are the tolerance of the shipped parameters.
        ("2026-06-28", "2026-07-01", ""),
        ("2026-06-27", "2026-07-01", "collected before the end"),
        ("2026-01-15", "2026-07-01", "collected before the end"),
        # Of a period that is over for longer, all is asked for, and of one that runs what has run.
        ("2026-06-30", "2026-07-15", "collected before the end"),
        ("2026-07-01", "2026-07-15", ""),
        ("2026-04-01", "2026-04-03", ""),
        ("2026-03-01", "2026-04-03", "collected before the end"),
    ],
)
def test_nothing_covers_what_came_after_it_was_collected(
    pack: KnowledgePack, collected: str, now: str, reason: str
) -> None:
    facts = STATED_BY + WHOLE + at("collectedAt", collected) + at("receivedAt", collected)
    view = View(evaluated_at=parse_instant(now), period=VIEW.period)
    reader = read(pack, f"ex:paper a aims:Evidence ; {facts} .", view)
    (told,) = [t.object for t in derivation.run(reader) if t.predicate == AIMS.livenessReason]
    assert (reason or "match the digest") in str(told)


def test_the_last_days_may_be_missing_from_what_it_covers(pack: KnowledgePack) -> None:
    for last, state in (("2026-06-28", "live"), ("2026-06-27", "stale")):
        facts = GOOD + WHOLE.replace("2026-07-01", last)
        assert derived(pack, facts)["livenessState"] == SCHEME[f"liveness-{state}"]


def test_a_design_may_be_older_than_the_period(pack: KnowledgePack) -> None:
    facts = STATED_BY + "; aims:evidenceKind aimsc:evidence-design"
    facts += at("collectedAt", "2024-01-01") + at("receivedAt", "2024-01-02")
    assert derived(pack, facts)["livenessState"] == SCHEME["liveness-live"]


@pytest.mark.parametrize("kind", ["Template", "Attestation", "Declaration"])
def test_no_form_and_no_statement_shows_operation(pack: KnowledgePack, kind: str) -> None:
    control = " ; aims:supports ex:control . ex:control aims:ownedBy ex:ann"
    assert derived(pack, GOOD + WHOLE)["livenessState"] == SCHEME["liveness-live"]
    found = derived(pack, f"{GOOD} {WHOLE} ; a aims:{kind} {control}")
    assert found["livenessState"] == SCHEME["liveness-stale"]


CONTROL = """ ; aims:supports ex:control .
    ex:control aims:ownedBy ex:owner ; aims:appliesTo ex:system . ex:test aims:tests ex:control .
    ex:system aims:usesModel ex:v2 ; aims:inScopeOf ex:aims"""
TESTED = CONTROL.replace("supports ex:control", "supports ex:test")
DESIGN = "; aims:evidenceKind aimsc:evidence-design"
FROM = "; aims:extractedFrom ex:source"
STATED = " . ex:source a aims:Attestation ; aims:statedBy ex:{}"
FORM, COMPUTED = "an empty form", "what this register computed"
WORD, MORE = "the word of whoever answers", "no more than that something is laid down"
OTHER, GONE = "is not said to support", "taken out of use before the period"


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ("; a aims:Template", FORM),
        ("; a aims:StatusReport", COMPUTED),
        (FROM + " . ex:source a aims:ItemStatus", COMPUTED),
        (FROM + " . ex:source aims:extractedFrom ex:other . ex:other a aims:RuleResult", COMPUTED),
        (FROM + " . ex:source a aims:Policy", ""),
        # The owner's word, in whatever cover, and that of others.
        (DESIGN + FROM + CONTROL + STATED.format("owner"), WORD),
        (DESIGN + FROM + TESTED + STATED.format("owner"), WORD),
        (DESIGN + "; a aims:Declaration ; aims:statedBy ex:owner" + CONTROL, WORD),
        (DESIGN + "; a aims:Attestation ; aims:collectedBy ex:owner" + CONTROL, WORD),
        (DESIGN + "; a aims:Attestation" + CONTROL, ""),
        (DESIGN + FROM + CONTROL + STATED.format("auditor"), ""),
        (FROM + CONTROL + STATED.format("auditor"), MORE),
        # What the owner merely collected is no statement of the owner.
        ("; aims:collectedBy ex:owner" + CONTROL, ""),
        # Gathered on the system, what it uses, what is part of it, or what the scope holds.
        ("; aims:gatheredOn ex:system" + CONTROL, ""),
        ("; aims:gatheredOn ex:v2" + CONTROL, ""),
        ("; aims:gatheredOn ex:v2" + TESTED, ""),
        ("; aims:gatheredOn ex:d" + CONTROL + " . ex:d aims:deploymentOf ex:system", ""),
        ("; aims:gatheredOn ex:p" + CONTROL + " . ex:p aims:partOf ex:system", ""),
        (
            "; aims:gatheredOn ex:s" + CONTROL.replace("appliesTo ex:system", "appliesTo ex:aims"),
            OTHER,
        ),
        (
            "; aims:gatheredOn ex:system"
            + CONTROL.replace("appliesTo ex:system", "appliesTo ex:aims"),
            "",
        ),
        ("; aims:gatheredOn ex:v1" + CONTROL, OTHER),
        ("; aims:gatheredOn ex:v1" + TESTED, OTHER),
        ("; aims:gatheredOn ex:v1 , ex:v2" + CONTROL, ""),
        # Of a policy, or a record that applies nowhere, nothing is known to compare with.
        ("; aims:gatheredOn ex:v1 ; aims:supports ex:policy", ""),
        ("; aims:gatheredOn ex:v1 . ex:v1" + at("retiredAt", "2025-12-31")[1:], GONE),
        ("; aims:gatheredOn ex:v1 . ex:v1" + at("retiredAt", "2026-01-01")[1:], ""),
        ("; aims:gatheredOn ex:v1 , ex:v2 . ex:v1" + at("retiredAt", "2025-12-31")[1:], ""),
    ],
)
def test_evidence_ends_outside_what_it_supports_and_covers_it(
    pack: KnowledgePack, facts: str, reason: str
) -> None:
    found = derived(pack, GOOD + facts)
    assert found["livenessState"] == SCHEME["liveness-stale" if reason else "liveness-live"]
    assert (reason or "match the digest") in str(found["livenessReason"])


def test_a_draft_or_what_was_taken_back_supersedes_nothing(pack: KnowledgePack) -> None:
    newer = "ex:new aims:supersedes ex:paper ; aims:status aimsc:status-{} {} ."
    for status, state in (("draft", "live"), ("withdrawn", "live"), ("approved", "stale")):
        facts = newer.format(status, at("approvedAt", "2026-06-01"))
        reader = read(pack, f"ex:paper a aims:Evidence ; {GOOD} . {facts}")
        states = {t.object for t in derivation.run(reader) if t.predicate == AIMS.livenessState}
        assert states == {SCHEME[f"liveness-{state}"]}


def test_a_design_covers_the_instant_judged(pack: KnowledgePack) -> None:
    for name, date, state in (
        ("coversUntil", "2026-06-30", "stale"),
        ("coversUntil", "2026-07-01", "live"),
        ("coversFrom", "2026-07-01", "live"),
        ("coversFrom", "2026-06-30", "live"),
    ):
        found = derived(pack, GOOD + DESIGN + at(name, date))
        assert found["livenessState"] == SCHEME[f"liveness-{state}"]


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
