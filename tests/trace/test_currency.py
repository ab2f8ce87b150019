"""Which records carry a chain at the instant judged, and which take the place of others."""

import pytest

from engine.trace import Trace, trace
from tests.facts import ex, read, small_pack
from tests.trace.policies import CLASSES, ONE, PACK, POLICIES, POLICY, instant, policies, rule, told

# Documents and controls

APPROVED = f"; aims:approvedBy ex:chief ; {instant('approvedAt', '2026-01-01')}"
LIVE, STALE = (f"aims:livenessState aimsc:liveness-{state}" for state in ("live", "stale"))


@pytest.mark.parametrize(
    ("says", "reason"),
    [
        ("", ""),
        ("; aims:status aimsc:status-approved", ""),
        ("; aims:status aimsc:status-draft", "still a draft"),
        ("; aims:status aimsc:status-withdrawn", "withdrawn"),
        ("; aims:status aimsc:status-superseded", "superseded"),
        (f"; {instant('validUntil', '2026-07-01')}", "no longer valid"),
        (f"; {instant('validUntil', '2026-07-02')}", ""),
        (f"; {instant('validFrom', '2026-07-02')}", "not valid yet"),
        (f"; {instant('validFrom', '2026-07-01')}", ""),
        (f"; {instant('approvedAt', '2026-07-02')}", "approved after the instant judged"),
        (f"; {instant('expiresAt', '2026-07-01')}", "expired"),
        # What cannot be read as an instant is a rule result of its own.
        ("; aims:validUntil 'soon' ; aims:validFrom ex:then", ""),
        # Approved records are in force where the derived fact says so, and only there.
        (APPROVED, "not in force at the instant judged"),
        (f"{APPROVED} ; aims:inForce true", ""),
    ],
)
def test_a_record_counts_while_it_is_in_force(says: str, reason: str) -> None:
    answer = policies(f"{ONE} {says} .")
    assert told(answer) == {"policy": ("stale" if reason else "live", reason)}
    assert answer.complete == (not reason)
    assert bool(answer.reached) == (not reason)


def test_what_happened_stays_what_it_was() -> None:
    """A model version that was replaced is still what a decision was made with."""
    pack = small_pack(CLASSES + rule("usesModel", "AISystem", "ModelVersion"), "tool/link-reviews")
    facts = """ex:s a aims:AISystem . ex:m a aims:ModelVersion ; aims:usesModel ex:s ;
        aims:status aimsc:status-superseded . ex:m2 aims:supersedes ex:m ."""
    assert trace(read(pack, facts), ex("s")).complete


@pytest.mark.parametrize(
    ("newer", "old", "new"),
    [
        ("", "stale", "live"),
        ("; aims:status aimsc:status-draft", "live", "stale"),
        ("; aims:status aimsc:status-withdrawn", "live", "stale"),
        (f"; {instant('validFrom', '2026-08-01')}", "live", "stale"),
    ],
)
def test_of_two_versions_one_carries_the_chain_and_the_other_breaks_nothing(
    newer: str, old: str, new: str
) -> None:
    facts = f"{ONE} . ex:next {POLICY} ; aims:supersedes ex:policy {newer} ."
    answer = policies(facts)
    assert {name: state for name, (state, _) in told(answer).items()} == {
        "policy": old,
        "next": new,
    }
    assert answer.complete
    (other,) = [hop for hop in answer.hops if hop.state != "live"]
    assert other.replaced
    assert "takes its place" in other.reason


def test_a_version_between_is_replaced_by_the_last() -> None:
    facts = f"{ONE} . ex:v2 a aims:Policy ; aims:supersedes ex:policy . "
    facts += "ex:v3 a aims:Policy ; aims:implements ex:need ; aims:supersedes ex:v2 ."
    assert policies(facts).complete


def test_versions_that_replace_each_other_leave_the_chain_broken() -> None:
    facts = f"{ONE} ; aims:supersedes ex:b . ex:b {POLICY} ; aims:supersedes ex:policy ."
    answer = policies(facts)
    assert {state for state, _ in told(answer).values()} == {"stale"}
    assert len(answer.breaks) == 2


def test_another_record_is_no_version() -> None:
    """Two policies that cover different ground: one that ran out leaves a gap."""
    facts = f"{ONE} ; {instant('validUntil', '2026-01-01')} . ex:other {POLICY} ."
    answer = policies(facts)
    assert [hop.target for hop in answer.breaks] == [ex("policy")]
    assert answer.reached == (ex("other"),)


def test_a_replaced_version_is_not_followed() -> None:
    facts = f"""{ONE} . ex:next {POLICY} ; aims:supersedes ex:policy .
        ex:old-proof a aims:Evidence ; aims:supports ex:policy ; {STALE} .
        ex:proof a aims:Evidence ; aims:supports ex:next ; {LIVE} ."""
    pack = small_pack(
        CLASSES
        + rule("implements", "Requirement", "Policy")
        + rule("supports", "Policy", "Evidence"),
        "tool/link-reviews",
    )
    answer = trace(read(pack, facts), ex("need"))
    assert answer.complete
    assert answer.reached == (ex("next"), ex("proof"))
    assert ex("old-proof") not in {hop.target for hop in answer.hops}


