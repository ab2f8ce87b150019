"""Which records are in force: the named query and the assessment's own reading agree."""

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.conformance.facts import Facts
from engine.derive.in_force import derivation
from engine.rdf import Literal, Triple
from engine.vocab import AIMS
from tests.facts import ex, read, small_pack

PACK = small_pack("", "tool/in-force")
BEFORE, NOW, AFTER = "2026-06-30T23:59:59Z", "2026-07-01T00:00:00Z", "2026-07-01T00:00:01Z"
GOOD = f'aims:approvedBy ex:chief ; aims:approvedAt "{BEFORE}"^^xsd:dateTime'


def in_force(facts: str, at: str = "") -> set[str]:
    """The local names of the records in force."""
    triples = list(derivation.run(read(PACK, facts, at=at)))
    assert all(t.predicate == AIMS.inForce and t.object == Literal(True) for t in triples)
    assert len(triples) == len({t.subject for t in triples})
    return {str(t.subject).rpartition("/")[2].strip(">") for t in triples}


def instant(name: str, text: str) -> str:
    return f'; aims:{name} "{text}"^^xsd:dateTime'


@pytest.mark.parametrize(
    ("facts", "found"),
    [
        (GOOD, True),
        (GOOD.replace(BEFORE, NOW), True),
        (GOOD.replace(BEFORE, AFTER), False),
        ("aims:approvedBy ex:chief", False),
        (f"aims:status aimsc:status-approved {instant('approvedAt', BEFORE)}", False),
        (GOOD + "; aims:status aimsc:status-approved", True),
        (GOOD + "; aims:status aimsc:status-draft", False),
        (GOOD + "; aims:status aimsc:status-withdrawn", False),
        (GOOD + "; aims:status aimsc:status-superseded", False),
        (GOOD + "; aims:status aimsc:status-approved , aimsc:status-withdrawn", False),
        (GOOD + instant("validFrom", NOW), True),
        (GOOD + instant("validFrom", AFTER), False),
        (GOOD + instant("validUntil", NOW), False),
        (GOOD + instant("validUntil", AFTER), True),
        (GOOD + instant("validFrom", BEFORE) + instant("validUntil", BEFORE), False),
        # What cannot be read as an instant says nothing about validity, and approves nothing.
        (GOOD + "; aims:validUntil 'soon'", True),
        ("aims:approvedBy ex:chief ; aims:approvedAt 'lately'", False),
    ],
)
def test_a_record_is_in_force_when_approved_valid_and_not_said_otherwise(
    facts: str, found: bool
) -> None:
    reader = read(PACK, f"ex:r {facts} .")
    assert bool(in_force(f"ex:r {facts} .")) == found
    assert bool(Facts(reader).current([ex("r")])) == found


@pytest.mark.parametrize(
    ("newer", "found"),
    [
        (GOOD, {"new"}),
        ("rdfs:label 'announced'", {"old"}),
        (GOOD + "; aims:status aimsc:status-draft", {"old"}),
        (GOOD + "; aims:status aimsc:status-withdrawn", {"old"}),
        (GOOD.replace(BEFORE, AFTER), {"old"}),
        (GOOD + instant("validFrom", AFTER), {"old"}),
        # What replaced it and ended does not bring it back.
        (GOOD + instant("validUntil", BEFORE), set()),
        (GOOD + "; aims:status aimsc:status-superseded", set()),
    ],
)
def test_it_is_replaced_by_what_was_itself_in_force(newer: str, found: set[str]) -> None:
    assert in_force(f"ex:old {GOOD} . ex:new aims:supersedes ex:old ; {newer} .") == found


def test_records_that_replace_each_other_are_both_out() -> None:
    facts = f"ex:a {GOOD} ; aims:supersedes ex:b . ex:b {GOOD} ; aims:supersedes ex:a ."
    assert in_force(facts) == set()
    assert in_force(f"ex:a {GOOD} ; aims:supersedes ex:a .") == set()


def test_of_a_chain_the_last_is_in_force_as_of_each_instant() -> None:
    text = 'ex:v{} aims:approvedBy ex:chief ; aims:approvedAt "2026-0{}-01T00:00:00Z"^^xsd:dateTime'
    facts = f"{text.format(1, 1)} . {text.format(2, 3)} ; aims:supersedes ex:v1 . "
    facts += f"{text.format(3, 5)} ; aims:supersedes ex:v2 ."
    found = [in_force(facts, at=f"2026-0{month}-15") for month in (1, 3, 5)]
    assert found == [{"v1"}, {"v2"}, {"v3"}]
    assert in_force(facts, at="2025-12-31") == set()


def test_blank_records_and_empty_graphs_derive_nothing() -> None:
    assert in_force(f"[] {GOOD} .") == set()
    assert in_force("") == set()


@dataclass(frozen=True)
class Record:
    """What one record of a random world says."""

    signed: bool
    approved: str
    statuses: frozenset[str]
    begins: str
    ends: str
    replaces: frozenset[int]

    def turtle(self, number: int) -> str:
        parts = ["rdfs:label 'record'"]
        parts += ["aims:approvedBy ex:chief"] if self.signed else []
        parts += [f"aims:status aimsc:status-{status}" for status in self.statuses]
        parts += [f"aims:supersedes ex:r{other}" for other in self.replaces]
        for name, text in (
            ("approvedAt", self.approved),
            ("validFrom", self.begins),
            ("validUntil", self.ends),
        ):
            parts += [f'aims:{name} "{text}"^^xsd:dateTime'] if text else []
        return f"ex:r{number} {' ; '.join(parts)} ."


STATUSES = ["approved", "draft", "withdrawn", "superseded", "open"]
RECORDS = st.builds(
    Record,
    st.sampled_from([True, True, True, False]),
    st.sampled_from([BEFORE, BEFORE, NOW, AFTER, ""]),
    st.frozensets(st.sampled_from(STATUSES), max_size=1),
    st.sampled_from(["", "", BEFORE, NOW, AFTER]),
    st.sampled_from(["", "", BEFORE, NOW, AFTER]),
    st.frozensets(st.integers(0, 3), max_size=2),
)


@settings(deadline=None, max_examples=250)
@given(st.lists(RECORDS, max_size=4))
def test_it_agrees_with_what_an_assessment_takes_as_current(records: list[Record]) -> None:
    facts = "".join(record.turtle(number) for number, record in enumerate(records))
    reader = read(PACK, facts)
    current = Facts(reader).current([ex(f"r{number}") for number in range(len(records))])
    assert {Triple(node, AIMS.inForce, Literal(True)) for node in current} == set(
        derivation.run(reader)
    )
