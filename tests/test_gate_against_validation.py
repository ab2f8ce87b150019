"""The guard against the slow obvious way: validate both states whole and subtract."""

from collections import Counter
from collections.abc import Iterator
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import gate
from engine.derive import derived
from engine.gate import judged, new_findings
from engine.iri import DEFAULT_BASE, graph_iri
from engine.ledger.patch import Patch
from engine.rdf import Literal, NamedNode, Quad, Term
from engine.resident import Resident
from engine.severity import Severity
from engine.shacl import Finding, Report, run_pack
from engine.view import View
from engine.vocab import RDF_TYPE, SH, SHAPES, XSD
from engine.workspace import Workspace
from tests.facts import ex
from tests.guarding import PACK
from tests.test_resident import told

AGENT = "urn:test:agent"
NODES = [ex("a"), ex("b")]


def _facts() -> st.SearchStrategy[Quad]:
    thing = st.sampled_from(NODES)
    pairs: list[tuple[NamedNode, list[Term]]] = [
        (RDF_TYPE, [ex("Thing"), ex("Sub"), ex("Odd"), ex("Poison")]),
        (ex("owner"), [ex("ann")]),
        (ex("name"), [Literal("x"), Literal("y")]),
        (ex("note"), [Literal("x"), Literal("1", datatype=XSD.integer)]),
        (ex("brokenBy"), [ex("x"), ex("y")]),
        (ex("since"), [Literal("1"), Literal("2")]),
        (ex("poisoned"), [Literal("true", datatype=XSD.boolean)]),
    ]
    facts = [(over, value) for over, values in pairs for value in values]
    sources = [graph_iri(DEFAULT_BASE, "general", name) for name in ("one", "two")]
    return st.builds(
        lambda s, fact, g: Quad(s, fact[0], fact[1], g),
        thing,
        st.sampled_from(facts),
        st.sampled_from(sources),
    )


STATE = st.frozensets(_facts(), max_size=8)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    with Workspace.create(tmp_path_factory.mktemp("gate") / "workspace", agent=AGENT) as made:
        made.committer.adopt(PACK, agent=AGENT)
        yield made


def _bring(workspace: Workspace, state: frozenset[Quad]) -> Report:
    """Commit what makes ``state`` all there is, and validate it whole."""
    held = workspace.ledger.state()
    patch = Patch(state - frozenset(held), frozenset(held) - state)
    workspace.committer.commit(patch, agent=AGENT)
    return run_pack(derived(workspace.snapshots().open(View())))


def _counted(report: Report, guard: Severity) -> Counter[tuple[object, ...]]:
    """Each result at or over ``guard`` by what makes it the same."""
    grave = {
        Severity.VIOLATION: {SH.Violation, ex("House")},
        Severity.WARNING: {SH.Violation, ex("House"), SH.Warning},
        Severity.INFO: {SH.Violation, ex("House"), SH.Warning, SH.Info},
    }[guard]
    return Counter(
        (f.rule, f.shape, f.constraint, f.component, f.focus, f.path, f.value, f.severity)
        for f in report.findings
        if f.severity in grave
    )


@settings(max_examples=60, deadline=None)
@given(
    before=STATE,
    after=STATE,
    guard=st.sampled_from(list(Severity)),
    followed=st.sampled_from([0, 5_000]),
)
def test_it_refuses_just_what_full_validations_tell_apart(
    shared: Workspace,
    before: frozenset[Quad],
    after: frozenset[Quad],
    guard: Severity,
    followed: int,
) -> None:
    first = _bring(shared, before)
    reader = shared.snapshots().open(View())
    resident = Resident(reader)
    patch = Patch(after - before, before - after)
    with mock.patch.object(gate, "QUADS", followed), judged(resident, patch, guard) as verdict:
        message, added = verdict.message, verdict.added
    assert told(resident.report()) == told(first)
    second = _bring(shared, after)
    new = _counted(second, guard) - _counted(first, guard)
    unknown = {run.rule for run in (*first.not_validated, *second.not_validated)}
    counted = Counter({key: count for key, count in new.items() if key[0] not in unknown})
    assert Counter(_counted_keys(added)) == counted
    left_open = second.not_validated or any(key[0] in unknown for key in new)
    assert bool(message) == bool(counted or left_open)


def _counted_keys(found: tuple[Finding, ...]) -> list[tuple[object, ...]]:
    return [
        (f.rule, f.shape, f.constraint, f.component, f.focus, f.path, f.value, f.severity)
        for f in found
    ]


def _finding(focus: str, message: str) -> Finding:
    return Finding(
        rule=SHAPES.Owned,
        focus=ex(focus),
        path=None,
        value=None,
        shape=SHAPES.Owned,
        constraint=None,
        component=SH.MinCountConstraintComponent,
        severity=SH.Violation,
        message=message,
    )


FINDINGS = st.lists(st.builds(_finding, st.sampled_from("ab"), st.sampled_from("xyz")), max_size=8)


@given(before=FINDINGS, after=FINDINGS)
def test_new_results_are_the_difference_of_multisets_and_those_in_other_words_first(
    before: list[Finding], after: list[Finding]
) -> None:
    found = new_findings(before, after)
    counts = Counter(f.focus for f in after) - Counter(f.focus for f in before)
    assert Counter(f.focus for f in found) == counts
    # Nothing is called new while as many of the same words were there before.
    words = Counter((f.focus, f.message) for f in after)
    words -= Counter((f.focus, f.message) for f in before)
    assert not Counter((f.focus, f.message) for f in found) - words
