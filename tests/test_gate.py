"""The guard of an import: what it refuses and lets pass; nothing is written by halves."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from engine import gate
from engine.derive import derived
from engine.errors import ConflictError, GuardError, NotValidatedError, WorkspaceLockedError
from engine.gate import judged
from engine.importers import OnError
from engine.intake import Imported, Intake
from engine.iri import DEFAULT_BASE, graph_iri
from engine.knowledge import KnowledgePack, shipped_pack
from engine.ledger.patch import Patch
from engine.rdf import Literal, Quad
from engine.resident import Resident
from engine.severity import Severity
from engine.shacl import run_pack
from engine.snapshot import Snapshots
from engine.view import View, format_instant
from engine.vocab import AIMS, RDF_TYPE, SHAPES, XSD
from engine.workspace import Workspace
from tests.facts import HEAD, ex
from tests.guarding import OWNED, PACK, QUERIES, RULES, UNOWNED
from tests.importers.reading import column
from tests.ledger.making import START, Ticking, hold

AGENT = "urn:test:agent"
Give = Callable[..., Path]


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace.create(tmp_path / "workspace", agent=AGENT) as made:
        made.committer.adopt(PACK, agent=AGENT)
        yield made


@pytest.fixture
def put(tmp_path: Path) -> Give:
    """Writes a file to import: facts in Turtle, with our prefixes."""

    def write(facts: str, name: str = "a.ttl") -> Path:
        path = tmp_path / name
        path.write_text(HEAD + facts if name.endswith(".ttl") else facts)
        return path

    return write


def take(
    workspace: Workspace, path: Path, guard: Severity | None = Severity.VIOLATION, **more: Any
) -> Imported:
    return workspace.import_file(Intake(path, AGENT, guard=guard, **more))


def refused(workspace: Workspace, path: Path, **more: Any) -> GuardError:
    """The refusal; nothing was written, neither to the ledger nor to the store or the vault."""
    head, before = workspace.ledger.head(), files(workspace)
    state = workspace.ledger.state()
    with pytest.raises(GuardError) as caught:
        take(workspace, path, **more)
    assert workspace.ledger.head() == head
    assert workspace.ledger.state() == state
    assert files(workspace) == before
    assert workspace.verify().problems == ()
    return caught.value


def files(workspace: Workspace) -> set[str]:
    """The files of the vault and beside the ledger; what the databases keep is their own."""
    inside = (path.relative_to(workspace.root) for path in workspace.root.rglob("*"))
    return {str(path) for path in inside if path.parts[0] not in ("store", "ledger.sqlite-wal")}


def results(error: GuardError) -> list[Any]:
    listed = error.refused["results"]
    assert isinstance(listed, list)
    return listed


def unjudged(error: GuardError) -> list[Any]:
    listed = error.refused["not_validated"]
    assert isinstance(listed, list)
    return listed


# What is refused


def test_a_change_that_would_add_a_violation_is_refused_and_says_which(
    workspace: Workspace, put: Give
) -> None:
    error = refused(workspace, put(UNOWNED))
    assert "a: the change would add 1 rule result of severity violation" in error.message
    assert "nobody owns it" in error.message
    assert "without the guard" in error.remedy
    (result,) = results(error)
    assert result["rule"]["iri"] == SHAPES.Owned.value
    assert result["shape"]["iri"] == SHAPES["Owned-owner"].value
    assert result["focus"]["iri"] == ex("a").value
    assert (result["path"], result["value"]) == (f"<{ex('owner').value}>", None)
    assert (result["severity"], result["remedy"]) == ("sh:Violation", "name an owner")
    assert error.refused["total"] == 1
    assert error.refused["not_validated"] == []
    assert error.refused["sequence"] == workspace.ledger.head().sequence
    assert error.refused["head"] == workspace.ledger.head().hash
    assert error.refused["severity"] == error.answer["guard"] == "violation"
    assert (error.answer["source"], error.answer["sequence"]) == ("a", None)
    assert error.answer["added"] != 0


def test_a_change_without_results_passes_and_is_one_entry(workspace: Workspace, put: Give) -> None:
    before = workspace.ledger.head().sequence
    done = take(workspace, put(OWNED))
    assert done.sequence == before + 1 == workspace.ledger.head().sequence
    assert done.to_json()["guard"] == "violation"
    assert take(workspace, put(OWNED, "b.ttl"), None).to_json()["guard"] is None


@pytest.mark.parametrize(
    ("facts", "refusing"),
    [
        (UNOWNED, {"violation", "warning", "info"}),
        (f'{OWNED} ex:a ex:name "x" , "y" .', {"warning", "info"}),
        (f'{OWNED} ex:a ex:note "x" .', {"info"}),
        ("ex:o a ex:Odd .", {"violation", "warning", "info"}),
        (OWNED, set()),
    ],
)
def test_each_severity_refuses_itself_and_graver_ones(
    workspace: Workspace, put: Give, facts: str, refusing: set[str]
) -> None:
    for guard in Severity:
        if guard.value in refusing:
            error = refused(workspace, put(facts), guard=guard)
            assert ("or graver" in error.message) == (guard is not Severity.VIOLATION)
        else:
            assert take(workspace, put(facts), guard, dry_run=True).sequence is None


def test_results_are_listed_gravest_first_and_lesser_ones_left_out(
    workspace: Workspace, put: Give
) -> None:
    facts = f'{UNOWNED} ex:a ex:name "x" , "y" ; ex:note "n" .'
    error = refused(workspace, put(facts), guard=Severity.WARNING)
    assert [one["severity"] for one in results(error)] == ["sh:Violation", "sh:Warning"]
    assert "2 rule results of severity warning or graver" in error.message


def test_a_dry_run_refuses_and_passes_what_the_import_would(
    workspace: Workspace, put: Give
) -> None:
    refused(workspace, put(UNOWNED), dry_run=True)
    told = take(workspace, put(OWNED), dry_run=True)
    assert told.sequence is None
    assert take(workspace, put(OWNED)).patch == told.patch


def test_what_vanishes_from_a_file_can_be_the_fault(workspace: Workspace, put: Give) -> None:
    take(workspace, put("ex:a ex:owner ex:ann .", "owners.ttl"))
    take(workspace, put(UNOWNED))
    (result,) = results(refused(workspace, put("ex:b ex:owner ex:ann .", "owners.ttl")))
    assert result["focus"]["iri"] == ex("a").value


def test_rows_that_were_left_out_are_told_with_the_refusal(workspace: Workspace, put: Give) -> None:
    mapping = column("Note", 'kind = "integer"').replace(
        'types = ["', f'types = ["{ex("Thing").value}", "'
    )
    put(mapping, "m.toml")
    path = put("Name,Note\nAda,1\nBob,x\n", "t.csv")
    error = refused(workspace, path, mapping=str(path.with_name("m.toml")), on_error=OnError.SKIP)
    assert "; 1 faulty rows were left out of it" in error.message
    assert error.answer["error_count"] == 1


def test_many_results_are_counted_and_the_first_hundred_listed(
    workspace: Workspace, put: Give
) -> None:
    error = refused(workspace, put(" ".join(f"ex:t{n} a ex:Thing ." for n in range(150))))
    assert error.refused["total"] == 150
    assert len(results(error)) == gate.LISTED == 100


def test_long_results_shorten_the_list(workspace: Workspace, put: Give) -> None:
    text = "x" * (gate.LISTED_CHARACTERS // 3)
    facts = " ".join(f'ex:n{n} ex:note "{text}{n}" .' for n in range(4))
    error = refused(workspace, put(facts), guard=Severity.INFO)
    assert error.refused["total"] == 4
    assert 1 <= len(results(error)) < 4
    assert len(error.message) < 2_000


# What passes


def test_what_was_bad_already_stands_in_nobodys_way(workspace: Workspace, put: Give) -> None:
    take(workspace, put(UNOWNED), None)
    assert take(workspace, put("ex:b a ex:Thing ; ex:owner ex:ann .", "b.ttl")).sequence
    error = refused(workspace, put("ex:c a ex:Thing .", "c.ttl"))
    assert [one["focus"]["iri"] for one in results(error)] == [ex("c").value]


def test_a_healing_import_passes(workspace: Workspace, put: Give) -> None:
    take(workspace, put(f"{UNOWNED} ex:b a ex:Thing ."), None)
    assert take(workspace, put(f"{OWNED} ex:b a ex:Thing ."), Severity.INFO).sequence


def test_healing_one_does_not_pay_for_another(workspace: Workspace, put: Give) -> None:
    take(workspace, put(f"{UNOWNED} ex:b a ex:Thing ; ex:owner ex:ann ."), None)
    error = refused(workspace, put(f"{OWNED} ex:b a ex:Thing ."))
    assert [one["focus"]["iri"] for one in results(error)] == [ex("b").value]


def test_a_fault_that_moves_to_another_source_passes(workspace: Workspace, put: Give) -> None:
    take(workspace, put(UNOWNED), None)
    assert take(workspace, put(UNOWNED, "b.ttl")).sequence
    assert take(workspace, put("ex:x ex:p 1 .")).sequence


def test_the_same_result_in_other_words_is_not_new_and_a_further_one_is(
    workspace: Workspace, put: Give
) -> None:
    broken = f"{OWNED} ex:a ex:brokenBy ex:x"
    take(workspace, put(f"{broken} ; ex:since 1 ."), None)
    assert take(workspace, put(f"{broken} ; ex:since 2 .")).sequence
    (result,) = results(refused(workspace, put(f"{broken} , ex:y ; ex:since 2 .")))
    assert "example.org/y" in result["message"]


def test_the_same_file_again_passes_however_bad_it_is(
    workspace: Workspace, put: Give, monkeypatch: pytest.MonkeyPatch
) -> None:
    take(workspace, put(UNOWNED), None)

    def never(*_: object) -> None:
        raise AssertionError("nothing changes, so nothing is to be judged")

    monkeypatch.setattr(gate, "judged", never)
    assert take(workspace, put(UNOWNED)).sequence is None


# What cannot be judged


def test_a_guard_that_cannot_judge_refuses(workspace: Workspace, put: Give) -> None:
    poison = "ex:p a ex:Poison ; ex:poisoned true ."
    error = refused(workspace, put(poison), guard=Severity.VIOLATION)
    assert "the guard could not judge 1 rule, first: aimsh:Poison (" in error.message
    assert error.refused["total"] == 0
    (run,) = unjudged(error)
    assert run["rule"]["iri"] == SHAPES.Poison.value
    assert "failure" in run["reason"]


def test_so_it_does_while_a_rule_cannot_be_judged_anyway(workspace: Workspace, put: Give) -> None:
    take(workspace, put("ex:p a ex:Poison ; ex:poisoned true ."), None)
    error = refused(workspace, put("ex:c a ex:Thing .", "c.ttl"))
    assert error.refused["total"] == 1
    assert "; the guard could not judge 1 rule" in error.message


def test_what_a_rule_said_before_must_be_known_to_tell_what_is_new(
    workspace: Workspace, put: Give
) -> None:
    take(workspace, put("ex:p a ex:Poison ; ex:poisoned true ."), None)
    sick = f"{OWNED} ex:a ex:poisoned true ."
    error = refused(workspace, put(sick, "a.ttl"))
    (run,) = unjudged(error)
    assert run["reason"].startswith("before the change: ")
    assert error.refused["total"] == 0
    assert take(workspace, put(OWNED, "a.ttl")).sequence


def test_without_the_canary_nothing_passes(workspace: Workspace, put: Give) -> None:
    bare = KnowledgePack(QUERIES | {"shapes/rules.ttl": (HEAD + RULES).encode()})
    workspace.committer.adopt(bare, agent=AGENT)
    before = workspace.ledger.head()
    with pytest.raises(NotValidatedError, match="CanaryAlwaysFires"):
        take(workspace, put(OWNED))
    assert workspace.ledger.head() == before


def test_derived_facts_and_the_receipt_of_the_change_itself_are_judged(tmp_path: Path) -> None:
    held = hold(tmp_path / "w", ticking=Ticking())
    held.committer.adopt(shipped_pack(), agent=AGENT)
    held.clock.pass_time(100 * 86_400)
    claimed = Literal(format_instant(START + timedelta(days=1)), datatype=XSD.dateTime)
    facts = (
        (RDF_TYPE, AIMS.Evidence),
        (AIMS.receivedAt, claimed),
        (AIMS.digestValue, Literal("aa")),
    )
    patch = Patch(
        frozenset(Quad(ex("log"), p, o, graph_iri(DEFAULT_BASE, "general", "x")) for p, o in facts)
    )
    reader = Snapshots(held.ledger, None, None).open(View(evaluated_at=held.clock.now))
    with judged(Resident(reader), patch, Severity.INFO) as verdict:
        added = verdict.added
    late = [one for one in added if one.rule == SHAPES.EvidenceReceipt]
    assert any("99 days" in one.message for one in late), [one.message for one in late]
    held.commit(patch)
    full = run_pack(derived(Snapshots(held.ledger, None, None).open(reader.view)))
    run = full.run(SHAPES.EvidenceReceipt)
    assert run is not None
    assert set(late) == set(run.findings)
    held.close()


# Others that write


@pytest.fixture
def in_between(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Callable[[], object]], None]:
    """Lets somebody else act once, after a guard has judged and before the change is written."""

    def arrange(act: Callable[[], object]) -> None:
        waiting = [act]

        @contextmanager
        def judging(*given: Any) -> Iterator[gate.Verdict]:
            with judged(*given) as found:
                if waiting:
                    waiting.pop()()
                yield found

        monkeypatch.setattr(gate, "judged", judging)

    return arrange


def test_a_head_that_moved_after_the_judgement_is_a_conflict(
    workspace: Workspace, put: Give, in_between: Callable[[Callable[[], object]], None]
) -> None:
    other = put("ex:ann ex:p 1 .", "b.ttl")
    in_between(lambda: take(workspace, other, None))
    sequence = workspace.ledger.head().sequence
    with pytest.raises(ConflictError, match="made for another state"):
        take(workspace, put(OWNED))
    assert workspace.ledger.head().sequence == sequence + 1
    assert take(workspace, put(OWNED)).sequence == sequence + 2


def test_two_halves_of_a_fault_do_not_pass_each_other(
    workspace: Workspace, put: Give, in_between: Callable[[Callable[[], object]], None]
) -> None:
    take(workspace, put("ex:a ex:owner ex:ann .", "owners.ttl"))
    # Alone the owner may go, because ex:a is no thing yet.
    in_between(lambda: take(workspace, put("ex:b ex:owner ex:ann .", "owners.ttl")))
    with pytest.raises(ConflictError):
        take(workspace, put(UNOWNED))
    assert "1 rule result" in refused(workspace, put(UNOWNED)).message


def test_a_state_that_the_caller_did_not_mean_is_a_conflict_before_anything_is_judged(
    workspace: Workspace, put: Give, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "judged", None)
    for dry_run in (False, True):
        with pytest.raises(ConflictError):
            take(workspace, put(OWNED), heads=frozenset({"other"}), dry_run=dry_run)


def test_a_key_used_before_gives_the_first_answer_whatever_the_state_is_now(
    workspace: Workspace, put: Give
) -> None:
    first = take(workspace, put(UNOWNED), None, idempotency_key="k")
    take(workspace, put(OWNED), None)
    again = take(workspace, put(UNOWNED), idempotency_key="k")
    assert (again.sequence, again.patch) == (first.sequence, first.patch)
    refused(workspace, put(UNOWNED))
    # A dry run uses no key.
    refused(workspace, put(UNOWNED), idempotency_key="k", dry_run=True)


def test_a_refusal_uses_no_key(workspace: Workspace, put: Give) -> None:
    refused(workspace, put(UNOWNED), idempotency_key="k")
    assert take(workspace, put(OWNED), idempotency_key="k").sequence


def test_who_may_not_write_may_not_guard_either(workspace: Workspace, put: Give) -> None:
    with Workspace.open(workspace.root) as other, pytest.raises(WorkspaceLockedError):
        take(other, put(OWNED))