@pytest.mark.parametrize("at", ["2026-02-01", "2026-04-01"])
def test_another_instant_another_version(at: str) -> None:
    facts = f"""{ONE} ; {instant("validFrom", "2026-01-01")} .
        ex:policy {instant("validUntil", "2026-03-01")} .
        ex:next {POLICY} ; aims:supersedes ex:policy ; {instant("validFrom", "2026-03-01")} ."""
    answer = policies(facts, at=at)
    assert answer.complete
    assert answer.reached == (ex("policy" if at < "2026-03" else "next"),)


# Evidence

TEST = f"""ex:control a aims:ImplementedControl .
    ex:test a aims:ControlTest ; aims:tests ex:control ; {instant("performedAt", "2026-05-01")} ."""
PROOF = "a aims:Evidence ; aims:supports ex:test ; aims:evidenceKind aimsc:evidence-operation"


def proofs(facts: str) -> Trace:
    return trace(read(PACK, TEST + facts), ex("control"))


@pytest.mark.parametrize(
    "state", ["live", "stale", "missing", "mismatch", "disposed", "unverified"]
)
def test_evidence_is_worth_what_its_liveness_says(state: str) -> None:
    answer = proofs(
        f"ex:e {PROOF} ; aims:livenessState aimsc:liveness-{state} ; aims:livenessReason 'why' ."
    )
    assert told(answer)["e"] == (state, "" if state == "live" else "why")
    assert answer.complete == (state == "live")
    assert [hop.target for hop in answer.breaks] == ([] if state == "live" else [ex("e")])


def test_evidence_of_which_nothing_was_computed_is_unverified() -> None:
    assert told(proofs(f"ex:e {PROOF} ."))["e"][0] == "unverified"
    assert told(proofs(f"[] {PROOF} ."))


@pytest.mark.parametrize(
    ("old", "new", "breaks"),
    [
        ("stale", "live", False),
        ("disposed", "live", False),
        ("stale", "stale", True),
        # What was tampered with, lost or never compared is not made good by other bytes.
        ("mismatch", "live", True),
        ("missing", "live", True),
        ("unverified", "live", True),
    ],
)
def test_evidence_of_last_year_breaks_nothing_where_this_years_is_there(
    old: str, new: str, breaks: bool
) -> None:
    state = "aims:livenessState aimsc:liveness"
    facts = f"ex:old {PROOF} ; {state}-{old} . ex:new {PROOF} ; {state}-{new} ."
    assert bool(proofs(facts).breaks) == breaks


@pytest.mark.parametrize(
    "new",
    [
        PROOF.replace("operation", "design"),
        PROOF.replace("; aims:evidenceKind aimsc:evidence-operation", ""),
    ],
)
def test_evidence_of_another_kind_does_not_take_its_place(new: str) -> None:
    facts = f"ex:old {PROOF} ; {STALE} . ex:new {new} ; {LIVE} ."
    assert [hop.target for hop in proofs(facts).breaks] == [ex("old")]


def test_evidence_takes_the_place_of_what_supports_no_more_than_it_does() -> None:
    facts = f"""ex:old {PROOF} ; aims:supports ex:more ; {STALE} .
        ex:new {PROOF} ; {LIVE} ."""
    assert proofs(facts).breaks
    assert not proofs(facts + "ex:new aims:supports ex:more .").breaks


# Tests, entries and acceptances of other times


@pytest.mark.parametrize(
    ("other", "state", "breaks"),
    [
        ("2025-05-01", "stale", False),
        ("2026-02-01", "live", True),
        ("2026-07-02", "stale", False),
    ],
)
def test_a_test_of_another_time_breaks_nothing_beside_one_of_the_period(
    other: str, state: str, breaks: bool
) -> None:
    """A second test within the period is expected to have evidence of its own."""
    proof = f"ex:e {PROOF} ; {LIVE} ."
    two = "ex:two a aims:ControlTest ; aims:tests ex:control"
    facts = f"{proof} {two} ; {instant('performedAt', other)} ."
    answer = proofs(facts)
    assert told(answer)["two"][0] == state
    assert bool(answer.breaks) == breaks


@pytest.mark.parametrize(
    ("outcome", "later", "state", "breaks"),
    [
        ("passed", "", "live", False),
        ("unknown", "", "live", False),
        ("failed", "", "failed", True),
        # Only what came after a failed test shows that the control was mended.
        ("failed", "2026-06-01", "failed", False),
        ("failed", "2026-05-01", "failed", True),
        ("failed", "2026-04-01", "failed", True),
        ("failed", "2026-07-02", "failed", True),
    ],
)
def test_a_failed_test_ends_the_chain_until_a_later_one_is_passed(
    outcome: str, later: str, state: str, breaks: bool
) -> None:
    facts = f"ex:e {PROOF} ; {LIVE} . ex:test aims:testOutcome aimsc:outcome-{outcome} ."
    if later:
        two = "ex:two a aims:ControlTest ; aims:tests ex:control"
        facts += (
            f"{two} ; aims:testOutcome aimsc:outcome-passed ; {instant('performedAt', later)} ."
        )
        facts += f"ex:f {PROOF.replace('ex:test', 'ex:two')} ; {LIVE} ."
    answer = proofs(facts)
    assert told(answer)["test"][0] == state
    assert bool(answer.breaks) == breaks
    reached = {"passed": "e", "unknown": "e"}.get(outcome, "")
    assert not reached or ex(reached) in answer.reached


@pytest.mark.parametrize(("only", "state"), [("2025-05-01", "live"), ("2026-07-02", "stale")])
def test_alone_a_test_of_another_time_is_what_there_is(only: str, state: str) -> None:
    facts = TEST.replace("2026-05-01", only)
    assert told(trace(read(PACK, facts), ex("control")))["test"][0] == state


def test_an_undated_test_takes_nobodys_place() -> None:
    facts = (
        TEST.replace("2026-05-01", "2025-05-01")
        + "ex:two a aims:ControlTest ; aims:tests ex:control ."
    )
    assert told(trace(read(PACK, facts), ex("control")))["test"] == ("live", "")


SOA = f"""
ex:need a aims:Requirement .
ex:entry-1 a aims:SoaEntry ; aims:soaControl ex:need .
ex:entry-2 a aims:SoaEntry ; aims:soaControl ex:need .
ex:soa-1 a aims:StatementOfApplicability ; aims:hasSoaEntry ex:entry-1 .
ex:soa-1 {instant("validUntil", "2026-02-01")} .
ex:soa-2 a aims:StatementOfApplicability ; aims:hasSoaEntry ex:entry-2 .
"""


def entries(facts: str) -> Trace:
    pack = small_pack(CLASSES + rule("soaControl", "Requirement", "SoaEntry"), "tool/link-reviews")
    # The statement is the subject of the link to its entries.
    return trace(read(pack, facts), ex("need"))


def test_an_entry_counts_as_long_as_its_statement() -> None:
    found = told(entries(SOA))
    assert found["entry-1"][0] == "stale"
    assert found["entry-1"][1].startswith("its statement is not in force")
    assert found["entry-2"] == ("live", "")
    assert entries(SOA).complete


def test_an_entry_for_one_system_does_not_take_the_place_of_that_for_all() -> None:
    assert entries(SOA + "ex:entry-2 aims:forSystem ex:s .").breaks
    assert not entries(
        SOA + "ex:entry-1 aims:forSystem ex:s . ex:entry-2 aims:forSystem ex:s ."
    ).breaks


def test_an_entry_of_several_statements_counts_while_one_does() -> None:
    assert told(entries(SOA + "ex:soa-2 aims:hasSoaEntry ex:entry-1 ."))["entry-1"][0] == "live"
    alone = "ex:need a aims:Requirement . ex:e a aims:SoaEntry ; aims:soaControl ex:need ."
    assert entries(alone).complete


def test_an_acceptance_that_expired_breaks_the_chain_unless_it_was_renewed() -> None:
    acceptance = "a aims:RiskAcceptance ; aims:accepts ex:r"
    facts = f"ex:r a aims:Risk . ex:a {acceptance} ; {instant('expiresAt', '2026-06-01')} ."
    assert [hop.reason for hop in trace(read(PACK, facts), ex("r")).breaks] == ["expired"]
    renewed = facts + f"ex:b {acceptance} ; {instant('expiresAt', '2027-06-01')} ."
    assert trace(read(PACK, renewed), ex("r")).complete


def test_upwards_nothing_takes_the_place_of_anything() -> None:
    """One record of two tests, last year's and this year's, proves both."""
    old = f"ex:old a aims:ControlTest ; {instant('performedAt', '2025-05-01')} ."
    facts = TEST + old + f"ex:e {PROOF} ; aims:supports ex:old ; {LIVE} ."
    answer = trace(read(PACK, facts), ex("e"), direction="up")
    assert {hop.target for hop in answer.hops if hop.state == "live"} >= {ex("old"), ex("test")}


def test_upwards_a_record_that_ended_carries_nothing() -> None:
    facts = f"{ONE} ; aims:status aimsc:status-withdrawn ."
    answer = trace(read(POLICIES, facts), ex("policy"), direction="up")
    assert [(hop.target, hop.state, hop.direction) for hop in answer.hops] == [
        (ex("need"), "stale", "up")
    ]
    assert answer.reached == ()
